"""Layers that no gradient comes through any more: which, and since when."""

from __future__ import annotations

import math
from itertools import pairwise
from threading import Event, Thread

import numpy as np
import pytest

from nnfs_core.engine.commands import Close, Start, Train
from nnfs_core.engine.events import Epochs, Marked, Training
from nnfs_core.engine.loop import TrainingLoop
from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import load_run, save_run
from nnfs_core.history.dead_watch import MOST_RETURNS, DeadWatch, mark_dead, said
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.history.run import Fingerprint, Run
from nnfs_core.model.parameters import Parameters
from nnfs_core.training.dead_layers import silent_layers
from nnfs_core.training.trainer import EpochCancelled, Trainer

from . import plain

DATA = plain.make_dataset()
KILLED = Experiment(layers=(5,), learning_rate=20.0, dtype="float64", epochs=25)
"""A learning rate far too large for relu: within a few epochs every unit is 0 for every sample."""

DYING = {
    "relu": {},
    "two layers": {"layers": (5, 4)},
    "mini-batches": {"batch_size": 7, "learning_rate": 3.0},
    "momentum": {"optimizer": "momentum", "layers": (4, 4), "learning_rate": 8.0},
    "momentum in batches": {"optimizer": "momentum", "batch_size": 16, "learning_rate": 2.0},
    "adam": {"optimizer": "adam", "layers": (3, 3, 3), "learning_rate": 0.4},
    "weight decay": {"weight_decay": 0.05, "layers": (3, 3, 3), "learning_rate": 6.0},
    "tanh": {"activation": "tanh", "learning_rate": 1e4},
    "sigmoid": {"activation": "sigmoid", "learning_rate": 1e5},
}


def flat_layers(experiment: Experiment, parameters: Parameters) -> tuple[int, ...]:
    """Return the hidden layers all of whose slopes are 0 for every training sample."""
    flat = {
        "relu": lambda z: z <= 0,
        "tanh": lambda z: np.abs(np.tanh(z)) == 1,
        "sigmoid": lambda z: np.abs(np.tanh(z / 2)) == 1,
    }[experiment.activation]
    with np.errstate(all="ignore"):
        z = plain.pre_activations(experiment, parameters, DATA.train_x)
    return tuple(layer for layer, each in enumerate(z[:-1]) if flat(each).all())


def watched(experiment: Experiment) -> tuple[Recording, list[tuple[int, ...]], Trainer]:
    """Train with every state kept; return the branch, and what is dead in truth at each epoch."""
    trainer, recording = Trainer(experiment, DATA), Recording()
    recording.append(trainer.metrics)
    recording.keyframes.offer(trainer)
    mark_dead(recording, trainer, trainer.state())
    watch = DeadWatch(trainer)
    truth = [flat_layers(experiment, trainer.parameters)]
    for _ in range(experiment.epochs):
        recording.append(trainer.step_epoch())
        recording.keyframes.offer(trainer)
        for mark in watch.after_epoch():
            recording.mark(mark)
        truth.append(flat_layers(experiment, trainer.parameters))
    for mark in watch.at_rest():
        recording.mark(mark)
    return recording, truth, trainer


def told(recording: Recording) -> list[tuple[int | None, ...]]:
    """Return which layers a branch says are dead, epoch by epoch."""
    return [
        tuple(mark.layer for mark in recording.dead_at(epoch)) for epoch in range(len(recording))
    ]


@pytest.mark.parametrize("seed", [1, 3, 5, 7, 11])
@pytest.mark.parametrize("what", DYING)
def test_what_is_told_is_what_a_pass_over_all_samples_finds_at_each_epoch(what, seed):
    recording, truth, _ = watched(KILLED.but(**DYING[what], seed=seed))
    assert told(recording) == truth


def test_the_runs_above_have_layers_that_die_come_back_and_are_dead_from_the_start():
    seen = [watched(KILLED.but(**DYING[what], seed=11))[0].marks for what in DYING]
    kinds = {mark.kind for marks in seen for mark in marks}
    assert kinds == {"dead", "revived"}
    assert any(mark.epoch == 0 for mark in watched(KILLED.but(layers=(3, 3, 3), seed=5))[0].marks)


