"""What an engine tells: frozen, and the same wherever it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from nnfs_core.history.recording import Mark
from nnfs_core.training.trainer import EpochFrame, TrainState


@dataclass(frozen=True, slots=True)
class Stands:
    """The run has been started: it stands at its newest epoch, and waits.

    Attributes
    ----------
    state : TrainState
    threads : int
        How many it trains with.
    """

    state: TrainState
    threads: int


@dataclass(frozen=True, slots=True, eq=False)
class Epochs:
    """Epochs were trained.

    Attributes
    ----------
    table : ndarray, shape (epochs, columns)
        Their metrics, in the order of :data:`~nnfs_core.training.metrics.COLUMNS`.
    """

    table: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Keyframe:
    """The state of an epoch that is to be kept."""

    state: TrainState


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame to show; answer with :class:`~nnfs_core.engine.commands.Take`."""

    frame: EpochFrame


@dataclass(frozen=True, slots=True)
class Training:
    """Whether epochs are being trained, after a change.

    Attributes
    ----------
    training : bool
    state : TrainState or None
        Where it stands, when it does; None where that is not known.
    """

    training: bool
    state: TrainState | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The state that was requested."""

    state: TrainState


@dataclass(frozen=True, slots=True)
class RecipeUsed:
    """Another recipe is used from here on: the state it led to, and what has changed in words."""

    state: TrainState
    text: str


@dataclass(frozen=True, slots=True)
class Marked:
    """Hidden layers have died or come back; told before the epoch is."""

    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Diverged:
    """One line: where numbers have stopped being finite, and training with them."""

    text: str


@dataclass(frozen=True, slots=True)
class StoppedEarly:
    """One line: why training has stopped, as the experiment wants it."""

    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """One line: why else training has stopped."""

    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """One line: why a run cannot be started."""

    text: str


@dataclass(frozen=True, slots=True)
class Closing:
    """It was told to leave the run, and does."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The run is left; where it stands, unless there was none."""

    state: TrainState | None


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a :class:`~nnfs_core.engine.commands.Ping`."""


@dataclass(frozen=True, slots=True)
class StoodStill:
    """Whether the process gives no answer, when that has changed; somebody may have stopped it."""

    still: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """Training goes on elsewhere, since a process is gone or could not be started.

    Attributes
    ----------
    apart : bool
        Whether in another process of its own; otherwise in this one.
    text : str
        What to say about it; nothing where nobody need know.
    """

    apart: bool
    text: str = ""


Event = (
    Stands
    | Epochs
    | Keyframe
    | Frame
    | Training
    | State
    | RecipeUsed
    | Marked
    | Diverged
    | StoppedEarly
    | Failed
    | Refused
    | Closing
    | Closed
    | Pong
    | StoodStill
    | Moved
)
