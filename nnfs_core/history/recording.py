"""Recording: every epoch's metrics, keyframes to go back to, and what happened when."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nnfs_core.history.bookmarks import Bookmark
from nnfs_core.history.keyframes import Budget, Keyframes
from nnfs_core.training.metrics import COLUMNS, EpochMetrics
from nnfs_core.training.trainer import TrainState

Array = NDArray[Any]

MAX_EPOCHS = 2**31 - 1
"""Epochs a run may be meant to last: a number of 32 bits, which whatever shows it can hold."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at an epoch, for the timeline.

    Attributes
    ----------
    epoch : int
    kind : str
        ``change`` by the user, ``fork``, ``saved``, ``diverged``; or, of a hidden layer,
        ``dead`` and ``revived``, see :mod:`nnfs_core.training.dead_layers`.
    text : str
        ``"learning rate 0.1 → 0.01"``.
    layer : int or None
        Which hidden layer died or came back, 0 for the first one.
    """

    epoch: int
    kind: Literal["change", "fork", "saved", "diverged", "dead", "revived"]
    text: str
    layer: int | None = None

    @property
    def of_layer(self) -> bool:
        """Whether it says that a hidden layer died or came back."""
        return self.kind in ("dead", "revived")


class Recording:
    """One branch of a run, from epoch 0 to its newest.

    The metrics of every epoch are kept, always, one column each. One thread appends
    while others read: rows that are there never change, and appending never moves what a
    reader holds.

    Parameters
    ----------
    budget : Budget, optional
        Of the run's keyframes; one of its own by default.
    name : str

    Attributes
    ----------
    keyframes : Keyframes
    marks : tuple of Mark
        In the order of their epochs.
    bookmarks : tuple of Bookmark
        In the order of their epochs; a fork begins without any.
    origin : tuple of (str, int), or None
        The branch it was forked from, by name, and at which epoch.
    visible : bool
        Whether its curves are drawn when another branch is shown.
    """

    def __init__(self, budget: Budget | None = None, name: str = "run") -> None:
        self._table = np.empty((len(COLUMNS), 1024))
        self._count = 0
        self._looked_at = 0
        self._bests: list[int] = []
        self._stands: TrainState | None = None
        self.name = name
        self.visible = True
        self.origin: tuple[str, int] | None = None
        self.marks: tuple[Mark, ...] = ()
        self.bookmarks: tuple[Bookmark, ...] = ()
        self.keyframes = Keyframes(budget or Budget())

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

    @property
    def state(self) -> TrainState | None:
        """The state of the newest epoch; None while it is not known here, as while it trains."""
        known = self._stands
        return known if known is not None and known.epoch == self._count - 1 else None

    def stand(self, state: TrainState) -> None:
        """Take note of the state of the newest epoch; one of any other epoch is not."""
        if state.epoch == self._count - 1:
            self._stands = replace(state, metrics=self.last)

    def append(self, metrics: EpochMetrics) -> None:
        """Add the next epoch; they come in order, from 0."""
        if metrics.epoch != self._count:
            raise ValueError(f"expected epoch {self._count}, got epoch {metrics.epoch}")
        self._grow_to(self._count + 1)
        self._table[:, self._count] = (
            metrics.epoch,
            metrics.train_loss,
            metrics.train_score,
            metrics.validation_loss,
            metrics.validation_score,
            metrics.seconds,
            metrics.learning_rate,
        )
        self._count += 1

    def extend(self, table: Array) -> None:
        """Add the next epochs, shape (epochs, columns)."""
        first, end = self._count, self._count + len(table)
        if not np.array_equal(table[:, 0], np.arange(first, end)):
            raise ValueError(f"expected epochs {first} … {end - 1}, got {table[:, 0]}")
        self._grow_to(end)
        self._table[:, first:end] = table.T
        self._count = end

    def _grow_to(self, count: int) -> None:
        capacity = self._table.shape[1]
        if count > capacity:
            # Doubling makes the cost of growing a constant per epoch. A reader keeps its old
            # table; its rows are the same.
            table = np.empty((len(COLUMNS), max(count, 2 * capacity)))
            table[:, : self._count] = self._table[:, : self._count]
            self._table = table

    def cut(self, epoch: int) -> None:
        """Forget what came after an epoch; for when nobody knows any more how it went on."""
        with self.keyframes.budget.lock:
            self._count = min(self._count, epoch + 1)
            self._looked_at, self._bests = 0, []
            self.marks = tuple(mark for mark in self.marks if mark.epoch <= epoch)
            self.bookmarks = tuple(one for one in self.bookmarks if one.epoch <= epoch)

    def column(self, name: str) -> Array:
        """Return one metric of all epochs so far, shape (epochs + 1,), as a read-only view."""
        view = self._table[COLUMNS.index(name), : self._count]
        view.flags.writeable = False
        return view

    @property
    def best_epoch(self) -> int | None:
        """The first epoch with the highest validation score; None where there was none."""
        return self.best_until(len(self) - 1)

    def best_until(self, epoch: int) -> int | None:
        """Return the first epoch with the highest validation score up to an epoch, or None."""
        # Asked for with every picture, so only what is new is looked at: where it was the highest
        # so far.
        column = self.column("validation_score")
        highest = column[self._bests[-1]] if self._bests else np.nan
        score = np.concatenate(([highest], column[self._looked_at :]))
        before = np.fmax.accumulate(score)[:-1]
        better = (score[1:] > before) | (np.isnan(before) & ~np.isnan(score[1:]))
        self._bests += (self._looked_at + np.flatnonzero(better)).tolist()
        self._looked_at = len(column)
        at = bisect_right(self._bests, epoch)
        return self._bests[at - 1] if at else None

    def mark(self, mark: Mark) -> None:
        """Remember that something happened."""
        with self.keyframes.budget.lock:  # both threads have things to remember
            self.marks = tuple(sorted((*self.marks, mark), key=lambda known: known.epoch))

    def dead_at(self, epoch: int) -> tuple[Mark, ...]:
        """Return the marks of the hidden layers that are dead at an epoch, lowest layer first."""
        last = {mark.layer: mark for mark in self.marks if mark.of_layer and mark.epoch <= epoch}
        dead = [mark for mark in last.values() if mark.kind == "dead"]
        return tuple(sorted(dead, key=lambda mark: mark.layer or 0))

    def change(self, state: TrainState, text: str) -> None:
        """Remember a change the user made; ``state`` is the one that the change led to."""
        self.keyframes.add(state, keep=True)
        self.stand(state)
        self.mark(Mark(state.epoch, "change", text))

    def fork(self, state: TrainState, name: str) -> Recording:
        """Return a new branch that goes on from a state of this one.

        Its past is this branch's: the same metrics, keyframes and marks up to that epoch.
        """
        branch = Recording.__new__(Recording)
        branch._count = state.epoch + 1
        branch._looked_at, branch._bests, branch._stands = 0, [], None
        branch._table = np.empty((len(COLUMNS), max(1024, 2 * branch._count)))
        branch._table[:, : branch._count] = self._table[:, : branch._count]
        branch.name, branch.visible = name, True
        branch.origin = (self.name, state.epoch)
        branch.marks = tuple(mark for mark in self.marks if mark.epoch <= state.epoch)
        branch.bookmarks = ()
        branch.keyframes = self.keyframes.until(state.epoch)
        branch.keyframes.add(state, keep=True)
        branch.stand(state)
        branch.mark(Mark(state.epoch, "fork", f"from {self.name}"))
        return branch

    @classmethod
    def of_columns(cls, columns: Array, budget: Budget, name: str) -> Recording:
        """Make a recording of metrics that were saved, shape (columns, epochs + 1).

        Raises
        ------
        ValueError
            When the shape is wrong or the epochs are not 0, 1, 2, …
        """
        rows, count = columns.shape
        if rows != len(COLUMNS) or not np.array_equal(columns[0], np.arange(count)):
            raise ValueError(f"expected {len(COLUMNS)} columns of epochs 0, 1, 2, …")
        recording = cls(budget, name)
        recording._table = np.array(columns, np.float64, order="C")
        recording._count = count
        return recording

    @property
    def columns(self) -> Array:
        """All metrics so far, shape (columns, epochs + 1), as a copy."""
        count = self._count
        return self._table[:, :count].copy()
