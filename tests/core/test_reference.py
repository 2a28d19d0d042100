"""The original recipe on the original data: the published numbers, digit for digit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnfs_core.data import load_dataset
from nnfs_core.experiment import load_experiment
from nnfs_core.training.trainer import Trainer
from tests.original import HAS_MNIST, MNIST

LOSSES = {
    0: 2.868934596,
    1: 2.687977192,
    2: 2.578491652,
    10: 2.234440218,
    100: 1.226126181,
}
ACCURACIES = {0: 0.157483, 10: 0.195333, 100: 0.582150}


def mnist_folder() -> Path | None:
    """Return a folder that holds MNIST, if there is one; the tests download nothing."""
    return MNIST if HAS_MNIST else None


@pytest.fixture(scope="module")
def mnist():
    folder = mnist_folder()
    if folder is None:
        pytest.skip("MNIST is not here; NNFS_DATA_DIR can say where it is")
    return load_dataset("mnist", folder)


def test_the_first_weights_are_the_originals_own_draw(mnist):
    trainer = Trainer(load_experiment("mnist-original").but(dtype="float64"), mnist)
    legacy = np.random.RandomState(42)
    for shape, found in zip(
        [(10, 784), (10, 1), (10, 10), (10, 1)],
        [
            part
            for pair in zip(trainer.parameters.weights, trainer.parameters.biases, strict=True)
            for part in pair
        ],
        strict=True,
    ):
        np.testing.assert_array_equal(found.ravel(), (legacy.rand(*shape) - 0.5).ravel())


def test_a_hundred_epochs_of_the_original_recipe(mnist):
    assert mnist.train_x.shape == (60_000, 784)
    trainer = Trainer(load_experiment("mnist-original").but(dtype="float64"), mnist)
    assert trainer.metrics.train_loss == pytest.approx(LOSSES[0], rel=1e-9)
    while trainer.epoch < 100:
        if trainer.epoch in ACCURACIES:
            expected = ACCURACIES[trainer.epoch]
            assert trainer.metrics.train_score == pytest.approx(expected, abs=5e-7)
        metrics = trainer.step_epoch()
        if metrics.epoch in LOSSES:
            assert metrics.train_loss == pytest.approx(LOSSES[metrics.epoch], rel=1e-9)
    assert metrics.train_score == pytest.approx(ACCURACIES[100], abs=5e-7)


def test_the_same_in_single_precision(mnist):
    trainer = Trainer(load_experiment("mnist-original"), mnist)
    for _ in range(10):
        metrics = trainer.step_epoch()
    assert metrics.train_loss == pytest.approx(LOSSES[10], rel=1e-5)
    assert metrics.train_score == pytest.approx(ACCURACIES[10], abs=1e-4)
