"""How commands reach an engine, and its events whoever asked; and the nearest of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from nnfs_core.engine.commands import Command, Ping, Start
from nnfs_core.engine.events import Event
from nnfs_core.engine.loop import TrainingLoop
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import Trainer

Hear = Callable[[Event], None]


class CarrierLost(Exception):
    """What carried commands and events is not there any more, or cannot be."""


class Carrier(Protocol):
    """Carries commands and events of one run after the other.

    Attributes
    ----------
    apart : bool
        Whether the engine is in a process of its own.
    """

    apart: bool

    def begin(self, run: Arranged, start: Start) -> None:
        """Have an engine stand at a run's newest epoch.

        Raises
        ------
        CarrierLost
        """

    def send(self, command: Command) -> None:
        """Hand a command on, from any thread; it may be lost where the carrier is."""

    def listen(self, hear: Hear) -> None:
        """Hand on what the engine tells, in order, until it has left the run.

        Raises
        ------
        CarrierLost
        """

    def kill(self) -> None:
        """End it at once, from any thread, where that is possible."""


class InProcess:
    """The engine in this process: it trains in the thread that listens."""

    apart = False

    def __init__(self) -> None:
        self._loop: TrainingLoop | None = None
        self._hear: Hear = lambda event: None

    def begin(self, run: Arranged, start: Start) -> None:
        """Make a trainer, which shares the run's data."""
        trainer = Trainer(run.experiment, run.dataset, state=start.state, arranged=run)
        self._loop = TrainingLoop(trainer, start, self._tell)

    def send(self, command: Command) -> None:
        """Hand a command to the loop; that it is there need not be asked."""
        if self._loop is not None and not isinstance(command, Ping):
            self._loop.do(command)

    def listen(self, hear: Hear) -> None:
        """Train, until the run is to be left."""
        assert self._loop is not None, "a run comes first"
        self._hear = hear
        try:
            self._loop.run()
        finally:
            # Without them, all of a run's memory is free as soon as nobody looks at it any more.
            self._loop, self._hear = None, lambda event: None

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            self._hear(event)

    def kill(self) -> None:
        """Do nothing: it gives up an epoch between two blocks of samples."""
