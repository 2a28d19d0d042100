"""Classification: a probability for each class, and losses between those and the true classes.

Both losses read the softmax of the output layer's pre-activations (the *logits* z),

    p_k = exp(z_k) / Σ_j exp(z_j),

and both are given, and give back, arrays of shape ``(..., classes, samples)``:
class-major, because a sum over ten classes vectorises along the samples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.compute import aligned
from nnfs_core.model.tasks.task import (
    Array,
    Loss,
    Score,
    Vector,
    generic_gradient,
    generic_loss,
)
from nnfs_core.progress import Look, go_on, pieces
from nnfs_core.text.numbers import percent


def softmax(shifted: Array, out: Array, total: Array) -> None:
    """Softmax over the classes of logits whose largest is already taken off.

    Parameters
    ----------
    shifted : ndarray, shape (..., classes, samples)
        z − max z, so that no exponential overflows.
    out : ndarray, same shape
        Receives the probabilities.
    total : ndarray, shape (..., 1, samples)
        Receives Σ exp(shifted), which the log-sum-exp of the loss needs as well.
    """
    np.exp(shifted, out=out)
    np.add.reduce(out, axis=-2, keepdims=True, out=total)
    np.divide(out, total, out=out)


@dataclass(frozen=True, slots=True)
class SoftmaxOutput:
    """Arrays of the output layer, made once for a block of samples and used again and again.

    Attributes
    ----------
    shifted, answers : ndarray, shape (..., classes, samples)
        Logits less their largest, and their softmax.
    total, true_shifted : ndarray, shape (..., 1, samples)
        Σ exp(shifted), and the entry of ``shifted`` at the true class.
    scratch : ndarray, shape (..., classes, samples)
        Room for one product.
    largest : ndarray of bool, shape (..., classes, samples)
        Room for where the largest logits are.
    """

    shifted: Array
    answers: Array
    total: Array
    true_shifted: Array
    scratch: Array
    largest: Array

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: np.dtype[Any]) -> SoftmaxOutput:
        """Make the arrays for logits of this shape."""
        row = (*shape[:-2], 1, shape[-1])
        shifted, answers, scratch = (aligned.empty(shape, dtype) for _ in range(3))
        total, true_shifted = (aligned.empty(row, dtype) for _ in range(2))
        largest = aligned.empty(shape, bool)
        return cls(shifted, answers, total, true_shifted, scratch, largest)

    def compute(self, logits: Array, targets: Array) -> None:
        """Fill all arrays but the scratch from logits and one-hot targets of one shape."""
        np.maximum.reduce(logits, axis=-2, keepdims=True, out=self.total)
        np.subtract(logits, self.total, out=self.shifted)
        np.multiply(self.shifted, targets, out=self.scratch)
        np.add.reduce(self.scratch, axis=-2, keepdims=True, out=self.true_shifted)
        softmax(self.shifted, self.answers, self.total)

    @property
    def between(self) -> tuple[str, Array]:
        """See :class:`~nnfs_core.model.tasks.task.Output`: logits can lie too far apart."""
        return "the softmax", self.shifted

    def tally(self, targets: Array) -> int:
        """Count the samples whose first most probable class is the true one."""
        # The largest logit, shifted, is exactly zero: a sample is right when its true
        # class holds that zero. Only where classes tie does the first one have to be found.
        samples = self.true_shifted.size
        np.equal(self.shifted, 0, out=self.largest)
        if np.count_nonzero(self.largest) == samples:
            return samples - int(np.count_nonzero(self.true_shifted))
        winner, truth = self.shifted.argmax(axis=-2), targets.argmax(axis=-2)
        return int(np.count_nonzero(winner == truth))


class CrossEntropy:
    """Categorical cross-entropy, L = −ln p_true.

    Computed as ln Σ exp(z − max z) − (z_true − max z), which stays finite and exact
    where p_true itself would round to zero.
    """

    name = "cross-entropy"
    title = "cross-entropy"
    formula = "L = −ln p(true class)"

    def value(self, output: SoftmaxOutput, targets: Array) -> float:
        """See :class:`~nnfs_core.model.tasks.task.Loss`."""
        each = np.log(output.total, out=output.scratch[..., :1, :])
        np.subtract(each, output.true_shifted, out=each)
        return float(np.add.reduce(each, axis=None, dtype=np.float64))

    def gradient(self, output: SoftmaxOutput, targets: Array, out: Array) -> None:
        """See :class:`~nnfs_core.model.tasks.task.Loss`: ∂L/∂z = p − t."""
        np.subtract(output.answers, targets, out=out)


class MeanSquaredError:
    """Mean squared error of the probabilities, L = (1/K) Σ_k (p_k − t_k)² (Brier 1950)."""

    name = "mean-squared-error"
    title = "mean squared error"
    formula = "L = (1/K) Σ (p − t)²"

    def value(self, output: SoftmaxOutput, targets: Array) -> float:
        """See :class:`~nnfs_core.model.tasks.task.Loss`."""
        difference = np.subtract(output.answers, targets, out=output.scratch)
        flat = difference.reshape(-1)
        return float(np.dot(flat, flat)) / int(targets.shape[-2])

    def gradient(self, output: SoftmaxOutput, targets: Array, out: Array) -> None:
        """See :class:`~nnfs_core.model.tasks.task.Loss`.

        With g = ∂L/∂p = 2 (p − t) / K, the softmax gives ∂L/∂z = p ⊙ (g − Σ_j g_j p_j).
        """
        np.subtract(output.answers, targets, out=out)
        np.multiply(out, 2.0 / targets.shape[-2], out=out)
        np.multiply(out, output.answers, out=output.scratch)
        np.add.reduce(output.scratch, axis=-2, keepdims=True, out=output.total)
        np.subtract(out, output.total, out=out)
        np.multiply(out, output.answers, out=out)


LOSSES: Mapping[str, Loss] = MappingProxyType(
    {loss.name: loss for loss in (CrossEntropy(), MeanSquaredError())}
)
"""Every loss of probabilities by name."""


ACCURACY = Score(
    "accuracy", "accuracy", "the share of samples whose most probable class is right", 0.0, percent
)
"""The score of a classification."""


def one_hot(labels: Array, classes: int, dtype: DTypeLike, look: Look = go_on) -> Array:
    """Return one-hot targets, shape (classes, samples)."""
    targets = aligned.empty((classes, len(labels)), dtype)
    for piece in pieces(len(labels), classes * targets.itemsize):
        look()
        targets[:, piece] = 0
        targets[labels[piece], np.arange(piece.start, piece.stop)] = 1
    return targets


def error(p: Vector, label: int) -> Vector:
    """Return p − t, shape (classes,), without the digits that 1 − p(true) would lose."""
    result = p.copy()
    result[label] = -(p[:label].sum() + p[label + 1 :].sum())
    return result


@dataclass(frozen=True, slots=True)
class Classification:
    """Saying how probable each class is.

    Attributes
    ----------
    classes : tuple of str
    """

    name: ClassVar[str] = "classification"
    losses: ClassVar[Mapping[str, Loss]] = LOSSES
    score: ClassVar[Score] = ACCURACY

    reach: ClassVar[float] = 1.0

    classes: tuple[str, ...]

    @classmethod
    def of(cls, dataset: Any) -> Classification:
        """Return the task of a dataset, or of what is known of one."""
        return cls(dataset.classes)

    @classmethod
    def into(cls, classes: int) -> Classification:
        """Return the task with so many classes, whatever they are called."""
        return cls(tuple(map(str, range(classes))))

    @property
    def outputs(self) -> tuple[str, ...]:
        """See :class:`~nnfs_core.model.tasks.task.Task`."""
        return self.classes

    def targets(self, y: NDArray[Any], dtype: DTypeLike, look: Look = go_on) -> Array:
        """Return 1 for the true class of each sample and 0 for the others."""
        return one_hot(y, len(self.classes), dtype, look)

    def output(self, samples: int, dtype: DTypeLike) -> SoftmaxOutput:
        """See :class:`~nnfs_core.model.tasks.task.Task`."""
        return SoftmaxOutput.empty((len(self.classes), samples), np.dtype(dtype))

    def spread(self, y: NDArray[Any]) -> float:
        """See :class:`~nnfs_core.model.tasks.task.Task`: not needed."""
        return math.nan

    def scored(self, tally: float, samples: int, spread: float) -> float:
        """Return the accuracy: the share of samples that are right, 0…1."""
        return tally / samples

    def values(self, answers: Array) -> Array:
        """Return probabilities as they are."""
        return answers

    def exact(self, logits: Vector) -> Vector:
        """Return the softmax of logits, shape (classes,)."""
        powers: Vector = np.exp(logits - logits.max())
        return powers / float(powers.sum())

    def exact_loss(self, loss: Loss, logits: Vector, target: Vector) -> float:
        """Return the loss of a sample with these logits, shape (classes,)."""
        label = int(target.argmax())
        if loss.name == "cross-entropy":
            # ln Σ exp(z_j − z_true); where the true class leads, ln(1 + a small number).
            others = np.delete(logits, label) - logits[label]
            top = float(others.max(initial=0.0))
            if top <= 0:
                return math.log1p(float(np.exp(others).sum()))
            return top + math.log(math.exp(-top) + float(np.exp(others - top).sum()))
        if loss.name == "mean-squared-error":
            return float(np.mean(error(self.exact(logits), label) ** 2))
        return generic_loss(self, loss, logits, target)

    def exact_gradient(self, loss: Loss, logits: Vector, target: Vector) -> Vector:
        """Return ∂L/∂z of the output layer, shape (classes,)."""
        p, label = self.exact(logits), int(target.argmax())
        if loss.name == "cross-entropy":
            return error(p, label)
        if loss.name == "mean-squared-error":
            # p_k (g_k − Σ_j g_j p_j), with g_k moved into the sum, since Σ p_j = 1.
            slope = 2 * error(p, label) / len(p)
            return p * ((slope[:, None] - slope[None, :]) @ p)
        return generic_gradient(self, loss, logits, target)


TASK = Classification
