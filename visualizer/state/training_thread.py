"""The thread that trains: one signal per epoch that is to be shown, one for whatever else is told.

Whether the arithmetic is done in this thread or in a process that it steers is the engine's
business (:mod:`nnfs_core.engine`). Commands reach it through a condition, never through a queued
slot: such a slot would only run when training has ended. Pictures leave it through a mailbox with
one place, so the event queue never grows. The metrics of every epoch go to the recording all the
same.
"""

from __future__ import annotations

from PyQt6.QtCore import QThread, pyqtSignal

from nnfs_core.engine.carrier import Carrier
from nnfs_core.engine.commands import (
    Command,
    KeepEvery,
    Pause,
    RequestState,
    SetRate,
    SetRecipe,
    Step,
    Take,
    Train,
)
from nnfs_core.engine.events import (
    Diverged,
    Event,
    Failed,
    Frame,
    Marked,
    Moved,
    RecipeUsed,
    Stands,
    State,
    StoodStill,
    StoppedEarly,
    Training,
)
from nnfs_core.engine.supervisor import Supervisor
from nnfs_core.history.recording import Recording
from nnfs_core.recipe import Recipe
from nnfs_core.training.arranged import Arranged

ANSWER, LET_GO = 0.7, 5000
"""Seconds that an engine's process has to answer that it is to give up an epoch, and milliseconds
to do it. The answer does not wait for the epoch: a process that gives none stands still."""


class TrainingThread(QThread):
    """Trains one branch of a run on request, and tells what was done.

    Parameters
    ----------
    run : Arranged
    recording : Recording
        The branch; it receives the metrics of every epoch.
    carrier : Carrier, optional
        Reaches the engine; by default it is this thread.

    Attributes
    ----------
    number : int
        By which whoever holds it knows it from others.
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

    stands = pyqtSignal(int)
    """An engine has been started; with how many threads it trains."""

    moved = pyqtSignal(bool, str)
    """A process is gone, or could not be started: whether training goes on in another one rather
    than here, and what to say about it, if anything."""

    stood_still = pyqtSignal(bool)
    """Whether the process gives no answer, when that has changed; somebody may have stopped it."""

    def __init__(self, run: Arranged, recording: Recording, carrier: Carrier | None = None) -> None:
        super().__init__()
        self.number = 0
        self._supervisor: Supervisor | None = Supervisor(run, recording, carrier)

    # Commands: called from the window's thread, return at once. See the commands for each.

    def do(self, command: Command) -> int:
        """Have something done; return the epoch until which is trained then, 0 for none."""
        return 0 if self._supervisor is None else self._supervisor.do(command)

    def train(self, until: int) -> None:
        """Train until ``until`` epochs are done."""
        self.do(Train(until))

    def step(self, epochs: int = 1) -> int:
        """Train so many epochs and give a frame of each one; return the last one's number."""
        return self.do(Step(epochs))

    def pause(self) -> None:
        """Stop after the epoch under way, or before it where it would take a while."""
        self.do(Pause())

    def set_rate(self, epochs_per_second: float | None) -> None:
        """Train at most so many epochs a second; None: as fast as it goes."""
        self.do(SetRate(epochs_per_second))

    def set_recipe(self, recipe: Recipe) -> None:
        """Go on by another recipe from the next epoch on."""
        self.do(SetRecipe(recipe))

    def keep_every(self, epochs: int | None) -> None:
        """Wait, at every so many epochs, until the frame of just that epoch was taken."""
        self.do(KeepEvery(epochs))

    def request_state(self) -> None:
        """Ask for the state after the epoch under way, as ``state_taken``."""
        self.do(RequestState())

    def take(self) -> None:
        """Say that the last frame was taken, so that the next may be built."""
        self.do(Take())

    @property
    def stepping(self) -> bool:
        """Whether it trains a number of epochs that were asked for one by one."""
        return self._supervisor is not None and self._supervisor.stepping

    def close(self) -> None:
        """Give up the epoch under way, end the thread, and wait until it has ended.

        The recording's state is then that of its newest epoch.
        """
        supervisor = self._supervisor
        if supervisor is None:
            return
        supervisor.close()
        if self.isRunning() and not (supervisor.wait_for_answer(ANSWER) and self.wait(LET_GO)):
            supervisor.kill()
        self.wait()
        # Without it, all of a run's memory is free as soon as nobody looks at the run any more.
        self._supervisor = None

    # The thread's own side.

    def run(self) -> None:
        """Train whenever it is asked to, until closed."""
        if self._supervisor is not None:
            self._supervisor.run(self._say)

    def _say(self, event: Event) -> None:
        match event:
            case Frame(frame):
                self.epoch_finished.emit(frame)
            case Training(training):
                self.training_changed.emit(training)
            case State(state):
                self.state_taken.emit(state)
            case RecipeUsed(state):
                self.changed_recipe.emit(state)
            case Marked():
                self.marked.emit()
            case Diverged(text):
                self.diverged.emit(text)
            case StoppedEarly(text):
                self.stopped_early.emit(text)
            case Failed(text):
                self.failed.emit(text)
            case Moved(apart, text):
                self.moved.emit(apart, text)
            case Stands(threads=threads):
                self.stands.emit(threads)
            case StoodStill(still):
                self.stood_still.emit(still)
