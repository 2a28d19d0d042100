"""How inputs become numbers around 0…1: pictures by one scale, tables column by column."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data.base import IntArray
from nnfs_core.data.scale import Scale, parts
from nnfs_core.errors import UserError
from nnfs_core.progress import Progress
from nnfs_core.text.numbers import setting


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """What is to be known of numbers to scale them.

    Attributes
    ----------
    lows, highs : ndarray of float64, shape (columns,)
        The smallest and the largest value of each column.
    whole : bool
        Whether they are whole numbers from 0 to 255.
    """

    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    whole: bool

    @classmethod
    def of(
        cls,
        values: NDArray[Any],
        rows: IntArray | None = None,
        progress: Progress | None = None,
        what: str = "",
    ) -> Self:
        """Look at numbers, a few rows at a time.

        Parameters
        ----------
        values : ndarray of numbers, shape (samples, …)
            Each sample's numbers are its columns.
        rows : ndarray of int, optional
            Which samples; all of them by default.
        progress : callable, optional
            Called between two pieces, with ``what``.
        """
        lows = highs = None
        whole = True
        for _, part in parts(values, rows, progress, what):
            low, high = part.min(axis=0), part.max(axis=0)
            whole = whole and _are_bytes(part, low, high)
            lows = low if lows is None else np.minimum(lows, low)
            highs = high if highs is None else np.maximum(highs, high)
        assert lows is not None and highs is not None, "there is a sample"
        return cls(lows.astype(np.float64), highs.astype(np.float64), whole)

    @property
    def low(self) -> float:
        """The smallest value; NaN where one is."""
        return float(self.lows.min())

    @property
    def high(self) -> float:
        """The largest value; NaN where one is."""
        return float(self.highs.max())

    @property
    def are_pixels(self) -> bool:
        """Whether they can be those of pictures: within −1…1, or whole ones within 0…255."""
        return (self.low >= -1 and self.high <= 1) or self.whole


def picture_scale(training: Extent, where: object) -> Scale:
    """Return the scale of pictures: the same for every pixel, by what they hold.

    Values already within 0…1 stay as they are. From 0 on, what is no larger than a byte and needs
    half of one is divided by 255, as bytes are; anything else by its largest value: of digits
    with 17 levels 16 is white. Where there are values below 0, the smallest becomes 0.

    Parameters
    ----------
    training : Extent
        Of the training part alone.
    where : object
        What to name in errors.

    Raises
    ------
    UserError
        When a value is not finite, or all are the same.
    """
    low, high = _ends(training, where)
    if low < 0:
        return Scale(low, high)
    if high <= 1:
        return Scale(0.0, 1.0)
    return Scale(0.0, 255.0 if 128 <= high <= 255 else high)


def old_picture_scale(extent: Extent, where: object) -> Scale:
    """Return the scale that pictures had by rules 1: whole numbers up to 255 are bytes.

    Raises
    ------
    UserError
        As for :func:`picture_scale`.
    """
    low, high = _ends(extent, where)
    if low >= 0 and high <= 1:
        return Scale(0.0, 1.0)
    if extent.whole:
        return Scale(0.0, 255.0)
    return Scale(low, high)


def column_scale(training: Extent, where: object) -> Scale:
    """Return the scale of a table: each column from its smallest and largest value.

    Columns of a table measure different things: with one scale for all of them, a column of
    small numbers would be as good as constant beside one of large numbers.

    Parameters
    ----------
    training : Extent
        Of the training part alone: validation must not take part in what is learned from.
        Columns that are constant in it become 0.
    where : object
        What to name in errors.

    Raises
    ------
    UserError
        When a value is not finite, or every column is constant.
    """
    _ends(training, where)
    if (training.lows == training.highs).all():
        raise UserError(
            "every column is constant in the training part",
            where=where,
            expected="a column with different values",
        )
    return Scale(training.lows, training.highs)


def _are_bytes(values: NDArray[Any], lows: NDArray[Any], highs: NDArray[Any]) -> bool:
    if not (lows.min() >= 0 and highs.max() <= 255):
        return False
    return values.dtype.kind in "iu" or bool((values == values.round()).all())


def _ends(extent: Extent, where: object) -> tuple[float, float]:
    """Return the smallest and the largest value."""
    low, high = extent.low, extent.high
    if not (math.isfinite(low) and math.isfinite(high)):
        raise UserError(
            "a value is not finite",
            where=where,
            expected="finite numbers",
            found="NaN" if math.isnan(low) else "infinity",
        )
    if low == high:
        raise UserError("every value is the same", where=where, found=f"{setting(low)} throughout")
    return low, high
