"""Adam."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nnfs_core.optimizers import Array, Constants


class Adam:
    """Adam with bias correction (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1).

    m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g²,
    w ← w − η · m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
    """

    name = "adam"
    formula = "w ← w − η · m̂ / (√v̂ + ε)"
    slots = ("first_moment", "second_moment")
    constants: tuple[str, ...] = ("beta1", "beta2")

    def update(
        self,
        parameters: Array,
        gradient: Array,
        slots: tuple[Array, ...],
        scratch: Array,
        constants: Constants,
        learning_rate: float,
        step: int,
    ) -> None:
        """Take one step; see :class:`nnfs_core.optimizers.Optimizer`."""
        m, v = slots
        beta1, beta2 = constants.beta1, constants.beta2
        np.multiply(gradient, 1 - beta1, out=scratch)
        np.multiply(m, beta1, out=m)
        np.add(m, scratch, out=m)

        np.multiply(gradient, gradient, out=scratch)
        np.multiply(scratch, 1 - beta2, out=scratch)
        np.multiply(v, beta2, out=v)
        np.add(v, scratch, out=v)

        # The corrections of m and v are two numbers, which go where they cost no pass of their own:
        # m̂ / (√v̂ + ε) = (√c₂ / c₁) · m / (√v + ε·√c₂) with c = 1 − βᵗ (as in section 2 there).
        correction = sqrt(1 - beta2**step)
        np.sqrt(v, out=scratch)
        np.add(scratch, constants.epsilon * correction, out=scratch)
        np.divide(m, scratch, out=scratch)
        np.multiply(scratch, learning_rate * correction / (1 - beta1**step), out=scratch)
        np.subtract(parameters, scratch, out=parameters)


OPTIMIZER = Adam()
