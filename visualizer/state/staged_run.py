"""A run on stage: shown with its threads at work, or put back as it was.

It knows no widgets. Views listen to its signals and are projections of what they carry.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from nnfs_core.engine.carrier import Carrier
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.history.keyframes import DEFAULT_LIMIT
from nnfs_core.history.recording import MAX_EPOCHS, Recording
from nnfs_core.recipe import Recipe
from nnfs_core.training.trainer import EpochFrame, Trainer
from visualizer.state.branches import Branches, leave_budget
from visualizer.state.context import RunInfo, ViewContext
from visualizer.state.held_run import HeldRun
from visualizer.state.preparation import Prepared
from visualizer.state.saver import Saver
from visualizer.state.selection import resolve
from visualizer.state.time_cursor import TimeCursor
from visualizer.state.training_control import TrainingControl


class StagedRun(HeldRun):
    """Puts runs on stage: all of one, or nothing of it."""

    run_started = pyqtSignal(object)
    """A new run, as :class:`RunInfo`; its first frame follows as ``shown``."""

    shown = pyqtSignal(object, object)
    """What to draw: an EpochFrame and a :class:`ViewContext`."""

    total_changed = pyqtSignal(int)

    recipe_changed = pyqtSignal(object)
    """The :class:`~nnfs_core.recipe.Recipe` by which training goes on."""

    replaced = pyqtSignal(str)
    """The name of a run that another one has taken the place of; it can be brought back."""

    died = pyqtSignal(object)
    """The :class:`~nnfs_core.history.recording.Mark` of the highest layer that is dead at the
    end of the shown branch; None when none is. It comes with every branch, and when it changes."""

    def __init__(self, carrier: Carrier | None = None, parent: QObject | None = None) -> None:
        super().__init__(TrainingControl(carrier), TimeCursor(), parent)
        self.keyframe_limit = DEFAULT_LIMIT
        self.saver = Saver(self)
        self.data_dir: Path | None = None
        self._recipe = Recipe.of(Experiment())
        self._train_there = self._bringing_back = False

    @property
    def training(self) -> bool:
        """Whether epochs are being trained."""
        return self.control.training

    @property
    def rate(self) -> float | None:
        """Epochs a second at most; None: as fast as it goes."""
        return self.control.rate

    @property
    def newest(self) -> int:
        """The newest epoch of the shown branch."""
        return len(self.recording) - 1

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
        arranged, active = prepared.arranged, prepared.active
        experiment, data, network = arranged.experiment, arranged.dataset, arranged.network
        assert active.state is not None, "a prepared run stands"
        if not network.is_dense:
            others = ", ".join(layer for layer in experiment.layers if isinstance(layer, str))
            raise UserError(
                "the window shows dense layers alone; other networks are trained with nnfs train",
                found=others,
            )
        frame = active.state.frame(network.layout)
        first = active.keyframes.nearest(0).frame(network.layout)
        run = RunInfo(experiment, prepared.name, data, network, first)
        key = (experiment.dataset, self.data_dir, experiment.reading(data.rules))
        thread, seeker = self.control.made_for(arranged, active), self.cursor.made_for(arranged)
        before = self._held()
        try:
            self._end_threads()
            self._arranged = arranged
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

    def _put_back(self, before: dict[str, Any]) -> None:
        """Show a run again that another one could not take the place of; it stands still."""
        self._end_threads()  # of the other one
        self._hold(before)
        self._end_threads()  # its own, if they go on yet
        if self._arranged is None:
            return
        self.control.thread = self.control.made_for(self._arranged, self.recording)
        self.cursor.seeker = self.cursor.made_for(self._arranged)
        newest, shown = self._standing_frame(), self.frame
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
                before["_arranged"], run.name, branches, recording, before["total"]
            )
            if trained:
                self.replaced.emit(run.name)
        elif self._previous is not None and self._previous.arranged is self._arranged:
            self._previous = None

    def seek(self, epoch: int) -> None:
        """Show an epoch of the past; the newest one is live. The old picture stays till then."""
        if self.cursor.seeker is None:
            return
        if epoch >= self.newest:
            self.go_live()
            return
        self.live = self._train_there = False
        self.cursor.seek(self.recording, max(0, epoch))

    def go_live(self) -> None:
        """Show the newest epoch and follow the run."""
        self.cursor.stop_playing()
        self._train_there = False
        if self.cursor.seeker is None:
            return
        self.cursor.forget()
        if self.live:
            return
        self.live = True
        # The newest frame that was sent knows more: what its last epoch has changed.
        newest = self._newest_frame
        known = self.training or (newest is not None and newest.epoch == self.newest)
        self.frame = newest if known or self.recording.state is None else self._standing_frame()
        self._show()

    def _standing_frame(self) -> EpochFrame:
        """Return the frame of the newest epoch, where the run stands."""
        assert self._arranged is not None, "a run comes first"
        assert self.recording.state is not None, "it is known where a run stands"
        return self.recording.state.frame(self._arranged.network.layout)

    def _begin(self, recording: Recording) -> None:
        """Go on in a branch, from its newest epoch."""
        assert self._arranged is not None, "a run comes first"
        self.recording, self.live = recording, True
        self.control.thread = self.control.made_for(self._arranged, recording)
        self._start(self._standing_frame())
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
        state = self.recording.state
        assert self.run is not None and state is not None
        self.frame, self._newest_frame = frame, newest or frame
        context = self.context
        self.control.start()
        self.cursor.start()
        # From here on nothing can fail: who listens and fails, fails alone.
        if new_run:
            self.run_started.emit(self.run)
            self.cursor.say_found()
        self._set_total(max(self.total, self.newest))
        self._recipe = state.recipe
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

    def _say_what_is_dead(self) -> None:
        # At the end of the branch, or in the next epoch, which is not told yet.
        dead = self.recording.dead_at(self.newest + 1)
        self.died.emit(dead[-1] if dead else None)

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

    def _show(self) -> None:
        if self.frame is not None:
            self.shown.emit(self.frame, self.context)


def _in_reach(total: int) -> int:
    return min(total, MAX_EPOCHS)
