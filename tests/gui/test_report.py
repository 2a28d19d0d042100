"""After a crash the next start says so once, and a report of what is known can be copied."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import create_autospec

import numpy as np
import pytest
from PyQt6.QtCore import QT_VERSION_STR, Qt
from PyQt6.QtGui import QGuiApplication

from nnfs_core import __version__
from visualizer.jobs.recent_errors import forget_errors, recent_errors, remember
from visualizer.state.autosave import Autosave
from visualizer.state.kept_runs import KeptRun
from visualizer.window.crash_trace import LAST, Crash, CrashTrace
from visualizer.window.report import report, without_home

ROOT = Path(__file__).resolve().parents[2]

CRASHING = """
import ctypes, faulthandler, os, sys, threading
from pathlib import Path
from unittest.mock import create_autospec
from visualizer.window.crash_trace import CrashTrace
trace = CrashTrace(Path(sys.argv[1]))
trace.start()
def paint_something():
    {how}
paint_something()
"""
WAYS = {
    "a null pointer": ("ctypes.string_at(0)", "Segmentation fault"),
    "a segmentation fault": ("faulthandler._sigsegv()", "Segmentation fault"),
    "an abort": ("os.abort()", "Aborted"),
    "Qt giving up": ("from PyQt6.QtCore import qFatal; qFatal('no')", "Aborted"),
}

OPENED = """
import faulthandler, json, sys
from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QPushButton
from nnfs_core.experiment import Experiment
from visualizer import app
application = app.application()
def look():
    window = next(one for one in application.topLevelWidgets() if hasattr(one, "offers"))
    if sys.argv[1] == "crash":
        faulthandler._sigsegv()
    said, text = window.view.messages.text.text(), ""
    for button in window.view.messages.findChildren(QPushButton):
        if button.text() == "Copy a report":
            button.click()
            text = QGuiApplication.clipboard().text()
    print(json.dumps([said, text]))
    window.close()
