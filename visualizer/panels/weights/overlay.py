"""What lies over the weight pictures: frames around what is selected, and dimming."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from nnfs_core.explain.stages import Stage
from visualizer.panels.weights.layout import Placement, Rectangle
from visualizer.panels.weights.lenses import Lens
from visualizer.style.painting import draw_rectangles
from visualizer.style.theme import Palette

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


def is_lit(stage: Stage | None, lens: Lens, lenses: Iterable[Lens], layer: int) -> bool:
    """Say whether a stage of slow motion uses what a picture shows.

    The forward pass of a layer uses its weights, the backward pass makes its gradient, the
    update changes everything. Where no column shows that, the layer itself is lit.

    Parameters
    ----------
    lens : Lens
        Of the picture.
    lenses : iterable of Lens
        Of all columns.
    layer : int
        Of the picture.
    """
    if stage is None or stage.kind == "update":
        return True
    wanted = {"forward": "value", "backward": "gradient"}.get(stage.kind)
    if wanted is None or layer != stage.layer:
        return False
    return lens.key == wanted or all(other.key != wanted for other in lenses)


def paint_dimming(painter: QPainter, dark: Iterable[Placement], palette: Palette) -> None:
    """Let pictures recede, with their labels."""
    veil = QColor(palette.panel)
    veil.setAlphaF(0.78)
    for placement in dark:
        painter.fillRect(QRectF(*placement.bounds), veil)
