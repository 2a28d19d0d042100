"""A page of samples with the network's answers, to look through and to pick from."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QPainter, QPen
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nnfs_core.progress import Look, go_on
from nnfs_core.text.numbers import brief
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.answer import Answer, ValueAnswer, answer_of
from visualizer.state.context import Part, RunInfo, ViewContext
from visualizer.style.images import indexed_image
from visualizer.style.lengths import keep
from visualizer.style.painting import Painted
from visualizer.style.text_size import factor, scaled
from visualizer.style.theme import Palette, colour_table, font, unit_levels

SEARCHED = 10_000
"""Samples that are asked about at a time, when the wrong answers are looked for."""

NOTCH = 120
"""What a mouse wheel reports for one notch, in eighths of a degree."""

TILE, GAP, CAPTION = 40.0, 8.0, 16.0
"""Side of a picture, what lies between two, and the line below one, with text at 100 %."""


class Gallery(Painted, QWidget):
    """A page of samples with the class the network gives each, right or wrong."""

    chosen = pyqtSignal(int)
    """A row of the part was clicked."""

    answered = pyqtSignal()
    """The page, or the network's answers to it, may have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        keep(self, "setMinimumSize", 120, 60)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Samples with the network's answer")
        self._frame: EpochFrame | None = None
        self._context: ViewContext | None = None
        self._rows = np.empty(0, int)
        self.page = np.empty(0, int)
        self.predicted = np.empty(0, int)
        self.probabilities = np.empty((0, 0))
        self.nothing = ""
        """What to say when there is no sample to show."""

        self._turned = 0
        self._wheel = 0
        self._image: QImage | None = None
        self._image_of: object = None
        self._painted: object = None

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(scaled(320), scaled(180))

    def show_frame(self, frame: EpochFrame, context: ViewContext, rows: np.ndarray) -> None:
        """Take a frame, and the rows of the part that may be shown."""
        before = self._context.chosen if self._context is not None else None
        same = before is not None and (before.part, before.index) == (
            context.chosen.part,
            context.chosen.index,
        )
        if not same:
            self._turned = 0  # The page is the one of the sample that was chosen.
        self._frame, self._context, self._rows = frame, context, rows
        self._prepare()
        sample = context.sample
        painted = (
            self._image_of,
            self.predicted.tobytes(),
            sample.part,
            sample.index,
            self.nothing,
        )
        # The answers change seldom, in most pictures none: there is nothing to paint then.
        if painted != self._painted:
            self._painted = painted
            self.update()

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme, and the size of text."""
        super().apply_palette(palette)
        self._prepare()

    def resizeEvent(self, event) -> None:
        """Show as many as there is room for."""
        super().resizeEvent(event)
        self._prepare()

    def _grid(self) -> tuple[int, int, float, float]:
        """Return tiles across and down, and the distances from one to the next."""
        one = factor()
        across = max(1, int((self.width() + GAP * one) / ((TILE + GAP) * one)))
        down = max(1, int(self.height() / ((TILE + CAPTION + GAP) * one)))
        return across, down, (self.width() + GAP * one) / across, self.height() / down

    def _prepare(self) -> None:
        if self._frame is None or self._context is None:
            return
        context, run = self._context, self._context.run
        across, down, *_ = self._grid()
        size = across * down
        at = int(np.searchsorted(self._rows, context.chosen.index))
        own, last = at // size, max(0, len(self._rows) - 1) // size
        page = min(max(own + self._turned, 0), last)
        self._turned = page - min(own, last)
        self.page = self._rows[page * size : (page + 1) * size]
        x, _ = run.samples(context.chosen.part)
        if not len(self.page):
            self.predicted, self.probabilities = np.empty(0, int), np.empty((0, 0))
            self.answered.emit()
            return
        key = (id(run), context.chosen.part, self.page.tobytes(), self._palette.name)
        if key != self._image_of:
            self._image_of = key
            shape = run.dataset.image_shape or _strip(x.shape[1])
            levels = np.zeros((len(self.page), shape[0] * shape[1]), np.uint8)
            levels[:, : x.shape[1]] = unit_levels(x[self.page])
            self._image = indexed_image(
                levels.reshape(-1, shape[1]), colour_table("grey", self._palette)
            )
        self.probabilities = run.network.predict(self._frame.parameters, x[self.page])
        known = ~np.isnan(self.probabilities).any(axis=1)
        if run.classed:
            self.predicted = np.where(known, self.probabilities.argmax(axis=1), -1)
        else:
            self.predicted = run.network.task.values(self.probabilities)[:, 0]
        self.answered.emit()

    def _tile(self, number: int) -> QRectF:
        across, _, right, below = self._grid()
        row, column = divmod(number, across)
        one = factor()
        side = max(8.0, min(right - GAP * one, below - (CAPTION + GAP / 2) * one) - 3)
        return QRectF(round(column * right) + 1.5, round(row * below) + 1.5, side, side)

    def paint(self, painter: QPainter) -> None:
        """Paint the page."""
        if self._context is None:
            return
        palette, context = self._palette, self._context
        if not len(self.page):
            painter.setFont(font(12))
            painter.setPen(QColor(palette.dim))
            wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()), int(wrapped), self.nothing)
            return
        run, (_, labels) = context.run, context.run.samples(context.chosen.part)
        assert self._image is not None, "a page has a picture"
        one = factor()
        rows = self._image.height() // len(self.page)
        for number, (index, predicted) in enumerate(
            zip(self.page.tolist(), self.predicted.tolist(), strict=True)
        ):
            tile = self._tile(number)
            painter.drawImage(
                tile, self._image, QRectF(0, number * rows, self._image.width(), rows)
            )
            right = not run.classed or predicted == labels[index]
            chosen = index == context.sample.index and context.sample.part != "drawn"
            if chosen:
                painter.setPen(QPen(QColor(palette.accent), 2))
                painter.drawRect(tile.adjusted(-1, -1, 1, 1))
            painter.setFont(font(11, bold=not right))
            painter.setPen(QColor(palette.dim if right else palette.bad))
            caption = QRectF(
                tile.left() - 4 * one,
                tile.bottom() + 2 * one,
                tile.width() + 8 * one,
                (CAPTION - 2) * one,
            )
            text = painter.fontMetrics().elidedText(
                self._said(predicted),
                Qt.TextElideMode.ElideRight,
                round(tile.width() - 10 * one),
            )
            # Colour alone would not tell everyone: a wrong answer also carries a cross.
            painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, text if right else f"× {text}")

    def _said(self, predicted: float) -> str:
        """Return what is answered to a sample: its class, or a value."""
        assert self._context is not None, "a page comes first"
        run = self._context.run
        if not run.classed:
            return brief(predicted) if np.isfinite(predicted) else "–"
        return run.output_name(int(predicted)) if predicted >= 0 else "–"

    @property
    def distance(self) -> str:
        """Say how far off the values of the page are, on average; empty where there are none."""
        if self._context is None or not len(self.page) or self._context.run.classed:
            return ""
        _, values = self._context.run.samples(self._context.chosen.part)
        return (
            f"off by {brief(float(np.abs(self.predicted - values[self.page]).mean()))} on average"
        )

    @property
    def right(self) -> int:
        """How many of the page are answered right."""
        if self._context is None or not len(self.page):
            return 0
        _, labels = self._context.run.samples(self._context.chosen.part)
        return int(np.count_nonzero(self.predicted == labels[self.page]))

    def describe(self) -> str:
        """Say what is on the page, to those who cannot see it."""
        if self._context is None or not len(self.page):
            return self.nothing
        part = self._context.run.part_name(self._context.chosen.part)
        first, last = int(self.page[0]), int(self.page[-1])
        if not self._context.run.classed:
            return f"{part} #{first} to #{last}: {self.distance}."
        return f"{part} #{first} to #{last}: {self.right} of {len(self.page)} answered right."

    def _number_at(self, point: QPointF) -> int | None:
        return next((n for n in range(len(self.page)) if self._tile(n).contains(point)), None)

    def mousePressEvent(self, event) -> None:
        """Choose the sample under the mouse."""
        number = self._number_at(QPointF(event.position()))
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(int(self.page[number]))

    def turn(self, pages: int) -> None:
        """Look at the pages after this one, or before; the chosen sample stays what it is."""
        self._turned += pages
        self._prepare()
        self.update()

    def wheelEvent(self, event) -> None:
        """Turn a page with each notch."""
        self._wheel += event.angleDelta().y()
        pages = int(self._wheel / NOTCH)
        self._wheel -= pages * NOTCH
        if pages:
            self.turn(-pages)
        event.accept()

    def keyPressEvent(self, event) -> None:
        """Turn pages with the keys for it."""
        pages = _PAGES.get(event.key(), 0)
        if pages:
            self.turn(pages)
        else:
            super().keyPressEvent(event)

    def value_at(self, point: QPointF) -> str:
        """Say which sample is at a point, and the answer to it; empty where there is none."""
        number = self._number_at(point)
        if number is None or self._context is None:
            return ""
        part, index = self._context.chosen.part, int(self.page[number])
        answer = self.answer_to(number)
        return f"{self._context.run.part_name(part)} #{index}: {answer.sentences()[0]}"

    def answer_to(self, number: int) -> Answer | ValueAnswer:
        """Return the network's answer to a sample of the page."""
        assert self._context is not None, "a page comes first"
        run = self._context.run
        label = run.samples(self._context.chosen.part)[1][self.page[number]].item()
        return answer_of(run, self.probabilities[number], label)

    def event(self, event) -> bool:
        """Show the answer under the mouse as a tooltip; take the keys that turn pages."""
        if event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.value_at(QPointF(event.pos())), self)
            return True
        if event.type() == QEvent.Type.ShortcutOverride and event.key() in _PAGES:
            event.accept()
            return True
        return super().event(event)


_PAGES = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: +1}


def _strip(features: int) -> tuple[int, int]:
    rows = max(1, int(np.sqrt(features)))
    return rows, -(-features // rows)


def wrong_rows(run: RunInfo, part: Part, frame: EpochFrame, look: Look = go_on) -> np.ndarray:
    """Return the rows of a part that the network of a frame gets wrong, in order."""
    x, labels = run.samples(part)
    wrong = [np.zeros(0, np.intp)]
    for at in range(0, len(x), SEARCHED):
        look()
        some = slice(at, at + SEARCHED)
        probabilities = run.network.predict(frame.parameters, x[some])
        # No answer is no right one.
        known = ~np.isnan(probabilities).any(axis=1)
        right = known & (probabilities.argmax(axis=1) == labels[some])
        wrong.append(at + np.flatnonzero(~right))
    return np.concatenate(wrong)
