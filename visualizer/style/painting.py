"""The one place where painting begins and ends.

An error in the middle of painting would leave its painter alive on the window's pixels, held by
the error's traceback; at the next resize Qt frees these pixels and the program ends without a
word. Here every painter ends, whatever happens, and a widget that cannot be painted says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from PyQt6.QtCore import QLineF, QRect, QRectF, Qt
from PyQt6.QtGui import QColor, QPaintDevice, QPainter
from PyQt6.QtWidgets import QWidget

from visualizer.jobs.failures import failures, in_words
from visualizer.style.theme import DARK, Palette, font

if TYPE_CHECKING:
    _Widget = QWidget
else:  # A widget has one parent among Qt's classes: the one its own class names.
    _Widget = object


@contextmanager
def painting(device: QPaintDevice) -> Iterator[QPainter]:
    """Give a painter of a picture or a widget that ends with the block."""
    painter = QPainter(device)
    try:
        yield painter
    finally:
        painter.end()


@contextmanager
def saved(painter: QPainter) -> Iterator[QPainter]:
    """Let a painter be after the block as it was before."""
    painter.save()
    try:
        yield painter
    finally:
        painter.restore()


def draw_rectangles(painter: QPainter, rectangles: Iterable[QRectF]) -> None:
    """Draw any number of rectangles, also none: PyQt raises an error for none."""
    if found := list(rectangles):
        painter.drawRects(*found)


def draw_lines(painter: QPainter, lines: Iterable[QLineF]) -> None:
    """Draw any number of lines, also none."""
    if found := list(lines):
        painter.drawLines(*found)


described: WeakSet[QWidget] = WeakSet()
"""Every widget that can say in a sentence what it shows, by a method ``describe``.

Kept, since to search a window for them Qt would have to be asked for everything in it."""


class Painted(_Widget):
    """What widgets painted by hand inherit from, before their kind of widget.

    Subclasses paint in :meth:`paint`. An error there is reported, and the widget says in its
    place that it could not be painted: half a picture, or one of another moment, would be taken
    for the truth.
    """

    _palette: Palette = DARK

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if hasattr(self, "describe"):
            described.add(self)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        self.update()

    def paint(self, painter: QPainter) -> None:
        """Paint the widget."""
        raise NotImplementedError

    def paintEvent(self, event) -> None:
        """Paint, or say why not."""
        try:
            with painting(self) as painter:
                self.paint(painter)
        except Exception as error:
            words = in_words(error)
            failures().report(error, f"{self.accessibleName() or 'a picture'} cannot be painted")
            with painting(self) as painter:
                _paint_failure(painter, self.rect(), words, self._palette)


def _paint_failure(painter: QPainter, area: QRect, words: str, palette: Palette) -> None:
    """Paint over everything that a picture could not be painted, and why."""
    painter.fillRect(area, QColor(palette.panel))
    painter.setFont(font(11))
    painter.setPen(QColor(palette.bad))
    wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(QRectF(area), int(wrapped), f"This cannot be painted ({words})")
