"""One preparation at a time: what is asked for last is what comes."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

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
        self._wanted: Preparation | None = None
        self._closed = False
        self.preparations: set[Preparation] = set()
        """All that have not ended yet, the ones given up among them."""

    def start(self, preparation: Preparation, what: str) -> None:
        """Start a preparation; one that is under way is forgotten.

        Nothing is begun after :meth:`close`: a dialog may be answered while its window closes.
        """
        self.cancel()
        if self._closed:
            return
        self._wanted = preparation
        preparation.progress.connect(self._on_progress)
        preparation.failed.connect(self._on_failed)
        preparation.ready.connect(self._on_ready)
        preparation.finished.connect(self._on_finished)
        self.preparations.add(preparation)
        self.progress.emit(what, 0, 0)
        preparation.start()

    def cancel(self) -> None:
        """Forget the preparation that is under way, if one is."""
        if self._wanted is not None:
            # It ends at its next look, unheard.
            self._wanted.stop()
            self._end()

    def close(self) -> None:
        """Wait until all have ended."""
        self._closed = True
        self.cancel()
        for preparation in self.preparations:
            preparation.wait()

    def _end(self) -> None:
        self._wanted = None
        self.progress.emit("", 0, 0)

    def _on_progress(self, what: str, done: int, total: int) -> None:
        if self.sender() is self._wanted:
            self.progress.emit(what, done, total)

    def _on_ready(self, prepared: Prepared) -> None:
        if self.sender() is self._wanted:
            self._end()
            self.ready.emit(prepared)

    def _on_failed(self, message: str) -> None:
        if self.sender() is self._wanted:
            self._end()
            self.failed.emit(message)

    def _on_finished(self) -> None:
        self.preparations.discard(self.sender())
