"""Losses between the network's probabilities and the true classes.

Both read the softmax of the output layer's pre-activations (the *logits* z),

    p_k = exp(z_k) / Σ_j exp(z_j),

and both are given, and give back, arrays of shape ``(..., classes, samples)``:
class-major, because a sum over ten classes vectorises along the samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nnfs_core.compute import aligned

Array = NDArray[Any]


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
class Output:
    """Arrays of the output layer, made once for a block of samples and used again and again.

    Attributes
    ----------
    shifted, probabilities : ndarray, shape (..., classes, samples)
        Logits less their largest, and their softmax.
    total, true_shifted : ndarray, shape (..., 1, samples)
        Σ exp(shifted), and the entry of ``shifted`` at the true class.
    scratch : ndarray, shape (..., classes, samples)
        Room for one product.
    largest : ndarray of bool, shape (..., classes, samples)
        Room for where the largest logits are.
    """

    shifted: Array
    probabilities: Array
    total: Array
    true_shifted: Array
    scratch: Array
    largest: Array

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Output:
        """Make the arrays for logits of this shape."""
        row = (*shape[:-2], 1, shape[-1])
        shifted, probabilities, scratch = (aligned.empty(shape, dtype) for _ in range(3))
        total, true_shifted = (aligned.empty(row, dtype) for _ in range(2))
        largest = aligned.empty(shape, bool)
        return cls(shifted, probabilities, total, true_shifted, scratch, largest)

    def read(self, logits: Array, targets: Array) -> None:
        """Fill all arrays but the scratch from logits and one-hot targets of one shape."""
        np.maximum.reduce(logits, axis=-2, keepdims=True, out=self.total)
        np.subtract(logits, self.total, out=self.shifted)
        np.multiply(self.shifted, targets, out=self.scratch)
        np.add.reduce(self.scratch, axis=-2, keepdims=True, out=self.true_shifted)
        softmax(self.shifted, self.probabilities, self.total)

    def correct(self, targets: Array) -> int:
        """Count the samples whose first most probable class is the true one."""
        # The largest logit, shifted, is exactly zero: a sample is right when its true
        # class holds that zero. Only where classes tie does the first one have to be found.
        samples = self.true_shifted.size
        np.equal(self.shifted, 0, out=self.largest)
        if np.count_nonzero(self.largest) == samples:
            return samples - int(np.count_nonzero(self.true_shifted))
        winner, truth = self.shifted.argmax(axis=-2), targets.argmax(axis=-2)
        return int(np.count_nonzero(winner == truth))


class Loss(Protocol):
    """What is minimised: the mean over the samples of a loss of each."""

    name: str
    title: str
    formula: str

    def value(self, output: Output, targets: Array) -> float:
        """Sum the loss over the samples of ``output``."""
        ...

    def gradient(self, output: Output, targets: Array, out: Array) -> None:
        """Write each sample's ∂loss/∂z into ``out``, shape (..., classes, samples)."""
        ...


class CrossEntropy:
    """Categorical cross-entropy, L = −ln p_true.

    Computed as ln Σ exp(z − max z) − (z_true − max z), which stays finite and exact
    where p_true itself would round to zero.
    """

    name = "cross-entropy"
    title = "cross-entropy"
    formula = "L = −ln p(true class)"

    def value(self, output: Output, targets: Array) -> float:
        """See :class:`Loss`."""
        each = np.log(output.total, out=output.scratch[..., :1, :])
        np.subtract(each, output.true_shifted, out=each)
        return float(np.add.reduce(each, axis=None, dtype=np.float64))

    def gradient(self, output: Output, targets: Array, out: Array) -> None:
        """See :class:`Loss`: ∂L/∂z = p − t."""
        np.subtract(output.probabilities, targets, out=out)


class MeanSquaredError:
    """Mean squared error of the probabilities, L = (1/K) Σ_k (p_k − t_k)² (Brier 1950)."""

    name = "mean-squared-error"
    title = "mean squared error"
    formula = "L = (1/K) Σ (p − t)²"

    def value(self, output: Output, targets: Array) -> float:
        """See :class:`Loss`."""
        difference = np.subtract(output.probabilities, targets, out=output.scratch)
        flat = difference.reshape(-1)
        return float(np.dot(flat, flat)) / int(targets.shape[-2])

    def gradient(self, output: Output, targets: Array, out: Array) -> None:
        """See :class:`Loss`.

        With g = ∂L/∂p = 2 (p − t) / K, the softmax gives ∂L/∂z = p ⊙ (g − Σ_j g_j p_j).
        """
        np.subtract(output.probabilities, targets, out=out)
        np.multiply(out, 2.0 / targets.shape[-2], out=out)
        np.multiply(out, output.probabilities, out=output.scratch)
        np.add.reduce(output.scratch, axis=-2, keepdims=True, out=output.total)
        np.subtract(out, output.total, out=out)
        np.multiply(out, output.probabilities, out=out)


LOSSES: dict[str, Loss] = {loss.name: loss for loss in (CrossEntropy(), MeanSquaredError())}
"""Every loss by name."""
