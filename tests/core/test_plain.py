"""The network on one page, and the fast one: the same numbers, epoch after epoch."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from nnfs_core import plain
from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from nnfs_core.model.parameters import Parameters
from nnfs_core.training.trainer import Trainer

DIGITS = load_dataset("digits")
X, T = DIGITS.train_x.T.astype(np.float64), np.eye(10)[DIGITS.train_y].T


def as_layers(parameters: Parameters) -> list[plain.Layer]:
    pairs = zip(parameters.weights, parameters.biases, strict=True)
    return [(weights.copy(), biases[:, None].copy()) for weights, biases in pairs]


@pytest.mark.parametrize("sizes", [(), (10,), (16, 12)])
def test_the_fast_one_is_equal_to_it(sizes):
    experiment = Experiment(layers=sizes, dtype="float64", learning_rate=0.3)
    trainer = Trainer(experiment, DIGITS)
    layers = as_layers(trainer.parameters)
    for _ in range(30):
        zs, activations = plain.forward(layers, X)
        assert trainer.metrics.train_loss == pytest.approx(plain.loss(activations[-1], T), rel=1e-9)
        layers = plain.update(layers, plain.backward(layers, zs, activations, T), 0.3)
        trainer.step_epoch()
        found = as_layers(trainer.parameters)
        for mine, theirs in zip(layers, found, strict=True):
            np.testing.assert_allclose(mine[0], theirs[0], rtol=1e-8, atol=1e-11)
            np.testing.assert_allclose(mine[1], theirs[1], rtol=1e-8, atol=1e-11)


def test_its_gradient_is_that_of_central_differences():
    layers = plain.initial((64, 7, 10), seed=3)
    x, t = X[:, :40], T[:, :40]
    gradients = plain.backward(layers, *plain.forward(layers, x), t)
    draw = np.random.default_rng(0)
    for layer, pair in enumerate(layers):
        for which in (0, 1):
            for _ in range(6):
                at = tuple(draw.integers(0, side) for side in pair[which].shape)
                ends = []
                for h in (1e-6, -1e-6):
                    pair[which][at] += h
                    ends.append(plain.loss(plain.forward(layers, x)[1][-1], t))
                    pair[which][at] -= h
                found = gradients[layer][which][at]
                assert found == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-9)


def test_it_learns_the_digits_when_it_is_run():
    done = subprocess.run(
        [sys.executable, "-m", "nnfs_core.plain"], capture_output=True, text=True, check=True
    )
    first, *_, last = done.stdout.splitlines()
    assert first.startswith("epoch    0   loss 2.")
    assert float(last.split("never seen, ")[1].split("%")[0]) > 90
