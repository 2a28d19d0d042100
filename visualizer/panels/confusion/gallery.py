"""The samples of a cell of the confusion matrix, the worst first, page by page."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QPainter, QPen
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nnfs_core.diagnose.confusion import Confusion
from nnfs_core.text.numbers import percent
from visualizer.state.context import Part, RunInfo
from visualizer.style.images import indexed_image
from visualizer.style.lengths import keep
from visualizer.style.painting import Painted
from visualizer.style.text_size import factor, scaled
from visualizer.style.theme import Palette, colour_table, font, unit_levels

HEAD, CAPTION, GAP = 34.0, 16.0, 8.0
"""Room for the two lines above, for the line below a picture, and between pictures; these and what
follows in logical pixels with text at 100 %."""

TILE, WIDE = 44.0, 66.0
"""Side of a picture, and the width of the caption of one that says two classes."""

LINE, LINE_WIDTH = 19.0, 190.0
"""Height and width of a sample that is no picture."""

STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: +1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: +1,
}


class ConfusionGallery(Painted, QWidget):
    """Pictures with the probability that makes each a bad one; without pictures, a list.

    Attributes
    ----------
    rows : ndarray of int
        All samples that are shown, as rows of their part, page by page.
    page : ndarray of int
        Those that are shown now.
    """

    chosen = pyqtSignal(int)
    """A row of the part was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        keep(self, "setMinimumSize", 130, 100)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Samples of the chosen cell, the worst first")
        self._run: RunInfo | None = None
        self._part: Part = "train"
        self._confusion: Confusion | None = None
        self.title, self.empty = "", ""
        self.rows = self.page = np.empty(0, np.intp)
        self._first = 0
        self._current: int | None = None
        self._image = QImage()
        self._image_of: object = None

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(scaled(300), scaled(300))

    def show_rows(
        self,
        run: RunInfo,
        part: Part,
        confusion: Confusion,
        rows: np.ndarray,
        title: str,
        empty: str,
    ) -> None:
        """Take the samples to be shown.

        Parameters
        ----------
        confusion : Confusion
            What the network says of all samples of the part.
        rows : ndarray of int
            The samples, the worst first.
        title, empty : str
            What they are; and what is said where there are none.
        """
        if title != self.title or part != self._part or run is not self._run:
            self._first = 0
        self._run, self._part, self._confusion = run, part, confusion
        self.rows, self.title, self.empty = rows, title, empty
        self._prepare()

    def clear(self) -> None:
        """Show nothing: what there is to show is not known yet."""
        self._confusion, self.rows = None, np.empty(0, np.intp)
        self._prepare()

    def show_current(self, row: int | None) -> None:
        """Mark the sample that is shown everywhere, and turn to its page."""
        if row != self._current:
            self._current = row
            at = np.flatnonzero(self.rows == row) if row is not None else np.empty(0)
            if at.size and row not in self.page:
                self._first = int(at[0]) // self._size * self._size
            self._prepare()

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        self._prepare()

    def resizeEvent(self, event) -> None:
        """Show as many as there is room for."""
        super().resizeEvent(event)
        self._prepare()

    @property
    def next(self) -> int | None:
        """The sample after the current one; the first where that is none of these."""
        return self._beside(+1)

    @property
    def previous(self) -> int | None:
        """The sample before the current one."""
        return self._beside(-1)

    def _beside(self, by: int) -> int | None:
        if not len(self.rows):
            return None
        at = np.flatnonzero(self.rows == self._current)
        return int(self.rows[(int(at[0]) + by) % len(self.rows) if at.size else 0])

    @property
    def _mixed(self) -> bool:
        """Whether the samples are of several cells, so that each must say which."""
        confusion = self._confusion
        if confusion is None or not len(self.rows):
            return False
        first = self.rows[0]
        return bool(
            (confusion.labels[self.rows] != confusion.labels[first]).any()
            or (confusion.predicted[self.rows] != confusion.predicted[first]).any()
        )

    @property
    def _pictures(self) -> bool:
        return self._run is not None and self._run.dataset.image_shape is not None

    def _layout(self) -> tuple[int, int, float, float]:
        """Return how many stand side by side and one below the other, and their pitch."""
        one = factor()
        sides = (WIDE, TILE + CAPTION) if self._pictures else (LINE_WIDTH, LINE)
        width, height = (side * one for side in sides)
        gap = GAP * one if self._pictures else 0.0
        across = max(1, int((self.width() + gap) / (width + gap)))
        down = max(1, int((self.height() - HEAD * one + gap) / (height + gap)))
        return across, down, self.width() / across, height + gap

    @property
    def _size(self) -> int:
        across, down, *_ = self._layout()
        return across * down

    def _prepare(self) -> None:
        last = max(0, len(self.rows) - 1) // self._size * self._size
        self._first = min(self._first // self._size * self._size, last)
        self.page = self.rows[self._first : self._first + self._size]
        self.update()
        run = self._run
        shape = None if run is None else run.dataset.image_shape
        if run is None or shape is None or not len(self.page):
            return
        key = (id(run), self._part, self.page.tobytes(), self._palette.name)
        if key != self._image_of:
            self._image_of = key
            pixels = unit_levels(run.samples(self._part)[0][self.page])
            table = colour_table("grey", self._palette)
            self._image = indexed_image(pixels.reshape(-1, shape[1]), table)

    def _tile(self, number: int) -> QRectF:
        """Return the rectangle of a picture, or of a line, of the page."""
        across, _, right, below = self._layout()
        row, column = divmod(number, across)
        one = factor()
        x, y = round(column * right), HEAD * one + row * below
        if self._pictures:
            return QRectF(x + 2, y + 2, TILE * one - 4, TILE * one - 4)
        return QRectF(x + 2, y, right - GAP * one, LINE * one)

    def paint(self, painter: QPainter) -> None:
        """Paint the page."""
        if self._confusion is None:
            return
        self._paint_head(painter)
        mixed = self._mixed
        for number, row in enumerate(self.page.tolist()):
            self._paint_sample(painter, number, row, mixed)

    def _paint_head(self, painter: QPainter) -> None:
        palette, middle = self._palette, Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font(12, bold=True))
        painter.setPen(QColor(palette.text))
        elided = Qt.TextElideMode.ElideRight
        title = painter.fontMetrics().elidedText(self.title, elided, self.width())
        painter.drawText(QRectF(0, 0, self.width(), scaled(15)), middle, title)
        painter.setFont(font(11))
        painter.setPen(QColor(palette.dim))
        if not len(self.rows):
            box = QRectF(self.rect()).adjusted(0, scaled(18), 0, 0)
            painter.drawText(box, Qt.TextFlag.TextWordWrap, self.empty)
            return
        first, last = self._first + 1, self._first + len(self.page)
        text = "1 sample" if len(self.rows) == 1 else f"{len(self.rows):,} samples, worst first"
        if len(self.page) < len(self.rows):
            text = f"{first:,}–{last:,} of {len(self.rows):,}, worst first"
            more = text + " · wheel turns pages"
            if painter.fontMetrics().horizontalAdvance(more) <= self.width():
                text = more
        text = painter.fontMetrics().elidedText(text, elided, self.width())
        painter.drawText(QRectF(0, scaled(15), self.width(), scaled(15)), middle, text)

    def _paint_sample(self, painter: QPainter, number: int, row: int, mixed: bool) -> None:
        palette, tile = self._palette, self._tile(number)
        current = row == self._current
        painter.setPen(QColor(palette.text if current else palette.dim))
        painter.setFont(font(11))
        middle = Qt.AlignmentFlag.AlignVCenter
        text = self._caption(row, mixed)
        if self._pictures:
            rows = self._image.height() // len(self.page)
            source = QRectF(0, number * rows, self._image.width(), rows)
            painter.drawImage(tile, self._image, source)
            box = QRectF(tile.left() - 2, tile.bottom() + 2, scaled(WIDE + 4), scaled(CAPTION))
        else:
            box = tile.adjusted(scaled(5), 0, -2, 0)
            text = f"row {row:,}   {text}"
        metrics = painter.fontMetrics()
        if metrics.horizontalAdvance(text) > box.width():
            text = text.replace(" %", "%")
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, round(box.width()))
        painter.drawText(box, middle, shown)
        if current:
            painter.setPen(QPen(QColor(palette.accent), 2))
            painter.drawRect(tile.adjusted(-1, -1, 1, 1))

    def _caption(self, row: int, mixed: bool) -> str:
        confusion, run = self._confusion, self._run
        assert confusion is not None and run is not None
        sure = percent(float(confusion.confidence[row]))
        if not mixed:
            return sure
        names = run.dataset.classes
        true, predicted = names[confusion.labels[row]], names[confusion.predicted[row]]
        return f"{true}→{predicted} {sure}"

    def _row_at(self, point: QPointF) -> int | None:
        for number, row in enumerate(self.page.tolist()):
            below = scaled(CAPTION) if self._pictures else 0
            if self._tile(number).adjusted(-2, -2, 2, below).contains(point):
                return row
        return None

    def describe(self) -> str:
        """Say what is listed, to those who cannot see it."""
        if self._confusion is None:
            return "The answers are being counted."
        if not len(self.rows):
            return self.empty
        return f"{self.title}: {len(self.rows):,} samples, {len(self.page)} of them in sight."

    def value_at(self, point: QPointF) -> str:
        """Say what is at a point; empty where there is no sample."""
        row, confusion, run = self._row_at(point), self._confusion, self._run
        if row is None or confusion is None or run is None:
            return ""
        names = run.dataset.classes
        return (
            f"{run.part_name(self._part)} #{row}: true class {names[confusion.labels[row]]}, "
            f"predicted {names[confusion.predicted[row]]} with "
            f"{percent(float(confusion.confidence[row]), 2)}\nclick shows it everywhere"
        )

    def mouseMoveEvent(self, event) -> None:
        """Say at once which sample is under the mouse."""
        if text := self.value_at(event.position()):
            QToolTip.showText(event.globalPosition().toPoint(), text, self)
        else:
            QToolTip.hideText()

    def mousePressEvent(self, event) -> None:
        """Choose the sample under the mouse."""
        row = self._row_at(event.position())
        if row is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(row)

    def wheelEvent(self, event) -> None:
        """Turn pages."""
        turn = event.angleDelta().y()
        if turn and len(self.page) < len(self.rows):
            first = self._first + (self._size if turn < 0 else -self._size)
            self._first = max(0, min(first, len(self.rows) - 1))
            self._prepare()
        event.accept()

    def event(self, event) -> bool:
        """Keep the arrow keys, which go through the epochs elsewhere, while in focus."""
        if event.type() == QEvent.Type.ShortcutOverride and event.key() in STEPS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event) -> None:
        """Go from sample to sample with the arrow keys."""
        row = self._beside(STEPS[event.key()]) if event.key() in STEPS else None
        if row is not None:
            self.chosen.emit(row)
        else:
            super().keyPressEvent(event)
