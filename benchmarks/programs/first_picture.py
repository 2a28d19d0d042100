"""From the start of a process to the first complete picture: this program, or an empty plot.

The way to the window is that of ``main.py``. Only the application's event loop is another one: it
waits for the first painting of the window, makes a picture of it and ends.
"""

from __future__ import annotations

import sys
from time import monotonic

from PyQt6.QtCore import QEvent, QObject, QTimer
from PyQt6.QtWidgets import QApplication, QWidget

from benchmarks.programs import Figures, answer, peak_memory


class FirstPicture(QObject):
    """Waits for the first painting of a window and makes a picture of what is there then."""

    def __init__(self, window: QWidget, started: float, kept: str) -> None:
        super().__init__(window)
        self.window, self.started, self.kept = window, started, kept
        self.figures: Figures = {"event loop": monotonic() - started}
        # The first to be painted may be any part of the window.
        self._application = QApplication.instance()
        self._application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the painting begin; whoever is called next sees that it has ended."""
        painting = event.type() == QEvent.Type.Paint and isinstance(watched, QWidget)
        if painting and watched.window() is self.window:
            self._application.removeEventFilter(self)
            QTimer.singleShot(0, self._on_painted)
        return False

    def _on_painted(self) -> None:
        self.figures["painted"] = monotonic() - self.started
        picture = self.window.grab().toImage()
        self.figures["seconds"] = monotonic() - self.started
        self.figures["memory"] = peak_memory()
        self.figures["size"] = [picture.width(), picture.height()]
        if self.kept:
            picture.save(self.kept)
        self.window.close()


def measure(started: float, empty: bool, arguments: list[str], kept: str = "") -> Figures:
    """Open a window, and say when its picture was complete and what memory it took.

    Parameters
    ----------
    started : float
        When the process was started, of ``time.monotonic``, in seconds.
    empty : bool
        An empty plot of pyqtgraph in place of this program.
    arguments : list of str
        For this program.
    kept : str
        The file that the picture is saved to, to be looked at; none if empty.
    """
    found: list[FirstPicture] = []
    loop = QApplication.exec

    def watched(*_) -> int:
        windows = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
        largest = max(windows, key=lambda widget: widget.width() * widget.height())
        found.append(FirstPicture(largest, started, kept))
        return loop()

    QApplication.exec = watched
    if empty:
        _open_empty()
    else:
        from nnfs_cli import start

        # The program would end this process, and with it what was measured.
        start.leave = sys.exit
        sys.argv = ["main.py", *arguments]
        try:
            start.main()
        except SystemExit as end:
            if end.code:
                raise
    return found[0].figures


def _open_empty() -> None:
    import pyqtgraph

    from benchmarks.x_window import SIZE

    app = pyqtgraph.mkQApp()
    plot = pyqtgraph.PlotWidget()
    plot.resize(*SIZE)
    plot.show()
    app.exec()


if __name__ == "__main__":
    answer(measure)
    from nnfs_core.leaving import leave  # not before: imports are what is measured

    leave(0)
