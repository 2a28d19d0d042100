"""Where actions come from: a seed, or a log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from tests.monkey import kinds  # noqa: F401 - it registers what there is to do
from tests.monkey.action import Action
from tests.monkey.chance import weighted, whole
from tests.monkey.kind import KINDS
from tests.monkey.world import World

TRIES = 20
"""Kinds that are drawn in vain before nothing is done: many can be done only now and then."""

IN_FRONT = ("nothing", "window", "dialog", "popup")
"""What lies over what."""


class Plan(Protocol):
    """Gives one action after the other."""

    def next(self, world: World) -> Action | None:
        """Return what is to be done now; None when all has been done."""
        ...


class Seeded:
    """Actions drawn at random, each from its own generator: seed and number decide.

    What a seed gives depends on nothing but what is on the screen at each action. What was
    drawn is in the log, so that a run can be replayed even where threads were quicker once.

    Parameters
    ----------
    seed : int
    count : int
        How many actions.
    """

    def __init__(self, seed: int, count: int) -> None:
        self._seed, self._count, self._at = seed, count, 0

    def next(self, world: World) -> Action | None:
        """Draw the next action from those that can be done with what is in front."""
        if self._at >= self._count:
            return None
        rng = np.random.default_rng([self._seed, self._at])
        self._at += 1
        able = {name: kind.weight for name, kind in KINDS.items() if kind.where == world.where}
        wait = self._wait(rng)
        for _ in range(TRIES if able else 0):
            name = weighted(rng, able)
            arguments = KINDS[name].choose(world, rng)
            if arguments is not None:
                return Action(name, arguments, wait)
        return Action("wait", {}, wait)

    @staticmethod
    def _wait(rng: np.random.Generator) -> int:
        how = weighted(rng, {"at once": 6, "quick": 3, "slow": 1})
        return {"at once": 0, "quick": whole(rng, 10, 80), "slow": whole(rng, 150, 500)}[how]


class Replayed:
    """Actions as they were written down.

    Parameters
    ----------
    actions : sequence of Action
    """

    def __init__(self, actions: Sequence[Action]) -> None:
        self._rest: Iterator[Action] = iter(actions)
        self._blocked: Action | None = None

    def next(self, world: World) -> Action | None:
        """Return the next one that can be done with what is in front now.

        A menu or dialog that is open though the next action is for what lies behind it is
        closed first: where actions were left out, so was the answer to it.
        """
        action, self._blocked = self._blocked or next(self._rest, None), None
        while action is not None:
            here = world.where
            wanted = KINDS[action.kind].where if action.kind in KINDS else here
            if wanted == here:
                return action
            if IN_FRONT.index(here) > IN_FRONT.index(wanted):
                self._blocked = action
                return Action("put away", {}, 20)
            action = next(self._rest, None)
        return None
