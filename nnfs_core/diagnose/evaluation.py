"""How many samples a network gets right, and which class it takes for which."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.errors import UserError
from nnfs_core.model.network import Network
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.tasks.classification import Classification, SoftmaxOutput
from nnfs_core.passes.batches import Blocks
from nnfs_core.passes.full_pass import Passer, Tally


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a network does on some samples.

    Attributes
    ----------
    loss : float
        Mean over the samples.
        Over those whose class the network knows; NaN where there is none.
    confusion : ndarray of int, shape (classes, classes)
        Row: the true class; column: the predicted one.
    unknown : int
        Samples of classes that the network does not know: all of them wrong.
    """

    loss: float
    confusion: NDArray[np.int64]
    unknown: int = 0

    @property
    def samples(self) -> int:
        """How many there were."""
        return int(self.confusion.sum()) + self.unknown

    @property
    def accuracy(self) -> float:
        """Share of them classified correctly, 0…1."""
        return float(np.trace(self.confusion)) / self.samples

    @property
    def score(self) -> float:
        """The accuracy."""
        return self.accuracy


@dataclass(frozen=True, slots=True)
class ValueEvaluation:
    """How a network that says a value does on some samples.

    Attributes
    ----------
    loss : float
        Mean over the samples.
    samples : int
    score : float
        Of its task, such as R².
    error : float
        The mean absolute error ``|ŷ − y|``, in the data's own units.
    """

    loss: float
    samples: int
    score: float
    error: float


def measure(
    network: Network, parameters: Parameters, x: Any, labels: Any
) -> Evaluation | ValueEvaluation:
    """Run samples through a network.

    Parameters
    ----------
    x : ndarray, shape (samples, features)
    labels : ndarray, shape (samples,)
        Classes, negative where the network does not know one; or values in the data's own units.

    Raises
    ------
    UserError
        When the numbers are not finite.
    """
    if not isinstance(network.task, Classification):
        return _values(network, parameters, x, labels)
    classes, loss = network.sizes[-1], 0.0
    counts = np.zeros(classes * classes, np.int64)
    known = labels >= 0
    unknown = int((~known).sum())
    if unknown:
        x, labels = x[known], labels[known]
    if not len(x):
        return Evaluation(math.nan, counts.reshape(classes, classes), unknown)
    x = np.ascontiguousarray(x, parameters.flat.dtype)
    passer = Passer(network, x.dtype)
    with np.errstate(all="ignore"):
        for block in Blocks(x, labels, network.sizes, network.task, arrange=False):
            output = passer.forward(parameters, block).output
            loss += network.loss.value(output, block.targets)
            assert isinstance(output, SoftmaxOutput), "it is that of a classification"
            pairs = block.targets.argmax(axis=0) * classes + output.shifted.argmax(axis=0)
            counts += np.bincount(pairs, minlength=classes * classes)
    if not math.isfinite(loss):
        raise UserError("the weights are too large: the network's numbers are not finite")
    return Evaluation(loss / len(x), counts.reshape(classes, classes), unknown)


def _values(network: Network, parameters: Parameters, x: Any, y: Any) -> ValueEvaluation:
    """Measure a network that says values."""
    task, passer = network.task, Passer(network, parameters.flat.dtype)
    x = np.ascontiguousarray(x, parameters.flat.dtype)
    tally, error, at = Tally(), 0.0, 0
    with np.errstate(all="ignore"):
        for block in Blocks(x, y, network.sizes, task, arrange=False):
            output = passer.forward(parameters, block).output
            tally.loss += network.loss.value(output, block.targets)
            tally.score += output.tally(block.targets)
            said = task.values(output.answers)[0]
            error += float(np.abs(said - y[at : at + len(said)]).sum())
            at += len(said)
    if not math.isfinite(tally.loss):
        raise UserError("the weights are too large: the network's numbers are not finite")
    score = task.scored(tally.score, len(x), task.spread(y))
    return ValueEvaluation(tally.loss / len(x), len(x), score, error / len(x))
