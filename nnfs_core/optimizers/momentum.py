"""Gradient descent with momentum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nnfs_core.optimizers import Array, Constants


class Momentum:
    """Heavy-ball momentum (Polyak 1964): v ← μ·v + g, w ← w − η·v."""

    name = "momentum"
    formula = "v ← μ·v + g,  w ← w − η·v"
    slots = ("velocity",)
    constants: tuple[str, ...] = ("momentum",)

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
        (velocity,) = slots
        np.multiply(velocity, constants.momentum, out=velocity)
        np.add(velocity, gradient, out=velocity)
        np.multiply(velocity, learning_rate, out=scratch)
        np.subtract(parameters, scratch, out=parameters)


OPTIMIZER = Momentum()
