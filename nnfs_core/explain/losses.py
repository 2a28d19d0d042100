"""Losses of one sample, so exact that differences of them still say something.

:mod:`nnfs_core.model.losses` is fast and right to a few units of the last digit of 1. A loss of
10⁻⁹ needs the last digits of itself, or the difference of two of them is noise.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from nnfs_core.model.losses import Loss, Output

Vector = NDArray[np.float64]


def probabilities(logits: Vector) -> Vector:
    """Return the softmax of logits, shape (classes,)."""
    powers: Vector = np.exp(logits - logits.max())
    return powers / float(powers.sum())


def error(p: Vector, label: int) -> Vector:
    """Return p − t, shape (classes,), without the digits that 1 − p(true) would lose."""
    result = p.copy()
    result[label] = -(p[:label].sum() + p[label + 1 :].sum())
    return result


def loss_value(loss: Loss, logits: Vector, label: int) -> float:
    """Return the loss of a sample with these logits, shape (classes,)."""
    if loss.name == "cross-entropy":
        # ln Σ exp(z_j − z_true); where the true class leads, ln(1 + a small number).
        others = np.delete(logits, label) - logits[label]
        top = float(others.max(initial=0.0))
        if top <= 0:
            return math.log1p(float(np.exp(others).sum()))
        return top + math.log(math.exp(-top) + float(np.exp(others - top).sum()))
    if loss.name == "mean-squared-error":
        return float(np.mean(error(probabilities(logits), label) ** 2))
    output, targets = _generic(logits, label)
    return loss.value(output, targets)


def loss_gradient(loss: Loss, logits: Vector, label: int) -> Vector:
    """Return ∂L/∂z of the output layer, shape (classes,)."""
    p = probabilities(logits)
    if loss.name == "cross-entropy":
        return error(p, label)
    if loss.name == "mean-squared-error":
        # p_k (g_k − Σ_j g_j p_j), with g_k moved into the sum, since Σ p_j = 1.
        slope = 2 * error(p, label) / len(p)
        return p * ((slope[:, None] - slope[None, :]) @ p)
    output, targets = _generic(logits, label)
    gradient = np.empty_like(targets)
    loss.gradient(output, targets, gradient)
    return gradient[:, 0]


def _generic(logits: Vector, label: int) -> tuple[Output, Vector]:
    targets = np.zeros((len(logits), 1))
    targets[label] = 1
    output = Output.empty(targets.shape, targets.dtype)
    output.read(logits[:, None], targets)
    return output, targets
