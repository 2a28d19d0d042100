"""A picture from anywhere, made into what a network was trained on.

A drawing that is prepared otherwise is misread however good the network is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.errors import UserError
from nnfs_core.pictures.characters import INK, LARGE, as_digits, as_mnist, reduced
from nnfs_core.pictures.stray_marks import Tidied, tidied, without_rim
from nnfs_core.pictures.strokes import cropped
from nnfs_core.pictures.uneven_light import (
    COARSE,
    averaged,
    border,
    coarse,
    evened,
    is_uneven,
    median,
    paper_within,
    shaded,
    touches_border,
)
from nnfs_core.text.numbers import percent

Array = NDArray[Any]

FAINTEST = 0.05
"""Contrast below which a picture is taken for blank."""

NOISY, VERY_NOISY = 0.04, 0.3
"""Noise, next to the contrast, from which on a picture is smoothed, and doubted."""

SMALLEST_NOISY = 32
"""In pictures with a shorter side every pixel may be meant."""

SMOOTH = 1 / 56
"""Over what share of the side a noisy picture is averaged."""

OTHER = 4
"""So many times more must stand out on the other side of the background before ink is looked for
there: dark ink on paper that is itself darker than half."""

MOST = 0.34
"""A larger share of a picture is no character once uneven light has been evened out."""

RIM = 0.03
"""Ink this near to two of the picture's sides, next to their length, is cut out tightly."""

CHANGE, SEAMS = 0.02, 0.15
"""A small picture shown large changes by more than the first only between its blocks, and these
are no more than the second of all rows and columns."""

NEITHER = 0.12
"""A picture of which a larger share is neither background nor ink is doubted: no shadow is left
unsaid, though a blurred picture cut out tightly is doubted too."""

SOLID = 0.3
"""A stroke that is thicker than this share of the side, and at the border, may be background."""

INVERTED = "inverted, since the background is light"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture as a network takes it.

    Attributes
    ----------
    pixels : ndarray of float32, shape (rows, columns)
        0…1, light on dark.
    steps : tuple of str
        What was done to it, in words.
    doubts : tuple of str
        Why the answer to it may be wrong, in words; empty for a clean picture.
    """

    pixels: NDArray[np.float32]
    steps: tuple[str, ...]
    doubts: tuple[str, ...] = ()


def prepare(grey: Array, shape: tuple[int, int]) -> Prepared:
    """Make a grey picture into one of the network's shape.

    One that has this shape already is only inverted, if it needs to be. Any other is
    cropped to what is drawn on it, brought to the size and thickness that the training
    pictures have, and centred as they are. Before that, uneven light is evened out, noise
    smoothed, and what is no part of a character left out, where there is such a thing: a
    clean picture keeps every bit.

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
    if grey.shape == shape:
        steps = []
        if float(np.median(border(grey))) > 0.5:
            grey = 1 - grey
            steps.append(INVERTED)
        return Prepared(np.array(grey, np.float32), tuple(steps))

    grey, steps = without_rim(grey)
    grey, more, doubts = _without_noise(grey)
    steps += more
    ink, light = _under_even_light(grey)
    tidy = tidied(np.clip(ink, 0, None), INK)
    if not _is_enlarged(ink):
        if is_uneven(grey, shaded(ink)) and (found := _under_uneven_light(grey)) is not None:
            tidy, light = found
            steps.append("uneven light evened out")
            doubts += _still_uneven(tidy.ink)
        else:
            doubts += _doubtful_light(ink)
    if light:
        steps.insert(0, INVERTED)
    return _shaped(tidy, shape, steps, doubts)


