"""Which values become 0 and 1: a scale, one for all inputs or one for each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.errors import UserError
from nnfs_core.progress import Progress, pieces
from nnfs_core.text.numbers import setting

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Which values become 0 and 1: ``(value − low) / (high − low)``.

    A column whose ``low`` is its ``high`` becomes 0.

    Attributes
    ----------
    low, high : float, or ndarray of float64, shape (columns,)
        One pair for every number of the data, or one for each column.
    """

    low: float | NDArray[np.float64]
    high: float | NDArray[np.float64]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Scale)
            and np.array_equal(self.low, other.low)
            and np.array_equal(self.high, other.high)
        )

    def __hash__(self) -> int:
        return hash((np.asarray(self.low).tobytes(), np.asarray(self.high).tobytes()))

    @property
    def by_column(self) -> bool:
        """Whether each column has a pair of its own."""
        return isinstance(self.low, np.ndarray)

    def applied(
        self,
        values: NDArray[Any],
        where: object,
        rows: NDArray[np.int64] | None = None,
        progress: Progress | None = None,
        what: str = "",
        dtype: DTypeLike = np.float32,
    ) -> Floats:
        """Return values scaled, C-contiguous and read-only.

        Values outside the range, as the validation part may have them, are outside 0…1 then.

        Parameters
        ----------
        values : ndarray of numbers, shape (samples, …)
        where : object
            What to name in errors.
        rows : ndarray of int, optional
            Which samples; all of them by default.
        progress, what
            Called between two pieces, and with what words.
        dtype : float32 or float64
            Of the result. Whole-number pixels are divided in float32 in either, as MNIST's are
            in the original program.

        Returns
        -------
        ndarray of ``dtype``, shape (samples, columns)

        Raises
        ------
        UserError
            When a scaled value is not a finite number.
        """
        samples = len(values) if rows is None else len(rows)
        scaled = np.empty((samples, math.prod(values.shape[1:])), dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            for piece, part in parts(values, rows, progress, what):
                scaled[piece] = self._of(part, scaled.dtype)
                if not np.isfinite(scaled[piece]).all():
                    raise self._too_far(scaled[piece], part, piece, rows, where)
        scaled.flags.writeable = False
        return scaled

    def _too_far(
        self,
        scaled: Floats,
        part: NDArray[Any],
        piece: slice,
        rows: NDArray[np.int64] | None,
        where: object,
    ) -> UserError:
        """Return the error for the first value of a piece that has no place on the scale."""
        at, column = np.argwhere(~np.isfinite(scaled))[0].tolist()
        sample = piece.start + at if rows is None else int(rows[piece][at])
        shape = scaled.shape[1:]
        low, high = (float(np.broadcast_to(end, shape)[column]) for end in (self.low, self.high))
        return UserError(
            f"row {sample + 1:,} of the data, input {column + 1:,}: not finite, or far outside "
            "the values of the training part",
            where=where,
            expected=f"values like {setting(low)} to {setting(high)}",
            found=setting(float(part.reshape(len(part), -1)[at, column])),
        )

    def _of(self, part: NDArray[Any], dtype: np.dtype[Any]) -> Floats:
        if isinstance(self.low, np.ndarray) or isinstance(self.high, np.ndarray):
            return _columns_scaled(part, np.asarray(self.low), np.asarray(self.high))
        return _all_scaled(part, self.low, self.high, dtype)


def parts(
    values: NDArray[Any],
    rows: NDArray[np.int64] | None = None,
    progress: Progress | None = None,
    what: str = "",
) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Go through samples a few at a time, each in a row."""
    count, columns = len(values) if rows is None else len(rows), math.prod(values.shape[1:])
    size, grows = values.itemsize * columns, 8 // values.itemsize  # to float64
    for piece in pieces(count, size, progress, what, grows):
        part = values[piece if rows is None else rows[piece]]
        yield piece, part.reshape(len(part), columns)


def _all_scaled(values: NDArray[Any], low: float, high: float, dtype: np.dtype[Any]) -> Floats:
    """Return ``(values − low) / (high − low)``.

    Whole-number pixels (``low`` 0, ``high`` at most 255) are exactly their float32 values
    divided by ``high``.
    """
    if low == 0 and high <= 255:
        kind = np.float32 if values.dtype.kind in "iu" else dtype
        scaled: Floats = values.astype(kind)
        if high != 1:
            scaled /= scaled.dtype.type(high)
        return scaled
    # relative to the larger end, so that high − low cannot overflow
    size = max(abs(low), abs(high))
    wide: Floats = values / np.float64(size)
    wide -= low / size
    wide /= high / size - low / size
    return wide


def _columns_scaled(
    values: NDArray[Any], low: NDArray[np.float64], high: NDArray[np.float64]
) -> Floats:
    varies = low != high
    size = np.where(varies, np.maximum(abs(low), abs(high)), 1.0)
    span = np.where(varies, high / size - low / size, 1.0)
    wide: Floats = values / size
    wide -= low / size
    wide /= span
    wide[:, ~varies] = 0
    return wide
