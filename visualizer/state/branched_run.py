"""A run with branches: forked, switched, named and deleted, and the epoch that is pinned."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PyQt6.QtCore import pyqtSignal

from nnfs_core.errors import one_line
from nnfs_core.history.recording import Recording
from nnfs_core.recipe import NAMES, WORDS, Recipe
from nnfs_core.text.numbers import setting
from nnfs_core.training.trainer import EpochFrame, TrainState, changed_state
from visualizer.state.chosen_run import ChosenRun

LONGEST_NAME = 80
"""Characters of the name of a branch in a line."""


class BranchedRun(ChosenRun):
    """Lets a run go on in more than one way, each by a recipe of its own."""

    branches_changed = pyqtSignal()

    deleted = pyqtSignal(object)
    """The branch that was deleted; it can be brought back."""

    noted = pyqtSignal(str)
    """One line for the person: what was done."""

    def fork(self, recipe: Recipe | float | None = None, state: TrainState | None = None) -> None:
        """Go on from the shown epoch, or a state, in a new branch; the old one stays as it is."""
        if self._arranged is None or self.frame is None:
            return
        left, epoch = self.recording, self.frame.epoch
        self._leave_branch()
        if state is None:
            state = self._standing_frame().state if self.live else self.frame.state
        branch = self.recording.fork(state, self.kept.free_name("branch"))
        before = state.recipe
        if isinstance(recipe, float):
            recipe = replace(before, learning_rate=recipe)
        if recipe is not None and recipe != before:
            changed = changed_state(self._arranged, state, recipe)
            branch.change(changed, before.change_to(recipe))
            branch.name = self.kept.free_name(f"{_short(before, recipe)} from {state.epoch:,}")
        self.kept = self.kept.and_also(branch)
        self._begin(branch)
        self.branches_changed.emit()

        def back() -> None:
            if self.recording is branch:
                self.switch_to(left)
                self.seek(epoch)
            self.delete(branch)

        def again() -> None:
            self.undelete(branch)
            self.switch_to(branch)

        self.changed.emit(f"the branch {one_line(branch.name, LONGEST_NAME)}", back, again)

    def restart(self, recipe: Recipe | float | None = None) -> None:
        """Go back to the same initial weights, in a new branch if this one has left them."""
        if self.run is None:
            return
        if self.newest > 0 or self.training:
            self._leave_branch()
            first = replace(self.recording.keyframes.nearest(0), metrics=self.recording[0])
            self._set_total(self.run.experiment.epochs)
            self.fork(self._first_recipe(recipe), first)
        else:
            self.set_recipe(self._first_recipe(recipe))

    def _first_recipe(self, recipe: Recipe | float | None) -> Recipe:
        """Return the recipe of the experiment, or another one, or it with another rate."""
        assert self.run is not None, "a run comes first"
        if isinstance(recipe, Recipe):
            return recipe
        first = Recipe.of(self.run.experiment)
        return first if recipe is None else replace(first, learning_rate=recipe)

    def switch_to(self, branch: Recording) -> None:
        """Show another branch, at its newest epoch; training goes on there when asked to."""
        if branch is self.recording or branch not in self.branches:
            return
        self._leave_branch()
        newest = branch.keyframes.nearest(len(branch) - 1)
        assert newest.epoch == len(branch) - 1, "a branch is left with its newest state kept"
        branch.stand(newest)
        # Kept for coming back, which has happened: thinned like the others from now on.
        branch.keyframes.release(newest.epoch)
        self._begin(branch)
        self.branches_changed.emit()

    def rename(self, branch: Recording, name: str) -> None:
        """Give a branch another name; one that is taken gets a number."""
        old, name = branch.name, name.strip()
        if name and name != old:
            self.kept.rename(branch, name)
            new = branch.name
            self.branches_changed.emit()
            self._show()
            self.changed.emit(
                f"renaming {one_line(old, LONGEST_NAME)}",
                partial(self.rename, branch, old),
                partial(self.rename, branch, new),
            )

    def set_visible(self, branch: Recording, visible: bool) -> None:
        """Draw a branch's curves behind those of the shown one, or do not."""
        branch.visible = visible
        self._show()

    def show_bookmarks(self) -> None:
        """Show that a branch has other bookmarks than before, and have them saved."""
        self.branches_changed.emit()
        self._show()

    def delete(self, branch: Recording) -> None:
        """Delete a branch that is not shown; those deleted last can come back."""
        if branch is self.recording or branch not in self.branches:
            return
        self.kept = self.kept.without(branch)
        self.branches_changed.emit()
        self._show()
        self.deleted.emit(branch)
        self.noted.emit(f"deleted {branch.name}; Ctrl+Z brings it back")

    def undelete(self, branch: Recording | None = None) -> None:
        """Bring a deleted branch back, the last one unless another is named."""
        before, self.kept = self.kept, self.kept.again(branch)
        if self.kept is not before:
            self.branches_changed.emit()
            self._show()

    @property
    def can_undelete(self) -> bool:
        """Whether a deleted branch can come back."""
        return bool(self.kept.deleted)

    def _leave_branch(self) -> None:
        """End training here, with the newest state kept so that one can come back."""
        self._end_training()
        self.cursor.stop_playing()
        self.cursor.forget()
        if self.recording.state is not None:
            self.recording.keyframes.add(self.recording.state, keep=True)

    def toggle_pin(self) -> None:
        """Pin the shown epoch, to compare others with it; or take the pin out."""
        if self.frame is None:
            return
        here = self.pin is not None and self.pin.epoch == self.frame.epoch
        same = here and self._pinned is self.recording
        before = self.pin, self._pinned
        after = (None, None) if same else (self.frame, self.recording)
        self._set_pin(*after)
        what = "taking the pin out" if same else f"the pin at epoch {self.frame.epoch:,}"
        self.changed.emit(what, partial(self._set_pin, *before), partial(self._set_pin, *after))

    def _set_pin(self, frame: EpochFrame | None, recording: Recording | None) -> None:
        """Pin an epoch of a branch and keep its state from being thinned; None: none."""
        if self._pinned is not None and self.pin is not None:
            self._pinned.keyframes.release(self.pin.epoch)
        self.pin, self._pinned = frame, recording
        if frame is not None and recording is not None:
            known = recording.keyframes.nearest(frame.epoch)
            # A keyframe that is there may know of a change that was made after the picture.
            state = known if known.epoch == frame.epoch else frame.state
            recording.keyframes.add(state, keep=True)
        self._show()

    def set_learning_rate(self, learning_rate: float) -> None:
        """Go on with another learning rate from the next epoch; from a past one, fork."""
        if self.frame is not None:
            self.set_recipe(replace(self.recipe, learning_rate=learning_rate))

    @property
    def recipe(self) -> Recipe:
        """By which training goes on from the shown epoch."""
        assert self.frame is not None, "a run comes first"
        return self._recipe if self.live else self.frame.state.recipe

    def set_recipe(self, recipe: Recipe) -> None:
        """Go on by another recipe from the next epoch; from a past one, fork."""
        if self.control.thread is None:
            return
        if not self.live:
            self.fork(recipe)
        else:
            self._recipe = recipe
            self.control.set_recipe(recipe)
            self.recipe_changed.emit(recipe)
            if self.frame is not None and not self.training:
                # The step that follows the shown epoch will be taken by it.
                state = replace(self.frame.state, recipe=recipe)
                self.frame = self._newest_frame = replace(self.frame, state=state)
                self._show()


def _short(before: Recipe, after: Recipe) -> str:
    """Return in a few characters what a recipe has otherwise, for the name of a branch."""
    symbols = {"learning_rate": "η", "momentum": "μ", "weight_decay": "λ", "batch_size": "batch"}
    changed = [name for name in NAMES if getattr(before, name) != getattr(after, name)]
    name, value = changed[0], getattr(after, changed[0])
    more = ", …" if len(changed) > 1 else ""
    return f"{symbols.get(name, WORDS[name])} {'full' if value is None else setting(value)}{more}"
