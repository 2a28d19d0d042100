"""A pause in the middle of a long epoch gives it up, and it is trained anew to the same bits."""

from __future__ import annotations

import math
from threading import Event, Thread

import numpy as np
import pytest

from nnfs_core.engine.commands import Close, Pause, Start, Take, Train
from nnfs_core.engine.events import Epochs, Frame, Training
from nnfs_core.engine.loop import TrainingLoop
from nnfs_core.experiment import Experiment
from nnfs_core.training.trainer import Trainer
from tests.core import plain

PATIENCE = 60
CLOUDS = plain.make_dataset(samples=90, validation=20, seed=3)
MINI = Experiment(layers=(6,), dtype="float64", learning_rate=0.4, batch_size=8, optimizer="adam")


class Watch:
    """Remembers what it is told; each frame is taken at once."""

    def __init__(self) -> None:
        self.loop: TrainingLoop | None = None
        self.epochs: list[tuple[int, float]] = []
        self.stood, self.moved = Event(), Event()

    def hear(self, events):
        for event in events:
            match event:
                case Epochs(table):
                    self.epochs.extend((int(row[0]), row[1]) for row in table.tolist())
                case Frame():
                    self.loop.do(Take())
                case Training(training):
                    (self.moved if training else self.stood).set()


def start_of(trainer: Trainer, epoch: int = 0) -> Start:
    return Start(trainer.experiment, trainer.state(), epoch, 10**6, (math.inf, 0))


@pytest.fixture
def running(monkeypatch):
    """A loop in a thread of its own, whose third batch of the second epoch waits to be let on."""
    trainer = Trainer(MINI, CLOUDS)
    watch = Watch()
    loop = watch.loop = TrainingLoop(trainer, start_of(trainer), watch.hear)
    there, go = Event(), Event()
    batches = iter(range(10**6))
    plain_look = Trainer._go_on

    def look(self):
        if self is trainer and trainer.epoch == 1 and next(batches) == 3:
            there.set()
            assert go.wait(PATIENCE)
        plain_look(self)

    monkeypatch.setattr(Trainer, "_go_on", look)
    thread = Thread(target=loop.run)
    thread.start()
    yield trainer, loop, watch, there, go
    go.set()
    loop.do(Close())
    thread.join(PATIENCE)
    assert not thread.is_alive()


def undisturbed(epochs: int) -> list[tuple[int, float]]:
    trainer = Trainer(MINI, CLOUDS)
    steps = (trainer.step_epoch() for _ in range(epochs))
    return [(one.epoch, one.train_loss) for one in steps]


def test_the_epoch_under_way_is_given_up_and_trained_anew_later(running):
    trainer, loop, watch, there, go = running
    loop._took = None
    loop.do(Train(3))
    assert there.wait(PATIENCE)
    loop._took = 10.0  # as long as epochs of much data take
    loop.do(Pause())
    go.set()
    assert watch.stood.wait(PATIENCE)
    assert trainer.epoch == 1 and [epoch for epoch, _ in watch.epochs] == [1]
    other = Trainer(MINI, CLOUDS)
    other.step_epoch()
    assert np.array_equal(trainer.state().numbers, other.state().numbers)
    assert trainer.state().rng_state == other.state().rng_state
    watch.stood.clear()
    loop.do(Train(3))
    assert watch.stood.wait(PATIENCE)
    assert watch.epochs == undisturbed(3)


def test_a_short_epoch_is_finished(running):
    trainer, loop, watch, there, go = running
    loop.do(Train(3))
    assert there.wait(PATIENCE)
    loop._took = 0.01
    loop.do(Pause())
    go.set()
    assert watch.stood.wait(PATIENCE)
    assert trainer.epoch == 2 and watch.epochs == undisturbed(2)


def test_who_goes_on_at_once_loses_nothing(running):
    trainer, loop, watch, there, go = running
    loop.do(Train(4))
    assert there.wait(PATIENCE)
    loop._took = 10.0
    loop.do(Pause())
    loop.do(Train(4))
    go.set()
    assert watch.stood.wait(PATIENCE)
    assert trainer.epoch == 4 and watch.epochs == undisturbed(4)


def test_closing_while_it_is_given_up_ends_the_loop(running):
    trainer, loop, _, there, go = running
    loop.do(Train(4))
    assert there.wait(PATIENCE)
    loop._took = 10.0
    loop.do(Pause())
    loop.do(Close())
    go.set()
    assert trainer.epoch in (1, 2)
