"""The network: the chosen sample, its activations, and the connections that carry most."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
from PyQt6.QtWidgets import QSlider
from pyqtgraph.Qt.internals import PrimitiveArray

from nnfs_core.divergence import layer_name
from nnfs_core.training import EpochFrame
from visualizer.canvas import FrameCanvas
from visualizer.context import ViewContext
from visualizer.diagram import Column, Diagram, curves, lay_out, strongest
from visualizer.images import colour_image, fixed_weight_scale, indexed_image
from visualizer.panels.base import Panel
from visualizer.theme import (
    LEVELS,
    Palette,
    colour_table,
    diverging,
    font,
    sequential,
    unit_levels,
)

BINS = 6
"""Strengths of connections that are told apart by width and colour, for each sign."""

MOST_EDGES = 600


class DiagramCanvas(FrameCanvas):
    """Paints the diagram; all arithmetic is done when a frame or a size arrives."""

    def __init__(self) -> None:
        super().__init__("Network diagram")
        self.setMinimumSize(300, 160)
        self.setMouseTracking(True)
        self.edges_wanted = 100
        self.edges_drawn = 0
        self._diagram: Diagram | None = None
        self._laid_out_for: object = None
        self._strokes: list[tuple[PrimitiveArray, QPen]] = []
        self._picture = QImage()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(720, 400)

    def set_edges(self, wanted: int) -> None:
        """Draw up to so many connections."""
        self.edges_wanted = wanted
        self.refresh()

    def prepare(self, frame: EpochFrame, context: ViewContext) -> None:
        """See :class:`FrameCanvas`."""
        shape = context.run.dataset.image_shape
        sizes = context.run.network.sizes
        key = (sizes, shape, self.width(), self.height())
        if key != self._laid_out_for:
            self._laid_out_for = key
            self._diagram = lay_out(sizes, shape, self.width(), self.height())
        rows, columns = shape or (len(context.sample.x), 1)
        pixels = unit_levels(context.sample.x)
        grid = self._diagram.inputs.grid
        if shape is None and grid is not None:
            pixels, (rows, columns) = _fill_grid(pixels, grid), grid
        self._picture = indexed_image(
            pixels.reshape(rows, columns), colour_table("grey", self._palette)
        )
        self._prepare_edges(frame, context)

    def _prepare_edges(self, frame: EpochFrame, context: ViewContext) -> None:
        diagram, palette = self._diagram, self._palette
        chosen = strongest(frame.parameters, context.trace, self.edges_wanted)
        self.edges_drawn = sum(len(edges.flow) for edges in chosen)
        half = LEVELS // 2
        table = diverging(palette)
        # All curves of one strength go to Qt in one call, as short straight lines: it draws
        # thick lines about seven times as fast as it strokes a path of them.
        pieces: dict[int, list[np.ndarray]] = {}
        columns = diagram.columns
        for layer, edges in enumerate(chosen):
            # Full width: a weight of full colour on the most active unit of its layer.
            active = context.trace.x if layer == 0 else context.trace.a[layer - 1]
            scale = fixed_weight_scale(context.run, layer) * max(1.0, float(np.abs(active).max()))
            strength = np.clip(np.abs(edges.flow) / scale, 0, 1)
            bins = np.minimum((strength * BINS).astype(int), BINS - 1)
            bins = np.where(edges.flow < 0, -1 - bins, bins)
            pixels = layer == 0 and context.run.dataset.image_shape is not None
            xs, ys = curves(edges, columns[layer], columns[layer + 1], from_pixels=pixels)
            ends = np.stack([xs[:, :-1], ys[:, :-1], xs[:, 1:], ys[:, 1:]], axis=-1)
            for number in np.unique(bins):
                pieces.setdefault(int(number), []).append(ends[bins == number])
        self._strokes = []
        for number in sorted(pieces, key=lambda n: n if n >= 0 else -1 - n):
            level = number if number >= 0 else -1 - number
            share = 0.35 + 0.65 * (level + 1) / BINS
            index = half + round(half * share) * (1 if number >= 0 else -1)
            pen = QPen(QColor(*map(int, table[index])), 0.8 + 2.6 * level / (BINS - 1))
            # Square ends close the joints of the short lines a curve is made of.
            pen.setCapStyle(Qt.PenCapStyle.SquareCap if level > 1 else Qt.PenCapStyle.FlatCap)
            self._strokes.append((_lines([part.reshape(-1, 4) for part in pieces[number]]), pen))

    def paintEvent(self, event) -> None:
        """Paint picture, connections, units and read-outs."""
        if self._frame is None or self._context is None or self._diagram is None:
            return
        painter = QPainter(self)
        context, diagram, palette = self._context, self._diagram, self._palette
        self._paint_input(painter, diagram.inputs, context)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for lines, pen in self._strokes:
            painter.setPen(pen)
            painter.drawLines(*lines.drawargs())
        painter.setFont(font(11))
        activation = context.run.experiment.activation
        for layer, column in enumerate(diagram.layers[:-1]):
            values = context.trace.a[layer]
            if column.grid is None:
                self._paint_units(painter, column, values)
            else:
                self._paint_grid(painter, column, values)
            self._caption(painter, column, self._names(layer, column, activation))
        self._paint_output(painter, diagram.layers[-1], context, palette)

    def _names(self, layer: int, column: Column, activation: str) -> list[str]:
        """Return what a hidden layer may be called, the fullest first."""
        count = f" · {len(column.centres)}" if column.grid is not None else ""
        name = layer_name(layer, layer + 2)
        return [f"{name} · {activation}{count}", name, str(layer + 1)]

    def _caption(self, painter: QPainter, column: Column, names: list[str]) -> None:
        """Write the fullest of some names for which there is room below a layer."""
        assert self._diagram is not None
        layers = self._diagram.layers
        room = 180.0
        if len(layers) > 1:
            room = float(layers[1].centres[:, 0].mean() - layers[0].centres[:, 0].mean()) - 6
        metrics = painter.fontMetrics()
        name = next((n for n in names if metrics.horizontalAdvance(n) <= room), names[-1])
        left, _, right, _ = column.box
        painter.setPen(QColor(self._palette.dim))
        box = QRectF((left + right) / 2 - 90, self.height() - 20, 180, 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

    def _paint_input(self, painter: QPainter, column: Column, context: ViewContext) -> None:
        left, top, right, bottom = column.box
        box = QRectF(left, top, right - left, bottom - top)
        painter.drawImage(box, self._picture)
        painter.setPen(QColor(self._palette.line))
        painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.setFont(font(11))
        painter.setPen(QColor(self._palette.dim))
        shape, sample, data = context.run.dataset.image_shape, context.sample, context.run.dataset
        size = f"{shape[0]}×{shape[1]}" if shape else f"{len(sample.x)} features"
        centre = box.center().x()
        above = QRectF(centre - 90, top - 24, 180, 16)
        below = QRectF(centre - 90, bottom + 8, 180, 32)
        if above.left() < 0:
            above.moveLeft(2)
            below.moveLeft(2)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, f"input {size}")
        part = context.run.part_name(sample.part)
        painter.drawText(
            below,
            Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop,
            f"{part if sample.part == 'drawn' else f'{part} #{sample.index}'}\n"
            + ("" if sample.label is None else f"true class {data.classes[sample.label]}"),
        )

    def _colours(self, values: np.ndarray) -> np.ndarray:
        """Return a colour for each activation: yellow above zero, orange below."""
        # Sigmoid and tanh end at 1, relu has no end: the shown scale is the largest of the
        # layer, but never less than 1, so that a faint layer looks faint.
        scale = max(1.0, float(np.max(np.abs(values), initial=0.0)))
        colours = sequential(self._palette)[unit_levels(np.maximum(values, 0), scale)]
        below = values < 0
        if below.any():
            half = LEVELS // 2
            level = half - np.rint(np.clip(-values[below] / scale, 0, 1) * half).astype(int)
            colours[below] = diverging(self._palette)[level]
        return colours

    def _paint_units(self, painter: QPainter, column: Column, values: np.ndarray) -> None:
        rim, text = QColor(self._palette.line), QColor(self._palette.dim)
        radius = column.radius
        for (x, y), value, colour in zip(
            column.centres.tolist(), values.tolist(), self._colours(values).tolist(), strict=True
        ):
            painter.setPen(rim)
            painter.setBrush(QColor(*colour))
            painter.drawEllipse(QPointF(x, y), radius, radius)
            if column.spacing >= 30:
                painter.setPen(text)
                painter.drawText(
                    QRectF(x - 30, y - radius - 14, 60, 13),
                    Qt.AlignmentFlag.AlignCenter,
                    f"{value:.2f}",
                )

    def _paint_grid(self, painter: QPainter, column: Column, values: np.ndarray) -> None:
        assert column.grid is not None
        rows, columns = column.grid
        panel = QColor(self._palette.panel)
        cells = np.empty((rows * columns, 3), np.uint8)
        cells[:] = panel.getRgb()[:3]
        cells[: len(values)] = self._colours(values)
        image = colour_image(cells.reshape(columns, rows, 3).swapaxes(0, 1))
        left, top, _, _ = column.box
        cell = column.spacing
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawImage(QRectF(left, top, columns * cell, rows * cell), image)
        if cell >= 5:
            painter.setPen(QPen(panel, 1))
            down = (QLineF(left, y, left + columns * cell, y) for y in _steps(top, rows, cell))
            across = (QLineF(x, top, x, top + rows * cell) for x in _steps(left, columns, cell))
            painter.drawLines(*down, *across)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_output(
        self, painter: QPainter, column: Column, context: ViewContext, palette: Palette
    ) -> None:
        probabilities = context.trace.probabilities.tolist()
        predicted, truth = context.trace.predicted, context.sample.label
        radius, spacing = column.radius, column.spacing
        classes = context.run.dataset.classes
        metrics = painter.fontMetrics()
        name_width = min(64, max(metrics.horizontalAdvance(name) for name in classes) + 4)
        name_x = float(column.centres[0, 0]) + radius + 10
        bar_x = name_x + name_width + 8
        bar_width = max(16.0, self.width() - bar_x - 48)
        bar_height = min(8.0, max(2.0, spacing * 0.5))
        colours = self._colours(np.asarray(probabilities)).tolist()
        for k, ((x, y), p) in enumerate(zip(column.centres.tolist(), probabilities, strict=True)):
            marked = k in (predicted, truth)
            rim = palette.accent if k == predicted else palette.line
            painter.setPen(QPen(QColor(rim), 2 if k == predicted else 1))
            painter.setBrush(QColor(*colours[k]))
            painter.drawEllipse(QPointF(x, y), radius, radius)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.field))
            bar = QRectF(bar_x, y - bar_height / 2, bar_width, bar_height)
            painter.drawRoundedRect(bar, 2, 2)
            painter.setBrush(QColor(palette.accent))
            painter.drawRoundedRect(QRectF(bar_x, bar.top(), bar_width * p, bar_height), 2, 2)
            if spacing < 12 and not marked:
                continue
            painter.setFont(font(11, bold=marked))
            painter.setPen(QColor(palette.text if marked else palette.dim))
            middle = Qt.AlignmentFlag.AlignVCenter
            name = metrics.elidedText(classes[k], Qt.TextElideMode.ElideRight, name_width)
            painter.drawText(QRectF(name_x, y - 8, name_width + 4, 16), middle, name)
            painter.drawText(
                QRectF(self.width() - 44, y - 8, 40, 16),
                middle | Qt.AlignmentFlag.AlignRight,
                f"{100 * p:.1f}",
            )
            if k == truth:
                self._paint_truth(painter, bar, y, spacing, right=predicted == truth)
        painter.setFont(font(11))
        self._caption(painter, column, ["softmax", "out"])
        painter.drawText(
            QRectF(bar_x, self.height() - 20, self.width() - bar_x - 4, 16),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            "probability %",
        )

    def _paint_truth(
        self, painter: QPainter, bar: QRectF, y: float, spacing: float, *, right: bool
    ) -> None:
        """Mark the true class with a tick above its bar, or right of it where it is tight."""
        painter.setFont(font(11, bold=True))
        good = QColor(self._palette.good)
        painter.setPen(QPen(good, 1.8))
        roomy = spacing >= 25
        x, base = (bar.left() + 1, y - 10) if roomy else (bar.right() + 3, y)
        tick = QPainterPath(QPointF(x, base))
        tick.lineTo(x + 3, base + 3)
        tick.lineTo(x + 8, base - 4)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(tick)
        if roomy:
            painter.drawText(QPointF(x + 13, base + 3.5), "true class")

    def value_at(self, point: QPointF) -> str:
        """Say which unit or pixel is at a point, and its value; empty where there is none."""
        if self._diagram is None or self._context is None:
            return ""
        run, trace = self._context.run, self._context.trace
        for number, column in enumerate(self._diagram.columns):
            distance = np.abs(column.centres - (point.x(), point.y())).max(axis=1)
            unit = int(distance.argmin())
            if distance[unit] > max(column.radius, 3):
                continue
            if number == 0:
                shape = run.dataset.image_shape
                where = f"row {unit // shape[1]}, column {unit % shape[1]}" if shape else unit
                return f"input {where}: {trace.x[unit]:.4g}"
            layers = len(self._diagram.layers)
            if number == layers:
                name = run.dataset.classes[unit]
                return f"class {name}: z = {trace.z[-1][unit]:.4g}, p = {trace.a[-1][unit]:.4g}"
            z, a = trace.z[number - 1][unit], trace.a[number - 1][unit]
            name = layer_name(number - 1, layers)
            return f"{name}, unit {unit}: z = {z:.4g}, {run.experiment.activation}(z) = {a:.4g}"
        return ""


def _lines(ends: list[np.ndarray]) -> PrimitiveArray:
    """Hand straight lines, rows of x₁, y₁, x₂, y₂, to Qt without a loop over them."""
    lines = PrimitiveArray(QLineF, 4)
    lines.resize(sum(map(len, ends)))
    np.concatenate(ends, out=lines.ndarray())
    return lines


def _steps(start: float, count: int, step: float) -> list[float]:
    return [start + k * step for k in range(count + 1)]


def _fill_grid(values: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    rows, columns = grid
    cells = np.zeros(rows * columns, values.dtype)
    cells[: len(values)] = values
    return cells.reshape(columns, rows).swapaxes(0, 1)


class NetworkPanel(Panel):
    """Sample, hidden activations and probabilities, joined by the strongest connections."""

    key, title, area, order, share = "network", "Network", "centre", 0, 4

    def __init__(self) -> None:
        super().__init__()
        self.canvas = DiagramCanvas()
        self.canvas.setParent(self)
        self.edges = QSlider(Qt.Orientation.Horizontal)
        self.edges.setRange(0, MOST_EDGES)
        self.edges.setValue(100)
        self.edges.setSingleStep(10)
        self.edges.setPageStep(50)
        self.edges.setFixedWidth(96)
        self.edges.setToolTip("How many connections are drawn, the strongest first")
        self.edges.setAccessibleName("Connections drawn")
        self.edges.valueChanged.connect(self._on_edges_changed)
        self.header.add_control(self.edges)
        self.body.setContentsMargins(4, 0, 8, 6)
        self.body.addWidget(self.canvas)
        self._connections = 0

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw the sample's way through the network of the frame."""
        self.canvas.show_frame(frame, context)
        self._connections = sum(weights.size for weights in frame.parameters.weights)
        self._write_subtitle()

    def _write_subtitle(self) -> None:
        self.header.subtitle.set_text(
            f"strongest {self.canvas.edges_drawn} of {self._connections:,} connections"
            " · weight × activation"
        )

    def _on_edges_changed(self, wanted: int) -> None:
        self.canvas.set_edges(wanted)
        self._write_subtitle()

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.canvas.apply_palette(palette)


PANEL = NetworkPanel