def test_a_layer_that_comes_back_again_and_again_is_said_to_once():
    """Each epoch would have its mark: a run of a million epochs no room for anything else."""
    changes = {"optimizer": "rmsprop", "learning_rate": 1000.0, "weight_decay": 1e10}
    wild = KILLED.but(layers=(7,) * 6, activation="sigmoid", seed=5, epochs=200, **changes)
    recording, truth, _ = watched(wild.but(initializer="uniform", loss="mean-squared-error"))
    returns = sum(0 in dead and 0 not in after for dead, after in pairwise(truth))
    assert returns > 5 * MOST_RETURNS
    marks = [mark for mark in recording.marks if mark.layer == 0]
    assert [mark.kind for mark in marks] == ["dead", "revived"] * MOST_RETURNS
    assert "again and again" in marks[-1].text
    until = marks[-1].epoch + 1
    assert told(recording)[:until] == truth[:until]


def test_it_is_said_since_when_and_what_follows():
    recording, truth, trainer = watched(KILLED)
    since = truth.index((0,))
    (mark,) = recording.marks
    assert (mark.epoch, mark.kind, mark.layer) == (since, "dead", 0) and since > 1
    assert said(mark) == (
        f"Hidden 1 has been dead since epoch {since}: all 5 of its units give 0 for every training "
        "sample. So its gradient is exactly 0, and it cannot learn any more."
    )
    # And so it is: neither the weights nor the bias of the layer ever change again.
    first = recording.keyframes.nearest(since).frame(trainer.network.sizes).parameters
    np.testing.assert_array_equal(trainer.parameters.weights[0], first.weights[0])
    np.testing.assert_array_equal(trainer.parameters.biases[0], first.biases[0])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"optimizer": "rmsprop"}, "it cannot learn any more."),
        ({"optimizer": "momentum"}, "only momentum can still change it."),
        ({"optimizer": "momentum", "momentum": 0.0}, "it cannot learn any more."),
        ({"weight_decay": 0.1}, "only weight decay can still change it."),
        ({"optimizer": "adam", "weight_decay": 0.1}, "only momentum and weight decay can still"),
        ({"layers": (4, 4)}, "exactly 0 there and in all layers below, and they cannot learn"),
        ({"layers": (1,)}, "Hidden 1 has been dead from the start: its only unit gives 0 for"),
    ],
)
def test_what_can_still_change_it_is_named(changes, words):
    experiment = KILLED.but(**changes)
    start = experiment.initial((6, *experiment.layers, 4))
    for bias in start.biases[:-1]:
        bias[:] = -100.0
    trainer, recording = Trainer(experiment, DATA, start), Recording()
    mark_dead(recording, trainer, trainer.state())
    assert words in said(recording.marks[-1])


@pytest.mark.parametrize(
    ("activation", "words"),
    [
        ("relu", "give 0 for every training sample. So"),
        ("tanh", "give 0 for every training sample and every weight after it is 0. So"),
        ("identity", "give 0 for every training sample and every weight after it is 0. So"),
        ("leaky_relu", "give 0 for every training sample and every weight after it is 0. So"),
        ("sigmoid", None),
    ],
)
def test_with_all_weights_zero_nothing_hidden_ever_learns_but_with_sigmoid(activation, words):
    experiment = KILLED.but(
        activation=activation, initializer="zeros", layers=(4, 3), learning_rate=0.1
    )
    trainer, recording = Trainer(experiment, DATA), Recording()
    assert silent_layers(trainer.gradient) == 2, "the gradient is 0 with sigmoid too, at first"
    mark_dead(recording, trainer, trainer.state())
    assert [words in mark.text for mark in recording.marks] == ([] if words is None else [True] * 2)
    start = trainer.parameters.flat.copy()
    for _ in range(5):
        trainer.step_epoch()
    same = [start[at] == now for at, now in enumerate(trainer.parameters.flat)]
    assert all(same[:-4]) == (words is not None), "the biases of the output do learn"


