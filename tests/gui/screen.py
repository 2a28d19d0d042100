"""Reading what is on screen: pixels, texts, and what their colours should be.

Nothing here is taken from the program's own colormaps: only the palette's colours and
the documented formulas, worked out once more.
"""

from __future__ import annotations

import math

import numpy as np
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtWidgets import QWidget

from visualizer.style import painting


def pixels(image: QImage) -> np.ndarray:
    """Return the colours of an image, shape (height, width, 3), as red, green and blue."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    memory = image.constBits().asstring(image.sizeInBytes())
    table = np.frombuffer(memory, np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return table[:, : image.width(), 2::-1].astype(int)


LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def read_number(text: str) -> float:
    """Read a number with its sign, a true minus, and perhaps a power of ten."""
    assert text[0] in "+−" or float(text) == 0, text
    mantissa, _, power = text.partition("×10")
    return float(f"{mantissa.translate(LOWERED)}e{power.translate(LOWERED) or 0}")


def shot(widget: QWidget) -> np.ndarray:
    """Return the colours of a widget's pixels as it is painted now."""
    return pixels(widget.grab().toImage())


RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def figure(text: str) -> float:
    """Read a number with a true minus sign and, perhaps, a power of ten."""
    mantissa, _, power = text.translate(RAISED).replace("−", "-").partition("×10")
    return float(mantissa) * 10.0 ** int(power or 0)


def rgb(colour: str) -> np.ndarray:
    """Return red, green and blue of ``#rrggbb``."""
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], float)


def signed_colours(values: np.ndarray, scale: float, palette) -> np.ndarray:
    """Return the colour of signed values, as written: zero is the panel's colour.

    The level is round(127 · clip(value / scale, −1, 1)); level/127 of the way from the panel's
    colour to the positive or the negative one.
    """
    share = np.clip(np.asarray(values, float) / scale, -1, 1) if scale > 0 else 0 * values
    level = np.round(127 * share) / 127
    zero, positive, negative = map(rgb, (palette.panel, palette.positive, palette.negative))
    end = np.where(level[..., None] > 0, positive, negative)
    return zero + np.abs(level)[..., None] * (end - zero)


def at_a_step(values: np.ndarray, scale: float) -> np.ndarray:
    """Say which values lie so near the middle of two levels that either one is right."""
    if scale <= 0:
        return np.zeros(np.shape(values), bool)
    level = 127 * np.clip(np.asarray(values, float) / scale, -1, 1)
    return np.abs(np.abs(level - np.floor(level)) - 0.5) < 1e-3


def next_step(value: float) -> float:
    """Return the smallest of 1, 1.5, 2, 3, 5, 7 times a power of ten that is not below."""
    if value == 0:
        return 0.0
    decade = math.floor(math.log10(value)) - 1
    marks = [mark * 10.0**power for power in range(decade, decade + 4) for mark in (1, 1.5, 2)]
    marks += [mark * 10.0**power for power in range(decade, decade + 4) for mark in (3, 5, 7)]
    return min(mark for mark in marks if mark >= value * (1 - 1e-9))


def near(colours: np.ndarray, colour: str, tolerance: float = 2) -> np.ndarray:
    """Say which pixels have a colour."""
    return np.abs(colours - rgb(colour)).max(axis=-1) <= tolerance


class Texts(list):
    """Every text painted while it watches the widgets of some modules, as (text, x, y)."""

    def __init__(self, monkeypatch, *modules) -> None:
        super().__init__()
        seen, watching = self, []

        class Watched(QPainter):
            def drawText(self, place, *rest):
                if watching:
                    text = next(part for part in rest if isinstance(part, str))
                    point = place.center() if hasattr(place, "center") else place
                    seen.append((text, point.x(), point.y()))
                super().drawText(place, *rest)

        def watched(plain):
            def paint(widget, painter):
                watching.append(widget)
                try:
                    plain(widget, painter)
                finally:
                    watching.pop()

            return paint

        monkeypatch.setattr(painting, "QPainter", Watched)
        kinds = {
            kind
            for module in modules
            for kind in vars(module).values()
            if isinstance(kind, type)
            and issubclass(kind, painting.Painted)
            and "paint" in vars(kind)
        }
        assert kinds, "there are widgets to be watched"
        for kind in kinds:
            monkeypatch.setattr(kind, "paint", watched(kind.paint))

    @property
    def words(self) -> list[str]:
        return [text for text, _, _ in self]
