"""Digits drawn with a round pen: as lines in a box, put anywhere, at any size and thickness."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

Line = np.ndarray


def arc(x, y, rx, ry, start, end, points=28) -> Line:
    """Part of an ellipse; angles in degrees, 0 to the right, 90 down."""
    angle = np.radians(np.linspace(start, end, points))
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


def line(*points) -> Line:
    return np.array(points, float)


def joined(*parts) -> Line:
    return np.concatenate(parts)


STYLES: dict[int, list[list[Line]]] = {
    0: [[arc(0.33, 0.5, 0.33, 0.5, -90, 270, 48)], [arc(0.4, 0.5, 0.4, 0.5, -60, 305, 48)]],
    1: [[line((0.3, 0), (0.3, 1))], [line((0.05, 0.25), (0.35, 0), (0.35, 1))]],
    2: [
        [joined(arc(0.32, 0.27, 0.3, 0.27, -170, 30), line((0.02, 1), (0.65, 1)))],
        [
            joined(
                arc(0.32, 0.28, 0.3, 0.28, -150, 45), line((0.3, 0.75), (0.02, 0.98), (0.68, 0.98))
            )
        ],
    ],
    3: [
        [joined(arc(0.3, 0.25, 0.3, 0.25, -150, 90), arc(0.3, 0.74, 0.34, 0.26, -90, 150))],
        [joined(line((0.03, 0), (0.6, 0), (0.28, 0.4)), arc(0.28, 0.7, 0.34, 0.3, -90, 150))],
    ],
    4: [
        [line((0.45, 0), (0.02, 0.65), (0.7, 0.65)), line((0.5, 0), (0.5, 1))],
        [line((0.08, 0), (0.03, 0.52), (0.65, 0.52)), line((0.55, 0.05), (0.5, 1))],
    ],
    5: [
        [joined(line((0.6, 0), (0.08, 0), (0.05, 0.42)), arc(0.28, 0.68, 0.34, 0.32, -110, 150))],
        [
            joined(line((0.1, 0.02), (0.08, 0.45)), arc(0.28, 0.7, 0.33, 0.3, -100, 150)),
            line((0.1, 0.02), (0.6, 0)),
        ],
    ],
    6: [
        [joined(line((0.5, 0), (0.2, 0.3)), arc(0.33, 0.7, 0.3, 0.3, -180, 180, 40))],
        [
            joined(
                arc(0.6, 0.55, 0.55, 0.55, -95, -180, 20),
                arc(0.32, 0.7, 0.28, 0.3, -180, 160, 40),
            )
        ],
    ],
    7: [
        [line((0.02, 0), (0.62, 0), (0.22, 1))],
        [line((0.02, 0.02), (0.62, 0), (0.3, 1)), line((0.15, 0.5), (0.6, 0.5))],
    ],
    8: [
        [
            joined(
                arc(0.32, 0.25, 0.26, 0.25, 90, -270, 40),
                arc(0.32, 0.75, 0.31, 0.25, -90, 270, 40),
            )
        ],
        [
            joined(
                arc(0.33, 0.24, 0.24, 0.24, -30, -270, 30),
                arc(0.33, 0.74, 0.3, 0.26, -90, 250, 36),
                line((0.53, 0.1)),
            )
        ],
    ],
    9: [
        [joined(arc(0.3, 0.28, 0.28, 0.28, 0, -360, 40), line((0.58, 0.28), (0.55, 1)))],
        [
            joined(
                arc(0.3, 0.28, 0.28, 0.28, -20, -360, 40),
                line((0.58, 0.28)),
                arc(0.2, 0.6, 0.38, 0.4, -20, 120, 20),
            )
        ],
    ],
}
"""Of each digit the lines of two hands, in a box about 0.65 wide and 1 high, y downwards."""


def drawing(
    lines: list[Line],
    size: float = 180,
    pen: float = 16,
    at: tuple[float, float] = (60, 50),
    side: int = 280,
) -> np.ndarray:
    """A light drawing on a dark square, anti-aliased.

    Parameters
    ----------
    lines : list of ndarray, shape (points, 2)
    size : float
        Height of the box, in pixels.
    pen : float
        Diameter of the pen.
    at : tuple of float
        Where the box's upper left corner is, x and y.
    side : int
        Of the square.
    """
    y, x = np.mgrid[:side, :side] + 0.5
    nearest = np.full((side, side), np.inf)
    for points in lines:
        points = points * size + at
        for start, end in pairwise(points):
            low = np.clip(np.minimum(start, end) - pen, 0, side).astype(int)
            high = np.clip(np.maximum(start, end) + pen + 1, 0, side).astype(int)
            near = slice(low[1], high[1]), slice(low[0], high[0])
            dx, dy = end - start
            length = max(dx * dx + dy * dy, 1e-12)
            right, down = x[near] - start[0], y[near] - start[1]
            along = np.clip((right * dx + down * dy) / length, 0, 1)
            distance = np.hypot(right - along * dx, down - along * dy)
            nearest[near] = np.minimum(nearest[near], distance)
    return np.clip(pen / 2 - nearest + 0.5, 0, 1)


def digit(number: int, hand: int = 0, **how) -> np.ndarray:
    return drawing(STYLES[number][hand], **how)
