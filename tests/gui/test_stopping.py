"""Closing and changing one's mind: nothing that is being read keeps the program waiting."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtGui import QImage

from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.progress import Stopped
from tests.core.test_picture_limits import unfolding_png
from visualizer.jobs.background import Background
from visualizer.jobs.runner import Runner
from visualizer.panels.draw.picture_source import read
from visualizer.state.loader import Loader
from visualizer.state.preparation import Preparation

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good table that unpacks to 20 GB: hours of reading."""
    path = tmp_path_factory.mktemp("endless") / "endless.csv.gz"
    rows = gzip.compress(b"0,1,2\n1,2,1\n" * 160_000, 9)
    path.write_bytes(gzip.compress(b"label,a,b\n") + rows * 10_000)
    return path


class TestLoader:
    @pytest.fixture
    def loader(self, qapp):
        loader = Loader()
        yield loader
        loader.close()

    def start(self, loader: Loader, path: Path, qtbot) -> None:
        """Start, and wait until it is under way."""
        told = []
        loader.progress.connect(lambda what, done, total: told.append(total))
        loader.start(Preparation(Experiment(dataset=str(path)), "endless", None, None), "loading")
        qtbot.waitUntil(lambda: any(told))

    def test_what_is_given_up_ends_unheard(self, loader, endless, qtbot):
        heard = []
        loader.ready.connect(heard.append)
        loader.failed.connect(heard.append)
        self.start(loader, endless, qtbot)
        loader.progress.connect(lambda *told: heard.append(told))
        loader.cancel()
        qtbot.waitUntil(lambda: not loader.preparations)
        assert heard == [("", 0, 0)]

    def test_closing_waits_for_a_piece_at_most(self, loader, endless, qtbot):
        self.start(loader, endless, qtbot)
        loader.close()
        assert not loader.preparations

    def test_another_one_takes_its_place(self, loader, endless, qtbot):
        self.start(loader, endless, qtbot)
        with qtbot.waitSignal(loader.ready) as caught:
            loader.start(Preparation(Experiment(), "digits", None, None), "loading")
        assert caught.args[0].name == "digits"
        qtbot.waitUntil(lambda: not loader.preparations)


class TestRunner:
    @pytest.fixture
    def runner(self, qapp):
        runner = Runner()
        yield runner
        runner.close()

    def test_results_come_to_whoever_waits_for_them_in_the_thread_that_asked(self, runner, qtbot):
        told, here = [], threading.get_ident()

        def work(number, progress):
            progress("counting", number, 3)
            return number, threading.get_ident()

        def done(result):
            told.append((*result, threading.get_ident()))

        for number in range(3):
            runner.start(partial(work, number), done, told.append, what="counting")
        qtbot.waitUntil(lambda: len(told) == 3)
        assert sorted(number for number, _, _ in told) == [0, 1, 2]
        assert all(there != here and back == here for _, there, back in told)
        qtbot.waitUntil(lambda: not runner.running)

    def test_how_far_it_is_comes_now_and_then(self, runner, qtbot):
        told = []

        def work(progress):
            for at in range(100_000):
                progress("counting", at, 100_000)

        with qtbot.waitCallback(timeout=60_000) as done:
            runner.start(work, done, done, what="", progressed=lambda *far: told.append(far))
        assert 1 <= len(told) < 1_000 and told == sorted(told)
        assert told[0] == ("counting", 0, 100_000)

    def test_what_is_forgotten_is_given_up_unheard(self, runner, qtbot):
        heard, begun = [], threading.Event()

        def endless(progress):
            while True:
                begun.set()
                progress("", 0, 0)

        number = runner.start(endless, heard.append, heard.append, what="")
        assert begun.wait(60) and runner.running == {number}
        runner.forget(number)
        qtbot.waitUntil(lambda: not runner.running)
        assert heard == []

    def test_what_comes_too_late_is_dropped(self, runner, qtbot):
        """It was on its way when it was forgotten."""
        heard = []
        number = runner.start(lambda progress: 5, heard.append, heard.append, what="")
        assert runner._threads[number].wait(60_000)
        runner.forget(number)
        qtbot.waitUntil(lambda: not runner._threads)
        assert heard == []

    @pytest.mark.parametrize(
        ("error", "line"),
        [
            (UserError("no", where="a.csv"), "a.csv: no"),
            (MemoryError(), "a file: not saved: there is not enough memory"),
            (RuntimeError("odd"), "a file: not saved: RuntimeError: odd"),
        ],
    )
    def test_an_error_is_a_line(self, runner, qtbot, reported, capsys, error, line):
        def work(progress):
            raise error

        with qtbot.waitCallback(timeout=60_000) as failed:
            runner.start(work, failed, failed, what="a file: not saved")
        assert failed.args == [line]
        assert len(reported) == (0 if isinstance(error, UserError) else 1)

    def test_who_waits_is_told_what_has_become_of_it(self, runner):
        heard = []

        def refuse(progress):
            raise UserError("full")

        good = runner.start(lambda progress: 5, heard.append, heard.append, what="")
        bad = runner.start(refuse, heard.append, heard.append, what="")
        assert runner.wait(good).result == 5 and runner.wait(bad).error == "full"
        runner.close()
        assert heard == []

    def test_nothing_is_begun_once_it_is_closed(self, runner):
        runner.close()
        assert runner.start(lambda progress: 5, print, print, what="") == 0
        assert not runner.running


