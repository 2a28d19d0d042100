"""What the places of a network are called on screen, in full and in a table's first column."""

from __future__ import annotations

from nnfs_core.errors import visible
from nnfs_core.model.places import Place
from nnfs_core.text.layers import layer_name
from visualizer.state.context import RunInfo

LONGEST = 11
"""Characters of a class name that a table has room for."""


LONGEST_TITLE = 24
"""Characters of a column's name that there is room for."""


def input_name(run: RunInfo, source: int) -> str:
    """Return what an input is called: by its column's name, in a picture by row and column."""
    shape = run.dataset.image_shape
    if shape:
        return f"input row {source // shape[1]}, column {source % shape[1]}"
    return f"input {column_title(run, source)}"


def column_title(run: RunInfo, source: int, most: int = LONGEST_TITLE) -> str:
    """Return the name of a table's column, or its number where it has none; never many letters."""
    names = run.dataset.inputs
    name = visible(names[source]) if names else ""
    if not name:
        return str(source)
    return name if len(name) <= most else f"{name[: most - 1]}…"


def unit_name(run: RunInfo, layer: int, unit: int) -> str:
    """Return what a unit is called: its layer and number, or its class."""
    layers = len(run.network.sizes) - 1
    if layer == layers - 1:
        name = run.output_name(unit)
        return f"class {name}" if run.classed else name
    return f"{layer_name(layer, layers)}, unit {unit}"


def source_name(run: RunInfo, layer: int, source: int) -> str:
    """Return what a weight of a layer is multiplied with is called."""
    return unit_name(run, layer - 1, source) if layer else input_name(run, source)


def full_name(place: Place, run: RunInfo) -> str:
    """Return a place's name: ``hidden 1, unit 8 ← input row 2, column 5``."""
    if place.kind == "loss":
        return "loss"
    if place.kind == "input":
        return input_name(run, place.source)
    name = unit_name(run, place.layer, place.unit)
    if place.kind == "bias":
        return f"{name}, bias"
    if place.kind == "weight":
        return f"{name} ← {source_name(run, place.layer, place.source)}"
    return name


def short_name(place: Place, run: RunInfo) -> str:
    """Return the name of an input or a unit where it is clear which layer is meant."""
    if place.kind == "input":
        shape = run.dataset.image_shape
        if shape is None:
            return column_title(run, place.source, LONGEST)
        return f"row {place.source // shape[1]}, col {place.source % shape[1]}"
    if place.layer == len(run.network.sizes) - 2:
        name = run.output_name(place.unit)
        return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    return f"unit {place.unit}"


def column_name(place: Place, run: RunInfo) -> str:
    """Return what places of this kind are called over a column of them."""
    if place.kind == "input":
        return "pixel" if run.dataset.image_shape else "input"
    layers = len(run.network.sizes) - 1
    last = "class" if run.classed else "output"
    return last if place.layer == layers - 1 else layer_name(place.layer, layers)
