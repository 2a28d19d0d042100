"""What a stage of slow motion leaves alone in the weight pictures, and the dimming over it."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QColor, QPainter

from nnfs_core.explain.stages import Stage
from visualizer.panels.weights.layout import Placement
from visualizer.panels.weights.lenses import Lens
from visualizer.style.theme import Palette


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
