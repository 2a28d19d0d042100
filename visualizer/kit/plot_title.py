"""The line over a plot: its name, the numbers of its curves, and what its colours stand for."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QImage, QPainter
from PyQt6.QtWidgets import QSizePolicy, QWidget

from visualizer.kit.glossary_tips import explain
from visualizer.style.lengths import keep
from visualizer.style.painting import Painted
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette, font


class PlotTitle(Painted, QWidget):
    """One line over a plot: what it shows, numbers in the colours of its curves, a colour scale.

    What there is no room for is left out, from the right.
    """

    def __init__(self) -> None:
        super().__init__()
        keep(self, "setFixedHeight", 16)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Over the plot")
        self.name = ""
        explain(self)
        self.values: tuple[tuple[str, str], ...] = ()
        self.choices: tuple[str, tuple[tuple[tuple[str, str], ...], ...]] | None = None
        self._ramp: tuple[QImage, str] | None = None

    def show_texts(self, name: str, values: tuple[tuple[str, str], ...]) -> None:
        """Take the name, and texts each with a colour."""
        if (name, values) != (self.name, self.values):
            self.name, self.values = name, values
            self.update()

    def show_fitting(self, name: str, *choices: tuple[tuple[str, str], ...]) -> None:
        """Take the first of some ways to write the texts that there is room for, or the last."""
        self.choices = (name, choices)
        room = self.width() - scaled(18 + 4 + 10) - self._advance(name, bold=True)
        for values in choices:
            needed = sum(self._advance(text) for text, _ in values) + scaled(4) * (len(values) - 1)
            if needed <= room:
                break
        self.show_texts(name, values)

    def _advance(self, text: str, *, bold: bool = False) -> int:
        return QFontMetrics(font(11, bold=bold)).horizontalAdvance(text)

    def resizeEvent(self, event) -> None:
        """Choose anew how to write the texts."""
        super().resizeEvent(event)
        if self.choices is not None:
            self.show_fitting(self.choices[0], *self.choices[1])

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme, and the size of text."""
        super().apply_palette(palette)
        if self.choices is not None:
            self.show_fitting(self.choices[0], *self.choices[1])

    def show_ramp(self, ramp: QImage, text: str) -> None:
        """Take a colour scale, one pixel high, and what its ends stand for."""
        self._ramp = (ramp, text)
        self.update()

    def words_shown(self) -> str:
        """Return the words of the line."""
        return self.describe()

    def describe(self) -> str:
        """Say what is written, to those who cannot see it."""
        return ", ".join((self.name, *(text for text, _ in self.values)))

    def paint(self, painter: QPainter) -> None:
        """Paint what there is room for."""
        painter.setFont(font(11, bold=True))
        middle = Qt.AlignmentFlag.AlignVCenter
        x, height, right = float(scaled(4)), self.height(), float(self.width() - scaled(18))
        advance = painter.fontMetrics().horizontalAdvance
        painter.setPen(QColor(self._palette.text))
        name = painter.fontMetrics().elidedText(
            self.name, Qt.TextElideMode.ElideRight, max(0, round(right - x))
        )
        painter.drawText(QRectF(x, 0, right - x, height), middle, name)
        x += advance(name) + scaled(10)
        if self._ramp is not None:
            ramp, text = self._ramp
            painter.setFont(font(11))
            width = painter.fontMetrics().horizontalAdvance(text) + 2
            if x + scaled(60) + width <= right:
                painter.setPen(QColor(self._palette.dim))
                painter.drawText(QRectF(right - width, 0, width, height), middle, text)
                bar = QRectF(0, 0, scaled(48), scaled(7))
                bar.moveCenter(QPointF(right - width - scaled(30), height / 2 + 0.5))
                painter.drawImage(bar, ramp)
                right -= width + scaled(64)
        painter.setFont(font(11))
        advance = painter.fontMetrics().horizontalAdvance
        needed = x + sum(advance(text) for text, _ in self.values)
        # Closer together rather than one number less.
        gap = min(scaled(8), max(scaled(4), (right - needed) / max(1, len(self.values) - 1)))
        for at, (text, colour) in enumerate(self.values):
            # Room for what says that there is more.
            rest = 0 if at == len(self.values) - 1 else gap + advance("…")
            if x + advance(text) + rest > right:
                painter.setPen(QColor(self._palette.dim))
                painter.drawText(QRectF(x, 0, max(0.0, right - x), height), middle, "…")
                return
            painter.setPen(QColor(colour))
            painter.drawText(QRectF(x, 0, right - x, height), middle, text)
            x += advance(text) + gap
