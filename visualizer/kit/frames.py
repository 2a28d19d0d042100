"""Frames around what is selected in a picture."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from visualizer.style.painting import draw_rectangles
from visualizer.style.theme import Palette

Rectangle = tuple[float, float, float, float]
"""x, y, width and height."""

SMALLEST = 7.0
"""Least side of a frame, in logical pixels: a frame around one pixel would hide it."""


def frames(rectangles: Iterable[Rectangle]) -> list[QRectF]:
    """Return the frames around rectangles: a little larger, and never too small to be seen."""
    result = []
    for x, y, width, height in rectangles:
        more_x = max(1.0, (SMALLEST - width) / 2)
        more_y = max(1.0, (SMALLEST - height) / 2)
        result.append(QRectF(x, y, width, height).adjusted(-more_x, -more_y, more_x, more_y))
    return result


def paint_frames(painter: QPainter, around: list[QRectF], palette: Palette) -> None:
    """Paint frames in the accent colour, between lines of the panel's own.

    The accent is near the colour of positive numbers: without the lines a frame around a
    strong weight would not be seen.
    """
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((palette.panel, 4.0), (palette.accent, 2.0)):
        pen = QPen(QColor(colour), width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        draw_rectangles(painter, around)