def test_a_network_that_has_learned_all_there_is_is_not_dead():
    """Every error rounds to 0, and with it every gradient."""
    data = plain.make_dataset(classes=2, features=2)
    data.train_x[:] = np.eye(2)[data.train_y]
    experiment = Experiment(layers=(2,), learning_rate=0.1, epochs=5)
    start = Parameters.over(np.zeros(12, np.float32), (2, 2, 2))
    start.weights[0][:], start.weights[1][:] = np.eye(2), 200 * np.eye(2)
    trainer = Trainer(experiment, data, start)
    watch = DeadWatch(trainer)
    for _ in range(3):
        trainer.step_epoch()
        assert silent_layers(trainer.gradient) == 2 and not trainer.gradient.flat.any()
        assert trainer.dead_layers() == watch.after_epoch() == ()


@pytest.mark.parametrize("batch_size", [None, 16])
def test_without_hidden_layers_nothing_can_be_dead(batch_size):
    experiment = KILLED.but(layers=(), initializer="zeros", batch_size=batch_size)
    trainer, recording = Trainer(experiment, DATA), Recording()
    mark_dead(recording, trainer, trainer.state())
    assert recording.marks == () == trainer.dead_layers()


def test_numbers_that_are_none_are_not_dead():
    """Behind sums that are too large, ∞ − ∞ is no number, and its slope of relu is 0."""
    trainer = Trainer(Experiment(layers=(2, 3), dtype="float64", batch_size=9), DATA)
    trainer.parameters.weights[0][:] = 1.7e308
    trainer.parameters.weights[1][:] = (1, -1)
    inputs = DATA.train_x.astype(np.float64)
    with np.errstate(all="ignore"):
        z = plain.pre_activations(trainer.experiment, trainer.parameters, inputs)[1]
        assert np.isnan(z).any() and not (z > 0).any()
        assert trainer.dead_layers() == ()


def test_units_that_are_dead_beside_one_that_is_not_do_not_make_a_dead_layer():
    start = KILLED.initial((6, 5, 4))
    start.biases[0][:-1] = -100.0
    start.weights[0][-1, 0] = 1.0
    trainer = Trainer(KILLED.but(learning_rate=1e-3), DATA, start)
    assert trainer.dead_layers() == ()
    start.biases[0][-1] = -100.0
    (dead,) = Trainer(KILLED, DATA, start).dead_layers()
    assert (dead.layer, dead.units, dead.silent, dead.flat) == (0, 5, True, True)


@pytest.mark.parametrize("what", DYING)
def test_looking_changes_nothing(what):
    experiment = KILLED.but(**DYING[what], seed=11)
    _, _, trainer = watched(experiment)
    alone = Trainer(experiment, DATA)
    for _ in range(experiment.epochs):
        alone.step_epoch()
    np.testing.assert_array_equal(trainer.state().numbers, alone.state().numbers)
    assert trainer.state().rng_state == alone.state().rng_state


def test_large_data_in_an_order_of_its_own_is_looked_at_whole():
    generator = np.random.default_rng(0)
    data = plain.make_dataset(samples=4000, features=600)
    data.train_x[:] = generator.random(data.train_x.shape) < 0.05
    data.train_x[:3000, 50:] = 0
    data.train_x[:, -1] = 0
    data.train_x[1234, -1] = 1  # the only sample that one unit answers to
    experiment = Experiment(layers=(3,))
    start = Parameters.over(np.zeros(3 * 601 + 4 * 4, np.float32), (600, 3, 4))
    start.biases[0][:] = -1.0
    trainer = Trainer(experiment, data, start)
    assert trainer._train.features is not None
    assert [one.layer for one in trainer.dead_layers()] == [0]
    start.weights[0][1, -1] = 2.0
    start.weights[1][:] = 1.0
    assert Trainer(experiment, data, start).dead_layers() == ()


@pytest.mark.parametrize("stride", [1, 4, 25])
@pytest.mark.parametrize("what", ["relu", "mini-batches", "two layers", "tanh"])
def test_a_branch_that_knows_nothing_of_it_is_told_from_its_keyframes(what, stride):
    recording, _, trainer = watched(KILLED.but(**DYING[what], seed=7))
    old = Recording(Budget(stride=stride))
    for epoch in range(len(recording)):
        old.append(recording[epoch])
        old.keyframes.offer_state(recording.keyframes.nearest(epoch))
    before = trainer.state()
    mark_dead(old, trainer, before)
    assert old.dead_at(trainer.epoch) == recording.dead_at(trainer.epoch)
    np.testing.assert_array_equal(trainer.state().numbers, before.numbers)
    known = old.marks
    mark_dead(old, trainer, before)
    assert old.marks == known, "what is known is not found out again"


