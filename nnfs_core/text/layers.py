"""What the layers of a network are called."""

from __future__ import annotations


def layer_name(layer: int, layers: int) -> str:
    """Return what a layer is called on screen: ``hidden 1``, …, ``output``.

    Parameters
    ----------
    layer : int
        0 for the first layer after the input.
    layers : int
        How many layers follow the input.
    """
    return "output" if layer == layers - 1 else f"hidden {layer + 1}"