class TestBackground:
    def test_a_job_that_looks_is_given_up(self, qapp):
        background, begun, told = Background(), threading.Event(), []

        def job():
            try:
                while True:
                    begun.set()
                    background.look()
            except Stopped:
                told.append(True)
                raise

        background.submit("long", job, told.append)
        assert begun.wait(60)
        background.close()
        assert told == [True]
        assert background.isFinished()


class TestPastedPictures:
    def test_it_is_refused_before_it_is_converted(self, qapp, monkeypatch):
        image = QImage(1, 40_000, QImage.Format.Format_Grayscale8)
        image.fill(0)

        def refuse(*_):
            raise AssertionError("it was converted")

        for name in ("copy", "convertToFormat", "save"):
            monkeypatch.setattr(QImage, name, refuse)
        with pytest.raises(UserError, match="the picture is too large"):
            read(image, (28, 28))

    def test_it_is_read_a_few_rows_at_a_time(self, qapp):
        image = QImage(3000, 2500, QImage.Format.Format_RGB32)
        image.fill(0)
        for row in range(1000, 1500):
            for column in range(1200, 1210):
                image.setPixel(column, row, 0xFFFFFFFF)
        looks = []
        picture = read(image, (28, 28), lambda: looks.append(1))
        assert len(looks) > 5
        assert picture.grey.shape == (853, 1024)
        rows = np.flatnonzero(picture.grey.max(axis=1) > 0.5)
        assert abs(rows[0] - 1000 * 853 / 2500) < 2
        assert abs(rows[-1] - 1500 * 853 / 2500) < 2

        def stop():
            raise Stopped

        with pytest.raises(Stopped):
            read(image, (28, 28), stop)


PROGRAM = """
import sys
from pathlib import Path
from PyQt6.QtCore import QSettings, QTimer
from nnfs_core.experiment import Experiment
from nnfs_core.leaving import leave
from visualizer.app import application
from visualizer.window.main_window import MainWindow
from visualizer.state.viewer import Viewer

app = application()
viewer = Viewer()
window = MainWindow(viewer, QSettings(sys.argv[2], QSettings.Format.IniFormat))
viewer.start_now(Experiment(), "digits")
window.show()
path = Path(sys.argv[1])

def close(*_):
    QTimer.singleShot(0, window.close)

if sys.argv[3] == "at once":
    window.files.open_path(path)
    close()
else:
    viewer.preparing.connect(lambda what, done, total: done and close())
    window.files.open_path(path)
app.exec()
print("ended")
leave(0)
"""


@pytest.mark.parametrize("kind", ["table", "blank lines", "archive", "picture"])
def test_a_window_that_is_closed_is_a_program_that_has_ended(kind, endless, tmp_path):
    path = endless
    if kind == "archive":
        path = tmp_path / "zeros.npz"
        x, y = np.zeros((60_000, 8000), np.uint8), np.zeros(60_000, np.uint8)
        np.savez_compressed(path, x_train=x, y_train=y, x_test=x[:100], y_test=y[:100])
    elif kind == "blank lines":
        path = tmp_path / "blank.csv.gz"
        lines = gzip.compress(b"\n" * 10**7, 9)
        path.write_bytes(gzip.compress(b"label,a\n") + lines * 100)
    elif kind == "picture":
        path = tmp_path / "large.png"
        path.write_bytes(unfolding_png(7700, 7700, 16, 2))
    command = [sys.executable, "-P", "-c", PROGRAM, str(path), str(tmp_path / "window.ini")]
    command.append("at once" if kind in ("blank lines", "picture") else "when it is read")
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "ended\n", "")
