"""Optimizers: how a gradient becomes an update. One file each; dropping one in adds it."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

if TYPE_CHECKING:
    from nnfs_core.experiment import Experiment

Array = NDArray[Any]


class Optimizer(Protocol):
    """Turns a gradient into new parameters, in place. A module defines one as ``OPTIMIZER``."""

    name: str
    formula: str
    slots: tuple[str, ...]
    """Names of the running averages it keeps, one number per parameter each."""

    def update(
        self,
        parameters: Array,
        gradient: Array,
        slots: tuple[Array, ...],
        scratch: Array,
        experiment: Experiment,
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
        experiment : Experiment
            The constants: momentum, decay rates, epsilon.
        learning_rate : float
            η of this step.
        step : int
            1 for the first step of the run.
        """
        ...


@cache
def optimizers() -> dict[str, Optimizer]:
    """Every optimizer by name: one for each module of this package."""
    modules = (
        importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
    )
    return {module.OPTIMIZER.name: module.OPTIMIZER for module in modules}
