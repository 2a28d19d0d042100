"""Shares written as per cent."""

from __future__ import annotations

import math

from visualizer.inspector.formulas import number

FARTHEST = 10.0
"""Shares up to this size are written with their decimals, whatever they are of."""


def figures(share: float, decimals: int = 1) -> str:
    """Write a share as per cent, without the sign.

    Parameters
    ----------
    share : float
        From 0 to 1; nan is written as a dash. Further away it is no share, and is written so that
        it can be read all the same.
    decimals : int

    Returns
    -------
    str
        Rounded. What is below 1 is never written as 100 but as ``">99.9"``, and what is
        above 0 never as 0 but as ``"<0.1"``.
    """
    if math.isnan(share):
        return "–"
    if not abs(share) <= FARTHEST:
        return number(100 * share)
    text, step = f"{100 * share:.{decimals}f}", 10.0**-decimals
    if share < 1 and float(text) >= 100:
        return f">{100 - step:.{decimals}f}"
    if share > 0 and float(text) <= 0:
        return f"<{step:.{decimals}f}"
    return text


def rounded(share: float) -> str:
    """Write a share as per cent, without the sign: with one decimal; a dash where there is none."""
    return "–" if math.isnan(share) else f"{100 * share:.1f}"


def percent(share: float, decimals: int = 1) -> str:
    """Write a share as per cent: see :func:`figures`."""
    return f"{figures(share, decimals)} %"
