"""The loop around a :class:`~nnfs_core.training.trainer.Trainer`, behind a gate.

Commands reach it through a condition, from any thread. Frames leave it through a mailbox with
one place: a frame is built only when the last one was taken, so the picture is never late and
nothing piles up. The metrics of every epoch are told all the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from threading import Condition
from time import perf_counter
from typing import Protocol

from nnfs_core.history.dead_watch import DeadWatch
from nnfs_core.history.recording import Mark
from nnfs_core.recipe import Recipe
from nnfs_core.training.metrics import EpochMetrics
from nnfs_core.training.patience import Patience
from nnfs_core.training.trainer import (
    EpochCancelled,
    EpochFrame,
    NotFiniteError,
    Trainer,
    TrainState,
)

PATIENCE = 0.1
"""Seconds that a pause waits for the epoch under way; one that takes longer is given up."""


class Listener(Protocol):
    """Is told what a loop does; always by the loop's own thread."""

    def on_epoch(self, trainer: Trainer, metrics: EpochMetrics) -> None:
        """Take note of an epoch that was trained."""

    def on_frame(self, frame: EpochFrame) -> None:
        """Show a frame, and answer with :meth:`TrainingLoop.take`."""

    def on_training(self, trainer: Trainer, training: bool) -> None:
        """Take note of whether epochs are being trained, after a change."""

    def on_state(self, state: TrainState) -> None:
        """Take the state that was requested."""

    def on_change(self, state: TrainState, text: str) -> None:
        """Remember a change the user made, and the state it led to."""

    def on_diverged(self, text: str) -> None:
        """Say in one line where numbers have stopped being finite, and training with them."""

    def on_marks(self, marks: tuple[Mark, ...]) -> None:
        """Remember which hidden layers have died or come back; before the epoch is told."""

    def on_stopped(self, text: str) -> None:
        """Say in one line why training has stopped early, as it was meant to."""

    def on_failed(self, text: str) -> None:
        """Say in one line why else training has stopped."""

    def on_wait(self) -> None:
        """Take note that nothing happens for a while."""


