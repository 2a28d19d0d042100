"""Connections as strokes: many lines of one strength go to Qt in one call."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QLineF, Qt
from PyQt6.QtGui import QColor, QPen
from pyqtgraph.Qt.internals import PrimitiveArray

from visualizer.panels.network.content import Content
from visualizer.panels.network.edges import Edges
from visualizer.panels.network.hits import Curves
from visualizer.panels.network.layout import Diagram, curves
from visualizer.style.theme import LEVELS, Palette, diverging

BINS = 6
"""Strengths of connections that are told apart by width and colour, for each sign."""

LEAST_ALONE = 2.5
"""Width of a connection that is pointed at, at least."""

Stroke = tuple[PrimitiveArray, QPen, float]
"""Straight lines, the pen they are drawn with, and their opacity."""


def curves_of(chosen: Sequence[Edges], diagram: Diagram, *, from_pixels: bool) -> list[Curves]:
    """Lay the connections into each layer along their curves."""
    columns = diagram.columns
    return [
        Curves(
            edges,
            *curves(edges, columns[k], columns[k + 1], from_pixels=from_pixels and k == 0),
        )
        for k, edges in enumerate(chosen)
    ]


class Strokes:
    """The strokes of a picture's connections, made anew only when something about them differs.

    A network that has learnt most of what it can changes no connection's strength from most
    pictures to the next, and drawing connections is the greater part of drawing a diagram.

    Attributes
    ----------
    drawn : list of Curves
        The connections into each layer, of the last picture.
    made : list of Stroke
        Theirs; the same list for as long as the same is drawn.
    """

    def __init__(self) -> None:
        self.drawn: list[Curves] = []
        self.made: list[Stroke] = []
        self._diagram: Diagram | None = None
        self._of: object = None

    def show(
        self,
        chosen: Sequence[Edges],
        content: Content,
        diagram: Diagram,
        palette: Palette,
        *,
        from_pixels: bool,
    ) -> list[Stroke]:
        """Return the strokes of connections.

        Parameters
        ----------
        chosen : sequence of Edges
            The connections into each layer.
        content : Content
            Says which number has full width and colour in each layer.
        diagram : Diagram
        palette : Palette
        from_pixels : bool
            Whether the first layer's connections come from the pixels of a picture.
        """
        bins = [
            _bins(edges.flow, layer.link_scale)
            for edges, layer in zip(chosen, content.layers, strict=True)
        ]
        arrays = (
            array.tobytes()
            for edges, strengths in zip(chosen, bins, strict=True)
            for array in (edges.source, edges.target, strengths)
        )
        opacities = tuple(layer.link_opacity for layer in content.layers)
        of = (palette, from_pixels, opacities, tuple(arrays))
        if diagram is not self._diagram or of != self._of:
            self._diagram, self._of = diagram, of
            self.drawn = curves_of(chosen, diagram, from_pixels=from_pixels)
            self.made = strokes(self.drawn, bins, opacities, palette)
        return self.made


def strokes(
    drawn: Sequence[Curves],
    strengths: Sequence[NDArray[np.intp]],
    opacities: Sequence[float],
    palette: Palette,
) -> list[Stroke]:
    """Sort connections by strength into strokes, the faint ones first.

    Parameters
    ----------
    drawn : sequence of Curves
        The connections into each layer.
    strengths : sequence of ndarray of int, shape (edges,)
        From 0; from −1 downwards for numbers below zero.
    opacities : sequence of float
        Of the connections into each layer.
    palette : Palette
    """
    # All curves of one strength go to Qt in one call, as short straight lines: it draws
    # thick lines about seven times as fast as it strokes a path of them.
    pieces: dict[tuple[float, int], list[NDArray[np.float64]]] = {}
    for part, bins, opacity in zip(drawn, strengths, opacities, strict=True):
        xs, ys = part.xs, part.ys
        ends = np.stack([xs[:, :-1], ys[:, :-1], xs[:, 1:], ys[:, 1:]], axis=-1)
        # Those there are; unique() would load a library for masks when the window opens.
        for number in np.flatnonzero(np.bincount(bins + BINS, minlength=2 * BINS)) - BINS:
            key = (opacity, int(number))
            pieces.setdefault(key, []).append(ends[bins == number])
    return [
        (_lines([part.reshape(-1, 4) for part in pieces[key]]), _pen(key[1], palette), key[0])
        for key in sorted(pieces, key=lambda key: (key[0], _level(key[1])))
    ]


def pen_alone(flow: float, scale: float, palette: Palette) -> QPen:
    """Return the pen of a connection that is shown alone: never thin, and dim if it is zero."""
    pen = _pen(int(_bins(np.array([flow]), scale)[0]), palette)
    if flow == 0:
        pen.setColor(QColor(palette.dim))
    pen.setWidthF(max(LEAST_ALONE, pen.widthF()))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _bins(flow: NDArray[np.float64], scale: float) -> NDArray[np.intp]:
    """Return the strength of numbers, from 0; from −1 downwards for those below zero.

    What is beyond the scale, be it infinite, is as strong as its end; what is not a number as 0.
    """
    scale = min(scale, sys.float_info.max)
    # First what is beyond the scale: divided by a small one it would be too large.
    strength = np.fmin(np.abs(flow), scale) / scale
    strength = np.where(np.isnan(flow), 0.0, strength)
    bins = np.minimum((strength * BINS).astype(int), BINS - 1)
    return np.where(flow < 0, -1 - bins, bins)


def _level(number: int) -> int:
    return number if number >= 0 else -1 - number


def _pen(number: int, palette: Palette) -> QPen:
    half, level = LEVELS // 2, _level(number)
    share = 0.35 + 0.65 * (level + 1) / BINS
    index = half + round(half * share) * (1 if number >= 0 else -1)
    colour = QColor(*map(int, diverging(palette)[index]))
    pen = QPen(colour, 0.8 + 2.6 * level / (BINS - 1))
    # Square ends close the joints of the short lines a curve is made of.
    pen.setCapStyle(Qt.PenCapStyle.SquareCap if level > 1 else Qt.PenCapStyle.FlatCap)
    return pen


def _lines(ends: list[NDArray[np.float64]]) -> PrimitiveArray:
    """Hand straight lines, rows of x₁, y₁, x₂, y₂, to Qt without a loop over them."""
    lines = PrimitiveArray(QLineF, 4)
    lines.resize(sum(map(len, ends)))
    np.concatenate(ends, out=lines.ndarray())
    return lines
