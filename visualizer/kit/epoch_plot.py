"""A plot over the epochs of a run: quiet axes, the shown epoch, and the one under the mouse."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetrics
from PyQt6.QtWidgets import QSizePolicy

from nnfs_core.text.numbers import figures_of, power_of_ten
from visualizer.kit.axes import DescribedPlot, EpochAxis, dress_axis
from visualizer.kit.widgets import spare_scene
from visualizer.style.lengths import keep
from visualizer.style.one_painting import paint_with_the_rest
from visualizer.style.text_size import factor, scaled
from visualizer.style.theme import Palette, font

SNAP = 10
"""Logical pixels, with text at 100 %, from which the mouse is drawn to an epoch at which something
is known."""

UNDER = -1000
"""Below everything else in a plot."""


FARTHEST = 1e307
"""Ends of an axis; the largest number of float64 is 18 times as much."""

HALF_A_NUMBER = 8.0
"""Half the height of a number on the axis, in logical pixels with text at 100 %."""


def _multiples(step: int, low: float, high: float) -> list[float]:
    return [float(at) for at in range(math.ceil(low / step) * step, math.floor(high) + 1, step)]


class PowerAxis(pg.AxisItem):
    """A logarithmic axis whose values are powers of ten already."""

    def tickValues(self, low, high, size):
        """Choose whole powers, as many as there is room for."""
        room = max(2, int(size / scaled(24)))
        every = max(1, math.ceil((high - low) / room))
        ticks = _multiples(every, low, high)
        while len(ticks) < 2 and every > 1:  # a single power says nothing of a scale
            every -= 1
            ticks = _multiples(every, low, high)
        return [(every, ticks)]

    def tickStrings(self, values, scale, spacing):
        """Write powers of ten."""
        return [power_of_ten(round(value)) for value in values]


class ShareAxis(pg.AxisItem):
    """Nothing to everything."""

    def tickValues(self, low, high, size):
        """Choose the ticks: at the ends and in the middle, in quarters where there is room."""
        step = 0.25 if size > scaled(110) else 0.5
        return [(step, [step * number for number in range(round(1 / step) + 1)])]

    def tickStrings(self, values, scale, spacing):
        """Write per cent."""
        return [figures_of(value, 0) for value in values]


class FewTicks(pg.AxisItem):
    """Round numbers, no more than a low plot has room for."""

    def tickValues(self, low, high, size):
        """Choose the ticks."""
        levels = super().tickValues(low, high, size)
        for step, ticks in levels[:2]:
            if 2 <= len(ticks) <= max(3, size / scaled(22)):
                return [(step, ticks)]
        return levels[:1]


class EpochPlot(DescribedPlot):
    """A plot with epochs along the bottom that are those of the loss and the accuracy.

    Parameters
    ----------
    name : str
        For those who cannot see it.
    axis : pg.AxisItem
        The left one.
    unit : str
        What the left axis shows.
    """

    pointed = pyqtSignal(object)
    """Where the mouse is: (epoch, value) in the plot's own numbers, or None outside."""

    clicked = pyqtSignal()
    """The left button was clicked inside."""

    def __init__(self, name: str, axis: pg.AxisItem, unit: str = "") -> None:
        bottom = EpochAxis("bottom")
        super().__init__(axisItems={"bottom": bottom, "left": axis})
        self.axes = (bottom, axis)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        keep(self, "setMinimumSize", 80, 40)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        spare_scene(self)
        item = self.getPlotItem()
        item.setMouseEnabled(x=False, y=False)
        self.box = item.getViewBox()
        self.box.setDefaultPadding(0)
        for each in self.axes:
            each.enableAutoSIPrefix(False)
            # Grid lines lie under the curves: one along the top would cut a curve in two.
            each.setZValue(UNDER)
        self._left_width = 54 if unit else 36
        self._fit_axes()
        bottom.setLabel("epoch")
        if unit:
            axis.setLabel(unit)
        self._mouse: QPointF | None = None
        self.shown_line = pg.InfiniteLine(angle=90, movable=False)
        self.probe_line = pg.InfiniteLine(angle=90, movable=False)
        for line in (self.shown_line, self.probe_line):
            line.setZValue(5)
            self.addItem(line, ignoreBounds=True)
        self.probe_line.hide()
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.scene().sigMouseClicked.connect(self._on_clicked)
        self.last = 1
        self._bare = False
        self._values = (0.0, 1.0)

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(scaled(240), scaled(160))

    def _fit_axes(self) -> None:
        """Give the axes the room that their numbers take at this size of text."""
        bottom, left = self.axes
        for axis in self.axes:
            dress_axis(axis, offset=5, apart=30)
        left.setWidth(scaled(self._left_width))
        bottom.setHeight(scaled(34))
        self.getPlotItem().setContentsMargins(0, scaled(5), scaled(18), 0)

    def show_epoch(self, epoch: int) -> None:
        """Mark the shown epoch."""
        self.shown_line.setValue(epoch)
        paint_with_the_rest(self)

    def show_bare(self, *, bare: bool) -> None:
        """Leave out the grid and the shown epoch, which would cross what is written instead."""
        self._bare = bare
        self.shown_line.setVisible(not bare)
        self.showGrid(x=False, y=not bare, alpha=0.5)

    def show_probe(self, epoch: int | None) -> None:
        """Mark the epoch under the mouse."""
        self.probe_line.setVisible(epoch is not None and not self._bare)
        if epoch is not None:
            self.probe_line.setValue(epoch)

    def set_ranges(self, last: int, low: float, high: float) -> None:
        """Show the epochs up to the last one, and these values."""
        # Numbers may be so large that the span from one end to the other is beyond the largest.
        self.last, self._values = max(1, last), (max(low, -FARTHEST), min(high, FARTHEST))
        self._fit()

    def _fit(self) -> None:
        low, high = self._values
        # Room for half a number at each end: one that does not fit is not drawn at all.
        half = HALF_A_NUMBER * factor()
        room = (high - low) * half / max(20.0, self.box.height() - 2 * half)
        wanted = (-0.015 * self.last, self.last), (low - room, high + room)
        if [list(side) for side in wanted] != self.box.state["targetRange"]:
            self.box.setRange(xRange=wanted[0], yRange=wanted[1], padding=0)

    def resizeEvent(self, event) -> None:
        """Keep room for the numbers at the ends."""
        super().resizeEvent(event)
        if hasattr(self, "_values"):
            self._fit()
            self._show_unit()

    def _show_unit(self) -> None:
        """Name the left axis where it is long enough for its name."""
        axis = self.axes[1]
        needed = QFontMetrics(font(11)).horizontalAdvance(axis.labelText)
        axis.showLabel(bool(axis.labelText) and needed <= self.box.height())

    def snapped(self, position: float, epochs: np.ndarray) -> int | None:
        """Return the epoch that is meant with a position: a known one where one is near.

        Parameters
        ----------
        position : float
            On the bottom axis.
        epochs : ndarray of int
            Those at which something is known, in order.

        Returns
        -------
        int or None
            None beyond the newest one.
        """
        epoch = round(position)
        if not len(epochs) or epoch < 0:
            return None
        nearest = int(epochs[np.abs(epochs - position).argmin()])
        if abs(nearest - position) <= SNAP * factor() * self.last / max(1.0, self.box.width()):
            return nearest
        return epoch if epoch <= epochs[-1] else None

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self.setBackground(palette.panel)
        self._fit_axes()
        self.shown_line.setPen(pg.mkPen(palette.dim, width=1, style=Qt.PenStyle.DashLine))
        self.probe_line.setPen(pg.mkPen(palette.accent, width=1))
        for axis in self.axes:
            axis.setTextPen(palette.dim)
            axis.setPen(pg.mkPen(palette.line))
            axis.labelStyle["color"] = palette.dim
            axis.setLabel(axis.labelText)
        self._show_unit()
        self.showGrid(x=False, y=not self._bare, alpha=0.5)

    def _on_mouse_moved(self, position) -> None:
        inside = self.box.sceneBoundingRect().contains(position)
        self._mouse = position if inside else None
        point = self.box.mapSceneToView(position) if inside else None
        self.pointed.emit(None if point is None else (point.x(), point.y()))

    def point_again(self) -> None:
        """Say anew where the mouse rests: what was drawn may have put other epochs there."""
        if self._mouse is not None:
            self._on_mouse_moved(self._mouse)

    def _on_clicked(self, event) -> None:
        inside = self.box.sceneBoundingRect().contains(event.scenePos())
        if inside and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def leaveEvent(self, event) -> None:
        """Point at nothing any more."""
        super().leaveEvent(event)
        self._mouse = None
        self.pointed.emit(None)
