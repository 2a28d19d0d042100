"""What every test of the window stands on: real widgets, real threads, nothing left behind."""

from __future__ import annotations

import os
import sys
import threading

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from functools import partialmethod
from weakref import WeakSet

import pytest
from PyQt6.QtCore import QSettings, QThread
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnfs_core.data import load_dataset
from nnfs_core.engine.carrier import Carrier
from nnfs_core.engine.pipe import Pipe
from nnfs_core.experiment import Experiment
from nnfs_core.training.trainer import Trainer
from tests.gui.leftovers import leftovers
from visualizer.app import application
from visualizer.jobs.failures import failures
from visualizer.jobs.garbage import GarbageCollector
from visualizer.state.viewer import Viewer
from visualizer.style.lengths import set_again
from visualizer.style.text_size import set_text_size, text_size
from visualizer.style.theme import font
from visualizer.window.main_window import MainWindow

PATIENCE = 60_000
"""Milliseconds after which something that should have happened will not."""

NOISE = ("This plugin does not support",)
"""What Qt's offscreen platform says of itself; nothing in this program can help it."""


@pytest.fixture(scope="session")
def qapp():
    """The application just as the program makes it, with its cycles collected in this thread."""
    app = application()
    garbage = GarbageCollector(app)
    garbage.start()
    yield app
    garbage.stop()


class PatientBot(QtBot):
    """Waits for long: on a busy machine anything can take its time, and then comes all the same."""

    waitUntil = partialmethod(QtBot.waitUntil, timeout=PATIENCE)
    waitSignal = partialmethod(QtBot.waitSignal, timeout=PATIENCE)
    waitSignals = partialmethod(QtBot.waitSignals, timeout=PATIENCE)
    waitExposed = partialmethod(QtBot.waitExposed, timeout=PATIENCE)
    waitActive = partialmethod(QtBot.waitActive, timeout=PATIENCE)


@pytest.fixture
def qtbot(qapp, request):
    """The hand that tests the window."""
    return PatientBot(request)


@pytest.fixture
def reported(monkeypatch):
    """What the program has reported of its own faults: this test expects some."""
    for module, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, name, getattr(module, name))  # put back when the test is over
    lines: list[str] = []
    failures().happened.connect(lines.append)
    yield lines
    failures().happened.disconnect(lines.append)


@pytest.fixture(autouse=True)
def _nothing_fails(request):
    """Fail a test in which something was reported as a fault that did not expect it.

    What raises an error in a slot, an event or a filter, and is not caught there, pytest-qt sees.
    """
    if "qapp" not in request.fixturenames or "reported" in request.fixturenames:
        yield
        failures().forget()
        return
    lines: list[str] = []
    failures().happened.connect(lines.append)
    yield
    failures().happened.disconnect(lines.append)
    failures().forget()
    assert lines == []


@pytest.fixture(autouse=True)
def _nothing_left_behind(request, monkeypatch):
    """Fail a test that leaves a window or a running thread, or makes Qt complain."""
    if "qapp" not in request.fixturenames:
        yield
        return
    log = request.getfixturevalue("qtlog")
    threads = WeakSet()
    for kind in QThread.__subclasses__():

        def start(thread, *how, plain=kind.start):
            threads.add(thread)
            plain(thread, *how)

        monkeypatch.setattr(kind, "start", start)
    before = set(QApplication.topLevelWidgets())
    yield
    assert leftovers(before, threads) == []
    said = [record.message for record in log.records if record.type_name != "QtDebugMsg"]
    assert [line for line in said if not line.startswith(NOISE)] == []


@pytest.fixture(autouse=True)
def _text_as_usual():
    """Leave text at its usual size for the next test: it is that of the whole program."""
    yield
    if text_size() != 100:
        set_text_size(100)
        set_again()
        if QApplication.instance() is not None:
            QApplication.setFont(font())


@pytest.fixture
def process():
    """A process that trains, once somebody begins."""
    made = Pipe()
    yield made
    made.kill()


@pytest.fixture(scope="session")
def pipes():
    """Processes that train, each used by one viewer after the other."""
    idle: list[Pipe] = []
    yield idle
    for one in idle:
        one.kill()


@pytest.fixture
def apart(request):
    """Whether the runs of windows are trained in a process: what it is told takes a moment."""
    return request.config.getoption("--engine") == "process"


@pytest.fixture
def new_carrier(request, pipes):
    """Make what reaches the engine that ``--engine`` names, one for each viewer."""
    made: list[Pipe] = []

    def make() -> Carrier | None:
        if request.config.getoption("--engine") == "thread":
            return None
        made.append(pipes.pop() if pipes else Pipe())
        return made[-1]

    yield make
    pipes.extend(made)


@pytest.fixture
def settings(tmp_path):
    """A place to remember things in that no other test sees."""
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def make_viewer(qapp, new_carrier):
    """Make viewers on a run, ended when the test is over."""
    made = []

    def make(
        experiment: Experiment | None = None,
        dataset=None,
        name: str = "digits",
        before=lambda viewer: None,
        carrier: Carrier | None = None,
    ) -> Viewer:
        viewer = Viewer(carrier=carrier or new_carrier())
        made.append(viewer)
        before(viewer)
        experiment = experiment or Experiment()
        viewer.adopt(Trainer(experiment, dataset or load_dataset(experiment.dataset)), name)
        return viewer

    yield make
    for viewer in made:
        viewer.close()


@pytest.fixture
def viewer(make_viewer):
    """The run the program opens with."""
    return make_viewer()


@pytest.fixture
def make_window(qtbot, make_viewer, settings):
    """Make windows on a run, shown and with the keyboard's focus."""
    # As the program does: one that nobody holds would go with its threads still running.
    held: list[MainWindow] = []

    def make(
        experiment: Experiment | None = None,
        dataset=None,
        name: str = "digits",
        size: tuple[int, int] | None = (1440, 900),
        kept: QSettings | None = None,
        carrier: Carrier | None = None,
        workspace: str = "explain",
    ) -> MainWindow:
        windows = []

        def open_it(viewer: Viewer) -> None:
            # As in the program: the window is there before the first run is. Tests look at every
            # panel, so it opens where all have a place, unless it has been opened before.
            where = kept or settings
            if where.value("workspace") is None:
                where.setValue("workspace", workspace)
            windows.append(MainWindow(viewer, where))
            qtbot.addWidget(windows[0])

        make_viewer(experiment, dataset, name, open_it, carrier)
        window = windows[0]
        held.append(window)
        if size is not None:
            window.resize(*size)
        window.show()
        window.activateWindow()
        qtbot.waitExposed(window)
        qtbot.waitUntil(window.isActiveWindow)
        return window

    yield make
    held.clear()


@pytest.fixture
def window(make_window):
    """The window as the program opens it."""
    return make_window()
