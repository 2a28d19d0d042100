"""The confusion matrix, painted: counts, margins and scales, with a cell to be chosen."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter, QPixmap
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nnfs_core.diagnose.confusion import Confusion
from nnfs_core.text.numbers import percent
from visualizer.kit.frames import frames, paint_frames
from visualizer.panels.confusion.grid import Grid
from visualizer.panels.confusion.picture import ConfusionPicture
from visualizer.style.lengths import keep
from visualizer.style.painting import Painted, painting
from visualizer.style.text_size import scaled, text_size
from visualizer.style.theme import font

MODES = {
    "counts": "How many samples are in each cell",
    "percent": "Each cell as a share of its true class, its row",
}

ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, +1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (+1, 0),
}

Cell = tuple[int, int]


class ConfusionCanvas(Painted, QWidget):
    """Rows are true classes, columns predicted ones.

    Attributes
    ----------
    confusion : Confusion or None
        What is shown.
    mode : str
        One of :data:`MODES`.
    chosen : tuple of int or None
        True and predicted class of the cell that was chosen.
    """

    cell_chosen = pyqtSignal(object)
    """A cell was chosen, as (true class, predicted class), or None."""

    opened = pyqtSignal()
    """Enter was pressed on the chosen cell."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        keep(self, "setMinimumSize", 150, 120)
        self.setMouseTracking(True)
        # By Tab alone: with a click the arrow keys would no longer walk through the epochs.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Confusion matrix")
        self.confusion: Confusion | None = None
        self.mode = "counts"
        self.chosen: Cell | None = None
        self.empty = ""
        self._classes: tuple[str, ...] = ()
        self._drawn_for: object = None
        self._pixmap = QPixmap()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(scaled(430), scaled(300))

    def show_confusion(self, confusion: Confusion | None, classes: tuple[str, ...]) -> None:
        """Take what is to be shown, and the names of the classes."""
        self.confusion, self._classes = confusion, classes
        self.update()

    def set_mode(self, mode: str) -> None:
        """Print counts, or percent of the true class."""
        self.mode = mode
        self.update()

    def choose(self, cell: Cell | None) -> None:
        """Choose a cell, or none."""
        if cell != self.chosen:
            self.chosen = cell
            self.cell_chosen.emit(cell)
            self.update()

    @property
    def grid(self) -> Grid:
        """Where the cells lie."""
        metrics = QFontMetricsF(font(11))
        longest = max(map(metrics.horizontalAdvance, (*self._classes, "prec. %")))
        names = min(longest + scaled(8), max(float(scaled(60)), 0.25 * self.width()))
        return Grid.within(self.width(), self.height(), names, max(1, len(self._classes)))

    @property
    def picture(self) -> ConfusionPicture:
        """What is painted of the result."""
        assert self.confusion is not None, "there is a result to be shown"
        percent = self.mode == "percent"
        return ConfusionPicture(self.confusion, self._classes, percent, self.grid, self._palette)

    def paint(self, painter: QPainter) -> None:
        """Paint the matrix, and a frame around the chosen cell."""
        if self.confusion is None:
            painter.setFont(font(12))
            painter.setPen(QColor(self._palette.dim))
            painter.drawText(
                self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.empty
            )
            return
        painter.drawPixmap(0, 0, self._drawn(painter.device().devicePixelRatioF()))
        grid = self.grid
        if self.hasFocus():
            painter.setPen(QColor(self._palette.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(grid.x, grid.y, *grid.size).adjusted(-2, -2, 1, 1))
        if self.chosen is not None and max(self.chosen) < grid.classes:
            paint_frames(painter, frames([grid.rectangle(*self.chosen)]), self._palette)

    def _drawn(self, ratio: float) -> QPixmap:
        """Draw everything but the frame once for each result, size and theme."""
        confusion = self.confusion
        look = (self.size(), ratio, self._palette.name, text_size())
        key = (confusion, self.mode, self._classes, look)
        if key != self._drawn_for:
            self._pixmap = QPixmap(self.size() * ratio)
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            with painting(self._pixmap) as painter:
                self.picture.paint(painter)
            self._drawn_for = key
        return self._pixmap

    def describe(self) -> str:
        """Say how many answers are right and which mistake is the commonest."""
        confusion, names = self.confusion, self._classes
        if confusion is None:
            return self.empty
        right, total = confusion.right, len(confusion.labels)
        text = f"{right:,} of {total:,} answers are right, {percent(confusion.accuracy)}."
        mistakes = confusion.counts.copy()
        np.fill_diagonal(mistakes, 0)
        true, taken = np.unravel_index(int(mistakes.argmax()), mistakes.shape)
        if mistakes[true, taken]:
            text += f" Most often {names[true]} is taken for {names[taken]}: "
            text += f"{mistakes[true, taken]:,} times."
        return text

    def value_at(self, point: QPointF) -> str:
        """Say what a cell holds, or what a number of the margins means."""
        confusion, grid, names = self.confusion, self.grid, self._classes
        if confusion is None:
            return ""
        cell = grid.at(point.x(), point.y())
        if cell is None:
            return self._margin_at(point)
        true, predicted = cell
        count, share = confusion.counts[cell], confusion.shares[cell]
        what = f"true class {names[true]}, predicted {names[predicted]}: {count:,}"
        part = "" if np.isnan(share) else f", {percent(share)} of class {names[true]}"
        return what + part + ("\nclick to see them" if count else "")

    def _margin_at(self, point: QPointF) -> str:
        assert self.confusion is not None
        grid, names = self.grid, self._classes
        if point.x() >= grid.x + grid.size[0] and (row := grid.at(grid.x, point.y())):
            share = self.confusion.recall[row[0]]
            of = f"of the samples of class {names[row[0]]} that are recognised"
            return "" if np.isnan(share) else f"recall: {percent(share)}\nthe share {of}"
        if point.y() >= grid.y + grid.size[1] and (column := grid.at(point.x(), grid.y)):
            share = self.confusion.precision[column[1]]
            of = f"of the answers {names[column[1]]} that are right"
            return "" if np.isnan(share) else f"precision: {percent(share)}\nthe share {of}"
        return ""

    def mouseMoveEvent(self, event) -> None:
        """Say at once what is in the cell under the mouse."""
        if text := self.value_at(event.position()):
            QToolTip.showText(event.globalPosition().toPoint(), text, self)
        else:
            QToolTip.hideText()

    def mousePressEvent(self, event) -> None:
        """Choose the cell under the mouse; beside the cells, none."""
        if event.button() == Qt.MouseButton.LeftButton and self.confusion is not None:
            point = event.position()
            self.choose(self.grid.at(point.x(), point.y()))

    def event(self, event) -> bool:
        """Keep the arrow keys, which go through the epochs elsewhere, while in focus."""
        if event.type() == QEvent.Type.ShortcutOverride and event.key() in ARROWS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event) -> None:
        """Go from cell to cell with the arrow keys; Enter shows the worst sample of one."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif event.key() in ARROWS and self.confusion is not None:
            true, predicted = self.chosen or (0, 0)
            down, across = ARROWS[event.key()] if self.chosen is not None else (0, 0)
            last = self.confusion.classes - 1
            self.choose((min(max(true + down, 0), last), min(max(predicted + across, 0), last)))
        else:
            super().keyPressEvent(event)
