"""Gradients by hand against central differences through an independent forward pass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nnfs_core.experiment import Experiment
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.tasks.classification import LOSSES, Classification
from nnfs_core.passes import batches, block_sizes
from nnfs_core.training.trainer import Trainer

from . import plain

STEP = 1e-5


def start(experiment: Experiment, sizes: tuple[int, ...], seed: int = 3) -> Parameters:
    generator = np.random.default_rng(seed)
    return Parameters.over(generator.normal(0, 0.8, Parameters.count(sizes)), sizes)


def far_from_kinks(experiment, parameters, x) -> bool:
    """Say whether no unit is so near z = 0 that a difference would step over the kink."""
    hidden = plain.pre_activations(experiment, parameters, x)[:-1]
    return all(np.abs(z).min() > 20 * STEP for z in hidden)


def central_differences(experiment, parameters, x, y) -> np.ndarray:
    slopes = np.empty(parameters.flat.size)
    for index in range(len(slopes)):
        sides = []
        for step in (STEP, -STEP):
            moved = parameters.flat.copy()
            moved[index] += step
            there = Parameters.over(moved, parameters.sizes)
            sides.append(plain.objective(experiment, there, x, y))
        slopes[index] = (sides[0] - sides[1]) / (2 * STEP)
    return slopes


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("layers", [(), (5,), (4, 3, 5)], ids=str)
@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
def test_every_activation_and_loss(activation, loss, layers, weight_decay):
    experiment = Experiment(
        activation=activation, loss=loss, layers=layers, weight_decay=weight_decay, dtype="float64"
    )
    data = plain.make_dataset(samples=7)
    parameters = start(experiment, (6, *layers, 4))
    assert far_from_kinks(experiment, parameters, data.train_x)

    found = Trainer(experiment, data, parameters).frame().gradients.flat

    expected = central_differences(experiment, parameters, data.train_x, data.train_y)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)
    # The plain chain rule that other tests replay training with is held to the same standard.
    by_hand = plain.gradient(experiment, parameters, data.train_x, data.train_y)
    np.testing.assert_allclose(by_hand, expected, rtol=1e-6, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    samples=st.integers(1, 9),
    features=st.integers(1, 6),
    layers=st.lists(st.integers(1, 5), max_size=3),
    classes=st.integers(2, 5),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    loss=st.sampled_from(sorted(LOSSES)),
    seed=st.integers(0, 1000),
)
def test_every_shape(samples, features, layers, classes, activation, loss, seed):
    experiment = Experiment(
        activation=activation, loss=loss, layers=layers, weight_decay=0.1, dtype="float64"
    )
    data = plain.make_dataset(samples, features, classes, seed=seed)
    parameters = start(experiment, (features, *layers, classes), seed)
    assume(far_from_kinks(experiment, parameters, data.train_x))

    found = Trainer(experiment, data, parameters).frame().gradients

    expected = central_differences(experiment, parameters, data.train_x, data.train_y)
    np.testing.assert_allclose(found.flat, expected, rtol=1e-5, atol=1e-9)
    assert [w.shape for w in found.weights] == [w.shape for w in parameters.weights]
    assert [b.shape for b in found.biases] == [b.shape for b in parameters.biases]


@pytest.mark.parametrize("loss", LOSSES)
def test_samples_in_stacked_blocks(loss, monkeypatch):
    """Cut into stacks, a shorter stack and a remainder, the gradient is that of the whole."""
    # 6·5 multiplications a sample: products of 64 samples, at most 7 of them in a block.
    monkeypatch.setattr(block_sizes, "SMALL_PRODUCT", 70 * 30)
    monkeypatch.setattr(block_sizes, "BLOCK_BYTES", 0)
    experiment = Experiment(layers=(5,), loss=loss, activation="tanh", dtype="float64")
    data = plain.make_dataset(samples=7 * 64 + 2 * 64 + 17)
    blocks = list(batches.Blocks(data.train_x, data.train_y, (6, 5, 4), Classification.into(4)))
    assert [block.x.shape for block in blocks] == [(7, 6, 64), (2, 6, 64), (1, 6, 17)]

    trainer = Trainer(experiment, data)

    x, y, parameters = data.train_x, data.train_y, trainer.parameters
    expected = central_differences(experiment, parameters, x, y)
    np.testing.assert_allclose(trainer.frame().gradients.flat, expected, rtol=1e-6, atol=1e-9)
    assert trainer.metrics.train_loss == pytest.approx(plain.loss(experiment, parameters, x, y))
    assert trainer.metrics.train_score == plain.accuracy(experiment, parameters, x, y)


def test_blocks_of_the_real_size():
    """Data wide enough to be stacked as it is: the slope along random directions."""
    experiment = Experiment(layers=(20,), activation="sigmoid", initializer="xavier")
    experiment = experiment.but(dtype="float64")
    data = plain.make_dataset(samples=330, features=200)
    blocks = list(batches.Blocks(data.train_x, data.train_y, (200, 20, 4), Classification.into(4)))
    assert [block.x.shape[0] for block in blocks] == [10]

    trainer = Trainer(experiment, data)

    here, found = trainer.parameters.flat, trainer.frame().gradients.flat
    generator = np.random.default_rng(0)
    for _ in range(5):
        way = generator.normal(size=here.size)
        sides = [
            plain.objective(
                experiment,
                Parameters.over(here + step * way, trainer.parameters.sizes),
                data.train_x,
                data.train_y,
            )
            for step in (STEP, -STEP)
        ]
        assert found @ way == pytest.approx((sides[0] - sides[1]) / (2 * STEP), rel=1e-6)


def test_slopes_at_the_kink():
    """At z = 0, where relu has no derivative, the slope is that of the left side."""
    z = np.zeros(1)
    for name, expected in (("relu", 0.0), ("leaky_relu", 0.01)):
        slope = np.empty(1)
        ACTIVATIONS[name].slope(z, z, slope)
        assert slope == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_never_overflow(name, dtype):
    z = np.array([-1e4, -50, -1, 0, 1, 50, 1e4], dtype)
    a, slope = np.empty_like(z), np.empty_like(z)
    ACTIVATIONS[name].value(z, a)
    ACTIVATIONS[name].slope(z, a, slope)
    assert np.isfinite(a).all() and np.isfinite(slope).all()
    middle = slice(1, 6)
    np.testing.assert_allclose(a[middle], plain.FUNCTIONS[name](z[middle]), rtol=1e-6, atol=1e-20)
