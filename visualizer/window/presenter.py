"""Presenter mode: the panels alone on a whole screen, for those in the back row."""

from __future__ import annotations

from PyQt6.QtCore import QObject, QRect, Qt
from PyQt6.QtGui import QAction, QGuiApplication, QKeySequence, QScreen
from PyQt6.QtWidgets import QInputDialog, QMainWindow

from nnfs_core.history.bookmarks import Bookmark
from nnfs_core.training.trainer import EpochFrame
from visualizer.state.context import ViewContext
from visualizer.state.viewer import Viewer
from visualizer.view.caption import Caption
from visualizer.view.frame_view import FrameView


class Presenter(QObject):
    """Takes everything around the panels away, fills a screen, and puts all of it back.

    Parameters
    ----------
    window : QMainWindow
    view : FrameView
        The window's.
    viewer : Viewer
    """

    def __init__(self, window: QMainWindow, view: FrameView, viewer: Viewer) -> None:
        super().__init__(window)
        self._window, self._view, self._viewer = window, view, viewer
        self.caption = Caption()
        view.add_below(self.caption)
        self.on = False
        self._before: tuple[QRect, Qt.WindowState] | None = None
        self._bookmark: Bookmark | None = None
        self._keys: list[tuple[QAction, list[QKeySequence]]] = []
        viewer.shown.connect(self._on_shown)

    def toggle(self) -> None:
        """Begin on a screen that one chooses, or end."""
        if self.on:
            self.leave()
            return
        screen = self._chosen_screen()
        if screen is not None:
            self.begin(screen)

    def _chosen_screen(self) -> QScreen | None:
        """Ask for a screen where there are several; None when nobody says."""
        screens = QGuiApplication.screens()
        here = self._window.screen()
        if len(screens) < 2:
            return here
        names = [
            f"{at}: {one.name()}, {one.size().width()} × {one.size().height()}"
            + (", where the window is" if one is here else "")
            for at, one in enumerate(screens, 1)
        ]
        at = next((at for at, one in enumerate(screens) if one is not here), 0)
        name, accepted = QInputDialog.getItem(
            self._window, "Presenter mode", "On which screen?", names, at, False
        )
        return screens[names.index(name)] if accepted else None

    def begin(self, screen: QScreen) -> None:
        """Fill a screen with the panels."""
        window = self._window
        self._before = window.geometry(), window.windowState()
        self.on = True
        self._show_around(False)
        window.setGeometry(QRect(screen.geometry()))
        window.showFullScreen()
        if self._viewer.frame is not None:
            self._on_shown(self._viewer.frame, self._viewer.context)

    def leave(self) -> None:
        """Be a window again, where it was."""
        if not self.on:
            return
        self.on = False
        self._bookmark = None
        assert self._before is not None, "it has begun"
        geometry, state = self._before
        self._show_around(True)
        window = self._window
        window.showNormal()
        window.setGeometry(geometry)
        if state & (Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen):
            window.setWindowState(state)

    def show_bookmark(self, bookmark: Bookmark, at: int, of: int) -> None:
        """Say which bookmark is shown."""
        note = f" – {bookmark.note}" if bookmark.note else ""
        self.caption.words.setText(f"{at} of {of}: {bookmark.name}{note}")
        self._bookmark = bookmark

    def lend(self, keys: dict[QAction, str], others: list[QAction]) -> None:
        """Have keys mean something else for as long as presenter mode lasts.

        Parameters
        ----------
        keys : dict of QAction to str
            What a key does then.
        others : list of QAction
            What it does otherwise.
        """
        self._lent = keys, others

    def _show_around(self, shown: bool) -> None:
        menu = self._window.menuWidget()
        assert menu is not None, "the window has one"
        menu.setVisible(shown)
        self._view.show_around(shown)
        self.caption.setVisible(not shown)
        keys, others = self._lent
        if not shown:
            self._keys = [(action, action.shortcuts()) for action in (*keys, *others)]
            for action in others:
                action.setShortcuts([])
            for action, key in keys.items():
                action.setShortcuts([*action.shortcuts(), QKeySequence(key)])
        else:
            for action, before in self._keys:
                action.setShortcuts(before)

    def _on_shown(self, frame: EpochFrame, context: ViewContext) -> None:
        if not self.on:
            return
        self.caption.show_frame(frame, context)
        if self._bookmark is not None and self._bookmark.epoch != frame.epoch and context.live:
            self.caption.words.setText("")
            self._bookmark = None
