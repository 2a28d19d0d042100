"""Derivatives by central differences: (L(v + h) − L(v − h)) / 2h, computed anew in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nnfs_core.explain.exact_pass import ExactPass, activated, first, forward_from
from nnfs_core.model.places import Place

Vector = NDArray[np.float64]

MOVE = 1e-5
"""How far pre-activations of size 1 are moved: about the cube root of the precision of float64,
where the error of the formula, ~h², and that of the arithmetic, ~ε/h, are both small. Larger ones,
of size m, are rounded more, and for them the two meet at ∛m times as much."""

LONGEST = 1e-2
"""The largest h, beside a number of size 1: of one that moves hardly anything."""

LEAST_MOVE = 1e-3
"""Moves that are smaller, as a share of what they are meant to be, are lost in rounding."""

JUMP = 0.1
"""Slopes that differ by more on the two sides of so short a way have a kink between them."""

MOST_ROUNDING = 1e-2
"""A central difference of which more than this share may be rounding says nothing."""

EPSILON = float(np.finfo(np.float64).eps)


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
    rounding : float
        How much of ``numeric`` may be due to rounding in float64, to first order: each number on
        the way from v to the loss is right to ε times the sizes that were added up to it, and what
        it is off by reaches the loss by its own derivative.
    """

    analytic: float
    numeric: float
    step: float
    kink: Literal["none", "avoided", "here"]
    rounding: float = 0.0

    @property
    def trouble(self) -> Literal["none", "not finite", "rounding"]:
        """Why the central difference says nothing, if it does not.

        ``"not finite"`` when the loss, or the difference, is beyond what float64 can hold;
        ``"rounding"`` when what may be rounding is not small beside it. A derivative that is 0
        both ways is one.
        """
        if not (math.isfinite(self.numeric) and math.isfinite(self.analytic)):
            return "not finite"
        size = max(abs(self.analytic), abs(self.numeric))
        return "rounding" if size and not self.rounding <= MOST_ROUNDING * size else "none"

    @property
    def relative_error(self) -> float | None:
        """How far the two differ, over the larger of them; 0 when both are, None with trouble."""
        if self.trouble != "none":
            return None
        size = max(abs(self.analytic), abs(self.numeric))
        # Each divided first: the difference of two large numbers may be too large.
        return abs(self.analytic / size - self.numeric / size) if size else 0.0


def check(sample: ExactPass, place: Place, analytic: float) -> Check:
    """Compare a derivative of the loss with its central difference.

    Parameters
    ----------
    sample : ExactPass
        With a label. Numbers that are not finite are allowed anywhere.
    place : Place
        What is moved: an input, a weight, a bias, or the pre-activation of a unit.
    analytic : float
        The derivative by the chain rule.
    """
    target = sample.target
    assert target is not None, "without a label there is no loss"
    value, pre_activations = _moved(sample, place)
    here = pre_activations(value)
    wanted = [MOVE * np.cbrt(max(1.0, float(np.abs(z).max()))) for z in here]

    def share(there: list[Vector]) -> float:
        """Return how far pre-activations were moved, as a share of how far they are meant to be."""
        moves = (np.abs(z - z0).max() for z, z0 in zip(there, here, strict=True))
        return max(float(move / most) for move, most in zip(moves, wanted, strict=True))

    # A smaller h would be lost at once: v + h would be v.
    least = float(np.spacing(abs(value)))
    step = max(MOVE, least)
    moved = share(pre_activations(value + step))
    if 0 < moved < math.inf:
        step = min(max(step / moved, least), max(LONGEST * max(1.0, abs(value)), least))
    kink: Literal["none", "avoided", "here"] = "none"
    while True:
        up, down = value + step, value - step
        above, below = pre_activations(up), pre_activations(down)
        if not _has_kink(sample, above, below):
            break
        if share(above) < LEAST_MOVE or step / 10 < least:
            kink = "here"
            break
        step, kink = step / 10, "avoided"
    loss, task = sample.network.loss, sample.network.task
    higher, lower = (task.exact_loss(loss, there[-1], target) for there in (above, below))
    difference = higher - lower
    # What was really added and taken away, after rounding.
    way = up - down
    return Check(analytic, difference / way, step, kink, 2 * _rounding(sample, place) / way)


def _rounding(sample: ExactPass, place: Place) -> float:
    """Return how far the loss may be off for rounding, when it is computed from a place on."""
    parameters = sample.parameters
    first_layer = 0 if place.kind == "input" else place.layer
    total = abs(sample.loss or 0.0)
    for layer in range(first_layer, len(sample.z)):
        delta, inputs = np.abs(sample.delta[layer]), np.abs(sample.inputs(layer))
        weights, biases = parameters.weights[layer], parameters.biases[layer]
        if layer == first_layer and place.kind == "unit":
            continue  # it is moved itself, not computed
        if layer == first_layer and place.kind != "input":
            unit = slice(place.unit, place.unit + 1)
            delta, weights, biases = delta[unit], weights[unit], biases[unit]
        sizes = np.abs(weights) @ inputs + np.abs(biases)
        # What no gradient goes back through reaches no loss, however large it is.
        total += float(sizes @ delta) if np.isfinite(sizes).all() else math.inf
    return EPSILON * total


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
