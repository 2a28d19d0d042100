"""What can be done to the strokes of a character: made thicker or thinner, stood upright.

A character is an array of *ink*, 0 nothing … 1 full, cropped to what is drawn. None of this
needs to know whether it is black on white or white on black.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

CROSS = ((-1, 0), (1, 0), (0, -1), (0, 1))
SQUARE = (*CROSS, (-1, -1), (-1, 1), (1, -1), (1, 1))


def cropped(ink: Array, level: float) -> Array:
    """Return the part with ink above a level; everything when there is none."""
    rows, columns = (np.nonzero(ink.max(axis=axis) > level)[0] for axis in (1, 0))
    if not len(rows):
        return ink
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def grown(ink: Array, step: int) -> Array:
    """Make strokes thicker by one pixel on every side.

    Parameters
    ----------
    ink : ndarray, shape (rows, columns)
    step : int
        How often before; crosses and squares in turn make ends that are nearly round.

    Returns
    -------
    ndarray, shape (rows + 2, columns + 2)
    """
    wide = np.pad(ink, 2)
    rows, columns = ink.shape
    out = wide[1:-1, 1:-1].copy()
    for down, right in SQUARE if step % 2 else CROSS:
        part = wide[1 + down : 3 + down + rows, 1 + right : 3 + right + columns]
        np.maximum(out, part, out=out)
    return out


def shrunk(ink: Array, step: int) -> Array:
    """Make strokes thinner by one pixel on every side; the shape stays."""
    rest: Array = 1 - grown(1 - np.pad(ink, 1), step)
    return rest[2:-2, 2:-2]


def stroke_width(pixels: Array) -> float:
    """Measure how wide strokes are on average, in pixels.

    A stroke of length l and width w has the area l·w and, but for its ends, the outline 2·l.
    The outline of a grey picture is its total variation Σ|∇u| (the coarea formula), so
    w = 2·Σu / Σ|∇u|.
    """
    wide = np.pad(pixels, 1)
    down, right = np.diff(wide, axis=0)[:, :-1], np.diff(wide, axis=1)[:-1]
    outline = float(np.hypot(down, right).sum())
    return 2 * float(pixels.sum()) / outline if outline else 0.0


def upright(ink: Array, band: int, level: float = 0.5) -> Array:
    """Shear a character until it begins as far left at its top as at its bottom.

    Parameters
    ----------
    ink : ndarray, shape (rows, columns)
    band : int
        How many rows are its top, and how many its bottom.
    level : float
        From how much ink on a pixel counts.
    """
    ends = [np.nonzero(part.max(axis=0) > level)[0] for part in (ink[:band], ink[-band:])]
    rows, columns = ink.shape
    if not all(map(len, ends)) or rows < 2:
        return ink
    lean = int(ends[0][0] - ends[1][0])
    room = abs(lean) + 1
    source = np.pad(ink, ((0, 0), (2 * room, 2 * room)))
    shifts = lean * (1 - np.arange(rows) / (rows - 1))[:, None]
    at = np.arange(room, room + columns + 2 * room) + shifts
    left = np.floor(at).astype(np.intp)
    near, far = (np.take_along_axis(source, left + side, axis=1) for side in (0, 1))
    sheared: Array = near + (far - near) * (at - left)
    return sheared


def resampled(ink: Array, height: float, width: float) -> Array:
    """Scale to a size that need not be whole; the last row and column may be covered in part."""
    maps = [
        coverage(length, math.ceil(size - 1e-6), size / length, 0)
        for length, size in zip(ink.shape, (height, width), strict=True)
    ]
    scaled: Array = maps[0] @ ink @ maps[1].T
    return scaled


def coverage(length: int, side: int, scale: float, start: float) -> Array:
    """Return the share of each of ``side`` pixels that each of ``length`` samples covers.

    Sample i reaches from start + i·scale to start + (i + 1)·scale. The product with it is
    the mean over each pixel's area: no sample is skipped, however much smaller it gets.
    """
    edges = start + scale * np.arange(length + 1)
    pixel = np.arange(side)[:, None]
    ends, starts = np.minimum(edges[1:], pixel + 1), np.maximum(edges[:-1], pixel)
    covered: Array = ends - starts
    return np.clip(covered, 0, None, out=covered)
