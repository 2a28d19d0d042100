"""Layers: the steps of a network. One file each; dropping one in adds it."""

from __future__ import annotations

from functools import cache
from typing import Any

from nnfs_core.errors import UserError, quoted
from nnfs_core.model.layers.dense import Dense, FirstDense
from nnfs_core.model.layers.layer import Layer, all_samples
from nnfs_core.registry import members

__all__ = ["Dense", "FirstDense", "Layer", "all_samples", "layer_of", "layers"]


@cache
def layers() -> dict[str, Any]:
    """Every class of layers by name."""
    return {layer.name: layer for layer in members(__name__, "LAYER")}


def layer_of(spec: int | str, inputs: int) -> Layer:
    """Return the layer that an experiment's list names.

    Parameters
    ----------
    spec : int or str
        The units of a dense layer, or a name and what the layer makes of the words behind it.
    inputs : int
        Numbers of a sample that come in.

    Raises
    ------
    UserError
        When there is no such layer, or it cannot be made of these words for so many inputs.
    """
    if isinstance(spec, int):
        return Dense(inputs, spec)
    name, *words = spec.split() or [""]
    if name not in layers():
        raise UserError(
            "there is no such layer",
            expected=f"units, as 10, or one of {', '.join(layers())}",
            found=quoted(name),
        )
    layer: Layer = layers()[name].of(inputs, tuple(words))
    return layer
