"""Who sees to it that what was asked for is done, whoever does it and whatever ends meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Condition

from nnfs_core.engine.carrier import Carrier, CarrierLost, Hear, InProcess
from nnfs_core.engine.commands import (
    Close,
    Command,
    KeepEvery,
    Pause,
    RequestState,
    SetRate,
    SetRecipe,
    SetStride,
    Start,
    Step,
    Train,
)
from nnfs_core.engine.events import (
    Closing,
    Diverged,
    Event,
    Failed,
    Keyframe,
    Moved,
    State,
    StoppedEarly,
    Training,
)
from nnfs_core.engine.recorder import Recorder
from nnfs_core.history.recording import Recording
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.patience import Patience

START_AFTER = 1.0
"""Seconds after which an engine is started though nobody has asked for it: the window is there
by then, and pressing play need not wait for it."""


@dataclass(slots=True)
class Wish:
    """What was asked for, in case somebody else has to do it.

    Attributes
    ----------
    settings : dict
        The last command of each kind that holds from then on.
    goal : int
        Train until so many epochs are done.
    stepping : bool
        Give a frame of each of them.
    state : bool
        Tell the state.
    """

    settings: dict[type, Command]
    goal: int = 0
    stepping: bool = False
    state: bool = False

    def note(self, command: Command, newest: int) -> None:
        """Take note of a command, at the newest epoch there is."""
        match command:
            case Train(until):
                self.goal, self.stepping = until, False
            case Step(epochs):
                start = max(newest, self.goal) if self.stepping else newest
                self.goal, self.stepping = start + epochs, True
            case Pause():
                self.goal, self.stepping = 0, False
            case RequestState():
                self.state = True
            case SetRate() | SetRecipe() | KeepEvery():
                self.settings[type(command)] = command

    def commands(self, newest: int) -> list[Command]:
        """Return what to tell somebody who stands at the newest epoch, to go on as wished."""
        told = [*self.settings.values()]
        if self.state:
            told.append(RequestState())
        if self.goal > newest:
            told.append(Step(self.goal - newest) if self.stepping else Train(self.goal))
        return told


class Supervisor:
    """Holds the wish of whoever watches one branch of a run, and an engine that fulfils it.

    When an engine's process ends, another one is started from the nearest keyframe, and goes on
    with the same bits. One that ends again before it has trained an epoch, or cannot be started at
    all, is given up for training in this process.

    Parameters
    ----------
    run : Arranged
    recording : Recording
        The branch. Where it ends, training goes on.
    carrier : Carrier, optional
        Reaches the engine; by default it is here.
    """

    def __init__(self, run: Arranged, recording: Recording, carrier: Carrier | None = None) -> None:
        self._run, self._recording = run, recording
        self._recorder = Recorder(recording)
        self._carrier = carrier or InProcess()
        self._changed = Condition()
        self._wish = Wish({}, newest_of(recording))
        self._begun = self._heard = self._closing = self._answered = False
        self._training = False
        self._stride = 0
        self._lost_at: int | None = None
        self._tell: Hear = lambda event: None

    # Called from any thread; they return at once.

    def do(self, command: Command) -> int:
        """Have something done; return the epoch until which is trained then, 0 for none."""
        with self._changed:
            self._wish.note(command, newest_of(self._recording))
            if self._begun:
                self._carrier.send(command)
            self._changed.notify_all()
            return self._wish.goal

    @property
    def stepping(self) -> bool:
        """Whether it trains a number of epochs that were asked for one by one."""
        return self._wish.stepping

    def close(self) -> None:
        """Have the epoch under way given up, and :meth:`run` return."""
        with self._changed:
            if self._begun and not self._closing:
                self._carrier.send(Close())  # once: each is answered
            self._closing = True
            self._changed.notify_all()

    def wait_for_answer(self, seconds: float) -> bool:
        """Wait until the engine has heard that it is to close; False when it has not by then."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._answered or not self._carrier.apart, seconds
            )

    def kill(self) -> None:
        """End an engine that does not answer."""
        self._carrier.kill()

    # By the thread that trains.

    def run(self, tell: Hear) -> None:
        """Train whenever that is wished, until closed; tell every event, once it is recorded."""
        self._tell = tell
        try:
            while not self._closing:
                try:
                    self._converse()
                    return
                except CarrierLost as lost:
                    self._carrier.kill()
                    if not self._closing:
                        self._go_on_after(lost)
                except BaseException:
                    # What it goes on to tell is not for the next run.
                    self._carrier.kill()
                    raise
        finally:
            self._agree()
            self._answer()
            # It knows whoever listens.
            self._tell = lambda event: None

    def _converse(self) -> None:
        """Have an engine do what is wished, until closed.

        Raises
        ------
        CarrierLost
        """
        recording = self._recording
        with self._changed:
            self._begun = self._heard = False
            self._changed.wait_for(lambda: self._closing or self._is_urgent, START_AFTER)
            if self._closing:
                return
        newest = newest_of(recording)
        self._stride = recording.keyframes.budget.stride
        known = recording.state or recording.keyframes.nearest(newest)
        state = replace(known, metrics=recording[known.epoch])
        best = self._patience().known
        start = Start(self._run.experiment, state, newest, self._stride, best)
        self._carrier.begin(self._run, start)
        with self._changed:
            self._begun = True
            for command in self._wish.commands(newest):
                self._carrier.send(command)
            if self._closing:
                self._carrier.send(Close())
        self._carrier.listen(self._hear)

    @property
    def _is_urgent(self) -> bool:
        return self._wish.state or self._wish.goal > newest_of(self._recording)

    def _patience(self) -> Patience:
        """Return the patience of the run, with the epochs there are taken into account."""
        patience = Patience(self._run.experiment.patience)
        if self._run.experiment.patience is not None:
            patience.recall(self._recording.column("validation_loss").tolist())
        return patience

    def _hear(self, event: Event) -> None:
        """Record an event and pass it on; wait for nobody, as the engine may hold a lock."""
        self._heard = True
        self._recorder.hear(event)
        match event:
            case Keyframe():
                stride = self._recording.keyframes.budget.stride
                if stride != self._stride:
                    self._stride = stride
                    self._carrier.send(SetStride(stride))
            case Training(training):
                self._training = training
            case State():
                self._wish.state = False
            case Diverged() | StoppedEarly() | Failed():
                self._wish.goal = 0
            case Closing():
                self._answer()
        self._tell(event)

    def _answer(self) -> None:
        with self._changed:
            self._answered = True
            self._changed.notify_all()

    def _go_on_after(self, lost: CarrierLost) -> None:
        """Say what becomes of the wish, now that an engine is gone."""
        newest, before = newest_of(self._recording), self._lost_at
        again = self._heard and (before is None or newest > before)
        self._lost_at = newest
        if again:
            goes_on = self._wish.goal > newest
            said = f"the process that trained is gone ({lost}); another one goes on"
            self._tell(Moved(True, f"{said} from epoch {newest:,}" if goes_on else ""))
            return
        self._carrier = InProcess()
        if not self._heard and before is None:
            # It could not even be started: what is wished is done here, and nobody need know.
            self._tell(Moved(False))
            return
        # Whatever ended two of them is not to end this one too without being asked.
        self._wish.goal = 0
        self._tell(Moved(False))
        if self._training:
            self._training = False
            self._tell(Training(False))
        self._tell(Failed(f"the process that trained is gone again ({lost}); press play to go on"))

    def _agree(self) -> None:
        """Have the recording end where the state is known, whatever became of the engine."""
        recording = self._recording
        if recording.state is None:
            nearest = recording.keyframes.nearest(newest_of(recording))
            recording.cut(nearest.epoch)
            recording.stand(nearest)


def newest_of(recording: Recording) -> int:
    """Return the number of a recording's newest epoch."""
    return len(recording) - 1
