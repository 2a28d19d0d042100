"""Regression: the output is one number, as it is, and the target is to be met.

A network learns targets best that are around 0 and about 1 in size. So what it is to say is

    t = (y − m) / s,

with the mean m and the standard deviation s of the training part, and what it says, ŷ = z·s + m,
is a number in the data's own units. Losses are those of z and t; with the mean squared error, 1
is the loss of who always says the mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.compute import aligned
from nnfs_core.data.scale import Scale
from nnfs_core.model.tasks.task import (
    Array,
    Loss,
    Score,
    Vector,
    generic_gradient,
    generic_loss,
)
from nnfs_core.progress import Look, go_on
from nnfs_core.text.numbers import explained


@dataclass(slots=True)
class ValueOutput:
    """Arrays of the output layer for a block of samples: z is the answer, as it is.

    Attributes
    ----------
    answers : ndarray, shape (1, samples)
        z.
    error, scratch : ndarray, shape (1, samples)
        z − t, and room for one product.
    """

    answers: Array
    error: Array
    scratch: Array

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: DTypeLike) -> ValueOutput:
        """Make the arrays for pre-activations of this shape."""
        answers, error, scratch = (aligned.empty(shape, dtype) for _ in range(3))
        return cls(answers, error, scratch)

    def compute(self, logits: Array, targets: Array) -> None:
        """See :class:`~nnfs_core.model.tasks.task.Output`."""
        np.copyto(self.answers, logits)
        np.subtract(logits, targets, out=self.error)

    @property
    def between(self) -> tuple[str, Array]:
        """See :class:`~nnfs_core.model.tasks.task.Output`."""
        return "the errors", self.error

    def tally(self, targets: Array) -> float:
        """Return Σ (z − t)²."""
        flat = self.error.reshape(-1)
        return float(np.dot(flat, flat))


class MeanSquaredError:
    """Mean squared error, L = (z − t)²."""

    name = "mean-squared-error"
    title = "mean squared error"
    formula = "L = (z − t)²"

    def value(self, output: ValueOutput, targets: Array) -> float:
        """See :class:`~nnfs_core.model.tasks.task.Loss`."""
        return output.tally(targets)

    def gradient(self, output: ValueOutput, targets: Array, out: Array) -> None:
        """See :class:`~nnfs_core.model.tasks.task.Loss`: ∂L/∂z = 2 (z − t)."""
        np.multiply(output.error, 2, out=out)


class MeanAbsoluteError:
    """Mean absolute error, ``L = |z − t|``: a far target pulls no harder than a near one."""

    name = "mean-absolute-error"
    title = "mean absolute error"
    formula = "L = |z − t|"

    def value(self, output: ValueOutput, targets: Array) -> float:
        """See :class:`~nnfs_core.model.tasks.task.Loss`."""
        np.abs(output.error, out=output.scratch)
        return float(np.add.reduce(output.scratch, axis=None, dtype=np.float64))

    def gradient(self, output: ValueOutput, targets: Array, out: Array) -> None:
        """See :class:`~nnfs_core.model.tasks.task.Loss`: ∂L/∂z = sign(z − t), 0 where z is t."""
        np.sign(output.error, out=out)


@dataclass(frozen=True, slots=True)
class Regression:
    """Saying a number.

    Attributes
    ----------
    target : str
        What the number is: the name of its column.
    scale : Scale
        Which values become 0 and 1 for the network: m, and m + s.
    """

    name: ClassVar[str] = "regression"
    losses: ClassVar[Mapping[str, Loss]] = MappingProxyType(
        {loss.name: loss for loss in (MeanSquaredError(), MeanAbsoluteError())}
    )
    score: ClassVar[Score] = Score(
        "r2",
        "R²",
        "the share of the differences between samples that is explained: 1 is perfect, 0 no better "
        "than always saying the mean, and less than 0 worse than that",
        -np.inf,
        explained,
    )

    reach: ClassVar[float] = np.inf

    target: str
    scale: Scale

    @classmethod
    def of(cls, dataset: Any) -> Regression:
        """Return the task of a dataset, or of what is known of one; without a scale, as it is."""
        return cls(dataset.target, getattr(dataset, "target_scale", None) or Scale(0.0, 1.0))

    @property
    def outputs(self) -> tuple[str, ...]:
        """See :class:`~nnfs_core.model.tasks.task.Task`."""
        return (self.target,)

    def targets(self, y: NDArray[Any], dtype: DTypeLike, look: Look = go_on) -> Array:
        """Return t = (y − m) / s, shape (1, samples)."""
        look()
        targets = aligned.empty((1, len(y)), dtype)
        targets[0] = (np.asarray(y, np.float64) - self.mean) / self.deviation
        return targets

    @property
    def mean(self) -> float:
        """Return m, in the data's own units."""
        return float(self.scale.low)

    @property
    def deviation(self) -> float:
        """Return s, in the data's own units."""
        return float(self.scale.high) - float(self.scale.low)

    def values(self, answers: Array) -> NDArray[np.float64]:
        """Return what the network says in the data's own units, ŷ = z·s + m."""
        return np.asarray(answers, np.float64) * self.deviation + self.mean

    def output(self, samples: int, dtype: DTypeLike) -> ValueOutput:
        """See :class:`~nnfs_core.model.tasks.task.Task`."""
        return ValueOutput.empty((1, samples), dtype)

    def spread(self, y: NDArray[Any]) -> float:
        """Return Σ (t − mean t)², what R² is measured by."""
        if not len(y):
            return 0.0
        targets = self.targets(y, np.float64)[0]
        apart = targets - targets.mean()
        return float(apart @ apart)

    def scored(self, tally: float, samples: int, spread: float) -> float:
        """Return R² = 1 − Σ (z − t)² / Σ (t − mean t)²; NaN where all targets are the same."""
        return 1 - tally / spread if spread else float("nan")

    def exact(self, logits: Vector) -> Vector:
        """See :class:`~nnfs_core.model.tasks.task.Task`: z as it is."""
        return logits.copy()

    def exact_loss(self, loss: Loss, logits: Vector, target: Vector) -> float:
        """See :class:`~nnfs_core.model.tasks.task.Task`."""
        return generic_loss(self, loss, logits, target)

    def exact_gradient(self, loss: Loss, logits: Vector, target: Vector) -> Vector:
        """See :class:`~nnfs_core.model.tasks.task.Task`."""
        return generic_gradient(self, loss, logits, target)


TASK = Regression
