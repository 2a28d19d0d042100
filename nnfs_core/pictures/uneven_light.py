"""Paper under uneven light: the shade of the paper everywhere, and the ink against it.

A stroke is narrower than a shadow. The *closing* of a picture (Serra, *Image Analysis and
Mathematical Morphology*, 1982) takes the lightest shade in a window around each pixel, and of
these the darkest in the same window: strokes narrower than the window get the shade of the
paper around them, while slopes and straight edges of shadows stay as they are. For chalk on a
board it is the other way round, an *opening*.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

WINDOW = 0.2
"""Side of the window that strokes must be narrower than, as a share of the picture's."""

WIDE, LESS_WIDE = 0.6, 0.4
"""The same where it is found out whether light is uneven: so wide that no stroke counts. The
second where much is shaded, so that four dark corners are not filled either."""

BETWEEN, SLOW, SHADED = (0.12, 0.75), (0.001, 0.05), 0.25
"""Ink of these strengths that changes, but no faster from each of some 56 pixels a side to the
next, is a shadow rather than the edge of a stroke; from this share of the picture on, it counts."""

UNEVEN = 0.12
"""From this change of the paper along the border on, next to the whole contrast, light is
uneven. Up to a fifth of it does no harm: what is fainter is not taken for ink."""

SHADOW = 0.06
"""Paper in shadow is lighter than ink by more than this share of the contrast. Where it is
not, a thick stroke runs along the border."""

TWO, EDGES = 0.1, 0.05
"""Where fewer pixels than the second differ from both the darkest and the lightest by the first,
next to the contrast, there are but two shades."""

STRONG, FEW, SHEET = 0.5, 0.004, 0.45
"""Strokes differ from their paper by more than the first, and cover more than the second; a square
with the third of the picture's side fits into the paper."""

COARSEST, COARSE, FINER = 56, 128, 256
"""Pixels a side that are enough to find out how much is shaded; whether light is uneven; on
which side ink is."""

SLOWEST = 0.05
"""Added to shades that are divided by, so that the noise of black stays small."""

LOW, HIGH = 0.35, 0.75
"""Next to the usual ink, what is fainter than the first is paper, stronger than the other ink."""


def shaded(ink: Array, *, flat: bool = False) -> float:
    """Return the share of a picture that is neither paper nor ink, and no edge of a stroke.

    Parameters
    ----------
    ink : ndarray, shape (rows, columns)
        Up to 1, measured against one shade for all the paper.
    flat : bool
        Whether what does not change at all counts too, as inside a shadow with hard edges.
    """
    small = coarse(ink, COARSEST)
    wide = np.pad(small, 1, mode="edge")
    beside = (wide[1:-1, :-2], wide[1:-1, 2:], wide[:-2, 1:-1], wide[2:, 1:-1])
    steep = np.max([np.abs(small - part) for part in beside], axis=0)
    between = (np.abs(small) > BETWEEN[0]) & (np.abs(small) < BETWEEN[1])
    return float((between & (flat | (steep > SLOW[0])) & (steep < SLOW[1])).mean())


