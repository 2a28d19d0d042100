"""Histograms that can be compared over time: their bins nest, whatever the range."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

BINS = 64
"""Bins of every histogram; even, so that zero is always the edge of two of them."""

LEAST_REACH = 2.0**-40
"""The smallest range: that of numbers that are all zero."""


GREATEST_EXPONENT = sys.float_info.max_exp - 1
"""Of a reach: 2 to the one after is no number. What is beyond it is in the bins at the ends."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many of some numbers lie in each of :data:`BINS` bins of one width.

    The bins go from ``-reach`` (or 0) to ``reach``, and reach is a power of two: so the bins of a
    histogram with a smaller reach lie each within one bin of a larger one, and both can be shown
    on one scale without counting again.

    Attributes
    ----------
    counts : ndarray of int, shape (BINS,)
        Each bin holds its lower edge, the last one its upper edge too.
    reach : float
    signed : bool
        Whether the bins start at ``-reach`` rather than at 0.
    largest : float
        The largest absolute value.
    """

    counts: NDArray[np.intp]
    reach: float
    signed: bool
    largest: float

    @classmethod
    def of(cls, values: NDArray[Any], *, signed: bool, reach: float | None = None) -> Self:
        """Count numbers; what is not finite is left out.

        Parameters
        ----------
        values : ndarray
            Of any shape; all at least 0 when not ``signed``.
        signed : bool
        reach : float, optional
            A power of two that no value is beyond; by default the least that is larger than all.
        """
        largest = float(np.abs(values).max(initial=0.0))
        if not math.isfinite(largest):
            values = values[np.isfinite(values)]
            largest = float(np.abs(values).max(initial=0.0))
        if reach is None:
            exponent = math.frexp(max(largest, LEAST_REACH / 2))[1]
            reach = math.ldexp(1.0, min(exponent, GREATEST_EXPONENT))
        # A product with a power of two is exact, and so is rounding down: no value can come to
        # lie in the bin beside its own.
        half = BINS // 2 if signed else 0
        bins = np.floor(values * ((BINS - half) / reach)).astype(np.intp) + half
        np.clip(bins, 0, BINS - 1, out=bins)
        counts = np.bincount(bins.ravel(), minlength=BINS)
        counts.flags.writeable = False
        return cls(counts, reach, signed, largest)

    def shares(self, reach: float) -> NDArray[np.float64]:
        """Return the share of the numbers in each bin of a histogram with a larger reach.

        Parameters
        ----------
        reach : float
            A power of two, at least this histogram's own.

        Returns
        -------
        ndarray, shape (BINS,)
            They add up to 1; all 0 where nothing was counted.
        """
        half = BINS // 2 if self.signed else 0
        centres = np.arange(BINS) + (0.5 - half)
        bins = np.floor(centres * (self.reach / reach)).astype(np.intp) + half
        merged = np.bincount(bins, weights=self.counts, minlength=BINS)
        return np.asarray(merged / max(1, self.counts.sum()), np.float64)


def edges(reach: float, *, signed: bool) -> NDArray[np.float64]:
    """Return the edges of the bins, shape (BINS + 1,)."""
    return np.linspace(-reach if signed else 0.0, reach, BINS + 1)
