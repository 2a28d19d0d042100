"""The window: a frame view wired to the viewer, with menus, keys and remembered settings."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial

from PyQt6.QtCore import QByteArray, QSettings, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QGuiApplication, QKeySequence
from PyQt6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QInputDialog,
    QMainWindow,
    QSlider,
    QWidget,
)

from nnfs_core.errors import one_line
from nnfs_core.experiment import Experiment, presets
from nnfs_core.history.bookmarks import Bookmark
from nnfs_core.history.dead_watch import said
from nnfs_core.history.keyframes import DEFAULT_LIMIT
from nnfs_core.history.recording import Mark
from nnfs_core.recipe import Recipe
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.qt_path import local_files
from visualizer.panels.base import Command
from visualizer.panels.draw.picture_source import image_in
from visualizer.state.autosave import Autosave
from visualizer.state.intents import Intent
from visualizer.state.kept_runs import KeptRun
from visualizer.state.viewer import RunInfo, ViewContext, Viewer
from visualizer.style.text_size import scaled
from visualizer.style.theme import LIGHT, PALETTES, Palette, style_sheet, system_palette
from visualizer.view.frame_view import FrameView
from visualizer.view.transport_bar import SPEEDS
from visualizer.view.workspaces import WORKSPACES
from visualizer.window.bookmarks import Bookmarks
from visualizer.window.branch_menu import BranchMenu
from visualizer.window.copying import copy
from visualizer.window.crash_trace import Crash, CrashTrace
from visualizer.window.examples import ExamplesDialog
from visualizer.window.files import Files
from visualizer.window.first_place import FirstPlace
from visualizer.window.glossary_dialog import GlossaryDialog
from visualizer.window.hints import Hints
from visualizer.window.keys_dialog import KeysDialog
from visualizer.window.menus import Menus
from visualizer.window.pictures import Pictures
from visualizer.window.presenter import Presenter
from visualizer.window.recent_files import RecentFiles
from visualizer.window.report import report
from visualizer.window.run_changes import RunChanges
from visualizer.window.text_actions import TextActions
from visualizer.window.undoing import Undoing
from visualizer.window.weights_opening import WeightsOpening
from visualizer.window.workspace_bar import WorkspaceBar
from visualizer.window.workspace_keeper import WorkspaceKeeper

FIRST_SIZE = (1440, 900)

UNFINISHED, COPY = "A run was left unfinished", "Copy a report"

MIB = 2**20

LONGEST_NAME = 60
"""Characters of a run's name that are shown in a line with other things."""

REMEMBERED = ("network", "weights")
"""Panels in which one sees next time what one chose to see: lenses, scale, connections."""

DIGITS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "Shift+1", "Shift+2", "Shift+3", "Shift+4")
"""With Alt a panel is shown by its digit, with Ctrl it is maximised; Ctrl+0 is for text."""

WORKSPACE_KEYS = {"watch": "F2", "explain": "F3", "diagnose": "F4"}

FIRST_SPEED = 30
"""Epochs per second for someone who has never chosen: slow enough to see it learn."""


