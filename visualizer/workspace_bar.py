"""The switch between workspaces, at the top of the window."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from visualizer.workspaces import Workspace


class WorkspaceBar(QWidget):
    """One word for each workspace; the one that is shown is underlined."""

    chosen = pyqtSignal(str)
    """The person wants this workspace: its name."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Workspaces")
        self.buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)

    def show_workspaces(self, workspaces: Iterable[Workspace], keys: dict[str, str]) -> None:
        """Show these; ``keys`` has the key that chooses one, where there is such."""
        for button in self.buttons.values():
            self._group.removeButton(button)
            button.hide()
            button.deleteLater()
        self.buttons = {}
        for workspace in workspaces:
            button = QToolButton()
            button.setText(workspace.title)
            button.setProperty("workspace", True)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            key = f"  ({keys[workspace.name]})" if workspace.name in keys else ""
            button.setToolTip(f"{workspace.about}{key}")
            button.setAccessibleName(f"Workspace {workspace.title}")
            button.clicked.connect(partial(self._on_clicked, workspace.name))
            self._group.addButton(button)
            self._row.addWidget(button)
            self.buttons[workspace.name] = button

    def show_chosen(self, name: str) -> None:
        """Underline one."""
        if name in self.buttons:
            self.buttons[name].setChecked(True)

    def _on_clicked(self, name: str) -> None:
        self.chosen.emit(name)
