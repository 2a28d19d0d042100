"""How often live pictures are drawn: often enough to look alive, and no more than training allows.

Drawing costs processor time. Where training leaves a processor free, it costs nobody anything,
and pictures come at their usual rate. Where training uses every processor, it would wait for
the one that draws, so drawing keeps to a small share of the machine, and what a picture has cost
decides how long the next one has to wait.
"""

from __future__ import annotations

from time import thread_time

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

LEAST_INTERVAL = 0.028
"""Seconds between two pictures at least: some 35 a second."""

SHARE = 0.05
"""Of all processors' time, what drawing may take from training."""

SHARE_HERE = 0.3
"""Of the time, what drawing may take while training runs in the same process: they take turns."""

SHARE_FREE = 0.8
"""Of a processor that nobody else wants: the rest is for keys and mouse."""

SMOOTHING = 0.2
"""Weight of the newest picture in what a picture is taken to cost."""


class Pace(QObject):
    """Says when the next picture may be drawn."""

    due = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cost = 0.0
        self.least = LEAST_INTERVAL
        self.share = SHARE_FREE
        self._begun = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.due)
        # Comes when the events before it have been dealt with, painting among them.
        self._painted = QTimer(self)
        self._painted.setSingleShot(True)
        self._painted.setInterval(0)
        self._painted.timeout.connect(self._on_painted)

    def suit(self, threads: int, processors: int, *, apart: bool) -> None:
        """Take note of how many threads train, on how many processors, and whether here."""
        if not apart:
            self.share = SHARE_HERE
        elif threads < processors:
            self.share = SHARE_FREE
        else:
            self.share = SHARE * processors

    @property
    def resting(self) -> bool:
        """Whether the next picture has to wait."""
        return self._timer.isActive()

    @property
    def interval(self) -> float:
        """Seconds between the beginnings of two pictures."""
        return max(self.least, self.cost / self.share)

    def begin(self) -> None:
        """Take note that a picture is about to be drawn."""
        # Processor time rather than time: waiting for a processor takes nothing from training.
        self._begun = thread_time()
        self._timer.start(round(1000 * self.interval))
        self._painted.start()

    def stop(self) -> None:
        """Announce no further picture."""
        self._timer.stop()
        self._painted.stop()

    def _on_painted(self) -> None:
        took = thread_time() - self._begun
        self.cost = took if not self.cost else self.cost + SMOOTHING * (took - self.cost)
