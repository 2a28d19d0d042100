"""Paints the output layer of the network diagram, its read-out, and what is pointed at."""

from __future__ import annotations

import math

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from nnfs_core.model.places import Place
from nnfs_core.text.numbers import brief, chance_figures, number
from visualizer.panels.network.hits import Curves
from visualizer.panels.network.layout import Column
from visualizer.panels.network.painter import Scene, caption, colours_of, signed
from visualizer.panels.network.strokes import pen_alone
from visualizer.style.theme import plain_font

MIDDLE = Qt.AlignmentFlag.AlignVCenter
RIGHT = MIDDLE | Qt.AlignmentFlag.AlignRight

ROOMY, TIGHT = 12, 10
"""Distances of classes from which all have their names and numbers, and from which these are small.
"""

GAP = 1.5
"""From a connection that is pointed at to the lines along its sides, in logical pixels."""


def marked_rows(scene: Scene) -> tuple[int | None, int | None]:
    """Return the predicted and the true class, which stand out; None where there is none."""
    trace = scene.context.trace
    known = scene.content.answered and not np.isnan(trace.answers).any()
    run = scene.context.run
    said = trace.predicted if known and run.classed else None
    return said, run.true_output(scene.context.sample.label)


def paint_still_output(painter: QPainter, scene: Scene) -> None:
    """Paint what seldom changes: the classes' names, the true one's mark, the bars' beds."""
    content, column, read_out = scene.content.layers[-1], scene.diagram.layers[-1], scene.read_out
    marked = marked_rows(scene)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(content.opacity)
    for k, y in enumerate(column.centres[:, 1].tolist()):
        if content.symbol == "a" and scene.context.run.classed:
            _paint_bar(painter, scene, y, 1.0, scene.palette.field)
        if column.spacing >= TIGHT or k in marked:
            _paint_name(painter, scene, k, y, marked=k in marked)
    painter.setFont(plain_font(11))
    count = len(column.centres)
    names = [f"{count} answers", "answers", "out"] if count > 1 else ["answer", "out"]
    caption(painter, scene, column, names)
    run = scene.context.run
    answer = "probability %" if run.classed else ""
    numbers = {"a": answer, "δ": "δ = ∂L/∂z", "Δb": "Δb"}[content.symbol]
    words = painter.fontMetrics().horizontalAdvance(numbers) + 2
    left = min(read_out.bar_x, scene.width - 4 - words)
    painter.drawText(QRectF(left, scene.height - 20, scene.width - left - 4, 16), RIGHT, numbers)
    painter.setOpacity(1.0)


def paint_output(painter: QPainter, scene: Scene) -> None:
    """Paint the classes with their probabilities, or what else the stage shows of them."""
    content, palette, context = scene.content.layers[-1], scene.palette, scene.context
    column = scene.diagram.layers[-1]
    known = scene.content.answered
    predicted, truth = marked_rows(scene)
    rows = zip(
        column.centres.tolist(),
        context.trace.answers.tolist(),
        [None] * len(column.centres)
        if content.units is None
        else colours_of(content, palette).tolist(),
        strict=True,
    )
    for k, ((x, y), p, colour) in enumerate(rows):
        rim = palette.text if k == predicted else palette.line
        if content.opacity < 1:
            # Connections behind a unit that recedes would shine through.
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.panel))
            painter.drawEllipse(QPointF(x, y), column.radius, column.radius)
        painter.setOpacity(content.opacity)
        painter.setPen(QPen(QColor(rim), 2 if k == predicted else 1))
        painter.setBrush(QColor(palette.panel) if colour is None else QColor(*colour))
        if colour is None:
            painter.setPen(QColor(palette.dim))
        painter.drawEllipse(QPointF(x, y), column.radius, column.radius)
        # Where something else is shown of the classes, its numbers need the room.
        if content.symbol == "a" and known and context.run.classed and not math.isnan(p):
            _paint_bar(painter, scene, y, p, palette.active)
        if content.units is not None and (column.spacing >= TIGHT or k in (predicted, truth)):
            _paint_number(painter, scene, k, y, marked=k in (predicted, truth))
        painter.setOpacity(1.0)


def _letters(scene: Scene, *, marked: bool) -> QFont:
    """Return the font of a class's name and number."""
    small = scene.diagram.layers[-1].spacing < ROOMY and not marked
    return plain_font(9 if small else 11, bold=marked)


def _paint_bar(painter: QPainter, scene: Scene, y: float, p: float, colour: str) -> None:
    at = scene.read_out
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    top = y - at.bar_height / 2
    painter.drawRoundedRect(QRectF(at.bar_x, top, at.bar_width * p, at.bar_height), 2, 2)


def _paint_number(painter: QPainter, scene: Scene, k: int, y: float, *, marked: bool) -> None:
    content, palette = scene.content.layers[-1], scene.palette
    assert content.units is not None, "what is not computed yet has no number"
    painter.setFont(_letters(scene, marked=marked))
    painter.setPen(QColor(palette.text if marked else palette.dim))
    value = float(content.units[k])
    run, probability = scene.context.run, content.symbol == "a"
    left = scene.width - 44 if probability and run.classed else scene.read_out.bar_x
    box = QRectF(left, y - 8, scene.width - 4 - left, 16)
    if probability and not run.classed:
        # Right beside its name: there is no bar between.
        painter.drawText(box, MIDDLE, brief(float(run.network.task.values(content.units)[k])))
        return
    text = chance_figures(content.units, k) if probability else signed(value)
    painter.drawText(box, RIGHT, text)


