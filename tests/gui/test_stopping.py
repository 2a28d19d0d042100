"""Closing and changing one's mind: nothing that is being read keeps the program waiting."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtGui import QImage

from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.progress import Stopped
from tests.core.test_picture_limits import unfolding_png
from visualizer.jobs.background import Background
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

    def start(self, loader: Loader, path: Path) -> Preparation:
        experiment = Experiment(dataset=str(path))
        preparation = Preparation(experiment, "endless", None, None)
        loader.start(preparation, "loading")
        return preparation

    def test_what_is_given_up_ends_unheard(self, loader, endless, qtbot):
        heard = []
        loader.ready.connect(heard.append)
        loader.failed.connect(heard.append)
        preparation = self.start(loader, endless)
        preparation.ready.connect(heard.append)
        preparation.failed.connect(heard.append)
        with qtbot.waitSignal(preparation.progress):
            pass
        with qtbot.waitSignal(preparation.finished, timeout=60_000):
            loader.cancel()
        assert heard == []

    def test_closing_waits_for_a_piece_at_most(self, loader, endless, qtbot):
        preparation = self.start(loader, endless)
        with qtbot.waitSignal(preparation.progress):
            pass
        loader.close()
        assert preparation.isFinished()

    def test_another_one_takes_its_place(self, loader, endless, qtbot):
        first = self.start(loader, endless)
        with qtbot.waitSignal(first.progress):
            pass
        with qtbot.waitSignal(loader.ready, timeout=60_000) as caught:
            loader.start(Preparation(Experiment(), "digits", None, None), "loading")
        assert caught.args[0].name == "digits"
        qtbot.waitUntil(first.isFinished, timeout=60_000)


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
