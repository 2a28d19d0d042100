"""What an engine can be told to do: frozen, and the same wherever it runs."""

from __future__ import annotations

from dataclasses import dataclass

from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.recipe import Recipe
from nnfs_core.training.trainer import TrainState


@dataclass(frozen=True, slots=True)
class Train:
    """Train until so many epochs are done."""

    until: int


@dataclass(frozen=True, slots=True)
class Step:
    """Train so many epochs, and give a frame of each one."""

    epochs: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop after the epoch under way, or before it where it would still take a while.

    It is trained anew then when training goes on, to the very same numbers.
    """


@dataclass(frozen=True, slots=True)
class SetRate:
    """Train at most so many epochs a second; None: as fast as it goes."""

    epochs_per_second: float | None


@dataclass(frozen=True, slots=True)
class SetRecipe:
    """Go on by another recipe from the next epoch on."""

    recipe: Recipe


@dataclass(frozen=True, slots=True)
class KeepEvery:
    """Wait, at every so many epochs, until the frame of just that epoch was taken; None: never."""

    epochs: int | None


@dataclass(frozen=True, slots=True)
class SetStride:
    """Tell the state of every epoch that is a multiple of this, to be kept as a keyframe."""

    epochs: int


@dataclass(frozen=True, slots=True)
class RequestState:
    """Tell the state after the epoch under way."""


@dataclass(frozen=True, slots=True)
class Take:
    """The last frame was taken: the next may be built."""


@dataclass(frozen=True, slots=True)
class Close:
    """Give up the epoch under way, and leave the run."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Answer, whatever else is being done."""


@dataclass(frozen=True, slots=True)
class UseData:
    """Train on this from now on."""

    dataset: Dataset


@dataclass(frozen=True, slots=True)
class FetchData:
    """A file with a :class:`UseData` in it comes next, beside the messages."""


@dataclass(frozen=True, slots=True)
class Start:
    """Stand at the newest epoch of a run, and wait for what to do.

    Attributes
    ----------
    experiment : Experiment
    state : TrainState
        Of the newest epoch whose state is known.
    newest : int
        The newest epoch. Those between are trained again, and not told: they are known.
    stride : int
        See :class:`SetStride`.
    best : tuple of float and int
        The lowest validation loss so far, ∞ where there is none, and its epoch.
    """

    experiment: Experiment
    state: TrainState
    newest: int
    stride: int
    best: tuple[float, int]


Command = (
    Train
    | Step
    | Pause
    | SetRate
    | SetRecipe
    | KeepEvery
    | SetStride
    | RequestState
    | Take
    | Close
    | Ping
    | UseData
    | FetchData
    | Start
)
