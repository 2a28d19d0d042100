"""The keyboard: every key of the window, any other key, and texts."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QCoreApplication, QEvent, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QWidget

from tests.monkey.chance import pick, weighted, whole
from tests.monkey.kind import Arguments, kind
from tests.monkey.kinds.pointing import MODIFIERS
from tests.monkey.target import find, path_of
from tests.monkey.world import World, alive, seen

OFTEN = {
    "toggle": 7,
    "step": 4,
    "step ten": 5,
    "back one": 3,
    "back ten": 2,
    "first": 2,
    "live": 3,
    "fork": 3,
    "pin": 2,
    "restart": 2,
    "export": 1.5,
    "quit": 0.35,
    "record": 0.7,
    "last": 0.5,
}
"""How often a command's key is pressed, in comparison with one that is not here."""

KEYS = (
    *("Tab", "Backtab", "Return", "Enter", "Escape", "Space", "Backspace", "Delete", "Insert"),
    *("Left", "Right", "Up", "Down", "Home", "End", "PageUp", "PageDown", "Menu", "F2", "F10"),
    *"ACFHKLMNPSTVXZ0159",
    *("Plus", "Minus", "Period", "Comma"),
)

TEXTS = [
    "",
    "0",
    "1",
    "-1",
    "7",
    "0.5",
    "1e30",
    "1e-30",
    "1e400",
    "nan",
    "inf",
    "12, 8",
    "1,000",
    ",,,",
    "full",
    "ü🙂名",
    "9" * 400,
    "<b>bold</b>",
    "%s {0} \\",
    " ",
]
"""What is typed; no folder is named, so nothing is written elsewhere."""


def press_key(
    widget: QWidget | None, key: Qt.Key, modifiers: Qt.KeyboardModifier | None = None
) -> None:
    """Press a key and let go, as the display would have it: shortcuts first."""
    modifiers = modifiers or Qt.KeyboardModifier.NoModifier
    if alive(widget):
        QTest.keyPress(widget, key, modifiers)
        if alive(widget) and widget.isVisible():
            QTest.keyRelease(widget, key, modifiers)


def type_text(widget: QWidget | None, text: str) -> None:
    """Type a text, letter by letter, in whatever alphabet."""
    for letter in text:
        for event in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            if alive(widget):
                no_key, none = 0, Qt.KeyboardModifier.NoModifier
                QCoreApplication.sendEvent(widget, QKeyEvent(event, no_key, none, letter))


def _a_command(world: World, rng: np.random.Generator) -> Arguments:
    actions = world.window.commands.named
    # In presenter mode some keys mean something else, and what they meant has none.
    keyed = [name for name, action in actions.items() if action.shortcuts()]
    name = weighted(rng, {name: OFTEN.get(name, 1.0) for name in keyed})
    return {"name": name, "which": whole(rng, 0, len(actions[name].shortcuts()) - 1)}


@kind("command", 26, _a_command)
def command(world: World, name: str, which: int) -> None:
    action = world.window.commands.named.get(name)
    if action is not None and which < len(action.shortcuts()):
        combination = action.shortcuts()[which][0]
        press_key(world.focus, combination.key(), combination.keyboardModifiers())


@kind("train", 5)
def train(world: World) -> None:
    """Let it train, or stop."""
    press_key(world.focus, Qt.Key.Key_Space)


def _a_key(world: World, rng: np.random.Generator) -> Arguments:
    modifier = weighted(rng, {"": 10, "shift": 2, "ctrl": 1, "alt": 0.3})
    return {"key": pick(rng, KEYS), "modifier": modifier, "times": pick(rng, [1, 1, 1, 3, 10])}


@kind("key", 8, _a_key)
def key(world: World, key: str, modifier: str, times: int) -> None:
    for _ in range(times):
        press_key(world.focus, Qt.Key[f"Key_{key}"], MODIFIERS[modifier])


@kind("type", 2, lambda world, rng: {"text": pick(rng, TEXTS)})
def type_(world: World, text: str) -> None:
    type_text(world.focus, text)


def _a_focus(world: World, rng: np.random.Generator) -> Arguments | None:
    able = [
        one
        for area in world.areas().values()
        for one in seen(area)
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    return {"widget": path_of(pick(rng, able))} if able else None


@kind("focus", 4, _a_focus)
def focus(world: World, widget: str) -> None:
    target = find(widget)
    if target is not None:
        target.setFocus(Qt.FocusReason.TabFocusReason)