def test_forks_and_files_know_what_was_dead_when_they_parted(tmp_path):
    recording, truth, trainer = watched(KILLED.but(layers=(5, 4), seed=3))
    since = next(at for at, dead in enumerate(truth) if dead)
    late, early = (
        recording.fork(recording.keyframes.nearest(epoch), f"from {epoch}")
        for epoch in (since, since - 1)
    )
    assert late.dead_at(since) == recording.dead_at(since) != ()
    assert early.dead_at(since) == () and early.dead_at(10_000) == ()
    # Training on from there, the watch says nothing that is known already.
    trainer.restore(recording.keyframes.nearest(since))
    watch = DeadWatch(trainer)
    trainer.step_epoch()
    assert [mark.layer in truth[since] for mark in watch.after_epoch()].count(True) == 0

    recording.keyframes.budget.leave(late.keyframes)
    recording.keyframes.budget.leave(early.keyframes)
    state = recording.keyframes.nearest(len(recording) - 1)
    run = Run(trainer.experiment, "r", 25, (recording,), (state,), 0, Fingerprint.of(DATA))
    save_run(tmp_path / "run.nnfs", run)
    assert load_run(tmp_path / "run.nnfs").recordings[0].marks == recording.marks


def test_with_mini_batches_what_dies_in_the_last_epoch_is_told_when_training_stops():
    experiment = KILLED.but(**DYING["mini-batches"], seed=1)
    trainer = Trainer(experiment, DATA)
    watch = DeadWatch(trainer)
    trainer.step_epoch()
    assert flat_layers(experiment, trainer.parameters) == (0,)
    assert watch.after_epoch() == (), "some of its batches had a gradient"
    (mark,) = watch.at_rest()
    assert (mark.epoch, mark.layer) == (1, 0)
    assert watch.at_rest() == ()


class Noted:
    """Listens to a loop, and writes down the order of what it tells."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []
        self.done = Event()

    def hear(self, events) -> None:
        for event in events:
            match event:
                case Epochs(table):
                    self.told.extend(("epoch", int(epoch)) for epoch in table[:, 0])
                case Marked(marks):
                    self.told.extend(("mark", mark.epoch) for mark in marks)
                case Training(training=False):
                    self.done.set()


def run_of(experiment: Experiment, epochs: int, before=lambda loop: None) -> list[tuple]:
    listener = Noted()
    trainer = Trainer(experiment, DATA)
    start = Start(experiment, trainer.state(), 0, 10**6, (math.inf, 0))
    loop = TrainingLoop(trainer, start, listener.hear)
    before(loop)

    def work() -> None:
        loop.run()
        listener.done.set()

    thread = Thread(target=work)
    loop.do(Train(epochs))
    thread.start()
    assert listener.done.wait(20)
    loop.do(Close())
    thread.join()
    return listener.told


def test_the_loop_tells_it_before_the_epoch():
    _, truth, _ = watched(KILLED)
    since = truth.index((0,))
    told = run_of(KILLED, since + 2)
    assert told[: since + 1] == [
        *(("epoch", epoch) for epoch in range(1, since)),
        ("mark", since),
        ("epoch", since),
    ]
    assert told[since + 1 :] == [("epoch", since + 1), ("epoch", since + 2)]


def test_the_loop_tells_it_when_training_stops_with_mini_batches():
    told = run_of(KILLED.but(**DYING["mini-batches"], seed=1), 1)
    assert told == [("epoch", 1), ("mark", 1)]


def test_a_loop_that_ends_while_it_looks_has_told_the_epoch(monkeypatch):
    _, truth, _ = watched(KILLED)
    since = truth.index((0,))

    def give_up(trainer, **_):
        raise EpochCancelled

    def patch(loop):
        monkeypatch.setattr(Trainer, "dead_layers", give_up)

    assert run_of(KILLED, 25, patch) == [("epoch", epoch) for epoch in range(1, since + 1)]
