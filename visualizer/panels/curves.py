"""What the loss and accuracy panels share: two curves over the epochs, with a read-out."""

from __future__ import annotations

import itertools
import math
from typing import ClassVar
from weakref import WeakKeyDictionary

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QColor, QFontMetrics
from PyQt6.QtWidgets import QSizePolicy, QWidget

from nnfs_core.errors import visible
from nnfs_core.history.recording import Recording
from nnfs_core.text.numbers import loss_text
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.axes import DescribedPlot, EpochAxis, dress_axis
from visualizer.kit.drawn_curve import Drawn
from visualizer.kit.widgets import Reading, spare_scene
from visualizer.panels.base import Panel
from visualizer.state.context import ViewContext
from visualizer.state.intents import ChooseEpoch
from visualizer.style.lengths import keep
from visualizer.style.one_painting import paint_with_the_rest
from visualizer.style.text_size import factor, scaled
from visualizer.style.theme import Palette, font

ROOM, MOST_ROOM, END = 0.05, 0.25, 8.0
"""Share of the range that is left free above and below it, at least and at most, and the pixels
that half a number's height takes there with text at 100 %."""


def _only_what_is_seen(curve: pg.PlotDataItem) -> None:
    """Draw no more points than there are pixels; peaks stay."""
    # Values for each pixel, of which two stay: a picture is half as dear as with pyqtgraph's five.
    curve.opts["autoDownsampleFactor"] = 2.0
    curve.setDownsampling(auto=True, method="peak")
    curve.setClipToView(True)


NAMELESS = 96
"""Height of a plot, with text at 100 %, below which the axis of epochs has no name."""


