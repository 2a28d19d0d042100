"""All keys, in one list made from the window's actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QGuiApplication, QKeySequence
from PyQt6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from visualizer.kit.widgets import label
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled
from visualizer.style.theme import font

COLUMNS = 3

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
        screen = parent.screen() or QGuiApplication.primaryScreen()
        room = screen.availableSize()
        for count in range(COLUMNS, 0, -1):
            inside = self._list(groups, count)
            if inside.sizeHint().width() + scaled(24) <= room.width() - 40:
                break
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        scroll.setAccessibleName("All keys")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        wanted = inside.sizeHint()
        self.resize(
            min(wanted.width() + scaled(24), room.width() - 40),
            min(wanted.height() + 8, room.height() - 60),
        )

    def _list(self, groups: Mapping[str, Sequence[QAction]], count: int) -> QWidget:
        """Return the keys in so many columns."""
        inside = QWidget()
        columns = QHBoxLayout(inside)
        keep(columns, "setContentsMargins", 20, 12, 20, 16)
        keep(columns, "setSpacing", 28)
        rows = sum(len(actions) + 1 for actions in groups.values())
        grid, line = self._add_column(columns), 0
        for heading, actions in groups.items():
            # A group is not torn apart where the next column has room for all of it.
            if line and line + len(actions) / 2 + 2 > rows / count and columns.count() < count:
                grid, line = self._add_column(columns), 0
            title = label(heading, "title")
            keep(title, "setContentsMargins", 0, 10 if line else 0, 0, 2)
            grid.addWidget(title, line, 0, 1, 2)
            for at, action in enumerate(actions, line + 1):
                keys = QLabel(written(action))
                keys.setFont(font(12, bold=True))
                grid.addWidget(keys, at, 0)
                grid.addWidget(label(action.text(), "dim"), at, 1)
            line += len(actions) + 1
        return inside

    @staticmethod
    def _add_column(columns: QHBoxLayout) -> QGridLayout:
        column, grid = QVBoxLayout(), QGridLayout()
        keep(grid, "setHorizontalSpacing", 12)
        keep(grid, "setVerticalSpacing", 3)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        column.addStretch(1)
        columns.addLayout(column)
        return grid
