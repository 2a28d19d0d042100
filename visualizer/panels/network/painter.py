"""Paints the network diagram: everything that is shown is worked out beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from nnfs_core.data.facts import scale_mark
from nnfs_core.text.layers import layer_name
from nnfs_core.text.numbers import MINUS, brief, number, percent
from visualizer.panels.network.content import Content, LayerContent
from visualizer.panels.network.input import InputPicture
from visualizer.panels.network.layout import LEFT, Column, Diagram, ReadOut
from visualizer.panels.network.strokes import Stroke
from visualizer.state.context import ViewContext
from visualizer.style.images import colour_image, indexed_image
from visualizer.style.legend import LEGEND
from visualizer.style.painting import draw_lines
from visualizer.style.theme import (
    LEVELS,
    Palette,
    colour_table,
    diverging,
    diverging_levels,
    plain_font,
    readable_on,
    sequential,
    unit_levels,
)

ASIDE = 0.2
"""Opacity of connections that step back: while one points at a unit, and under saliency, whose
colours mean something else."""

RAMP = (36.0, 7.0)
"""Width and height of the colours of a scale, in logical pixels."""

INSIDE, LEGEND_FROM = 13.0, 260.0
"""Radius from which a unit has its number inside, and height from which there is a legend."""

TOP_CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
MIDDLE_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
LEFT_TOP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop

SIZES = (13, 12, 11, 10, 9)
"""Of the letters of a unit's number: the largest that has room in the circle."""

FREE = 0.35
"""Share of the way from the picture to the first layer on which connections stay beside it."""

DEAD = "dead"
"""Written in place of the 0 of a unit that gives it for every training sample."""


@dataclass(slots=True)
class Scene:
    """Everything there is to paint, in a widget of ``width`` × ``height`` logical pixels."""

    width: float
    height: float
    palette: Palette
    context: ViewContext
    diagram: Diagram
    read_out: ReadOut
    content: Content
    picture: InputPicture
    strokes: list[Stroke] = field(default_factory=list)
    pointed_strokes: list[Stroke] | None = None
    """Connections of what is pointed at; the others step back. None: nobody points."""


def paint_still(painter: QPainter, scene: Scene) -> None:
    """Paint what stays as it is while the network learns: the input, and the layers' names."""
    paint_legend(painter, scene)
    _paint_input(painter, scene)
    painter.setFont(plain_font(11))
    layers = list(zip(scene.diagram.layers, scene.content.layers, strict=True))
    for layer, (column, content) in enumerate(layers[:-1]):
        painter.setOpacity(content.opacity)
        names = names_of(scene, layer, column)
        caption(painter, scene, column, names, loud=content.dead)
    painter.setOpacity(1.0)


def paint_connections(painter: QPainter, scene: Scene) -> None:
    """Paint the connections, those that are pointed at over the others."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    plain = scene.pointed_strokes is None and scene.picture.scale is None
    aside = 1.0 if plain else ASIDE
    for share, strokes in ((aside, scene.strokes), (1.0, scene.pointed_strokes or [])):
        for lines, pen, opacity in strokes:
            painter.setOpacity(opacity * share)
            if opacity * share < 1:
                # Where square ends of the short lines overlap, a dot would shine through.
                pen = QPen(pen)
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLines(*lines.drawargs())
    painter.setOpacity(1.0)


def paint_units(painter: QPainter, scene: Scene) -> None:
    """Paint the hidden units; the output has a file of its own."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setFont(plain_font(11))
    layers = list(zip(scene.diagram.layers, scene.content.layers, strict=True))
    for column, content in layers[:-1]:
        if content.opacity < 1:
            _cover(painter, scene, column)
        painter.setOpacity(content.opacity)
        if column.grid is None:
            _paint_units(painter, scene, column, content)
            _write_values(painter, scene, column, content)
        else:
            _paint_grid(painter, scene, column, content)
        painter.setOpacity(1.0)


def colours_of(content: LayerContent, palette: Palette) -> NDArray[np.uint8]:
    """Return a colour for each unit: of an activation or a probability, how large it is.

    What changes and what is passed back has the colours of weights: orange below zero, blue above.
    """
    values = content.units
    assert values is not None, "what is not computed yet has no colour"
    if content.symbol == "a":  # how active: the sign of one that has a sign is in its number
        return sequential(palette)[unit_levels(np.abs(values), content.scale)]
    return diverging(palette)[diverging_levels(values, content.scale)]


