"""Menus and lists that are open: walked through, chosen from, closed."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPoint, Qt

from tests.monkey.chance import pick, share, whole
from tests.monkey.kind import Arguments, kind
from tests.monkey.kinds.keyboard import press_key
from tests.monkey.kinds.pointing import BUTTONS
from tests.monkey.world import World, point

KEYS = ["Down", "Down", "Up", "Right", "Left", "Return", "Return", "Escape", "Home", "End", "A"]


def _a_key(world: World, rng: np.random.Generator) -> Arguments:
    return {"key": pick(rng, KEYS), "times": pick(rng, [1, 1, 2, 5])}


@kind("popup key", 5, _a_key, where="popup")
def popup_key(world: World, key: str, times: int) -> None:
    for _ in range(times):
        if world.popup is not None:
            press_key(world.focus, Qt.Key[f"Key_{key}"])


def _a_point(world: World, rng: np.random.Generator) -> Arguments:
    return {"at": [share(rng), share(rng)]}


@kind("popup click", 3, _a_point, where="popup")
def popup_click(world: World, at: list[float]) -> None:
    popup = world.popup
    where = point(popup, (at[0], at[1]))
    world.mouse.move(popup, where)
    world.mouse.press(popup, where, BUTTONS["left"])
    world.mouse.let_go()


def _somewhere(world: World, rng: np.random.Generator) -> Arguments:
    return {"by": [whole(rng, -600, 600), whole(rng, -600, 600)]}


@kind("click beside a popup", 1, _somewhere, where="popup")
def click_beside(world: World, by: list[int]) -> None:
    popup = world.popup
    world.mouse.press(popup, QPoint(*by), BUTTONS["left"])
    world.mouse.let_go()


@kind("close popup", 2, where="popup")
def close_popup(world: World) -> None:
    world.popup.close()
