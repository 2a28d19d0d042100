"""Where everything of the network diagram lies."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visualizer.panels.network.edges import Edges

Array = NDArray[np.float64]

_EVEN = np.linspace(-1, 1, 14)

CURVE = (1 + np.sign(_EVEN) * np.abs(_EVEN) ** (2 / 3)) / 2
"""Where along a connection its points lie: close together towards the ends, where it bends most.

Straight lines between points differ from a curve by its second derivative times the square of
their distance, so points lie as densely as the root of that derivative, which is √|1 − 2t| here:
at equal distances it would take half as many points again for the same smoothness.
"""

EASE = 3 * CURVE**2 - 2 * CURVE**3


@dataclass(frozen=True, slots=True)
class Column:
    """The units of one layer.

    Attributes
    ----------
    centres : ndarray, shape (units, 2)
        x and y in logical pixels.
    radius : float
        Of a unit drawn as a circle; half a cell where they are cells of a grid.
    spacing : float
        From one unit to the one below it.
    grid : tuple of int, or None
        ``(rows, columns)`` of cells, filled column by column, where circles do not fit.
    """

    centres: Array
    radius: float
    spacing: float
    grid: tuple[int, int] | None = None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all units."""
        left, top = (self.centres.min(axis=0) - self.radius).tolist()
        right, bottom = (self.centres.max(axis=0) + self.radius).tolist()
        return left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Diagram:
    """The layout for one network in one size: the inputs, then every layer."""

    inputs: Column
    layers: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Inputs and layers, left to right."""
        return (self.inputs, *self.layers)


@dataclass(frozen=True, slots=True)
class ReadOut:
    """Where names and probabilities stand right of the output layer, in logical pixels.

    Attributes
    ----------
    name_x, name_width, bar_x, bar_width, bar_height : float
        Of the class's name, and of the bar as long as its probability.
    right : float
        Where the widget ends.
    roomy : bool
        Whether the true class is marked above its bar, for there is room; or behind it.
    """

    name_x: float
    name_width: float
    bar_x: float
    bar_width: float
    bar_height: float
    right: float
    roomy: bool

    def mark(self, y: float) -> tuple[float, float, float, float]:
        """Return left, top, width and height of the true class's mark in the row at ``y``."""
        if self.roomy:
            return self.bar_x - 2, y - 17, 82.0, 13.0
        return self.bar_x + self.bar_width + 1, y - 6, 12.0, 12.0


TOP, BOTTOM, LEFT, READOUT = 16.0, 26.0, 20.0, 176.0
"""Room in pixels for the labels above and below, and for the probabilities at the right."""

FULL = (880.0, 620.0)
"""Width and height from which everything grows with the room, with text at 100 %."""

LEAST = (520.0, 300.0)
"""Width and height below which larger text would leave no room for the network."""

MOST_GROWN = 3.0
"""How many times as large everything becomes at most."""

LABELS = 84.0
"""Room in pixels for the words above and below the picture of the input."""

WIDEST = 22.0
"""Radius of a unit at most."""

CIRCLES, TIGHTEST = 11.0, 8.0
"""Spacing from which a layer is drawn as circles, and the least they are pushed together to
while slow motion needs room."""


def scale_of(width: float, height: float, text: float) -> float:
    """Return how much larger than it is written down everything is painted.

    Parameters
    ----------
    width, height : float
        Of the widget, in logical pixels.
    text : float
        The size of text, as a multiple of the usual.
    """
    room = min(width / FULL[0], height / FULL[1]) / text
    wanted = text * min(max(1.0, room), MOST_GROWN)
    bearable = min(width / LEAST[0], height / LEAST[1])
    return max(min(wanted, bearable), min(1.0, text))


def lay_out(
    sizes: tuple[int, ...],
    image_shape: tuple[int, int] | None,
    width: float,
    height: float,
    lent: float = 0.0,
) -> Diagram:
    """Place a network of these sizes in a widget of ``width`` × ``height`` logical pixels.

    Parameters
    ----------
    lent : float
        Height that the diagram has given away for a while: it only moves closer together, and
        what was circles or a grid of so many rows stays so.
    """
    room = max(height - TOP - BOTTOM, 40.0)
    usual = room + lent
    middle = TOP + room / 2
    readout = min(READOUT, 0.33 * width)
    right = width - readout
    # Alone before one hidden layer the picture may be large; more layers need the way.
    wide = {1: 0.40, 2: 0.34}.get(len(sizes) - 2, 0.30)
    side = max(40.0, min(0.54 * usual + 16, height - LABELS, wide * (right - LEFT)))
    if image_shape is not None:
        inputs = _picture(image_shape, LEFT + side / 2, middle, side)
    else:
        inputs = _column(sizes[0], LEFT + 30, room, usual, 0.2 * (right - LEFT))
    first = inputs.box[2]
    hidden = len(sizes) - 2
    step = (right - first) / (hidden + 1)
    layers = [
        _column(units, first + step * (k + 1), room, usual, 0.5 * step)
        for k, units in enumerate(sizes[1:-1])
    ]
    return Diagram(inputs, (*layers, _output(sizes[-1], right, room)))


