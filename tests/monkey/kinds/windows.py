"""The window as a whole: sizes, states, themes, its menu, closing."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QGuiApplication
from PyQt6.QtWidgets import QMenu

from tests.monkey.chance import likely, pick, whole
from tests.monkey.kind import Arguments, kind
from tests.monkey.world import World

SIZES = [
    [1, 1],
    [320, 240],
    [700, 300],
    [300, 900],
    [1024, 600],
    [1280, 720],
    [1440, 900],
    [1920, 1080],
    [2560, 1440],
]


def _a_size(world: World, rng: np.random.Generator) -> Arguments:
    if likely(rng, 0.5):
        return {"size": pick(rng, SIZES)}
    return {"size": [whole(rng, 1, 2600), whole(rng, 1, 1600)]}


@kind("resize", 6, _a_size)
def resize(world: World, size: list[int]) -> None:
    world.window.resize(*size)


STATES = ["showNormal", "showNormal", "showMaximized", "showFullScreen", "showMinimized"]


@kind("state", 1.5, lambda world, rng: {"state": pick(rng, STATES)})
def state(world: World, state: str) -> None:
    getattr(world.window, state)()


SCHEMES = ["Light", "Dark", "Unknown"]


@kind("system theme", 0.7, lambda world, rng: {"scheme": pick(rng, SCHEMES)})
def system_theme(world: World, scheme: str) -> None:
    """The system goes dark or light."""
    QGuiApplication.styleHints().setColorScheme(Qt.ColorScheme[scheme])


def entries(menu: QMenu, above: str = "") -> dict[str, QAction]:
    """Return the entries of a menu and of those in it, by the way to each."""
    found: dict[str, QAction] = {}
    for action in menu.actions():
        name = f"{above}/{action.text()}"
        if action.menu() is not None:
            found |= entries(action.menu(), name)
        elif not action.isSeparator() and action.isEnabled():
            found[name] = action
    return found


def _an_entry(world: World, rng: np.random.Generator) -> Arguments:
    return {"entry": pick(rng, sorted(entries(world.window.menus)))}


@kind("menu", 4, _an_entry)
def menu(world: World, entry: str) -> None:
    action = entries(world.window.menus).get(entry)
    if action is not None:
        action.trigger()


@kind("close", 0.35)
def close(world: World) -> None:
    """Close the window; the program is begun again in the same process."""
    world.window.close()
