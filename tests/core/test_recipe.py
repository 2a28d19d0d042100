"""What may change on the way: recipes, schedules and patience, and that every epoch comes back."""

from __future__ import annotations

import itertools
import math
import threading
from dataclasses import replace

import numpy as np
import pytest

from nnfs_core.engine.commands import Close, Start, Take, Train
from nnfs_core.engine.events import Epochs, Frame, StoppedEarly, Training
from nnfs_core.engine.loop import TrainingLoop
from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import load_run, save_run
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.history.replay import Replayer
from nnfs_core.history.run import Fingerprint, Run
from nnfs_core.model.parameters import Parameters
from nnfs_core.recipe import NAMES, Recipe
from nnfs_core.schedules import SCHEDULES
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.metrics import EpochMetrics
from nnfs_core.training.patience import Patience
from nnfs_core.training.step import next_step
from nnfs_core.training.trainer import Trainer

from . import plain
from .forgery import forge, values
from .refusals import refusal

DATA = plain.make_dataset()

CHANGES = {
    "rate": {"learning_rate": 0.02},
    "momentum": {"momentum": 0.3},
    "decay": {"weight_decay": 0.1},
    "larger batches": {"batch_size": 30},
    "full": {"batch_size": None},
    "all": {"learning_rate": 0.01, "momentum": 0.5, "weight_decay": 0.05, "batch_size": 7},
}


def given(**changes) -> Experiment:
    values = {"layers": (5,), "optimizer": "momentum", "learning_rate": 0.1, "dtype": "float64"}
    return Experiment(**values | {"weight_decay": 0.01} | changes)


def changed(trainer: Trainer, changes: dict[str, object]) -> Recipe:
    return replace(trainer.recipe, **changes)


class Run_:
    """A trainer with its recording, every state remembered."""

    def __init__(self, experiment: Experiment) -> None:
        self.trainer = Trainer(experiment, DATA)
        self.recording = Recording(Budget(stride=4))
        self.seen = [self.trainer.state()]
        self.recording.append(self.trainer.metrics)
        self.recording.keyframes.offer(self.trainer)

    def train(self, epochs: int) -> None:
        for _ in range(epochs):
            self.recording.append(self.trainer.step_epoch())
            self.recording.keyframes.offer(self.trainer)
            self.seen.append(self.trainer.state())

    def change(self, **changes: object) -> None:
        before, after = self.trainer.recipe, changed(self.trainer, changes)
        self.trainer.change(after)
        self.seen[-1] = self.trainer.state()
        self.recording.change(self.seen[-1], before.change_to(after))

    def run(self) -> Run:
        return Run(
            self.trainer.experiment,
            "run",
            100,
            (self.recording,),
            (self.seen[-1],),
            0,
            Fingerprint.of(DATA),
        )


