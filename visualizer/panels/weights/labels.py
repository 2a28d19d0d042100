"""The texts of the weight pictures: what each shows, its scale, and the names of units."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter

from nnfs_core.text.layers import layer_name
from nnfs_core.text.numbers import brief
from visualizer.panels.weights.layout import COLUMN_NAMES, LABEL, ROW_NAMES, Placement
from visualizer.panels.weights.lenses import Lens, Scale
from visualizer.state.context import ViewContext
from visualizer.style.images import indexed_image
from visualizer.style.text_size import factor
from visualizer.style.theme import LEVELS, Palette, font

MIDDLE = Qt.AlignmentFlag.AlignVCenter
ELIDED = Qt.TextElideMode.ElideRight

BETWEEN = 8
"""Between a name and its scale, in logical pixels."""

LINE = 14.0
"""Height of a line of text at 100 %."""


@dataclass(frozen=True, slots=True)
class Legend:
    """How a scale is shown: the texts at the ends of a bar, and widths in logical pixels."""

    low: str
    high: str
    bar: float
    low_width: float
    width: float


NO_LEGEND = Legend("", "", 0.0, 0.0, 0.0)


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
    painter.setFont(font(11))
    painter.setPen(QColor(palette.dim))
    measure = painter.fontMetrics().horizontalAdvance
    names = _names(placement, lens, context)
    legends = [NO_LEGEND] if scale is None else _legends(lens, scale, measure)
    name, legend = next(
        (
            (name, legend)
            for name, legend in _choices(names, legends)
            if math.ceil(measure(name)) + BETWEEN + legend.width <= width
        ),
        (names[-1], NO_LEGEND),
    )
    if scale is not None:
        _paint_scale(painter, x + width - legend.width, y, legend, lens, palette)
    room = width - legend.width
    shown = painter.fontMetrics().elidedText(name, ELIDED, round(room))
    painter.drawText(QRectF(x, y, room, LINE * factor()), MIDDLE, shown)


def _names(placement: Placement, lens: Lens, context: ViewContext) -> list[str]:
    """Return what a picture may be called, the longest first."""
    sizes = context.run.network.sizes
    units, inputs = sizes[placement.layer + 1], sizes[placement.layer]
    layer, labels = layer_name(placement.layer, len(sizes) - 1), lens.labels(context)
    names = [f"{layer} · {label}" for label in labels]
    if placement.is_matrix:
        return [f"{names[0]} ({units} × {inputs})", *names]
    if placement.tiles < units:
        last = placement.first + placement.tiles
        return [f"{name} ({placement.first + 1}–{last} of {units})" for name in names] + names[-1:]
    return names


def _choices(names: list[str], legends: list[Legend]) -> Iterator[tuple[str, Legend]]:
    """Go through names and legends from what is best to what is least.

    The size of the matrix goes first, then the legend is shortened; only then the name, and
    the legend once more.
    """
    yield names[0], legends[0]
    for name in names[-2:]:
        yield from ((name, legend) for legend in legends)


def _legends(lens: Lens, scale: Scale, measure: Callable[[str], float]) -> list[Legend]:
    """Return how a scale may be shown, the widest first."""
    result = []
    texts = {roomy: scale_texts(lens, scale, roomy=roomy) for roomy in (True, False)}
    for roomy, bar in ((True, 56.0), (True, 28.0), (False, 28.0), (False, 14.0), (False, 0.0)):
        low, high = texts[roomy]
        ends = math.ceil(max(measure(low), measure(high))) + 2
        low_width = ends + 4 if low else 0
        gap = 4 if bar else 0
        result.append(Legend(low, high, bar, low_width, low_width + bar + gap + ends))
    return result


def scale_texts(lens: Lens, scale: Scale, *, roomy: bool) -> tuple[str, str]:
    """Return what stands at the two ends of a scale, or, in little room, all of it at the end."""
    low, high = brief(scale.low, 3), brief(scale.high, 3)
    if not lens.signed:
        if scale.low == scale.high == 0:
            return "", "no numbers"
        high = f"+{high}" if scale.high > 0 else high
        return (low, high) if roomy else ("", f"{low}…{high}")
    if scale.high == 0:
        return "", "all zero"
    return (low, f"+{high}") if roomy else ("", f"±{high}")


def _paint_scale(
    painter: QPainter, x: float, y: float, legend: Legend, lens: Lens, palette: Palette
) -> None:
    """Paint a bar of the colours with its ends."""
    line, high = LINE * factor(), 7 * factor()
    painter.drawText(
        QRectF(x, y, max(0.0, legend.low_width - 4), line),
        MIDDLE | Qt.AlignmentFlag.AlignRight,
        legend.low,
    )
    x += legend.low_width
    if legend.bar:
        ramp = indexed_image(np.arange(LEVELS, dtype=np.uint8)[None], lens.colours(palette))
        painter.drawImage(QRectF(x, y + (line - high) / 2, legend.bar, high), ramp)
        x += legend.bar + 4
    painter.drawText(QRectF(x, y, legend.width, line), MIDDLE, legend.high)


def paint_names(
    painter: QPainter, placement: Placement, context: ViewContext, palette: Palette
) -> None:
    """Name a matrix's rows by unit or class and its columns by input, as many as are legible."""
    x, y, _, height = placement.tile(0)
    units, inputs = placement.shape
    cell_width, cell_height = placement.cell
    painter.setFont(font(9))
    painter.setPen(QColor(palette.dim))
    classes = context.run.network.task.outputs
    named = placement.layer == len(context.run.network.sizes) - 2
    one = factor()
    for unit in range(0, units, round_step(9 * one / cell_height)):
        name = classes[unit] if named else str(unit)
        left = ROW_NAMES * one
        box = QRectF(x - left, y + unit * cell_height, left - 4, cell_height)
        name = painter.fontMetrics().elidedText(name, ELIDED, round(box.width()))
        painter.drawText(
            box.adjusted(0, -4 * one, 0, 4 * one), MIDDLE | Qt.AlignmentFlag.AlignRight, name
        )
    below = QRectF(0, y + height + 1, 40 * one, COLUMN_NAMES * one)
    left, _, bias_width, _ = placement.bias(0)
    middle, measure = left + bias_width / 2, painter.fontMetrics().horizontalAdvance
    for column in range(0, inputs, round_step(22 * one / cell_width)):
        at = x + (column + 0.5) * cell_width
        if at + (measure(str(column)) + measure("b")) / 2 + 3 > middle:
            break
        below.moveLeft(at - 20 * one)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(column))
    below.moveLeft(middle - 20 * one)
    painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "b")


def round_step(least: float) -> int:
    """Return the least of 1, 2, 5, 10, 20, 25, 50, 100, 200, 250, … that is not below a number."""
    if least <= 1:
        return 1
    power = 10 ** math.floor(math.log10(least))
    steps = (power, 2 * power, 5 * power // 2, 5 * power, 10 * power)
    return next(step for step in steps if step >= least)


def paint_missing(painter: QPainter, placement: Placement, text: str, palette: Palette) -> None:
    """Say in the room of a picture why there is nothing to show."""
    x, y, width = placement.label
    painter.setFont(font(12))
    painter.setPen(QColor(palette.dim))
    above = LABEL * factor()
    box = QRectF(x, y + above, width, max(40.0, placement.bounds[3] - above))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
