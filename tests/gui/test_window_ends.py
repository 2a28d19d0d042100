"""What the program leaves when it ends by itself, tried in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CODE = """
import sys
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from nnfs_cli.start import main
from visualizer import app

app.application()
QTimer.singleShot(0, QApplication.closeAllWindows)
main()
"""


KEPT_OPEN = CODE.replace("main()", "app.application().setQuitOnLastWindowClosed(False); main()")


def test_the_program_ends_with_its_window_whatever_else_qt_waits_for(tmp_path):
    home = {"HOME": tmp_path, "XDG_CONFIG_HOME": tmp_path, "XDG_STATE_HOME": tmp_path}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", KEPT_OPEN], cwd=ROOT, capture_output=True, timeout=60,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | {k: str(v) for k, v in home.items()},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_is_remembered_is_on_the_disk_when_the_program_has_ended(tmp_path):
    home = {"HOME": tmp_path, "XDG_CONFIG_HOME": tmp_path, "XDG_STATE_HOME": tmp_path}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CODE], cwd=ROOT, capture_output=True, timeout=120,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | {k: str(v) for k, v in home.items()},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    (file,) = tmp_path.rglob("window.ini")
    assert "geometry=" in file.read_text("utf-8")
    assert not [*tmp_path.rglob("crash-*")]
