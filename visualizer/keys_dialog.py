"""All keys, in one list made from the window's actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QGuiApplication, QKeySequence
from PyQt6.QtWidgets import QDialog, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from visualizer.theme import font
from visualizer.widgets import label

ARROWS = {"Right": "→", "Left": "←", "Up": "↑", "Down": "↓", "Return": "Enter"}


def written(action: QAction) -> str:
    """Return the keys of an action as one reads them."""
    shortcuts = (key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
    return " or ".join(
        "+".join(ARROWS.get(word, word) for word in keys.split("+")) or keys for keys in shortcuts
    )


class KeysDialog(QDialog):
    """Every key and what it does, in columns; scrolled where the screen is too small.

    Parameters
    ----------
    parent : QWidget
    groups : dict of str to sequence of QAction
        What belongs together, by its heading.
    """

    def __init__(self, parent: QWidget, groups: Mapping[str, Sequence[QAction]]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(20, 12, 20, 16)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        rows = sum(len(actions) + 1 for actions in groups.values())
        column, line, most = 0, 0, -(-rows // 3)
        for heading, actions in groups.items():
            # A heading does not stand alone at the foot of a column.
            if line and line + min(len(actions) + 1, 4) > most and column < 2:
                column, line = column + 1, 0
            title = label(heading, "title")
            title.setContentsMargins(0, 10 if line else 0, 0, 2)
            grid.addWidget(title, line, 3 * column, 1, 2)
            line += 1
            for action in actions:
                if line >= most + 2 and column < 2:
                    column, line = column + 1, 0
                keys = QLabel(written(action))
                keys.setFont(font(12, bold=True))
                grid.addWidget(keys, line, 3 * column)
                grid.addWidget(label(action.text(), "dim"), line, 3 * column + 1)
                line += 1
        for gap in (2, 5):
            grid.setColumnMinimumWidth(gap, 20)
        grid.setRowStretch(grid.rowCount(), 1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        scroll.setAccessibleName("All keys")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        wanted = inside.sizeHint()
        screen = parent.screen() or QGuiApplication.primaryScreen()
        room = screen.availableSize()
        self.resize(
            min(wanted.width() + 24, room.width() - 40),
            min(wanted.height() + 8, room.height() - 60),
        )
