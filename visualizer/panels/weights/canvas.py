"""Two columns with a picture for each layer, each column seen through a lens of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QPainter, QPixmap
from PyQt6.QtWidgets import QToolTip

from nnfs_core.model.parameters import Parameters
from nnfs_core.model.places import Place
from nnfs_core.text.layers import layer_name
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.canvas import FrameCanvas
from visualizer.kit.frames import frames, paint_frames
from visualizer.panels.weights.labels import paint_label, paint_missing, paint_names
from visualizer.panels.weights.layout import Placement, height_wanted, placed, row_pages
from visualizer.panels.weights.lenses import LENSES, Lens, Scale
from visualizer.panels.weights.overlay import is_lit, paint_dimming
from visualizer.state.context import ViewContext
from visualizer.style.images import indexed_image
from visualizer.style.painting import draw_rectangles, painting
from visualizer.style.text_size import text_size
from visualizer.style.theme import Palette

SIDES = ("left", "right")

BETWEEN = 24
"""Between the columns, in logical pixels."""


class MatrixCanvas(FrameCanvas):
    """Paints one picture for each layer in each of two columns.

    Attributes
    ----------
    lens : dict of str to Lens
        What each column shows.
    shown : dict of str to Parameters or None
        The numbers of each column; None where its lens has nothing to show.
    placements, scales : dict of str to list
        Where the picture of each layer lies, and what its colours stand for.
    framed : list of QRectF
        The frames around what is selected.
    """

    pointed_at = pyqtSignal(object)
    """A click: the :class:`~nnfs_core.model.places.Place` there, or None beside the pictures."""

    laid_out = pyqtSignal()
    """Other layers or units are shown than before."""

    def __init__(self) -> None:
        super().__init__("Weights and gradients")
        self.setMouseTracking(True)
        # It paints its own background, so that Qt need not paint what lies behind.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.scale_mode = "fixed"
        self.lens = {"left": LENSES["value"], "right": LENSES["gradient"]}
        self._placed_for: object = None
        self._first_unit = self._page = 0
        self._selected: Place | None = None
        self._labels_for: object = None
        self._label_pixmap = QPixmap()
        self.shown: dict[str, Parameters | None] = dict.fromkeys(SIDES)
        self.placements: dict[str, list[Placement]] = {side: [] for side in SIDES}
        self.scales: dict[str, list[Scale]] = {side: [] for side in SIDES}
        self._images: dict[str, list[tuple[QImage, QImage, list[int]]]] = {
            side: [] for side in SIDES
        }
        self.framed: list[QRectF] = []

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(720, 300)

    def set_scale_mode(self, mode: str) -> None:
        """Choose what full colour stands for: one of the lenses' ``SCALES``."""
        self.scale_mode = mode
        self.refresh()

    def set_lens(self, side: str, key: str) -> None:
        """Choose what a column shows: one of :data:`~visualizer.panels.weights.lenses.LENSES`."""
        self.lens[side] = LENSES[key]
        self.refresh()

    def page(self, by: int) -> None:
        """Show the next units of the first layer, or the ones before, where not all fit."""
        if self._context is None:
            return
        tiles, units = self.placements["left"][0], self._context.run.network.sizes[1]
        if tiles.layer == 0 and not tiles.is_matrix and tiles.tiles < units:
            last = (units - 1) // tiles.page * tiles.page
            self._first_unit = max(0, min(tiles.first + by * tiles.page, last))
            self.refresh()

    def turn(self, by: int) -> None:
        """Show the next layers, or the ones before, where not all fit."""
        self._page = max(0, min(self._page + by, len(self._pages()) - 1))
        self.refresh()

    def _pages(self) -> list[list[list[int]]]:
        if self._context is None:
            return [[]]
        run = self._context.run
        width = (self.width() - BETWEEN) / 2
        return row_pages(run.network.sizes, run.dataset.image_shape, width, self.height())

    @property
    def units_shown(self) -> tuple[int, int, int] | None:
        """First and last unit of the first layer that are shown, and how many it has.

        None where all are, or none.
        """
        tiles = next((one for one in self.placements["left"] if one.layer == 0), None)
        if tiles is None or tiles.is_matrix or self._context is None:
            return None
        units = self._context.run.network.sizes[1]
        return None if tiles.tiles == units else (tiles.first, tiles.first + tiles.tiles - 1, units)

    @property
    def layers_shown(self) -> tuple[int, int] | None:
        """Which page of layers is shown, from 1, and how many there are; None for a single one."""
        count = len(self._pages())
        return None if count == 1 else (min(self._page, count - 1) + 1, count)

    def prepare(self, frame: EpochFrame, context: ViewContext) -> None:
        """See :class:`FrameCanvas`."""
        self._lay_out(context)
        for side, lens in self.lens.items():
            shown = self.shown[side] = lens.numbers(frame, context)
            if shown is None:
                self.scales[side], self._images[side] = [], []
                continue
            scales = lens.scales(self.scale_mode, shown, context)
            self.scales[side] = [scales[one.layer] for one in self.placements[side]]
            table = lens.colours(self._palette)
            self._images[side] = [
                _pictures(placement, shown, lens, scale, table)
                for placement, scale in zip(self.placements[side], self.scales[side], strict=True)
            ]
        if QToolTip.isVisible() and self.underMouse():
            # What is pointed at goes on being said while the number changes.
            self._tell(QPointF(self.mapFromGlobal(self.cursor().pos())))

    def _lay_out(self, context: ViewContext) -> None:
        sizes, shape = context.run.network.sizes, context.run.dataset.image_shape
        selected = context.selection
        moved = selected != self._selected
        if moved and selected is not None and selected.layer == 0 and selected.kind != "input":
            self._first_unit = selected.unit
        self._selected = selected
        width = (self.width() - BETWEEN) / 2
        pages = row_pages(sizes, shape, width, self.height())
        if moved and selected is not None and selected.kind in ("unit", "weight", "bias"):
            # The layer that is pointed at comes into sight, unless it is there already.
            layer = selected.layer
            there = [at for at, page in enumerate(pages) if any(layer in row for row in page)]
            self._page = self._page if self._page in there else there[0]
        self._page = min(self._page, len(pages) - 1)
        self.setMinimumHeight(round(height_wanted(sizes, shape, width)))
        size = (self.width(), self.height(), text_size())
        key = (sizes, shape, *size, self._first_unit, self._page)
        if key != self._placed_for:
            self._placed_for = key
            for number, side in enumerate(SIDES):
                left = number * (width + BETWEEN)
                self.placements[side] = placed(
                    sizes, shape, left, width, self.height(), self._first_unit, self._page
                )
            self.laid_out.emit()
        elif not moved:
            return
        self.framed = []
        if selected is not None:
            for placement in (*self.placements["left"], *self.placements["right"]):
                self.framed += frames(placement.marks(selected))

    def paint(self, painter: QPainter) -> None:
        """Paint labels, scales and pictures, and what lies over them."""
        if self._context is None:
            painter.fillRect(self.rect(), QColor(self._palette.panel))
            return
        painter.drawPixmap(0, 0, self._labels(painter.device().devicePixelRatioF()))
        for side in SIDES:
            for placement, pictures in zip(
                self.placements[side], self._images[side], strict=bool(self._images[side])
            ):
                *images, blank = pictures
                _paint_picture(painter, placement, *images)
                _paint_outlines(painter, placement, blank, self._palette)
        stage, lenses = self._context.stage, self.lens.values()
        if stage is not None:
            dark = [
                placement
                for side, lens in self.lens.items()
                for placement in self.placements[side]
                if not is_lit(stage, lens, lenses, placement.layer)
            ]
            paint_dimming(painter, dark, self._palette)
        if self.framed:
            paint_frames(painter, self._in_sight(), self._palette)

    def _in_sight(self) -> list[QRectF]:
        """Return the frames around pictures that are there."""
        middle = (self.width() - BETWEEN) / 2
        there = [self.shown["left"] is not None, self.shown["right"] is not None]
        return [frame for frame in self.framed if there[frame.left() > middle]]

    def _labels(self, ratio: float) -> QPixmap:
        """Draw all texts once for each layout, lens and scale: they hardly ever change."""
        frame, context = self._frame, self._context
        assert frame is not None and context is not None
        missing = {
            side: lens.missing(frame, context)
            for side, lens in self.lens.items()
            if self.shown[side] is None
        }
        names = [lens.labels(context)[0] for lens in self.lens.values()]
        classes, scales = context.run.network.task.outputs, str(self.scales)
        key = (self._placed_for, ratio, self._palette.name, classes, scales, str(missing), *names)
        if key != self._labels_for:
            self._label_pixmap = QPixmap(self.size() * ratio)
            self._label_pixmap.setDevicePixelRatio(ratio)
            self._label_pixmap.fill(QColor(self._palette.panel))
            with painting(self._label_pixmap) as painter:
                for side in SIDES:
                    self._paint_texts(painter, side, context, missing.get(side))
            self._labels_for = key
        return self._label_pixmap

    def _paint_texts(
        self, painter: QPainter, side: str, context: ViewContext, missing: str | None
    ) -> None:
        placements, palette, lens = self.placements[side], self._palette, self.lens[side]
        if missing is not None:
            paint_label(painter, placements[0], lens, None, context, palette)
            paint_missing(painter, placements[0], missing, palette)
            return
        for placement, scale in zip(placements, self.scales[side], strict=True):
            paint_label(painter, placement, lens, scale, context, palette)
            if placement.is_matrix:
                paint_names(painter, placement, context, palette)

    def _found(self, point: QPointF) -> tuple[str, Placement, int, int | None] | None:
        """Return side, picture, unit and input (None for a bias) of the number at a point."""
        for side in SIDES:
            if self.shown[side] is None:
                continue
            for placement in self.placements[side]:
                number = placement.number_at(point.x(), point.y())
                if number is not None:
                    return side, placement, *number
        return None

    def place_at(self, point: QPointF) -> Place | None:
        """Return the weight or the bias at a point; None where there is none."""
        found = self._found(point)
        if found is None:
            return None
        _, placement, unit, source = found
        if source is None:
            return Place("bias", placement.layer, unit)
        return Place("weight", placement.layer, unit, source)

    def value_at(self, point: QPointF) -> str:
        """Say which number is at a point, and its value; empty where there is none."""
        found = self._found(point)
        frame, context = self._frame, self._context
        if found is None or frame is None or context is None:
            return ""
        side, placement, unit, source = found
        layer, lens, shown = placement.layer, self.lens[side], self.shown[side]
        assert shown is not None, "only numbers that are there are found"
        name = f"{layer_name(layer, len(shown.weights))}, unit {unit}"
        if source is None:
            value = float(shown.biases[layer][unit])
            return f"{name}, bias: {lens.equation(value, frame, context, bias=True)}"
        where = f"input {source}"
        if not placement.is_matrix:
            row, column = divmod(source, placement.shape[1])
            where = f"row {row}, column {column}"
        value = float(shown.weights[layer][unit, source])
        return f"{name}, {where}: {lens.equation(value, frame, context)}"

    def _tell(self, point: QPointF) -> None:
        if text := self.value_at(point):
            QToolTip.showText(self.mapToGlobal(point.toPoint()), text, self)
        else:
            QToolTip.hideText()

    def mouseMoveEvent(self, event) -> None:
        """Say the number under the mouse at once: one looks from cell to cell."""
        self._tell(QPointF(event.position()))

    def mousePressEvent(self, event) -> None:
        """Select the number under the mouse; beside the pictures, nothing."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.pointed_at.emit(self.place_at(QPointF(event.position())))


def _paint_outlines(
    painter: QPainter, placement: Placement, blank: list[int], palette: Palette
) -> None:
    """Outline tiles in which there is nothing to be seen: else they seem to be missing."""
    painter.setPen(QColor(palette.line))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    tiles = (placement.tile(number) for number in blank)
    draw_rectangles(painter, (QRectF(*tile).adjusted(-1, -1, 0, 0) for tile in tiles))


def _pictures(
    placement: Placement, shown: Parameters, lens: Lens, scale: Scale, table: list[int]
) -> tuple[QImage, QImage, list[int]]:
    """Return the pictures of the weights, all tiles in one column, and of the biases.

    And which tiles have the colour of 0 all over, as those of units without a gradient have.
    """
    weights, biases = shown.weights[placement.layer], shown.biases[placement.layer]
    if not placement.is_matrix:
        units = slice(placement.first, placement.first + placement.tiles)
        weights, biases = weights[units], biases[units]
    columns = placement.shape[1]
    levels = lens.levels(weights, scale)
    nothing = lens.levels(np.zeros((1, 1), weights.dtype), scale)
    blank = [] if placement.is_matrix else np.flatnonzero((levels == nothing).all(axis=1)).tolist()
    return (
        _picture(levels.reshape(-1, columns), table),
        _picture(lens.levels(biases, scale)[:, None], table),
        blank,
    )


def _picture(levels: NDArray[np.uint8], table: list[int]) -> QImage:
    # Qt draws pictures of colours larger four times as fast as pictures of indices.
    return indexed_image(levels, table).convertToFormat(QImage.Format.Format_RGB32)


def _paint_picture(
    painter: QPainter, placement: Placement, picture: QImage, biases: QImage
) -> None:
    rows, columns = placement.shape
    for tile in range(placement.tiles):
        source = QRectF(0, tile * rows, columns, rows)
        painter.drawImage(QRectF(*placement.tile(tile)), picture, source)
    if placement.is_matrix:
        x, y, width, height = placement.bias(0)
        painter.drawImage(QRectF(x, y, width, rows * height), biases)
        return
    for unit in range(biases.height()):
        painter.drawImage(QRectF(*placement.bias(unit)), biases, QRectF(0, unit, 1, 1))
