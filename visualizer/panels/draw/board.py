"""The pad, and beside it what the network is given of it and what it answers."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPen
from PyQt6.QtWidgets import QPushButton, QSizePolicy, QToolTip, QWidget

from nnfs_core.text.numbers import brief
from visualizer.kit.answer import Answer, paint_bars
from visualizer.kit.widgets import label
from visualizer.panels.draw.pad import Pad
from visualizer.style.images import indexed_image
from visualizer.style.lengths import keep
from visualizer.style.painting import Painted
from visualizer.style.text_size import factor, scaled
from visualizer.style.theme import Palette, colour_table, font, unit_levels

GAP = 12
SMALLEST_PREPARED, LARGEST_PREPARED = 48, 280
LARGEST_PAD, WIDEST_ANSWER = 1000, 640
LEAST_STEPS = 48
"""Height of three lines of words; all of these with text at 100 %."""


class AnswerCanvas(Painted, QWidget):
    """The prepared picture, the answer in words, and a bar for each class."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        keep(self, "setMinimumSize", 80, 80)
        self.setAccessibleName("What the network is given, and what it answers")
        self.pixels: np.ndarray | None = None
        self.steps: tuple[str, ...] = ()
        self.doubts: tuple[str, ...] = ()
        self.answer: Answer | None = None
        self._shape = (1, 1)
        self._image: QImage | None = None

    def show_prepared(
        self,
        pixels: np.ndarray | None,
        steps: tuple[str, ...],
        shape: tuple[int, int],
        doubts: tuple[str, ...] = (),
    ) -> None:
        """Show what the network is given.

        Parameters
        ----------
        pixels : ndarray, shape (rows, columns), or None
            0…1, light on dark.
        steps : tuple of str
            How it was prepared, in words.
        shape : tuple of int
            Rows and columns of the network's input.
        doubts : tuple of str
            Why the answer to it may be wrong, in words.
        """
        self.pixels, self.steps, self._shape = pixels, steps, shape
        self.doubts = doubts
        if pixels is None:
            self._image = self.answer = None
        else:
            self._image = indexed_image(unit_levels(pixels), colour_table("grey", self._palette))
        self.update()

    def show_answer(self, answer: Answer | None) -> None:
        """Show what it answers."""
        self.answer = answer
        self.setAccessibleDescription(self.describe())
        self.update()

    def picture_area(self) -> QRectF:
        """Return where the prepared picture is: a whole number of pixels for each of its own."""
        room = min(0.42 * self.width(), 0.34 * self.height(), scaled(LARGEST_PREPARED))
        room = max(room, scaled(SMALLEST_PREPARED))
        rows, columns = self._shape
        ratio = self.devicePixelRatioF()
        cell = max(1, int(room * ratio / max(rows, columns))) / ratio
        return QRectF(1, 1, columns * cell, rows * cell)

    def bars_area(self) -> QRectF:
        """Return where the bars are."""
        top = self.picture_area().bottom() + max(6, round(0.03 * self.height()))
        return QRectF(0, top, self.width(), max(1.0, self.height() - top))

    def paint(self, painter: QPainter) -> None:
        """Paint picture, words and bars."""
        palette = self._palette
        place = self.picture_area()
        if self._image is not None:
            painter.drawImage(place, self._image)
        painter.setPen(QPen(QColor(palette.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(-0.5, -0.5, 0.5, 0.5))
        left = place.right() + scaled(10)
        words = QRectF(left, 0, self.width() - left, place.bottom())
        wrapped = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)
        answer = self.answer
        if answer is None:
            painter.setFont(font(11))
            painter.setPen(QColor(palette.dim))
            painter.drawText(words, wrapped, "what the network is given")
            return
        self._paint_words(painter, words, answer)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_bars(painter, self.bars_area(), answer, palette)

    def _paint_words(self, painter: QPainter, area: QRectF, answer: Answer) -> None:
        """Paint the answer large, its probability, and whether it is right."""
        palette = self._palette
        height = area.height() / factor()
        large = min(72.0, max(18.0, height * 0.4))
        small = min(22.0, max(13.0, height * 0.1))
        lines = [(answer.name, font(large, bold=True), palette.text)]
        if answer.predicted is not None:
            lines.append((answer.percent(answer.predicted), font(small), palette.text))
        if answer.label is not None and answer.right:
            lines.append(("✓ right", font(small), palette.good))
        elif answer.label is not None:
            lines.append((f"× not {answer.classes[answer.label]}", font(small), palette.bad))
        if self.doubts:
            lines.append(("? doubtful", font(small), palette.bad))
        heights = [round(style.pixelSize() * 1.15) + 1 for _, style, _ in lines]
        y = area.top() + max(0.0, (area.height() - sum(heights)) / 2)
        for (text, style, colour), height in zip(lines, heights, strict=True):
            painter.setFont(style)
            painter.setPen(QColor(colour))
            shown = painter.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, max(0, int(area.width()))
            )
            painter.drawText(
                QRectF(area.left(), y, area.width(), height),
                int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip),
                shown,
            )
            y += height

    def value_at(self, point: QPointF) -> str:
        """Say what is at a point; empty where there is nothing."""
        place = self.picture_area()
        if self.pixels is not None and place.contains(point):
            rows, columns = self._shape
            row = min(rows - 1, int((point.y() - place.top()) / place.height() * rows))
            column = min(columns - 1, int((point.x() - place.left()) / place.width() * columns))
            value = float(self.pixels[row, column])
            how = "; ".join(self.steps) or "as it is"
            lines = (
                f"row {row}, column {column}: {brief(value, 3)}",
                f"prepared: {how}",
                *self._doubtful(),
            )
            return "\n".join(lines)
        if self.answer is not None and self.bars_area().contains(point):
            return "\n".join(self._sentences())
        return ""

    def describe(self) -> str:
        """Say what was answered, to those who cannot see it."""
        if self.answer is None:
            return "Nothing is drawn yet, so there is no answer."
        return f"{'; '.join(self._sentences())}. {self.answer.listed()}."

    def _sentences(self) -> list[str]:
        """Say what was answered, and why that may be wrong."""
        return [self.answer.sentences()[0], *self._doubtful()] if self.answer else []

    def _doubtful(self) -> list[str]:
        return [f"doubtful: {doubt}" for doubt in self.doubts]

    def event(self, event) -> bool:
        """Show the value under the mouse as a tooltip."""
        if event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.value_at(QPointF(event.pos())), self)
            return True
        return super().event(event)


