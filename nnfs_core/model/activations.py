r"""Activation functions of the hidden layers, and the softmax of the output.

Each one knows its value and its slope; both write into arrays they are given,
so that a training loop allocates nothing. It also knows what is to be said of it: its range, what
it does in words, and when a unit does not respond any more. To add one, add an entry here.

Formulas: Goodfellow, Bengio, Courville, *Deep Learning* (2016), sections 6.2.2 and 6.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.registry import added
from nnfs_core.text.numbers import brief

Array = NDArray[Any]

LEAK = 0.01
"""Slope of ``leaky_relu`` left of zero (Maas, Hannun, Ng 2013)."""


SATURATED = 0.97
"""``|tanh|`` from which a unit counts as saturated: its slope is below 6 % of the largest. The
threshold of Karpathy's lectures *Neural Networks: Zero to Hero* (2022, part 4)."""


@dataclass(frozen=True, slots=True)
class Unresponsive:
    """When a unit hardly changes with what comes in, so that no gradient comes through it.

    Attributes
    ----------
    name : str
        What is counted, as a title: ``"dead units"``.
    definition : str
        How it is counted, with its source.
    share : callable
        ``share(z, a)`` of pre-activations and activations, shape (…, units, samples), is the share
        of them that are.
    """

    name: str
    definition: str
    share: Callable[[Array, Array], float]


@dataclass(frozen=True, slots=True)
class Activation:
    """A function applied to every unit of a layer on its own.

    Attributes
    ----------
    name : str
        The word that selects it.
    formula, slope_formula : str
        How a = f(z) and f′(z) are written.
    value : callable
        ``value(z, out)`` writes f(z) into ``out``; any shape, shared by both.
    slope : callable
        ``slope(z, a, out)`` writes f′(z) into ``out``, where ``a = f(z)``.
    words : str
        What it does with the sum of a unit: ``"squeezes that to between 0 and 1"``.
    low, high : float
        Between which all its values lie.
    unresponsive : Unresponsive or None
        None where units always respond.
    """

    name: str
    formula: str
    slope_formula: str
    value: Callable[[Array, Array], object]
    slope: Callable[[Array, Array, Array], object]
    words: str
    low: float = -math.inf
    high: float = math.inf
    unresponsive: Unresponsive | None = None

    @property
    def bounded(self) -> bool:
        """Whether its values cannot grow without end."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def signed(self) -> bool:
        """Whether some of its values are below zero."""
        return self.low < 0


def _leaky_relu(z: Array, out: Array) -> None:
    np.multiply(z, LEAK, out=out)
    np.maximum(z, out, out=out)


def _leaky_relu_slope(z: Array, a: Array, out: Array) -> None:
    np.greater(z, 0, out=out)
    np.maximum(out, LEAK, out=out)


def _tanh_slope(z: Array, a: Array, out: Array) -> None:
    np.multiply(a, a, out=out)
    np.subtract(1, out, out=out)


def _sigmoid(z: Array, out: Array) -> None:
    # σ(z) = (1 + tanh(z/2)) / 2 never overflows, whatever z is.
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    np.add(out, 1, out=out)
    np.multiply(out, 0.5, out=out)


def _sigmoid_slope(z: Array, a: Array, out: Array) -> None:
    np.subtract(1, a, out=out)
    np.multiply(a, out, out=out)


def _identity(z: Array, out: Array) -> None:
    np.copyto(out, z)


def _identity_slope(z: Array, a: Array, out: Array) -> None:
    out.fill(1)


def _dead(z: Array, a: Array) -> float:
    return float(np.mean(z.max(axis=-1) <= 0))


_DEAD = (
    "A unit is dead when its pre-activation is at most 0 for every probed sample: {so} "
    "(Lu, Shin, Su, Karniadakis 2019, “Dying ReLU and initialization”).\n"
    "Shown is the share of a layer's units that are."
)
_SATURATED = (
    "A unit is saturated for a sample when {condition}: there its slope is below 6 % of the "
    "largest, and hardly any gradient comes through (threshold: Karpathy 2022, “Neural Networks: "
    "Zero to Hero”, part 4).\nShown is the share of all units and probed samples for which that "
    "is so."
)

ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation(
            "relu",
            "max(0, z)",
            "1 if z > 0 else 0",
            lambda z, out: np.maximum(z, 0, out=out),
            lambda z, a, out: np.greater(z, 0, out=out),
            "passes on what is above zero",
            low=0.0,
            unresponsive=Unresponsive(
                "dead units", _DEAD.format(so="it gives 0, and no gradient comes through"), _dead
            ),
        ),
        Activation(
            "leaky_relu",
            f"max({LEAK}·z, z)",
            f"1 if z > 0 else {LEAK}",
            _leaky_relu,
            _leaky_relu_slope,
            f"passes on what is above zero, and {LEAK} times what is below",
            unresponsive=Unresponsive(
                "dead units", _DEAD.format(so="only the leak of the gradient comes through"), _dead
            ),
        ),
        Activation(
            "tanh",
            "tanh(z)",
            "1 − a²",
            lambda z, out: np.tanh(z, out=out),
            _tanh_slope,
            "squeezes that to between −1 and 1",
            -1.0,
            1.0,
            Unresponsive(
                "saturated",
                _SATURATED.format(condition=f"|tanh(z)| > {SATURATED}"),
                lambda z, a: float(np.mean(np.abs(a) > SATURATED)),
            ),
        ),
        Activation(
            "sigmoid",
            "1 / (1 + e⁻ᶻ)",
            "a·(1 − a)",
            _sigmoid,
            _sigmoid_slope,
            "squeezes that to between 0 and 1",
            0.0,
            1.0,
            Unresponsive(
                "saturated",
                _SATURATED.format(
                    condition=f"σ(z) < {brief((1 - SATURATED) / 2)} or "
                    f"σ(z) > {brief((1 + SATURATED) / 2)}"
                ),
                lambda z, a: float(np.mean(np.abs(2 * a - 1) > SATURATED)),
            ),
        ),
        Activation("identity", "z", "1", _identity, _identity_slope, "passes that on as it is"),
    )
}
"""Every activation by name."""

ACTIVATIONS |= {one.name: one for one in added("ACTIVATION", set(ACTIVATIONS))}
