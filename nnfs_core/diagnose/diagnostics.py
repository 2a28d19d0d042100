"""What can be wrong with units: dead ones, saturated ones. Definitions, and where they are from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.text.numbers import brief

SATURATED = 0.97
"""|tanh| from which a unit counts as saturated: its slope is below 6 % of the largest. The
threshold of Karpathy's lectures *Neural Networks: Zero to Hero* (2022, part 4)."""


@dataclass(frozen=True, slots=True)
class Ailment:
    """What can be wrong with the units of a hidden layer, with one activation function.

    Attributes
    ----------
    name : str
        What is counted, as a title: ``"dead units"``.
    definition : str
        How it is counted, with its source.
    """

    name: str
    definition: str


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

AILMENTS: dict[str, Ailment] = {
    "relu": Ailment("dead units", _DEAD.format(so="it gives 0, and no gradient comes through")),
    "leaky_relu": Ailment(
        "dead units", _DEAD.format(so="only the leak of the gradient comes through")
    ),
    "tanh": Ailment("saturated", _SATURATED.format(condition=f"|tanh(z)| > {SATURATED}")),
    "sigmoid": Ailment(
        "saturated",
        _SATURATED.format(
            condition=f"σ(z) < {brief((1 - SATURATED) / 2)} or σ(z) > {brief((1 + SATURATED) / 2)}"
        ),
    ),
}
"""By activation function; with the identity, and in the softmax output, units are never ill."""


def ill_share(activation: str, z: NDArray[Any], a: NDArray[Any]) -> float:
    """Return the share of a hidden layer's units that are ill, as :data:`AILMENTS` defines it.

    Parameters
    ----------
    activation : str
        The activation function.
    z, a : ndarray, shape (…, units, samples)
        Pre-activations and activations of the layer.

    Returns
    -------
    float
        nan for an activation function with which units are never ill.
    """
    if activation in ("relu", "leaky_relu"):
        return float(np.mean(z.max(axis=-1) <= 0))
    if activation == "tanh":
        return float(np.mean(np.abs(a) > SATURATED))
    if activation == "sigmoid":
        return float(np.mean(np.abs(2 * a - 1) > SATURATED))
    return np.nan
