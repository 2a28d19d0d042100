"""The switch between workspaces, at the top of the window."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from visualizer.view.workspaces import Workspace


class WorkspaceBar(QWidget):
    """One word for each workspace; the one that is shown is underlined."""

    chosen = pyqtSignal(str)
    """The person wants this workspace: its name."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Workspaces")
        self.buttons: dict[str, QToolButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)

    def show_workspaces(self, workspaces: Iterable[Workspace], keys: dict[str, str]) -> None:
        """Show these; ``keys`` has the key that chooses one, where there is such."""
        for button in self.buttons.values():
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
            self._row.addWidget(button)
            self.buttons[workspace.name] = button

    def show_chosen(self, name: str) -> None:
        """Underline one."""
        for each, button in self.buttons.items():
            button.setChecked(each == name)

    def _on_clicked(self, name: str) -> None:
        self.show_chosen(name)  # also where it is shown already: a click would take the line away
        self.chosen.emit(name)
