"""What is drawn of a curve that grows with every epoch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MOST_POINTS = 8192
"""Points of a curve, more than there are pixels: of a longer run only the lowest and the highest
value of every so many epochs are drawn, and the newest epochs as they are."""


class Drawn:
    """What is drawn of one metric of one branch: worked out once for each epoch.

    A curve of a million epochs must not be worked out anew thirty times a second.
    """

    def __init__(self) -> None:
        self._values = np.empty(1024)
        self._count = 0
        self.low, self.high = np.inf, -np.inf
        self._every = 1
        self._ends = np.empty((0, 2))

    def update(self, column: np.ndarray, values: Callable[[np.ndarray], np.ndarray]) -> None:
        """Take a metric that has grown since; or is shorter, of a picture that knows less."""
        count = len(column)
        if count < self._count:
            self._count, self._ends = 0, np.empty((0, 2))
            self.low, self.high = np.inf, -np.inf
        if count > len(self._values):
            grown = np.empty(2 * count)
            grown[: self._count] = self._values[: self._count]
            self._values = grown
        if count > self._count:
            new = values(column[self._count :])
            self._values[self._count : count] = new
            self._count = count
            known = new[~np.isnan(new)]
            if len(known):
                self.low = min(self.low, float(known.min()))
                self.high = max(self.high, float(known.max()))

    def points(self, start: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return epochs and drawn values from an epoch on, without those that have none."""
        count, every = self._count, 1
        while count / every > MOST_POINTS / 2:
            every *= 2
        if count <= MOST_POINTS:
            x, y = np.arange(start, count), self._values[start:count]
        else:
            if every != self._every:
                self._every, self._ends = every, np.empty((0, 2))
            # Both ends are drawn as they are: from where it begins, and to the newest epoch.
            done, whole = len(self._ends), (count - 1) // every
            new = self._values[done * every : whole * every].reshape(-1, every)
            ends = np.stack([np.fmin.reduce(new, axis=1), np.fmax.reduce(new, axis=1)], axis=1)
            self._ends = np.concatenate([self._ends, ends])
            first = min(start // every + 1, whole)
            middles = np.arange(first, whole) * every + every // 2
            before = np.arange(start, first * every)
            after = np.arange(max(start, whole * every), count)
            x = np.concatenate([before, np.repeat(middles, 2), after])
            ends = self._ends[first:].ravel()
            y = np.concatenate([self._values[before], ends, self._values[after]])
        known = ~np.isnan(y)
        return (x, y) if known.all() else (x[known], y[known])

    @property
    def last(self) -> float:
        """The newest drawn value."""
        return float(self._values[self._count - 1])
