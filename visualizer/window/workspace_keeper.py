"""Which workspace is shown, and what a person has changed in each, kept in the settings."""

from __future__ import annotations

import json

from PyQt6.QtCore import QByteArray, QObject, QSettings, pyqtSignal
from PyQt6.QtWidgets import QInputDialog

from nnfs_core.errors import UserError, one_line
from visualizer.view.frame_view import FrameView
from visualizer.view.workspaces import WATCH, WORKSPACES, Workspace, own
from visualizer.window.undoing import Undoing

LONGEST = 24
"""Characters of the name of a workspace."""

MOST = 12
"""Workspaces of one's own: more would not fit into the switch."""


class WorkspaceKeeper(QObject):
    """Changes from one workspace to another, and remembers how each was left.

    Parameters
    ----------
    view : FrameView
    settings : QSettings
        Where arrangements are kept, and workspaces of one's own.
    undoing : Undoing
        Told what was changed, to take it back.
    parent : QObject
    """

    changed = pyqtSignal()
    """Another one is shown, or there are others to choose from."""

    def __init__(
        self, view: FrameView, settings: QSettings, undoing: Undoing, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._view, self._settings, self._undoing = view, settings, undoing
        self._own = self._read_own()

    @property
    def workspaces(self) -> dict[str, Workspace]:
        """All that can be chosen, by their names."""
        return WORKSPACES | self._own

    @property
    def current(self) -> Workspace:
        """The one that is shown."""
        return self._view.arrangement.workspace

    def start(self) -> None:
        """Show the workspace of last time as it was left; Watch for somebody new."""
        name = self._settings.value("workspace", WATCH.name)
        self._show(self.workspaces.get(str(name), WATCH))

    def show(self, name: str) -> None:
        """Change to a workspace, as it was left."""
        if name in self.workspaces and name != self.current.name:
            self.remember()
            self._show(self.workspaces[name])
            self.remember()

    def reset(self) -> None:
        """Put every panel of the shown workspace back in its first place."""
        name, before = self.current.name, self._view.arrangement.state()
        self._settings.remove(_key(name))
        self._view.arrangement.arrange()

        def back() -> None:
            self.show(name)
            self._view.arrangement.restore(before)

        def again() -> None:
            self.show(name)
            self._view.arrangement.arrange()

        self._undoing.did(f"the reset of {self.current.title}", back, again)

    def ask(self) -> None:
        """Ask for a name, and keep how the panels are now under it."""
        title, accepted = QInputDialog.getText(
            self._view, "Save this workspace", "A name for how the panels are now"
        )
        if accepted:
            try:
                self.save_as(title)
            except UserError as error:
                self._view.messages.show_error(str(error))

    def save_as(self, title: str) -> None:
        """Keep how the panels are now as a workspace of one's own.

        Raises
        ------
        UserError
            When it cannot be called that, or there are too many.
        """
        title = one_line(title).strip()
        titles = [one.title.lower() for one in self.workspaces.values()]
        if not title or len(title) > LONGEST or title.lower() in titles:
            expected = f"a name of its own, of at most {LONGEST} characters"
            raise UserError("not a name for a workspace", expected=expected, found=title)
        if len(self._own) >= MOST:
            raise UserError("too many workspaces of your own", expected=f"at most {MOST}")
        state = self._view.arrangement.state()
        self.remember()
        workspace = own(title, self.current)
        self._own[workspace.name] = workspace
        self._settings.setValue(_key(workspace.name), state)
        self._write_own()
        self._show(workspace)
        self.remember()

    def delete(self) -> None:
        """Delete the shown workspace, when it is one's own, and show the one it began as."""
        before = self._view.arrangement.state()
        gone = self._own.pop(self.current.name, None)
        if gone is not None:

            def back() -> None:
                self._own[gone.name] = gone
                self._settings.setValue(_key(gone.name), before)
                self._write_own()
                self.changed.emit()
                self.show(gone.name)

            def again() -> None:
                self.show(gone.name)
                self.delete()

            self._undoing.did(f"deleting the workspace {gone.title}", back, again)
            self._settings.remove(_key(gone.name))
            self._write_own()
            self._show(_origin(gone))
            self.remember()

    @property
    def is_own(self) -> bool:
        """Whether the shown one is of the person's own."""
        return self.current.name in self._own

    def remember(self) -> None:
        """Keep which one is shown, and how it is."""
        self._settings.setValue("workspace", self.current.name)
        self._settings.setValue(_key(self.current.name), self._view.arrangement.state())

    def _show(self, workspace: Workspace) -> None:
        self._view.arrangement.arrange(workspace)
        state = self._settings.value(_key(workspace.name))
        # A file that something else has written may hold anything.
        if isinstance(state, QByteArray) and not self._view.arrangement.restore(state):
            self._view.arrangement.arrange()
        self.changed.emit()

    def _read_own(self) -> dict[str, Workspace]:
        try:
            kept = json.loads(str(self._settings.value("workspaces", "{}")))
            pairs = [(str(title)[:LONGEST], WORKSPACES[like]) for title, like in kept.items()]
        except (AttributeError, KeyError, TypeError, ValueError):
            self._settings.remove("workspaces")
            return {}
        made = [own(title, like) for title, like in pairs[:MOST]]
        return {one.name: one for one in made}

    def _write_own(self) -> None:
        like = {one.title: _origin(one).name for one in self._own.values()}
        self._settings.setValue("workspaces", json.dumps(like))


def _key(name: str) -> str:
    return f"arrangement/{name}"


def _origin(workspace: Workspace) -> Workspace:
    """Return the workspace that one of a person's own began as."""
    return next(one for one in WORKSPACES.values() if one.columns == workspace.columns)
