"""What is drawn: strokes as lines with a width, over a picture or over nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from visualizer.style.painting import painting, saved
from visualizer.style.theme import grey

RASTER = 280
"""Pixels on each side of what a drawing is made into before it is prepared: ten for each of
MNIST's, and the same in every window."""

FINENESS = 16
"""Straight pieces for each piece of a smooth line, at most."""

FINEST = 0.008
"""Straight pieces need not be shorter than this share of the side."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture from a file or the clipboard.

    Attributes
    ----------
    grey : ndarray of float32, shape (rows, columns)
        0 black … 1 white.
    name : str
        What it is called on screen.
    """

    grey: NDArray[np.float32]
    name: str

    @property
    def background(self) -> float:
        """The shade around it, 0…1: the median of its border."""
        grey = self.grey
        border = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
        return float(np.median(border))

    def image(self) -> QImage:
        """Return it as an image of its own size."""
        rows, columns = self.grey.shape
        shades = np.rint(255 * np.clip(self.grey, 0, 1)).astype(np.uint8)
        kind = QImage.Format.Format_Grayscale8
        return QImage(shades.tobytes(), columns, rows, columns, kind).copy()


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """One line of the hand, smooth, and thick as it was pressed.

    Attributes
    ----------
    points : ndarray, shape (points, 3)
        x and y of each point and the width there, all as shares of the pad's side.
    pieces : tuple of (float, QPolygonF)
        The smooth line cut where its width changes: width and points of each piece.
    """

    points: NDArray[np.float64]
    pieces: tuple[tuple[float, QPolygonF], ...]

    @classmethod
    def along(cls, points: Sequence[tuple[float, float, float]]) -> Self:
        """Make the stroke that goes through these x, y and widths."""
        through = np.array(points, float).reshape(-1, 3)
        line = smooth(through)
        pieces = []
        for first, last in _runs(line[:, 2]):
            # With the first point of what follows, so that no gap opens between two widths.
            piece = [QPointF(x, y) for x, y, _ in line[first : last + 1].tolist()]
            pieces.append((float(line[first, 2]), QPolygonF(piece)))
        return cls(through, tuple(pieces))

    def paint(self, painter: QPainter, side: float, colour: QColor) -> None:
        """Paint it, with round ends, into a square with the corner at the origin."""
        pen = QPen(colour)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        with saved(painter):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(side, side)
            for width, piece in self.pieces:
                pen.setWidthF(width)
                painter.setPen(pen)
                if piece.count() == 1:
                    # Qt's own point has a length, which is large in these coordinates.
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(colour)
                    painter.drawEllipse(piece.first(), width / 2, width / 2)
                else:
                    painter.drawPolyline(piece)


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Everything on the pad. Each change makes another one, so that none is ever lost.

    Attributes
    ----------
    strokes : tuple of Stroke
    picture : Picture or None
        What the strokes lie on.
    label : int or None
        The class it is meant to be, if somebody has said.
    """

    strokes: tuple[Stroke, ...] = ()
    picture: Picture | None = None
    label: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing on the pad."""
        return not self.strokes and self.picture is None

    def with_stroke(self, stroke: Stroke) -> Self:
        """Return it with one stroke more."""
        return replace(self, strokes=(*self.strokes, stroke))

    def with_label(self, label: int | None) -> Self:
        """Return it as being meant for another class."""
        return replace(self, label=label)

    @property
    def paper(self) -> float:
        """The shade of what is drawn on, 0…1: black, as in the data, or a picture's own."""
        return 0.0 if self.picture is None else self.picture.background

    @property
    def ink(self) -> QColor:
        """The colour of strokes: what stands out from the paper."""
        return shade(0.0 if self.paper > 0.5 else 1.0)

    def paint(self, painter: QPainter, side: float) -> None:
        """Paint it into a square with the corner at the origin."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(QRectF(0, 0, side, side), shade(self.paper))
        if self.picture is not None:
            rows, columns = self.picture.grey.shape
            # A picture of the network's own few pixels is shown as these very pixels.
            smooth = max(rows, columns) > 64
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            scale = side / max(rows, columns)
            width, height = columns * scale, rows * scale
            place = QRectF((side - width) / 2, (side - height) / 2, width, height)
            painter.drawImage(place, self.picture.image())
        for stroke in self.strokes:
            stroke.paint(painter, side, self.ink)

    def grey(self) -> NDArray[np.float32]:
        """Return it as shades, shape (rows, columns), 0 black … 1 white.

        A picture that nothing was drawn on is given whole, as it came.
        """
        if self.picture is not None and not self.strokes:
            return self.picture.grey
        image = QImage(RASTER, RASTER, QImage.Format.Format_Grayscale8)
        with painting(image) as painter:
            self.paint(painter, RASTER)
        memory = image.constBits().asstring(image.sizeInBytes())
        shades = np.frombuffer(memory, np.uint8).reshape(RASTER, image.bytesPerLine())
        return np.divide(shades[:, :RASTER], 255, dtype=np.float32)


def shade(level: float) -> QColor:
    """Return the colour of a shade, 0…1, as pictures have it."""
    table = grey()
    return QColor(*table[round(level * (len(table) - 1))].tolist())


def smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a smooth line along points, as many short straight pieces.

    Parabolas from the middle of one piece to the middle of the next, with the point between
    them as control: the line bends where the hand did, and never beyond it.

    Parameters
    ----------
    points : ndarray, shape (points, …)
        At least one; whatever the columns are is smoothed alike.
    """
    if len(points) < 3:
        return points
    middles = (points[1:] + points[:-1]) / 2
    start, control, end = middles[:-1, None], points[1:-1, None], middles[1:, None]
    t = (np.arange(FINENESS + 1) / FINENESS)[1:, None]
    curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    pieces = [points[:1], middles[:1], curve.reshape(-1, points.shape[1]), points[-1:]]
    return _thinned(np.concatenate(pieces))


def _thinned(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out points that lie closer than can be seen; first and last stay."""
    steps = np.hypot(*np.diff(line[:, :2], axis=0).T)
    at = np.concatenate([[0], np.cumsum(steps)]) // FINEST
    keep = np.concatenate([[True], np.diff(at) > 0])
    keep[-1] = True
    return line[keep]


def _runs(widths: NDArray[np.float64]) -> Iterable[tuple[int, int]]:
    """Cut a line where its width changes; a line of one width has no seams."""
    steps = np.rint(widths * RASTER * 2)
    cuts = np.flatnonzero(np.diff(steps)) + 1
    return pairwise([0, *cuts.tolist(), len(widths)])
