"""Numbers that stop being finite: found at once, named, and survived."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.tasks.classification import Classification
from nnfs_core.text.numbers import setting
from nnfs_core.training.divergence import FirstNotFinite
from nnfs_core.training.trainer import EpochCancelled, NotFiniteError, Trainer

from . import plain

FAST = Experiment(layers=(5, 5), activation="identity", learning_rate=1e200, dtype="float64")


def fail(trainer: Trainer, epochs: int = 50) -> NotFiniteError:
    with pytest.raises(NotFiniteError) as caught:
        for _ in range(epochs):
            trainer.step_epoch()
    return caught.value


@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_the_trainer_stands_at_the_last_good_epoch(optimizer, dtype, batch_size):
    rate = 1e30 if dtype == "float32" else 1e250
    experiment = FAST.but(
        optimizer=optimizer, dtype=dtype, batch_size=batch_size, learning_rate=rate
    )
    data = plain.make_dataset()
    trainer, calm = Trainer(experiment, data), 0.01
    trainer.learning_rate = calm
    trainer.step_epoch()
    good, state = trainer.frame(), trainer.state()

    trainer.learning_rate = rate
    error = fail(trainer)

    assert error.epoch == trainer.epoch + 1 == 2
    assert f"epoch {error.epoch}: " in str(error) and "\n" not in str(error)
    assert f"the learning rate {setting(rate)}" in str(error)
    after = trainer.frame()
    np.testing.assert_array_equal(after.parameters.flat, good.parameters.flat)
    np.testing.assert_array_equal(after.gradients.flat, good.gradients.flat)
    assert after.metrics == good.metrics

    trainer.learning_rate = calm  # and it can go on, as if nothing had happened
    trainer.step_epoch()
    onwards = trainer.frame()
    other = Trainer(experiment, data)
    other.restore(state)
    other.learning_rate = calm
    other.step_epoch()
    np.testing.assert_array_equal(onwards.parameters.flat, other.parameters.flat)
    assert np.isfinite(onwards.parameters.flat).all()


def test_the_layer_that_overflows_first_is_named():
    # One step makes all weights about 1e199: the first layer's sums still fit, the next ones do
    # not, since 1e199 · 1e199 is beyond float64.
    assert fail(Trainer(FAST, plain.make_dataset())).place == "the pre-activations of hidden 2"
    two = FAST.but(layers=(5,))
    assert fail(Trainer(two, plain.make_dataset())).place == "the pre-activations of output"


def test_logits_too_far_apart_are_named():
    """Each fits into float32, but their difference does not."""
    data = plain.make_dataset(samples=2, features=1)
    data.train_x[:], data.train_y[:] = 0, 1
    start = Parameters.over(np.zeros(8, np.float32), (1, 4))
    start.biases[0][:] = [5e37, -5e37, -5e37, -5e37]  # certain of class 0, so the slope is 1
    trainer = Trainer(Experiment(layers=(), learning_rate=3e38), data, start)
    assert fail(trainer).place == "the softmax of output"


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ("z delta", "the pre-activations of hidden 1"),
        ("delta partial", "the back-propagated errors of output"),  # they come from the output
        ("partial", "the weight gradients of output"),
    ],
)
def test_numbers_are_looked_at_in_the_order_they_are_computed(broken, place):
    sizes = (3, 4, 5, 2)
    network = Experiment(layers=sizes[1:-1]).network(sizes[0], Classification.into(sizes[-1]))
    work = network.workspace(6, np.float64)
    gradient = Parameters.over(np.zeros(Parameters.count(sizes)), sizes)
    groups = {"z": work.z, "delta": work.delta, "partial": gradient.weights}
    for arrays in (*groups.values(), [work.output.shifted]):
        for array in arrays:
            array.fill(0)
    for name in broken.split():
        for array in groups[name]:
            array.fill(np.nan)
    watch = FirstNotFinite()
    watch.after_pass(work, gradient)
    assert watch.place == place


def test_weights_that_overflow_in_the_update_are_named():
    data = plain.make_dataset()
    sizes = (6, 5, 4)
    # Only the output layer's gradient exceeds 1.8, so only there does 1e308 times it overflow.
    start = Parameters.over(np.zeros(Parameters.count(sizes)), sizes)
    start.biases[0][:] = 100
    experiment = FAST.but(layers=(5,), learning_rate=1e308)
    assert fail(Trainer(experiment, data, start)).place == "the weights of output"


def test_a_failure_in_the_validation_data_alone_is_noticed():
    """The validation samples can overflow where the training samples do not."""
    data = plain.make_dataset(samples=2, features=1, validation=3)
    data.train_x[:], data.train_y[:] = 0, 0  # only biases learn, and the weights play no part
    data.validation_x[:] = 1
    start = Parameters.over(np.zeros(8, np.float32), (1, 4))
    start.weights[0][:, 0] = [1e38, -1e38, 1e38, -1e38]
    # The step makes the biases +2.25e38 and −0.75e38: without the weights a range that
    # float32 holds, with them one of 5e38, which it does not.
    trainer = Trainer(Experiment(layers=(), learning_rate=3e38), data, start)
    assert np.isfinite(trainer.metrics.validation_loss)
    assert fail(trainer).place == "the validation loss"


@pytest.mark.parametrize(
    ("size", "dtype", "place"),
    [
        (1e300, "float32", "the pre-activations of hidden 1"),
        (1e30, "float32", "the pre-activations of hidden 2"),
        (1e200, "float64", "the pre-activations of hidden 2"),
    ],
)
def test_weights_too_large_to_start_from_are_refused(size, dtype, place):
    sizes = (6, 5, 5, 4)
    start = Parameters.over(np.full(Parameters.count(sizes), size), sizes)
    with pytest.raises(UserError, match=f"{place} would not be finite in {dtype}"):
        Trainer(FAST.but(dtype=dtype), plain.make_dataset(), start)


def test_a_cancelled_epoch_leaves_the_epoch_before():
    """Given up in the middle, it is as if it had never begun."""
    data = plain.make_dataset()
    for batch_size in (None, 16):
        experiment = Experiment(layers=(5,), batch_size=batch_size, optimizer="adam")
        trainer, calm = Trainer(experiment, data), Trainer(experiment, data)
        trainer.step_epoch()
        calm.step_epoch()
        trainer.cancel()
        with pytest.raises(EpochCancelled):
            trainer.step_epoch()
        assert trainer.epoch == 1
        trainer.step_epoch()
        calm.step_epoch()
        np.testing.assert_array_equal(trainer.state().numbers, calm.state().numbers)


def test_cancelling_the_search_for_the_cause_leaves_the_epoch_before(monkeypatch):
    trainer = Trainer(FAST, plain.make_dataset())
    before = trainer.state().numbers
    find = FirstNotFinite.after_update

    def find_and_cancel(watch, parameters):
        trainer.cancel()
        find(watch, parameters)

    monkeypatch.setattr(FirstNotFinite, "after_update", find_and_cancel)
    with pytest.raises(EpochCancelled):
        trainer.step_epoch()
    np.testing.assert_array_equal(trainer.state().numbers, before)
    assert trainer.epoch == 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_whose_sum_alone_does_not_fit_are_not_taken_for_infinite(dtype):
    data = plain.make_dataset(samples=20, features=6)
    data.train_x[:, 0] = data.validation_x[:, 0] = 0
    experiment = Experiment(layers=(5,), dtype=dtype, learning_rate=1e-3)
    start = experiment.initial((6, 5, 4))
    start.weights[0][:, 0] = np.finfo(dtype).max / 2  # of an input that is always 0
    trainer = Trainer(experiment, data, start)
    trainer.step_epoch()
    assert trainer.epoch == 1
