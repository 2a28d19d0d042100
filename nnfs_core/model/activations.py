r"""Activation functions of the hidden layers, and the softmax of the output.

Each one knows its value and its slope; both write into arrays they are given,
so that a training loop allocates nothing. To add one, add an entry here.

Formulas: Goodfellow, Bengio, Courville, *Deep Learning* (2016), sections 6.2.2 and 6.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LEAK = 0.01
"""Slope of ``leaky_relu`` left of zero (Maas, Hannun, Ng 2013)."""


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
    """

    name: str
    formula: str
    slope_formula: str
    value: Callable[[Array, Array], object]
    slope: Callable[[Array, Array, Array], object]


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


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation(
            "relu",
            "max(0, z)",
            "1 if z > 0 else 0",
            lambda z, out: np.maximum(z, 0, out=out),
            lambda z, a, out: np.greater(z, 0, out=out),
        ),
        Activation(
            "leaky_relu",
            f"max({LEAK}·z, z)",
            f"1 if z > 0 else {LEAK}",
            _leaky_relu,
            _leaky_relu_slope,
        ),
        Activation("tanh", "tanh(z)", "1 − a²", lambda z, out: np.tanh(z, out=out), _tanh_slope),
        Activation("sigmoid", "1 / (1 + e⁻ᶻ)", "a·(1 − a)", _sigmoid, _sigmoid_slope),
        Activation("identity", "z", "1", _identity, _identity_slope),
    )
}
"""Every activation by name."""
