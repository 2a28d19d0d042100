"""Room for what may be larger than it: it is scrolled then, and fills the room otherwise."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QFrame, QScrollArea, QWidget

from visualizer.style.text_size import scaled

LEAST = (200, 120)
"""Width and height of the room at least, with text at 100 %."""


class Room(QScrollArea):
    """Shows a widget as large as there is room, but never smaller than it can be.

    Parameters
    ----------
    inside : QWidget
    """

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inside)
        for each in (self.viewport(), inside):
            assert each is not None, "a scroll area has a viewport"
            each.setAutoFillBackground(False)

    def minimumSizeHint(self) -> QSize:
        """Return what is enough to scroll in."""
        return QSize(*map(scaled, LEAST))
