"""The next training step: bit for bit what training does, and what the formulas say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.tasks.classification import LOSSES
from nnfs_core.optimizers import optimizers
from nnfs_core.passes.batches import Batches, Blocks
from nnfs_core.training.step import Step, next_step
from nnfs_core.training.trainer import Trainer

from . import plain

SAMPLES = 60


class FirstUpdate:
    """Stands in for a trainer's optimizer and remembers what the first update was given and did."""

    def __init__(self, trainer: Trainer) -> None:
        self._real = trainer._optimizer
        self.seen: dict[str, object] = {}
        trainer._optimizer = self

    def update(self, parameters, gradient, slots, scratch, experiment, rate, step) -> None:
        first = not self.seen
        if first:
            self.seen = {
                "before": parameters.copy(),
                "gradient": gradient.copy(),
                "slots_before": [slot.copy() for slot in slots],
                "rate": rate,
                "number": step,
            }
        self._real.update(parameters, gradient, slots, scratch, experiment, rate, step)
        if first:
            self.seen["after"] = parameters.copy()
            self.seen["slots_after"] = [slot.copy() for slot in slots]


def of(trainer: Trainer) -> Step:
    return next_step(trainer.experiment, trainer.network, trainer.dataset, trainer.state())


def same(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


experiments = st.builds(
    lambda **fields: Experiment(learning_rate=0.002, **fields),
    layers=st.lists(st.integers(1, 9), max_size=3).map(tuple),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    loss=st.sampled_from(sorted(LOSSES)),
    optimizer=st.sampled_from(sorted(optimizers())),
    batch_size=st.sampled_from([None, 1, 7, 16, 59, 60, 1000]),
    weight_decay=st.sampled_from([0.0, 0.05]),
    dtype=st.sampled_from(["float32", "float64"]),
    seed=st.integers(0, 5),
)


@given(experiment=experiments, epochs=st.integers(0, 3))
@settings(max_examples=120, deadline=None)
def test_the_step_is_the_one_that_training_takes(experiment, epochs):
    trainer = Trainer(experiment, plain.make_dataset(SAMPLES))
    for _ in range(epochs):
        trainer.step_epoch()
    state = trainer.state()
    kept = state.numbers.copy()
    step = of(trainer)
    np.testing.assert_array_equal(state.numbers, kept)
    taken = FirstUpdate(trainer)
    trainer.step_epoch()
    same(step.before.flat, taken.seen["before"])
    same(step.gradient.flat, taken.seen["gradient"])
    same(step.after.flat, taken.seen["after"])
    assert len(step.slots_before) == len(taken.seen["slots_before"])
    for found, expected in zip(step.slots_before, taken.seen["slots_before"], strict=True):
        same(found.flat, expected)
    for found, expected in zip(step.slots_after, taken.seen["slots_after"], strict=True):
        same(found.flat, expected)
    assert (step.number, step.learning_rate) == (taken.seen["number"], taken.seen["rate"])


@given(experiment=experiments)
@settings(max_examples=60, deadline=None)
def test_one_step_an_epoch_ends_at_the_next_epoch(experiment):
    if experiment.batch_size is not None:
        experiment = experiment.but(batch_size=SAMPLES)
    trainer = Trainer(experiment, plain.make_dataset(SAMPLES))
    trainer.step_epoch()
    step = of(trainer)
    trainer.step_epoch()
    same(step.after.flat, trainer.frame().parameters.flat)
    for found, expected in zip(step.slots_after, trainer.frame().slots, strict=True):
        same(found.flat, expected.flat)
    assert step.samples == SAMPLES


@pytest.mark.parametrize("epochs", [0, 2])
def test_the_batch_is_the_first_of_the_next_shuffle(epochs):
    experiment = Experiment(layers=(5,), batch_size=16, seed=7, dtype="float64", learning_rate=0.1)
    data = plain.make_dataset(SAMPLES)
    trainer = Trainer(experiment, data)
    for _ in range(epochs):
        trainer.step_epoch()
    generator = np.random.default_rng([7, 1])
    for _ in range(epochs + 1):
        order = np.arange(SAMPLES)
        generator.shuffle(order)
    step = of(trainer)
    np.testing.assert_array_equal(step.rows, order[:16])
    assert step.samples == 16
    assert [step.has(row) for row in range(SAMPLES)] == [
        row in order[:16] for row in range(SAMPLES)
    ]
    assert step.number == 4 * epochs + 1


@given(experiment=experiments)
@settings(max_examples=40, deadline=None)
def test_the_gradient_is_the_mean_over_the_batch_with_the_pull(experiment):
    experiment = experiment.but(dtype="float64")
    data = plain.make_dataset(SAMPLES)
    trainer = Trainer(experiment, data)
    trainer.step_epoch()
    step = of(trainer)
    chosen = np.arange(SAMPLES) if step.rows is None else step.rows
    expected = plain.gradient(experiment, step.before, data.train_x[chosen], data.train_y[chosen])
    np.testing.assert_allclose(step.gradient.flat, expected, rtol=1e-8, atol=1e-12)


def test_steps_chained_by_hand_are_the_epoch():
    """Every batch of an epoch, each pass written out in plain NumPy, from the state before."""
    experiment = Experiment(
        layers=(6,), activation="tanh", batch_size=16, dtype="float64", weight_decay=0.1
    )
    data = plain.make_dataset(SAMPLES)
    trainer = Trainer(experiment, data)
    trainer.step_epoch()
    step = of(trainer)
    generator = np.random.default_rng()
    generator.bit_generator.state = trainer.state().rng_state
    order = np.arange(SAMPLES)
    generator.shuffle(order)
    here = trainer.parameters.flat.copy()
    for number, chosen in enumerate(np.split(order, [16, 32, 48])):
        weights = Parameters.over(here, trainer.network.sizes)
        x, y = data.train_x[chosen], data.train_y[chosen]
        here = here - 0.5 * plain.gradient(experiment, weights, x, y)
        if number == 0:
            np.testing.assert_allclose(step.after.flat, here, rtol=1e-12, atol=1e-15)
    trainer.step_epoch()
    np.testing.assert_allclose(trainer.parameters.flat, here, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("batch_size", [3000, 5000])
def test_batches_of_many_blocks_too(batch_size):
    """Large enough to be cut into stacks, with a rest."""
    generator = np.random.default_rng(0)
    x = generator.uniform(0, 1, (5003, 300)).astype(np.float32)
    y = generator.integers(0, 10, 5003)
    data = Dataset("noise", x, y, x[:0], y[:0], tuple("0123456789"), None)
    trainer = Trainer(Experiment(layers=(12,), batch_size=batch_size), data)
    assert any(
        block.x.shape[0] > 1 for block in Blocks(x, y, trainer.network.sizes, trainer.network.task)
    )
    step = of(trainer)
    taken = FirstUpdate(trainer)
    trainer.step_epoch()
    same(step.after.flat, taken.seen["after"])


@pytest.mark.parametrize("batch_size", [None, 16])
def test_a_changed_learning_rate_is_that_of_the_step(batch_size):
    experiment = Experiment(layers=(5,), batch_size=batch_size, optimizer="momentum")
    trainer = Trainer(experiment, plain.make_dataset(SAMPLES))
    trainer.step_epoch()
    trainer.learning_rate = 0.125
    step = of(trainer)
    taken = FirstUpdate(trainer)
    trainer.step_epoch()
    assert step.learning_rate == 0.125
    same(step.after.flat, taken.seen["after"])


def test_nothing_in_a_step_can_be_written_to():
    trainer = Trainer(Experiment(batch_size=16, optimizer="adam"), plain.make_dataset(SAMPLES))
    step = of(trainer)
    every = (step.gradient, step.before, step.after, *step.slots_before, *step.slots_after)
    for parameters in every:
        for array in (parameters.flat, *parameters.weights, *parameters.biases):
            assert not array.flags.writeable
    assert not step.rows.flags.writeable


def test_the_data_is_not_copied(monkeypatch):
    """Only the rows of the batch are read and converted, also where the run's type is another."""
    asked = []

    class Watched(np.ndarray):
        def __getitem__(self, key):
            asked.append(np.shape(key))
            return super().__getitem__(key).view(np.ndarray)

        def astype(self, *args, **kwargs):
            raise AssertionError("the whole data was converted")

    data = plain.make_dataset(SAMPLES)
    trainer = Trainer(Experiment(batch_size=16, dtype="float64"), data)
    watched = Dataset(
        data.name,
        data.train_x.view(Watched),
        data.train_y,
        data.validation_x,
        data.validation_y,
        data.classes,
        None,
    )
    monkeypatch.setattr(Batches, "__init__", None)
    next_step(trainer.experiment, trainer.network, watched, trainer.state())
    assert asked == [(16,)]
