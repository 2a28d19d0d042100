"""Python's cycle collector, kept in the window's thread.

It runs in whichever thread happens to allocate. Were that the training thread, a widget that
is part of a forgotten cycle would be destroyed there, which Qt does not survive.
"""

from __future__ import annotations

import gc

from PyQt6.QtCore import QObject, QTimer

EVERY = 200
"""Milliseconds between two looks at whether there is enough to collect."""

SETTLED = 3000
"""Milliseconds after which all that the program consists of is there."""


class GarbageCollector(QObject):
    """Collects cycles in the thread it lives in, as often as Python itself would.

    Parameters
    ----------
    parent : QObject
        Of the window's thread.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.check)

    def start(self) -> None:
        """Take over from Python."""
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """Give it back to Python."""
        self._timer.stop()
        gc.enable()

    def check(self) -> None:
        """Collect the oldest generation that is due, and with it the younger ones."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > self._thresholds[generation]:
                gc.collect(generation)
                return

    def settle(self) -> None:
        """Look no more at what the program consists of: that takes longer than a picture may."""
        gc.collect()
        gc.freeze()
