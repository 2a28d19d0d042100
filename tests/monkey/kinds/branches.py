"""Branches, by their menu: switching, showing, renaming, deleting, bringing back."""

from __future__ import annotations

import numpy as np

from tests.monkey.chance import pick
from tests.monkey.kind import Arguments, kind
from tests.monkey.kinds.windows import entries
from tests.monkey.world import World


def _menu(world: World) -> dict:
    menu = world.window.view.timeline.branches.menu()
    menu.aboutToShow.emit()
    return dict(enumerate(entries(menu).values()))


def _an_entry(world: World, rng: np.random.Generator) -> Arguments | None:
    found = _menu(world)
    return {"entry": pick(rng, list(found))} if found else None


@kind("branch", 6, _an_entry)
def branch(world: World, entry: int) -> None:
    action = _menu(world).get(entry)
    if action is not None:
        action.trigger()
