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


def ended(code: str, home: Path) -> tuple[int, bytes]:
    """Return the exit code of a program, and what it printed as an error."""
    places = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, timeout=120,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | dict.fromkeys(places, str(home)),
    )  # fmt: skip
    return done.returncode, done.stderr


def test_the_program_ends_with_its_window_whatever_else_qt_waits_for(tmp_path):
    assert ended(KEPT_OPEN, tmp_path) == (0, b"")


def test_what_is_remembered_is_on_the_disk_when_the_program_has_ended(tmp_path):
    assert ended(CODE, tmp_path) == (0, b"")
    (file,) = tmp_path.rglob("window.ini")
    assert "geometry=" in file.read_text("utf-8")
    assert not [*tmp_path.rglob("crash-*")]
