"""Saving a run while it goes on: asked for now, taken between two epochs, written aside."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from visualizer.jobs.runner import Outcome, Runner
from visualizer.state.writing import Saved, ShownWeights, Snapshot, write_run, write_weights

if TYPE_CHECKING:
    from nnfs_core.history.run import Fingerprint


class Saver(QObject):
    """Writes one snapshot after the other."""

    wanted = pyqtSignal()
    """A snapshot of the run, please, as soon as one can be taken: see :meth:`write`."""

    progressed = pyqtSignal(str, object, object)
    """The file that was asked for, bytes written, and of how many."""

    saved = pyqtSignal(object)
    """The :class:`~visualizer.state.writing.Snapshot` that is in its file now."""

    weights_saved = pyqtSignal(object)
    """The :class:`~visualizer.state.writing.ShownWeights` that are in their file now."""

    failed = pyqtSignal(str)
    thin_failed = pyqtSignal(str)
    """Why a file could not be written: one that was asked for, or one saved now and then."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = Runner(self)
        self._asked: list[tuple[Path, bool]] = []
        self._writing: tuple[int, Snapshot] | None = None
        self._weights: set[int] = set()
        self._fingerprint: tuple[object, Fingerprint] | None = None
        self.seconds = 0.0
        """What writing the last one took."""

    @property
    def busy(self) -> bool:
        """Whether something is being written or about to be."""
        return self._writing is not None or bool(self._asked)

    @property
    def next(self) -> tuple[Path, bool] | None:
        """The file a snapshot is waited for, and whether it is a thin one."""
        return self._asked[0] if self._asked and self._writing is None else None

    def ask(self, path: Path, *, thin: bool) -> None:
        """Ask for the run to be saved, after what was asked for before."""
        self._asked.append((path, thin))
        if self._writing is None and len(self._asked) == 1:
            self.wanted.emit()

    def write(self, snapshot: Snapshot) -> None:
        """Write the snapshot that was wanted."""
        self._asked.pop(0)
        known = self._fingerprint_of(snapshot.dataset)
        number = self._runner.start(
            partial(write_run, snapshot, known),
            partial(self._on_saved, snapshot),
            partial(self._on_failed, snapshot.thin),
            what=f"{snapshot.path}: not saved",
            progressed=None if snapshot.thin else self.progressed.emit,
        )
        self._writing = number, snapshot

    def write_weights(self, weights: ShownWeights) -> None:
        """Write weights, beside whatever else is written."""
        known = self._fingerprint_of(weights.dataset)
        number = self._runner.start(
            partial(write_weights, weights, known),
            partial(self._on_weights_saved, weights),
            self.failed.emit,
            what=f"{weights.path}: not saved",
        )
        self._weights.add(number)

    def forget(self) -> None:
        """Give up what is waited for: its run is gone. Whoever asked for it is told."""
        for path, thin in self._asked:
            if not thin:
                self.failed.emit(f"{path}: not saved, because the run went on elsewhere")
        self._asked.clear()

    def wait(self) -> None:
        """Wait until what is being written is written; then the next one may be."""
        if self._writing is not None:
            (number, snapshot), self._writing = self._writing, None
            outcome = self._runner.wait(number)
            self._say_failure(outcome, thin=snapshot.thin)

    def close(self) -> None:
        """Forget what was asked for, and wait until what is being written is written."""
        self._asked.clear()
        self.wait()
        while self._weights:
            self._say_failure(self._runner.wait(self._weights.pop()))
        self._runner.close()

    def _say_failure(self, outcome: Outcome | None, *, thin: bool = False) -> None:
        if outcome is not None and outcome.error:
            (self.thin_failed if thin else self.failed).emit(outcome.error)

    def _fingerprint_of(self, dataset: object) -> Fingerprint | None:
        known = self._fingerprint
        return known[1] if known is not None and known[0] is dataset else None

    def _on_weights_saved(self, weights: ShownWeights, saved: Saved) -> None:
        self._fingerprint = (weights.dataset, saved.fingerprint)
        self.weights_saved.emit(weights)

    def _on_saved(self, snapshot: Snapshot, saved: Saved) -> None:
        self._writing, self.seconds = None, saved.seconds
        self._fingerprint = (snapshot.dataset, saved.fingerprint)
        self.saved.emit(snapshot)
        self._go_on()

    def _on_failed(self, thin: bool, message: str) -> None:
        self._writing = None
        (self.thin_failed if thin else self.failed).emit(message)
        self._go_on()

    def _go_on(self) -> None:
        if self._asked and self._writing is None:
            self.wanted.emit()
