"""A picture from anywhere, made into what a network was trained on.

MNIST's digits are light on dark, 20 of 28 pixels high or wide, with their centre of mass
in the middle (LeCun et al. 1998, section III.A). The small 8×8 ones fill their picture.
A drawing that is prepared otherwise is misread however good the network is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.errors import UserError

Array = NDArray[Any]

INK = 0.2
"""How strong a pixel must be, next to the strongest, to count as part of the character."""

FAINTEST = 0.05
"""Contrast below which a picture is taken for blank."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture as a network takes it.

    Attributes
    ----------
    pixels : ndarray of float32, shape (rows, columns)
        0…1, light on dark.
    steps : tuple of str
        What was done to it, in words.
    """

    pixels: NDArray[np.float32]
    steps: tuple[str, ...]


def prepare(grey: Array, shape: tuple[int, int]) -> Prepared:
    """Make a grey picture into one of the network's shape.

    One that has this shape already is only inverted, if it needs to be. Any other is
    cropped to what is drawn on it, brought to the size that the training pictures have,
    and centred as they are.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns)
        0 black … 1 white.
    shape : tuple of int
        Rows and columns of the network's input.

    Raises
    ------
    UserError
        When nothing is drawn on it.
    """
    border = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    background, steps = float(np.median(border)), []
    if background > 0.5:
        grey, background = 1 - grey, 1 - background
        steps.append("inverted, since the background is light")
    if grey.shape == shape:
        return Prepared(np.array(grey, np.float32), tuple(steps))

    ink = np.clip(grey - background, 0, None)
    strongest = float(ink.max())
    if strongest < FAINTEST:
        raise UserError("nothing is drawn on it", expected="a character that stands out")
    ink = ink / strongest
    rows, columns = np.nonzero(ink.max(axis=1) > INK)[0], np.nonzero(ink.max(axis=0) > INK)[0]
    content = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    steps.append(f"cropped, scaled to {shape[1]}×{shape[0]} and centred")
    return Prepared(_placed(content, shape), tuple(steps))


def _placed(content: Array, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Scale content to the size characters have and put its centre of mass in the middle."""
    large = min(shape) >= 20
    room = min(shape) * 20 / 28 if large else min(shape)
    scale = room / max(content.shape)
    total = content.sum()
    maps = []
    for axis, side in enumerate(shape):
        length = content.shape[axis]
        mass = content.sum(axis=1 - axis) @ (np.arange(length) + 0.5) / total * scale
        # In MNIST the middle is the pixel at 14 of 0…27, so 14.5 counted from the edge.
        start = (side / 2 + (0.5 if large else 0)) - mass
        start = min(max(start, 0.0), side - length * scale)
        maps.append(_coverage(length, side, scale, start))
    small: NDArray[np.float32] = (maps[0] @ content @ maps[1].T).astype(np.float32)
    return np.clip(small, 0, 1, out=small)


def _coverage(length: int, side: int, scale: float, start: float) -> Array:
    """Return the share of each of ``side`` pixels that each of ``length`` samples covers.

    Sample i reaches from start + i·scale to start + (i + 1)·scale. The product with it is
    the mean over each pixel's area: no sample is skipped, however much smaller it gets.
    """
    edges = start + scale * np.arange(length + 1)
    pixel = np.arange(side)[:, None]
    ends, starts = np.minimum(edges[1:], pixel + 1), np.maximum(edges[:-1], pixel)
    covered: Array = ends - starts
    return np.clip(covered, 0, None, out=covered)


def input_shape(inputs: int) -> tuple[int, int] | None:
    """Return the rows and columns of a square picture of so many pixels, if there is one."""
    side = math.isqrt(inputs)
    return (side, side) if side * side == inputs else None