def _paint_name(painter: QPainter, scene: Scene, k: int, y: float, *, marked: bool) -> None:
    at, palette, context = scene.read_out, scene.palette, scene.context
    painter.setFont(_letters(scene, marked=marked))
    painter.setPen(QColor(palette.text if marked else palette.dim))
    name = painter.fontMetrics().elidedText(
        context.run.output_name(k), Qt.TextElideMode.ElideRight, int(at.name_width + 8)
    )
    painter.drawText(QRectF(at.name_x, y - 8, at.name_width + 8, 16), MIDDLE, name)
    true = k == context.run.true_output(context.sample.label)
    if true and (scene.content.layers[-1].symbol == "a" or at.roomy):
        _paint_truth(painter, scene, y)


def _paint_truth(painter: QPainter, scene: Scene, y: float) -> None:
    """Mark the true class with a tick above its bar, or right of it where it is tight."""
    at = scene.read_out
    painter.setFont(plain_font(11, bold=True))
    good = QColor(scene.palette.good)
    painter.setPen(QPen(good, 1.8))
    above = 10 if scene.context.run.classed else 14  # a number stands below it, rather than a bar
    x, base = (at.bar_x + 1, y - above) if at.roomy else (at.bar_x + at.bar_width + 3, y)
    if at.roomy:
        # Long names leave little room beside them: the words then begin further left.
        words = painter.fontMetrics().horizontalAdvance(_truth_text(scene))
        x = min(x, scene.width - 4 - 13 - words)
    tick = QPainterPath(QPointF(x, base))
    tick.lineTo(x + 3, base + 3)
    tick.lineTo(x + 8, base - 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(tick)
    if at.roomy:
        painter.drawText(QPointF(x + 13, base + 3.5), _truth_text(scene))


def _truth_text(scene: Scene) -> str:
    loss = scene.content.loss
    if loss is not None:
        return f"loss {number(loss)}"
    label, run = scene.context.sample.label, scene.context.run
    return "true class" if run.classed or label is None else f"true: {brief(label)}"


def paint_place(
    painter: QPainter,
    scene: Scene,
    place: Place,
    curve: Curves | None,
    colour: str,
    width: float,
) -> None:
    """Frame what is pointed at.

    Parameters
    ----------
    curve : Curves or None
        The connection alone, for a weight.
    width : float
        Of the line.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), width))
    columns = scene.diagram.columns
    if place.kind == "loss":
        true = scene.context.run.true_output(scene.context.sample.label)
        if true is not None:
            y = float(columns[-1].centres[true, 1])
            mark = QRectF(*scene.read_out.mark(y))
            if scene.read_out.roomy:
                metrics = QFontMetricsF(plain_font(11, bold=True))
                written = metrics.horizontalAdvance(_truth_text(scene))
                mark.setWidth(max(mark.width(), written + 18))
            painter.drawRoundedRect(mark.adjusted(-2, -1, 2, 1), 3, 3)
        return
    if place.kind == "input":
        _frame(painter, columns[0], place.source, circle=False)
        return
    column = columns[place.layer + 1]
    if place.kind == "weight" and curve is not None:
        points = zip(curve.xs[0].tolist(), curve.ys[0].tolist(), strict=True)
        line = QPolygonF([QPointF(x, y) for x, y in points])
        scale = scene.content.layers[place.layer].link_scale
        own = pen_alone(float(curve.edges.flow[0]), scale, scene.palette)
        # Its own colour tells its sign; lines along both sides tell that it is pointed at, apart
        # from it and from the connections that it crosses, which may be of their colour.
        core, apart = own.widthF(), 2 * GAP
        for rim, thickness in (
            (scene.palette.panel, core + 2 * apart + 2 * width),
            (colour, core + apart + 2 * width),
            (scene.palette.panel, core + apart),
        ):
            pen = QPen(QColor(rim), thickness)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawPolyline(line)
        painter.setPen(own)
        painter.drawPolyline(line)
        painter.setPen(QPen(QColor(colour), 0.75 * width))
        image = place.layer == 0
        _frame(painter, columns[place.layer], place.source, circle=not image)
    _frame(painter, column, place.unit, circle=column.grid is None)
    if place.kind == "bias":
        x, y = column.centres[place.unit].tolist()
        badge = QPointF(x + column.radius + 3, y + column.radius + 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(badge, 7, 7)
        painter.setPen(QColor(scene.palette.on_accent))
        painter.setFont(plain_font(11, bold=True))
        painter.drawText(
            QRectF(badge.x() - 7, badge.y() - 8, 14, 15), Qt.AlignmentFlag.AlignCenter, "b"
        )


def _frame(painter: QPainter, column: Column, unit: int, *, circle: bool) -> None:
    x, y = column.centres[unit].tolist()
    reach = max(column.radius, 2.0)
    if circle and column.grid is None:
        painter.drawEllipse(QPointF(x, y), reach + 3, reach + 3)
    else:
        painter.drawRect(QRectF(x - reach - 1, y - reach - 1, 2 * reach + 2, 2 * reach + 2))
