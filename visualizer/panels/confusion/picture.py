"""The picture of a confusion matrix: cells, counts, names, margins and scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter

from nnfs_core.diagnose.confusion import Confusion
from nnfs_core.text.numbers import amount, figures_of, percent
from visualizer.panels.confusion.grid import BELOW, MARGIN, Grid
from visualizer.style.images import colour_image, round_up
from visualizer.style.text_size import factor, scaled
from visualizer.style.theme import Palette, font, mistaken, quiet, unit_levels

LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
CENTRE = Qt.AlignmentFlag.AlignCenter
ELIDED = Qt.TextElideMode.ElideRight


@dataclass(frozen=True)
class ConfusionPicture:
    """Everything that is painted of a confusion matrix.

    Mistakes have the strong colours, on a scale of their own; what is right is kept quiet, so
    that mistakes stand out however few they are.

    Attributes
    ----------
    confusion : Confusion
    classes : tuple of str
        The name of each class.
    percent : bool
        Print percent of the true class instead of counts.
    grid : Grid
    palette : Palette
    """

    confusion: Confusion
    classes: tuple[str, ...]
    percent: bool
    grid: Grid
    palette: Palette

    @property
    def numbers(self) -> np.ndarray:
        """The number of each cell, shape (classes, classes)."""
        if self.percent:
            return np.nan_to_num(100 * self.confusion.shares)
        return self.confusion.counts.astype(float)

    @property
    def scale(self) -> float:
        """The number of mistakes in a cell, or percent of its row, that has full colour."""
        mistakes = self.numbers
        np.fill_diagonal(mistakes, 0)
        return round_up(float(mistakes.max(initial=0)))

    def colours(self) -> np.ndarray:
        """Return the colour of each cell, shape (classes, classes, 3).

        Mistakes from nothing to :attr:`scale`; the diagonal from 0 to 100 % of its class.
        """
        result = mistaken(self.palette)[unit_levels(self.numbers, self.scale)]
        diagonal = np.arange(self.confusion.classes)
        recall = np.nan_to_num(self.confusion.recall)
        result[diagonal, diagonal] = quiet(self.palette)[unit_levels(recall)]
        return result

    def paint(self, painter: QPainter) -> None:
        """Paint it."""
        grid, colours = self.grid, self.colours()
        painter.drawImage(QRectF(grid.x, grid.y, *grid.size), colour_image(colours))
        self._paint_lines(painter, grid)
        self._paint_numbers(painter, grid, colours)
        self._paint_names(painter, grid)
        self._paint_margins(painter, grid)
        self._paint_scales(painter, grid)

    def _paint_lines(self, painter: QPainter, grid: Grid) -> None:
        if min(grid.cell) < 8:
            return
        panel = QColor(self.palette.panel)
        width, height = grid.size
        for line in range(1, grid.classes):
            painter.fillRect(QRectF(grid.x + line * grid.cell[0] - 1, grid.y, 1, height), panel)
            painter.fillRect(QRectF(grid.x, grid.y + line * grid.cell[1] - 1, width, 1), panel)

    def _paint_numbers(self, painter: QPainter, grid: Grid, colours: np.ndarray) -> None:
        """Print the numbers of the cells that are not empty, in the largest font that fits."""
        counts, numbers = self.confusion.counts, self.numbers
        text = _percent if self.percent else _count
        size = _fitting([text(value) for value in np.unique(numbers[counts > 0])], grid.cell)
        if not size:
            return
        painter.setFont(font(size))
        dark = _luminance(colours) < 0.18
        light_ink, dark_ink = _inks(self.palette)
        for true, predicted in np.argwhere(counts > 0).tolist():
            painter.setPen(light_ink if dark[true, predicted] else dark_ink)
            cell = QRectF(*grid.rectangle(true, predicted))
            painter.drawText(cell, CENTRE, text(numbers[true, predicted]))

    def _paint_names(self, painter: QPainter, grid: Grid) -> None:
        painter.setFont(font(11))
        painter.setPen(QColor(self.palette.dim))
        metrics = painter.fontMetrics()
        width, height = grid.cell
        one = factor()
        names, line = grid.x - 6 * one, 13 * one
        painter.drawText(QRectF(0, 0, names, line), RIGHT, "true ↓")
        room = max(90.0 * one, grid.size[0])
        painter.drawText(QRectF(grid.x, 0, room, line), LEFT, "predicted →")
        every = max(1, int(np.ceil(line / height)))
        for row in range(0, grid.classes, every):
            name = metrics.elidedText(self.classes[row], ELIDED, round(names))
            middle = grid.y + (row + 0.5) * height
            painter.drawText(QRectF(0, middle - 8 * one, names, 16 * one), RIGHT, name)
        widest = max(map(metrics.horizontalAdvance, self.classes))
        # Whole names of some columns where there are many; a little of each where there are few.
        whole = widest + scaled(6)
        needed = whole if grid.size[0] >= 4 * whole else min(widest + scaled(4), scaled(26))
        every = max(1, int(np.ceil(needed / width)))
        for column in range(0, grid.classes, every):
            box = QRectF(grid.x + column * width, line, every * width, 15 * one)
            if every == 1:
                name = metrics.elidedText(self.classes[column], ELIDED, round(width - 2))
                painter.drawText(box.adjusted(-2, 0, 2, 0), CENTRE, name)
            elif box.right() <= grid.x + grid.size[0]:
                name = metrics.elidedText(self.classes[column], ELIDED, round(box.width() - 2))
                painter.drawText(box, LEFT, name)

    def _paint_margins(self, painter: QPainter, grid: Grid) -> None:
        """Print recall at the right, precision below, and the accuracy in the corner."""
        width, height = grid.cell
        one = factor()
        right, below = grid.x + grid.size[0] + 4 * one, grid.y + grid.size[1] + one
        margin, line = MARGIN * one, 15 * one
        painter.setFont(font(11))
        painter.setPen(QColor(self.palette.dim))
        painter.drawText(QRectF(right, 13 * one, margin, line), LEFT, "recall %")
        painter.drawText(QRectF(0, below, grid.x - 6 * one, line), RIGHT, "prec. %")
        painter.setPen(QColor(self.palette.text))
        if height >= 10 * one:
            painter.setFont(font(11 if height >= 13 * one else 9))
            for row, share in enumerate(self.confusion.recall.tolist()):
                middle = grid.y + (row + 0.5) * height
                box = QRectF(right, middle - 8 * one, margin - 8 * one, 16 * one)
                painter.drawText(box, LEFT, _share(share))
        shares = [_share(share) for share in self.confusion.precision.tolist()]
        # Numbers that touch would be read as one.
        if size := _fitting(shares, (width, line), largest=11):
            painter.setFont(font(size))
            for column, share in enumerate(shares):
                box = QRectF(grid.x + column * width - 2 * one, below, width + 4 * one, line)
                painter.drawText(box, CENTRE, share)
        painter.setFont(font(11, bold=True))
        accuracy = percent(self.confusion.accuracy)
        painter.drawText(QRectF(right, below, margin, line), LEFT, accuracy)

    def _paint_scales(self, painter: QPainter, grid: Grid) -> None:
        """Paint what the colours stand for, as fully as there is room."""
        unit = " %" if self.percent else ""
        most = f"{amount(self.scale)}{unit}" if self.scale else "none"
        painter.setFont(font(11))
        one, width = factor(), painter.fontMetrics().horizontalAdvance
        y, room = grid.y + grid.size[1] + (BELOW - 15) * one, grid.x + grid.size[0] + MARGIN * one
        wide = 40 if grid.size[0] > scaled(240) else 24
        for gap, bar, high in (
            (12, wide, "100 % of the class"),
            (12, wide, "100 %"),
            (8, 10, "100 %"),
        ):
            words = sum(map(width, ("mistakes 0", most, "right 0", high)))
            if words + (gap + 2 * bar + 20) * one <= room:
                break
        x = self._paint_scale(painter, 0.0, y, "mistakes 0", most, bar, mistaken(self.palette))
        self._paint_scale(painter, x + gap * one, y, "right 0", high, bar, quiet(self.palette))

    def _paint_scale(
        self,
        painter: QPainter,
        x: float,
        y: float,
        low: str,
        high: str,
        bar: int,
        table: np.ndarray,
    ) -> float:
        painter.setPen(QColor(self.palette.dim))
        metrics = painter.fontMetrics()
        one = factor()
        left, right = (metrics.horizontalAdvance(text) + 5 * one for text in (low, high))
        wide = bar * one
        painter.drawText(QRectF(x, y, left, 15 * one), LEFT, low)
        painter.drawImage(QRectF(x + left, y + 4 * one, wide, 8 * one), colour_image(table[None]))
        painter.drawText(QRectF(x + left + wide + 5 * one, y, right, 15 * one), LEFT, high)
        return x + left + wide + right


def _count(value: float) -> str:
    return str(round(value))


def _percent(value: float) -> str:
    return figures_of(value / 100, 0)


def _share(value: float) -> str:
    """Write recall or precision: whole per cent, and a decimal where that would say all."""
    return figures_of(value, 1 if 0.99 < value < 1 else 0)


def _fitting(texts: list[str], cell: tuple[float, float], largest: int = 13) -> int:
    """Return the largest font size in which all texts fit into a cell; 0 when none does."""
    longest = max(texts, key=len, default="0")
    for size in range(largest, 8, -1):
        wide = QFontMetricsF(font(size)).horizontalAdvance(longest) + 1.5 <= cell[0]
        if wide and scaled(size + 1) <= cell[1]:
            return size
    return 0


def _luminance(colours: np.ndarray) -> np.ndarray:
    """Return the relative luminance, 0…1, of colours (…, 3) (WCAG 2.1)."""
    channels = colours / 255.0
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def _inks(palette: Palette) -> tuple[QColor, QColor]:
    """Return the light and the dark colour of texts in a theme, whichever is which there."""
    inks = sorted((palette.text, palette.on_accent), key=lambda ink: QColor(ink).lightness())
    return QColor(inks[1]), QColor(inks[0])
