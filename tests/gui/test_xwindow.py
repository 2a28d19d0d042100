"""The program itself, in a real X window, with keys sent by another program."""

from __future__ import annotations

import ctypes.util
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest
from PyQt6.QtCore import QSettings

from tests.monkey.xserver import x_server

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 60
"""Seconds after which something that should have happened will not."""

CLOSE = """
import ctypes, sys

class Message(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p), ("window", ctypes.c_ulong), ("kind", ctypes.c_ulong),
        ("format", ctypes.c_int), ("data", ctypes.c_long * 5), ("room", ctypes.c_long * 24),
    ]

x = ctypes.CDLL(sys.argv[1])
x.XOpenDisplay.restype = ctypes.c_void_p
x.XInternAtom.restype = ctypes.c_ulong
display, window = ctypes.c_void_p(x.XOpenDisplay(None)), ctypes.c_ulong(int(sys.argv[2]))
message = Message(type=33, window=window, format=32)  # ClientMessage
message.kind = x.XInternAtom(display, b"WM_PROTOCOLS", 0)
message.data[0] = x.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
assert x.XSendEvent(display, window, 0, ctypes.c_long(0), ctypes.byref(message))
x.XSync(display, 0)
"""
"""xdotool asks a window to close only in newer versions than many systems have."""

missing = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X windows are Linux's here"),
    pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}"),
]


@pytest.fixture(scope="module")
def display():
    """An X server of our own, on whatever number is free."""
    with x_server() as name:
        yield name


