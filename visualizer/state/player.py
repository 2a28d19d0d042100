"""Playing what was recorded: which epoch comes next, and when."""

from __future__ import annotations

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

PICTURES_PER_SECOND = 30
"""Most new pictures a second: smooth to the eye, and training keeps its speed."""

FULL_SPEED_PICTURES = 300
"""Pictures in which a whole run is played when the speed has no limit: ten seconds."""


class Player(QObject):
    """A clock that asks for the next recorded epoch."""

    advance = pyqtSignal(int)
    """So many epochs on, please; may be asked again before it was done."""

    changed = pyqtSignal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_time)
        self._stride = 1

    @property
    def playing(self) -> bool:
        """Whether it asks."""
        return self._timer.isActive()

    def play(self, rate: float | None, epochs: int) -> None:
        """Play at so many epochs a second; None: a run of so many ``epochs`` in ten seconds."""
        was = self.playing
        if rate is None:
            self._stride = max(1, epochs // FULL_SPEED_PICTURES)
            rate = PICTURES_PER_SECOND
        else:
            self._stride = max(1, round(rate / PICTURES_PER_SECOND))
        self._timer.start(round(1000 / min(rate, PICTURES_PER_SECOND)))
        if not was:
            self.changed.emit(True)

    def stop(self) -> None:
        """Ask no more."""
        if self.playing:
            self._timer.stop()
            self.changed.emit(False)

    def _on_time(self) -> None:
        self.advance.emit(self._stride)
