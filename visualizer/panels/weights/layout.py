"""Where the picture of a layer's weights lies: tiles in the shape of the input, or a matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nnfs_core.model.places import Place
from visualizer.kit.frames import Rectangle
from visualizer.style.text_size import factor

LABEL = 20.0
"""Height of the line above a picture, with text at 100 %: its name and its scale."""

GAP = 12.0
"""Between one layer's picture and the next one's label."""

ROW_NAMES, COLUMN_NAMES = 22.0, 13.0
"""Room left of a matrix for its units, and below it for its inputs, with text at 100 %."""

LEAST_MATRIX = 48.0
"""Height in which a matrix is legible."""

NARROWEST_MATRIX = 165.0
"""Width a matrix needs beside another one, with text at 100 %."""

BIAS = 4.0
"""Thickness of the strip that shows a bias."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The picture of one array, in logical pixels.

    A picture is a grid of *tiles*. The first layer of image data has a tile for each unit,
    in the input's shape, with the unit's bias as a strip below. Any other layer is a single
    tile, units × inputs, with the biases as a column at its right.

    Attributes
    ----------
    layer : int
    label : tuple of float
        x, y and width of the line above.
    x, y : float
        Top left corner of the first tile.
    cell : tuple of float
        Width and height of one number.
    shape : tuple of int
        Rows and columns of one tile.
    first, tiles : int
        The unit of the first tile, and how many are shown.
    page : int
        How many tiles there is room for.
    across : int
        Tiles in a row.
    pitch : tuple of float
        From one tile to its right and lower neighbour.
    """

    layer: int
    label: tuple[float, float, float]
    x: float
    y: float
    cell: tuple[float, float]
    shape: tuple[int, int]
    first: int
    tiles: int
    page: int
    across: int
    pitch: tuple[float, float]
    is_matrix: bool

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of one tile."""
        return self.cell[0] * self.shape[1], self.cell[1] * self.shape[0]

    @property
    def bounds(self) -> Rectangle:
        """The rectangle of everything that is shown, the line above and the biases too."""
        right, bottom = self.label[0] + self.label[2], 0.0
        for x, y, width, height in (self.tile(self.tiles - 1), self.bias(self.shown - 1)):
            right, bottom = max(right, x + width), max(bottom, y + height)
        if self.is_matrix:
            bottom += COLUMN_NAMES * factor() + 2
        left, top = min(self.label[0], self.x), self.label[1]
        return left, top, right - left, bottom - top

    @property
    def shown(self) -> int:
        """How many units are shown."""
        return self.shape[0] if self.is_matrix else self.tiles

    def tile(self, number: int) -> Rectangle:
        """Return x, y, width and height of a tile."""
        down, right = divmod(number, self.across)
        return (self.x + right * self.pitch[0], self.y + down * self.pitch[1], *self.size)

    def bias(self, unit: int) -> Rectangle:
        """Return x, y, width and height of the bias of a shown unit, the first one being 0."""
        if self.is_matrix:
            x, y, width, _ = self.tile(0)
            return x + width + 4, y + unit * self.cell[1], max(BIAS, self.cell[0]), self.cell[1]
        x, y, width, height = self.tile(unit)
        return x, y + height + 1, width, BIAS

    def number_at(self, x: float, y: float) -> tuple[int, int | None] | None:
        """Say which number is at a point: its unit and its input, None as input for a bias."""
        for tile in range(self.tiles):
            left, top, width, height = self.tile(tile)
            if left <= x < left + width and top <= y < top + height:
                row, column = int((y - top) / self.cell[1]), int((x - left) / self.cell[0])
                if self.is_matrix:
                    return row, column
                return self.first + tile, row * self.shape[1] + column
        for unit in range(self.shown):
            left, top, width, height = self.bias(unit)
            if left <= x < left + width and top <= y < top + height:
                return self.first + unit, None
        return None

    def cell_of(self, unit: int, source: int) -> Rectangle:
        """Return x, y, width and height of the weight of a unit that is shown."""
        width, height = self.cell
        if self.is_matrix:
            return self.x + source * width, self.y + unit * height, width, height
        x, y, *_ = self.tile(unit - self.first)
        row, column = divmod(source, self.shape[1])
        return x + column * width, y + row * height, width, height

    def marks(self, place: Place) -> list[Rectangle]:
        """Return the rectangles in which a place of the network is seen here; none off the page.

        A unit is its weights with its bias, and, in the layer after, the weights it has there.
        """
        units = range(self.first, self.first + self.shown)
        if place.kind == "input" and self.layer == 0:
            if self.is_matrix:
                x, _, width, _ = self.cell_of(0, place.source)
                return [(x, self.y, width, self.size[1])]
            return [self.cell_of(unit, place.source) for unit in units]
        if place.kind == "unit" and self.layer == place.layer + 1:
            x, _, width, _ = self.cell_of(0, place.unit)
            return [(x, self.y, width, self.size[1])]
        if self.layer != place.layer or place.unit not in units:
            return []
        if place.kind == "weight":
            return [self.cell_of(place.unit, place.source)]
        bias = self.bias(place.unit - self.first)
        if place.kind == "bias":
            return [bias]
        if place.kind == "unit":
            x, y, width, height = self.tile(0 if self.is_matrix else place.unit - self.first)
            if self.is_matrix:
                y, height = bias[1], bias[3]
            return [(x, y, bias[0] + bias[2] - x, max(bias[1] + bias[3], y + height) - y)]
        return []