def is_uneven(grey: Array, shade: float) -> bool:
    """Tell whether the paper has another shade at one part of the border than at another.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns)
        0 black … 1 white.
    shade : float
        How much of it is :func:`shaded`.
    """
    if _spread(border(grey)) <= UNEVEN * float(grey.max() - grey.min()) / 2:
        return False
    small = median(coarse(grey, COARSE))
    low, high = float(small.min()), float(small.max())
    margin = TWO * (high - low)
    if ((small > low + margin) & (small < high - margin)).mean() < EDGES:
        return False
    window = _odd((LESS_WIDE if shade > SHADED else WIDE) * min(small.shape))
    shadow = False
    for light in (True, False):
        paper = border(_paper(small, window, light, margin=window // 2))
        darkest = np.quantile(paper, 0.02) - low if light else high - np.quantile(paper, 0.98)
        if _spread(paper) <= UNEVEN * (high - low):
            return False
        shadow = shadow or bool(darkest > SHADOW * (high - low))
    return shadow


def evened(grey: Array) -> tuple[NDArray[np.float32], bool]:
    """Measure ink against the paper around it.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns)
        0 black … 1 white.

    Returns
    -------
    ink : ndarray of float32, of that shape
        0 paper … 1 ink.
    light : bool
        Whether the paper is lighter than the ink.
    """
    calm = median(grey)
    light = _has_light_paper(coarse(calm, FINER))
    ink = _ink(calm, WINDOW, light)
    if not ink.any():  # a slope, and nothing on it
        return np.zeros(grey.shape, np.float32), light
    inside = ink > _parting(ink)
    usual = float(np.median(ink[inside])) if inside.any() else 1.0
    ink = np.clip((ink / usual - LOW) / (HIGH - LOW), 0, 1)
    return ink.astype(np.float32), light


def _has_light_paper(calm: Array) -> bool:
    """Tell it from what narrow windows fill: strokes, long before the gaps between them."""
    balance = 0.0
    for share in (WINDOW / 8, WINDOW / 4, WINDOW / 2, WINDOW):
        dark, pale = (float(_ink(calm, share, light).sum()) for light in (True, False))
        balance += (dark - pale) / share
    return balance >= 0


def _ink(calm: Array, share: float, light: bool) -> Array:
    """Return by what share each pixel differs from its paper, the paper's usual noise left out.

    Light times what paper gives back is what is seen, so only the quotient is free of it.
    """
    window = _odd(share * min(calm.shape))
    paper = _paper(calm, window, light, margin=window)
    ink = (paper - calm if light else calm - paper) / (np.maximum(paper, calm) + SLOWEST)
    return np.clip(ink - np.median(ink), 0, None)


def _paper(grey: Array, window: int, light: bool, margin: int) -> Array:
    """Fill what is narrower than a window with the shade around it.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns)
    window : int
        Its side, odd.
    light : bool
        Whether paper is lighter than ink.
    margin : int
        How far a window may lie outside of the picture: by its side, and shadows that end at
        the border stay as they are; by half of it, and strokes along the border are filled.
    """
    first, last = (np.maximum, np.minimum) if light else (np.minimum, np.maximum)
    outside = -np.inf if light else np.inf
    wide = _running(np.pad(grey, margin + window // 2, constant_values=outside), window, first)
    if margin == window // 2:
        # Windows in the middle of which is a pixel of the picture, and no others.
        wide = wide[margin:-margin, margin:-margin]
        wide = np.pad(wide, margin, constant_values=-outside)
        return _running(wide, window, last)
    rest = margin - window // 2
    return _running(wide[rest:-rest, rest:-rest], window, last)


def _running(grey: Array, window: int, pick: Callable[[Array, Array], Array]) -> Array:
    """Return the largest or smallest of each window; the picture gets smaller by one less."""
    for axis in (0, 1):
        wide, reach = np.moveaxis(grey, axis, 0), 1
        while 2 * reach <= window:
            wide, reach = pick(wide[:-reach], wide[reach:]), 2 * reach
        if rest := window - reach:
            wide = pick(wide[:-rest], wide[rest:])
        grey = np.moveaxis(wide, 0, axis)
    return grey


def _parting(values: Array) -> float:
    """Return the level that parts values into two classes far from each other (Otsu 1979)."""
    counts, edges = np.histogram(values, 128)
    middles = (edges[1:] + edges[:-1]) / 2
    below, sums = np.cumsum(counts)[:-1], np.cumsum(counts * middles)
    above = values.size - below
    between = below * above * (sums[:-1] / below - (sums[-1] - sums[:-1]) / above) ** 2
    return float(edges[1 + int(np.argmax(between))])


def median(grey: Array) -> Array:
    """Return the median of each pixel and its eight neighbours."""
    wide = np.pad(grey, 1, mode="edge")
    in_order = _sorted3(wide[:, :-2], wide[:, 1:-1], wide[:, 2:])
    low, middle, high = (_sorted3(part[:-2], part[1:-1], part[2:]) for part in in_order)
    # With each row in order, it is the median of the largest least, middle middle, least largest.
    return _sorted3(low[2], middle[1], high[0])[1]


def _sorted3(a: Array, b: Array, c: Array) -> tuple[Array, Array, Array]:
    a, b = np.minimum(a, b), np.maximum(a, b)
    b, c = np.minimum(b, c), np.maximum(b, c)
    return np.minimum(a, b), np.maximum(a, b), c


def averaged(grey: Array, share: float) -> Array:
    """Return the mean of a square around each pixel, as wide as a share of the shorter side."""
    window = _odd(share * min(grey.shape))
    for axis in (0, 1):
        margin = [(0, 0), (0, 0)]
        margin[axis] = (window // 2, window // 2)
        wide = np.moveaxis(np.pad(grey, margin, mode="edge"), axis, 0)
        length = grey.shape[axis]
        parts = [wide[start : start + length] / window for start in range(window)]
        grey = np.moveaxis(functools.reduce(np.add, parts), 0, axis)
    return grey


def paper_within(ink: Array, level: float) -> float:
    """Return what share of a picture stands out as paper does that has strokes on it.

    It is solid once strokes are filled, and ends before the border: a lamp's spot, or a card on
    a dark table.

    Parameters
    ----------
    ink : ndarray, shape (rows, columns)
        0…1, as if the paper were the ink.
    level : float
        From how much ink on a pixel counts.
    """
    window = _odd(WINDOW / 2 * min(ink.shape))
    paper = _paper(ink, window, True, margin=window // 2)
    strokes = (paper - ink > STRONG) & (paper > STRONG)
    if border(paper > level).any() or strokes.mean() < FEW or not _fits(paper > level, SHEET).any():
        return 0.0
    return float((paper > level).mean())


def _fits(mask: Array, share: float) -> Array:
    """Tell of each square of a side, next to the picture's, whether all of it is in a mask."""
    return _running(mask, max(1, round(share * min(mask.shape))), np.minimum)


def touches_border(mask: Array, share: float) -> bool:
    """Tell whether a square of such a side, all of it in a mask, lies on the picture's border."""
    return bool(border(_fits(mask, share)).any())


def border(grey: Array) -> Array:
    """Return the outermost pixels."""
    return np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])


def coarse(grey: Array, side: int) -> Array:
    """Average blocks until the shorter side has about so many pixels, less than twice as many."""
    factor = max(1, min(grey.shape) // side)
    rows, columns = (length // factor for length in grey.shape)
    blocks = grey[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    small: Array = blocks.mean(axis=(1, 3))
    return small


def _spread(values: Array) -> float:
    low, high = np.quantile(values, (0.04, 0.96))
    return float(high - low)


def _odd(side: float) -> int:
    return max(3, 2 * int(side / 2) + 1)