def _without_noise(grey: Array) -> tuple[Array, list[str], list[str]]:
    """Smooth a noisy picture; any other is given back as it is."""
    if min(grey.shape) < SMALLEST_NOISY:
        return grey, [], []
    calm = median(grey)
    contrast = float(calm.max() - calm.min())
    # The median of the distances from 0 is 0.67 of the standard deviation, were they normal.
    noise = float(np.median(np.abs(grey - calm))) / 0.67
    if noise <= NOISY * contrast:
        return grey, [], []
    smooth, doubts = averaged(calm, SMOOTH), []
    if noise > VERY_NOISY * float(smooth.max() - smooth.min()):
        doubts.append(f"the picture is noisy: ± {percent(noise, 0)} of white")
    return smooth, ["noise smoothed away"], doubts


def _under_even_light(grey: Array) -> tuple[Array, bool]:
    """Measure ink against the shade of the border.

    Returns
    -------
    ink : ndarray, shape (rows, columns)
        Up to 1; below 0 what is on the other side of the border's shade.
    light : bool
        Whether the background is light.

    Raises
    ------
    UserError
        When nothing is drawn on it.
    """
    background = float(np.median(border(grey)))
    light = background > 0.5
    above, below = (float(np.clip(s * (grey - background), 0, None).sum()) for s in (1, -1))
    if (above > OTHER * below) if light else (below > OTHER * above):
        light = not light  # paper in the dark, or chalk on a pale board
    if light:
        grey, background = 1 - grey, 1 - background
    ink = grey - background
    strongest = float(ink.max())
    if strongest < FAINTEST:
        raise UserError("nothing is drawn on it", expected="a character that stands out")
    return ink / strongest, light


def _under_uneven_light(grey: Array) -> tuple[Tidied, bool] | None:
    """Measure ink against the paper around it; None if it is a thick character cut out tightly."""
    ink, light = evened(grey)
    tidy = tidied(ink, INK)
    rows, columns = (max(1, round(RIM * side)) for side in ink.shape)
    ends = tidy.ink[:rows], tidy.ink[-rows:], tidy.ink[:, :columns], tidy.ink[:, -columns:]
    reached = sum(bool(end.max() > INK) for end in ends)
    return (tidy, light) if tidy.ink.max() > INK and reached < 2 else None


def _is_enlarged(ink: Array) -> bool:
    """Tell whether it is a small picture shown large: its greys are the data's own."""
    changes = [
        np.abs(np.diff(ink, axis=axis)).max(axis=1 - axis, initial=0) > CHANGE for axis in (0, 1)
    ]
    return all(len(some) and some.mean() <= SEAMS for some in changes)


def _still_uneven(ink: Array) -> list[str]:
    share = float((ink > INK).mean())
    if share <= MOST:
        return []
    return [f"the background is uneven: {_about(share)} of the picture stands out"]


def _doubtful_light(ink: Array) -> list[str]:
    """Say what speaks against a background of one shade."""
    share = shaded(ink, flat=True)
    if share > NEITHER:
        return [f"{_about(share)} of the picture is neither background nor ink"]
    small = coarse(ink, COARSE)
    solid = small > INK
    if touches_border(solid, SOLID):
        share = float(solid.mean())
        return [f"{_about(share)} of the picture stands out, up to its edge"]
    share = paper_within(small, INK)
    if share > 0:
        return [f"{_about(share)} of the picture stands out, with something in the midst of it"]
    return []


def _about(share: float) -> str:
    return f"about {percent(max(share, 0.01), 0)}"


def _shaped(tidy: Tidied, shape: tuple[int, int], steps: list[str], doubts: list[str]) -> Prepared:
    """Crop ink, and make it as large, thick and upright as the training pictures'."""
    steps, doubts = [*steps, *tidy.steps], [*doubts, *tidy.doubts]
    content = cropped(tidy.ink, INK)
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
    return Prepared(np.clip(pixels, 0, 1).astype(np.float32), tuple(steps), tuple(doubts))


def input_shape(inputs: int) -> tuple[int, int] | None:
    """Return the rows and columns of a square picture of so many pixels, if there is one."""
    side = math.isqrt(inputs)
    return (side, side) if side * side == inputs else None
