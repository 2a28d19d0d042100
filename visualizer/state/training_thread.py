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

from collections.abc import Callable
from threading import Condition

from PyQt6.QtCore import QThread, QTimer, pyqtSignal

from nnfs_core.engine.loop import TrainingLoop
from nnfs_core.engine.messages import Words, frame_from, state_from
from nnfs_core.engine.process import ProcessEnded, TrainingProcess
from nnfs_core.history.recording import Mark, Recording
from nnfs_core.recipe import Recipe
from nnfs_core.training.metrics import EpochMetrics
from nnfs_core.training.patience import Patience
from nnfs_core.training.trainer import EpochCancelled, EpochFrame, Trainer, TrainState

START_AFTER = 1.0
"""Seconds after which the process is started though nobody has asked for it: the window is there
by then, and pressing play need not wait for it."""

ANSWER, LET_GO = 700, 5000
"""Milliseconds that the process has to answer that it is to give up an epoch, and to do it. The
answer does not wait for the epoch: a process that gives none stands still."""

WATCH_EVERY = 500
"""Milliseconds after which a process that has told nothing is asked whether it is there, and from
then on until it is said that it does not answer."""


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
    """An :class:`~nnfs_core.training.trainer.EpochFrame`; answer with :meth:`take`."""

    training_changed = pyqtSignal(bool)
    """Whether epochs are being trained, after a change."""

    state_taken = pyqtSignal(object)
    """A :class:`~nnfs_core.training.trainer.TrainState`, as :meth:`request_state` asks for."""

    diverged = pyqtSignal(str)
    """One line: where numbers have stopped being finite, and training with them."""

    marked = pyqtSignal()
    """The recording has a mark of a hidden layer that died or came back."""

    changed_recipe = pyqtSignal(object)
    """The :class:`~nnfs_core.training.trainer.TrainState` that another recipe has led to."""

    stopped_early = pyqtSignal(str)
    """One line: why training has stopped, as the experiment wants it."""

    failed = pyqtSignal(str)
    """One line: why else training has stopped."""

    took_over = pyqtSignal()
    """The process is gone, or could not be started: from here on training is done here."""

    stood_still = pyqtSignal(bool)
    """Whether the process gives no answer, when that has changed; somebody may have stopped it."""

    def __init__(
        self, trainer: Trainer, recording: Recording, process: TrainingProcess | None = None
    ) -> None:
        super().__init__()
        self._trainer, self._recording = trainer, recording
        self._process = process
        self._loop: TrainingLoop | None = TrainingLoop(trainer, self)
        self._loop.patience = self._patience()
        self._changed = Condition()
        self._begun = self._heard = self._closing = self._training = self._answered = False
        self._stride = 0
        # What was asked for, in case somebody else has to do it.
        self._settings: dict[str, object] = {}
        self._state_wanted = False
        self._until = trainer.epoch
        self._stepping = False
        self._told = self._told_before = 0
        self._asked = self._still = False
        self._watch = QTimer(self)
        self._watch.timeout.connect(self._on_watch)

    # Commands: called from the window's thread, return at once. See TrainingLoop for each.

    def train(self, until: int) -> None:
        """Train until ``until`` epochs are done."""
        with self._changed:
            self._until, self._stepping = until, False
            self._do("train", until)

    def step(self, epochs: int = 1) -> int:
        """Train so many epochs and give a frame of each one; return the last one's number."""
        with self._changed:
            newest = len(self._recording) - 1
            start = max(newest, self._until) if self._stepping else newest
            self._until, self._stepping = start + epochs, True
            self._do("step", epochs)
            return self._until

    @property
    def stepping(self) -> bool:
        """Whether it trains a number of epochs that were asked for one by one."""
        return self._stepping

    def pause(self) -> None:
        """Stop after the epoch under way."""
        with self._changed:
            self._until, self._stepping = 0, False
            self._do("pause")

    def set_rate(self, epochs_per_second: float | None) -> None:
        """Train at most so many epochs a second; None: as fast as it goes."""
        self._set("set_rate", epochs_per_second)

    def set_recipe(self, recipe: Recipe) -> None:
        """Go on by another recipe from the next epoch on."""
        self._set("set_recipe", recipe.numbers)

    def keep_every(self, epochs: int | None) -> None:
        """Wait, at every so many epochs, until the frame of just that epoch was taken."""
        self._set("keep_every", epochs)

    def request_state(self) -> None:
        """Ask for the state after the epoch under way, as ``state_taken``."""
        with self._changed:
            self._state_wanted = True
            self._do("request_state")

    def take(self) -> None:
        """Say that the last frame was taken, so that the next may be built."""
        self._do("take")

    def close(self) -> None:
        """Give up the epoch under way, end the thread, and wait until it has ended.

        The trainer then stands at the newest epoch that is recorded.
        """
        process = self._process
        self._watch.stop()
        with self._changed:
            if process is not None and self._begun and not self._closing:
                process.end_loop()  # once: each is answered
            self._closing = True
            self._changed.notify_all()
            loop = self._loop
        if loop is None:
            return
        loop.close()
        if process is not None and not (self._wait_for_answer() and self.wait(LET_GO)):
            process.kill()
        self.wait()
        loop.closed()
        # It knows this thread. Without it, all of a run's memory is free as soon as nobody
        # looks at the run any more.
        self._loop = None

    def _wait_for_answer(self) -> bool:
        with self._changed:
            return self._changed.wait_for(
                lambda: self._answered or self.isFinished() or self._process is None, ANSWER / 1000
            )

    def _set(self, setting: str, value: object) -> None:
        with self._changed:
            self._settings[setting] = value
            self._do(setting, value)

    def _do(self, command: str, *arguments: object) -> None:
        with self._changed:
            if self._process is None:
                if self._loop is not None:
                    getattr(self._loop, command)(*arguments)
            elif self._begun:
                self._process.call(command, *arguments)
                if not self._watch.isActive():
                    self._asked = False
                    self._watch.start(WATCH_EVERY)
            self._changed.notify_all()

    def _on_watch(self) -> None:
        """Say when the process does not answer any more, and when it does again."""
        process, told = self._process, self._told
        if process is not None and not told:
            return  # it is being started, or makes itself ready, which may take a while
        answered, self._told_before = told != self._told_before, told
        if process is None or answered:
            self._asked = False
            self._say_still(False)
            if process is None or not self._training:
                self._watch.stop()
        elif self._asked:
            self._say_still(True)
        else:
            self._asked = True
            process.ping()

    def _say_still(self, still: bool) -> None:
        if still != self._still:
            self._still = still
            self.stood_still.emit(still)

    # The thread's own side.

    def run(self) -> None:
        """Train whenever it is asked to, until closed."""
        process = self._process
        try:
            if (process is None or not self._follow(process)) and self._loop is not None:
                self._loop.run()
        except EpochCancelled:
            pass  # in a replay that nobody waits for any more
        finally:
            self._agree()
            self._answer()

    def _agree(self) -> None:
        """Have trainer and recording end at the same epoch, whatever became of the process."""
        trainer, newest = self._trainer, len(self._recording) - 1
        if trainer.epoch != newest:
            known = self._recording.keyframes.nearest(newest)
            if not known.epoch <= trainer.epoch <= newest:
                trainer.restore(known)
            self._recording.cut(trainer.epoch)

    def _follow(self, process: TrainingProcess) -> bool:
        """Have the process train until closed; False when it is not there, or not any more."""
        try:
            self._converse(process)
            return True
        except ProcessEnded as ended:
            process.kill()  # it may be there still, and have refused
            if self._closing:
                return True
            self._take_over(ended)
            return False
        except Exception:
            # What it goes on to tell is not for the next run.
            process.kill()
            raise

    def _converse(self, process: TrainingProcess) -> None:
        """Tell the process what was asked for, and write down what it tells.

        Raises
        ------
        ProcessEnded
            When it is not there, or not any more.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._is_urgent, START_AFTER)
            if self._closing:
                return
        self._stride = self._recording.keyframes.budget.stride
        process.begin(self._trainer, self._stride, self._patience().known)
        with self._changed:
            self._begun = True
            self._repeat(process.call)
            if self._closing:
                process.end_loop()
        while True:
            words, payload = process.read()
            if words["told"] == "refused":
                raise ProcessEnded(words["text"])
            self._heard = True
            self._told += 1
            if words["told"] == "closing":
                self._answer()
                continue
            if words["told"] == "closed":
                self._trainer.restore(state_from(words["state"], payload))
                return
            self._hear(process, words, payload)

    def _patience(self) -> Patience:
        """Return the patience of the run, with the epochs there are taken into account."""
        patience = Patience(self._trainer.experiment.patience)
        if self._trainer.experiment.patience is not None:
            patience.recall(self._recording.column("validation_loss").tolist())
        return patience

    def _answer(self) -> None:
        with self._changed:
            self._answered = True
            self._changed.notify_all()

    @property
    def _is_urgent(self) -> bool:
        return self._state_wanted or self._until > self._trainer.epoch

    def _repeat(self, call: Callable[..., None]) -> None:
        """Ask for all that was asked for until now."""
        for setting, value in self._settings.items():
            call(setting, value)
        if self._state_wanted:
            call("request_state")
        left = self._until - self._trainer.epoch
        if left > 0:
            call(*(("step", left) if self._stepping else ("train", self._until)))

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
                self._trainer.restore(state)
                self.on_change(state, words["text"])
            case "marks":
                self.on_marks(tuple(Mark(**mark) for mark in words["marks"]))
            case "diverged":
                self.on_diverged(words["text"])
            case "stopped":
                self.on_stopped(words["text"])
            case "failed":
                self.on_failed(words["text"])

    def _take_over(self, ended: ProcessEnded) -> None:
        """Go on here where the process has left off: at the newest epoch that is recorded.

        Raises
        ------
        EpochCancelled
            When closed meanwhile.
        """
        with self._changed:
            if self._heard:  # what it was doing stops; what is asked for from now on is done
                self._until = 0
        newest = len(self._recording) - 1
        if self._trainer.epoch != newest:
            self._trainer.restore(self._recording.keyframes.nearest(newest))
        while self._trainer.epoch < newest:
            self._trainer.step_epoch()
        with self._changed:
            self._process = None
            loop = self._loop = TrainingLoop(self._trainer, self)
            loop.patience = self._patience()
            self._repeat(lambda command, *arguments: getattr(loop, command)(*arguments))
            if self._closing:
                loop.close()
        self.took_over.emit()
        if self._training:
            self.on_training(self._trainer, False)
        if self._heard:
            self.on_failed(f"the process that trained is gone ({ended}); press play to go on")

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
        self._state_wanted = False
        self.state_taken.emit(state)

    def on_change(self, state: TrainState, text: str) -> None:
        """Record a change."""
        self._recording.change(state, text)
        self.changed_recipe.emit(state)

    def on_marks(self, marks: tuple[Mark, ...]) -> None:
        """Record what has happened to hidden layers."""
        for mark in marks:
            self._recording.mark(mark)
        self.marked.emit()

    def on_diverged(self, text: str) -> None:
        """Say where numbers have stopped being finite."""
        self._until = 0
        self.diverged.emit(text)

    def on_stopped(self, text: str) -> None:
        """Say why training has stopped early."""
        self._until = 0
        self.stopped_early.emit(text)

    def on_failed(self, text: str) -> None:
        """Say why else training has stopped."""
        self._until = 0
        self.failed.emit(text)

    def on_wait(self) -> None:
        """Nothing is kept back here."""
