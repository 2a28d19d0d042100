"""Plain gradient descent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nnfs_core.optimizers import Array, Constants


class SGD:
    """Gradient descent: w ← w − η·g (Cauchy 1847; on mini-batches Robbins and Monro 1951)."""

    name = "sgd"
    formula = "w ← w − η·g"
    slots: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()

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
        np.multiply(gradient, learning_rate, out=scratch)
        np.subtract(parameters, scratch, out=parameters)


OPTIMIZER = SGD()
