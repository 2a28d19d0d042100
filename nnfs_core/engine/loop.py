"""The loop around a :class:`~nnfs_core.training.trainer.Trainer`, behind a gate.

Commands reach it through a condition, from any thread. Frames leave it through a mailbox with
one place: a frame is built only when the last one was taken, so the picture is never late and
nothing piles up. The metrics of every epoch are told all the same, some together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Condition
from time import perf_counter

import numpy as np

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
    Take,
    Train,
)
from nnfs_core.engine.events import (
    Closed,
    Diverged,
    Epochs,
    Event,
    Failed,
    Frame,
    Keyframe,
    Marked,
    RecipeUsed,
    Stands,
    State,
    StoppedEarly,
    Training,
)
from nnfs_core.history.dead_watch import DeadWatch
from nnfs_core.history.recording import Mark
from nnfs_core.training.metrics import COLUMNS, EpochMetrics
from nnfs_core.training.patience import Patience
from nnfs_core.training.trainer import EpochCancelled, NotFiniteError, Trainer, TrainState

PATIENCE = 0.1
"""Seconds that a pause waits for the epoch under way; one that takes longer is given up."""

Tell = Callable[[Sequence[Event]], None]
"""Is told what happens, in order; by the loop's own thread."""


class TrainingLoop:
    """Trains on request, and tells what it did.

    Parameters
    ----------
    trainer : Trainer
        Belongs to the thread that runs the loop until :meth:`run` has returned. It stands where
        the start says.
    start : Start
    tell : callable
        Given events. It must not wait for whoever gives the loop a command.
    together : float
        Seconds for which epochs may be kept to be told together.
    """

    def __init__(self, trainer: Trainer, start: Start, tell: Tell, together: float = 0.0) -> None:
        self._trainer = trainer
        self._told = _Told(tell, together)
        self._changed = Condition()
        self._newest, self._stride = start.newest, start.stride
        self._until = start.newest
        self._stepping = False
        self._rate: float | None = None
        self._keep_every: int | None = None
        self._recipe = trainer.recipe
        self._patience = Patience(trainer.experiment.patience)
        self._patience.known = start.best
        self._taken = True
        self._closing = False
        self._state_wanted = False
        self._framed_epoch = start.newest
        self._due = 0.0
        self._watch: DeadWatch | None = None
        self._began: float | None = None  # when the epoch under way did
        self._took: float | None = None  # seconds of the one before
        self._giving_up = False

    def do(self, command: Command) -> None:
        """Take a command, from any thread; it is done as soon as that can be."""
        with self._changed:
            match command:
                case Train(until):
                    self._patience.begin(self._trainer.epoch)
                    self._until, self._stepping, self._due = until, False, perf_counter()
                case Step(epochs):
                    standing = self._until <= self._trainer.epoch or not self._stepping
                    start = self._trainer.epoch if standing else self._until
                    self._until, self._stepping = start + epochs, True
                case Pause():
                    self._pause()
                case SetRate(epochs_per_second):
                    self._rate, self._due = epochs_per_second, perf_counter()
                case SetRecipe(recipe):
                    self._recipe = recipe
                case KeepEvery(every):
                    self._keep_every = every
                case SetStride(stride):
                    self._stride = stride
                case RequestState():
                    self._state_wanted = True
                case Take():
                    self._taken = True
                case Close():
                    self._closing = True
                    self._trainer.cancel()
                case _:
                    raise TypeError(f"a loop cannot be told {command}")
            self._changed.notify_all()

    def _pause(self) -> None:
        self._until, self._stepping = 0, False
        if self._began is not None:
            gone = perf_counter() - self._began
            left = math.inf if self._took is None else self._took - gone
            if left > PATIENCE:
                self._giving_up = True
                self._trainer.cancel()

    # The loop's own side.

    def run(self) -> None:
        """Catch up, then train whenever the gate is open, until closed."""
        try:
            with suppress(EpochCancelled):
                while self._trainer.epoch < self._newest:
                    self._trainer.step_epoch()
                self._told.tell(Stands(self._trainer.state(), self._trainer.threads))
                self._serve()
        finally:
            # Where no epoch was under way, nothing has answered the request.
            self._trainer.cancel(False)
            self._told.tell(Closed(self._trainer.state()))

    def _serve(self) -> None:
        training = False
        while self._wait_at_gate(training):
            training = True
            try:
                self._train_epoch()
            except EpochCancelled:
                return
            except NotFiniteError as error:
                self.do(Pause())
                self._told.tell(Diverged(str(error)))
            except Exception as error:
                # Whatever went wrong, the window must show it and stay alive; the
                # traceback goes where a developer looks for it.
                self.do(Pause())
                text = f"training stopped: {type(error).__name__}: {error}"
                self._told.tell(Training(False, self._trainer.state()), Failed(text))
                raise

    def _train_epoch(self) -> None:
        watch = self._watch = self._watch or DeadWatch(self._trainer)
        metrics = self._step()
        if metrics is None:
            return
        try:
            # Told before its epoch, so that no epoch is known without it.
            self._mark(watch.after_epoch())
        finally:
            keep = metrics.epoch % self._stride == 0
            self._told.keep_epoch(metrics, self._trainer.state if keep else None)
        why = self._patience.after(metrics)
        if why and not self._stepping:
            self.do(Pause())
            self._told.tell(StoppedEarly(why))
        self._offer_frame(metrics.epoch)

    def _step(self) -> EpochMetrics | None:
        """Train an epoch; None when it was given up for a pause."""
        with self._changed:
            self._began = perf_counter()
        try:
            metrics = self._trainer.step_epoch()
        except EpochCancelled:
            with self._changed:
                if self._closing or not self._giving_up:
                    raise
            metrics = None
        finally:
            with self._changed:
                began, self._began = self._began, None
                if self._giving_up and not self._closing:
                    # Nothing else is to be given up: what is dead after an epoch must be found.
                    self._trainer.cancel(False)
                self._giving_up = False
        if metrics is not None and began is not None:
            self._took = perf_counter() - began
        return metrics

    def _wait_at_gate(self, training: bool) -> bool:
        """Wait for the next epoch's turn; False when the loop is to end."""
        with self._changed:
            while not self._closing:
                if self._state_wanted:
                    self._state_wanted = False
                    self._told.tell(State(self._trainer.state()))
                self._use_recipe()
                if self._trainer.epoch >= self._until:
                    if training:
                        self._look_at_rest()
                    if self._framed_epoch != self._trainer.epoch:
                        self._tell_frame()
                    if training:
                        training = False
                        self._told.tell(Training(False, self._trainer.state()))
                    self._wait()
                    continue
                if not training:
                    training = True
                    self._told.tell(Training(True))
                now = perf_counter()
                if self._rate is not None and not self._stepping:
                    if now < self._due:
                        self._wait(self._due - now)
                        continue
                    # A late epoch is not made up for by a hurried one.
                    self._due = max(self._due + 1 / self._rate, now)
                return True
            return False

    def _look_at_rest(self) -> None:
        if self._watch is not None:
            with suppress(EpochCancelled):  # it is to end, and has nothing to give up
                self._mark(self._watch.at_rest())

    def _mark(self, marks: tuple[Mark, ...]) -> None:
        if marks:
            self._told.keep(Marked(marks))

    def _wait(self, seconds: float | None = None) -> None:
        self._told.tell()
        self._changed.wait(seconds)

    def _use_recipe(self) -> None:
        old, new = self._trainer.recipe, self._recipe
        if new != old:
            self._trainer.change(new)
            # Replays start at keyframes, so every change has one.
            self._told.tell(RecipeUsed(self._trainer.state(), old.change_to(new)))

    def _offer_frame(self, epoch: int) -> None:
        with self._changed:
            if self._stepping or (self._keep_every and epoch % self._keep_every == 0):
                while not (self._taken or self._closing):
                    self._wait()
                self._tell_frame()
                while self._keep_every and not (self._taken or self._closing):
                    self._wait()
            elif self._taken:
                self._tell_frame()

    def _tell_frame(self) -> None:
        self._taken = False
        self._framed_epoch = self._trainer.epoch
        self._told.tell(Frame(self._trainer.frame()))


class _Told:
    """What is told: epochs some together, all of it in order."""

    def __init__(self, tell: Tell, together: float) -> None:
        self._tell, self._together = tell, together
        self._metrics: list[EpochMetrics] = []
        self._waiting: list[Event] = []
        self._at = 0.0

    def tell(self, *events: Event) -> None:
        """Tell at once, after all that came before."""
        self.keep(*events)
        self._at = perf_counter()
        if self._waiting:
            told, self._waiting = self._waiting, []
            self._tell(told)

    def keep(self, *events: Event) -> None:
        """Tell with what comes next."""
        if self._metrics:
            # One after the other rather than by astuple(): that costs more than telling an epoch.
            table = [[getattr(one, name) for name in COLUMNS] for one in self._metrics]
            self._waiting.append(Epochs(np.array(table, np.float64)))
            self._metrics = []
        self._waiting.extend(events)

    def keep_epoch(self, metrics: EpochMetrics, state: Callable[[], TrainState] | None) -> None:
        """Tell an epoch soon, and its state where it is to be a keyframe."""
        self._metrics.append(metrics)
        if state is not None:
            self.keep(Keyframe(state()))
        if perf_counter() - self._at > self._together:
            self.tell()
