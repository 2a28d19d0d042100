"""Numbers that stop being finite: found at once, named, and survived."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.experiment import Experiment
from nnfs_core.network import Parameters
from nnfs_core.training import NotFiniteError, Trainer

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
    assert f"the learning rate {rate:g}" in str(error)
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


def test_weights_that_overflow_in_the_update_are_named():
    data = plain.make_dataset()
    sizes = (6, 5, 4)
    # Only the output layer's gradient exceeds 1.8, so only there does 1e308 times it overflow.
    start = Parameters.over(np.zeros(Parameters.count(sizes)), sizes)
    start.biases[0][:] = 100
    experiment = FAST.but(layers=(5,), learning_rate=1e308)
    assert fail(Trainer(experiment, data, start)).place == "the weights of output"


def test_a_failure_in_the_validation_data_alone_is_noticed():
    """The held-out samples can overflow where the training samples do not."""
    data = plain.make_dataset(samples=2, validation=3)
    data.train_x[:] = 0  # only biases learn: every pre-activation stays small
    data.validation_x[:] = 1
    sizes = (6, 4)
    start = Parameters.over(np.zeros(Parameters.count(sizes)), sizes)
    start.weights[0][:] = 1e38
    start.weights[0][0] = -1e38
    experiment = Experiment(layers=(), learning_rate=1e-3)
    with np.errstate(all="ignore"):
        trainer = Trainer(experiment, data, start)
    assert fail(trainer).place == "the validation loss"
