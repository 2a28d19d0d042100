"""Writing a run, or weights, to a file while the window goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.history.recording import Recording
from nnfs_core.model.parameters import Parameters
from nnfs_core.progress import Progress
from nnfs_core.training.trainer import TrainState

if TYPE_CHECKING:
    from nnfs_core.history.run import Fingerprint


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is to be written: taken between two epochs, so that all of it fits together."""

    path: Path
    thin: bool
    experiment: Experiment
    name: str
    total: int
    recordings: Sequence[Recording]
    newest: Sequence[TrainState]
    active: int
    dataset: Dataset


@dataclass(frozen=True, slots=True)
class ShownWeights:
    """Weights that are to be written, and what is said beside them."""

    path: str
    parameters: Parameters
    experiment: Experiment
    dataset: Dataset
    accuracy: float
    epoch: int


@dataclass(frozen=True, slots=True)
class Saved:
    """How a file was written.

    Attributes
    ----------
    fingerprint : Fingerprint
        Of the data, to be given to the next one: it takes a while for large data.
    seconds : float
        What writing took, without what is done once for all data.
    """

    fingerprint: Fingerprint
    seconds: float


def write_weights(one: ShownWeights, known: Fingerprint | None, progress: Progress) -> Saved:
    """Write weights; what they are told to be trained on takes seconds to find out.

    Parameters
    ----------
    known : Fingerprint or None
        Of the data, where it has been taken before.

    Raises
    ------
    UserError
        When the file cannot be written.
    """
    from nnfs_core.files.weights import learned, save_weights
    from nnfs_core.history.run import Fingerprint

    data = known or Fingerprint.of(one.dataset)
    begun = perf_counter()
    save_weights(one.path, learned(one.parameters, one.experiment, one.dataset, one.accuracy, data))
    return Saved(data, perf_counter() - begun)


def write_run(one: Snapshot, known: Fingerprint | None, progress: Progress) -> Saved:
    """Write a snapshot.

    Parameters
    ----------
    known : Fingerprint or None
        Of the data, where it has been taken before.

    Raises
    ------
    UserError
        When the file cannot be written.
    """
    # Here, because nothing is saved before there is a window.
    from nnfs_core.files.runfile import save_run
    from nnfs_core.history.run import Borrowed, Fingerprint, Run

    data = known or Fingerprint.of(one.dataset)
    run = Run(
        one.experiment,
        one.name,
        one.total,
        tuple(one.recordings),
        tuple(one.newest),
        one.active,
        data,
        rules=one.dataset.rules,
        borrowed=Borrowed.of(one.dataset),
    )
    begun = perf_counter()

    def told(done: int, total: int) -> None:
        progress(str(one.path), done, total)

    save_run(one.path, run, thin=one.thin, progress=told)
    return Saved(data, perf_counter() - begun)
