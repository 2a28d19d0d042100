"""How a network's parameters are drawn before the first epoch. To add a way, add an entry here.

Sources: He et al. 2015 (arXiv:1502.01852), Glorot and Bengio 2010.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Draw = Callable[[int, int], tuple[Array, Array]]
"""``draw(rows, columns)`` draws the weights (rows, columns) and the biases (rows,) of the next
layer, in float64; ``columns`` is how many numbers come into each row's sum."""

Initializer = Callable[[int], Draw]
"""``initializer(seed)`` begins to draw."""


def _uniform(seed: int) -> Draw:
    # The legacy generator on purpose: the original network drew W1, B1, W2, B2 in
    # this order from RandomState(42), and its published weights start from there.
    legacy = np.random.RandomState(seed)

    def draw(rows: int, columns: int) -> tuple[Array, Array]:
        weights = legacy.rand(rows, columns) - 0.5
        return weights, (legacy.rand(rows, 1) - 0.5)[:, 0]

    return draw


def _he(seed: int) -> Draw:
    generator = np.random.default_rng(seed)
    return lambda rows, columns: (
        generator.normal(0.0, np.sqrt(2.0 / columns), (rows, columns)),
        np.zeros(rows),
    )


def _xavier(seed: int) -> Draw:
    generator = np.random.default_rng(seed)

    def draw(rows: int, columns: int) -> tuple[Array, Array]:
        limit = np.sqrt(6.0 / (columns + rows))
        return generator.uniform(-limit, limit, (rows, columns)), np.zeros(rows)

    return draw


def _zeros(seed: int) -> Draw:
    return lambda rows, columns: (np.zeros((rows, columns)), np.zeros(rows))


INITIALIZERS: dict[str, Initializer] = {
    "he": _he,
    "xavier": _xavier,
    "uniform": _uniform,
    "zeros": _zeros,
}
"""Every initializer by name.

``he``
    w ~ N(0, 2 / units_in), b = 0; made for ReLU.
``xavier``
    w ~ U(−l, l), l = √(6 / (units_in + units_out)), b = 0; made for tanh and sigmoid.
``uniform``
    w, b ~ U(−½, ½), the original network's draw, number for number.
``zeros``
    w = b = 0; all units stay alike for ever, which is worth watching once.
"""
