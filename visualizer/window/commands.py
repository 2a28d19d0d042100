"""Everything the window can be asked for: each with a name, words and a key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import (
    QSlider,
)

from visualizer.panels.base import Command
from visualizer.view.workspaces import WORKSPACES

if TYPE_CHECKING:
    from visualizer.window.main_window import MainWindow

DIGITS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "Shift+1", "Shift+2", "Shift+3", "Shift+4")
"""With Alt a panel is shown by its digit, with Ctrl it is maximised; Ctrl+0 is for text."""

WORKSPACE_KEYS = {"watch": "F2", "explain": "F3", "diagnose": "F4"}


class Commands:
    """Makes an action of every command; F1 lists them.

    Parameters
    ----------
    window : MainWindow

    Attributes
    ----------
    named : dict of str to QAction
    groups : dict of str to list of QAction
        Under their headings.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.named: dict[str, QAction] = {}
        self.groups: dict[str, list[QAction]] = {}
        self._make()

    def _make(self) -> None:
        window, view, viewer = self._window, self._window.view, self._window.viewer
        dialogs = window.dialogs
        bar, show = view.bar, window.workspaces.show
        form, samples = (
            partial(view.arrangement.toggle_drawer, key) for key in ("experiment", "samples")
        )
        tables: dict[str, list[Command]] = {
            "Train, and look back": [
                ("toggle", "Train, or pause", ["Space"], viewer.toggle),
                ("step", "On one epoch; train it if it is new", ["Right"], viewer.step),
                ("step ten", "On ten epochs", ["Shift+Right"], lambda: viewer.step(10)),
                ("back one", "Back one epoch", ["Left"], viewer.back),
                ("back ten", "Back ten epochs", ["Shift+Left"], lambda: viewer.back(10)),
                ("first", "To the untrained network", ["Home"], lambda: viewer.seek(0)),
                ("live", "Live: to the newest epoch", ["End"], viewer.go_live),
                ("fork", "Train on from the shown epoch, in a new branch", ["F"], viewer.train),
                ("pin", "Pin the shown epoch to compare with, or unpin", ["K"], viewer.toggle_pin),
                ("restart", "Restart from the same weights", ["Ctrl+Home"], viewer.restart),
                ("slower", "Slower", ["-"], lambda: bar.nudge_speed(-1)),
                ("faster", "Faster", ["+", "="], lambda: bar.nudge_speed(+1)),
            ],
            "Files": [
                (
                    "open",
                    "Open a run, data, weights, an experiment or a picture…",
                    ["Ctrl+O"],
                    window.files.open_file,
                ),
                (
                    "examples",
                    "Examples, with pictures…",
                    ["Ctrl+Shift+X"],
                    dialogs.show_examples,
                ),
                ("last", "Open the run of last time", ["Ctrl+Shift+O"], window.offers.open_last),
                ("save run", "Save the run…", ["Ctrl+S"], window.files.save_run),
                ("save", "Save the weights…", ["Ctrl+Shift+S"], window.files.save_weights),
                ("export", "Export a PNG…", ["Ctrl+E"], window.pictures.export),
                (
                    "record",
                    "Record every k-th epoch, or stop",
                    ["Ctrl+R"],
                    window.pictures.toggle_recording,
                ),
            ],
            "Runs": [
                ("start", "Start a new run from the form", ["Ctrl+Return"], window.submit),
                ("form", "Go to the form", ["Ctrl+L"], window.focus_form),
                ("replaced", "Bring back the run before", ["Ctrl+Alt+B"], viewer.bring_back),
                ("branches", "Branches", ["Alt+B"], view.timeline.branches.showMenu),
                ("memory", "Memory for going back…", ["Ctrl+M"], dialogs.ask_memory),
            ],
        }
        for panel in view.panels.values():
            if commands := panel.commands():
                tables[panel.title] = commands
        marks = window.bookmarks
        tables["Undo and bookmarks"] = [
            ("undo", "Undo", ["Ctrl+Z"], window.undo),
            ("redo", "Redo", ["Ctrl+Shift+Z", "Ctrl+Y"], window.redo),
            (
                "copy",
                "Copy a picture of the panel, or the text that is selected",
                ["Ctrl+C"],
                window.copy,
            ),
            ("bookmark", "Bookmark this epoch, or change its bookmark…", ["Ctrl+B"], marks.ask),
            ("no bookmark", "Remove the bookmark of this epoch", ["Ctrl+Shift+B"], marks.remove),
            ("next bookmark", "Next bookmark", ["Ctrl+PgDown"], lambda: marks.go_on(+1)),
            ("last bookmark", "Bookmark before", ["Ctrl+PgUp"], lambda: marks.go_on(-1)),
        ]
        tables["Window"] = [
            *window.text.commands(),
            ("full", "Full screen", ["F11"], window.toggle_full_screen),
            ("presenter", "Presenter mode: panels alone", ["F5"], window.presenter.toggle),
            (
                "back",
                "Leave: a message or hint, the selection, a maximised panel",
                ["Escape"],
                window.escape,
            ),
            ("quit", "Quit", ["Ctrl+Q"], window.close),
        ]
        tables["Workspaces"] = [
            (f"workspace {name}", workspace.title, [WORKSPACE_KEYS[name]], partial(show, name))
            for name, workspace in WORKSPACES.items()
        ] + [
            ("reset workspace", "Reset this workspace", ["Ctrl+Alt+R"], window.workspaces.reset),
            ("save workspace", "Save this workspace as…", ["Ctrl+Alt+S"], window.workspaces.ask),
            ("delete workspace", "Delete this workspace", ["Ctrl+Alt+D"], window.workspaces.delete),
            (
                "drawer experiment",
                "Open or close Experiment",
                ["Ctrl+Shift+E"],
                form,
            ),
            (
                "drawer samples",
                "Open or close Samples",
                ["Ctrl+Shift+L"],
                samples,
            ),
        ]
        tables["Help"] = [
            ("keys", "All keys", ["F1"], dialogs.show_keys),
            ("hints", "Three hints for a start", ["Ctrl+F1"], window.hints.begin),
            ("words", "Words, and what they mean", ["Ctrl+G"], dialogs.show_words),
            ("report", "Copy a report on this program", ["Shift+F1"], window.offers.copy_report),
        ]
        for digit, (key, dock) in zip(DIGITS, view.docks.items(), strict=False):
            title = dock.panel.title
            forward, maximise = view.arrangement.bring_forward, view.arrangement.toggle_maximised
            tables.setdefault("Panels", []).extend(
                [
                    (f"show {key}", f"Show {title}", [f"Alt+{digit}"], partial(forward, key)),
                    (
                        f"maximise {key}",
                        f"Maximise {title}, or go back",
                        ["Ctrl+Shift+0" if digit == "0" else f"Ctrl+{digit}"],
                        partial(maximise, key),
                    ),
                ]
            )
        self.groups = {
            heading: [self._add(*command) for command in table] for heading, table in tables.items()
        }
        named = self.named
        window.presenter.lend(
            {named["next bookmark"]: "PgDown", named["last bookmark"]: "PgUp"},
            [named["units"], named["units back"]],
        )
        for slider in window.findChildren(QSlider):
            # Arrow keys belong to the epochs; a slider takes them only when tabbed to.
            slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            slider.installEventFilter(window)

    def _add(self, name: str, text: str, keys: list[str], slot: Callable[[], object]) -> QAction:
        action = QAction(text, self._window)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda: slot())
        self._window.addAction(action)
        self.named[name] = action
        return action
