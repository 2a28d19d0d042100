"""What a run goes on by: everything that may change between two epochs and keeps the shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from nnfs_core.text.numbers import setting


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the next epochs are trained. Every state carries its own, so that any comes back.

    Attributes
    ----------
    learning_rate : float
        η, before the schedule of the experiment makes it larger or smaller.
    momentum, rho, beta1, beta2, epsilon : float
        Constants of the optimizer.
    weight_decay : float
        λ.
    batch_size : int or None
        Samples of a step; None for all of them.
    """

    learning_rate: float
    momentum: float
    rho: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    batch_size: int | None

    @classmethod
    def of(cls, experiment: Any) -> Self:
        """Return the recipe that a run of an experiment, which has all of it, begins with."""
        return cls(*(getattr(experiment, name) for name in NAMES))

    @property
    def numbers(self) -> tuple[float, ...]:
        """All of it as numbers, in the order of :data:`NAMES`; a full batch is 0."""
        return tuple(float(getattr(self, name) or 0) for name in NAMES)

    @classmethod
    def of_numbers(cls, numbers: Sequence[float]) -> Self:
        """Return what :attr:`numbers` says."""
        rate, momentum, rho, beta1, beta2, epsilon, decay, batch = numbers
        return cls(rate, momentum, rho, beta1, beta2, epsilon, decay, int(batch) or None)

    def change_to(self, other: Recipe) -> str:
        """Say what another recipe has otherwise: ``learning rate 0.1 → 0.01``."""
        changed = [name for name in NAMES if getattr(self, name) != getattr(other, name)]
        return ", ".join(
            f"{WORDS[name]} {_written(getattr(self, name))} → {_written(getattr(other, name))}"
            for name in changed
        )


def _written(value: float | None) -> str:
    return "full" if value is None else setting(value)


NAMES = tuple(field.name for field in fields(Recipe))
"""The names of what a recipe holds; those of the experiment's fields."""

WORDS = {
    "learning_rate": "learning rate",
    "momentum": "momentum",
    "rho": "decay ρ",
    "beta1": "decay β₁",
    "beta2": "decay β₂",
    "epsilon": "epsilon",
    "weight_decay": "weight decay",
    "batch_size": "batch",
}
"""What each is called on screen."""
