"""Paints the network diagram: everything that is shown is worked out beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from nnfs_core.divergence import layer_name
from visualizer.context import ViewContext
from visualizer.diagram.content import Content, LayerContent
from visualizer.diagram.input import InputPicture
from visualizer.diagram.layout import Column, Diagram, ReadOut
from visualizer.diagram.strokes import Stroke
from visualizer.images import colour_image
from visualizer.theme import (
    LEVELS,
    Palette,
    diverging,
    diverging_levels,
    font,
    sequential,
    unit_levels,
)

ASIDE = 0.2
"""Opacity of connections that step back while one points at a unit."""


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


def paint_scene(painter: QPainter, scene: Scene) -> None:
    """Paint picture, connections, and the hidden units; the output has a file of its own."""
    _paint_input(painter, scene)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    aside = 1.0 if scene.pointed_strokes is None else ASIDE
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
    painter.setFont(font(11))
    layers = list(zip(scene.diagram.layers, scene.content.layers, strict=True))
    for layer, (column, content) in enumerate(layers[:-1]):
        if content.opacity < 1:
            _cover(painter, scene, column)
        painter.setOpacity(content.opacity)
        if column.grid is None:
            _paint_units(painter, scene, column, content)
        else:
            _paint_grid(painter, scene, column, content)
        painter.setOpacity(1.0)
        caption(painter, scene, column, _names(scene, layer, column))


def colours_of(content: LayerContent, palette: Palette) -> NDArray[np.uint8]:
    """Return a colour for each unit: yellow above zero and orange below for an activation.

    What is signed by nature has the colours of weights: orange below zero, blue above.
    """
    values = content.units
    assert values is not None, "what is not computed yet has no colour"
    if content.symbol != "a":
        return diverging(palette)[diverging_levels(values, content.scale)]
    # Sigmoid and tanh end at 1, relu has no end: the shown scale is the largest of the
    # layer, but never less than 1, so that a faint layer looks faint.
    scale = max(1.0, float(np.max(np.abs(values), initial=0.0)))
    colours = sequential(palette)[unit_levels(np.maximum(values, 0), scale)]
    below = values < 0
    if below.any():
        half = LEVELS // 2
        level = half - np.rint(np.clip(-values[below] / scale, 0, 1) * half).astype(int)
        colours[below] = diverging(palette)[level]
    return colours


def written(value: float, symbol: str) -> str:
    """Write a unit's number as short as it can be read beside the unit."""
    return f"{value:.2f}" if symbol == "a" else signed(value)


def signed(value: float) -> str:
    """Write a signed number with two figures: ``+0.13``, ``−2.1e−05``, ``0``."""
    return f"{value:+.2g}".replace("-", "−").replace("e−0", "e−") if value else "0"


def _names(scene: Scene, layer: int, column: Column) -> list[str]:
    """Return what a hidden layer may be called, the fullest first."""
    count = f" · {len(column.centres)}" if column.grid is not None else ""
    name, symbol = layer_name(layer, layer + 2), scene.content.layers[layer].symbol
    what = scene.context.run.experiment.activation if symbol == "a" else symbol
    return [f"{name} · {what}{count}", name, str(layer + 1)]


def caption(painter: QPainter, scene: Scene, column: Column, names: list[str]) -> None:
    """Write the fullest of some names for which there is room below a layer."""
    layers = scene.diagram.layers
    room = 180.0
    if len(layers) > 1:
        room = float(layers[1].centres[:, 0].mean() - layers[0].centres[:, 0].mean()) - 6
    metrics = painter.fontMetrics()
    name = next((n for n in names if metrics.horizontalAdvance(n) <= room), names[-1])
    left, _, right, _ = column.box
    painter.setPen(QColor(scene.palette.dim))
    box = QRectF((left + right) / 2 - 90, scene.height - 20, 180, 16)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)


def _paint_input(painter: QPainter, scene: Scene) -> None:
    context, palette = scene.context, scene.palette
    left, top, right, bottom = scene.diagram.inputs.box
    box = QRectF(left, top, right - left, bottom - top)
    painter.setOpacity(scene.content.input_opacity)
    painter.drawImage(box, scene.picture.image)
    painter.setPen(QColor(palette.line))
    painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
    painter.setFont(font(11))
    painter.setPen(QColor(palette.dim))
    shape, sample, data = context.run.dataset.image_shape, context.sample, context.run.dataset
    size = "input " + (f"{shape[0]}×{shape[1]}" if shape else f"{len(sample.x)} features")
    centre = box.center().x()
    above = QRectF(centre - 90, top - 24, 180, 16)
    below = QRectF(centre - 90, bottom + 8, 180, 48)
    part = context.run.part_name(sample.part)
    lines = [part if sample.part == "drawn" else f"{part} #{sample.index}"]
    if sample.label is not None:
        lines.append(f"true class {data.classes[sample.label]}")
    if scene.picture.note:
        lines.append(scene.picture.note)
    widest = max(painter.fontMetrics().horizontalAdvance(line) for line in (*lines, size))
    if widest / 2 > centre - 2:
        above.moveLeft(2)
        below.moveLeft(2)
    painter.drawText(above, Qt.AlignmentFlag.AlignCenter, size)
    top_centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
    painter.drawText(below, top_centre, "\n".join(lines))
    painter.setOpacity(1.0)


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
    rim, text = QColor(scene.palette.line), QColor(scene.palette.dim)
    radius = column.radius
    if content.units is None:
        painter.setPen(QColor(scene.palette.dim))
        painter.setBrush(QColor(scene.palette.panel))
        for x, y in column.centres.tolist():
            painter.drawEllipse(QPointF(x, y), radius, radius)
        return
    colours = colours_of(content, scene.palette)
    for (x, y), value, colour in zip(
        column.centres.tolist(), content.units.tolist(), colours.tolist(), strict=True
    ):
        painter.setPen(rim)
        painter.setBrush(QColor(*colour))
        painter.drawEllipse(QPointF(x, y), radius, radius)
        if column.spacing >= 30:
            painter.setPen(text)
            painter.drawText(
                QRectF(x - 30, y - radius - 14, 60, 13),
                Qt.AlignmentFlag.AlignCenter,
                written(value, content.symbol),
            )


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
            painter.drawLines(*down, *across)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _steps(start: float, count: int, step: float) -> list[float]:
    return [start + k * step for k in range(count + 1)]
