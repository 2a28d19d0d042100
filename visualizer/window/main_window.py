"""The window: a frame view wired to the viewer, with menus, keys and remembered settings."""

from __future__ import annotations

import sys
from contextlib import suppress

from PyQt6.QtCore import QSettings, Qt, pyqtSignal
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QMainWindow,
    QWidget,
)

from nnfs_core.errors import one_line
from nnfs_core.experiment import Experiment
from nnfs_core.history.bookmarks import Bookmark
from nnfs_core.recipe import Recipe
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.qt_path import local_files
from visualizer.panels.draw.picture_source import image_in
from visualizer.state.intents import Intent
from visualizer.state.viewer import RunInfo, ViewContext, Viewer
from visualizer.style.theme import PALETTES, Palette, style_sheet, system_palette
from visualizer.view.frame_view import FrameView
from visualizer.window.bookmarks import Bookmarks
from visualizer.window.branch_menu import BranchMenu
from visualizer.window.commands import WORKSPACE_KEYS, Commands
from visualizer.window.copying import copy as copied
from visualizer.window.dialogs import Dialogs
from visualizer.window.files import Files
from visualizer.window.hints import Hints
from visualizer.window.memory import Memory
from visualizer.window.menus import Menus
from visualizer.window.offers import Offers
from visualizer.window.pictures import Pictures
from visualizer.window.presenter import Presenter
from visualizer.window.recent_files import RecentFiles
from visualizer.window.run_changes import RunChanges
from visualizer.window.text_actions import TextActions
from visualizer.window.undoing import Undoing
from visualizer.window.weights_opening import WeightsOpening
from visualizer.window.workspace_bar import WorkspaceBar
from visualizer.window.workspace_keeper import WorkspaceKeeper

LONGEST_NAME = 60
"""Characters of a run's name that are shown in a line with other things."""


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
        self.offers = Offers(viewer, self.view)
        self.dialogs = Dialogs(self)
        self.commands = Commands(self)
        self._make_menus()
        self._connect()
        self._memory = Memory(self, settings)
        self._memory.restore()

    def _make_menus(self) -> None:
        branches = BranchMenu(self.viewer)
        branches.setParent(self, branches.windowFlags())
        self.view.timeline.branches.setMenu(branches)
        self.menus = Menus(self.commands.named, self)
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
        self.offers.withdraw_dead()

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
        bar.keys.clicked.connect(self.dialogs.show_keys)
        view.form.start_requested.connect(self.start)
        view.form.examples_wanted.connect(self.dialogs.show_examples)
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
        viewer.preparing.connect(view.messages.show_progress)
        viewer.save_progressed.connect(self._on_save_progressed)
        viewer.noted.connect(view.messages.show_note)
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

    def undo(self) -> None:
        """Take the last change back."""
        self._say_undone("undid", "there is nothing to undo", self.undoing.undo())

    def redo(self) -> None:
        """Do again what was taken back."""
        self._say_undone("did again:", "there is nothing to do again", self.undoing.redo())

    def _say_undone(self, done: str, none: str, what: str) -> None:
        if what:
            self.view.messages.show_note(none if what == "nothing" else f"{done} {what}")

    def copy(self) -> None:
        """Put a picture of the panel, or the text that is selected, on the clipboard."""
        self.view.messages.show_note(copied(self.view))

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

    def _on_bookmark_reached(self, bookmark: Bookmark, at: int, of: int) -> None:
        """Say which bookmark is shown: in presenter mode the caption does."""
        self.presenter.show_bookmark(bookmark, at, of)
        if not self.presenter.on:
            note = f": {bookmark.note}" if bookmark.note else ""
            self.view.messages.show_note(f"{bookmark.name}{note}")

    def _on_save_progressed(self, path: str, done: int, total: int) -> None:
        self.view.messages.show_progress(f"saving {path}", done, total)

    def start(self, experiment: Experiment, name: str) -> None:
        """Begin a run, which is shown once it is there."""
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

    def toggle_full_screen(self) -> None:
        """Fill the screen, or not."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def escape(self) -> None:
        """Leave one thing: what lies over the others first."""
        if self.view.messages.isVisible():
            self.view.messages.close_message()
        elif self.hints.showing:
            self.hints.leave()
        elif self.viewer.frame is not None and self.viewer.context.selection is not None:
            self.viewer.select_place(None)
        elif self.view.arrangement.is_maximised:
            self.view.arrangement.restore_panels()
        elif self.viewer.frame is not None and self.viewer.context.stage is not None:
            self.viewer.show_stage(None)
        elif self.presenter.on:
            self.presenter.leave()
        else:
            focused = self.focusWidget()
            if focused is not None:
                focused.clearFocus()

    def submit(self) -> None:
        """Start a run from the form, and have the keys be those of the window again."""
        if self.view.form.submit():
            self.view.setFocus()

    def focus_form(self) -> None:
        """Go to the form."""
        self.view.docks["experiment"].show()
        self.view.form.fields["layers"].setFocus(Qt.FocusReason.ShortcutFocusReason)

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

    def closeEvent(self, event) -> None:
        """Remember the layout and end every thread."""
        self._memory.keep()
        self.pictures.close()
        self.files.close()
        # The window is gone at once, and what floats beside it; what still runs ends behind it.
        self.hide()
        for dock in self.view.docks.values():
            dock.retire()
        self.viewer.failed.connect(_say_on_the_terminal)
        self.offers.save_last()
        self.view.background.close()
        self.viewer.close()
        super().closeEvent(event)
        self.closed = True
        self.ended.emit()


def _say_on_the_terminal(message: str) -> None:
    with suppress(OSError, ValueError):  # it may have gone first, and the program because of it
        print(f"error: {message}", file=sys.stderr)
