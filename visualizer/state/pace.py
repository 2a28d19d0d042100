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

QUIET = 0.0003
"""Seconds of work in a pass of the event loop up to which a picture has been drawn by then."""

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
        self._worked = 0.0
        # Comes when the events before it have been dealt with, painting among them.
        self._passed = QTimer(self)
        self._passed.setSingleShot(True)
        self._passed.setInterval(0)
        self._passed.timeout.connect(self._on_passed)

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
        self._begun = self._worked = thread_time()
        self._timer.start(round(1000 * self.interval))
        self._passed.start()

    def stop(self) -> None:
        """Announce no further picture."""
        self._timer.stop()
        self._passed.stop()

    def _on_passed(self) -> None:
        now = thread_time()
        worked, self._worked = now - self._worked, now
        if worked > QUIET:
            # Some panels are drawn after the others, one with each pass of the event loop.
            self._passed.start()
            return
        took = now - self._begun
        self.cost = took if not self.cost else self.cost + SMOOTHING * (took - self.cost)
