"""Optimizers: how a gradient becomes an update. One file each; dropping one in adds it."""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nnfs_core.compute import threads
from nnfs_core.compute.aligned import LINE
from nnfs_core.compute.threads import share
from nnfs_core.registry import members

Array = NDArray[Any]


class Constants(Protocol):
    """What optimizers are set to; an experiment has all of it."""

    @property
    def momentum(self) -> float:
        """How much of the last step goes on."""

    @property
    def beta1(self) -> float:
        """How much of the average of gradients stays."""

    @property
    def beta2(self) -> float:
        """How much of the average of squared gradients stays."""

    @property
    def rho(self) -> float:
        """The same for rmsprop."""

    @property
    def epsilon(self) -> float:
        """What keeps a division from being one by zero."""


class Optimizer(Protocol):
    """Turns a gradient into new parameters, in place. A module defines one as ``OPTIMIZER``."""

    name: str
    formula: str
    slots: tuple[str, ...]
    """Names of the running averages it keeps, one number per parameter each."""

    constants: tuple[str, ...]
    """Which of the :class:`Constants` it looks at, beside epsilon: the form shows those."""

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
        """Take one step.

        Parameters
        ----------
        parameters, gradient, scratch : ndarray, shape (parameters,)
            Changed in place; read; free to use.
        slots : tuple of ndarray, shape (parameters,)
            The running averages named in :attr:`slots`, zero before the first step.
        constants : Constants
            Momentum, decay rates, epsilon.
        learning_rate : float
            η of this step.
        step : int
            1 for the first step of the run.
        """
        ...


PIECE = 2**17
"""Parameters that one thread changes at a time: with fewer, waking another one costs more."""

FORGET_EVERY = 64
"""Steps between looks for averages that are next to nothing."""


def take_step(
    optimizer: Optimizer,
    parameters: Array,
    gradient: Array,
    slots: tuple[Array, ...],
    scratch: Array,
    constants: Constants,
    learning_rate: float,
    step: int,
    total: Array | None = None,
) -> None:
    """Have an optimizer take one step, and add its gradient to ``total``.

    What is given otherwise is what :meth:`Optimizer.update` is given.

    An average of gradients that stay zero, as those of a pixel at the border do, fades away
    for ever, and numbers next to the smallest there are cost a processor a hundred times as
    much as others. So averages near to that (below 1e-30 in float32, 1e-300 in float64) are set
    to zero now and then: far too small to show in any weight.
    """
    if parameters.size < 2 * PIECE:
        optimizer.update(parameters, gradient, slots, scratch, constants, learning_rate, step)
        if total is not None:
            np.add(total, gradient, out=total)
    else:
        _in_pieces(
            optimizer, parameters, gradient, slots, scratch, constants, learning_rate, step, total
        )
    if step % FORGET_EVERY == 0:
        nothing = 1e8 * float(np.finfo(parameters.dtype).tiny)
        for slot in slots:
            np.abs(slot, out=scratch)
            np.greater_equal(scratch, nothing, out=scratch)
            np.multiply(slot, scratch, out=slot)


def _in_pieces(
    optimizer: Optimizer,
    parameters: Array,
    gradient: Array,
    slots: tuple[Array, ...],
    scratch: Array,
    constants: Constants,
    learning_rate: float,
    step: int,
    total: Array | None,
) -> None:
    """Have several threads take a step, each of some parameters at a time."""
    pieces = parameters.size // PIECE
    line = LINE // parameters.itemsize
    bounds = [parameters.size * number // pieces // line * line for number in range(pieces)]
    bounds.append(parameters.size)

    def change(thread: int, number: int) -> None:
        part = slice(bounds[number], bounds[number + 1])
        optimizer.update(
            parameters[part],
            gradient[part],
            tuple(slot[part] for slot in slots),
            scratch[part],
            constants,
            learning_rate,
            step,
        )
        if total is not None:
            np.add(total[part], gradient[part], out=total[part])

    share(change, pieces, threads.processors())


@cache
def optimizers() -> dict[str, Optimizer]:
    """Every optimizer by name: one for each module of this package."""
    return {optimizer.name: optimizer for optimizer in members(__name__, "OPTIMIZER")}
