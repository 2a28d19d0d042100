"""Weights and gradients of every layer, as pictures with their scale."""

from __future__ import annotations

import math

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPixmap
from PyQt6.QtWidgets import QScrollArea

from nnfs_core.divergence import layer_name
from nnfs_core.network import Parameters
from nnfs_core.training import EpochFrame
from visualizer.canvas import FrameCanvas
from visualizer.context import ViewContext
from visualizer.images import fixed_weight_scale, indexed_image, round_up
from visualizer.matrices import COLUMN_NAMES, ROW_NAMES, Placement, height_wanted, place
from visualizer.panels.base import Command, Panel
from visualizer.theme import Palette, colour_table, diverging_levels, font
from visualizer.widgets import ComboBox

SCALES = {
    "fixed": "Weights: the same scale from the first epoch to the last, so that growth shows.\n"
    "Gradients shrink as the network learns: their scale goes down in round steps.",
    "per layer": "Full colour is the largest number of each layer, at this epoch.",
    "network": "Full colour is the largest number of the whole network, at this epoch.",
}

KINDS = ("weights", "gradients")

LENSES = {
    "value": "The weights of the shown epoch",
    "change since pin": "What has changed since the pinned epoch  (K pins the shown one)",
}


class MatrixCanvas(FrameCanvas):
    """Paints one picture for each layer, weights at the left and gradients at the right."""

    def __init__(self) -> None:
        super().__init__("Weights and gradients")
        self.scale_mode = "fixed"
        self.lens = "value"
        self._placed_for: object = None
        self._first_unit = 0
        self._page_size = 1
        self._labels_for: object = None
        self._label_pixmap = QPixmap()
        self.placements: dict[str, list[Placement]] = {kind: [] for kind in KINDS}
        self.scales: dict[str, list[float]] = {kind: [] for kind in KINDS}
        self._images: dict[str, list[tuple[QImage, QImage]]] = {kind: [] for kind in KINDS}

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(720, 300)

    def set_scale_mode(self, mode: str) -> None:
        """Choose what full colour stands for: one of :data:`SCALES`."""
        self.scale_mode = mode
        self.refresh()

    def set_lens(self, lens: str) -> None:
        """Choose what is shown of the weights: one of :data:`LENSES`."""
        self.lens = lens
        self.refresh()

    @property
    def shows_change(self) -> bool:
        """Whether the change since the pin is shown; at the pinned epoch there is none."""
        frame, context = self._frame, self._context
        if frame is None or context is None or context.pin is None or self.lens == "value":
            return False
        return not (context.pin_here and context.pin.epoch == frame.epoch)

    @property
    def shown_weights(self) -> Parameters | None:
        """What the left column shows: the weights, or their change since the pin."""
        if self._frame is None or self._context is None:
            return None
        pin = self._context.pin
        if not self.shows_change or pin is None:
            return self._frame.parameters
        change = self._frame.parameters.flat - pin.parameters.flat
        return Parameters.over(change, self._frame.parameters.sizes)

    def page(self, by: int) -> None:
        """Show the next units of the first layer, or the ones before, where not all fit."""
        tiles = self.placements["weights"][0]
        units = self._context.run.network.sizes[1]
        if not tiles.is_matrix and tiles.tiles < units:
            # The last page may hold fewer tiles than there is room for, so the step is counted
            # from the first page, which is full.
            step = tiles.tiles if tiles.first == 0 else self._page_size
            self._page_size = step
            self._first_unit = max(0, min(tiles.first + by * step, (units - 1) // step * step))
            self.refresh()

    def prepare(self, frame: EpochFrame, context: ViewContext) -> None:
        """See :class:`FrameCanvas`."""
        sizes, shape = context.run.network.sizes, context.run.dataset.image_shape
        width = (self.width() - 24) / 2
        self.setMinimumHeight(round(height_wanted(sizes, shape, width)))
        key = (sizes, shape, self.width(), self.height(), self._first_unit)
        if key != self._placed_for:
            self._placed_for = key
            for number, kind in enumerate(KINDS):
                left = number * (width + 24)
                self.placements[kind] = place(
                    sizes, shape, left, width, self.height(), self._first_unit
                )
        table = colour_table("diverging", self._palette)
        shown = self.shown_weights or frame.parameters
        for kind, parameters in zip(KINDS, (shown, frame.gradients), strict=True):
            self.scales[kind] = self._scales(kind, parameters, context)
            self._images[kind] = [
                _pictures(placement, parameters, scale, table)
                for placement, scale in zip(self.placements[kind], self.scales[kind], strict=True)
            ]

    def _scales(self, kind: str, parameters: Parameters, context: ViewContext) -> list[float]:
        layers = range(len(parameters.weights))
        if self.scale_mode == "fixed" and kind == "weights" and not self.shows_change:
            return [fixed_weight_scale(context.run, layer) for layer in layers]
        largest = [float(np.abs(weights).max()) for weights in parameters.weights]
        if self.scale_mode == "network":
            return [max(largest)] * len(largest)
        return [round_up(value) for value in largest] if self.scale_mode == "fixed" else largest

    def paintEvent(self, event) -> None:
        """Paint labels, scales and pictures."""
        if self._context is None:
            return
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._labels(painter.device().devicePixelRatioF()))
        for kind in KINDS:
            for placement, (picture, biases) in zip(
                self.placements[kind], self._images[kind], strict=True
            ):
                rows = placement.shape[0]
                for tile in range(placement.tiles):
                    painter.drawImage(
                        QRectF(*placement.tile(tile)),
                        picture,
                        QRectF(0, tile * rows, placement.shape[1], rows),
                    )
                for unit in range(biases.height()):
                    painter.drawImage(QRectF(*placement.bias(unit)), biases, QRectF(0, unit, 1, 1))

    def _labels(self, ratio: float) -> QPixmap:
        """Draw all texts once for each layout and scale: they hardly ever change."""
        pin = self._context.pin.epoch if self._context.pin else None
        key = (
            self._placed_for,
            ratio,
            self._palette.name,
            str(self.scales),
            self.shows_change,
            pin,
        )
        if key != self._labels_for:
            self._labels_for = key
            self._label_pixmap = QPixmap(self.size() * ratio)
            self._label_pixmap.setDevicePixelRatio(ratio)
            self._label_pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._label_pixmap)
            layers = len(self.placements["weights"])
            for kind in KINDS:
                for placement, scale in zip(self.placements[kind], self.scales[kind], strict=True):
                    painter.setFont(font(11))
                    self._paint_label(painter, kind, placement, scale, layers)
                    if placement.is_matrix:
                        self._paint_names(painter, placement, layers)
            painter.end()
        return self._label_pixmap

    def _paint_label(
        self, painter: QPainter, kind: str, placement: Placement, scale: float, layers: int
    ) -> None:
        x, y, width = placement.label
        units, inputs = self._frame.parameters.weights[placement.layer].shape
        if kind == "weights" and self.shows_change and self._context.pin is not None:
            kind = f"change since {self._context.pin.epoch:,}"
        name = f"{layer_name(placement.layer, layers)} · {kind}"
        if placement.is_matrix and width > 230:
            name += f" ({units} × {inputs})"
        elif not placement.is_matrix and placement.tiles < units:
            last = placement.first + placement.tiles
            name += f" ({placement.first + 1}–{last} of {units})"
        painter.setPen(QColor(self._palette.dim))
        roomy = width > 230 and scale > 0
        low, high = (f"−{scale:.3g}", f"+{scale:.3g}") if roomy else ("", f"±{scale:.3g}")
        if scale == 0:
            high = "all zero"
        text_width = painter.fontMetrics().horizontalAdvance(high) + 2
        low_width = text_width + 4 if roomy else 0
        bar = 56.0 if width > 260 else 28.0
        legend = bar + low_width + text_width + 4
        middle = Qt.AlignmentFlag.AlignVCenter
        shown = painter.fontMetrics().elidedText(
            name, Qt.TextElideMode.ElideRight, round(width - legend - 8)
        )
        painter.drawText(QRectF(x, y, width - legend - 8, 14), middle, shown)
        left = x + width - legend
        right = middle | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(left, y, text_width, 14), right, low)
        ramp = indexed_image(
            np.arange(255, dtype=np.uint8)[None], colour_table("diverging", self._palette)
        )
        painter.drawImage(QRectF(left + low_width, y + 4, bar, 7), ramp)
        painter.drawText(QRectF(left + low_width + bar + 4, y, text_width, 14), middle, high)

    def _paint_names(self, painter: QPainter, placement: Placement, layers: int) -> None:
        """Name the rows by unit or class and the columns by input, as many as are legible."""
        x, y, _, height = placement.tile(0)
        units, inputs = placement.shape
        cell_width, cell_height = placement.cell
        painter.setFont(font(9))
        painter.setPen(QColor(self._palette.dim))
        classes = self._context.run.dataset.classes
        named = placement.layer == layers - 1
        for unit in range(0, units, max(1, math.ceil(9 / cell_height))):
            name = classes[unit] if named else str(unit)
            box = QRectF(x - ROW_NAMES, y + unit * cell_height, ROW_NAMES - 4, cell_height)
            name = painter.fontMetrics().elidedText(
                name, Qt.TextElideMode.ElideRight, round(box.width())
            )
            centred = box.adjusted(0, -4, 0, 4)
            painter.drawText(
                centred, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, name
            )
        step = max(1, math.ceil(22 / cell_width))
        below = QRectF(0, y + height + 1, 40, COLUMN_NAMES)
        for number in range(0, inputs, step):
            below.moveLeft(x + (number + 0.5) * cell_width - 20)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(number))
        left, _, bias_width, _ = placement.bias(0)
        below.moveLeft(left + bias_width / 2 - 20)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "b")

    def value_at(self, point: QPointF) -> str:
        """Say which number is at a point, and its value; empty where there is none."""
        if self._frame is None or self._context is None:
            return ""
        sources = (self.shown_weights, self._frame.gradients)
        first = "w" if sources[0] is self._frame.parameters else "Δw"
        for kind, symbol, numbers in zip(KINDS, (first, "∂J/∂w"), sources, strict=True):
            for placement in self.placements[kind]:
                found = placement.number_at(point.x(), point.y())
                if found is None:
                    continue
                unit, source = found
                layer = placement.layer
                name = f"{layer_name(layer, len(numbers.weights))}, unit {unit}"
                if source is None:
                    symbol = symbol.replace("w", "b")
                    return f"{name}, bias: {symbol} = {numbers.biases[layer][unit]:.6g}"
                where = f"input {source}"
                if not placement.is_matrix:
                    row, column = divmod(source, placement.shape[1])
                    where = f"row {row}, column {column}"
                return f"{name}, {where}: {symbol} = {numbers.weights[layer][unit, source]:.6g}"
        return ""


