"""Kinds of actions: how likely one is, how it is drawn, and how it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.monkey.world import World

Arguments = dict[str, Any]
Choose = Callable[[World, np.random.Generator], Arguments | None]
Do = Callable[..., Iterator[None] | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """What the monkey can do.

    Attributes
    ----------
    name : str
    weight : float
        How likely it is among those of the same place.
    where : str
        With what in front it can be done: ``window``, ``dialog`` or ``popup``.
    choose : callable
        Draws the arguments, or gives None where it cannot be done now.
    do : callable
        Does it, with the world and the arguments; one that takes several events is a
        generator, and between two of them the program does what it likes.
    """

    name: str
    weight: float
    where: str
    choose: Choose
    do: Do


KINDS: dict[str, Kind] = {}


def kind(
    name: str, weight: float, choose: Choose = lambda world, rng: {}, where: str = "window"
) -> Callable[[Do], Do]:
    """Make a function a kind of action."""

    def register(do: Do) -> Do:
        assert name not in KINDS, name
        KINDS[name] = Kind(name, weight, where, choose, do)
        return do

    return register
