"""The view-model: the run and its branches, whether it trains, and which epoch is shown.

It knows no widgets. Views listen to its signals and are projections of what they carry.

What is shown is *an epoch*. Live means: the newest one, and the next when it comes. Looking
back changes nothing about the run, which may go on training meanwhile. Training from a past
epoch forks the run: the branch so far stays, and a new one goes on from there.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from nnfs_core.data import dataset_names, load_dataset
from nnfs_core.data.base import Dataset
from nnfs_core.engine.process import TrainingProcess
from nnfs_core.errors import UserError, one_line
from nnfs_core.experiment import Experiment
from nnfs_core.explain.stages import Stage
from nnfs_core.history.dead_watch import DeadWatch
from nnfs_core.history.keyframes import DEFAULT_LIMIT
from nnfs_core.history.recording import MAX_EPOCHS, Mark, Recording
from nnfs_core.model.places import Place
from nnfs_core.recipe import NAMES, WORDS, Recipe
from nnfs_core.text.numbers import setting
from nnfs_core.training.trainer import EpochFrame, Trainer, TrainState
from visualizer.jobs.failures import failures, in_words
from visualizer.state.branches import Branches, leave_budget
from visualizer.state.context import Part, RunInfo, Sample, ViewContext
from visualizer.state.held_run import HeldRun
from visualizer.state.loader import Loader
from visualizer.state.preparation import Preparation, Prepared
from visualizer.state.save_thread import Snapshot
from visualizer.state.saver import Saver
from visualizer.state.selection import resolve
from visualizer.state.time_cursor import TimeCursor
from visualizer.state.training_control import TrainingControl
from visualizer.state.weights_source import WeightsSource

__all__ = ["Part", "RunInfo", "Sample", "ViewContext", "Viewer"]

LONGEST_NAME = 80
"""Characters of the name of a branch in a line."""

NOTICED = 0.1
"""Seconds from which waiting for a past epoch is shown (Card, Robertson, Mackinlay 1991)."""


class Viewer(HeldRun):
    """One run at a time: live, or looked back at."""

    run_started = pyqtSignal(object)
    """A new run, as :class:`RunInfo`; its first frame follows as ``shown``."""

    shown = pyqtSignal(object, object)
    """What to draw: an EpochFrame and a :class:`ViewContext`."""

    progressed = pyqtSignal(object)
    """A :class:`ViewContext`: the run has gone on while another epoch is looked at."""

    passed = pyqtSignal(object, object)
    """As ``shown``, for an epoch that is trained while another one is looked at."""

    training_changed = pyqtSignal(bool)
    pausing = pyqtSignal()
    """Training has been asked to stop, and goes on for a moment."""

    playing_changed = pyqtSignal(bool)
    """Whether the recorded run is being played."""

    seeking = pyqtSignal(int, float, bool)
    """The epoch that is looked for, the share that is done, and whether it takes so long that
    one notices; −1 when it is found or forgotten."""

    branches_changed = pyqtSignal()
    replaced = pyqtSignal(str)
    """The name of a run that another one has taken the place of; it can be brought back."""

    changed = pyqtSignal(str, object, object)
    """The person has changed something: what, and how it is taken back and done again."""

    deleted = pyqtSignal(object)
    """The branch that was deleted; it can be brought back."""

    noted = pyqtSignal(str)
    """One line for the person: what was done."""

    recipe_changed = pyqtSignal(object)
    """The :class:`~nnfs_core.recipe.Recipe` by which training goes on."""

    speed_changed = pyqtSignal(object)
    total_changed = pyqtSignal(int)
    preparing = pyqtSignal(str, object, object)
    """What is being loaded, how far, of how much; an empty text when nothing is any more."""

    save_progressed = pyqtSignal(str, object, object)
    saved = pyqtSignal(str)
    """The file that a run was saved to on request."""

    died = pyqtSignal(object)
    """The :class:`~nnfs_core.history.recording.Mark` of the highest layer that is dead at the
    end of the shown branch; None when none is. It comes with every branch, and when it changes."""

    failed = pyqtSignal(str)
    """One line for the person: what could not be done, and why."""

    weights_opened = pyqtSignal(object, object)
    """A :class:`~visualizer.state.weights_source.WeightsSource`, and the run that starts there."""

    weights_failed = pyqtSignal(object, str)
    """The same, and why it could not be opened on that data."""

    def __init__(
        self,
        data_dir: Path | None = None,
        parent: QObject | None = None,
        process: TrainingProcess | None = None,
    ) -> None:
        super().__init__(TrainingControl(process), TimeCursor(), parent)
        self.data_dir = data_dir
        self.keyframe_limit = DEFAULT_LIMIT
        self.loader = Loader(self)
        self.loader.progress.connect(self.preparing)
        self.loader.ready.connect(self._on_prepared)
        self.loader.failed.connect(self._on_preparation_failed)
        self.saver = Saver(self)
        self.saver.wanted.connect(self.control.request_state)
        self.saver.progressed.connect(self.save_progressed)
        self.saver.saved.connect(self._on_saved)
        self.saver.failed.connect(self.failed)
        self._train_when_ready = self._train_there = self._bringing_back = False
        self._weights_wanted: WeightsSource | None = None
        self._asked: tuple[Experiment, str] | None = None
        self._recipe = Recipe.of(Experiment())
        self._watch: DeadWatch | None = None
        self._connect()

    def _connect(self) -> None:
        control, cursor = self.control, self.cursor
        control.frame_due.connect(self._on_frame_due)
        control.training_changed.connect(self.training_changed)
        control.pausing.connect(self.pausing)
        control.diverged.connect(self._on_diverged)
        control.marked.connect(self._on_marked)
        control.failed.connect(self.failed)
        control.noted.connect(self.noted)
        control.recipe_used.connect(self._on_recipe_used)
        control.state_taken.connect(self._write_snapshot)
        cursor.found.connect(self._on_found)
        cursor.failed.connect(self._on_seek_failed)
        cursor.seeking.connect(self.seeking)
        cursor.next_wanted.connect(self._on_play)
        cursor.playing_changed.connect(self.playing_changed)

    @property
    def training(self) -> bool:
        """Whether epochs are being trained."""
        return self.control.training

    @property
    def rate(self) -> float | None:
        """Epochs a second at most; None: as fast as it goes."""
        return self.control.rate

    # Runs

    def start(self, experiment: Experiment, name: str, *, train: bool = False) -> None:
        """Prepare a new run in the background, then show it; ``failed`` tells if that cannot be."""
        self._asked = experiment, name
        key = (experiment.dataset, self.data_dir, experiment.reading())
        # A file may have changed since; what has a name of its own does not.
        same = self.run is not None and key == self._dataset_key
        # What was made for weights from elsewhere is not as the data is by itself.
        same = same and not (self.run is not None and self.run.dataset.borrowed)
        named = experiment.dataset in dataset_names()
        known = self.run.dataset if self.run is not None and same and named else None
        self._prepare(experiment, name, known, f"loading {experiment.dataset}", train)

    def start_with(self, data_dir: Path) -> None:
        """Try the run again that was asked for last, with data from a folder."""
        self.data_dir = data_dir
        if self._asked is not None:
            self.start(*self._asked)

    def open(self, path: Path, *, train: bool = False) -> None:
        """Open the file of a run in the background, then show it; ``failed`` tells if it cannot."""
        self._prepare(path, path.stem, None, f"opening {path.name}", train)

    def open_weights(self, source: WeightsSource, *, train: bool = False) -> None:
        """Open trained weights in the background, as the start of a run.

        ``weights_opened`` or ``weights_failed`` follows.
        """
        path = source.path
        self._prepare(source, path.stem, None, f"opening {path.name}", train)

    def _prepare(
        self,
        source: Experiment | Path | WeightsSource,
        name: str,
        known: Dataset | None,
        what: str,
        train: bool,
    ) -> None:
        self._weights_wanted = source if isinstance(source, WeightsSource) else None
        self._train_when_ready = train
        limit = self.keyframe_limit
        self.loader.start(Preparation(source, name, self.data_dir, known, limit), what)

    def start_now(self, experiment: Experiment, name: str) -> None:
        """Prepare a new run at once and show it; for data that is there in a moment.

        Raises
        ------
        UserError
            When the data cannot be loaded.
        """
        data = load_dataset(experiment.dataset, self.data_dir, reading=experiment.reading())
        self.adopt(Trainer(experiment, data), name)

    def adopt(self, trainer: Trainer, name: str) -> None:
        """Show the run of a trainer that is ready."""
        self.adopt_run(Prepared.new(trainer, name, self.keyframe_limit))

    def adopt_run(self, prepared: Prepared) -> None:
        """Show a run that is ready, with its history: all of it, or nothing of it.

        Raises
        ------
        Exception
            Whatever stood in the way. What was shown before is shown as it was then, and can be
            trained on.
        """
        # Nothing is given up for what cannot be made, so all that can be is made first.
        trainer, active = prepared.trainer, prepared.active
        frame = trainer.frame()
        first = active.keyframes.nearest(0).frame(trainer.network.sizes)
        run = RunInfo(trainer.experiment, prepared.name, trainer.dataset, trainer.network, first)
        reading = trainer.experiment.reading(trainer.dataset.rules)
        key = (trainer.experiment.dataset, self.data_dir, reading)
        thread, seeker = self.control.made_for(trainer, active), self.cursor.made_for(trainer)
        before = self._held()
        try:
            self._end_threads()
            self._trainer = trainer
            self.control.thread, self.cursor.seeker = thread, seeker
            self.selected = self.selected.fitted(run, self.run)
            self.run, self._dataset_key, self.opened = run, key, prepared.path
            self.kept, self.recording = Branches(tuple(prepared.branches)), active
            self.live, self.cursor.target = True, 0
            self.pin = self._pinned = None
            self.total = _in_reach(max(prepared.total, len(active) - 1))
            self._start(frame, new_run=True)
            self._keep_previous(before)
            self._say_what_is_dead()
            self.saver.forget()
            for _, branch in before["kept"].deleted:
                leave_budget(branch)
        except BaseException:
            self._put_back(before)
            raise
        if self._train_when_ready:
            self._train_when_ready = False
            self.train()

    def _put_back(self, before: dict[str, Any]) -> None:
        """Show a run again that another one could not take the place of; it stands still."""
        self._end_threads()  # of the other one
        self._hold(before)
        self._end_threads()  # its own, if they go on yet
        if self._trainer is None:
            return
        self.control.thread = self.control.made_for(self._trainer, self.recording)
        self.cursor.seeker = self.cursor.made_for(self._trainer)
        newest, shown = self._trainer.frame(), self.frame
        if shown is None or (self.live and shown.epoch != newest.epoch):
            shown = newest  # it was trained until now
        self.cursor.target = shown.epoch
        self._start(shown, newest, new_run=True)
        self._say_what_is_dead()

    def _keep_previous(self, before: dict[str, Any]) -> None:
        """Remember the run that was replaced, so that it can come back."""
        run, recording, branches = before["run"], before["recording"], list(before["kept"])
        trained = len(recording) > 1 or len(branches) > 1
        # Of an untrained one nothing is lost, but who goes back and forth finds it again.
        if run is not None and (trained or self._bringing_back):
            self._previous = Prepared(
                before["_trainer"], run.name, branches, recording, before["total"]
            )
            if trained:
                self.replaced.emit(run.name)
        elif self._previous is not None and self._previous.trainer is self._trainer:
            self._previous = None

    def bring_back(self) -> None:
        """Show the run again that was replaced last; the present one is kept in its place."""
        if self._previous is not None:
            self._bringing_back = True
            try:
                self._on_prepared(self._previous)
            finally:
                self._bringing_back = False

    def _on_prepared(self, prepared: Prepared) -> None:
        try:
            self.adopt_run(prepared)
        except Exception as error:
            what = f"{prepared.name} cannot be shown"
            self._on_preparation_failed(f"{what}: {in_words(error)}")
            if not isinstance(error, UserError | MemoryError):
                failures().report(error, what)
            return
        if prepared.weights is not None:
            self.weights_opened.emit(prepared.weights, prepared)

    def cancel_preparation(self) -> None:
        """Forget the run that is being prepared, if one is."""
        self.loader.cancel()

    def close(self) -> None:
        """End every thread; the viewer can be thrown away then."""
        self.loader.close()
        self._end_threads()
        self.saver.wait()
        while self.saver.next is not None and self._trainer is not None:
            # Somebody asked for it and closed the window: it is saved all the same.
            self._write_snapshot(self._trainer.state())
            self.saver.wait()
        self.saver.close()

    # Saving

    def save(self, path: Path, *, thin: bool = False) -> None:
        """Save the run to a file in the background; ``saved`` or ``failed`` follows.

        Parameters
        ----------
        thin : bool
            Leave out keyframes that can be rebuilt: quicker, for saving now and then.
        """
        if self.control.thread is not None:
            self.saver.ask(path, thin=thin)

    def _write_snapshot(self, state: TrainState) -> None:
        wanted = self.saver.next
        if wanted is None or self.run is None:
            return
        newest = [
            state if branch is self.recording else branch.keyframes.nearest(len(branch) - 1)
            for branch in self.branches
        ]
        snapshot = Snapshot(
            *wanted,
            self.run.experiment,
            self.run.name,
            max(self.total, state.epoch),
            tuple(self.branches),
            newest,
            self.branches.index(self.recording),
            self.run.dataset,
        )
        self.saver.write(snapshot)

    def _on_saved(self, snapshot: Snapshot) -> None:
        if not snapshot.thin:
            epoch = snapshot.newest[snapshot.active].epoch
            mark = Mark(epoch, "saved", f"saved as {snapshot.path.name}")
            snapshot.recordings[snapshot.active].mark(mark)
            self.saved.emit(str(snapshot.path))
            self._show()

    # Training

    def train(self) -> None:
        """Train until the total; beyond it, for as many epochs again."""
        if self.control.thread is None or self.run is None:
            return
        if not self.live:
            self.fork()
        if len(self.recording) > self.total:
            self._set_total(self.total + self.run.experiment.epochs)
        self.stage = None
        self.control.thread.train(self.total)

    def pause(self) -> None:
        """Stop after the epoch under way, or before it where it would take a while."""
        self.control.pause()

    def toggle(self) -> None:
        """Train, or pause; while looking back, play what was recorded, or stop."""
        if not self.live:
            self.play(not self.playing)
        elif self.training:
            self.pause()
        else:
            self.train()

    def step(self, epochs: int = 1) -> None:
        """Train exactly so many epochs and show each one; while looking back, only go on."""
        thread = self.control.thread
        if thread is None:
            return
        if not self.live:
            self.seek(self.cursor.target + epochs)
        elif self.training and not thread.stepping:
            self.pause()
        else:
            self._set_total(max(self.total, thread.step(epochs)))

    def advance_now(self, *, show: bool = True) -> EpochFrame | None:
        """Train one epoch here, without a thread: for pictures made headless.

        Parameters
        ----------
        show : bool
            Build the epoch's frame, show and return it; it takes time.

        Raises
        ------
        NotFiniteError
            When the numbers stop being finite.
        """
        assert self._trainer is not None, "a run comes first"
        self._end_training()
        if self._watch is None or not self._watch.is_up_to(self._trainer):
            self._watch = DeadWatch(self._trainer)
        self.recording.append(self._trainer.step_epoch())
        for mark in self._watch.after_epoch():
            self.recording.mark(mark)
        self.recording.keyframes.offer(self._trainer)
        if not show:
            return None
        self.frame = self._trainer.frame()
        self._show()
        return self.frame

    def set_rate(self, epochs_per_second: float | None) -> None:
        """Train, or play, at most so many epochs a second; None: as fast as it goes."""
        self.control.set_rate(epochs_per_second)
        if self.playing:
            self.play(True)
        self.speed_changed.emit(epochs_per_second)

    @property
    def recipe(self) -> Recipe:
        """By which training goes on from the shown epoch."""
        assert self.frame is not None, "a run comes first"
        return self._recipe if self.live else self.frame.state.recipe

    def set_learning_rate(self, learning_rate: float) -> None:
        """Go on with another learning rate from the next epoch; from a past one, fork."""
        if self.frame is not None:
            self.set_recipe(replace(self.recipe, learning_rate=learning_rate))

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

    def keep_every(self, epochs: int | None) -> None:
        """Show every so-many-th epoch without fail, so that it can be recorded."""
        self.control.keep_every(epochs)

    # Time

    @property
    def newest(self) -> int:
        """The newest epoch of the shown branch."""
        return len(self.recording) - 1

    def seek(self, epoch: int) -> None:
        """Show an epoch of the past; the newest one is live. The old picture stays till then."""
        if self.cursor.seeker is None:
            return
        if epoch >= self.newest:
            self.go_live()
            return
        self.live = self._train_there = False
        self.cursor.seek(self.recording, max(0, epoch))

    def train_from(self, epoch: int) -> None:
        """Train on from an epoch of the past, in a new branch, as soon as it is shown."""
        self.seek(epoch)
        if self.live:
            self.train()
        else:
            self._train_there = True

    def back(self, epochs: int = 1) -> None:
        """Go back; a run that trains goes on meanwhile."""
        self.seek((self.newest if self.live else self.cursor.target) - epochs)

    def go_live(self) -> None:
        """Show the newest epoch and follow the run."""
        self.play(False)
        self._train_there = False
        if self.cursor.seeker is None or self._trainer is None:
            return
        self.cursor.forget()
        if self.live:
            return
        self.live = True
        # A trainer that works must not be read from here: the newest frame it sent will do.
        # It also knows more: what its last epoch has changed.
        newest = self._newest_frame
        known = self.training or (newest is not None and newest.epoch == self._trainer.epoch)
        self.frame = newest if known else self._trainer.frame()
        self._show()

    @property
    def playing(self) -> bool:
        """Whether the recorded run is being played."""
        return self.cursor.playing

    def play(self, playing: bool) -> None:
        """Play the recorded epochs at the chosen speed, up to the newest; or stop."""
        if playing and not self.live:
            self.cursor.play(self.rate, self.newest)
        else:
            self.cursor.stop_playing()

    def _on_play(self, epochs: int) -> None:
        # A picture that is not there yet is waited for rather than passed over.
        if self.frame is not None and self.frame.epoch == self.cursor.target:
            self.seek(self.cursor.target + epochs)

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

    # Branches

    def fork(self, recipe: Recipe | float | None = None, state: TrainState | None = None) -> None:
        """Go on from the shown epoch, or a state, in a new branch; the old one stays as it is."""
        if self._trainer is None or self.frame is None:
            return
        left, epoch = self.recording, self.frame.epoch
        self._leave_branch()
        if state is None:
            state = self._trainer.state() if self.live else self.frame.state
        branch = self.recording.fork(state, self.kept.free_name("branch"))
        self._trainer.restore(state)
        before = state.recipe
        if isinstance(recipe, float):
            recipe = replace(before, learning_rate=recipe)
        if recipe is not None and recipe != before:
            self._trainer.change(recipe)
            branch.change(self._trainer.state(), before.change_to(recipe))
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
        if self._trainer is None or self.run is None:
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
        if self._trainer is None or branch is self.recording or branch not in self.branches:
            return
        self._leave_branch()
        newest = branch.keyframes.nearest(len(branch) - 1)
        assert newest.epoch == len(branch) - 1, "a branch is left with its newest state kept"
        self._trainer.restore(replace(newest, metrics=branch.last))
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
        self.play(False)
        self.cursor.forget()
        if self._trainer is not None and self._trainer.epoch == self.newest:
            self.recording.keyframes.add(self._trainer.state(), keep=True)

    # What is shown

    @property
    def context(self) -> ViewContext:
        """What the present frame is drawn with."""
        assert self.frame is not None, "a run comes first"
        return self._context_of(self.frame, self.live)

    def _context_of(self, frame: EpochFrame, live: bool) -> ViewContext:
        assert self.run is not None, "a run comes first"
        return resolve(
            self.run,
            self.recording,
            frame,
            self.selected,
            total=self.total,
            live=live,
            branches=self.branches,
            pin=self.pin,
            pin_here=self._pinned is self.recording,
            rate=self.rate,
            # Live is one epoch everywhere; who looks back sees how far the run has come.
            until=frame.epoch if live else self.newest,
        )

    def select_sample(self, part: Part, index: int) -> None:
        """Show this sample everywhere."""
        if self.run is None:
            return
        count = len(self.run.samples(part)[0])
        if count:
            self.selected = self.selected.of_data(part, index % count)
            self._show()

    def show_drawing(
        self, x: np.ndarray | None, label: int | None = None, source: object = None
    ) -> None:
        """Show something drawn to the network, everywhere; None: the chosen sample again.

        Parameters
        ----------
        x : ndarray of float32, shape (features,), or None
            Prepared as the data is.
        label : int or None
            The class it is meant to be, if somebody has said.
        source : object
            What it was prepared from, for the pad.
        """
        if self.run is None or (x is not None and x.size != self.run.dataset.features):
            return
        drawing = None if x is None else Sample("drawn", 0, x, label, source)
        self.selected = self.selected.drawn(drawing)
        self._show()

    def select_place(self, place: Place | None) -> None:
        """Point at a number of the network, to have it explained; None: at nothing."""
        if self.run is not None and (place is None or place.fits(self.run.network.sizes)):
            self.selection = place
            self._show()

    def show_stage(self, stage: Stage | None) -> None:
        """Show one stage of the training step that follows the shown epoch; None: all of it."""
        if stage is not None:
            self.pause()
            self.play(False)
        self.stage = stage
        self._show()

    def toggle_followed(self, part: Part, index: int) -> None:
        """Follow the probabilities of a sample over the epochs, or no longer."""
        if self.run is None or not 0 <= index < len(self.run.samples(part)[0]):
            return
        self.selected = self.selected.following(part, index)
        self._show()
        again = partial(self.toggle_followed, part, index)
        name = f"{self.run.part_name(part)} #{index}"
        followed = (part, index) in self.selected.followed
        what = f"following {name}" if followed else f"no longer following {name}"
        self.changed.emit(what, again, again)

    def _begin(self, recording: Recording) -> None:
        """Go on in a branch, from where the trainer stands."""
        assert self._trainer is not None, "a run comes first"
        self.recording, self.live = recording, True
        self.control.thread = self.control.made_for(self._trainer, recording)
        self._start(self._trainer.frame())
        self._say_what_is_dead()

    def _start(
        self, frame: EpochFrame, newest: EpochFrame | None = None, *, new_run: bool = False
    ) -> None:
        """Start the threads that are there, and show a frame of the branch that is there.

        Parameters
        ----------
        newest : EpochFrame, optional
            Of the newest epoch, where another one is shown.
        new_run : bool
            The run is another one than was shown before.
        """
        trainer = self._trainer
        assert self.run is not None and trainer is not None
        self.frame, self._newest_frame = frame, newest or frame
        context = self.context
        self.control.start(trainer)
        self.cursor.start()
        # From here on nothing can fail: who listens and fails, fails alone.
        if new_run:
            self.run_started.emit(self.run)
            self.cursor.say_found()
        self._set_total(max(self.total, self.newest))
        self._recipe = trainer.recipe
        self.recipe_changed.emit(self._recipe)
        self.shown.emit(frame, replace(context, total=self.total))
        if self.newest > 0 and self.live:
            # A trainer that was set to an epoch does not know what led to it.
            self.cursor.complete(self.recording, self.newest)
        if self.saver.next is not None:
            self.control.request_state()

    def _end_training(self) -> None:
        self._train_there = False
        self.control.end()

    def _end_threads(self) -> None:
        self._end_training()
        self.cursor.end()

    def _set_total(self, total: int) -> None:
        self.total = _in_reach(total)
        self.total_changed.emit(self.total)

    def _on_preparation_failed(self, message: str) -> None:
        self._train_when_ready = False
        if self._weights_wanted is not None:
            self.weights_failed.emit(self._weights_wanted, message)
        else:
            self.failed.emit(message)

    def _on_diverged(self, message: str) -> None:
        self.recording.mark(Mark(self.newest, "diverged", message))
        self.failed.emit(message)
        self._show()

    def _on_marked(self) -> None:
        self._say_what_is_dead()
        if not (self.training and self.live):  # else the frame of that epoch comes next
            self._show()

    def _say_what_is_dead(self) -> None:
        # At the end of the branch, or in the next epoch, which is not told yet.
        dead = self.recording.dead_at(self.newest + 1)
        self.died.emit(dead[-1] if dead else None)

    def _on_recipe_used(self, state: TrainState) -> None:
        # With full batch its gradient may be another one: that of another weight decay.
        frame = self._newest_frame
        if frame is None or frame.epoch != state.epoch:
            return
        assert self.run is not None, "a run comes first"
        self._newest_frame = replace(state.frame(self.run.network.sizes), update=frame.update)
        if self.live and self.frame is not None and self.frame.epoch == state.epoch:
            self.frame = self._newest_frame
            self._show()

    def _on_frame_due(self, frame: EpochFrame) -> None:
        self._newest_frame = frame
        if self.live:
            self.frame = frame
            self._show()
        elif self.frame is not None:
            self.progressed.emit(self.context)
            self.passed.emit(frame, self._context_of(frame, True))

    def _on_found(self, recording: Recording, frame: EpochFrame) -> None:
        # What was asked for before the person went on elsewhere is not wanted any more.
        if recording is not self.recording:
            return
        if self.live:
            self._complete_with(frame)
        elif frame.epoch == self.cursor.target:
            self.frame = frame
            self._show()
            self.cursor.say_found()
            if self._train_there:
                self.train()

    def _complete_with(self, frame: EpochFrame) -> None:
        """Take from a replay what the live frame's last epoch changed."""
        known = self.frame
        if known is None or known.update is not None or known.epoch != frame.epoch:
            return
        self.frame = replace(known, update=frame.update)
        if frame.update is not None:
            self._show()

    def _on_seek_failed(self, epoch: int, message: str) -> None:
        # The live epoch is there; it is only not known what led to it.
        if self.live or epoch != self.cursor.target:
            return
        if self.frame is not None:
            self.cursor.target = self.frame.epoch  # One goes on from what is there.
        self.cursor.say_found()
        self.failed.emit(message)

    def _show(self) -> None:
        if self.frame is not None:
            self.shown.emit(self.frame, self.context)


def _short(before: Recipe, after: Recipe) -> str:
    """Return in a few characters what a recipe has otherwise, for the name of a branch."""
    symbols = {"learning_rate": "η", "momentum": "μ", "weight_decay": "λ", "batch_size": "batch"}
    changed = [name for name in NAMES if getattr(before, name) != getattr(after, name)]
    name, value = changed[0], getattr(after, changed[0])
    more = ", …" if len(changed) > 1 else ""
    return f"{symbols.get(name, WORDS[name])} {'full' if value is None else setting(value)}{more}"


def _in_reach(total: int) -> int:
    return min(total, MAX_EPOCHS)
