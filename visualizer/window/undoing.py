"""One undo and one redo for the whole window."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QUndoCommand, QUndoStack
from PyQt6.QtWidgets import QApplication, QLineEdit, QWidget

MOST = 100
"""How many things can be undone."""


class _Change(QUndoCommand):
    """Something that has been done already when it is remembered."""

    def __init__(self, text: str, undo: Callable[[], object], redo: Callable[[], object]) -> None:
        super().__init__(text)
        self._undo, self._redo, self._done = undo, redo, True

    def undo(self) -> None:
        """Take it back."""
        self._undo()

    def redo(self) -> None:
        """Do it again; not the first time, when it is done."""
        if not self._done:
            self._redo()
        self._done = False


class Undoing(QObject):
    """Remembers what was changed, and how it is taken back and done again.

    Parameters
    ----------
    parent : QObject
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(MOST)
        self._working = False

    def did(self, text: str, undo: Callable[[], object], redo: Callable[[], object]) -> None:
        """Remember something that was just done, unless it was done by undoing or redoing.

        Parameters
        ----------
        text : str
            What was done: ``"delete the branch η 0.1"``.
        """
        if not self._working:
            self.stack.push(_Change(text, undo, redo))

    def forget(self) -> None:
        """Remember nothing, since all of it was of another run; not while undoing."""
        if not self._working:
            self.stack.clear()

    def undo(self) -> str:
        """Take the last thing back, in the field that has the focus first; say what it was."""
        field = _field()
        if field is not None and field.isUndoAvailable():
            field.undo()
            return ""
        return self._work(self.stack.canUndo(), self.stack.undoText(), self.stack.undo)

    def redo(self) -> str:
        """Do the last thing again that was taken back; say what it was."""
        field = _field()
        if field is not None and field.isRedoAvailable():
            field.redo()
            return ""
        return self._work(self.stack.canRedo(), self.stack.redoText(), self.stack.redo)

    def _work(self, possible: bool, text: str, work: Callable[[], object]) -> str:
        if not possible:
            return "nothing"
        self._working = True
        try:
            work()
        finally:
            self._working = False
        return text


def _field() -> QLineEdit | None:
    focused: QWidget | None = QApplication.focusWidget()
    return focused if isinstance(focused, QLineEdit) else None
