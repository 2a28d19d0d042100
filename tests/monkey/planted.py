"""Faults on purpose, to see whether the monkey finds them: each breaks the program it is called in.

They are named by ``plant`` of :class:`~tests.monkey.order.Order`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable

from PyQt6.QtCore import qWarning
from PyQt6.QtWidgets import QApplication, QWidget

from visualizer.panels.curves import CurvesPanel
from visualizer.state.viewer import Viewer
from visualizer.view.timeline import Track
from visualizer.view.transport_bar import TransportBar


def paint() -> None:
    """Painting the timeline fails once the first epoch was left."""
    plain = Track.paintEvent

    def paint(track: Track, event: object) -> None:
        plain(track, event)
        if track.shown > 0:
            raise RuntimeError("planted")

    Track.paintEvent = paint


def slot() -> None:
    """A step fails."""

    def step(viewer: Viewer, epochs: int = 1) -> None:
        raise RuntimeError("planted")

    Viewer.step = step


def warning() -> None:
    """Qt warns when somebody steps."""
    _before_a_step(lambda: qWarning("planted"))


def abort() -> None:
    """The program dies natively when somebody steps."""
    _before_a_step(os.abort)


def block() -> None:
    """The window stands still for good when somebody steps."""
    _before_a_step(signal.pause)


def linger() -> None:
    """The program goes on when its last window was closed."""
    plain = QApplication.exec

    def run(app: QApplication) -> int:
        app.setQuitOnLastWindowClosed(False)
        while True:
            plain()

    QApplication.exec = run


def leave() -> None:
    """The program ends with a status, in the middle of it all, when somebody steps."""
    _before_a_step(lambda: os._exit(3))


def thread() -> None:
    """An exception in another thread when somebody steps."""
    _before_a_step(lambda: threading.Thread(target=lambda: 1 / 0).start())


def leftover() -> None:
    """A window is left open when the program ends."""
    plain, kept = Viewer.close, []

    def close(viewer: Viewer) -> None:
        plain(viewer)
        kept.append(QWidget())
        # Once the program's own loop has ended, nobody closes it any more.
        program = QApplication.instance()
        program.aboutToQuit.connect(kept[-1].show)

    Viewer.close = close


def contradiction() -> None:
    """The bar says another epoch than the one that is shown."""
    plain = TransportBar.show_frame

    def show_frame(bar: TransportBar, frame: object, context: object) -> None:
        plain(bar, frame, context)
        bar.numbers.epoch.setText("123")

    TransportBar.show_frame = show_frame


def behind() -> None:
    """The curves are drawn less often than the header, and do not say of which epoch they are."""
    CurvesPanel.interval = 0.4


def greed() -> None:
    """Every step takes memory that is never given back."""
    kept: list[bytearray] = []

    def take() -> None:
        kept.append(bytearray(os.urandom(2**20) * 512))

    _before_a_step(take)


def output() -> None:
    """Something is printed on standard output."""
    _before_a_step(lambda: print("planted", file=sys.stdout, flush=True))


def _before_a_step(do: Callable[[], object]) -> None:
    plain = Viewer.step

    def step(viewer: Viewer, epochs: int = 1) -> None:
        do()
        plain(viewer, epochs)

    Viewer.step = step