def same(found, expected) -> None:
    np.testing.assert_array_equal(found.numbers, expected.numbers)
    assert (found.recipe, found.batches, found.step) == (
        expected.recipe,
        expected.batches,
        expected.step,
    )


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_every_epoch_comes_back_across_a_change(name, batch_size, optimizer, tmp_path):
    run = Run_(given(batch_size=batch_size, optimizer=optimizer))
    run.train(6)
    run.change(**CHANGES[name])
    run.train(7)
    run.change(learning_rate=0.05)
    run.train(3)
    path = tmp_path / "run.nnfs"
    save_run(path, run.run())
    again = load_run(path).recordings[0]
    for recording in (run.recording, again):
        replayer = Replayer(Arranged.of(run.trainer.experiment, DATA))
        # Backwards and forwards: a replay must take each epoch's own recipe.
        for epoch in (16, 7, 6, 5, 12, 3, 14):
            same(replayer.state(recording, epoch), run.seen[epoch])
    assert [mark.epoch for mark in again.marks] == [6, 13]


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("batch_size", [None, 16])
def test_the_epoch_after_a_change_is_that_of_the_formulas(name, batch_size):
    """One epoch by hand: gradient with the new decay, velocity with the new momentum."""
    run = Run_(given(batch_size=batch_size))
    run.train(3)
    run.change(**CHANGES[name])
    state, recipe = run.seen[-1], run.trainer.recipe
    w, velocity = state.numbers[0].copy(), state.numbers[2].copy()
    sizes = run.trainer.network.sizes
    experiment = run.trainer.experiment.by(recipe)
    order = np.arange(60)
    size = recipe.batch_size or 60
    if recipe.batch_size is not None:
        generator = np.random.default_rng()
        generator.bit_generator.state = state.rng_state
        generator.shuffle(order)
    for at in range(0, 60, size):
        rows = order[at : at + size]
        there = Parameters.over(w, sizes)
        gradient = plain.gradient(experiment, there, DATA.train_x[rows], DATA.train_y[rows])
        velocity = recipe.momentum * velocity + gradient
        w = w - recipe.learning_rate * velocity
    run.train(1)
    np.testing.assert_allclose(run.trainer.parameters.flat, w, rtol=1e-9, atol=1e-12)
    assert run.seen[-1].batches == (0 if recipe.batch_size is None else -(-60 // size))


@pytest.mark.parametrize("batch_size", [None, 16])
def test_the_next_step_is_by_the_recipe_of_its_state(batch_size):
    run = Run_(given(batch_size=batch_size))
    run.train(2)
    run.change(**CHANGES["all"] | {"batch_size": batch_size})
    trainer = run.trainer
    step = next_step(trainer.experiment, trainer.network, DATA, run.seen[-1])
    assert step.recipe == trainer.recipe and step.learning_rate == 0.01
    if batch_size is None:
        trainer.step_epoch()
        np.testing.assert_array_equal(step.after.flat, trainer.parameters.flat)


def test_nothing_changes_by_the_same_recipe():
    one, other = Run_(given()), Run_(given())
    one.train(5)
    other.train(2)
    other.trainer.change(other.trainer.recipe)
    other.train(3)
    same(one.seen[-1], other.seen[-1])


def test_a_recipe_is_written_and_read():
    recipe = Recipe.of(given(batch_size=None))
    assert Recipe.of_numbers(recipe.numbers) == recipe
    other = replace(recipe, batch_size=32, learning_rate=0.01)
    assert Recipe.of_numbers(other.numbers) == other
    assert recipe.change_to(other) == "learning rate 0.1 → 0.01, batch full → 32"
    assert set(NAMES) <= set(Experiment.model_fields)


@pytest.mark.parametrize(
    ("column", "value", "part"),
    [
        (0, 0.0, "the recipe of state 3"),
        (0, np.nan, "states-recipes"),
        (1, 1.0, "the recipe of state 3"),
        (6, -1.0, "the recipe of state 3"),
        (7, 0.5, "states-recipes"),
        (8, 61.0, "the batches of state 3"),
        (8, -1.0, "the batches of state 3"),
    ],
)
def test_a_forged_recipe_is_refused(tmp_path, column, value, part):
    run = Run_(given())
    run.train(9)
    path = tmp_path / "run.nnfs"
    save_run(path, run.run())

    def forged(array: np.ndarray) -> None:
        array[3, column] = value

    forge(path, values("states-recipes", forged))
    refusal(lambda: load_run(path), part, both_sides=False)


class TestSchedules:
    def test_shares_are_those_of_the_formulas(self):
        experiment = given(epochs=50, warmup=4, drop_every=10, drop_to=0.3)
        for epoch in range(1, 70):
            rise = min(1, epoch / 4)
            expected = {
                "constant": 1.0,
                "warm-up": rise,
                "step-decay": rise * 0.3 ** ((epoch - 1) // 10),
                "cosine": rise * (1 + math.cos(math.pi * min(epoch - 1, 49) / 50)) / 2,
            }
            for name in SCHEDULES:
                found = experiment.but(schedule=name).rate_at(epoch, 0.2)
                assert found == pytest.approx(0.2 * expected[name], rel=1e-12)
                assert found > 0

    @pytest.mark.parametrize("name", SCHEDULES)
    @pytest.mark.parametrize("batch_size", [None, 16])
    def test_a_run_follows_it_and_comes_back(self, name, batch_size, tmp_path):
        experiment = given(
            schedule=name, batch_size=batch_size, epochs=20, warmup=3, drop_every=5, drop_to=0.4
        )
        run = Run_(experiment)
        run.train(12)
        rates = run.recording.column("learning_rate").tolist()
        assert rates[1:] == [experiment.rate_at(epoch, 0.1) for epoch in range(1, 13)]
        replayer = Replayer(Arranged.of(experiment, DATA))
        for epoch in (11, 2, 7):
            same(replayer.state(run.recording, epoch), run.seen[epoch])
        # By hand: the same epochs with the rate set each time.
        other = Trainer(experiment.but(schedule="constant"), DATA)
        for rate in rates[1:]:
            other.learning_rate = rate
            other.step_epoch()
        np.testing.assert_array_equal(other.parameters.flat, run.trainer.parameters.flat)

    def test_the_next_step_has_its_rate(self):
        experiment = given(schedule="cosine", epochs=10)
        run = Run_(experiment)
        run.train(4)
        step = next_step(experiment, run.trainer.network, DATA, run.seen[-1])
        assert step.learning_rate == experiment.rate_at(5, 0.1)
        run.train(1)
        np.testing.assert_array_equal(step.after.flat, run.trainer.parameters.flat)

    def test_a_longer_run_leaves_the_epochs_there_are_as_they_were(self):
        first = given(schedule="cosine", epochs=10)
        longer = first.but(epochs=30, schedule_epochs=10)
        for epoch in range(1, 11):
            assert longer.rate_at(epoch, 0.1) == first.rate_at(epoch, 0.1)


class TestPatience:
    @staticmethod
    def stop(patience: Patience, losses) -> list[str]:
        said = []
        for epoch, loss in enumerate(losses, 1):
            metrics = EpochMetrics(epoch, 1.0, 0.5, loss, 0.5, 0.1, 0.1)
            said.append(patience.after(metrics))
        return said

    def test_it_waits_so_many_epochs_for_a_lower_loss(self):
        said = self.stop(Patience(3), [0.9, 0.8, 0.85, 0.8, 0.81, 0.7, 0.71])
        assert [bool(one) for one in said] == [False] * 4 + [True, False, False]
        assert said[4] == (
            "stopped early at epoch 5: the validation loss has not fallen for 3 epochs; it was "
            "lowest, 0.8000, at epoch 2"
        )

    def test_epochs_without_validation_count_as_waiting(self):
        said = self.stop(Patience(3), [0.9, math.nan, math.nan, math.nan])
        assert [bool(one) for one in said] == [False, False, False, True]

    def test_without_any_validation_it_never_stops(self):
        assert not any(self.stop(Patience(1), [math.nan] * 20))
        assert not any(self.stop(Patience(None), [1.0] * 20))

    def test_who_goes_on_is_given_the_same_patience_again(self):
        patience = Patience(3)
        patience.recall([0.5, 0.4, 0.6, 0.6, 0.6])
        assert patience.known == (0.4, 1)
        patience.begin(4)
        metrics = [EpochMetrics(epoch, 1.0, 0.5, 0.6, 0.5, 0.1, 0.1) for epoch in (5, 6, 7)]
        assert [bool(patience.after(one)) for one in metrics] == [False, False, True]

    def test_a_loop_stops_where_it_says(self):
        """Overfitting on purpose: few samples, many units."""
        data = plain.make_dataset(samples=12, validation=40, seed=3)
        experiment = Experiment(
            layers=(20,), optimizer="adam", learning_rate=0.05, patience=15, epochs=2000
        )
        alone = Trainer(experiment, data)
        losses = [alone.metrics.validation_loss]
        for _ in range(400):
            losses.append(alone.step_epoch().validation_loss)
        due = next(
            epoch
            for epoch in itertools.count(1)
            if epoch - int(np.argmin(losses[: epoch + 1])) >= 15
        )
        heard = Listener()
        trainer = Trainer(experiment, data)
        start = Start(experiment, trainer.state(), 0, 10**6, (losses[0], 0))
        loop = heard.loop = TrainingLoop(trainer, start, heard.hear)
        loop.do(Train(2000))
        thread = threading.Thread(target=loop.run)
        thread.start()
        assert heard.rests.wait(60)
        loop.do(Close())
        thread.join()
        assert heard.epochs == due
        assert heard.stopped[0].startswith(f"stopped early at epoch {due}: ")


class Listener:
    """Takes every frame, and says when training has stopped."""

    def __init__(self) -> None:
        self.epochs, self.stopped, self.loop = 0, [], None
        self.rests = threading.Event()

    def hear(self, events) -> None:
        for event in events:
            match event:
                case Epochs(table):
                    self.epochs = int(table[-1, 0])
                case StoppedEarly(text):
                    self.stopped.append(text)
                case Training(training=False):
                    self.rests.set()
                case Frame():
                    self.loop.do(Take())
