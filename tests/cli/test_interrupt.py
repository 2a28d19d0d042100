"""Ctrl+C at moments of the start and the end: the program ends, quietly, whatever it just does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from .command import ROOT

LIMIT = 60
"""Seconds after which something that should have happened will not."""

DRIVER = """
import runpy, sys

moment, *arguments = sys.argv[1:]
kind, _, name = moment.partition(" ")

def stay():
    print("reached", flush=True)
    sys.stdin.read()  # until the signal has been sent

class Import:
    def find_spec(self, module, *_):
        if module == name:
            sys.meta_path.remove(self)
            stay()

if kind == "import":
    sys.meta_path.insert(0, Import())
else:
    module, _, attribute = name.partition(":")
    owner = sys.modules.get(module) or __import__(module, fromlist=["x"])
    *path, last = attribute.split(".")
    for one in path:
        owner = getattr(owner, one)
    plain = getattr(owner, last)
    calls = []

    def late(*given, **named):
        if kind == "before" and not calls:
            calls.append(1)
            stay()
        found = plain(*given, **named)
        if kind == "after" and not calls:
            calls.append(1)
            stay()
        return found

    setattr(owner, last, late)
sys.argv = ["main.py", *arguments]
runpy.run_path("main.py", run_name="__main__")
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


@pytest.fixture
def environment(tmp_path):
    folders = {name: str(tmp_path / name) for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    return {**os.environ, **folders, "QT_QPA_PLATFORM": "offscreen"}


def interrupted(environment, moment: str, *arguments: str) -> tuple[int, str]:
    """Press Ctrl+C at a moment; return the exit status and what was said."""
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, moment, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        # A moment that does not come, since it is called otherwise now, is an error of this test.
        late = threading.Timer(LIMIT, program.kill)
        late.start()
        try:
            for line in program.stdout:
                if line == "reached\n":
                    break
            else:
                pytest.fail(f"{moment} has not come: {program.stderr.read()}")
            late.cancel()
            # As in a terminal: everything that was started there is sent it.
            os.killpg(program.pid, signal.SIGINT)
            _, errors = program.communicate(timeout=LIMIT)
        finally:
            late.cancel()
            program.kill()
    return program.returncode, errors


COMING = [
    "import nnfs_cli.interrupt",
    "import nnfs_cli.start",
    "import nnfs_cli.outcome",
    "import pydantic",
    "import numpy",
    "import pyqtgraph",
    "before visualizer.app:application",
    "before visualizer.window.memory:Memory.restore",
    "after visualizer.state.viewer:Viewer._start",
    "before visualizer.view.frame_view:FrameView.show_frame",
    "before visualizer.state.autosave:Autosave.left_behind",
    "before visualizer.window.ending:Ending.run",
]
PLAYING = [
    "import PyQt6.QtWidgets",
    "before visualizer.window.main_window:MainWindow.show",
    "after visualizer.window.main_window:MainWindow.show",
    "before visualizer.window.ending:Ending.run",
]


@pytest.mark.parametrize(
    ("moment", "arguments"),
    [*((moment, []) for moment in COMING), *((moment, ["--play"]) for moment in PLAYING)],
)
def test_the_window(environment, moment, arguments):
    status, said = interrupted(environment, moment, *arguments)
    assert status in (0, 130)
    assert said == ""


@pytest.mark.parametrize(
    ("moment", "arguments"),
    [
        ("import typer", ["--version"]),
        ("import nnfs_cli.app", ["doctor"]),
        ("import numpy", ["train", "--epochs", "100000"]),
        ("import nnfs_core.training.trainer", ["train", "--epochs", "100000"]),
        ("after nnfs_core.training.trainer:Trainer.step_epoch", ["train", "--epochs", "100000"]),
        ("import numpy", ["evaluate", "weights.npz"]),
        ("import visualizer.display", ["doctor"]),
        ("import nnfs_web", ["web", "--port", "0"]),
        ("after nnfs_cli.outcome:outcome_of", ["--version"]),
    ],
)
def test_other_commands(environment, moment, arguments):
    status, said = interrupted(environment, moment, *arguments)
    assert status == 130
    *_, last = ["", *said.splitlines()]
    assert last in ("", "stopped after epoch 1") or last.startswith("digits: 1,437 training")


def test_what_was_told_to_ignore_it_ignores_it(environment):
    """As a shell tells what it runs in the background."""
    code = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    code += "os.execv(sys.executable, [sys.executable, '-c', *sys.argv[1:]])"
    look = (
        "import signal\n"
        "from nnfs_cli.interrupt import leave_on_interrupt, raise_on_interrupt\n"
        "leave_on_interrupt(); raise_on_interrupt()\n"
        "assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, look], cwd=ROOT, env=environment, check=False
    )
    assert done.returncode == 0
