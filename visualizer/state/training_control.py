"""Training as the viewer steers it: the thread that there is, and when its frames are shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from nnfs_core.compute.threads import processors
from nnfs_core.engine.carrier import Carrier
from nnfs_core.history.recording import Recording
from nnfs_core.recipe import Recipe
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import EpochFrame
from visualizer.state.pace import Pace
from visualizer.state.training_thread import TrainingThread


class TrainingControl(QObject):
    """Holds one training thread at a time, and passes on what that one says.

    What a thread said before it was let go of, and comes later, is dropped.

    Parameters
    ----------
    carrier : Carrier, optional
        Reaches the engine that trains; by default the thread does itself.

    Attributes
    ----------
    thread : TrainingThread or None
    rate : float or None
        Epochs a second at most.
    training : bool
    pace : Pace
    """

    frame_due = pyqtSignal(object)
    """An :class:`~nnfs_core.training.trainer.EpochFrame` that it is time to show."""

    training_changed = pyqtSignal(bool)
    pausing = pyqtSignal()
    diverged = pyqtSignal(str)
    marked = pyqtSignal()
    failed = pyqtSignal(str)
    noted = pyqtSignal(str)
    recipe_used = pyqtSignal(object)
    state_taken = pyqtSignal(object)

    def __init__(self, carrier: Carrier | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._carrier = carrier
        self.thread: TrainingThread | None = None  # type: ignore[assignment]
        self.rate: float | None = None
        self.training = False
        self._numbers = count(1)
        self._keep_every: int | None = None
        self._waiting: EpochFrame | None = None
        # Of the engine: whether it has a process of its own, and how many threads.
        self._apart, self._threads = False, 1
        self.pace = Pace(self)
        self.pace.due.connect(self._hand_over)
        # Fires when the keys, the mouse and the timers that have waited had their turn.
        self.turn = QTimer(self)
        self.turn.setSingleShot(True)
        self.turn.setInterval(0)
        self.turn.timeout.connect(self._take)

    def made_for(self, run: Arranged, recording: Recording) -> TrainingThread:
        """Make a thread that is not started yet."""
        thread = TrainingThread(run, recording, self._carrier)
        # By number rather than by itself: a thread that its own signals knew would never be freed.
        thread.number = next(self._numbers)
        for signal, heard in (
            (thread.epoch_finished, self._on_epoch_finished),
            (thread.training_changed, self._say_training),
            (thread.diverged, self.diverged.emit),
            (thread.marked, self.marked.emit),
            (thread.failed, self.failed.emit),
            (thread.stopped_early, self.noted.emit),
            (thread.changed_recipe, self.recipe_used.emit),
            (thread.stands, self._on_stands),
            (thread.moved, self._on_moved),
            (thread.stood_still, self._on_stood_still),
            (thread.state_taken, self.state_taken.emit),
        ):
            signal.connect(partial(self._hear, thread.number, heard))
        thread.set_rate(self.rate)
        thread.keep_every(self._keep_every)
        return thread

    def start(self) -> None:
        """Start the thread that is held."""
        assert self.thread is not None, "a thread comes first"
        self._waiting = None
        self._apart, self._threads = self._carrier is not None and self._carrier.apart, 1
        self._suit()
        self.thread.start()

    def end(self) -> None:
        """End training, and the thread."""
        thread, self.thread = self.thread, None
        self.pace.stop()
        # Else the thread that comes next would be told that one of its frames has been taken.
        self.turn.stop()
        if thread is not None:
            thread.close()
            self._waiting = None
        if self.training:
            self._say_training(False)

    # What a person wants of it; see the thread for each.

    def pause(self) -> None:
        """Stop after the epoch under way, or before it where it would take a while."""
        if self.thread is not None:
            self.thread.pause()
            if self.training:
                self.pausing.emit()

    def set_rate(self, epochs_per_second: float | None) -> None:
        """Train at most so many epochs a second; None: as fast as it goes."""
        self.rate = epochs_per_second
        if self.thread is not None:
            self.thread.set_rate(epochs_per_second)

    def set_recipe(self, recipe: Recipe) -> None:
        """Go on by another recipe from the next epoch on."""
        if self.thread is not None:
            self.thread.set_recipe(recipe)

    def keep_every(self, epochs: int | None) -> None:
        """Show every so-many-th epoch without fail, so that it can be recorded."""
        self._keep_every = epochs
        if self.thread is not None:
            self.thread.keep_every(epochs)

    def request_state(self) -> None:
        """Ask for the state after the epoch under way, as ``state_taken``."""
        if self.thread is not None:
            self.thread.request_state()

    # What the thread says.

    def _hear(self, number: int, heard: Callable[..., object], *told: object) -> None:
        """Pass on what the thread says that is held, and drop what one says that is gone."""
        if self.thread is not None and self.thread.number == number:
            heard(*told)

    def _on_epoch_finished(self, frame: EpochFrame) -> None:
        thread = self.thread
        assert thread is not None, "it has said so"
        self._waiting = frame
        # Training that waits to be looked at is not held up by looking.
        if self._keep_every is not None or thread.stepping or not self.pace.resting:
            self._hand_over()

    def _hand_over(self) -> None:
        if self._waiting is None or self.thread is None:
            return
        frame, self._waiting = self._waiting, None
        self.pace.begin()
        self.frame_due.emit(frame)
        # Not here: on a busy machine the next frame may be there before the event loop has looked
        # at anything else, which goes on until training ends where a picture is made of each.
        self.turn.start()

    def _take(self) -> None:
        if self.thread is not None:
            self.thread.take()

    def _say_training(self, training: bool) -> None:
        self.training = training
        self.training_changed.emit(training)

    def _on_stands(self, threads: int) -> None:
        self._threads = threads
        self._suit()

    def _on_moved(self, apart: bool, text: str) -> None:
        self._apart = apart
        self._suit()
        if text:
            self.noted.emit(text)

    def _on_stood_still(self, still: bool) -> None:
        if still:
            self.failed.emit("the process that trains does not answer, and is waited for")
        else:
            self.noted.emit("the process that trains answers again")

    def _suit(self) -> None:
        self.pace.suit(self._threads, processors(), apart=self._apart)
