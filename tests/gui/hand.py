"""A hand that draws: digits as lines, and a mouse that follows them over the pad."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest

LEFT = Qt.MouseButton.LeftButton

Line = list[tuple[float, float]]


def arc(x: float, y: float, across: float, down: float, start: int, end: int) -> Line:
    """Go along an ellipse from one angle to another, in degrees."""
    turns = np.radians(np.linspace(start, end, 24))
    return [(x + across * np.cos(t), y - down * np.sin(t)) for t in turns]


DIGITS: dict[int, list[Line]] = {
    0: [arc(0.5, 0.5, 0.24, 0.36, 90, 450)],
    1: [[(0.5, 0.14), (0.5, 0.5), (0.5, 0.86)]],
    2: [[*arc(0.5, 0.34, 0.22, 0.2, 160, -40), (0.3, 0.84)], [(0.3, 0.84), (0.74, 0.84)]],
    3: [arc(0.48, 0.32, 0.2, 0.17, 140, -90) + arc(0.48, 0.67, 0.23, 0.19, 90, -140)],
    4: [[(0.6, 0.14), (0.26, 0.6), (0.78, 0.6)], [(0.62, 0.4), (0.62, 0.88)]],
    5: [[(0.7, 0.15), (0.34, 0.15), (0.32, 0.45), *arc(0.47, 0.64, 0.24, 0.22, 120, -140)]],
    6: [[(0.62, 0.13), (0.42, 0.34), *arc(0.5, 0.66, 0.21, 0.21, 150, 510)]],
    7: [[(0.26, 0.16), (0.74, 0.16), (0.44, 0.88)]],
    8: [arc(0.5, 0.31, 0.18, 0.17, -90, 270), arc(0.5, 0.67, 0.22, 0.19, 90, 450)],
    9: [[*arc(0.48, 0.34, 0.2, 0.19, 0, 360), (0.68, 0.34), (0.6, 0.88)]],
}
"""Each digit as lines in a square of side 1."""


def moved(lines: list[Line], scale: float, right: float, down: float) -> list[Line]:
    """Make lines smaller about the middle, then move them."""
    return [
        [(0.5 + right + scale * (x - 0.5), 0.5 + down + scale * (y - 0.5)) for x, y in line]
        for line in lines
    ]


def point(pad, x: float, y: float) -> QPoint:
    """Return where a place of the pad is, in pixels."""
    square = pad.square()
    return QPoint(
        round(square.left() + x * square.width()), round(square.top() + y * square.height())
    )


def press(pad, line: Line) -> None:
    """Draw a line with the mouse without letting go."""
    QTest.mousePress(pad, LEFT, pos=point(pad, *line[0]))
    for place in line[1:]:
        QTest.mouseMove(pad, point(pad, *place))


def draw(pad, *lines: Line) -> None:
    """Draw lines with the mouse."""
    for line in lines:
        press(pad, line)
        QTest.mouseRelease(pad, LEFT, pos=point(pad, *line[-1]))