class Board(QWidget):
    """Pad and answer side by side, or one below the other where it is narrow."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        keep(self, "setMinimumSize", 180, 84)
        self.pad, self.answer = Pad(), AnswerCanvas()
        self.again = QPushButton("Show it again")
        self.again.setToolTip("Show the drawing to the network again  (Shift+D)")
        self.again.setAccessibleName("Show the drawing to the network again")
        self.steps = label("", "dim")
        self.steps.setWordWrap(True)
        self.steps.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        for widget in (self.pad, self.answer, self.again, self.steps):
            widget.setParent(self)
        self.again.hide()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(scaled(320), scaled(180))

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self.pad.apply_palette(palette)
        self.answer.apply_palette(palette)
        self._lay_out()

    @property
    def has_room_for_steps(self) -> bool:
        """Whether there is room below the pad to say how its picture was prepared."""
        return not self.steps.isHidden()

    def set_away(self, away: bool) -> None:
        """Say that the drawing is not what is shown to the network just now."""
        self.again.setVisible(away)
        self.again.raise_()

    def resizeEvent(self, event) -> None:
        """Lay out: the pad is a square as large as leaves the answer its room."""
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        width, height, gap = self.width(), self.height(), scaled(GAP)
        if height > 1.5 * width:
            side = min(width, int(height * 0.55))
            self.pad.setGeometry(0, 0, side, side)
            self.answer.setGeometry(0, side + gap, width, height - side - gap)
        else:
            side = min(height, width // 2, scaled(LARGEST_PAD))
            rest = min(width - side - gap, scaled(WIDEST_ANSWER))
            left = (width - side - gap - rest) // 2
            self.pad.setGeometry(left, 0, side, side)
            self.answer.setGeometry(left + side + gap, 0, rest, min(height, max(side, scaled(300))))
        hint, pad = self.again.sizeHint(), self.pad.geometry()
        below = height - pad.bottom() - scaled(8)
        beside = self.answer.geometry().left() > pad.right()
        self.steps.setVisible(beside and below >= scaled(LEAST_STEPS))
        self.steps.setGeometry(pad.left(), pad.bottom() + scaled(6), pad.width(), max(0, below))
        across = min(hint.width(), pad.width() - scaled(8))
        left = pad.left() + (pad.width() - across) // 2
        self.again.setGeometry(
            left, pad.bottom() - hint.height() - scaled(8), across, hint.height()
        )
