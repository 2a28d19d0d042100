"""Saving a run while it goes on: asked for now, taken between two epochs, written aside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from visualizer.state.save_thread import SaveThread, ShownWeights, Snapshot, WeightsThread

if TYPE_CHECKING:
    from nnfs_core.history.run import Fingerprint


class Saver(QObject):
    """Writes one snapshot after the other."""

    wanted = pyqtSignal()
    """A snapshot of the run, please, as soon as one can be taken: see :meth:`write`."""

    progressed = pyqtSignal(str, object, object)
    """The file that was asked for, bytes written, and of how many."""

    saved = pyqtSignal(object)
    """The :class:`~visualizer.state.save_thread.Snapshot` that is in its file now."""

    weights_saved = pyqtSignal(object)
    """The :class:`~visualizer.state.save_thread.ShownWeights` that are in their file now."""

    failed = pyqtSignal(str)
    thin_failed = pyqtSignal(str)
    """Why a file could not be written: one that was asked for, or one saved now and then."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked: list[tuple[Path, bool]] = []
        self._thread: SaveThread | None = None
        self._weights: list[WeightsThread] = []
        self._fingerprint: tuple[object, Fingerprint] | None = None
        self.seconds = 0.0
        """What writing the last one took."""

    @property
    def busy(self) -> bool:
        """Whether something is being written or about to be."""
        return self._thread is not None or bool(self._asked)

    @property
    def next(self) -> tuple[Path, bool] | None:
        """The file a snapshot is waited for, and whether it is a thin one."""
        return self._asked[0] if self._asked and self._thread is None else None

    def ask(self, path: Path, *, thin: bool) -> None:
        """Ask for the run to be saved, after what was asked for before."""
        self._asked.append((path, thin))
        if self._thread is None and len(self._asked) == 1:
            self.wanted.emit()

    def write(self, snapshot: Snapshot) -> None:
        """Write the snapshot that was wanted."""
        self._asked.pop(0)
        thread = self._thread = SaveThread(snapshot, self._fingerprint_of(snapshot.dataset))
        thread.progressed.connect(self._on_progressed)
        thread.saved.connect(self._on_saved)
        thread.failed.connect(self.thin_failed if snapshot.thin else self.failed)
        thread.finished.connect(self._on_finished)
        thread.start()

    def write_weights(self, weights: ShownWeights) -> None:
        """Write weights, beside whatever else is written."""
        thread = WeightsThread(weights, self._fingerprint_of(weights.dataset))
        self._weights.append(thread)
        thread.saved.connect(self._on_weights_saved)
        thread.failed.connect(self.failed)
        thread.finished.connect(self._on_weights_finished)
        thread.start()

    def forget(self) -> None:
        """Give up what is waited for: its run is gone. Whoever asked for it is told."""
        for path, thin in self._asked:
            if not thin:
                self.failed.emit(f"{path}: not saved, because the run went on elsewhere")
        self._asked.clear()

    def wait(self) -> None:
        """Wait until what is being written is written; then the next one may be."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.wait()
            if thread.error:  # its signals come too late for whoever waits
                (self.thin_failed if thread.snapshot.thin else self.failed).emit(thread.error)

    def close(self) -> None:
        """Forget what was asked for, and wait until what is being written is written."""
        self._asked.clear()
        self.wait()
        while self._weights:
            thread = self._weights.pop()
            thread.wait()
            if thread.error:
                self.failed.emit(thread.error)

    def _fingerprint_of(self, dataset: object) -> Fingerprint | None:
        known = self._fingerprint
        return known[1] if known is not None and known[0] is dataset else None

    def _on_weights_saved(self, fingerprint: Fingerprint) -> None:
        thread = self.sender()
        if isinstance(thread, WeightsThread) and thread in self._weights:
            self._fingerprint = (thread.weights.dataset, fingerprint)
            self.weights_saved.emit(thread.weights)

    def _on_weights_finished(self) -> None:
        thread = self.sender()
        if isinstance(thread, WeightsThread) and thread in self._weights:
            self._weights.remove(thread)

    def _on_progressed(self, done: int, total: int) -> None:
        if self._thread is not None and not self._thread.snapshot.thin:
            self.progressed.emit(str(self._thread.snapshot.path), done, total)

    def _on_saved(self, fingerprint: Fingerprint) -> None:
        if self._thread is not None:
            snapshot = self._thread.snapshot
            self.seconds = self._thread.seconds
            self._fingerprint = (snapshot.dataset, fingerprint)
            self.saved.emit(snapshot)

    def _on_finished(self) -> None:
        if self.sender() is not self._thread:
            return  # waited for, and another one is being written by now
        self._thread = None
        if self._asked:
            self.wanted.emit()
