"""The program, stopped at a named moment so that it can be killed just there.

``python -m tests.gui.killed_program MOMENT`` opens the window and trains. It prints what happens,
a line each; at the moment it prints ``reached``, and goes no further.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QTimer

from nnfs_core.engine import pipe
from nnfs_core.experiment import presets
from nnfs_core.leaving import leave
from visualizer import app
from visualizer.state import autosave
from visualizer.state.autosave import Autosave
from visualizer.state.kept_runs import KeptRun
from visualizer.window.offers import Offers

said = threading.Lock()


def say(*words: object) -> None:
    with said:
        print(*words, flush=True)


def stay() -> None:
    say("reached")
    threading.Event().wait()


def before(owner: Any, name: str, when: Callable[..., bool] = lambda *_: True) -> None:
    """Stay before something is done."""
    plain = getattr(owner, name)

    def late(*given, **named):
        if when(*given):
            stay()
        return plain(*given, **named)

    setattr(owner, name, late)


def after(owner: Any, name: str, when: Callable[..., bool] = lambda *_: True) -> None:
    """Stay when something has been done."""
    plain = getattr(owner, name)

    def late(*given, **named):
        found = plain(*given, **named)
        if when(*given):
            stay()
        return found

    setattr(owner, name, late)


def nth(number: int) -> Callable[..., bool]:
    """Return what is true for one call alone."""
    calls = iter(range(1, 10**9))
    return lambda *_: next(calls) == number


def is_autosave(path: Path, to: object = None) -> bool:
    return path.suffix == ".tmp"


def second_rename() -> Callable[..., bool]:
    second = nth(2)
    return lambda path, *_: path.suffix == ".tmp" and second()


MOMENTS: dict[str, Callable[[], None]] = {
    "hand-over, file made": lambda: before(pipe, "send_file"),
    "hand-over, file sent": lambda: after(pipe, "send_file"),
    "first autosave, written": lambda: before(os, "fsync"),
    "rename, before": lambda: before(Path, "replace", second_rename()),
    "rename, after": lambda: after(Path, "replace", second_rename()),
    "close, saved": lambda: before(Autosave, "finish"),
    "close, ending": lambda: before(Path, "replace", lambda path, *_: path.suffix == ".nnfs"),
    "close, ended": lambda: before(KeptRun, "let_go", lambda kept: kept.ended.exists()),
    "training": lambda: None,
}


def main(moment: str) -> int:
    autosave.FIRST = autosave.EVERY = 0.1
    MOMENTS[moment]()
    plain = Offers.use_autosave

    def use(offers: Offers, kept: Autosave) -> None:
        plain(offers, kept)
        window = offers._view.window()
        viewer = window.viewer

        def on_saved(snapshot) -> None:
            say("saved", snapshot.newest[snapshot.active].epoch)
            if moment.startswith("close"):
                QTimer.singleShot(0, window.close)

        viewer.saver.saved.connect(on_saved)
        bar = window.view.messages
        bar.appeared.connect(lambda: say("bar", bar.text.text()))

    Offers.use_autosave = use  # type: ignore[method-assign]
    say("starting")
    status = app.open_window(presets()["digits"], "digits", None, play=True)
    say("ended")
    return status


if __name__ == "__main__":
    leave(main(sys.argv[1]) or 0)
