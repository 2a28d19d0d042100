"""The view-model: the run and its branches, whether it trains, and which epoch is shown.

It knows no widgets. Views listen to its signals and are projections of what they carry.

What is shown is *an epoch*. Live means: the newest one, and the next when it comes. Looking
back changes nothing about the run, which may go on training meanwhile. Training from a past
epoch forks the run: the branch so far stays, and a new one goes on from there.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from nnfs_core.engine.by_hand import ByHand
from nnfs_core.engine.carrier import Carrier
from nnfs_core.history.recording import Mark, Recording
from nnfs_core.training.trainer import EpochFrame, TrainState
from visualizer.state.context import Part, RunInfo, Sample, ViewContext
from visualizer.state.opened_run import OpenedRun
from visualizer.state.writing import Snapshot

__all__ = ["Part", "RunInfo", "Sample", "ViewContext", "Viewer"]


class Viewer(OpenedRun):
    """One run at a time: live, or looked back at."""

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

    speed_changed = pyqtSignal(object)

    save_progressed = pyqtSignal(str, object, object)
    saved = pyqtSignal(str)
    """The file that a run was saved to on request."""

    def __init__(
        self,
        data_dir: Path | None = None,
        parent: QObject | None = None,
        carrier: Carrier | None = None,
    ) -> None:
        super().__init__(carrier, parent)
        self.data_dir = data_dir
        self.saver.wanted.connect(self._request_state)
        self.saver.progressed.connect(self.save_progressed)
        self.saver.saved.connect(self._on_saved)
        self.saver.failed.connect(self.failed)
        self._by_hand: ByHand | None = None
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

    def close(self) -> None:
        """End every thread; the viewer can be thrown away then."""
        self.loader.close()
        self._end_threads()
        self.saver.wait()
        while self.saver.next is not None and self.recording.state is not None:
            # Somebody asked for it and closed the window: it is saved all the same.
            self._write_snapshot(self.recording.state)
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

    def _request_state(self) -> None:
        if self.training or self.recording.state is None:
            self.control.request_state()
        else:
            self._write_snapshot(self.recording.state)

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
        assert self._arranged is not None, "a run comes first"
        self._end_training()
        if self._by_hand is None or not self._by_hand.goes_on(self.recording):
            self._by_hand = ByHand(self._arranged, self.recording)
        frame = self._by_hand.advance(show=show)
        if frame is not None:
            self.frame = self._newest_frame = frame
            self._show()
        return frame

    def set_rate(self, epochs_per_second: float | None) -> None:
        """Train, or play, at most so many epochs a second; None: as fast as it goes."""
        self.control.set_rate(epochs_per_second)
        if self.playing:
            self.play(True)
        self.speed_changed.emit(epochs_per_second)

    def keep_every(self, epochs: int | None) -> None:
        """Show every so-many-th epoch without fail, so that it can be recorded."""
        self.control.keep_every(epochs)

    # Time

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

    def _on_diverged(self, message: str) -> None:
        self.recording.mark(Mark(self.newest, "diverged", message))
        self.failed.emit(message)
        self._show()

    def _on_marked(self) -> None:
        self._say_what_is_dead()
        if not (self.training and self.live):  # else the frame of that epoch comes next
            self._show()

    def _on_recipe_used(self, state: TrainState) -> None:
        # With full batch its gradient may be another one: that of another weight decay.
        frame = self._newest_frame
        if frame is None or frame.epoch != state.epoch:
            return
        assert self.run is not None, "a run comes first"
        self._newest_frame = replace(state.frame(self.run.network.layout), update=frame.update)
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
