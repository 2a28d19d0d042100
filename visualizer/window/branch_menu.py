"""The branches of a run: switch, rename, show, hide, delete, bring back."""

from __future__ import annotations

from functools import partial

from PyQt6.QtWidgets import QInputDialog, QMenu

from nnfs_core.history.recording import Recording
from visualizer.state.viewer import Viewer


class BranchMenu(QMenu):
    """Made anew from the viewer's branches whenever it is opened."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__("Branches")
        self._viewer = viewer
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        viewer = self._viewer
        for branch in viewer.branches:
            shown = branch is viewer.recording
            menu = self.addMenu(("● " if shown else "    ") + branch.name)
            origin = "from the initial weights"
            if branch.origin is not None:
                origin = f"from {branch.origin[0]} at epoch {branch.origin[1]:,}"
            menu.addAction(f"{len(branch) - 1:,} epochs, {origin}").setEnabled(False)
            switch = menu.addAction("Switch to it")
            switch.setEnabled(not shown)
            switch.triggered.connect(partial(self._switch, branch))
            curves = menu.addAction("Show its curves")
            curves.setCheckable(True)
            curves.setChecked(branch.visible or shown)
            curves.setEnabled(not shown)
            curves.toggled.connect(partial(viewer.set_visible, branch))
            menu.addAction("Rename…").triggered.connect(partial(self._rename, branch))
            delete = menu.addAction("Delete")
            delete.setEnabled(not shown)
            delete.triggered.connect(partial(self._delete, branch))
        self.addSeparator()
        undo = self.addAction("Bring back the deleted branch")
        undo.setEnabled(viewer.can_undelete)
        undo.triggered.connect(lambda: viewer.undelete())

    def _switch(self, branch: Recording) -> None:
        self._viewer.switch_to(branch)

    def _rename(self, branch: Recording) -> None:
        name, accepted = QInputDialog.getText(
            self.parentWidget(), "Rename a branch", "Name", text=branch.name
        )
        if accepted:
            self._viewer.rename(branch, name)

    def _delete(self, branch: Recording) -> None:
        self._viewer.delete(branch)
