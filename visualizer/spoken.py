"""What those who cannot see a picture are told of it: a sentence, kept up to date now and then.

Every widget that paints has a method ``describe`` that says what it shows at this moment. A
description is no part of a picture: it is written some time after the last one, not with each.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from PyQt6.QtCore import QObject, QTimer
from PyQt6.QtWidgets import QApplication, QWidget

EVERY = 1000
"""Milliseconds from one time that descriptions are written to the next, while pictures change."""


@runtime_checkable
class Describes(Protocol):
    """What can say in a sentence what it shows."""

    def describe(self) -> str:
        """Return a sentence; nothing where there is nothing to see."""
        ...


class Descriptions(QObject):
    """Writes the descriptions of everything in a view that can be seen.

    Parameters
    ----------
    view : QWidget
    """

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.write)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)

    def ask(self) -> None:
        """Have them written soon, since something has changed."""
        if not self._timer.isActive():
            self._timer.start()

    def write(self) -> None:
        """Write them now."""
        for widget in self._view.findChildren(QWidget):
            if isinstance(widget, Describes) and widget.isVisible():
                write_description(widget)

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        # What is come to is read out at once.
        if isinstance(now, Describes) and self._view.isAncestorOf(now):
            write_description(now)


def write_description(widget: QWidget) -> None:
    """Have a widget say what it shows to whoever reads screens aloud."""
    assert isinstance(widget, Describes), "only what can describe itself is asked to"
    text = widget.describe()
    if text != widget.accessibleDescription():
        widget.setAccessibleDescription(text)
