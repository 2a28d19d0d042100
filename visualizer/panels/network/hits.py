"""What of the network diagram is at a point, and what lies next to what. Geometry alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnfs_core.model.places import Place
from visualizer.panels.network.edges import Edges
from visualizer.panels.network.layout import Array, Column, Diagram, ReadOut

REACH = 5.0
"""How far from a connection one may point and still mean it, in logical pixels."""

Direction = Literal["up", "down", "left", "right"]


@dataclass(frozen=True, slots=True)
class Curves:
    """The drawn connections into a layer, as polygons.

    Attributes
    ----------
    edges : Edges
    xs, ys : ndarray, shape (edges, points)
    """

    edges: Edges
    xs: Array
    ys: Array


def place_of(column: int, unit: int) -> Place:
    """Return the place of a unit in a column of the diagram; column 0 is the input."""
    return Place("unit", column - 1, unit) if column else Place("input", source=unit)


def unit_at(column: Column, x: float, y: float) -> int | None:
    """Return the unit, pixel or cell at a point."""
    distance = np.abs(column.centres - (x, y)).max(axis=1)
    unit = int(distance.argmin())
    return unit if distance[unit] <= max(column.radius, 3) else None


def curve_at(curves: Curves, x: float, y: float) -> tuple[int, float]:
    """Return the nearest connection and its distance; infinite where there is none."""
    xs, ys = curves.xs, curves.ys
    if not len(xs) or not xs.min() - REACH <= x <= xs.max() + REACH:
        return -1, np.inf
    dx, dy = np.diff(xs, axis=1), np.diff(ys, axis=1)
    length = np.maximum(dx * dx + dy * dy, 1e-12)
    along = ((x - xs[:, :-1]) * dx + (y - ys[:, :-1]) * dy) / length
    along = np.clip(along, 0, 1)
    distance = np.hypot(xs[:, :-1] + along * dx - x, ys[:, :-1] + along * dy - y).min(axis=1)
    nearest = int(distance.argmin())
    return nearest, float(distance[nearest])


def place_at(
    diagram: Diagram,
    read_out: ReadOut,
    truth: int | None,
    drawn: Sequence[Curves],
    x: float,
    y: float,
) -> Place | None:
    """Say what is at a point: a unit, a pixel, the loss, a row of the read-out, a connection.

    Parameters
    ----------
    diagram : Diagram
    read_out : ReadOut
    truth : int or None
        The true class, at whose mark one points at the loss.
    drawn : sequence of Curves
        The drawn connections into each layer.
    x, y : float
        In logical pixels.
    """
    for number, column in enumerate(diagram.columns):
        unit = unit_at(column, x, y)
        if unit is not None:
            return place_of(number, unit)
    output = diagram.columns[-1]
    if truth is not None:
        left, top, width, height = read_out.mark(float(output.centres[truth, 1]))
        if left <= x <= left + width and top <= y <= top + height:
            return Place("loss")
    last = len(diagram.layers) - 1
    if x > read_out.name_x - 10:
        away = np.abs(output.centres[:, 1] - y)
        unit = int(away.argmin())
        return Place("unit", last, unit) if away[unit] <= min(output.spacing / 2, 10) else None
    found, least = None, REACH
    for layer, curves in enumerate(drawn):
        nearest, distance = curve_at(curves, x, y)
        if distance <= least:
            edges, least = curves.edges, distance
            found = Place("weight", layer, int(edges.target[nearest]), int(edges.source[nearest]))
    return found


def neighbour(diagram: Diagram, place: Place, direction: Direction) -> Place:
    """Return the next unit or pixel in a direction, or where one is at the edge.

    Up and down stay in a column; left and right go through the cells of a grid, then on to
    the unit of the next layer that is nearest in height.
    """
    number = 0 if place.kind == "input" else place.layer + 1
    unit = place.source if place.kind == "input" else place.unit
    column = diagram.columns[number]
    here = column.centres[unit]
    along = 1 if direction in ("up", "down") else 0
    sign = 1 if direction in ("down", "right") else -1
    ahead = sign * (column.centres[:, along] - here[along])
    aside = np.abs(column.centres[:, 1 - along] - here[1 - along])
    candidates = np.flatnonzero((ahead > 1e-6) & (aside < 1e-6))
    if len(candidates):
        return place_of(number, int(candidates[ahead[candidates].argmin()]))
    if along == 1 or not 0 <= number + sign < len(diagram.columns):
        return place_of(number, unit)
    following = diagram.columns[number + sign].centres
    away = np.abs(following[:, 1] - here[1]) + 1e-3 * np.abs(following[:, 0] - here[0])
    return place_of(number + sign, int(away.argmin()))
