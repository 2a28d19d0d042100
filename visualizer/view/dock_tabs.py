"""Tabs of panels that change while one of them is held with the mouse."""

from __future__ import annotations

from PyQt6.QtCore import QChildEvent, QEvent, QObject
from PyQt6.QtWidgets import QMainWindow, QTabBar


class TabGuard(QObject):
    """Lets a tab be dragged only while the tabs are those there were when it was pressed.

    Qt remembers the number of the tab that was pressed. If a key or the press itself takes another
    tab away, the number may be of none, and moving the mouse then ends the program.

    Parameters
    ----------
    host : QMainWindow
        Whose panels have the tabs.
    """

    def __init__(self, host: QMainWindow) -> None:
        super().__init__(host)
        self._pressed: dict[QTabBar, int] = {}
        host.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Watch rows of tabs as they come, and keep moves from one that has changed."""
        if event is None:
            return False
        kind = event.type()
        if isinstance(watched, QTabBar):
            if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
                self._pressed[watched] = watched.count()
            elif kind == QEvent.Type.MouseMove:
                return self._pressed.get(watched, watched.count()) != watched.count()
            elif kind == QEvent.Type.MouseButtonRelease:
                self._pressed.pop(watched, None)
        elif isinstance(event, QChildEvent) and event.polished():
            child = event.child()
            if isinstance(child, QTabBar):
                child.installEventFilter(self)
        return False
