"""Where the cells of a confusion matrix lie, with the room for names and margins around them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from visualizer.style.text_size import factor, scaled

ABOVE, BELOW = 28.0, 33.0
"""Room for the names of the columns, and for the margin with the scales, with text at 100 %."""

MARGIN = 46.0
"""Width of the margin at the right, with text at 100 %."""

WIDEST, TALLEST = 64.0, 40.0
"""Of a cell, with text at 100 %: a few classes need not fill the panel."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A square of cells, in logical pixels.

    Attributes
    ----------
    x, y : float
        Top left corner of the first cell.
    cell : tuple of float
        Width and height of a cell: whole pixels where there are three or more.
    classes : int
    """

    x: float
    y: float
    cell: tuple[float, float]
    classes: int

    @classmethod
    def within(cls, width: float, height: float, names: float, classes: int) -> Grid:
        """Lay out a grid in a widget of a size, with so much room for the names of the rows."""
        one = factor()
        across = max(1.0, (width - names - MARGIN * one) / classes)
        down = max(1.0, (height - (ABOVE + BELOW) * one) / classes)
        down = min(down, TALLEST * one)
        across = min(across, WIDEST * one, 2.4 * down)
        return cls(names, float(scaled(ABOVE)), (_whole(across), _whole(down)), classes)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of all cells together."""
        return self.cell[0] * self.classes, self.cell[1] * self.classes

    def rectangle(self, true: int, predicted: int) -> tuple[float, float, float, float]:
        """Return x, y, width and height of a cell."""
        width, height = self.cell
        return self.x + predicted * width, self.y + true * height, width, height

    def at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return the true and the predicted class of the cell at a point; None beside them."""
        predicted = math.floor((x - self.x) / self.cell[0])
        true = math.floor((y - self.y) / self.cell[1])
        inside = 0 <= true < self.classes and 0 <= predicted < self.classes
        return (true, predicted) if inside else None


def _whole(cell: float) -> float:
    return float(math.floor(cell)) if cell >= 3 else cell
