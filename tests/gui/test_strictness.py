"""The tests of the window are strict: what fails behind their back fails them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

TESTS = """
import threading
from PyQt6.QtCore import QEvent, QObject, QThread, QTimer, qWarning
from PyQt6.QtWidgets import QPushButton, QWidget
from visualizer.jobs.background import Background
from visualizer.style.painting import Painted


def fail(*_):
    raise IndexError("behind your back")


def test_nothing(qtbot, qapp):
    qtbot.addWidget(QWidget())


def test_slot(qtbot, qapp):
    button = QPushButton()
    qtbot.addWidget(button)
    button.clicked.connect(fail)
    button.click()


def test_timer(qtbot, qapp):
    QTimer.singleShot(0, fail)
    with qtbot.waitSignal(qapp.aboutToQuit, raising=False, timeout=50):
        pass


def test_paint_event(qtbot, qapp):
    widget = type("Plain", (QWidget,), {"paintEvent": fail})()
    qtbot.addWidget(widget)
    widget.grab()


def test_painted(qtbot, qapp):
    widget = type("Ours", (Painted, QWidget), {"paint": fail})()
    qtbot.addWidget(widget)
    widget.grab()


def test_event_filter(qtbot, qapp):
    class Filter(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Show:
                fail()
            return False

    widget, watching = QWidget(), Filter()
    qtbot.addWidget(widget)
    widget.installEventFilter(watching)
    widget.show()


def test_qt_message(qtbot, qapp):
    qWarning("something is odd")


def test_qthread(qtbot, qapp):
    class Thread(QThread):
        def run(self):
            fail()

    thread = Thread()
    thread.start()
    thread.wait()


def test_plain_thread(qtbot, qapp):
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def test_job(qtbot, qapp):
    background = Background()
    failed = []
    background.submit("job", fail, print, lambda: failed.append(True))
    qtbot.waitUntil(lambda: bool(failed))  # what it did is told in this thread, a moment later
    background.close()


def test_expected(qtbot, qapp, reported):
    widget = type("Ours", (Painted, QWidget), {"paint": fail})()
    qtbot.addWidget(widget)
    widget.grab()
    assert len(reported) == 1
"""


def test_what_nobody_expected_fails_a_test(tmp_path):
    file = tmp_path / "test_behind.py"
    file.write_text(TESTS)
    options = ["-p", "tests.gui.conftest", "-p", "no:cacheprovider", "-rA", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", *options, file],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    ended: dict[str, set[str]] = {}
    for how, name in re.findall(r"^(PASSED|FAILED|ERROR) \S*::test_(\w+)", done.stdout, re.M):
        ended.setdefault(name, set()).add(how)
    assert set(ended) == set(re.findall(r"def test_(\w+)", TESTS)), done.stdout
    good = {name for name, how in ended.items() if how == {"PASSED"}}
    assert good == {"nothing", "expected"}, done.stdout
