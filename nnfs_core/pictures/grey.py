"""Pictures as shades of grey, a band of rows at a time: the whole is never held twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nnfs_core.progress import Look

if TYPE_CHECKING:
    from PIL import Image

LARGEST_SIDE = 1024
"""Pictures are brought to this size first; a character needs a fiftieth of it."""

ORIENTATION = 0x0112
"""The number of that entry in EXIF."""

BAND = 2**20
"""Pixels of a band."""

DEEPEST = 65535.0
"""White in a picture of whole numbers with more than 8 bits."""

Bands = Callable[[int, int], "Image.Image"]
"""Gives the rows from the first number up to the second as a picture."""


def grey_of(
    size: tuple[int, int], bands: Bands, look: Look, *, orientation: int = 1
) -> NDArray[np.float32]:
    """Return a picture as shades of grey.

    Parameters
    ----------
    size : tuple of int
        Its width and height.
    bands : callable
        Gives its rows, as an image of Pillow's of any kind.
    look : callable
        Called before each band.
    orientation : int
        How a camera was held, 1 … 8, as EXIF numbers it.

    Returns
    -------
    ndarray of float32, shape (rows, columns)
        0 black … 1 white, no side longer than :data:`LARGEST_SIDE`; what is transparent is the
        opposite of what is not.
    """
    from PIL import Image, ImageOps

    small = _reduced(size, bands, look)
    small.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.BOX)
    small.getexif()[ORIENTATION] = orientation
    small = ImageOps.exif_transpose(small)
    if small.mode == "L":
        return np.asarray(small, np.float32) / np.float32(255)
    level, alpha = np.moveaxis(np.asarray(small, np.float32) / 255, 2, 0)
    if alpha.min() == 1:
        return np.ascontiguousarray(level)
    # Dark strokes on nothing belong on white, light ones on black.
    drawn = float((level * alpha).sum()) / max(float(alpha.sum()), 1e-9)
    return np.asarray(level * alpha + (1 - alpha) * (0.0 if drawn > 0.5 else 1.0), np.float32)


def grey_of_rgba(
    size: tuple[int, int], rows: Callable[[int, int], bytes], look: Look
) -> NDArray[np.float32]:
    """Return a picture that is not Pillow's as shades of grey, as :func:`grey_of` does.

    Parameters
    ----------
    rows : callable
        Gives the rows from the first number up to the second: four bytes a pixel, red, green,
        blue and how opaque it is.
    """
    from PIL import Image

    def band(top: int, bottom: int) -> Image.Image:
        part = Image.frombytes("RGBA", (size[0], bottom - top), rows(top, bottom))
        return part.convert("LA")

    return grey_of(size, band, look)


def bands_of(image: Image.Image, look: Look) -> Bands:
    """Return what gives the rows of a decoded image, in 8 bits and grey or with transparency."""
    width, height = image.size
    deep = image.mode in ("I", "F") or image.mode.startswith("I;16")
    white = DEEPEST
    if image.mode == "F":
        found = [_largest(image.crop(band)) for band in _boxes(width, height, 1, look)]
        white = max(found, default=0.0) or 1.0
    kind = "LA" if image.has_transparency_data else "L"

    def band(top: int, bottom: int) -> Image.Image:
        rows = image.crop((0, top, width, bottom))
        return _eight_bits(rows, white) if deep else rows.convert(kind)

    return band


def _reduced(size: tuple[int, int], bands: Bands, look: Look) -> Image.Image:
    """Average blocks of pixels, so that a picture is at most a few times as large as wanted."""
    from PIL import Image

    width, height = size
    factor = max(1, max(size) // LARGEST_SIDE // 2)
    small: Image.Image | None = None
    for _, top, _, bottom in _boxes(width, height, factor, look):
        band = bands(top, bottom).reduce(factor)
        if small is None:
            small = Image.new(band.mode, (-(-width // factor), -(-height // factor)))
        small.paste(band, (0, top // factor))
    assert small is not None, "a picture has a row"
    return small


def _boxes(width: int, height: int, factor: int, look: Look) -> Iterator[tuple[int, int, int, int]]:
    rows = max(1, BAND // width // factor) * factor
    for top in range(0, height, rows):
        look()
        yield 0, top, width, min(top + rows, height)


def _eight_bits(rows: Image.Image, white: float) -> Image.Image:
    """Scale to 8 bits; Pillow's own conversion would cut the others off."""
    from PIL import Image

    level = np.clip(np.nan_to_num(np.asarray(rows, np.float32) / np.float32(white)), 0, 1)
    return Image.fromarray((level * 255).round().astype(np.uint8))


def _largest(rows: Image.Image) -> float:
    deep = np.asarray(rows, np.float32)
    return float(np.max(deep, where=np.isfinite(deep), initial=0.0))
