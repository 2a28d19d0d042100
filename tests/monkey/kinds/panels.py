"""Panels: floating, moving, closing, tabs."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QTabBar

from tests.monkey.chance import pick, whole
from tests.monkey.kind import Arguments, kind
from tests.monkey.world import World

SIDES = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "top": Qt.DockWidgetArea.TopDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}


def _a_panel(world: World, rng: np.random.Generator) -> Arguments:
    return {"panel": pick(rng, list(world.window.view.docks))}


@kind("float", 2, _a_panel)
def float_(world: World, panel: str) -> None:
    dock = world.window.view.docks[panel]
    dock.setFloating(not dock.isFloating())


@kind("close panel", 2, _a_panel)
def close_panel(world: World, panel: str) -> None:
    world.window.view.docks[panel].close()


@kind("show panel", 3, _a_panel)
def show_panel(world: World, panel: str) -> None:
    dock = world.window.view.docks[panel]
    dock.show()
    dock.raise_()


def _a_new_place(world: World, rng: np.random.Generator) -> Arguments:
    return _a_panel(world, rng) | {"side": pick(rng, list(SIDES))}


@kind("dock", 1, _a_new_place)
def dock(world: World, panel: str, side: str) -> None:
    view = world.window.view
    view.host.addDockWidget(SIDES[side], view.docks[panel])


def _two_panels(world: World, rng: np.random.Generator) -> Arguments:
    first = pick(rng, list(world.window.view.docks))
    return {"on": first} | _a_panel(world, rng)


@kind("tabify", 1, _two_panels)
def tabify(world: World, on: str, panel: str) -> None:
    view = world.window.view
    if on != panel:
        view.host.tabifyDockWidget(view.docks[on], view.docks[panel])


def _a_tab(world: World, rng: np.random.Generator) -> Arguments | None:
    bars = [bar for bar in world.window.view.host.findChildren(QTabBar) if bar.count()]
    if not bars:
        return None
    at = whole(rng, 0, len(bars) - 1)
    return {"bar": at, "tab": whole(rng, 0, bars[at].count() - 1)}


@kind("tab", 3, _a_tab)
def tab(world: World, bar: int, tab: int) -> None:
    bars = [one for one in world.window.view.host.findChildren(QTabBar) if one.count()]
    if bar < len(bars):
        bars[bar].setCurrentIndex(tab)


def _a_size(world: World, rng: np.random.Generator) -> Arguments | None:
    docks = world.window.view.docks
    floating = [key for key, dock in docks.items() if dock.isFloating()]
    if not floating:
        return None
    return {"panel": pick(rng, floating), "size": [whole(rng, 1, 1500), whole(rng, 1, 1200)]}


@kind("resize panel", 2, _a_size)
def resize_panel(world: World, panel: str, size: list[int]) -> None:
    world.window.view.docks[panel].resize(*size)
