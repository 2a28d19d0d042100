"""RMSprop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nnfs_core.optimizers import Array, Constants


class RMSprop:
    """RMSprop (Tieleman and Hinton 2012): s ← ρ·s + (1 − ρ)·g², w ← w − η·g / (√s + ε)."""

    name = "rmsprop"
    formula = "s ← ρ·s + (1 − ρ)·g²,  w ← w − η·g / (√s + ε)"
    slots = ("mean_square",)
    constants: tuple[str, ...] = ("rho",)

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
        (mean_square,) = slots
        np.multiply(gradient, gradient, out=scratch)
        np.multiply(scratch, 1 - constants.rho, out=scratch)
        np.multiply(mean_square, constants.rho, out=mean_square)
        np.add(mean_square, scratch, out=mean_square)

        np.sqrt(mean_square, out=scratch)
        np.add(scratch, constants.epsilon, out=scratch)
        np.divide(gradient, scratch, out=scratch)
        np.multiply(scratch, learning_rate, out=scratch)
        np.subtract(parameters, scratch, out=parameters)


OPTIMIZER = RMSprop()