@pytest.fixture
def environment(display, tmp_path):
    """A home of its own, so that nothing is read or remembered elsewhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("QT_", "XDG_", "WAYLAND", "NNFS_")) and name != "PYTHONWARNINGS"
    }
    folders = {
        name: str(tmp_path / folder)
        for name, folder in (
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_RUNTIME_DIR", "runtime"),
        )
    }
    for folder in folders.values():
        Path(folder).mkdir(mode=0o700)
    return {**kept, **folders, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}


class Program:
    """The running program, as someone at the keyboard meets it."""

    def __init__(self, environment, arguments, folder: Path) -> None:
        self.environment = environment
        self.output, self.errors = folder / "stdout.txt", folder / "stderr.txt"
        with self.output.open("wb") as out, self.errors.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", ROOT / "main.py", *arguments],
                cwd=folder,
                env=environment,
                stdout=out,
                stderr=err,
            )
        found = self.tool("search", "--sync", "--onlyvisible", "--name", "NNFS Visualizer")
        self.window = found.split()[-1]
        # There is no window manager to do it.
        self.tool("windowfocus", "--sync", self.window)

    def ask(self, *words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["xdotool", *map(str, words)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    def tool(self, *words: object) -> str:
        done = self.ask(*words)
        assert done.returncode == 0, f"{words}: {done.stderr} {self.said}"
        return done.stdout

    def key(self, *keys: str) -> None:
        self.tool("key", *keys)

    def wait_for_title(self, pattern: str) -> str:
        """Wait until the window is called like this; each look waits for the X server."""
        self.tool("search", "--sync", "--onlyvisible", "--name", pattern)
        return self.title

    def answer(self, name: str, key: str) -> None:
        """Press a key in the dialog of this name, and go back to the window when it has gone."""
        found = self.tool("search", "--sync", "--onlyvisible", "--name", name)
        self.tool("windowfocus", "--sync", found.split()[-1])
        self.key(key)
        started = monotonic()
        while self.ask("search", "--onlyvisible", "--name", name).stdout:
            assert monotonic() - started < LIMIT, f"{name} does not go away"
        self.tool("windowfocus", "--sync", self.window)

    @property
    def title(self) -> str:
        return self.tool("getwindowname", self.window).strip()

    @property
    def said(self) -> str:
        return self.errors.read_text()

    def ask_to_close(self) -> None:
        """Send what the close button of a window manager sends."""
        library = ctypes.util.find_library("X11")
        if library is None:
            pytest.skip("libX11 is not here")
        subprocess.run(
            [sys.executable, "-c", CLOSE, library, self.window],
            env=self.environment,
            timeout=LIMIT,
            check=True,
        )

    def ends(self) -> int:
        """Wait for the end; return the exit status."""
        return self.process.wait(timeout=LIMIT)


@pytest.fixture
def start(environment, tmp_path):
    """Start the program; whatever is still there when the test ends is a failure."""
    running = []

    def begin(*arguments) -> Program:
        program = Program(environment, arguments, tmp_path)
        running.append(program)
        return program

    yield begin
    left = [program for program in running if program.process.poll() is None]
    for program in left:
        program.process.kill()
        program.process.wait(timeout=LIMIT)
    assert left == []


def ended_well(program: Program) -> None:
    assert program.ends() == 0
    assert program.said == ""
    assert program.output.read_text() == ""


def test_step_train_pause_first_and_quit(start):
    program = start()
    assert program.wait_for_title("^epoch 0 ") == "epoch 0 · digits · NNFS Visualizer"
    program.key("Right")
    program.wait_for_title("^epoch 1 ")
    program.key("shift+Right")
    program.wait_for_title("^epoch 11 ")
    program.key("space")
    program.wait_for_title("^training ")
    program.key("space")
    title = program.wait_for_title(r"^epoch [0-9]+ ")
    reached = int(re.match(r"epoch (\d+) ", title)[1])
    assert reached >= 11
    program.key("Right")
    program.wait_for_title(f"^epoch {reached + 1} ")
    program.key("Home")
    program.wait_for_title("^epoch 0 ")
    program.key("ctrl+q")
    ended_well(program)


def test_a_selection_with_nothing_to_show_and_another_size(start):
    """A painter was left alive here, and the resize ended the program."""
    program = start()
    program.wait_for_title("^epoch 0 ")
    program.key("ctrl+Right", "l", "l", "shift+l")
    for width, height in ((1200, 760), (1300, 800), (1180, 740)):
        program.tool("windowsize", "--sync", program.window, width, height)
    program.key("Right")
    program.wait_for_title("^epoch 1 ")
    program.key("ctrl+q")
    ended_well(program)


def test_typing_into_the_form_trains_nothing(start):
    program = start()
    program.wait_for_title("^epoch 0 ")
    program.key("ctrl+l", "ctrl+a")
    program.tool("type", "12 8")
    program.key("BackSpace", "BackSpace", "comma", "8", "Home", "Right")
    program.key("ctrl+Return")
    # The form has started a run with these layers: it is no preset any more.
    assert program.wait_for_title(" custom ").startswith("epoch 0 ")
    program.key("Escape", "Right")
    program.wait_for_title("^epoch 1 ")
    program.key("ctrl+q")
    ended_well(program)


def test_an_export_by_keyboard(start, tmp_path):
    program = start()
    program.wait_for_title("^epoch 0 ")
    program.key("Right", "Right")
    program.wait_for_title("^epoch 2 ")
    program.key("ctrl+e")
    program.answer("Export a PNG", "Return")
    # The picture lies where the program was started, once the title can change again.
    program.key("Right")
    program.wait_for_title("^epoch 3 ")
    from PIL import Image

    with Image.open(tmp_path / "frame-000002.png") as picture:
        picture.load()
        assert picture.text["epoch"] == "2"
    program.key("ctrl+q")
    ended_well(program)


@pytest.mark.parametrize(
    ("how", "run"),
    [
        ("ctrl+q", "full speed"),
        ("ctrl+q", "long epochs"),
        ("close", "long epochs"),
        ("interrupt", "full speed"),
    ],
)
def test_the_end_in_the_middle_of_training(start, tmp_path, how, run):
    arguments = ["--play"]
    if run == "long epochs":
        path = tmp_path / "long.toml"
        path.write_text('dataset = "digits"\nlayers = [512, 512]\nbatch_size = 1\n')
        arguments += ["--experiment", str(path)]
    program = start(*arguments)
    program.wait_for_title("^training ")
    if how == "close":
        program.ask_to_close()
    elif how == "interrupt":
        program.process.send_signal(signal.SIGINT)
    else:
        program.key("ctrl+q")
    ended_well(program)


def test_the_window_is_where_and_as_it_was(start, environment):
    program = start()
    program.wait_for_title("^epoch 0 ")
    program.tool("windowsize", "--sync", program.window, 1234, 777)
    program.key("ctrl+q")
    ended_well(program)
    settings = list(Path(environment["XDG_CONFIG_HOME"]).rglob("*.ini"))
    assert len(settings) == 1
    assert QSettings(str(settings[0]), QSettings.Format.IniFormat).contains("geometry")
    again = start()
    again.wait_for_title("^epoch 0 ")
    shape = again.tool("getwindowgeometry", again.window)
    assert "Geometry: 1234x777" in shape
    again.key("ctrl+q")
    ended_well(again)


def test_settings_that_are_garbage(start, environment):
    folder = Path(environment["XDG_CONFIG_HOME"]) / "nnfs-visualizer"
    folder.mkdir()
    (folder / "window.ini").write_bytes(bytes(range(256)) * 20)
    program = start()
    program.wait_for_title("^epoch 0 ")
    program.key("Right")
    program.wait_for_title("^epoch 1 ")
    program.key("ctrl+q")
    ended_well(program)


def test_a_run_that_blows_up_leaves_the_window(start, tmp_path):
    path = tmp_path / "bold.toml"
    path.write_text('dataset = "digits"\nlearning_rate = 1e30\n')
    program = start("--experiment", str(path), "--play")
    program.wait_for_title("^epoch 0 .*bold")
    program.key("F1")
    program.answer("^Keys", "Escape")
    program.key("ctrl+q")
    ended_well(program)


FIRST_PLACE = """
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
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


