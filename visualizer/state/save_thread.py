"""The thread that writes a run to its file while the window goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from PyQt6.QtCore import QThread, pyqtSignal

from nnfs_core.data.base import Dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.history.recording import Recording
from nnfs_core.model.parameters import Parameters
from nnfs_core.training.trainer import TrainState
from visualizer.jobs.failures import failures, in_words

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


class WeightsThread(QThread):
    """Writes weights; what they are told to be trained on takes seconds to find out.

    Parameters
    ----------
    weights : ShownWeights
    fingerprint : Fingerprint or None
        Of the data, where it has been taken before.
    """

    saved = pyqtSignal(object)
    """The fingerprint."""

    failed = pyqtSignal(str)

    def __init__(self, weights: ShownWeights, fingerprint: Fingerprint | None) -> None:
        super().__init__()
        self.weights, self._fingerprint = weights, fingerprint
        self.error = ""

    def run(self) -> None:
        """Write; exactly one of ``saved`` and ``failed`` follows."""
        from nnfs_core.files.weights import learned, save_weights
        from nnfs_core.history.run import Fingerprint

        one = self.weights
        try:
            data = self._fingerprint or Fingerprint.of(one.dataset)
            made = learned(one.parameters, one.experiment, one.dataset, one.accuracy, data)
            save_weights(one.path, made)
            self.saved.emit(data)
        except UserError as error:
            self._fail(str(error))
        except Exception as error:
            what = f"{one.path}: not saved"
            self._fail(f"{what}: {in_words(error)}")
            failures().report(error, what)

    def _fail(self, message: str) -> None:
        self.error = message
        self.failed.emit(message)


class SaveThread(QThread):
    """Writes one snapshot.

    Parameters
    ----------
    snapshot : Snapshot
    fingerprint : Fingerprint or None
        Of the data, where it has been taken before: it takes a while for large data.
    """

    progressed = pyqtSignal(object, object)
    saved = pyqtSignal(object)
    """The fingerprint, to be given to the next one."""

    failed = pyqtSignal(str)

    def __init__(self, snapshot: Snapshot, fingerprint: Fingerprint | None) -> None:
        super().__init__()
        self.snapshot, self._fingerprint = snapshot, fingerprint
        self.error = ""
        self.seconds = 0.0
        """What writing took, without what is done once for all data."""

    def run(self) -> None:
        """Write; exactly one of ``saved`` and ``failed`` follows."""
        # Here, because nothing is saved before there is a window.
        from nnfs_core.files.runfile import save_run
        from nnfs_core.history.run import Borrowed, Fingerprint, Run

        one = self.snapshot
        try:
            data = self._fingerprint or Fingerprint.of(one.dataset)
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
            save_run(one.path, run, thin=one.thin, progress=self.progressed.emit)
            self.seconds = perf_counter() - begun
            self.saved.emit(data)
        except UserError as error:
            self._fail(str(error))
        except Exception as error:
            what = f"{one.path}: not saved"
            self._fail(f"{what}: {in_words(error)}")
            failures().report(error, what)

    def _fail(self, message: str) -> None:
        self.error = message
        self.failed.emit(message)
