"""How the program comes to its end, and whether a person wanted it to."""

from __future__ import annotations

import signal
from types import FrameType

from PyQt6.QtCore import QObject, QTimer
from PyQt6.QtWidgets import QApplication

LISTEN_EVERY = 250
"""Milliseconds: Python only sees a signal when its own code runs, and Qt may wait for long."""

LOG_OUT = 60_000
"""Milliseconds after which a log-out that has not ended the program was called off."""

UNWISHED = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
"""What the system sends when it goes down, and a terminal that is closed, among others."""


class Ending(QObject):
    """Closes the windows when a signal says so, from now until :meth:`stop`.

    Closing the window, Ctrl+Q and Ctrl+C are a person's wish. Any other end is not.

    Parameters
    ----------
    app : QApplication
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self.wished = True
        """Whether the end, when it comes, is one that a person wants."""

        self._asked = False
        # What was set to be ignored, as by nohup, is ignored.
        self._before = {
            number: signal.signal(number, self._on_signal)
            for number in (signal.SIGINT, *UNWISHED)
            if signal.getsignal(number) is not signal.SIG_IGN
        }
        self._listening = QTimer(self)
        self._listening.timeout.connect(lambda: None)
        self._called_off = QTimer(self)
        self._called_off.setSingleShot(True)
        self._called_off.timeout.connect(self._on_called_off)
        app.commitDataRequest.connect(self._on_log_out)

    def run(self) -> int:
        """Run the application until it ends; return its exit status."""
        self._listening.start(LISTEN_EVERY)
        if self._asked:  # before there was a window to be closed
            QTimer.singleShot(0, self._app.closeAllWindows)
        return self._app.exec()

    def stop(self) -> None:
        """Leave signals to whoever had them before."""
        self._listening.stop()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            self.wished = False
        self._asked = True
        # Not here: this may be in the middle of painting a window, which cannot be closed there.
        QTimer.singleShot(0, self._app.closeAllWindows)

    def _on_log_out(self) -> None:
        self.wished = False
        self._called_off.start(LOG_OUT)

    def _on_called_off(self) -> None:
        self.wished = True