def framed():
    outer, room = window.frameGeometry(), window.screen().availableGeometry()
    if outer == window.geometry():
        return  # The window manager has not put its frame around it yet.
    timer.stop()
    QTimer.singleShot(300, tell)


def tell():
    outer, room = window.frameGeometry(), window.screen().availableGeometry()
    area = window.view.room
    print(*outer.getRect(), *room.getRect(), window.view.width() <= window.width(),
          area.verticalScrollBar().maximum(), area.horizontalScrollBar().maximum())
    window.close()
    viewer.close()
    app.quit()


timer = QTimer()
timer.timeout.connect(framed)
timer.start(20)
app.exec()
leave(0)
"""


@pytest.mark.skipif(shutil.which("openbox") is None, reason="not installed: openbox")
@pytest.mark.parametrize(("pixels", "times"), [("1366x768", "1.25"), ("1920x1080", "1.75")])
def test_the_first_start_is_whole_on_the_screen_with_its_frame(
    environment, tmp_path, pixels, times
):
    with x_server(pixels) as name:
        here = {**environment, "DISPLAY": name, "QT_SCALE_FACTOR": times}
        manager = subprocess.Popen(["openbox", "--sm-disable"], env=here, stderr=subprocess.DEVNULL)
        try:
            done = subprocess.run(
                [sys.executable, "-c", FIRST_PLACE, ROOT, tmp_path / "window.ini"],
                env=here,
                capture_output=True,
                text=True,
                timeout=LIMIT,
                check=False,
            )
        finally:
            manager.terminate()
            manager.wait()
    assert done.returncode == 0, done.stderr
    *numbers, beside, down, across = done.stdout.split()
    x, y, width, height, left, top, wide, high = map(int, numbers)
    assert left <= x
    assert top <= y
    assert x + width <= left + wide
    assert y + height <= top + high
    # And nothing in it is out of sight.
    assert (beside, down, across) == ("True", "0", "0")
