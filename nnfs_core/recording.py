"""Recording: the metrics of every epoch of a run, in order, without a gap."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.metrics import COLUMNS, EpochMetrics

Array = NDArray[Any]


class Recording:
    """Metrics of every epoch, one column each; appending never moves what a reader holds.

    One thread appends while others read: rows below :attr:`count` never change.
    """

    def __init__(self) -> None:
        self._table = np.empty((len(COLUMNS), 1024))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def last(self) -> EpochMetrics:
        """The newest row."""
        return self[self._count - 1]

    def __getitem__(self, epoch: int) -> EpochMetrics:
        """Return the metrics of an epoch that has been recorded."""
        if not 0 <= epoch < self._count:
            raise IndexError(f"epoch {epoch} is not in the recording (0 … {self._count - 1})")
        first, *rest = self._table[:, epoch].tolist()
        return EpochMetrics(int(first), *rest)

    def append(self, metrics: EpochMetrics) -> None:
        """Add the next epoch; they come in order, from 0."""
        if metrics.epoch != self._count:
            raise ValueError(f"expected epoch {self._count}, got epoch {metrics.epoch}")
        if self._count == self._table.shape[1]:
            # Doubling makes the cost of growing a constant per epoch. A reader keeps its old
            # table; its rows are the same.
            table = np.empty((len(COLUMNS), 2 * self._count))
            table[:, : self._count] = self._table
            self._table = table
        self._table[:, self._count] = (
            metrics.epoch,
            metrics.train_loss,
            metrics.train_accuracy,
            metrics.validation_loss,
            metrics.validation_accuracy,
            metrics.seconds,
            metrics.learning_rate,
        )
        self._count += 1

    def column(self, name: str) -> Array:
        """Return one metric of all epochs so far, shape (epochs + 1,), as a read-only view."""
        view = self._table[COLUMNS.index(name), : self._count]
        view.flags.writeable = False
        return view
