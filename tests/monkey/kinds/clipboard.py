"""The clipboard: something is put there, and pasted."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication

from tests.monkey.chance import likely
from tests.monkey.kind import Arguments, kind
from tests.monkey.kinds.files import a_load, carried
from tests.monkey.kinds.keyboard import press_key
from tests.monkey.world import World


def _a_load(world: World, rng: np.random.Generator) -> Arguments:
    return a_load(world, rng) | {"paste": likely(rng, 0.8)}


@kind("clipboard", 3, _a_load)
def clipboard(world: World, what: str, names: list[str], paste: bool) -> None:
    QGuiApplication.clipboard().setMimeData(carried(world, what, names))
    if paste:
        press_key(world.focus, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
