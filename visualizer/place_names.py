"""What the places of a network are called on screen, in full and in a table's first column."""

from __future__ import annotations

from nnfs_core.divergence import layer_name
from nnfs_core.places import Place
from visualizer.context import RunInfo

LONGEST = 11
"""Characters of a class name that a table has room for."""


def full_name(place: Place, run: RunInfo) -> str:
    """Return a place's name: ``hidden 1, unit 8 ← row 2, column 5``."""
    if place.kind == "loss":
        return "loss"
    if place.kind == "input":
        return f"input {_position(place.source, run, 'column')}"
    layers = len(run.network.sizes) - 1
    name = f"{layer_name(place.layer, layers)}, unit {place.unit}"
    if place.layer == layers - 1:
        name = f"class {run.dataset.classes[place.unit]}"
    if place.kind == "bias":
        return f"{name}, bias"
    if place.kind == "weight":
        before = Place("unit", place.layer - 1, place.source)
        if place.layer == 0:
            before = Place("input", source=place.source)
        return f"{name} ← {full_name(before, run)}"
    return name


def short_name(place: Place, run: RunInfo) -> str:
    """Return the name of an input or a unit where it is clear which layer is meant."""
    if place.kind == "input":
        return _position(place.source, run, "col")
    if place.layer == len(run.network.sizes) - 2:
        name = run.dataset.classes[place.unit]
        return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    return f"unit {place.unit}"


def column_name(place: Place, run: RunInfo) -> str:
    """Return what places of this kind are called over a column of them."""
    if place.kind == "input":
        return "pixel" if run.dataset.image_shape else "input"
    layers = len(run.network.sizes) - 1
    return "class" if place.layer == layers - 1 else layer_name(place.layer, layers)


def _position(source: int, run: RunInfo, column: str) -> str:
    shape = run.dataset.image_shape
    if shape is None:
        return str(source)
    return f"row {source // shape[1]}, {column} {source % shape[1]}"
