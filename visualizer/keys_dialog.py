"""All keys, in one list made from the window's actions."""

from __future__ import annotations

from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QDialog, QGridLayout, QLabel, QWidget

from visualizer.theme import font
from visualizer.widgets import label


class KeysDialog(QDialog):
    """Every key and what it does."""

    def __init__(self, parent: QWidget, actions: list[QAction]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        grid = QGridLayout(self)
        grid.setContentsMargins(20, 16, 20, 16)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        half = -(-len(actions) // 2)
        for number, action in enumerate(actions):
            column, line = divmod(number, half)
            keys = " or ".join(
                key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()
            )
            shown = QLabel(
                keys.replace("Right", "→").replace("Left", "←").replace("Return", "Enter")
            )
            shown.setFont(font(13, bold=True))
            grid.addWidget(shown, line, 3 * column)
            grid.addWidget(label(action.text(), "dim"), line, 3 * column + 1)
        grid.setColumnMinimumWidth(2, 24)
