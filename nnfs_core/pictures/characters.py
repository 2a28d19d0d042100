"""A character made like those of the training pictures: as large, as thick, as upright.

MNIST's digits are light on dark, 20 of 28 pixels high or wide, with their centre of mass
in the middle (LeCun et al. 1998, section III.A). The small 8×8 ones come from the forms of
NIST through its own preparation (Garris et al., *NIST Form-Based Handprint Recognition
System*, NISTIR 5469, 1994), and what that does can be read off the data: every digit fills
its picture from top to bottom, almost all are equally wide whatever the writer's hand, all
carry nearly the same amount of ink, and each begins as far left at its top as at its bottom.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.pictures.strokes import (
    coverage,
    cropped,
    grown,
    resampled,
    shrunk,
    stroke_width,
    upright,
)

Array = NDArray[Any]

INK = 0.2
"""How strong a pixel must be, next to the strongest, to count as part of the character."""

LARGE = 20
"""From this many pixels on, a picture is prepared as MNIST's are, below as the 8×8 digits."""

FINE = 8
"""Strokes are worked on at this many times the network's resolution."""

THINNEST = 2.2 / 28
"""Strokes thinner than this share of the side are thickened. MNIST's are 2.4 ± 0.6 pixels."""

WIDTH = 0.6
"""Width of a small digit before it is stood upright, as a share of its height."""

STRETCH = 1.6
"""No small digit is made more than this many times wider or narrower: a 1 stays slim."""

AMOUNT, USUAL = 0.305, 0.06
"""Mean ink of a small picture, and how far from it the training pictures are.

In every class of the 8×8 digits the ink is about 19.5 ± 2 of 64 pixels.
"""

BLOCKS = 0.15
"""How much a picture may differ from one made of blocks, as a share of its ink."""

GREY = 0.08
"""How grey it must be at least, Σu(1−u)/Σu, or its blocks are only straight strokes."""


def as_mnist(content: Array, shape: tuple[int, int]) -> tuple[Array, str]:
    """Scale content to the size characters have, its strokes no thinner than theirs.

    Parameters
    ----------
    content : ndarray
        Ink, 0…1, cropped to the character.
    shape : tuple of int
        Rows and columns of the picture.

    Returns
    -------
    pixels : ndarray of that shape
    change : str
        ``"thicker"`` when the strokes were made so, else empty.
    """
    room = min(shape) * 20 / 28
    pixels = _centred(content, shape, room)
    thinnest = THINNEST * min(shape)
    if stroke_width(pixels) >= thinnest:
        return pixels, ""
    scale = room * FINE / max(content.shape)
    fine = resampled(content, *(side * scale for side in content.shape))

    def show(ink: Array) -> Array:
        return _centred(cropped(ink, INK), shape, room)

    return _changed(pixels, fine, grown, show, stroke_width, thinnest), "thicker"


def as_digits(content: Array, shape: tuple[int, int]) -> tuple[Array, str]:
    """Fill the picture with an upright character of the usual width and amount of ink.

    Parameters and results are those of :func:`as_mnist`; the change can be ``"thinner"``.
    """
    side = min(shape) * FINE
    content = _of_usual_width(content, side)

    def show(ink: Array) -> Array:
        ink = upright(ink, max(1, side // 32))
        return _centred(cropped(ink, INK), shape, min(shape))

    limits = side, max(content.shape[1], round(WIDTH * side))

    def show_grown(ink: Array) -> Array:
        return show(resampled(ink, *map(min, ink.shape, limits)))

    pixels = show(content)
    if abs(pixels.mean() - AMOUNT) <= USUAL:
        return pixels, ""
    if pixels.mean() < AMOUNT:
        return _changed(pixels, content, grown, show_grown, np.mean, AMOUNT), "thicker"
    return _changed(pixels, content, shrunk, show, np.mean, AMOUNT), "thinner"


def reduced(content: Array, shape: tuple[int, int]) -> Array | None:
    """Undo an enlargement: a small picture shown large, every pixel a block, as it was.

    Its strokes have no width of their own to be measured: how grey a block is, is all.
    """
    block = content.shape[0] / shape[0]
    columns = round(content.shape[1] / block)
    if not (block >= 3 and 1 <= columns <= shape[1]):
        return None
    small = resampled(content, shape[0], columns)
    where = [
        np.minimum(np.arange(length) * count // length, count - 1)
        for length, count in zip(content.shape, small.shape, strict=True)
    ]
    again = small[np.ix_(*where)]
    grey = (small * (1 - small)).mean() / small.mean()
    if np.abs(again - content).mean() > BLOCKS * content.mean() or grey < GREY:
        return None
    return _centred(small, shape, shape[0])


def _of_usual_width(ink: Array, side: int) -> Array:
    """Scale to a height of ``side``, and to the width that nearly all small digits have."""
    natural = ink.shape[1] / ink.shape[0]
    width = min(max(WIDTH, natural / STRETCH), natural * STRETCH)
    height = min(1, 1 / width)  # a dash stays a dash
    return resampled(ink, max(1, round(height * side)), max(1, round(height * width * side)))


def _changed(
    pixels: Array,
    fine: Array,
    step: Callable[[Array, int], Array],
    show: Callable[[Array], Array],
    measure: Callable[[Array], Any],
    goal: float,
) -> Array:
    """Thicken or thin strokes for as long as the picture's measure gets nearer to a goal."""
    for count in range(4 * FINE):
        fine = step(fine, count)
        if fine.max() <= INK:
            break
        next_pixels = show(fine)
        if abs(measure(next_pixels) - goal) >= abs(measure(pixels) - goal):
            break
        pixels = next_pixels
    return pixels


def _centred(content: Array, shape: tuple[int, int], room: float) -> Array:
    """Scale the longer side to ``room`` and put the centre of mass in the middle."""
    scale = room / max(content.shape)
    total = content.sum()
    maps = []
    for axis, side in enumerate(shape):
        length = content.shape[axis]
        mass = content.sum(axis=1 - axis) @ (np.arange(length) + 0.5) / total * scale
        # In MNIST the middle is the pixel at 14 of 0…27, so 14.5 counted from the edge.
        start = (side / 2 + (0.5 if min(shape) >= LARGE else 0)) - mass
        start = min(max(start, 0.0), side - length * scale)
        maps.append(coverage(length, side, scale, start))
    pixels: Array = maps[0] @ content @ maps[1].T
    return pixels