class Ghosts:
    """The curves of other branches, from where they part, dim and with their names.

    Parameters
    ----------
    plot : pyqtgraph.PlotWidget
    above : bool
        Whether a name stands above the end of its curve: a loss falls, an accuracy rises.
    """

    def __init__(self, plot: pg.PlotWidget, *, above: bool) -> None:
        self._plot, self._anchor = plot, (1, int(above))
        self._colour = QColor()
        self.drawn: list[tuple[pg.PlotDataItem, pg.TextItem]] = []
        """Curve and name of each; those that are not needed any more are hidden."""

    def show(self, others: list[tuple[Recording, Drawn]]) -> None:
        """Draw these branches, and no others."""
        while len(self.drawn) < len(others):
            ghost = self._plot.plot()
            ghost.setZValue(-1)
            _only_what_is_seen(ghost)
            name = pg.TextItem(anchor=self._anchor)
            self._plot.addItem(name, ignoreBounds=True)
            self.drawn.append((ghost, name))
            self._dress(ghost, name)
        for (ghost, name), other in itertools.zip_longest(self.drawn, others):
            shown = other is not None and len(other[0]) > 1
            ghost.setVisible(shown)
            name.setVisible(shown)
            if shown:
                branch, known = other
                ghost.setData(*known.points(branch.origin[1] if branch.origin else 0))
                if name.toPlainText() != branch.name:
                    name.setText(branch.name)
                name.setPos(len(branch) - 1, known.last)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colour of a theme, and the size of text."""
        self._colour = QColor(palette.dim)
        for ghost, name in self.drawn:
            self._dress(ghost, name)

    def _dress(self, ghost: pg.PlotDataItem, name: pg.TextItem) -> None:
        ghost.setPen(pg.mkPen(self._colour, width=factor()))
        name.setFont(font(10))
        name.setColor(self._colour)


class CurvesPanel(Panel):
    """Training and validation curve of one metric over all epochs of the run."""

    measure: ClassVar[str]
    """``loss`` or ``score``: the ending of the metrics' names."""

    def __init__(self) -> None:
        super().__init__()
        self.axes = {"bottom": EpochAxis("bottom"), "left": self.value_axis()}
        self.plot = DescribedPlot(axisItems=self.axes)
        self.plot.sentence = self._sentence
        self.plot.setAccessibleName(f"{self.title} over the epochs")
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        keep(self.plot, "setMinimumSize", 120, 60)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setFrameShape(self.plot.Shape.NoFrame)
        spare_scene(self.plot)
        item = self.plot.getPlotItem()
        item.setMouseEnabled(x=False, y=False)
        item.getViewBox().setDefaultPadding(0)
        for axis in self.axes.values():
            axis.enableAutoSIPrefix(False)
        self._fit_axes()
        self.axes["bottom"].setLabel("epoch")
        self.train = self.plot.plot()
        self.validation = self.plot.plot()
        for curve in (self.train, self.validation):
            _only_what_is_seen(curve)
        self.dots = pg.ScatterPlotItem(size=7, pen=None)
        # What somebody has changed stands on the curve where it was changed.
        self.changes = pg.ScatterPlotItem(
            size=9, symbol="d", hoverable=True, tip=lambda x, y, data: data
        )
        for marks in (self.changes, self.dots):
            self.plot.addItem(marks, ignoreBounds=True)
        self.shown_line = pg.InfiniteLine(angle=90, movable=False)
        self.probe_line = pg.InfiniteLine(angle=90, movable=False)
        self.probe_line.hide()
        for line in (self.shown_line, self.probe_line):
            self.plot.addItem(line, ignoreBounds=True)
        self.plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.legend = Reading("", "dim", least=72)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.header.add_control(self.legend)
        keep(self.body, "setContentsMargins", 6, 0, 4, 4)
        self.body.addWidget(self.plot)
        self.plot.scene().sigMouseClicked.connect(self._on_clicked)
        item.getViewBox().sigResized.connect(self._on_resized)
        self.ghosts = Ghosts(self.plot, above=self.measure == "loss")
        self._frame: EpochFrame | None = None
        self._context: ViewContext | None = None
        self._mouse: QPointF | None = None
        self._changes_for: object = None
        self._probed: int | None = None
        self._drawn: WeakKeyDictionary[Recording, dict[str, Drawn]] = WeakKeyDictionary()

    def _fit_axes(self) -> None:
        """Give the axes the room that their numbers take at this size of text."""
        for axis in self.axes.values():
            dress_axis(axis, offset=6, apart=40)
        self.axes["left"].setWidth(scaled(60))  # ``1e+27``, beside the name of the axis
        self.plot.getPlotItem().setContentsMargins(0, scaled(6), scaled(22), 0)

    def value_axis(self) -> pg.AxisItem:
        """Make the left axis."""
        return pg.AxisItem("left")

    def values(self, column: np.ndarray) -> np.ndarray:
        """Turn a metric into what is drawn."""
        return column

    def written(self, value: float) -> str:
        """Write a value of the metric."""
        return loss_text(value)

    def range_for(self, low: float, high: float) -> tuple[float, float]:
        """Choose the left axis for drawn values between these; steady, in round steps."""
        return low, high

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw the curves up to now, with the cursor at the frame's epoch."""
        self._frame = frame
        self.shown_line.setValue(frame.epoch)
        self._show_dots(frame)
        self.show_progress(context)
        self._write_legend()
        paint_with_the_rest(self.plot)

    def show_progress(self, context: ViewContext) -> None:
        """Draw the curves as far as the run has come, and those of its other branches."""
        self._context = context
        for part, curve in (("train", self.train), ("validation", self.validation)):
            curve.setData(*self._known(context.recording, part, context.newest).points())
        self._show_changes(context)
        self._fit(context)
        others = [b for b in context.branches if b is not context.recording and b.visible]
        self.ghosts.show([(branch, self._known(branch, "train")) for branch in others])
        # The mouse may rest where another branch has another epoch, or none.
        self._probe()

    def _show_changes(self, context: ViewContext) -> None:
        """Mark on the training curve where somebody has changed something, such as the rate."""
        marks = [mark for mark in context.recording.marks if mark.kind == "change"]
        marks = [mark for mark in marks if mark.epoch <= context.newest]
        key = context.recording, marks
        if key == self._changes_for:  # they hardly ever change, and a picture is drawn often
            return
        self._changes_for = key
        epochs = np.array([mark.epoch for mark in marks], int)
        column = context.recording.column(f"train_{self.measure}")[epochs]
        values = self.values(column)
        known = np.isfinite(values)
        texts = [f"epoch {mark.epoch:,}: {visible(mark.text)}" for mark in marks]
        self.changes.setData(
            x=epochs[known],
            y=values[known],
            data=[text for text, there in zip(texts, known, strict=True) if there],
        )

    def _known(self, recording: Recording, part: str, until: int | None = None) -> Drawn:
        """Return what is drawn of a branch, up to an epoch: its run may be ahead of the picture."""
        drawn = self._drawn.setdefault(recording, {}).setdefault(part, Drawn())
        column = recording.column(f"{part}_{self.measure}")
        drawn.update(column if until is None else column[: until + 1], self.values)
        return drawn

    def _on_resized(self) -> None:
        bottom, axis = self.axes["bottom"], self.axes["left"]
        # In a low plot the curve needs the room more than the name of what the timeline shows too.
        named = self.plot.height() >= scaled(NAMELESS)
        bottom.showLabel(named)
        bottom.setHeight(scaled(34 if named else 20))
        # A name that is longer than the axis would be cut at both ends.
        axis.showLabel(
            QFontMetrics(font(11)).horizontalAdvance(axis.labelText)
            <= self.plot.getPlotItem().getViewBox().height()
        )
        if self._context is not None:
            self._fit(self._context)

    def _fit(self, context: ViewContext) -> None:
        box = self.plot.getPlotItem().getViewBox()
        others = [branch for branch in context.branches if branch.visible]
        last = max(context.total, context.newest, *(len(branch) - 1 for branch in others), 1)
        ranges = [
            self._known(branch, part, context.newest if branch is context.recording else None)
            for branch in {*others, context.recording}
            for part in ("train", "validation")
        ]
        # All of every visible curve, from its first epoch on: so the range only ever grows
        # while a run goes on, and a chart does not rescale with every frame.
        low, high = min(one.low for one in ranges), max(one.high for one in ranges)
        low, high = self.range_for(low, high)
        # A little room, so that the ends have their numbers, which are higher than a low panel's
        # twentieth part.
        room = max(ROOM, min(MOST_ROOM, END * factor() / max(box.height(), 1))) * (high - low)
        wanted = (-0.015 * last, last), (low - room, high + room)
        if [list(side) for side in wanted] != box.state["targetRange"]:
            box.setRange(xRange=wanted[0], yRange=wanted[1], padding=0)

    def _on_clicked(self, event) -> None:
        if self._probed is not None and event.button() == Qt.MouseButton.LeftButton:
            self.intent.emit(ChooseEpoch(self._probed))

    def _show_dots(self, frame: EpochFrame) -> None:
        """Mark the shown epoch on both curves; at epoch 0 the dots are all there is."""
        metrics = frame.metrics
        values = np.array(
            [
                getattr(metrics, f"train_{self.measure}"),
                getattr(metrics, f"validation_{self.measure}"),
            ]
        )
        known = ~np.isnan(values)
        brushes = np.array([self.train.opts["pen"].color(), self.validation.opts["pen"].color()])
        self.dots.setData(
            x=np.full(2, frame.epoch)[known],
            y=self.values(values)[known],
            brush=list(brushes[known]),
        )

    def _write_legend(self) -> None:
        if self._context is None or self._frame is None:
            return
        run, palette = self._context.run, self.palette_now
        if self._probed is None:
            metrics, epochs = self._frame.metrics, ("", "", "", "")
        else:
            metrics, epoch = self._context.recording[self._probed], f"{self._probed:,}"
            epochs = (f"epoch {epoch}", *3 * (f"{epoch}:",))
        validation = (
            "val" if run.dataset.validation_name == "validation" else run.dataset.validation_name
        )
        train, other = (
            self.written(getattr(metrics, f"{part}_{self.measure}"))
            for part in ("train", "validation")
        )
        long, short = (f"— train {train}", f"— {validation} {other}"), (f"— {train}", f"— {other}")
        ways = list(zip(epochs, (long, long, short, short), strict=True))
        room, advance = self._legend_room(), QFontMetrics(font(12, bold=True)).horizontalAdvance
        where, (first, second) = next(
            (way for way in ways if advance(f"{way[0]}  {way[1][0]}  {way[1][1]}") <= room),
            ways[-1],
        )
        self.legend.setText(
            (f"{where} &nbsp; " if where else "")
            + f"<span style='color:{palette.train}; font-weight:600'>{first}</span> &nbsp;"
            f"<span style='color:{palette.validation}; font-weight:600'>{second}</span>"
        )

    def _sentence(self) -> str:
        """Say what the curves are at the shown epoch, and at the first one."""
        if self._context is None or self._frame is None:
            return ""
        validation = self._context.run.dataset.validation_name
        first, now = self._context.recording[0], self._frame.metrics
        texts = []
        for part, name in (("train", "training"), ("validation", validation)):
            before, after = (
                self.written(getattr(one, f"{part}_{self.measure}")) for one in (first, now)
            )
            texts.append(f"{name} {after}, at first {before}")
        return f"{self.title} at epoch {self._frame.epoch:,}: {'; '.join(texts)}."

    def _legend_room(self) -> float:
        """Return how wide the numbers in the header may be, in logical pixels."""
        if not self.isVisible():
            return math.inf
        header = self.header
        beside: list[QWidget] = [header.maximise, header.close_panel]
        if not header.title.isHidden():
            beside.append(header.title)
        return self.width() - sum(one.sizeHint().width() for one in beside) - scaled(42)

    def resizeEvent(self, event) -> None:
        """Find words for the header that fit."""
        super().resizeEvent(event)
        self._write_legend()

    def _on_mouse_moved(self, position: QPointF) -> None:
        inside = self.plot.getPlotItem().getViewBox().sceneBoundingRect().contains(position)
        self._mouse = position if inside else None
        self._probe()

    def _probe(self) -> None:
        """Read out the epoch under the mouse, if the shown branch has one there."""
        context, before, self._probed = self._context, self._probed, None
        if context is None or (self._mouse is None and before is None):
            return
        if self._mouse is not None:
            box = self.plot.getPlotItem().getViewBox()
            epoch = round(box.mapSceneToView(self._mouse).x())
            self._probed = epoch if 0 <= epoch <= context.newest else None
        self.probe_line.setVisible(self._probed is not None)
        if self._probed is not None:
            self.probe_line.setValue(self._probed)
        self._write_legend()

    def leaveEvent(self, event) -> None:
        """Go back to the shown epoch's values."""
        super().leaveEvent(event)
        self._mouse = None
        self._probe()

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.plot.setBackground(palette.panel)
        self._fit_axes()
        self.dots.setSize(7 * factor())
        self.changes.setSize(9 * factor())
        self.changes.setBrush(pg.mkBrush(palette.panel))
        self.changes.setPen(pg.mkPen(palette.change, width=1.5 * factor()))
        self.train.setPen(pg.mkPen(palette.train, width=2 * factor()))
        self.validation.setPen(pg.mkPen(palette.validation, width=2 * factor()))
        self.shown_line.setPen(pg.mkPen(palette.dim, width=1, style=Qt.PenStyle.DashLine))
        self.probe_line.setPen(pg.mkPen(palette.accent, width=1))
        for axis in self.axes.values():
            axis.setTextPen(palette.dim)
            axis.setPen(pg.mkPen(palette.line))
            axis.labelStyle["color"] = palette.dim
            axis.setLabel(axis.labelText)
        self.ghosts.apply_palette(palette)
        # Only quiet horizontal lines: the eye follows the curves, not a cage around them.
        self.plot.showGrid(x=False, y=True, alpha=0.5)
        if self._frame is not None:
            self._show_dots(self._frame)
        self._on_resized()
        self._write_legend()