def signed(value: float) -> str:
    """Write a signed number with two figures: ``+0.13``, ``−2.1×10⁻⁵``, ``0``."""
    return number(value, 2, signed=True)


def names_of(scene: Scene, layer: int, column: Column) -> list[str]:
    """Return what a hidden layer may be called, the fullest first."""
    count = len(column.centres)
    content = scene.content.layers[layer]
    only, symbol = len(scene.content.layers) == 2, content.symbol
    name = layer_name(layer, layer + 2)
    units = f"{count:,} {'unit' if count == 1 else 'units'}"
    plain = f"{count:,} hidden {'unit' if count == 1 else 'units'}" if only else f"{name}: {units}"
    what = scene.context.run.experiment.activation if symbol == "a" else symbol
    full = f"{plain} · {what}"
    if content.dead:
        return [f"{full} · dead", f"{name} · dead", "dead"]
    names = [full, plain, units, name, str(layer + 1)]
    if content.signed and content.units is not None:
        names.insert(0, f"{full} ±{brief(content.scale, 3)}")
    return names


def caption_box(
    painter: QPainter, scene: Scene, column: Column, names: list[str]
) -> tuple[str, QRectF]:
    """Return the fullest of some names for which there is room below a layer, and its box."""
    layers = scene.diagram.layers
    room = 180.0
    if len(layers) > 1:
        room = float(layers[1].centres[:, 0].mean() - layers[0].centres[:, 0].mean()) - 6
    metrics = painter.fontMetrics()
    name = next((n for n in names if metrics.horizontalAdvance(n) <= room), names[-1])
    left, _, right, _ = column.box
    wide = metrics.horizontalAdvance(name) + 2.0
    return name, QRectF((left + right - wide) / 2, scene.height - 20, wide, 16)


def caption(
    painter: QPainter, scene: Scene, column: Column, names: list[str], *, loud: bool = False
) -> None:
    """Write the fullest of some names for which there is room below a layer."""
    name, box = caption_box(painter, scene, column, names)
    painter.setPen(QColor(scene.palette.bad if loud else scene.palette.dim))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)


def what_it_is(scene: Scene) -> list[str]:
    """Return lines that say what goes in, with an empty one for what the network says of it."""
    context = scene.context
    run, sample, data = context.run, context.sample, context.run.dataset
    part = run.part_name(sample.part)
    first = "your drawing" if sample.part == "drawn" else f"{part} #{sample.index}"
    if sample.label is not None:
        name = data.classes[int(sample.label)] if run.classed else run.label_words(sample.label)
        one = f"a {name}" if len(name) == 1 else name
        first = f"{one}, as you say" if sample.part == "drawn" else f"{one} · {first}"
    mark = scale_mark(data.scale)
    return [first, "", mark] if mark else [first, ""]


def what_it_says(scene: Scene) -> list[str]:
    """Return what the network says of what goes in, the fullest first; nothing if it does not."""
    context = scene.context
    probabilities, label, run = context.trace.answers, context.sample.label, context.run
    if not scene.content.answered or np.isnan(probabilities).any():
        return []
    if not run.classed:
        value, name = brief(float(run.network.task.values(probabilities)[0])), run.dataset.target
        return [f"the network says {name} {value}", f"{name} {value}", value]
    said = context.trace.predicted
    right = "" if label is None else ("  ✓" if said == label else "  ✗")
    sure, name = percent(float(probabilities[said])), context.run.dataset.classes[said]
    return [
        f"the network says {name}, {sure} sure{right}",
        f"it says {name}, {sure} sure{right}",
        f"{name}, {sure}{right}",
        f"{name}{right}",
    ]