QTimer.singleShot(0, look)
sys.exit(app.open_window(Experiment(), "digits", None, play=False))
"""


def child(code: str, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **variables},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def handler():
    """No crash handler but what is tested; that of the tests is given back."""
    was = faulthandler.is_enabled()
    faulthandler.disable()
    yield
    faulthandler.disable()
    if was:
        faulthandler.enable(sys.__stderr__)


@pytest.fixture
def no_errors():
    forget_errors()
    yield
    forget_errors()


class TestTrace:
    @pytest.mark.parametrize("way", WAYS)
    def test_a_crash_is_told_once_and_kept(self, handler, tmp_path, way):
        how, said = WAYS[way]
        done = child(CRASHING.format(how=how), tmp_path)
        assert done.returncode != 0 and len(files(tmp_path)) == 2
        first, second = CrashTrace(tmp_path), CrashTrace(tmp_path)
        crash = first.start()
        assert crash is not None
        assert said in crash.text and "in paint_something" in crash.text
        assert second.start() is None and second.last() == crash
        assert abs(crash.when - (tmp_path / LAST).stat().st_mtime) < 1e-3
        for trace in (first, second):
            trace.finish()
        assert files(tmp_path) == [LAST]

    @pytest.mark.skipif(os.name == "nt", reason="there are no such signals")
    def test_being_killed_leaves_nothing_to_tell(self, handler, tmp_path):
        done = child(CRASHING.format(how=f"os.kill(os.getpid(), {int(signal.SIGKILL)})"), tmp_path)
        assert done.returncode == -signal.SIGKILL and len(files(tmp_path)) == 2
        trace = CrashTrace(tmp_path)
        assert trace.start() is None and trace.last() is None
        trace.finish()
        assert files(tmp_path) == []

    def test_what_a_living_program_owns_is_left_alone(self, handler, tmp_path):
        code = CRASHING.format(how="print(trace.path, flush=True); input(); os.abort()")
        with subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as other:
            path = Path(other.stdout.readline().strip())
            ours = CrashTrace(tmp_path)
            assert ours.start() is None
            assert path.exists() and ours.path.exists() and path != ours.path
            other.communicate("go on\n", timeout=60)
        ours.finish()
        last = CrashTrace(tmp_path)
        crash = last.start()
        assert crash is not None and "Aborted" in crash.text
        last.finish()

    def test_of_several_crashes_the_newest_is_told(self, handler, tmp_path):
        for number in (2, 3, 1):
            path = tmp_path / f"crash-{number}.txt"
            path.write_text(f"crash {number}")
            os.utime(path, (number, number))
        trace = CrashTrace(tmp_path)
        assert trace.start() == Crash(3.0, "crash 3") == trace.last()
        trace.finish()
        assert files(tmp_path) == [LAST]

    def test_without_a_folder_there_is_no_trace_and_no_harm(self, handler, tmp_path):
        (tmp_path / "file").touch()
        trace = CrashTrace(tmp_path / "file" / "folder")
        assert trace.start() is None and trace.last() is None
        trace.finish()

    def test_traces_that_go_elsewhere_stay_there(self, handler, tmp_path):
        with (tmp_path / "elsewhere").open("wb") as other:
            faulthandler.enable(other)
            trace = CrashTrace(tmp_path)
            assert trace.start() is None
            trace.finish()
            assert faulthandler.is_enabled() and files(tmp_path) == ["elsewhere"]
            faulthandler.disable()

    def test_ending_well_leaves_nothing(self, handler, tmp_path):
        trace = CrashTrace(tmp_path)
        trace.start()
        assert faulthandler.is_enabled() and len(files(tmp_path)) == 2
        trace.finish()
        assert files(tmp_path) == []


class TestReport:
    def test_it_says_what_runs_here(self, qapp, no_errors):
        text = report("offscreen")
        for known in (__version__, np.__version__, QT_VERSION_STR, sys.version.split()[0]):
            assert known in text
        for line in ("Versions\n", "cores: ", "BLAS: ", "pyqtgraph: ", "platform: offscreen"):
            assert line in text
        assert "Last errors: none" in text and "Last crash: none is known" in text

    def test_errors_come_with_their_traceback(self, qapp, no_errors):
        try:
            np.zeros(3)[7]
        except IndexError as error:
            for _ in range(3):
                remember(error)
        remember("the disk is full\x1b[2J")
        text = report("offscreen", Crash(0.0, "Fatal Python error: Aborted\n\nThread 1"))
        assert "Last errors: 2" in text and ", 3 times until " in text
        assert "in test_errors_come_with_their_traceback" in text and "IndexError: " in text
        assert "  the disk is full\\x1b[2J\n" in text and "\x1b" not in text
        assert "\n  Fatal Python error: Aborted\n" in text

    def test_nothing_is_told_of_the_person(self, qapp, no_errors, monkeypatch):
        home = Path.home()
        for name in ("PASSWORD", "GITHUB_TOKEN", "NNFS_ODD"):
            monkeypatch.setenv(name, "a-secret-value")
        monkeypatch.setenv("NNFS_DATA_DIR", str(home / "data" / "mnist"))
        remember(f"{home}/secret.csv: there is no such file")
        text = report("offscreen", Crash(0.0, f'File "{home}/nnfs/main.py", line 3'))
        assert "a-secret-value" not in text
        assert "~/secret.csv: " in text and 'File "~/nnfs/main.py"' in text
        assert "~/data/mnist" in text
        if len(str(home)) > 3:
            assert f"{home}/" not in text

    def test_the_home_folder_however_it_is_written(self):
        home = Path("/home/ada")
        assert without_home("/home/ada and /home/ada/x.csv", home) == "~ and ~/x.csv"
        assert without_home("'/home/ada'", home) == "'~'"
        for other in ("/home/adalbert", "/home/ada-2/x", "/home/ada.old"):
            assert without_home(other, home) == other
        assert without_home("/x", Path("/")) == "/x"


class TestWindow:
    def test_a_key_copies_it(self, window, qtbot, no_errors):
        window.view.messages.show_error("x.csv: there is no such file")
        QGuiApplication.clipboard().clear()
        qtbot.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
        text = QGuiApplication.clipboard().text()
        assert text.startswith("NNFS Visualizer, a report of ")
        assert "  x.csv: there is no such file\n" in text
        assert "on the clipboard; nothing is sent" in window.view.messages.text.text()
        assert len(recent_errors()) == 1

    def test_it_is_in_the_help_menu(self, window):
        entries = window.menus.help.actions()
        names = ("hints", "words", "keys", "report")
        assert [window.commands.named[name] for name in names] == entries

    def test_a_run_that_is_left_is_still_offered_after_copying(self, window, no_errors):
        bar = window.view.messages
        left = create_autospec(KeptRun, instance=True, modified=0.0)
        autosave = create_autospec(Autosave, instance=True)
        window.offers.left_behind([left], autosave, crashed=True)
        assert bar.text.text().startswith("The program crashed and left a run unfinished (")
        press(bar, "Copy a report")
        assert "on the clipboard" in bar.text.text()
        bar.dismiss.click()
        assert bar.text.text().startswith("A run was left unfinished (")
        assert names(bar) == ["Open it", "Discard"]
        press(bar, "Discard")
        assert not bar.isVisible()
        autosave.discard.assert_called_once_with(left)


def names(bar) -> list[str]:
    return [button.text() for button in bar._actions]


def press(bar, name: str) -> None:
    next(button for button in bar._actions if button.text() == name).click()


def test_the_program_tells_of_its_crash_at_the_next_start_once(tmp_path):
    variables = {
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    done = child(OPENED, "crash", **variables)
    assert done.returncode != 0
    said, text = json.loads(child(OPENED, "look", **variables).stdout)
    assert said.startswith("The program crashed (")
    assert "Segmentation fault" in text and "in look" in text and "Last errors: none" in text
    said, _ = json.loads(child(OPENED, "look", **variables).stdout)
    assert said == ""
    assert list((tmp_path / "config" / "nnfs-visualizer").glob("crash-*")) == []