def _picture(shape: tuple[int, int], x: float, y: float, side: float) -> Column:
    rows, columns = shape
    # Whole pixels per cell where there is room, so that the picture's cells are all alike.
    cell = side / max(rows, columns)
    cell = math.floor(cell) if cell >= 2 else cell
    row, column = np.divmod(np.arange(rows * columns), columns)
    centres = np.stack(
        [x + (column - (columns - 1) / 2) * cell, y + (row - (rows - 1) / 2) * cell], axis=1
    )
    return Column(centres, cell / 2, cell, (rows, columns))


def _widest_spacing(room: float) -> float:
    """Return how far apart units may be: more in a tall window, but never lost in it."""
    return max(36.0, min(72.0, room / 10))


def _column(units: int, x: float, room: float, usual: float, widest: float) -> Column:
    middle = TOP + room / 2
    spacing = min(_widest_spacing(room), room / units)
    if usual / units >= CIRCLES and spacing >= TIGHTEST:
        y = middle + (np.arange(units) - (units - 1) / 2) * spacing
        radius = min(WIDEST, 0.42 * spacing)
        return Column(np.stack([np.full(units, x), y], axis=1), radius, spacing)
    for cell in (16.0, 14.0, 12.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0):
        rows = max(1, min(units, int(0.92 * usual / cell)))
        columns = math.ceil(units / rows)
        if columns * cell <= widest:
            break
    # As even as it gets: the last column should not be a stub.
    rows = math.ceil(units / columns)
    if rows * cell > room:
        # Whole pixels per cell where there is room, so that the cells are all alike.
        cell = max(1.0, math.floor(room / rows)) if room >= rows else room / rows
    column, row = np.divmod(np.arange(units), rows)
    centres = np.stack(
        [x + (column - (columns - 1) / 2) * cell, middle + (row - (rows - 1) / 2) * cell], axis=1
    )
    return Column(centres, cell / 2, cell, (rows, columns))


def read_out_of(column: Column, name_width: float, width: float) -> ReadOut:
    """Place names and bars beside the output layer.

    Parameters
    ----------
    column : Column
        The output layer.
    name_width, width : float
        Of the widest name of a class, and of the whole widget.
    """
    name_x = float(column.centres[0, 0]) + column.radius + 10
    name_width = min(64, name_width + 4)
    bar_x = name_x + name_width + 8
    roomy = column.spacing >= 22
    # Room for a number, and where it is tight for the mark of the true class before it.
    beside = 48 if roomy else 54
    return ReadOut(
        name_x,
        name_width,
        bar_x,
        max(16.0, width - bar_x - beside),
        min(8.0, max(2.0, column.spacing * 0.5)),
        width,
        roomy,
    )


def _output(units: int, x: float, room: float) -> Column:
    spacing = min(_widest_spacing(room), room / units)
    y = TOP + room / 2 + (np.arange(units) - (units - 1) / 2) * spacing
    radius = min(WIDEST, max(1.0, 0.33 * spacing))
    return Column(np.stack([np.full(units, x), y], axis=1), radius, spacing)


def curves(edges: Edges, left: Column, right: Column, *, from_pixels: bool) -> tuple[Array, Array]:
    """Return x and y of every edge's points, each of shape (edges, points).

    A connection starts at the edge of the picture, as high as the pixel it reads, or at the rim of
    its unit, and ends at the rim: nothing lies over the picture.
    """
    start, end = left.centres[edges.source], right.centres[edges.target]
    x1 = end[:, :1] - right.radius
    x0 = left.box[2] if from_pixels else start[:, :1] + left.radius
    xs = x0 + (x1 - x0) * CURVE
    ys = start[:, 1:] + (end[:, 1:] - start[:, 1:]) * EASE
    return xs, ys
