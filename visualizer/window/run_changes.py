"""What a person changes in a run, and how it is taken back."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QObject

from nnfs_core.errors import one_line
from nnfs_core.history.recording import Recording
from nnfs_core.recipe import Recipe
from visualizer.panels.experiment.panel import ExperimentForm
from visualizer.state.context import RunInfo
from visualizer.state.viewer import Viewer
from visualizer.window.undoing import Undoing

LONGEST_NAME = 80
"""Characters of the name of a run or a branch in a line."""


class RunChanges(QObject):
    """Remembers another learning rate, branches, pins and followed samples, and replaced runs.

    Parameters
    ----------
    viewer : Viewer
    form : ExperimentForm
        Where another rate is asked for.
    undoing : Undoing
    """

    def __init__(self, viewer: Viewer, form: ExperimentForm, undoing: Undoing) -> None:
        super().__init__(undoing)
        self._viewer, self._form, self._undoing = viewer, form, undoing
        form.recipe_requested.connect(self._on_recipe_requested)
        viewer.run_started.connect(self._on_run_started)
        viewer.replaced.connect(self._on_replaced)
        viewer.deleted.connect(self._on_deleted)
        viewer.changed.connect(undoing.did)

    def _on_run_started(self, run: RunInfo) -> None:
        self._undoing.forget()

    def _on_recipe_requested(self, recipe: Recipe) -> None:
        viewer, before = self._viewer, self._form.recipe
        live = viewer.live
        viewer.set_recipe(recipe)
        if live and recipe != before:  # else it was a fork: the branch it left is as it was
            self._undoing.did(
                f"the {before.change_to(recipe)}",
                partial(viewer.set_recipe, before),
                partial(viewer.set_recipe, recipe),
            )

    def _on_deleted(self, branch: Recording) -> None:
        viewer = self._viewer
        self._undoing.did(
            f"deleting the branch {one_line(branch.name, LONGEST_NAME)}",
            partial(viewer.undelete, branch),
            partial(viewer.delete, branch),
        )

    def _on_replaced(self, name: str) -> None:
        back = self._viewer.bring_back
        self._undoing.did(f"the new run, after {one_line(name, LONGEST_NAME)}", back, back)
