"""Loading data and making a trainer, in the background."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QThread, pyqtSignal

from nnfs_core.datasets import load_dataset
from nnfs_core.datasets.base import Dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.training import Trainer


class Preparation(QThread):
    """Loads the data and makes the trainer, so that the window never stands still."""

    progress = pyqtSignal(str, object, object)
    ready = pyqtSignal(object)
    failed = pyqtSignal(str)

    def __init__(
        self, experiment: Experiment, name: str, data_dir: Path | None, known: Dataset | None
    ) -> None:
        super().__init__()
        self.name = name
        self._experiment, self._data_dir, self._known = experiment, data_dir, known

    def run(self) -> None:
        """Load and make; exactly one of ``ready`` and ``failed`` follows."""
        try:
            data = self._known or load_dataset(
                self._experiment.dataset, self._data_dir, self._on_progress
            )
            self.ready.emit(Trainer(self._experiment, data))
        except UserError as error:
            self.failed.emit(str(error))
        except MemoryError:
            self.failed.emit(f"{self._experiment.dataset}: not enough memory for this run")

    def _on_progress(self, what: str, done: int, total: int) -> None:
        if self.isInterruptionRequested():
            raise UserError("loading was given up", where=self._experiment.dataset)
        self.progress.emit(what, done, total)