class MainWindow(QMainWindow):
    """Shows what the viewer shows, and passes on what the person wants.

    Parameters
    ----------
    viewer : Viewer
    settings : QSettings
        Where the layout and the theme are remembered.
    """

    ended = pyqtSignal()
    """It was closed, and all that had to end before has ended."""

    def __init__(self, viewer: Viewer, settings: QSettings) -> None:
        super().__init__()
        self.viewer, self.settings = viewer, settings
        self.setWindowTitle("NNFS Visualizer")
        self.setAcceptDrops(True)
        self.text = TextActions(settings)
        self.text.on_changed = self._apply_theme
        palette = self._wanted_palette()
        # Before there are widgets: giving a style to hundreds of them takes long.
        self.setStyleSheet(style_sheet(palette))
        self.view = FrameView(palette, parent=self)
        self.view.messages.hide()
        self.setCentralWidget(self.view)
        self._weights = WeightsOpening(viewer, self.view.messages, self)
        self._autosave: Autosave | None = None
        self._crash_trace: CrashTrace | None = None
        self.closed = False
        """Whether it was closed, and all that had to end before has ended."""

        self.files = Files(self, self.view, viewer, RecentFiles(settings))
        self.undoing = Undoing(self)
        self.workspaces = WorkspaceKeeper(self.view, settings, self.undoing, self)
        self.pictures = Pictures(self, self.view, viewer, self.workspaces)
        self.bookmarks = Bookmarks(viewer, self.view, self.workspaces, self.undoing)
        self.presenter = Presenter(self, self.view, viewer)
        RunChanges(viewer, self.view.form, self.undoing)
        self.hints = Hints(self.view, viewer, settings)
        self._said_dead: str | None = None
        self.actions_by_name: dict[str, QAction] = {}
        self._make_actions()
        self._make_menus()
        self._connect()
        self._restore_settings()
        self._restore_choices()

    # Actions: every one has a key, and F1 lists them.

    def _make_actions(self) -> None:
        bar, viewer, show = self.view.bar, self.viewer, self.workspaces.show
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
                    self.files.open_file,
                ),
                ("examples", "Examples, with pictures…", ["Ctrl+Shift+X"], self.show_examples),
                ("last", "Open the run of last time", ["Ctrl+Shift+O"], self.reopen_last),
                ("save run", "Save the run…", ["Ctrl+S"], self.files.save_run),
                ("save", "Save the weights…", ["Ctrl+Shift+S"], self.files.save_weights),
                ("export", "Export a PNG…", ["Ctrl+E"], self.pictures.export),
                (
                    "record",
                    "Record every k-th epoch, or stop",
                    ["Ctrl+R"],
                    self.pictures.toggle_recording,
                ),
            ],
            "Runs": [
                ("start", "Start a new run from the form", ["Ctrl+Return"], self._submit),
                ("form", "Go to the form", ["Ctrl+L"], self._focus_form),
                ("replaced", "Bring back the run before", ["Ctrl+Alt+B"], viewer.bring_back),
                ("branches", "Branches", ["Alt+B"], self.view.timeline.branches.showMenu),
                ("memory", "Memory for going back…", ["Ctrl+M"], self._ask_memory),
            ],
        }
        for panel in self.view.panels.values():
            if commands := panel.commands():
                tables[panel.title] = commands
        marks = self.bookmarks
        tables["Undo and bookmarks"] = [
            ("undo", "Undo", ["Ctrl+Z"], self._undo),
            ("redo", "Redo", ["Ctrl+Shift+Z", "Ctrl+Y"], self._redo),
            (
                "copy",
                "Copy a picture of the panel, or the text that is selected",
                ["Ctrl+C"],
                self._copy,
            ),
            ("bookmark", "Bookmark this epoch, or change its bookmark…", ["Ctrl+B"], marks.ask),
            ("no bookmark", "Remove the bookmark of this epoch", ["Ctrl+Shift+B"], marks.remove),
            ("next bookmark", "Next bookmark", ["Ctrl+PgDown"], lambda: marks.go_on(+1)),
            ("last bookmark", "Bookmark before", ["Ctrl+PgUp"], lambda: marks.go_on(-1)),
        ]
        tables["Window"] = [
            *self.text.commands(),
            ("full", "Full screen", ["F11"], self._toggle_full_screen),
            ("presenter", "Presenter mode: panels alone", ["F5"], self.presenter.toggle),
            (
                "back",
                "Leave: a message or hint, the selection, a maximised panel",
                ["Escape"],
                self._escape,
            ),
            ("quit", "Quit", ["Ctrl+Q"], self.close),
        ]
        tables["Workspaces"] = [
            (f"workspace {name}", workspace.title, [WORKSPACE_KEYS[name]], partial(show, name))
            for name, workspace in WORKSPACES.items()
        ] + [
            ("reset workspace", "Reset this workspace", ["Ctrl+Alt+R"], self.workspaces.reset),
            ("save workspace", "Save this workspace as…", ["Ctrl+Alt+S"], self.workspaces.ask),
            ("delete workspace", "Delete this workspace", ["Ctrl+Alt+D"], self.workspaces.delete),
            ("drawer experiment", "Open or close Experiment", ["Ctrl+Shift+E"], self._toggle_form),
            ("drawer samples", "Open or close Samples", ["Ctrl+Shift+L"], self._toggle_samples),
        ]
        tables["Help"] = [
            ("keys", "All keys", ["F1"], self.show_keys),
            ("hints", "Three hints for a start", ["Ctrl+F1"], self._begin_hints),
            ("words", "Words, and what they mean", ["Ctrl+G"], self.show_words),
            ("report", "Copy a report on this program", ["Shift+F1"], self.copy_report),
        ]
        for digit, (key, dock) in zip(DIGITS, self.view.docks.items(), strict=False):
            title = dock.panel.title
            forward, maximise = self.view.bring_forward, self.view.toggle_maximised
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
        self.key_groups = {
            heading: [self._add_action(*command) for command in table]
            for heading, table in tables.items()
        }
        named = self.actions_by_name
        self.presenter.lend(
            {named["next bookmark"]: "PgDown", named["last bookmark"]: "PgUp"},
            [named["units"], named["units back"]],
        )
        for slider in self.findChildren(QSlider):
            # Arrow keys belong to the epochs; a slider takes them only when tabbed to.
            slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            slider.installEventFilter(self)

    def _add_action(
        self, name: str, text: str, keys: list[str], slot: Callable[[], object]
    ) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda: slot())
        self.addAction(action)
        self.actions_by_name[name] = action
        return action

    def _make_menus(self) -> None:
        branches = BranchMenu(self.viewer)
        branches.setParent(self, branches.windowFlags())
        self.view.timeline.branches.setMenu(branches)
        self.menus = Menus(self.actions_by_name, self)
        self.menus.add_branches(branches)
        theme = str(self.settings.value("theme", "system"))
        self.menus.add_view(self.view.docks, self.workspaces, theme, self.set_theme)
        self.menus.add_text(self.text.commands(), self.text.motion_action(self))
        self.menus.use_recent(self.files.recent, self.files.open_path)
        self.workspace_bar = WorkspaceBar()
        row = QWidget()
        row.setObjectName("TopRow")
        layout = QHBoxLayout(row)
        layout.setContentsMargins(8, 2, 8, 0)
        layout.addWidget(self.menus, 1)
        layout.addWidget(self.workspace_bar)
        self.setMenuWidget(row)

    def _on_workspaces_changed(self) -> None:
        chosen = self.workspaces.workspaces
        if list(self.workspace_bar.buttons) != list(chosen):
            self.workspace_bar.show_workspaces(chosen.values(), WORKSPACE_KEYS)
        self.workspace_bar.show_chosen(self.workspaces.current.name)
        if self._said_dead is not None and not self.view.strip.isHidden():
            self.view.messages.withdraw(self._said_dead)  # the strip says it

    def _toggle_form(self) -> None:
        self.view.toggle_drawer("experiment")

    def _toggle_samples(self) -> None:
        self.view.toggle_drawer("samples")

    def _connect(self) -> None:
        viewer, view, bar = self.viewer, self.view, self.view.bar
        bar.train.clicked.connect(viewer.toggle)
        bar.step.clicked.connect(lambda: viewer.step())
        bar.restart.clicked.connect(lambda: viewer.restart())
        bar.back.clicked.connect(lambda: viewer.back())
        view.timeline.epoch_chosen.connect(viewer.seek)
        view.timeline.live.clicked.connect(viewer.go_live)
        view.timeline.fork.clicked.connect(viewer.train)
        view.strip.train_wanted.connect(viewer.train)
        view.strip.epoch_chosen.connect(viewer.seek)
        view.strip.go_on_wanted.connect(viewer.train_from)
        view.strip.restart_wanted.connect(self._on_same_start_requested)
        bar.speed_chosen.connect(viewer.set_rate)
        bar.export.clicked.connect(self.pictures.export)
        bar.record.clicked.connect(self.pictures.toggle_recording)
        bar.keys.clicked.connect(self.show_keys)
        view.form.start_requested.connect(self._on_start_requested)
        view.form.examples_wanted.connect(self.show_examples)
        view.form.same_start_requested.connect(self._on_same_start_requested)
        for panel in view.panels.values():
            panel.intent.connect(self._carry_out)
            panel.said.connect(view.messages.show_note)
            panel.failed.connect(view.messages.show_error)
        viewer.run_started.connect(self._on_run_started)
        viewer.shown.connect(self._on_shown)
        self.workspaces.changed.connect(self._on_workspaces_changed)
        self.workspace_bar.chosen.connect(self.workspaces.show)
        viewer.training_changed.connect(view.show_training)
        viewer.pausing.connect(bar.show_pausing)
        viewer.training_changed.connect(self._write_title)
        viewer.progressed.connect(view.show_progress)
        viewer.playing_changed.connect(bar.show_playing)
        viewer.seeking.connect(view.show_seeking)
        viewer.speed_changed.connect(bar.show_speed)
        viewer.recipe_changed.connect(view.form.show_recipe)
        viewer.died.connect(self._on_died)
        viewer.preparing.connect(view.messages.show_progress)
        viewer.save_progressed.connect(self._on_save_progressed)
        viewer.noted.connect(view.messages.show_note)
        viewer.replaced.connect(self._on_replaced)
        self.bookmarks.said.connect(view.messages.show_note)
        self.bookmarks.reached.connect(self._on_bookmark_reached)
        viewer.saved.connect(lambda path: view.messages.show_note(f"saved {path}"))
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._on_system_theme_changed)

    def _carry_out(self, intent: Intent) -> None:
        intent.carry_out(self.viewer)

    # Runs

    def _on_run_started(self, run: RunInfo) -> None:
        self.view.show_run(run)

    def _undo(self) -> None:
        self._say_undone("undid", "there is nothing to undo", self.undoing.undo())

    def _redo(self) -> None:
        self._say_undone("did again:", "there is nothing to do again", self.undoing.redo())

    def _say_undone(self, done: str, none: str, what: str) -> None:
        if what:
            self.view.messages.show_note(none if what == "nothing" else f"{done} {what}")

    def _copy(self) -> None:
        self.view.messages.show_note(copy(self.view))

    def _write_title(self) -> None:
        frame, run = self.viewer.frame, self.viewer.run
        if frame is not None and run is not None:
            # The epoch only while it stands still: a title that flickers helps nobody.
            moving = self.viewer.training and self.viewer.live
            epoch = "training" if moving else f"epoch {frame.epoch}"
            # A file may be called anything; and a title ends at the first NUL.
            named = (one_line(name, LONGEST_NAME) for name in (run.name, run.dataset.name))
            names = dict.fromkeys((epoch, *named, "NNFS Visualizer"))
            self.setWindowTitle(" · ".join(names))

    def use_autosave(self, autosave: Autosave) -> None:
        """Save on closing what has not been, and offer to open it again."""
        self._autosave = autosave
        autosave.noted.connect(self.view.messages.show_note)

    def reopen_last(self) -> None:
        """Open the run that was closed last, here or in another window."""
        if self._autosave is None:
            self.view.messages.show_note("no run has been kept")
            return
        self._autosave.open_last()

    def show_examples(self) -> None:
        """Show the examples, and start the one that is chosen."""
        dialog = ExamplesDialog(self, "light" if self.view.palette_now is LIGHT else "dark")
        dialog.chosen.connect(self._start_example)
        try:
            dialog.exec()
        finally:
            dialog.deleteLater()

    def _start_example(self, name: str) -> None:
        if not self.closed:
            self._on_start_requested(presets()[name], name)

    def _on_replaced(self, name: str) -> None:
        name = one_line(name, LONGEST_NAME)
        self.view.messages.show_offer(
            f"The run before, {name}, is kept until the next one  (Ctrl+Z).",
            {"Bring it back": self.viewer.bring_back},
            passing=True,
        )

    def _on_died(self, mark: Mark | None) -> None:
        """Say that a layer is dead, where no strip does, until another branch is shown."""
        messages, before = self.view.messages, self._said_dead
        self._said_dead = None if mark is None else said(mark)
        if before is not None and before != self._said_dead:
            messages.withdraw(before)
        if not self.view.strip.isHidden():
            return  # it says so
        if mark is not None and self._said_dead is not None and before != self._said_dead:
            text = f"Go to epoch {mark.epoch:,}"
            messages.show_offer(self._said_dead, {text: lambda: self.viewer.seek(mark.epoch)})

    def _on_bookmark_reached(self, bookmark: Bookmark, at: int, of: int) -> None:
        """Say which bookmark is shown: in presenter mode the caption does."""
        self.presenter.show_bookmark(bookmark, at, of)
        if not self.presenter.on:
            note = f": {bookmark.note}" if bookmark.note else ""
            self.view.messages.show_note(f"{bookmark.name}{note}")

    def _on_save_progressed(self, path: str, done: int, total: int) -> None:
        self.view.messages.show_progress(f"saving {path}", done, total)

    def _on_start_requested(self, experiment: Experiment, name: str) -> None:
        self.view.messages.hide()
        self.viewer.start(experiment, name)

    def _on_same_start_requested(self, recipe: Recipe | float) -> None:
        self.viewer.restart(recipe)
        self.viewer.train()

    def _on_shown(self, frame: EpochFrame, context: ViewContext) -> None:
        self._write_title()
        self.view.show_frame(frame, context)
        # Looking back at an epoch does not make it again.
        if context.live:
            self.pictures.recorder.record_if_due(frame, context)

    def dragEnterEvent(self, event) -> None:
        """Take files, and pictures without one."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event) -> None:
        """Open the dropped file or picture."""
        paths = local_files(event.mimeData())
        if not paths and event.mimeData().hasImage():
            self.files.open_picture(image_in(event.mimeData()))
            return
        if len(paths) != 1:
            self.view.messages.show_error(f"drop one file at a time (found {len(paths)})")
            return
        self.files.open_path(paths[0])

    def _ask_memory(self) -> None:
        now = self.viewer.keyframe_limit // MIB
        wanted, accepted = QInputDialog.getInt(
            self,
            "Memory for going back",
            "MiB of keyframes a run may hold (from the next run on)",
            now,
            1,
            65_536,
        )
        if accepted:
            self.viewer.keyframe_limit = wanted * MIB
            self.settings.setValue("keyframes", wanted)

    def offer_left_behind(
        self, runs: list[KeptRun], autosave: Autosave, *, crashed: bool = False
    ) -> None:
        """Offer the runs of programs that did not end well: one, and when it is discarded the next.

        Parameters
        ----------
        runs : list of KeptRun
            The newest first.
        crashed : bool
            Whether the last program crashed, and a report of that is offered too.
        """
        if not runs:
            return
        kept, *others = runs
        when = datetime.fromtimestamp(kept.modified).strftime("%d %B, %H:%M")

        def discard() -> None:
            autosave.discard(kept)
            self.offer_left_behind([one for one in others if one.file is not None], autosave)

        def copy_first() -> None:
            # What is to become of the run is asked again when the note has gone.
            self.offer_left_behind(runs, autosave)
            self.copy_report()

        said = "The program crashed and left a run unfinished" if crashed else UNFINISHED
        answers: dict[str, Callable[[], object]] = {
            "Open it": lambda: autosave.open(kept),
            "Discard": discard,
        }
        if crashed:
            answers[COPY] = copy_first
        self.view.messages.show_offer(f"{said} ({when}).", answers)

    def offer_report(self, crash: Crash) -> None:
        """Say that the program crashed, and offer what is known of it."""
        when = datetime.fromtimestamp(crash.when).strftime("%d %B, %H:%M")
        self.view.messages.show_offer(
            f"The program crashed ({when}). A report of it can be copied; nothing is sent.",
            {COPY: self.copy_report},
        )

    def use_crash_trace(self, crash_trace: CrashTrace) -> None:
        """Put the trace of the last crash into reports."""
        self._crash_trace = crash_trace

    def show_words(self) -> None:
        """Show every technical word and what it means."""
        dialog = GlossaryDialog(self, self.view.palette_now)
        try:
            dialog.exec()
        finally:
            dialog.deleteLater()

    def _begin_hints(self) -> None:
        self.hints.begin()

    def copy_report(self) -> None:
        """Put a report on this program, its last errors and its last crash on the clipboard."""
        crash = self._crash_trace.last() if self._crash_trace is not None else None
        text = report(QGuiApplication.platformName(), crash)
        QGuiApplication.clipboard().setText(text)
        lines = text.count("\n")
        self.view.messages.show_note(
            f"A report of {lines} lines is on the clipboard; nothing is sent."
        )

    # Looks

    def _wanted_palette(self) -> Palette:
        return PALETTES.get(str(self.settings.value("theme", "system"))) or system_palette()

    def set_theme(self, name: str) -> None:
        """Choose ``system``, ``dark`` or ``light``, and remember it."""
        self.settings.setValue("theme", name)
        self._apply_theme()

    def _on_system_theme_changed(self) -> None:
        self._apply_theme()

    def _apply_theme(self) -> None:
        palette = self._wanted_palette()
        self.setStyleSheet(style_sheet(palette))
        self.view.apply_palette(palette)
        self.hints.apply_palette(palette)

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _escape(self) -> None:
        """Leave one thing: what lies over the others first."""
        if self.view.messages.isVisible():
            self.view.messages.close_message()
        elif self.hints.showing:
            self.hints.leave()
        elif self.viewer.frame is not None and self.viewer.context.selection is not None:
            self.viewer.select_place(None)
        elif self.view.is_maximised:
            self.view.restore_panels()
        elif self.viewer.frame is not None and self.viewer.context.stage is not None:
            self.viewer.show_stage(None)
        elif self.presenter.on:
            self.presenter.leave()
        else:
            focused = self.focusWidget()
            if focused is not None:
                focused.clearFocus()

    def _submit(self) -> None:
        """Start a run from the form, and have the keys be those of the window again."""
        if self.view.form.submit():
            self.view.setFocus()

    def _focus_form(self) -> None:
        self.view.docks["experiment"].show()
        self.view.form.fields["layers"].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_keys(self) -> None:
        """List every key."""
        dialog = KeysDialog(self, self.key_groups)
        dialog.exec()
        dialog.deleteLater()

    def keyPressEvent(self, event) -> None:
        """Let Enter press the button that has the focus: Space belongs to training."""
        focused = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(
            focused, QAbstractButton
        ):
            focused.click()
            return
        super().keyPressEvent(event)

    def eventFilter(self, watched, event) -> bool:
        """Let a slider that was tabbed to keep the arrow keys."""
        if event.type() == event.Type.ShortcutOverride and event.key() in (
            Qt.Key.Key_Left,
            Qt.Key.Key_Right,
            Qt.Key.Key_Home,
        ):
            event.accept()
            return True
        return super().eventFilter(watched, event)

    # Coming and going

    def _restore_settings(self) -> None:
        geometry = self._remembered("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            FirstPlace(self, (scaled(FIRST_SIZE[0]), scaled(FIRST_SIZE[1])))
        self.view.resize(self.size())
        self.workspaces.start()
        # Not on the first button: that would be Restart, ringed as if it were meant.
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view.setFocus()
        try:
            self.viewer.keyframe_limit = MIB * int(self.settings.value("keyframes", 256))
        except (TypeError, ValueError):
            self.viewer.keyframe_limit = DEFAULT_LIMIT
        try:
            speed = int(self.settings.value("speed", SPEEDS.index(FIRST_SPEED)))
        except (TypeError, ValueError):
            speed = SPEEDS.index(FIRST_SPEED)
        self.viewer.set_rate(SPEEDS[speed] if 0 <= speed < len(SPEEDS) else FIRST_SPEED)

    def _restore_choices(self) -> None:
        """Look at the weights as last time; what is not understood is left as it is."""
        try:
            kept = json.loads(str(self.settings.value("choices", "{}")))
            for key in REMEMBERED:
                self.view.panels[key].choose(dict(kept.get(key, {})))
        except (AttributeError, TypeError, ValueError):
            self.settings.remove("choices")

    def _remembered(self, name: str) -> QByteArray | None:
        # A file that something else has written may hold anything.
        value = self.settings.value(name)
        return value if isinstance(value, QByteArray) else None

    def closeEvent(self, event) -> None:
        """Remember the layout and end every thread."""
        self.settings.setValue("geometry", self.saveGeometry())
        self.workspaces.remember()
        self.settings.setValue("speed", self.view.bar.speed.value())
        kept = {key: self.view.panels[key].lasting_choices() for key in REMEMBERED}
        self.settings.setValue("choices", json.dumps(kept))
        self.pictures.close()
        self.files.close()
        # The window is gone at once, and what floats beside it; what still runs ends behind it.
        self.hide()
        for dock in self.view.docks.values():
            dock.retire()
        self.viewer.failed.connect(_say_on_the_terminal)
        if self._autosave is not None:
            self._autosave.save_last()
        self.view.background.close()
        self.viewer.close()
        super().closeEvent(event)
        self.closed = True
        self.ended.emit()


def _say_on_the_terminal(message: str) -> None:
    with suppress(OSError, ValueError):  # it may have gone first, and the program because of it
        print(f"error: {message}", file=sys.stderr)
