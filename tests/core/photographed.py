"""Characters as a camera finds them: ink on paper under light that differs from place to place.

What is drawn is a share of ink for each pixel, as :mod:`tests.core.drawn` makes it. Light is a
field by formula, 0…1, and what a camera sees is the light times what paper and ink give back.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from .drawn import STYLES, drawing

Light = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The light at x and y, −1…1 from edge to edge."""


def along(degrees: float) -> tuple[float, float]:
    """The direction as x and y; 0 to the right, 90 down."""
    return float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))


def even(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.ones_like(x)


def slope(degrees: float, darkest: float = 0.4) -> Light:
    """Light that falls off evenly in a direction."""
    dx, dy = along(degrees)
    far = abs(dx) + abs(dy)
    return lambda x, y: 1 - (1 - darkest) * ((x * dx + y * dy) / far + 1) / 2


def edge(degrees: float, soft: float, darkest: float = 0.45, at: float = 0.0) -> Light:
    """The edge of a shadow, as wide as ``soft`` times the side."""
    dx, dy = along(degrees)
    width = max(2 * soft, 1e-3)

    def light(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        across = np.clip((x * dx + y * dy - at) / width + 0.5, 0, 1)
        return 1 - (1 - darkest) * across * across * (3 - 2 * across)

    return light


def vignette(darkest: float = 0.35, x0: float = 0.0, y0: float = 0.0) -> Light:
    """A lamp in the middle, or beside it."""
    return lambda x, y: 1 - (1 - darkest) * np.clip(((x - x0) ** 2 + (y - y0) ** 2) / 2, 0, 1)


def hand(darkest: float = 0.45) -> Light:
    """The round soft shadow of a head or a hand that comes in at a corner."""

    def light(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        across = np.clip((1.35 - np.hypot(x - 0.9, y - 0.9)) / 0.4 + 0.5, 0, 1)
        return 1 - (1 - darkest) * across * across * (3 - 2 * across)

    return light


LIGHTS: dict[str, Light] = {
    **{f"slope {degrees}": slope(degrees) for degrees in range(0, 360, 45)},
    **{f"deep slope {degrees}": slope(degrees, 0.2) for degrees in (20, 200)},
    **{f"soft edge {degrees}": edge(degrees, 0.15) for degrees in (0, 70, 140, 250)},
    **{f"hard edge {degrees}": edge(degrees, 0) for degrees in (0, 45, 100, 200, 300)},
    "vignette": vignette(),
    "lamp beside": vignette(x0=-0.6, y0=0.5),
    "hand": hand(),
}


def seen(
    ink: np.ndarray,
    light: Light = even,
    *,
    paper: float = 0.92,
    pen: float = 0.15,
    noise: float = 0.0,
    quality: int | None = None,
) -> np.ndarray:
    """What a camera makes of it.

    Parameters
    ----------
    ink : ndarray, shape (rows, columns)
        The share of each pixel that is covered, 0…1.
    paper, pen : float
        What share of the light they give back; chalk is a pen lighter than its paper.
    noise : float
        Its standard deviation.
    quality : int, optional
        Of a JPEG that it is kept in.

    Returns
    -------
    ndarray of float32, of the same shape
        0 black … 1 white, in steps of 1/255.
    """
    rows, columns = ink.shape
    y, x = np.mgrid[:rows, :columns]
    x, y = (2 * x + 1) / columns - 1, (2 * y + 1) / rows - 1
    grey = light(x, y) * (paper + (pen - paper) * ink)
    grey = grey + noise * np.random.default_rng(0).standard_normal(grey.shape)
    levels = np.rint(255 * np.clip(grey, 0, 1)).astype(np.uint8)
    if quality is not None:
        file = io.BytesIO()
        Image.fromarray(levels).save(file, "JPEG", quality=quality)
        levels = np.asarray(Image.open(file))
    return np.asarray(levels, np.float32) / np.float32(255)


def strokes(number: int, style: int = 0, *, pen: float = 18, size: float = 150) -> np.ndarray:
    """The ink of a digit in the middle of a square of 280 pixels."""
    lines = STYLES[number][style]
    left = (280 - size * 0.65) / 2
    return drawing(lines, size, pen, (left, (280 - size) / 2))
