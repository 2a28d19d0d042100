"""The menu bar: everything that has a key, by what it is about, with the key beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QMenu, QMenuBar, QWidget

from nnfs_core.errors import one_line
from visualizer.panels.base import Command
from visualizer.style.theme import PALETTES
from visualizer.view.panel_dock import PanelDock
from visualizer.window.branch_menu import BranchMenu
from visualizer.window.recent_files import RecentFiles
from visualizer.window.workspace_keeper import WorkspaceKeeper

LONGEST_PATH = 70
"""Characters of a recent file in the menu; the middle of a longer path is left out."""


class Menus(QMenuBar):
    """File, Run, View and Help.

    Parameters
    ----------
    actions : dict of str to QAction
        Everything with a key, by name.
    parent : QWidget
    """

    def __init__(self, actions: dict[str, QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self.setNativeMenuBar(False)  # it shares its row with the workspaces
        self._actions = actions
        self.file = self._menu("&File", "open")
        self.recent = self.file.addMenu("Open &recent")
        self._fill(
            self.file, "last", "examples", "", "save run", "save", "", "export", "copy", "record"
        )
        self._fill(self.file, "", "quit")
        self.run = self._menu("&Run", "toggle", "step", "step ten", "back one", "back ten", "first")
        self._fill(self.run, "live", "fork", "pin", "restart", "", "slower", "faster", "")
        self._fill(self.run, "start", "form", "replaced", "", "undo", "redo")
        self._fill(self.run, "", "bookmark", "no bookmark", "next bookmark", "last bookmark")
        self._fill(self.run, "", "memory")
        self.view = self._menu("&View")
        self.help = self._menu("&Help", "hints", "words", "keys", "report")

    def _menu(self, title: str, *names: str) -> QMenu:
        menu = QMenu(title, self)
        self.addMenu(menu)
        self._fill(menu, *names)
        return menu

    def _fill(self, menu: QMenu, *names: str) -> None:
        for name in names:
            if name:
                menu.addAction(self._actions[name])
            else:
                menu.addSeparator()

    def add_branches(self, branches: BranchMenu) -> None:
        """Put the branches into Run."""
        branches.setTitle("&Branches")
        self.run.insertMenu(self._actions["memory"], branches)

    def add_view(
        self,
        docks: dict[str, PanelDock],
        keeper: WorkspaceKeeper,
        theme: str,
        set_theme: Callable[[str], object],
    ) -> None:
        """Fill View: workspaces, panels, theme.

        Parameters
        ----------
        theme : str
            The one that is chosen.
        """
        self._keeper = keeper
        self._workspaces: list[QAction] = []
        self._group = QActionGroup(self)
        self._after_workspaces = self.view.addSeparator()
        self._fill(self.view, "reset workspace", "save workspace", "delete workspace", "")
        panels = self.view.addMenu("&Panels")
        for dock in docks.values():
            panels.addAction(dock.toggleViewAction())
        show, maximise = self.view.addMenu("&Show"), self.view.addMenu("&Maximise")
        for key in docks:
            show.addAction(self._actions[f"show {key}"])
            maximise.addAction(self._actions[f"maximise {key}"])
        self.view.addSeparator()
        themes = self.view.addMenu("&Theme")
        group = QActionGroup(themes)
        for name in ("system", *PALETTES):
            action = themes.addAction(name.capitalize())
            action.setCheckable(True)
            action.setChecked(name == theme)
            action.triggered.connect(partial(self._on_theme, set_theme, name))
            group.addAction(action)
        self._fill(self.view, "full", "presenter")
        keeper.changed.connect(self.show_workspaces)

    def add_text(self, commands: list[Command], motion: QAction) -> None:
        """Put the sizes of text, and whether things may move, into View."""
        texts = QMenu("Te&xt size", self)
        self._fill(texts, *(name for name, *_ in commands))
        before = self._actions["full"]
        self.view.insertMenu(before, texts)
        self.view.insertAction(before, motion)

    @staticmethod
    def _on_theme(set_theme: Callable[[str], object], name: str) -> None:
        set_theme(name)

    def show_workspaces(self) -> None:
        """List the workspaces there are, the shown one marked."""
        for action in self._workspaces:
            self.view.removeAction(action)
            self._group.removeAction(action)
            if action not in self._actions.values():
                action.deleteLater()
        self._workspaces = []
        for name, workspace in self._keeper.workspaces.items():
            action = self._actions.get(f"workspace {name}") or QAction(workspace.title, self)
            if f"workspace {name}" not in self._actions:
                action.triggered.connect(partial(self._on_workspace, name))
            action.setCheckable(True)
            action.setChecked(name == self._keeper.current.name)
            self._group.addAction(action)
            self.view.insertAction(self._after_workspaces, action)
            self._workspaces.append(action)
        self._actions["delete workspace"].setEnabled(self._keeper.is_own)

    def _on_workspace(self, name: str) -> None:
        self._keeper.show(name)

    def use_recent(self, recent: RecentFiles, opened: Callable[..., object]) -> None:
        """Fill the menu of recent files whenever it is about to be shown."""

        def fill() -> None:
            self.recent.clear()
            for path in recent.there():
                name = one_line(str(path), LONGEST_PATH).replace("&", "&&")
                self.recent.addAction(name, partial(opened, path))
            if self.recent.isEmpty():
                self.recent.addAction("Nothing has been opened yet").setEnabled(False)
            else:
                self.recent.addSeparator()
                self.recent.addAction("Forget these", recent.clear)

        self.recent.aboutToShow.connect(fill)
