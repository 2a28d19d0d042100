"""A task: what the output of a network means, and what is good about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.progress import Look, go_on

Array = NDArray[Any]
Vector = NDArray[np.float64]


class Output(Protocol):
    """Arrays of the output layer, made once for a block of samples and used again and again."""

    @property
    def answers(self) -> Array:
        """What the network says, shape (outputs, samples): probabilities, or values."""
        ...

    @property
    def between(self) -> tuple[str, Array]:
        """What lies between the logits and the loss, in words and as an array.

        The first place to look where finite logits lead to a loss that is not.
        """
        ...

    def compute(self, logits: Array, targets: Array) -> None:
        """Work out the answers from the pre-activations zᴸ, and what the losses need of both.

        Parameters
        ----------
        logits, targets : ndarray, shape (outputs, samples)
        """
        ...

    def tally(self, targets: Array) -> float:
        """Return what the score is made of, summed over the samples: see :meth:`Task.scored`."""
        ...


class Loss(Protocol):
    """What is minimised: the mean over the samples of a loss of each."""

    name: str
    title: str
    formula: str

    def value(self, output: Any, targets: Array) -> float:
        """Sum the loss over the samples of an :class:`Output` that has read their logits."""
        ...

    def gradient(self, output: Any, targets: Array, out: Array) -> None:
        """Write each sample's ∂loss/∂z into ``out``, shape (outputs, samples)."""
        ...


@dataclass(frozen=True, slots=True)
class Score:
    """The one number by which a task says how good a network is; higher is better, 1 is perfect.

    Attributes
    ----------
    key : str
        In tables and files: ``"accuracy"``, ``"r2"``.
    title : str
        On screen: ``"accuracy"``, ``"R²"``.
    sentence : str
        What it is, in words.
    lowest : float
        The least it can be; −∞ where it has no end.
    written : callable
        ``written(value, decimals)`` is the value as text.
    """

    key: str
    title: str
    sentence: str
    lowest: float
    written: Callable[[float, int], str]

    def named(self, value: float, decimals: int = 1) -> str:
        """Write the value with what it is: ``accuracy 97.2 %``."""
        return f"{self.title} {self.written(value, decimals)}"


class Task(Protocol):
    """What the output of a network means. A module of this package has its class as ``TASK``."""

    name: ClassVar[str]
    """The word that selects it: ``"classification"``."""

    losses: ClassVar[Mapping[str, Loss]]
    """The losses that fit, by name; the first is taken where none is asked for."""

    score: ClassVar[Score]

    reach: ClassVar[float]
    """The largest an answer can be, from 0 on; ∞ where answers have no bounds, and a sign."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The name of each output unit."""
        ...

    def targets(self, y: NDArray[Any], dtype: DTypeLike, look: Look = go_on) -> Array:
        """Return what the network is to say, shape (outputs, samples).

        Parameters
        ----------
        y : ndarray, shape (samples,)
            As in a dataset: class numbers, or values in the data's own units.
        """
        ...

    def output(self, samples: int, dtype: DTypeLike) -> Output:
        """Make the arrays of the output layer for a block of samples."""
        ...

    def spread(self, y: NDArray[Any]) -> float:
        """Return what the score of a part of the data is measured by; see :meth:`scored`."""
        ...

    def scored(self, tally: float, samples: int, spread: float) -> float:
        """Return the score of so many samples.

        Parameters
        ----------
        tally : float
            :meth:`Output.tally`, summed over all their blocks.
        spread : float
            :meth:`spread` of their ``y``.
        """
        ...

    def values(self, answers: Array) -> Array:
        """Return answers in the data's own units: probabilities as they are."""
        ...

    def exact(self, logits: Vector) -> Vector:
        """Return the answers to one sample's logits, shape (outputs,), in float64."""
        ...

    def exact_loss(self, loss: Loss, logits: Vector, target: Vector) -> float:
        """Return the loss of one sample, so exact that differences of it still say something."""
        ...

    def exact_gradient(self, loss: Loss, logits: Vector, target: Vector) -> Vector:
        """Return ∂L/∂z of one sample's output layer, as exactly."""
        ...


def generic_loss(task: Task, loss: Loss, logits: Vector, target: Vector) -> float:
    """Return the loss of one sample by the formulas of training, in float64."""
    output, targets = _read(task, logits, target)
    return loss.value(output, targets)


def generic_gradient(task: Task, loss: Loss, logits: Vector, target: Vector) -> Vector:
    """Return ∂L/∂z of one sample by the formulas of training, in float64."""
    output, targets = _read(task, logits, target)
    gradient = np.empty_like(targets)
    loss.gradient(output, targets, gradient)
    return gradient[:, 0]


def _read(task: Task, logits: Vector, target: Vector) -> tuple[Output, Vector]:
    targets = np.ascontiguousarray(target[:, None])
    output = task.output(1, targets.dtype)
    output.compute(logits[:, None], targets)
    return output, targets
