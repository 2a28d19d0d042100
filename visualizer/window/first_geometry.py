"""Where a window stands that nobody has placed yet: whole on its screen, with its frame."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, QRect
from PyQt6.QtGui import QGuiApplication, QScreen
from PyQt6.QtWidgets import QWidget

GUESS = 8, 36
"""Width of the sides and height of the top of a frame, as long as the desktop has not said."""


SHARE = 0.75
"""Of the width and the height of a large screen that a window takes."""


def first_size(room: QRect, wanted: tuple[int, int]) -> tuple[int, int]:
    """Return the size of a window that is to stand in a room with its frame, in logical pixels.

    It is the wanted one; larger on a large screen, and as large as the room on a small one.
    """
    sides, top = GUESS
    width = max(wanted[0], round(SHARE * room.width()))
    height = max(wanted[1], round(SHARE * room.height()))
    return min(width, room.width() - 2 * sides), min(height, room.height() - top - sides)


class FirstGeometry(QObject):
    """Gives a window its first size, and puts it right when its frame has come.

    Nobody knows how thick a frame is before it is there. When it is, a window that reaches beyond
    the screen with it is made smaller and moved, once; from then on it is the person's.

    Parameters
    ----------
    window : QWidget
        Not shown yet.
    wanted : tuple of int
        Width and height where the screen has room for them.
    """

    def __init__(self, window: QWidget, wanted: tuple[int, int]) -> None:
        super().__init__(window)
        self._window = window
        screen = QGuiApplication.primaryScreen()
        size = wanted
        if screen is not None:
            size = first_size(screen.availableGeometry(), wanted)
        window.resize(*size)
        self._given = window.size()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """See whether the frame has come."""
        kinds = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.WindowActivate)
        window = self._window
        if event is not None and event.type() in kinds and window.isVisible():
            screen = window.screen()
            framed = window.frameGeometry() != window.geometry()
            if screen is not None and framed:
                window.removeEventFilter(self)
                self._put_right(screen)
        return False

    def _put_right(self, screen: QScreen) -> None:
        window, room = self._window, screen.availableGeometry()
        outer, inner = window.frameGeometry(), window.geometry()
        if room.contains(outer) or window.size() != self._given:
            return  # It fits, or somebody has made it larger, who knows why.
        frame = outer.size() - inner.size()
        window.resize(inner.size().boundedTo(room.size() - frame))
        outer.setSize(window.size() + frame)
        x = max(room.left(), min(outer.left(), room.right() + 1 - outer.width()))
        y = max(room.top(), min(outer.top(), room.bottom() + 1 - outer.height()))
        window.move(x, y)
