"""The texts of the weight pictures: what each shows, its scale, and the names of units."""

from __future__ import annotations

import math

import numpy as np
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter

from nnfs_core.divergence import layer_name
from visualizer.context import ViewContext
from visualizer.images import indexed_image
from visualizer.matrices.layout import COLUMN_NAMES, LABEL, ROW_NAMES, Placement
from visualizer.matrices.lenses import Lens, Scale
from visualizer.theme import LEVELS, Palette, font

MIDDLE = Qt.AlignmentFlag.AlignVCenter
ELIDED = Qt.TextElideMode.ElideRight

ROOMY = 230
"""Width of a label from which there is room for both ends of the scale."""


def paint_label(
    painter: QPainter,
    placement: Placement,
    lens: Lens,
    scale: Scale | None,
    context: ViewContext,
    palette: Palette,
) -> None:
    """Paint the line above a picture: what it shows at the left, its scale at the right.

    Parameters
    ----------
    scale : Scale or None
        None where there is nothing to show.
    """
    x, y, width = placement.label
    sizes = context.run.network.sizes
    units, inputs = sizes[placement.layer + 1], sizes[placement.layer]
    name = f"{layer_name(placement.layer, len(sizes) - 1)} · {lens.label(context)}"
    if placement.is_matrix and width > ROOMY:
        name += f" ({units} × {inputs})"
    elif not placement.is_matrix and placement.tiles < units:
        last = placement.first + placement.tiles
        name += f" ({placement.first + 1}–{last} of {units})"
    painter.setFont(font(11))
    painter.setPen(QColor(palette.dim))
    legend = 0.0 if scale is None else _paint_scale(painter, placement, lens, scale, palette)
    room = width - legend - 8
    shown = painter.fontMetrics().elidedText(name, ELIDED, round(room))
    painter.drawText(QRectF(x, y, room, 14), MIDDLE, shown)


def scale_texts(lens: Lens, scale: Scale, *, roomy: bool) -> tuple[str, str]:
    """Return what stands at the two ends of a scale, or, in little room, all of it at the end."""
    low, high = _number(scale.low), _number(scale.high)
    if not lens.signed:
        if scale.low == scale.high == 0:
            return "", "no numbers"
        return (low, high) if roomy else ("", f"{low}…{high}")
    if scale.high == 0:
        return "", "all zero"
    return (low, f"+{high}") if roomy else ("", f"±{high}")


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−", 1) if value < 0 else f"{value:.3g}"


def _paint_scale(
    painter: QPainter, placement: Placement, lens: Lens, scale: Scale, palette: Palette
) -> float:
    """Paint a bar of the colours with its ends; return the width of it all."""
    x, y, width = placement.label
    low, high = scale_texts(lens, scale, roomy=width > ROOMY)
    metrics = painter.fontMetrics()
    text_width = max(metrics.horizontalAdvance(text) for text in (low, high)) + 2
    low_width = text_width + 4 if low else 0
    bar = 56.0 if width > 260 else 28.0
    legend = bar + low_width + text_width + 4
    left = x + width - legend
    painter.drawText(QRectF(left, y, text_width, 14), MIDDLE | Qt.AlignmentFlag.AlignRight, low)
    ramp = indexed_image(np.arange(LEVELS, dtype=np.uint8)[None], lens.colours(palette))
    painter.drawImage(QRectF(left + low_width, y + 4, bar, 7), ramp)
    painter.drawText(QRectF(left + low_width + bar + 4, y, text_width, 14), MIDDLE, high)
    return legend


def paint_names(
    painter: QPainter, placement: Placement, context: ViewContext, palette: Palette
) -> None:
    """Name a matrix's rows by unit or class and its columns by input, as many as are legible."""
    x, y, _, height = placement.tile(0)
    units, inputs = placement.shape
    cell_width, cell_height = placement.cell
    painter.setFont(font(9))
    painter.setPen(QColor(palette.dim))
    classes = context.run.dataset.classes
    named = placement.layer == len(context.run.network.sizes) - 2
    for unit in range(0, units, max(1, math.ceil(9 / cell_height))):
        name = classes[unit] if named else str(unit)
        box = QRectF(x - ROW_NAMES, y + unit * cell_height, ROW_NAMES - 4, cell_height)
        name = painter.fontMetrics().elidedText(name, ELIDED, round(box.width()))
        painter.drawText(box.adjusted(0, -4, 0, 4), MIDDLE | Qt.AlignmentFlag.AlignRight, name)
    step = max(1, math.ceil(22 / cell_width))
    below = QRectF(0, y + height + 1, 40, COLUMN_NAMES)
    for number in range(0, inputs, step):
        below.moveLeft(x + (number + 0.5) * cell_width - 20)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(number))
    left, _, bias_width, _ = placement.bias(0)
    below.moveLeft(left + bias_width / 2 - 20)
    painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "b")


def paint_missing(painter: QPainter, placement: Placement, text: str, palette: Palette) -> None:
    """Say in the room of a picture why there is nothing to show."""
    x, y, width = placement.label
    painter.setFont(font(12))
    painter.setPen(QColor(palette.dim))
    box = QRectF(x, y + LABEL, width, max(40.0, placement.bounds[3] - LABEL))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