class TrainingLoop:
    """Trains on request, and tells what it did.

    Parameters
    ----------
    trainer : Trainer
        Belongs to the thread that runs the loop until :meth:`run` has returned.
    listener : Listener

    Attributes
    ----------
    patience : Patience
        When to stop early; tell it of the epochs there are already.
    """

    def __init__(self, trainer: Trainer, listener: Listener) -> None:
        self._trainer, self._listener = trainer, listener
        self._changed = Condition()
        self._until = trainer.epoch
        self._stepping = False
        self._rate: float | None = None
        self._keep_every: int | None = None
        self._recipe = trainer.recipe
        self.patience = Patience(trainer.experiment.patience)
        self._taken = True
        self._closing = False
        self._state_wanted = False
        self._framed_epoch = trainer.epoch
        self._due = 0.0
        self._watch: DeadWatch | None = None
        self._began: float | None = None  # when the epoch under way did
        self._took: float | None = None  # seconds of the one before
        self._giving_up = False

    # Commands: called from any thread, return at once.

    def train(self, until: int) -> None:
        """Train until ``until`` epochs are done."""
        self.patience.begin(self._trainer.epoch)
        self._command(_until=until, _stepping=False, _due=perf_counter())

    def step(self, epochs: int = 1) -> int:
        """Train so many epochs and give a frame of each one; return the last one's number."""
        with self._changed:
            standing = self._until <= self._trainer.epoch or not self._stepping
            start = self._trainer.epoch if standing else self._until
            self._until, self._stepping = start + epochs, True
            self._changed.notify_all()
            return self._until

    def pause(self) -> None:
        """Stop after the epoch under way, or before it where it would still take a while.

        It is trained anew then when training goes on, to the very same numbers.
        """
        with self._changed:
            self._until, self._stepping = 0, False
            if self._began is not None:
                gone = perf_counter() - self._began
                left = math.inf if self._took is None else self._took - gone
                if left > PATIENCE:
                    self._giving_up = True
                    self._trainer.cancel()
            self._changed.notify_all()

    def set_rate(self, epochs_per_second: float | None) -> None:
        """Train at most so many epochs a second; None: as fast as it goes."""
        self._command(_rate=epochs_per_second, _due=perf_counter())

    def set_recipe(self, numbers: Sequence[float]) -> None:
        """Go on by another recipe from the next epoch on, given as its numbers."""
        self._command(_recipe=Recipe.of_numbers(numbers))

    def keep_every(self, epochs: int | None) -> None:
        """Wait, at every so many epochs, until the frame of just that epoch was taken."""
        self._command(_keep_every=epochs)

    def request_state(self) -> None:
        """Ask for the state after the epoch under way."""
        self._command(_state_wanted=True)

    def take(self) -> None:
        """Say that the last frame was taken, so that the next may be built."""
        self._command(_taken=True)

    def close(self) -> None:
        """Give up the epoch under way, and end the loop; then call :meth:`closed`."""
        self._command(_closing=True)
        self._trainer.cancel()

    def closed(self) -> None:
        """Leave the trainer ready for another loop, when :meth:`run` has returned."""
        # Where no epoch was under way, nothing has answered the request.
        self._trainer.cancel(False)

    def _command(self, **changes: object) -> None:
        with self._changed:
            for name, value in changes.items():
                setattr(self, name, value)
            self._changed.notify_all()

    # The loop's own side.

    def run(self) -> None:
        """Train whenever the gate is open, until closed."""
        training = False
        while self._wait_at_gate(training):
            training = True
            try:
                watch = self._watch = self._watch or DeadWatch(self._trainer)
                metrics = self._step()
                if metrics is None:
                    continue
                try:
                    # Told before its epoch, so that no epoch is known without it.
                    self._tell(watch.after_epoch())
                finally:
                    self._listener.on_epoch(self._trainer, metrics)
                why = self.patience.after(metrics)
                if why and not self._stepping:
                    self.pause()
                    self._listener.on_stopped(why)
                self._offer_frame(metrics.epoch)
            except EpochCancelled:
                return
            except NotFiniteError as error:
                self.pause()
                self._listener.on_diverged(str(error))
                continue
            except Exception as error:
                # Whatever went wrong, the window must show it and stay alive; the
                # traceback goes where a developer looks for it.
                self.pause()
                self._listener.on_training(self._trainer, False)
                text = f"training stopped: {type(error).__name__}: {error}"
                self._listener.on_failed(text)
                raise

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
                    self._listener.on_state(self._trainer.state())
                self._use_recipe()
                if self._trainer.epoch >= self._until:
                    if training:
                        self._look_at_rest()
                    if self._framed_epoch != self._trainer.epoch:
                        self._emit_frame()
                    if training:
                        training = False
                        self._listener.on_training(self._trainer, False)
                    self._wait()
                    continue
                if not training:
                    training = True
                    self._listener.on_training(self._trainer, True)
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
                self._tell(self._watch.at_rest())

    def _tell(self, marks: tuple[Mark, ...]) -> None:
        if marks:
            self._listener.on_marks(marks)

    def _wait(self, seconds: float | None = None) -> None:
        self._listener.on_wait()
        self._changed.wait(seconds)

    def _use_recipe(self) -> None:
        old, new = self._trainer.recipe, self._recipe
        if new != old:
            self._trainer.change(new)
            # Replays start at keyframes, so every change has one.
            self._listener.on_change(self._trainer.state(), old.change_to(new))

    def _offer_frame(self, epoch: int) -> None:
        with self._changed:
            if self._stepping or (self._keep_every and epoch % self._keep_every == 0):
                while not (self._taken or self._closing):
                    self._wait()
                self._emit_frame()
                while self._keep_every and not (self._taken or self._closing):
                    self._wait()
            elif self._taken:
                self._emit_frame()

    def _emit_frame(self) -> None:
        self._taken = False
        self._framed_epoch = self._trainer.epoch
        self._listener.on_frame(self._trainer.frame())