def paint_answer(painter: QPainter, scene: Scene) -> None:
    """Write below the input what the network says of it: another with every epoch.

    It ends before connections come down to it, on their way to a first layer that is higher than
    the picture, and before the name of that layer where it stands as low as that.
    """
    painter.setFont(plain_font(11))
    metrics, box = painter.fontMetrics(), _below(scene)
    second = box.translated(0, metrics.lineSpacing())
    layers = scene.diagram.layers
    right = scene.diagram.inputs.box[2]
    end = right + FREE * (layers[0].box[0] - right) if layers else scene.width
    if len(layers) > 1:
        _, name = caption_box(painter, scene, layers[0], names_of(scene, 0, layers[0]))
        if second.top() + metrics.height() > name.top():
            end = min(end, name.left() - 8)
    ways = what_it_says(scene)
    text = next((way for way in ways if metrics.horizontalAdvance(way) <= end - 2), "")
    width = metrics.horizontalAdvance(text)
    left = min(max(2.0, second.center().x() - width / 2), end - width)
    if _is_narrow(painter, scene):
        left = 2.0
    painter.setOpacity(scene.content.input_opacity)
    painter.setPen(QColor(scene.palette.text))
    painter.drawText(QRectF(left, second.top(), width + 2, second.height()), LEFT_TOP, text)
    painter.setOpacity(1.0)


def _below(scene: Scene) -> QRectF:
    """Return where words stand below the picture of the input."""
    left, _, right, bottom = scene.diagram.inputs.box
    return QRectF((left + right) / 2 - 120, bottom + 8, 240, 64)


def paint_legend(painter: QPainter, scene: Scene) -> None:
    """Say in the corner what the colours mean, where there is room for that."""
    if scene.height < LEGEND_FROM or scene.content.layers[-1].symbol != "a":
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(plain_font(11))
    metrics, x, y = painter.fontMetrics(), LEFT, 9.0
    for entry in LEGEND:
        colour = QColor(getattr(scene.palette, entry.colour))
        if entry.line:
            painter.setPen(QPen(colour, 2))
            painter.drawLine(QPointF(x, y), QPointF(x + 10, y))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(x + 5, y), 5, 5)
        painter.setPen(QColor(scene.palette.dim))
        painter.drawText(QRectF(x + 15, y - 8, 200, 16), Qt.AlignmentFlag.AlignVCenter, entry.words)
        x += 15 + metrics.horizontalAdvance(entry.words) + 14
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_input(painter: QPainter, scene: Scene) -> None:
    context, palette = scene.context, scene.palette
    left, top, right, bottom = scene.diagram.inputs.box
    box = QRectF(left, top, right - left, bottom - top)
    painter.setOpacity(scene.content.input_opacity)
    painter.drawImage(box, scene.picture.image)
    painter.setPen(QColor(palette.line))
    painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
    painter.setFont(plain_font(11))
    painter.setPen(QColor(palette.dim))
    shape, sample = context.run.dataset.image_shape, context.sample
    size = "input " + (f"{shape[0]}×{shape[1]}" if shape else f"{len(sample.x)} features")
    centre = box.center().x()
    above = QRectF(centre - 120, top - 24, 240, 16)
    below = _below(scene)
    lines = what_it_is(scene)
    if _is_narrow(painter, scene):
        metrics, room = painter.fontMetrics(), _room_beside(scene)
        elided = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in lines]
        above.setLeft(2)
        painter.drawText(above, MIDDLE_LEFT, size)
        painter.drawText(QRectF(2, below.top(), 240, below.height()), LEFT_TOP, "\n".join(elided))
    else:
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, size)
        painter.drawText(below, TOP_CENTRE, "\n".join(lines))
    if scene.picture.scale is not None:
        line = painter.fontMetrics().lineSpacing()
        _paint_scale(painter, scene, centre, below.top() + line * len(lines))
    painter.setOpacity(1.0)


def _is_narrow(painter: QPainter, scene: Scene) -> bool:
    """Say whether words around the input are wider than there is room to both its sides.

    They then begin where the picture does, all of them, and end before the first layer.
    """
    context, metrics = scene.context, painter.fontMetrics()
    shape = context.run.dataset.image_shape
    size = "input " + (f"{shape[0]}×{shape[1]}" if shape else f"{len(context.sample.x)} features")
    lines = (*what_it_is(scene), *what_it_says(scene)[:1], size)
    left, _, right, _ = scene.diagram.inputs.box
    return max(map(metrics.horizontalAdvance, lines)) / 2 > (left + right) / 2 - 2


def _room_beside(scene: Scene) -> int:
    """Return how far words that begin at the left may reach: to the first layer of units."""
    layers = scene.diagram.layers
    return round((layers[0].box[0] if layers else scene.width) - 8)


