"""The few icons of the window, drawn as paths so that they are crisp at any pixel ratio."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from visualizer.style.painting import painting
from visualizer.style.text_size import scaled

# Every icon is drawn in a 16 × 16 box.


def _triangle(painter: QPainter, left: float, right: float) -> None:
    painter.drawPolygon(QPolygonF([QPointF(left, 3), QPointF(right, 8), QPointF(left, 13)]))


def _play(painter: QPainter) -> None:
    _triangle(painter, 4, 13)


def _pause(painter: QPainter) -> None:
    painter.drawRect(QRectF(3.5, 3, 3, 10))
    painter.drawRect(QRectF(9.5, 3, 3, 10))


def _step(painter: QPainter) -> None:
    _triangle(painter, 3, 10.5)
    painter.drawRect(QRectF(11.5, 3, 2, 10))


def _back(painter: QPainter) -> None:
    painter.drawPolygon(QPolygonF([QPointF(12.5, 3), QPointF(5, 8), QPointF(12.5, 13)]))
    painter.drawRect(QRectF(2.5, 3, 2, 10))


def _stroke(painter: QPainter, path: QPainterPath) -> None:
    pen = QPen(painter.brush().color(), 1.6)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)


def _lines(*runs: tuple[tuple[float, float], ...]) -> QPainterPath:
    path = QPainterPath()
    for run in runs:
        path.moveTo(*run[0])
        for point in run[1:]:
            path.lineTo(*point)
    return path


def _restart(painter: QPainter) -> None:
    path = QPainterPath()
    circle = QRectF(3, 3.5, 10, 10)
    path.arcMoveTo(circle, 135)
    path.arcTo(circle, 135, 285)
    path.addPath(_lines(((4.2, 1.8), (4.2, 5.2), (7.6, 5.2))))
    _stroke(painter, path)


def _export(painter: QPainter) -> None:
    _stroke(
        painter,
        _lines(((8, 2), (8, 10)), ((4.5, 6.8), (8, 10.2), (11.5, 6.8)), ((3, 13.5), (13, 13.5))),
    )


def _record(painter: QPainter) -> None:
    painter.drawEllipse(QRectF(4, 4, 8, 8))


def _zoom(painter: QPainter) -> None:
    path = _lines(((10, 10), (13.5, 13.5)))
    path.addEllipse(QRectF(2.5, 2.5, 8.5, 8.5))
    _stroke(painter, path)


def _maximise(painter: QPainter) -> None:
    corners = (
        ((3.5, 6.5), (3.5, 3.5), (6.5, 3.5)),
        ((9.5, 3.5), (12.5, 3.5), (12.5, 6.5)),
        ((12.5, 9.5), (12.5, 12.5), (9.5, 12.5)),
        ((6.5, 12.5), (3.5, 12.5), (3.5, 9.5)),
    )
    _stroke(painter, _lines(*corners))


def _close(painter: QPainter) -> None:
    _stroke(painter, _lines(((4.5, 4.5), (11.5, 11.5)), ((11.5, 4.5), (4.5, 11.5))))


def _add(painter: QPainter) -> None:
    _stroke(painter, _lines(((8, 3.5), (8, 12.5)), ((3.5, 8), (12.5, 8))))


def _previous(painter: QPainter) -> None:
    _stroke(painter, _lines(((9.5, 4), (5.5, 8), (9.5, 12))))


def _next(painter: QPainter) -> None:
    _stroke(painter, _lines(((6.5, 4), (10.5, 8), (6.5, 12))))


def _arrow_back(painter: QPainter) -> None:
    path = _lines(((6.5, 3), (3, 6.5), (6.5, 10)), ((3, 6.5), (9.5, 6.5)))
    path.arcTo(QRectF(6.5, 6.5, 6.5, 6.5), 90, -180)
    path.lineTo(6.5, 13)
    _stroke(painter, path)


def _arrow_on(painter: QPainter) -> None:
    painter.translate(16, 0)
    painter.scale(-1, 1)
    _arrow_back(painter)


def _erase(painter: QPainter) -> None:
    path = _lines(((2.5, 4.5), (13.5, 4.5)), ((6, 4.5), (6, 2.5), (10, 2.5), (10, 4.5)))
    path.addPath(_lines(((4, 4.5), (4.6, 13.5), (11.4, 13.5), (12, 4.5))))
    path.addPath(_lines(((6.8, 7), (6.9, 11)), ((9.2, 7), (9.1, 11))))
    _stroke(painter, path)


def _picture(painter: QPainter) -> None:
    path = _lines(((3, 11.5), (6.5, 8), (9, 10.5), (10.5, 9), (13, 11.5)))
    path.addRoundedRect(QRectF(2.5, 3, 11, 10), 1.5, 1.5)
    path.addEllipse(QRectF(9, 5, 1.8, 1.8))
    _stroke(painter, path)


def _random(painter: QPainter) -> None:
    path = QPainterPath()
    path.addRoundedRect(QRectF(2.5, 2.5, 11, 11), 2.5, 2.5)
    _stroke(painter, path)
    painter.setBrush(painter.pen().color())
    for x, y in ((5.6, 5.6), (10.4, 5.6), (8, 8), (5.6, 10.4), (10.4, 10.4)):
        painter.drawEllipse(QPointF(x, y), 0.4, 0.4)


def _column(painter: QPainter, left: float) -> None:
    painter.drawRect(QRectF(left, 4, 5, 8))
    path = QPainterPath()
    path.addRect(QRectF(2.8, 3.8, 10.4, 8.4))
    _stroke(painter, path)


def _saliency(painter: QPainter) -> None:
    path = QPainterPath(QPointF(1.8, 8))
    path.quadTo(8, 0.8, 14.2, 8)
    path.quadTo(8, 15.2, 1.8, 8)
    pupil = painter.brush()
    _stroke(painter, path)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(pupil)
    painter.drawEllipse(QPointF(8, 8), 2.2, 2.2)


def _slow(painter: QPainter) -> None:
    path = _lines(((8, 9), (8, 6)), ((6.4, 1.8), (9.6, 1.8)), ((8, 2), (8, 4)))
    path.addEllipse(QPointF(8, 9), 5, 5)
    path.addPath(_lines(((12.4, 3.6), (13.4, 4.6))))
    _stroke(painter, path)


_DRAWINGS: dict[str, Callable[[QPainter], None]] = {
    "play": _play,
    "pause": _pause,
    "step": _step,
    "back": _back,
    "restart": _restart,
    "export": _export,
    "record": _record,
    "maximise": _maximise,
    "zoom": _zoom,
    "close": _close,
    "add": _add,
    "previous": _previous,
    "next": _next,
    "saliency": _saliency,
    "slow": _slow,
    "left column": partial(_column, left=3.0),
    "right column": partial(_column, left=8.0),
    "undo": _arrow_back,
    "redo": _arrow_on,
    "erase": _erase,
    "picture": _picture,
    "random": _random,
}


def icon(name: str, colour: str, size: int = 16) -> QIcon:
    """Return an icon in a colour, drawn at one, two and three times the logical size.

    Parameters
    ----------
    name, colour : str
    size : int
        Logical pixels of each side with text at 100 %.
    """
    result, size = QIcon(), scaled(size)
    for ratio in (1, 2, 3):
        pixmap = QPixmap(QSize(size, size) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        with painting(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(size / 16, size / 16)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            _DRAWINGS[name](painter)
        result.addPixmap(pixmap)
    return result
