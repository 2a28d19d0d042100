"""Derivatives by central differences: (L(v + h) − L(v − h)) / 2h, computed anew in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nnfs_core.microscope.exact_pass import ExactPass, activated, first, forward_from
from nnfs_core.microscope.losses import loss_value
from nnfs_core.places import Place

Vector = NDArray[np.float64]

MOVE = 1e-5
"""How far the pre-activations are moved: about the cube root of the precision of float64, where
the error of the formula, ~h², and that of the arithmetic, ~ε/h, are both small."""

SMALLEST = 1e-9
"""Moves below this are lost in the rounding of the pre-activations."""

JUMP = 1e-3
"""Slopes that differ by more on the two sides of so short a way have a kink between them."""


@dataclass(frozen=True, slots=True)
class Check:
    """A derivative beside its central difference.

    Attributes
    ----------
    analytic, numeric : float
        By the chain rule, and by the central difference.
    step : float
        h.
    kink : str
        ``"none"``; ``"avoided"`` when one lay between v − h and v + h and a smaller h was taken
        for it; ``"here"`` when it lies so close to v that no h avoids it.
    """

    analytic: float
    numeric: float
    step: float
    kink: Literal["none", "avoided", "here"]

    @property
    def relative_error(self) -> float:
        """|difference| over the larger of the two; 0 when both are."""
        size = max(abs(self.analytic), abs(self.numeric))
        return abs(self.analytic - self.numeric) / size if size else 0.0


def check(sample: ExactPass, place: Place, analytic: float) -> Check:
    """Compare a derivative of the loss with its central difference.

    Parameters
    ----------
    sample : ExactPass
        With a label.
    place : Place
        What is moved: an input, a weight, a bias, or the pre-activation of a unit.
    analytic : float
        The derivative by the chain rule.
    """
    label = sample.label
    assert label is not None, "without a class there is no loss"
    value, pre_activations = _moved(sample, place)
    here = pre_activations(value)

    def farthest(there: list[Vector]) -> float:
        return max(float(np.abs(z - z0).max()) for z, z0 in zip(there, here, strict=True))

    step = MOVE
    moved = farthest(pre_activations(value + step))
    if moved > 0:
        step = float(np.clip(step * MOVE / moved, 1e-12, 1e-2))
    kink: Literal["none", "avoided", "here"] = "none"
    while True:
        up, down = value + step, value - step
        above, below = pre_activations(up), pre_activations(down)
        if not _has_kink(sample, above, below):
            break
        if farthest(above) < 10 * SMALLEST:
            kink = "here"
            break
        step, kink = step / 10, "avoided"
    loss = sample.network.loss
    difference = loss_value(loss, above[-1], label) - loss_value(loss, below[-1], label)
    # What was really added and taken away, after rounding.
    return Check(analytic, difference / (up - down), step, kink)


def _moved(sample: ExactPass, place: Place) -> tuple[float, Callable[[float], list[Vector]]]:
    """Return a place's number, and how pre-activations follow from another one there."""
    network, parameters, layer = sample.network, sample.parameters, place.layer
    if place.kind == "input":

        def by_input(value: float) -> list[Vector]:
            x = sample.x.copy()
            x[place.source] = value
            return forward_from(network, parameters, 0, first(parameters, x))

        return float(sample.x[place.source]), by_input
    row, bias = parameters.weights[layer][place.unit], float(parameters.biases[layer][place.unit])
    inputs = sample.inputs(layer)

    def by_unit(z: float) -> list[Vector]:
        moved = sample.z[layer].copy()
        moved[place.unit] = z
        return forward_from(network, parameters, layer, moved)

    def by_weight(value: float) -> list[Vector]:
        weights = row.copy()
        weights[place.source] = value
        return by_unit(float(weights @ inputs) + bias)

    def by_bias(value: float) -> list[Vector]:
        return by_unit(float(row @ inputs) + value)

    if place.kind == "weight":
        return float(row[place.source]), by_weight
    if place.kind == "bias":
        return bias, by_bias
    return float(sample.z[layer][place.unit]), by_unit


def _has_kink(sample: ExactPass, above: list[Vector], below: list[Vector]) -> bool:
    return any(
        bool((np.abs(_slope(sample, up) - _slope(sample, down)) > JUMP).any())
        for up, down in zip(above[:-1], below[:-1], strict=True)
    )


def _slope(sample: ExactPass, z: Vector) -> Vector:
    slope = np.empty_like(z)
    sample.network.activation.slope(z, activated(sample.network, z), slope)
    return slope