def _pictures(
    placement: Placement, parameters: Parameters, scale: float, table: list[int]
) -> tuple[QImage, QImage]:
    """Return the pictures of the weights, all tiles in one column, and of the biases."""
    weights = parameters.weights[placement.layer]
    biases = parameters.biases[placement.layer]
    columns = placement.shape[1]
    if not placement.is_matrix:
        shown = slice(placement.first, placement.first + placement.tiles)
        weights, biases = weights[shown], biases[shown]
    levels = diverging_levels(weights, scale).reshape(-1, columns)
    return indexed_image(levels, table), indexed_image(
        diverging_levels(biases, scale)[:, None], table
    )


class WeightsPanel(Panel):
    """Every weight and every gradient of the network, layer by layer."""

    key, title, area, order, share = "weights", "Weights and gradients", "centre", 1, 3

    def __init__(self) -> None:
        super().__init__()
        self.canvas = MatrixCanvas()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.canvas)
        scroll.setMinimumSize(300, 120)
        scroll.viewport().setAutoFillBackground(False)
        self.canvas.setAutoFillBackground(False)
        self.body.addWidget(scroll)
        self.scale = ComboBox(flat=True)
        for mode, explanation in SCALES.items():
            self.scale.addItem(f"scale {mode}", mode)
            self.scale.setItemData(self.scale.count() - 1, explanation, Qt.ItemDataRole.ToolTipRole)
        self.scale.setToolTip("What full colour stands for")
        self.scale.setAccessibleName("Colour scale")
        self.scale.currentIndexChanged.connect(self._on_scale_changed)
        self.lens = ComboBox(flat=True)
        for lens, explanation in LENSES.items():
            self.lens.addItem(lens, lens)
            self.lens.setItemData(self.lens.count() - 1, explanation, Qt.ItemDataRole.ToolTipRole)
        self.lens.setToolTip("What is shown of the weights")
        self.lens.setAccessibleName("Lens")
        self.lens.currentIndexChanged.connect(self._on_lens_changed)
        self.header.add_control(self.lens)
        self.header.add_control(self.scale)
        self._pin: EpochFrame | None = None
        self._show_lenses()

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw the weights and gradients of the frame."""
        if context.pin is not self._pin:
            # Who pins an epoch wants to compare with it; without a pin there is nothing to.
            self._pin = context.pin
            self._show_lenses()
        self.canvas.show_frame(frame, context)
        text = "each row is one unit"
        if context.run.dataset.image_shape is not None:
            text = "hidden 1: each tile is one unit in the shape of the input, its bias below"
        if context.run.experiment.batch_size is not None and frame.epoch > 0:
            text += " · gradients: mean over the epoch's batches"
        self.header.subtitle.set_text(text)

    def commands(self) -> list[Command]:
        """Leaf through the units of a wide layer."""
        return [
            ("units", "Next units of a wide layer", ["PgDown"], lambda: self.canvas.page(+1)),
            ("units back", "Units before", ["PgUp"], lambda: self.canvas.page(-1)),
        ]

    def _show_lenses(self) -> None:
        self.lens.setVisible(self._pin is not None)
        self.lens.setCurrentIndex(0 if self._pin is None else 1)

    def _on_lens_changed(self) -> None:
        self.canvas.set_lens(self.lens.currentData())

    def _on_scale_changed(self) -> None:
        self.canvas.set_scale_mode(self.scale.currentData())

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.canvas.apply_palette(palette)


PANEL = WeightsPanel
