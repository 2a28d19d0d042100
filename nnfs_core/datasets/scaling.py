"""How inputs become numbers around 0…1: pictures by one scale, tables column by column."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.datasets.base import FloatArray
from nnfs_core.datasets.prepare import read_only
from nnfs_core.errors import UserError


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Which values become 0 and 1.

    Attributes
    ----------
    low, high : float, or ndarray of float64, shape (columns,)
        One pair for every number of the data, or one for each column.
    """

    low: float | NDArray[np.float64]
    high: float | NDArray[np.float64]

    def applied(self, values: NDArray[Any], where: object) -> FloatArray:
        """Return values scaled, C-contiguous and read-only.

        Values outside the range, as the held-out part may have them, are outside 0…1 then.

        Parameters
        ----------
        values : ndarray of numbers, shape (samples, columns)
        where : object
            What to name in errors.

        Raises
        ------
        UserError
            When a scaled value is not a finite number.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            if isinstance(self.low, np.ndarray) or isinstance(self.high, np.ndarray):
                scaled = _columns_scaled(values, np.asarray(self.low), np.asarray(self.high))
            else:
                scaled = unit_scaled(values, self.low, self.high)
        if not np.isfinite(scaled).all():
            low, high = np.min(self.low), np.max(self.high)
            raise UserError(
                "a value is not finite, or far outside those of the training part",
                where=where,
                expected=f"values like {low:g} to {high:g}",
            )
        return scaled


def one_scale(values: NDArray[Any], where: object) -> Scale:
    """Return the scale of pictures: the same for every pixel.

    Values already within 0…1 stay as they are; whole numbers within 0…255 are
    divided by 255; anything else is stretched from its smallest and largest value.

    Raises
    ------
    UserError
        When a value is not finite, or all are the same.
    """
    low, high = _ends(values, where)
    if low >= 0 and high <= 1:
        return Scale(0.0, 1.0)
    if _are_bytes(values, low, high):
        return Scale(0.0, 255.0)
    return Scale(low, high)


def column_scale(training: NDArray[Any], where: object) -> Scale:
    """Return the scale of a table: each column from its smallest and largest value.

    Columns of a table measure different things: with one scale for all of them, a column of
    small numbers would be as good as constant beside one of large numbers.

    Parameters
    ----------
    training : ndarray of numbers, shape (samples, columns)
        The training part alone: what is held out must not take part in what is learned from.
        Columns that are constant in it become 0.
    where : object
        What to name in errors.

    Raises
    ------
    UserError
        When a value is not finite, or every column is constant.
    """
    _ends(training, where)
    low, high = training.min(axis=0).astype(np.float64), training.max(axis=0).astype(np.float64)
    if (low == high).all():
        raise UserError(
            "every column is constant in the training part",
            where=where,
            expected="a column with different values",
        )
    return Scale(low, high)


def are_pixels(values: NDArray[Any]) -> bool:
    """Say whether numbers can be those of pictures: within −1…1, or whole ones within 0…255."""
    low, high = float(values.min()), float(values.max())
    return (low >= -1 and high <= 1) or _are_bytes(values, low, high)


def unit_scaled(values: NDArray[Any], low: float, high: float) -> FloatArray:
    """Return ``(values − low) / (high − low)``, C-contiguous and read-only.

    Pixels (``low`` 0, ``high`` at most 255) are exactly their float32 values
    divided by ``high``.
    """
    if low == 0 and high <= 255:
        scaled = values.astype(np.float32, order="C")
        if high != 1:
            scaled /= np.float32(high)
    else:
        # relative to the larger end, so that high − low cannot overflow
        size = max(abs(low), abs(high))
        wide = values / np.float64(size)
        wide -= low / size
        wide /= high / size - low / size
        scaled = wide.astype(np.float32, order="C")
    return read_only(scaled)


def _columns_scaled(
    values: NDArray[Any], low: NDArray[np.float64], high: NDArray[np.float64]
) -> FloatArray:
    varies = low != high
    size = np.where(varies, np.maximum(abs(low), abs(high)), 1.0)
    span = np.where(varies, high / size - low / size, 1.0)
    wide = values / size
    wide -= low / size
    wide /= span
    wide[:, ~varies] = 0
    return read_only(wide.astype(np.float32, order="C"))


def _are_bytes(values: NDArray[Any], low: float, high: float) -> bool:
    if not (low >= 0 and high <= 255):
        return False
    return values.dtype.kind in "iu" or bool((values == values.round()).all())


def _ends(values: NDArray[Any], where: object) -> tuple[float, float]:
    """Return the smallest and the largest value."""
    low, high = float(values.min()), float(values.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise UserError(
            "a value is not finite",
            where=where,
            expected="finite numbers",
            found="NaN" if math.isnan(low) else "infinity",
        )
    if low == high:
        raise UserError("every value is the same", where=where, found=f"{low:g} throughout")
    return low, high
