"""Several parts of a window that change together are painted together.

Qt paints a window when the changes are made. Plots are the exception: a scene has the window
painted by itself, first when it tells what changed in it, a turn of the event loop later. With two
plots there would be three paintings, the first two of them with parts of two epochs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PyQt6.QtCore import QCoreApplication, QEvent, QObject
from PyQt6.QtWidgets import QGraphicsView, QWidget

_changed: list[list[QGraphicsView]] = []
"""Of the blocks that are entered, the views whose scenes have changed."""


class _Later(QObject):
    """Keeps a window from being painted, and remembers that it was to be."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted = False

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Keep back what would have the window painted."""
        if event is None or event.type() != QEvent.Type.UpdateRequest:
            return False
        self.wanted = True
        return True


@contextmanager
def one_painting(widget: QWidget) -> Iterator[None]:
    """Have everything that the block changes in a widget's window painted in one go after it."""
    window, later = widget.window(), _Later()
    views: list[QGraphicsView] = []
    assert window is not None, "every widget is in a window, or is one"
    _changed.append(views)
    window.installEventFilter(later)
    try:
        yield
    finally:
        _changed.pop()
        for view in views:
            # What it would tell in the next turn it tells now.
            QCoreApplication.sendPostedEvents(view.scene(), QEvent.Type.MetaCall.value)
        window.removeEventFilter(later)
        if later.wanted:
            QCoreApplication.postEvent(window, QEvent(QEvent.Type.UpdateRequest))


def paint_with_the_rest(view: QGraphicsView) -> None:
    """Say that a scene has changed; without a block it is painted when Qt comes to it."""
    if _changed:
        _changed[-1].append(view)
