"""A mouse whose events go where those of a display go: to Qt's windows, not to widgets.

So what lies on top gets them, popups close, grabs hold, and entering and leaving are told.
"""

from __future__ import annotations

from PyQt6 import sip
from PyQt6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt
from PyQt6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QEnterEvent,
    QMouseEvent,
    QWheelEvent,
    QWindow,
)
from PyQt6.QtWidgets import QWidget

NONE = Qt.MouseButton.NoButton


class Mouse:
    """One mouse, with at most one button held."""

    def __init__(self) -> None:
        self._held: tuple[QWindow, Qt.MouseButton, QPointF] | None = None
        self._over: QWindow | None = None

    def press(
        self,
        widget: QWidget,
        at: QPoint,
        button: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        *,
        twice: bool = False,
    ) -> None:
        """Press a button at a point of a widget; ``twice`` for the second time in a row."""
        self.let_go()
        handle, place = self._go(widget, at)
        if handle is None:
            return
        self._held = (handle, button, place)
        kind = QEvent.Type.MouseButtonDblClick if twice else QEvent.Type.MouseButtonPress
        self._send(handle, kind, place, button, button, modifiers)

    def move(self, widget: QWidget, at: QPoint) -> None:
        """Move to a point of a widget, or on from it while a button is held."""
        handle, place = self._go(widget, at)
        if handle is None:
            return
        button = NONE
        if self._held is not None:
            held, button, _ = self._held
            if not sip.isdeleted(held) and held is not handle:
                place = QPointF(held.mapFromGlobal(handle.mapToGlobal(place)))
                handle = held
            self._held = (handle, button, place)
        self._send(handle, QEvent.Type.MouseMove, place, NONE, button)

    def let_go(self) -> None:
        """Release the button where the mouse is, if one is held."""
        held, self._held = self._held, None
        if held is not None and not sip.isdeleted(held[0]):
            handle, button, place = held
            self._send(handle, QEvent.Type.MouseButtonRelease, place, button, NONE)

    def wheel(self, widget: QWidget, at: QPoint, turns: int, sideways: bool) -> None:
        """Turn the wheel, by so many clicks; away from oneself they are positive."""
        handle, place = self._go(widget, at)
        if handle is None:
            return
        angle = QPoint(120 * turns, 0) if sideways else QPoint(0, 120 * turns)
        event = QWheelEvent(
            place,
            QPointF(handle.mapToGlobal(place)),
            QPoint(),
            angle,
            NONE,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QCoreApplication.sendEvent(handle, event)

    def leave(self) -> None:
        """Leave the window."""
        over, self._over = self._over, None
        if over is not None and not sip.isdeleted(over):
            QCoreApplication.sendEvent(over, QEvent(QEvent.Type.Leave))

    def drop(self, widget: QWidget, at: QPoint, data: QMimeData, *, really: bool) -> None:
        """Carry something into the window, and let it fall or take it out again."""
        handle, place = _place(widget, at)
        if handle is None:
            return
        actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
        left, no_key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        entered = QDragEnterEvent(place.toPoint(), actions, data, left, no_key)
        entered.ignore()
        QCoreApplication.sendEvent(handle, entered)
        moved = QDragMoveEvent(place.toPoint(), actions, data, left, no_key)
        # As Qt does it: who has let it in takes it, but for those who now say otherwise.
        moved.setAccepted(entered.isAccepted())
        if entered.isAccepted():
            moved.setDropAction(entered.dropAction())
        QCoreApplication.sendEvent(handle, moved)
        # What is let go where nobody takes it goes out again.
        taken = really and moved.isAccepted()
        last = QDropEvent(place, actions, data, left, no_key) if taken else QDragLeaveEvent()
        QCoreApplication.sendEvent(handle, last)

    def _go(self, widget: QWidget, at: QPoint) -> tuple[QWindow | None, QPointF]:
        """Be over the widget's window: the one before is left."""
        handle, place = _place(widget, at)
        if handle is not None and handle is not self._over:
            self.leave()
            self._over = handle
            there = QPointF(handle.mapToGlobal(place))
            QCoreApplication.sendEvent(handle, QEnterEvent(place, place, there))
        return handle, place

    @staticmethod
    def _send(
        handle: QWindow,
        kind: QEvent.Type,
        place: QPointF,
        button: Qt.MouseButton,
        buttons: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        there = QPointF(handle.mapToGlobal(place))
        event = QMouseEvent(kind, place, place, there, button, buttons, modifiers)
        QCoreApplication.sendEvent(handle, event)


def _place(widget: QWidget, at: QPoint) -> tuple[QWindow | None, QPointF]:
    top = widget.window()
    return top.windowHandle(), QPointF(widget.mapTo(top, at))
