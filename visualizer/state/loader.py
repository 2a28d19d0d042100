"""One preparation at a time: what is asked for last is what comes."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

from visualizer.jobs.runner import Runner
from visualizer.state.preparation import Preparation, Prepared


class Loader(QObject):
    """Runs preparations in the background and passes on only what is still wanted."""

    progress = pyqtSignal(str, object, object)
    """What is being loaded, how far, of how much; an empty text when nothing is any more."""

    ready = pyqtSignal(object)
    """A :class:`~visualizer.state.preparation.Prepared`."""

    failed = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = Runner(self)
        self._wanted = 0

    @property
    def preparations(self) -> frozenset[int]:
        """All that have not ended yet, by number; the ones given up among them."""
        return self._runner.running

    def start(self, preparation: Preparation, what: str) -> None:
        """Start a preparation; one that is under way is forgotten.

        Nothing is begun after :meth:`close`: a dialog may be answered while its window closes.
        """
        self.cancel()
        self._wanted = self._runner.start(
            preparation.prepare,
            self._on_ready,
            self._on_failed,
            what=f"{preparation.name}: cannot be prepared",
            progressed=self.progress.emit,
        )
        if self._wanted:
            self.progress.emit(what, 0, 0)

    def cancel(self) -> None:
        """Forget the preparation that is under way, if one is."""
        if self._wanted:
            # It ends at its next look, unheard.
            self._runner.forget(self._wanted)
            self._end()

    def close(self) -> None:
        """Wait until all have ended."""
        self.cancel()
        self._runner.close()

    def _end(self) -> None:
        self._wanted = 0
        self.progress.emit("", 0, 0)

    def _on_ready(self, prepared: Prepared) -> None:
        self._end()
        self.ready.emit(prepared)

    def _on_failed(self, message: str) -> None:
        self._end()
        self.failed.emit(message)
