"""The thread that trains: a loop around a trainer, here or in a process of its own.

Commands reach it through a condition, never through a queued slot: such a slot would
only run when training has ended. Pictures leave it through a mailbox with one place:
a frame is built only when the last one was taken, so the picture is never late and the
event queue never grows. The metrics of every epoch go to the recording all the same.

With a process of its own, training and drawing do not wait for each other: Python runs one
thread of a process at a time. This thread then hands commands on and writes down what it is told,
and its trainer, which the window looks at while nothing is trained, is set to where the
other one stands whenever that stands still.
"""

from __future__ import annotations

from threading import Condition

from PyQt6.QtCore import QThread, pyqtSignal

from nnfs_core.messages import Words, frame_from, state_from
from nnfs_core.metrics import EpochMetrics
from nnfs_core.recording import Recording
from nnfs_core.training import EpochFrame, Trainer, TrainState
from nnfs_core.training_loop import TrainingLoop
from nnfs_core.training_process import ProcessEnded, TrainingProcess

START_AFTER = 1.0
"""Seconds after which the process is started though nobody has asked for it: the window is there
by then, and pressing play need not wait for it."""

LET_GO = 5000
"""Milliseconds that the process has to give up an epoch."""


class TrainingThread(QThread):
    """Trains on request, and tells what it did.

    Parameters
    ----------
    trainer : Trainer
        Belongs to this thread from :meth:`start` until :meth:`close` has returned.
    recording : Recording
        Receives the metrics of every epoch.
    process : TrainingProcess, optional
        Has it do the training; by default it is done here.
    """

    epoch_finished = pyqtSignal(object)
    """An :class:`~nnfs_core.training.EpochFrame`; answer with :meth:`take`."""

    training_changed = pyqtSignal(bool)
    """Whether epochs are being trained, after a change."""

    state_taken = pyqtSignal(object)
    """A :class:`~nnfs_core.training.TrainState` between two epochs; see :meth:`request_state`."""

    failed = pyqtSignal(str)
    """One line: why training has stopped."""

    def __init__(
        self, trainer: Trainer, recording: Recording, process: TrainingProcess | None = None
    ) -> None:
        super().__init__()
        self._trainer, self._recording = trainer, recording
        self._process = process
        self._loop = TrainingLoop(trainer, self)
        self._changed = Condition()
        self._calls: list[tuple[object, ...]] = []
        self._begun = self._heard = self._closing = self._training = False
        self._stride = 0
        self._until = trainer.epoch
        self._stepping = False

    # Commands: called from the window's thread, return at once. See TrainingLoop for each.

    def train(self, until: int) -> None:
        """Train until ``until`` epochs are done."""
        self._until, self._stepping = until, False
        self._do("train", until)

    def step(self, epochs: int = 1) -> int:
        """Train so many epochs and give a frame of each one; return the last one's number."""
        if self._process is None:
            self._stepping = True
            return self._loop.step(epochs)
        standing = self._until <= self._trainer.epoch or not self._stepping
        start = self._trainer.epoch if standing else self._until
        self._until, self._stepping = start + epochs, True
        self._do("step", epochs)
        return self._until

    @property
    def stepping(self) -> bool:
        """Whether it trains a number of epochs that were asked for one by one."""
        return self._stepping

    def pause(self) -> None:
        """Stop after the epoch under way."""
        self._until, self._stepping = 0, False
        self._do("pause")

    def set_rate(self, epochs_per_second: float | None) -> None:
        """Train at most so many epochs a second; None: as fast as it goes."""
        self._do("set_rate", epochs_per_second)

    def set_learning_rate(self, learning_rate: float) -> None:
        """Use another learning rate from the next epoch on."""
        self._do("set_learning_rate", learning_rate)

    def keep_every(self, epochs: int | None) -> None:
        """Wait, at every so many epochs, until the frame of just that epoch was taken."""
        self._do("keep_every", epochs)

    def request_state(self) -> None:
        """Ask for the state after the epoch under way, as ``state_taken``."""
        self._do("request_state")

    def take(self) -> None:
        """Say that the last frame was taken, so that the next may be built."""
        self._do("take")

    def close(self) -> None:
        """Give up the epoch under way, end the thread, and wait until it has ended."""
        process = self._process
        with self._changed:
            if process is not None and self._begun and not self._closing:
                process.end_loop()  # once: each is answered
            self._closing = True
            self._changed.notify_all()
        self._loop.close()
        if process is not None and not self.wait(LET_GO):
            process.kill()
        self.wait()
        self._loop.closed()

    def _do(self, command: str, *arguments: object) -> None:
        if self._process is None:
            getattr(self._loop, command)(*arguments)
            return
        with self._changed:
            if not self._heard:  # kept, in case the process never says a word
                self._calls.append((command, *arguments))
                self._changed.notify_all()
            if self._begun:
                self._process.call(command, *arguments)

    # The thread's own side.

    def run(self) -> None:
        """Train whenever it is asked to, until closed."""
        if self._process is not None:
            try:
                self._follow(self._process)
                return
            except ProcessEnded as ended:
                if self._closing:
                    return
                self._take_over(ended)
        self._loop.run()

    def _follow(self, process: TrainingProcess) -> None:
        """Have the process train, and write down what it tells.

        Raises
        ------
        ProcessEnded
            When it is not there, or not any more.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closing or bool(self._urgent()), START_AFTER)
            if self._closing:
                return
        self._stride = self._recording.keyframes.budget.stride
        process.begin(self._trainer, self._stride)
        with self._changed:
            self._begun = True
            for command, *arguments in self._calls:
                process.call(str(command), *arguments)
            if self._closing:
                process.end_loop()
        while True:
            words, payload = process.read()
            if words["told"] == "closed":
                return
            if words["told"] == "refused":
                raise ProcessEnded(words["text"])
            self._heard = True
            self._hear(process, words, payload)

    def _urgent(self) -> list[tuple[object, ...]]:
        return [call for call in self._calls if call[0] in ("train", "step", "request_state")]

    def _hear(self, process: TrainingProcess, words: Words, payload: bytes) -> None:
        match words["told"]:
            case "epochs":
                self._recording.extend(payload)
            case "keyframe":
                keyframes = self._recording.keyframes
                keyframes.offer_state(state_from(words["state"], payload))
                if keyframes.budget.stride != self._stride:
                    self._stride = keyframes.budget.stride
                    process.set_stride(self._stride)
            case "frame":
                sizes = self._trainer.network.sizes
                self.on_frame(frame_from(words, payload, sizes))
            case "training":
                if not words["training"]:
                    self._trainer.restore(state_from(words["state"], payload))
                self.on_training(self._trainer, words["training"])
            case "state":
                self.on_state(state_from(words["state"], payload))
            case "change":
                state = state_from(words["state"], payload)
                self._trainer.learning_rate = state.learning_rate
                self.on_change(state, words["text"])
            case "failed":
                self.on_failed(words["text"])

    def _take_over(self, ended: ProcessEnded) -> None:
        """Go on here where the process has left off: at the newest epoch that is recorded."""
        newest = len(self._recording) - 1
        self._trainer.restore(self._recording.keyframes.nearest(newest))
        while self._trainer.epoch < newest and not self._closing:
            self._trainer.step_epoch()
        with self._changed:
            self._process = None
            waiting, self._calls = ([] if self._heard else self._calls), []
            self._loop = TrainingLoop(self._trainer, self)
            if self._closing:
                self._loop.close()
        if self._training:
            self.on_training(self._trainer, False)
        if self._heard:
            self.on_failed(f"the process that trained is gone ({ended}); press play to go on")
        for command, *arguments in waiting:
            getattr(self._loop, str(command))(*arguments)

    # What the loop tells.

    def on_epoch(self, trainer: Trainer, metrics: EpochMetrics) -> None:
        """Record an epoch."""
        self._recording.append(metrics)
        self._recording.keyframes.offer(trainer)

    def on_frame(self, frame: EpochFrame) -> None:
        """Send a frame."""
        self.epoch_finished.emit(frame)

    def on_training(self, trainer: Trainer, training: bool) -> None:
        """Say whether it trains."""
        self._training = training
        self.training_changed.emit(training)

    def on_state(self, state: TrainState) -> None:
        """Send a state."""
        self.state_taken.emit(state)

    def on_change(self, state: TrainState, text: str) -> None:
        """Record a change."""
        self._recording.change(state, text)

    def on_failed(self, text: str) -> None:
        """Say why training has stopped."""
        self.failed.emit(text)

    def on_wait(self) -> None:
        """Nothing is kept back here."""