def _paint_scale(painter: QPainter, scene: Scene, centre: float, top: float) -> None:
    """Write what is drawn over the input, and the colours of its scale between its ends."""
    picture, palette = scene.picture, scene.palette
    assert picture.scale is not None, "there is a gradient over the input"
    end = brief(picture.scale, 3)
    texts = (f"{picture.symbol}   {MINUS}{end}", f"+{end}")
    metrics, (bar, height) = painter.fontMetrics(), RAMP
    widths = [float(metrics.horizontalAdvance(text)) for text in texts]
    left = max(2.0, centre - (sum(widths) + bar + 8) / 2)
    line = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(QRectF(left, top, widths[0] + 2, 16), line, texts[0])
    left += widths[0] + 4
    levels = np.arange(LEVELS, dtype=np.uint8)[None]
    ramp = indexed_image(levels, colour_table("diverging", palette))
    painter.drawImage(QRectF(left, top + 8 - height / 2, bar, height), ramp)
    painter.drawText(QRectF(left + bar + 4, top, widths[1] + 2, 16), line, texts[1])


def _cover(painter: QPainter, scene: Scene, column: Column) -> None:
    """Hide the connections behind units that recede."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(scene.palette.panel))
    if column.grid is not None:
        left, top, right, bottom = column.box
        painter.drawRect(QRectF(left, top, right - left, bottom - top))
        return
    for x, y in column.centres.tolist():
        painter.drawEllipse(QPointF(x, y), column.radius, column.radius)


def _paint_units(painter: QPainter, scene: Scene, column: Column, content: LayerContent) -> None:
    rim = QColor(scene.palette.line)
    radius = column.radius
    if content.units is None:
        painter.setPen(QColor(scene.palette.dim))
        painter.setBrush(QColor(scene.palette.panel))
        for x, y in column.centres.tolist():
            painter.drawEllipse(QPointF(x, y), radius, radius)
        return
    colours = colours_of(content, scene.palette)
    for (x, y), colour in zip(column.centres.tolist(), colours.tolist(), strict=True):
        painter.setPen(rim)
        painter.setBrush(QColor(*colour))
        painter.drawEllipse(QPointF(x, y), radius, radius)


def _write_values(painter: QPainter, scene: Scene, column: Column, content: LayerContent) -> None:
    """Write each unit's number into its circle, with two figures.

    One that has no room there is not written: beside its unit it would hide the connections behind
    it, and it is read under the mouse.
    """
    if content.units is None or column.radius < INSIDE:
        return
    values = content.units.tolist()
    texts = [
        DEAD if content.dead and value == 0 else number(value, 2, signed=content.symbol != "a")
        for value in values
    ]
    wide = 1.8 * column.radius
    for size in SIZES:
        painter.setFont(plain_font(size))
        advance = painter.fontMetrics().horizontalAdvance
        if all(advance(text) <= wide for text in texts):
            break
    radius, colours = column.radius, colours_of(content, scene.palette).tolist()
    for (x, y), text, colour in zip(column.centres.tolist(), texts, colours, strict=True):
        if advance(text) > wide:
            continue
        painter.setPen(QColor(scene.palette.bad if text == DEAD else readable_on(colour)))
        box = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.setFont(plain_font(11))


def _paint_grid(painter: QPainter, scene: Scene, column: Column, content: LayerContent) -> None:
    assert column.grid is not None
    rows, columns = column.grid
    panel = QColor(scene.palette.panel)
    left, top, right, bottom = column.box
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if content.units is None:
        painter.setPen(QColor(scene.palette.dim))
        painter.setBrush(panel)
        painter.drawRect(QRectF(left, top, right - left, bottom - top))
    else:
        cells = np.empty((rows * columns, 3), np.uint8)
        cells[:] = panel.getRgb()[:3]
        cells[: len(content.units)] = colours_of(content, scene.palette)
        image = colour_image(cells.reshape(columns, rows, 3).swapaxes(0, 1))
        cell = column.spacing
        painter.drawImage(QRectF(left, top, columns * cell, rows * cell), image)
        if cell >= 5:
            painter.setPen(QPen(panel, 1))
            down = (QLineF(left, y, left + columns * cell, y) for y in _steps(top, rows, cell))
            across = (QLineF(x, top, x, top + rows * cell) for x in _steps(left, columns, cell))
            draw_lines(painter, (*down, *across))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _steps(start: float, count: int, step: float) -> list[float]:
    return [start + k * step for k in range(count + 1)]
