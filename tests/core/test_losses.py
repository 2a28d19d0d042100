"""Losses at their edges: huge logits, certain mistakes, ties."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.model.tasks.classification import LOSSES
from nnfs_core.model.tasks.classification import SoftmaxOutput as Output


def read(logits, truth, dtype=np.float64) -> tuple[Output, np.ndarray]:
    """Read logits of shape (samples, classes) the way a pass does."""
    logits = np.ascontiguousarray(np.array(logits, dtype).T[None])
    targets = np.zeros_like(logits)
    targets[0, truth, np.arange(logits.shape[2])] = 1
    output = Output.empty(logits.shape, logits.dtype)
    output.compute(logits, targets)
    return output, targets


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e4, -1e4, 1e30])
def test_huge_logits_do_not_overflow(dtype, size):
    output, _ = read([[size, size / 2, 0], [size, size, size]], [0, 1], dtype)
    p = output.answers[0].T
    assert np.isfinite(p).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(p[0], [1, 0, 0] if size > 0 else [0, 0, 1])
    np.testing.assert_allclose(p[1], 1 / 3, rtol=1e-6)


def test_softmax_by_hand():
    output, _ = read([[1.0, 2.0, 3.0]], [0])
    powers = np.exp([1.0, 2.0, 3.0])
    np.testing.assert_allclose(output.answers[0, :, 0], powers / powers.sum(), rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_certain_mistake_costs_a_finite_amount(dtype):
    """p_true rounds to zero here, so −ln p would be infinite; the loss is the margin itself."""
    output, targets = read([[1e4, 0.0, -1e4]], [2], dtype)
    assert output.answers[0, 2, 0] == 0
    assert LOSSES["cross-entropy"].value(output, targets) == 2e4


def test_cross_entropy_by_hand():
    logits = [[0.0, np.log(3.0)], [np.log(4.0), 0.0]]
    output, targets = read(logits, [0, 0])
    expected = -np.log(1 / 4) - np.log(4 / 5)
    assert LOSSES["cross-entropy"].value(output, targets) == pytest.approx(expected, rel=1e-15)


def test_mean_squared_error_by_hand():
    # probabilities 1/4, 3/4 and 4/5, 1/5
    output, targets = read([[0.0, np.log(3.0)], [np.log(4.0), 0.0]], [0, 1])
    expected = ((1 / 4 - 1) ** 2 + (3 / 4) ** 2) / 2 + ((4 / 5) ** 2 + (1 / 5 - 1) ** 2) / 2
    assert LOSSES["mean-squared-error"].value(output, targets) == pytest.approx(expected)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
@pytest.mark.parametrize("truth", [0, 1])
def test_gradient_of_huge_logits_is_finite(loss, truth):
    output, targets = read([[1e4, 0.0, -1e4]], [truth], np.float32)
    gradient = np.empty_like(targets)
    loss.gradient(output, targets, gradient)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_gradients_of_the_logits_sum_to_zero(loss):
    """Adding the same number to all logits changes nothing, so the slope that way is zero."""
    generator = np.random.default_rng(0)
    output, targets = read(generator.normal(size=(9, 4)), generator.integers(0, 4, 9))
    gradient = np.empty_like(targets)
    loss.gradient(output, targets, gradient)
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-15)


def test_the_value_leaves_the_output_as_the_gradient_needs_it():
    for loss in LOSSES.values():
        output, targets = read([[0.3, 1.0, -2.0]], [2])
        straight, after = np.empty_like(targets), np.empty_like(targets)
        loss.value(output, targets)
        loss.gradient(output, targets, after)
        fresh, _ = read([[0.3, 1.0, -2.0]], [2])
        loss.gradient(fresh, targets, straight)
        np.testing.assert_array_equal(after, straight)


@pytest.mark.parametrize(
    ("logits", "truth", "right"),
    [
        ([[1.0, 2.0, 0.0]], [1], 1),
        ([[1.0, 2.0, 0.0]], [0], 0),
        ([[2.0, 2.0, 0.0]], [0], 1),  # tied: the first of the tied classes is the prediction
        ([[2.0, 2.0, 0.0]], [1], 0),
        ([[0.0, 2.0, 2.0]], [1], 1),
        ([[0.0, 2.0, 2.0]], [2], 0),
        ([[5.0, 5.0, 5.0]], [0], 1),
        ([[5.0, 5.0, 5.0]], [2], 0),
        ([[2.0, 2.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 1.0]], [1, 2, 0], 2),
    ],
)
def test_counting_what_is_right(logits, truth, right):
    output, targets = read(logits, truth)
    assert output.tally(targets) == right
