"""How many samples a network gets right, and which class it takes for which."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.errors import UserError
from nnfs_core.model.network import Network, Parameters
from nnfs_core.passes.batches import Blocks
from nnfs_core.passes.full_pass import Passer


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


def measure(network: Network, parameters: Parameters, x: Any, labels: Any) -> Evaluation:
    """Run samples through a network.

    Parameters
    ----------
    x : ndarray, shape (samples, features)
    labels : ndarray of int, shape (samples,)
        Negative where the network does not know the class.

    Raises
    ------
    UserError
        When the numbers are not finite.
    """
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
        for block in Blocks(x, labels, network.sizes, arrange=False):
            output = passer.forward(parameters, block).output
            loss += network.loss.value(output, block.targets)
            pairs = block.targets.argmax(axis=0) * classes + output.shifted.argmax(axis=0)
            counts += np.bincount(pairs, minlength=classes * classes)
    if not math.isfinite(loss):
        raise UserError("the weights are too large: the network's numbers are not finite")
    return Evaluation(loss / len(x), counts.reshape(classes, classes), unknown)
