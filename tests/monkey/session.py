"""The monkey in the process of the program: it acts from timers, whatever loop is running."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from time import monotonic
from typing import TextIO

from PyQt6.QtCore import QObject, QTimer
from PyQt6.QtWidgets import QApplication

from tests.gui import epochs_on_screen
from tests.monkey.action import Action
from tests.monkey.checks import contradictions, said_in_the_window, stands_still
from tests.monkey.kind import KINDS
from tests.monkey.kinds.waiting import ALWAYS, put_away
from tests.monkey.plan import Plan
from tests.monkey.run_queue import waiting_time
from tests.monkey.world import World

BEAT, LOOK = 100, 30
"""Milliseconds from one sign of life to the next, and from one look at the window."""

STEP = 8
"""Milliseconds between the events of one action: pressing, moving, letting go."""

STILL = 3
"""So many looks in a row at a window that stands still, before it has to agree with itself.

What follows a click comes by queued signals, and each of them is delivered between two looks.
"""

ASKED = 20
"""So many times in a row a window is asked to take the keys; one that is minimised does not."""

PATIENCE = 60
"""Actions for which the same dialog or menu may stay before it is put away."""


def tell(**words: object) -> None:
    """Tell the process that watches."""
    print(json.dumps(words), flush=True)


class Session(QObject):
    """Does one action after the other and looks at the window between them.

    Parameters
    ----------
    world : World
    plan : Plan
    log : text file
        Each action is in it before it is done.
    """

    def __init__(self, world: World, plan: Plan, log: TextIO) -> None:
        super().__init__()
        self._world, self._plan, self._log = world, plan, log
        self._gesture: Iterator[None] | None = None
        self._still, self._blocked, self._asked = 0, 0, 0
        self._mixed = False
        self._reported: set[str] = set()
        self.done = 0
        self.over = False
        self._beat = QTimer(self)
        self._beat.timeout.connect(self._on_beat)
        self._beat.start(BEAT)
        self._look = QTimer(self)
        self._look.timeout.connect(self._on_look)
        self._look.start(LOOK)
        self._after(0)

    def _on_beat(self) -> None:
        tell(beat=self.done, at=monotonic(), waited=waiting_time(os.getpid()))

    def _after(self, wait: int) -> None:
        # One that is new each time: a timer does not fire again within what it has set off,
        # and a dialog's own loop runs within the key that has opened it.
        QTimer.singleShot(wait, self._on_time)

    def _on_time(self) -> None:
        gesture = self._gesture
        if gesture is not None:
            self._after(STEP)
            if gesture.gi_running:  # type: ignore[attr-defined]
                # A loop began within it, as with a menu that opens when the button goes down.
                self._gesture = None
                self._world.mouse.let_go()
            else:
                self._go_on(gesture)
            return
        world = self._world
        if world.where == "nothing":
            self._after(STEP)  # closed, and about to be opened again
            return
        if QApplication.activeWindow() is None and self._asked < ASKED:
            # Without a window manager nobody else gives the keys to a window.
            world.front.window().activateWindow()
            self._asked += 1
            self._after(STEP)
            return
        self._asked = 0
        self._blocked = self._blocked + 1 if world.where != "window" else 0
        action = self._plan.next(world)
        if action is None:
            self._end()
            return
        if self._blocked > PATIENCE:
            action = Action("put away", {}, STEP)
        self._log.write(action.line() + "\n")
        self._log.flush()
        self.done += 1
        self._still = 0
        self._after(action.wait)
        do = ALWAYS.get(action.kind) or KINDS[action.kind].do
        gesture = do(world, **action.arguments)
        if gesture is not None:
            self._gesture = gesture
            self._go_on(gesture)

    def _go_on(self, gesture: Iterator[None]) -> None:
        for _ in gesture:
            return
        if self._gesture is gesture:
            self._gesture = None

    def _end(self) -> None:
        """Close what is open, and the window at last."""
        self.over = True
        if self._world.where == "window":
            self._world.mouse.let_go()
            self._world.window.close()
        else:
            put_away(self._world)
        if self._world.where != "nothing":
            self._after(50)

    def _on_look(self) -> None:
        window = self._world.window
        if window is None:
            return
        text = said_in_the_window(window)
        if text is not None:
            self._report("message", text)
        still = self._world.where == "window" and stands_still(window)
        self._still = self._still + 1 if still else 0
        if self._still >= STILL:
            for text in contradictions(window):
                self._report("contradiction", text)
        moves = self._world.where == "window" and window.viewer.training
        found = list(epochs_on_screen.contradictions(window)) if moves else []
        # Twice: a panel that has just come into sight is drawn in the next turn.
        for text in found if self._mixed else ():
            self._report("epochs", text)
        self._mixed = bool(found)

    def _report(self, kind: str, text: str) -> None:
        if text not in self._reported:
            self._reported.add(text)
            tell(finding=kind, text=text)
