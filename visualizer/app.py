"""The application: made once, with an exception hook, and run until the window is closed."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from PyQt6.QtCore import (
    QMessageLogContext,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PyQt6.QtWidgets import QApplication

from nnfs_core import __version__
from nnfs_core.engine.engines import USUAL, carrier_to
from nnfs_core.experiment import Experiment
from nnfs_core.registry import troubles
from visualizer.jobs.failures import failures, install_hooks
from visualizer.jobs.garbage import SETTLED, GarbageCollector
from visualizer.kit.qt_path import python_path
from visualizer.state.autosave import Autosave, folder
from visualizer.state.viewer import Viewer
from visualizer.state.weights_source import WeightsSource
from visualizer.style.theme import font
from visualizer.window.crash_trace import Crash, CrashTrace
from visualizer.window.ending import Ending
from visualizer.window.main_window import MainWindow
from visualizer.window.settings import settings

EMBEDDED = ("digits",)
"""Data that is there in a moment: the first picture is complete when the window appears."""


@cache
def application() -> QApplication:
    """Return the one application, made and named if it is not there yet.

    Kept here for as long as the program runs: widgets die with it.
    """
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    qInstallMessageHandler(_on_qt_message)
    # Every point of a hand that draws: while a run trains, few would be left of a quick stroke.
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("nnfs-visualizer")
    app.setApplicationDisplayName("NNFS Visualizer")
    app.setApplicationVersion(__version__)
    app.setStyle("Fusion")
    app.setFont(font())
    return app


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
    # The offscreen platform says this of every window, and it means nothing to anyone.
    if message and "propagateSizeHints" not in message:
        print(message, file=sys.stderr)


def open_window(
    experiment: Experiment,
    name: str,
    data_dir: Path | None,
    *,
    play: bool,
    opened: Path | WeightsSource | None = None,
    engine: str = USUAL,
) -> int:
    """Open the window on an experiment, a saved run or weights; return the status of its end.

    Parameters
    ----------
    engine : str
        Where training is done, one of :data:`~nnfs_core.engine.engines.ENGINES`.

    Raises
    ------
    UserError
        When the first experiment's data cannot be loaded before the window is there.
    """
    crash_trace = CrashTrace(python_path(settings().fileName()).parent)
    crash = crash_trace.start()
    try:
        return _open(experiment, name, data_dir, crash_trace, crash, play, opened, engine)
    finally:
        crash_trace.finish()


def _open(
    experiment: Experiment,
    name: str,
    data_dir: Path | None,
    crash_trace: CrashTrace,
    crash: Crash | None,
    play: bool,
    opened: Path | WeightsSource | None,
    engine: str,
) -> int:
    app = application()
    carrier = carrier_to(engine)
    viewer = Viewer(data_dir, carrier=carrier)
    remembered = settings()
    window = MainWindow(viewer, remembered)
    report_failures(window)
    autosave = Autosave(viewer, folder())
    window.offers.use_autosave(autosave)
    window.offers.use_crash_trace(crash_trace)
    # Qt ends its loop by itself when the last window is gone, but not where another one that nobody
    # sees has a say in it.
    window.ended.connect(lambda: QTimer.singleShot(0, app.exit))
    # From here on there are threads to be ended, and a run to be kept.
    ending = Ending(app)
    if experiment.dataset in EMBEDDED:
        # Also behind a run that is being opened: should that fail, there is something to see.
        viewer.start_now(experiment, name)
        window.show()
        if play and opened is None:
            viewer.train()
    else:
        window.show()
        if opened is None:
            viewer.start(experiment, name, train=play)
    left_behind = autosave.left_behind()
    if isinstance(opened, WeightsSource):
        viewer.open_weights(opened, train=play)
    elif opened is not None:
        viewer.open(opened, train=play)
    else:
        window.offers.left_behind(left_behind, autosave, crashed=crash is not None)
        if not remembered.isWritable():
            where = remembered.fileName()
            window.view.messages.show_note(f"{where} cannot be written: nothing is remembered")
    window.hints.greet()
    for line in troubles():
        window.view.messages.show_error(line)
    if crash is not None and (opened is not None or not left_behind):
        window.offers.crash(crash)
    garbage = GarbageCollector(app)
    garbage.start()
    QTimer.singleShot(SETTLED, garbage.settle)
    status = ending.run()
    wished = window.closed and ending.wished
    if not window.closed:
        # The display is gone: Qt has ended the loop without asking anybody.
        window.close()
    garbage.stop()
    ending.stop()
    carrier.kill()
    autosave.finish(wished=wished)
    # Not left to the object's end, which may never come: see nnfs_core.leaving.
    remembered.sync()
    return status


def report_failures(window: MainWindow) -> None:
    """Show in a window what fails in the program, rather than end it."""
    install_hooks()
    failures().happened.connect(window.view.messages.show_error)
