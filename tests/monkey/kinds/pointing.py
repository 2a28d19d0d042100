"""The mouse: clicks, drags, the wheel, moving about, leaving, resting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PyQt6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PyQt6.QtGui import QHelpEvent
from PyQt6.QtWidgets import QWidget

from tests.monkey.chance import likely, pick, share, weighted, whole
from tests.monkey.kind import Arguments, kind
from tests.monkey.target import find, path_of
from tests.monkey.world import World, alive, point, seen
from visualizer.view.timeline import Track

BUTTONS = {
    "left": Qt.MouseButton.LeftButton,
    "right": Qt.MouseButton.RightButton,
    "middle": Qt.MouseButton.MiddleButton,
    "back": Qt.MouseButton.BackButton,
}
MODIFIERS = {
    "": Qt.KeyboardModifier.NoModifier,
    "shift": Qt.KeyboardModifier.ShiftModifier,
    "ctrl": Qt.KeyboardModifier.ControlModifier,
    "alt": Qt.KeyboardModifier.AltModifier,
}


def some_widget(world: World, rng: np.random.Generator) -> QWidget | None:
    """Draw a widget of what is in front: a part of the window first, then large ones rather."""
    front = world.front
    if front is world.window:
        front = pick(rng, list(world.areas().values()))
    if front is None:
        return None
    widgets = seen(front)
    if not widgets:
        return None
    areas = np.sqrt([one.width() * one.height() for one in widgets])
    return widgets[int(rng.choice(len(widgets), p=areas / areas.sum()))]


def some_point(rng: np.random.Generator) -> list[float]:
    """Draw a place in a widget as shares of its size; now and then its very edge."""
    edges = [0.0, 1.0, 0.5]
    return [pick(rng, edges) if likely(rng, 0.08) else share(rng) for _ in range(2)]


def a_place(world: World, rng: np.random.Generator) -> Arguments | None:
    """Draw where the mouse goes."""
    widget = some_widget(world, rng)
    return None if widget is None else {"widget": path_of(widget), "at": some_point(rng)}


def _a_press(world: World, rng: np.random.Generator) -> Arguments | None:
    place = a_place(world, rng)
    if place is None:
        return None
    button = weighted(rng, {"left": 10, "right": 2, "middle": 0.7, "back": 0.3})
    modifier = weighted(rng, {"": 10, "shift": 1, "ctrl": 1, "alt": 0.3})
    return place | {"button": button, "modifier": modifier}


@kind("click", 16, _a_press)
def click(world: World, widget: str, at: list[float], button: str, modifier: str) -> Iterator[None]:
    target = find(widget)
    if target is not None:
        where = point(target, (at[0], at[1]))
        world.mouse.move(target, where)
        world.mouse.press(target, where, BUTTONS[button], MODIFIERS[modifier])
        yield
        world.mouse.let_go()


@kind("double click", 3, _a_press)
def double_click(
    world: World, widget: str, at: list[float], button: str, modifier: str
) -> Iterator[None]:
    for twice in (False, True):
        target = find(widget)
        if target is not None:
            where = point(target, (at[0], at[1]))
            world.mouse.press(target, where, BUTTONS[button], MODIFIERS[modifier], twice=twice)
            yield
            world.mouse.let_go()


def _a_drag(world: World, rng: np.random.Generator) -> Arguments | None:
    pressed = _a_press(world, rng)
    if pressed is None:
        return None
    far = likely(rng, 0.25)  # out of the widget, or of the window
    low, high = (-1.5, 2.5) if far else (0.0, 1.0)
    way = [
        [round(float(value), 4) for value in rng.uniform(low, high, 2)]
        for _ in range(whole(rng, 1, 8))
    ]
    return pressed | {"way": way}


@kind("drag", 9, _a_drag)
def drag(
    world: World,
    widget: str,
    at: list[float],
    button: str,
    modifier: str,
    way: list[list[float]],
) -> Iterator[None]:
    target = find(widget)
    if target is None:
        return
    world.mouse.press(target, point(target, (at[0], at[1])), BUTTONS[button], MODIFIERS[modifier])
    for x, y in way:
        yield
        if alive(target):
            world.mouse.move(target, point(target, (x, y)))
    yield
    world.mouse.let_go()


@kind("move", 8, a_place)
def move(world: World, widget: str, at: list[float]) -> None:
    target = find(widget)
    if target is not None:
        world.mouse.move(target, point(target, (at[0], at[1])))


@kind("leave", 1)
def leave(world: World) -> None:
    world.mouse.leave()


@kind("rest", 2, a_place)
def rest(world: World, widget: str, at: list[float]) -> None:
    """Leave the mouse where it is until what lies there is explained."""
    target = find(widget)
    if target is not None:
        where = point(target, (at[0], at[1]))
        world.mouse.move(target, where)
        there = target.mapToGlobal(where)
        QCoreApplication.sendEvent(target, QHelpEvent(QEvent.Type.ToolTip, where, there))


def _a_turn(world: World, rng: np.random.Generator) -> Arguments | None:
    place = a_place(world, rng)
    if place is None:
        return None
    turns = pick(rng, [-20, -3, -1, 1, 3, 20])
    return place | {"turns": turns, "sideways": likely(rng, 0.1)}


@kind("wheel", 4, _a_turn)
def wheel(world: World, widget: str, at: list[float], turns: int, sideways: bool) -> None:
    target = find(widget)
    if target is not None:
        world.mouse.wheel(target, point(target, (at[0], at[1])), turns, sideways)


def _a_way(world: World, rng: np.random.Generator) -> Arguments:
    return {"way": [share(rng) for _ in range(pick(rng, [1, 1, 2, 5]))]}


@kind("seek", 5, _a_way)
def seek(world: World, way: list[float]) -> Iterator[None]:
    """Press on the timeline and go along it."""
    track = world.window.findChild(Track)
    world.mouse.press(track, point(track, (way[0], 0.5)), BUTTONS["left"])
    for x in way[1:]:
        yield
        if alive(track):
            world.mouse.move(track, point(track, (x, 0.5)))
    yield
    world.mouse.let_go()


def _an_edge(world: World, rng: np.random.Generator) -> Arguments | None:
    docks = world.window.view.docks
    keys = [key for key, dock in docks.items() if dock.in_sight]
    if not keys:
        return None
    by = [whole(rng, -400, 400), whole(rng, -400, 400)]
    return {"panel": pick(rng, keys), "side": pick(rng, ["right", "bottom"]), "by": by}


@kind("separate", 2, _an_edge)
def separate(world: World, panel: str, side: str, by: list[int]) -> Iterator[None]:
    """Drag the line between two panels."""
    dock = world.window.view.docks[panel]
    host = world.window.view.host
    box = dock.geometry()
    start = (
        QPoint(box.right() + 3, box.center().y())
        if side == "right"
        else QPoint(box.center().x(), box.bottom() + 3)
    )
    world.mouse.move(host, start)
    world.mouse.press(host, start, BUTTONS["left"])
    yield
    world.mouse.move(host, start + QPoint(*by))
    yield
    world.mouse.let_go()