def _rows(
    sizes: tuple[int, ...], image_shape: tuple[int, int] | None, width: float
) -> list[list[int]]:
    """Return which layers' pictures stand side by side: tiles have a row of their own."""
    matrices = list(range(1 if image_shape else 0, len(sizes) - 1))
    across = max(1, min(len(matrices), int(width // (NARROWEST_MATRIX * factor()))))
    rows = [matrices[at : at + across] for at in range(0, len(matrices), across)]
    return [[0], *rows] if image_shape else rows


def _least(row: list[int], image_shape: tuple[int, int] | None) -> float:
    """Return the least height in which a row of pictures is legible."""
    picture = image_shape[0] + BIAS + 2 if image_shape and row == [0] else LEAST_MATRIX
    return LABEL * factor() + picture


def height_wanted(
    sizes: tuple[int, ...], image_shape: tuple[int, int] | None, width: float
) -> float:
    """Return the least height in which a layer is legible, and the output below it."""
    rows = _rows(sizes, image_shape, width)
    ends = [rows[0], rows[-1]] if len(rows) > 1 else rows
    most = max((_least(row, image_shape) for row in rows[:-1]), default=0.0)
    last = _least(ends[-1], image_shape)
    return last if len(rows) == 1 else most + GAP + last


def row_pages(
    sizes: tuple[int, ...], image_shape: tuple[int, int] | None, width: float, height: float
) -> list[list[list[int]]]:
    """Return the pages there are of a column: which layers stand in its rows.

    The output is on every page: it is what all the others lead to.
    """
    rows = _rows(sizes, image_shape, width)
    *others, last = rows
    room = height - _least(last, image_shape)
    pages: list[list[list[int]]] = []
    at = 0
    while at < len(others):
        page: list[list[int]] = []
        left = room
        while at < len(others):
            needed = _least(others[at], image_shape) + GAP
            if page and needed > left:
                break
            page.append(others[at])
            left -= needed
            at += 1
        pages.append([*page, last])
    return pages or [[last]]


def placed(
    sizes: tuple[int, ...],
    image_shape: tuple[int, int] | None,
    left: float,
    width: float,
    height: float,
    first: int = 0,
    page: int = 0,
) -> list[Placement]:
    """Place the pictures of a page of layers one below the other in a column of the panel.

    Parameters
    ----------
    first : int
        The first unit whose tile is shown, where there is no room for all.
    page : int
        Which of :func:`row_pages` is shown.
    """
    pages = row_pages(sizes, image_shape, width, height)
    rows = pages[min(page, len(pages) - 1)]
    above = LABEL * factor()
    room = height - len(rows) * above - (len(rows) - 1) * GAP
    # The first layer holds most of the numbers, and pictures rather than cells.
    shares = [2.0 if row == [0] and image_shape else 1.0 for row in rows]
    result, y = [], 0.0
    for row, share in zip(rows, shares, strict=True):
        tall = room * share / sum(shares)
        each = (width - (len(row) - 1) * 24) / len(row)
        for number, layer in enumerate(row):
            x = left + number * (each + 24)
            label = (x, y, each)
            if layer == 0 and image_shape is not None:
                result.append(_tiles(sizes[1], image_shape, label, x, y + above, each, tall, first))
            else:
                units, inputs = sizes[layer + 1], sizes[layer]
                result.append(_matrix(layer, units, inputs, label, x, y + above, each, tall))
        y += above + tall + GAP
    return result


def _matrix(
    layer: int,
    units: int,
    inputs: int,
    label: tuple[float, float, float],
    x: float,
    y: float,
    width: float,
    height: float,
) -> Placement:
    # The biases stand in a column of their own after a gap; below it there is a letter.
    left, below = ROW_NAMES * factor(), COLUMN_NAMES * factor()
    room = width - left - 4 - 2
    cell_height = _whole(min((height - below) / units, 24.0))
    cell_width = _whole(min(4 * cell_height, room / (inputs + 1), (room - BIAS) / inputs))
    if units == inputs and cell_width <= 2 * cell_height:
        # A square one is square where that takes little of its size.
        cell_width = cell_height = min(cell_width, cell_height)
    cell, shape = (cell_width, cell_height), (units, inputs)
    return Placement(layer, label, x + left, y, cell, shape, 0, 1, 1, 1, (0, 0), True)


def _tiles(
    units: int,
    shape: tuple[int, int],
    label: tuple[float, float, float],
    x: float,
    y: float,
    width: float,
    height: float,
    first: int,
) -> Placement:
    rows, columns = shape
    best = (0.0, 1)
    for across in range(1, units + 1):
        gap = _gap(width / across)
        down = math.ceil(units / across)
        cell = min(
            ((width + gap) / across - gap) / columns,
            ((height + gap) / down - gap - BIAS - 2) / rows,
            160.0 / rows,
        )
        best = max(best, (cell, across))
    # A pixel for each number at least: a smaller picture would leave numbers out. Whole
    # pixels for each, where there are two or more, make all of them alike.
    cell = max(1.0, math.floor(best[0]) if best[0] >= 2 else best[0])
    gap = _gap(cell * columns)
    pitch = cell * columns + gap, cell * rows + gap + BIAS + 2
    across = max(1, int((width + gap) / pitch[0])) if best[0] < 1 else best[1]
    down = max(1, int((height + gap) / pitch[1]))
    page = across * down
    first = max(0, min(first, units - 1)) // page * page
    tiles = min(units - first, page)
    return Placement(0, label, x, y, (cell, cell), shape, first, tiles, page, across, pitch, False)


def _gap(tile: float) -> float:
    return 6.0 if tile > 30 else 3.0


def _whole(cell: float) -> float:
    return float(math.floor(cell)) if cell >= 3 else cell
