"""A picture from anywhere, made into what a network was trained on.

A drawing that is prepared otherwise is misread however good the network is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.characters import INK, LARGE, as_digits, as_mnist, reduced
from nnfs_core.errors import UserError
from nnfs_core.strokes import cropped

Array = NDArray[Any]

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
    cropped to what is drawn on it, brought to the size and thickness that the training
    pictures have, and centred as they are.

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
    content = cropped(ink / strongest, INK)
    size = f"scaled to {shape[1]}×{shape[0]} and centred"
    if min(shape) >= LARGE:
        steps.append(f"cropped, {size}")
        pixels, change = as_mnist(content, shape)
    elif (small := reduced(content, shape)) is not None:
        steps.append(f"cropped, {size}")
        pixels, change = small, ""
    else:
        steps.append(f"cropped, stood upright, {size}")
        pixels, change = as_digits(content, shape)
    if change:
        steps.append(f"strokes made {change}, as they are in the training pictures")
    return Prepared(np.clip(pixels, 0, 1).astype(np.float32), tuple(steps))


def input_shape(inputs: int) -> tuple[int, int] | None:
    """Return the rows and columns of a square picture of so many pixels, if there is one."""
    side = math.isqrt(inputs)
    return (side, side) if side * side == inputs else None
