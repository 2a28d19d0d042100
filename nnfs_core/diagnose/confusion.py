"""The confusion matrix: which class the network takes for which, and its worst mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.model.network import Array, Network
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.tasks.classification import SoftmaxOutput
from nnfs_core.passes.batches import Blocks
from nnfs_core.passes.full_pass import Passer
from nnfs_core.progress import Look, go_on


@dataclass(frozen=True, eq=False)
class Confusion:
    """What a network says of labelled samples, against what they are.

    Attributes
    ----------
    labels, predicted : ndarray of int, shape (samples,)
        The true class of each sample, and the first most probable one.
    confidence : ndarray, shape (samples,)
        Probability of the predicted class; the largest number below 1 where it is rounded to 1
        but other classes have some of it.
    classes : int
    """

    labels: NDArray[np.intp]
    predicted: NDArray[np.intp]
    confidence: Array
    classes: int

    @cached_property
    def counts(self) -> NDArray[np.intp]:
        """How many samples of a class (row) are taken for which (column), (classes, classes)."""
        pairs = self.labels * self.classes + self.predicted
        flat = np.bincount(pairs, minlength=self.classes**2)
        return flat.reshape(self.classes, self.classes)

    @property
    def right(self) -> int:
        """How many samples are classified correctly."""
        return int(np.trace(self.counts))

    @property
    def accuracy(self) -> float:
        """Share of the samples classified correctly, 0…1; NaN without samples."""
        return self.right / len(self.labels) if len(self.labels) else float("nan")

    @property
    def shares(self) -> NDArray[np.float64]:
        """Each count as a share of its row, 0…1, shape (classes, classes); NaN in empty rows."""
        return _ratio(self.counts, self.counts.sum(axis=1)[:, None])

    @property
    def recall(self) -> NDArray[np.float64]:
        """Share of each true class that is found, shape (classes,); NaN where there is none."""
        return _ratio(self.counts.diagonal(), self.counts.sum(axis=1))

    @property
    def precision(self) -> NDArray[np.float64]:
        """Share of each predicted class that is right, (classes,); NaN where none is predicted."""
        return _ratio(self.counts.diagonal(), self.counts.sum(axis=0))

    def cell(self, true: int, predicted: int) -> NDArray[np.intp]:
        """Return the samples of a cell as rows of the data, the worst first.

        A mistake is the worse the surer the network is of the wrong class; a right answer the
        less sure it is. What is equally sure stays in the order of the data.
        """
        rows = np.flatnonzero((self.labels == true) & (self.predicted == predicted))
        return self._sorted(rows, surest=true != predicted)

    @cached_property
    def errors(self) -> NDArray[np.intp]:
        """The samples that are classified wrongly, as rows of the data, the worst first."""
        return self._sorted(np.flatnonzero(self.labels != self.predicted), surest=True)

    def _sorted(self, rows: NDArray[np.intp], *, surest: bool) -> NDArray[np.intp]:
        confidence = self.confidence[rows]
        order = np.argsort(-confidence if surest else confidence, kind="stable")
        return rows[order]


def _ratio(part: NDArray[np.intp], whole: NDArray[np.intp]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        result: NDArray[np.float64] = np.true_divide(part, whole)
    return result


def _confidence(probabilities: Array) -> Array:
    """Return the largest of each sample's probabilities, shape (..., classes, samples)."""
    result: Array = probabilities.max(axis=-2)
    rounded = result == 1
    if rounded.any():
        # Beside a 1, what others have of it is lost in the last digit.
        rounded &= np.count_nonzero(probabilities, axis=-2) > 1
        result[rounded] = np.nextafter(result.dtype.type(1), result.dtype.type(0))
    return result


class Examiner:
    """Puts the same samples to a network again and again.

    They go through in the very blocks of validation and full-batch training, so that
    the accuracy is that of the epoch's metrics to the last sample, also where two classes are
    as good as equally probable.

    Parameters
    ----------
    network : Network
    x : ndarray, shape (samples, features)
    labels : ndarray of int, shape (samples,)
    dtype : dtype
        Of the run.
    look : callable
        Called between two blocks, here and in :meth:`confusion`; what it raises gives it up.
    """

    def __init__(
        self,
        network: Network,
        x: Array,
        labels: Array,
        dtype: DTypeLike,
        look: Look = go_on,
    ) -> None:
        self._look = look
        self.network = network
        self.labels = labels.astype(np.intp)
        self._blocks = Blocks(
            np.ascontiguousarray(x, dtype), labels, network.sizes, network.task, look=look
        )
        self._passer = Passer(network, dtype)
        self._ordered = Parameters.allocate(network.sizes, dtype)
        self._dtype = dtype

    def confusion(self, parameters: Parameters) -> Confusion:
        """Return what a network with these parameters says.

        NumPy lets go of the interpreter lock in every block, so that other threads go on.
        """
        predicted = np.empty(len(self.labels), np.intp)
        confidence = np.empty(len(self.labels), self._dtype)
        at, order = 0, self._blocks.rows
        ordered = self._blocks.to_order(parameters, self._ordered)
        # Weights of a run that is about to diverge: what does not fit is infinite, as in training.
        with np.errstate(all="ignore"):
            for block in self._blocks:
                self._look()
                output = self._passer.forward(ordered, block).output
                assert isinstance(output, SoftmaxOutput), "only classes can be confused"
                # The largest logit rather than the largest probability: probabilities that
                # differ by less than a rounding step are equal.
                winner = output.shifted.argmax(axis=-2)
                rows = (
                    slice(at, at + len(winner)) if order is None else order[at : at + len(winner)]
                )
                predicted[rows] = winner
                confidence[rows] = _confidence(output.answers)
                at += len(winner)
        return Confusion(self.labels, predicted, confidence, self.network.sizes[-1])
