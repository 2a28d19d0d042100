"""Every command where standard streams are closed, full, cut off, or lack most characters."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from nnfs_core.disk.streams import Heedless
from nnfs_core.shipped import shipped_file
from nnfs_web.pictures import png
from tests.cli.command import ROOT
from tests.core.drawn import digit

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no shell here to close them")

WINDOW = """
import sys
from PyQt6.QtCore import QTimer
from visualizer.app import application
sys.argv = ["main.py"]
app = application()
QTimer.singleShot(0, app.closeAllWindows)
from nnfs_cli.start import main
main()
"""
"""The window, closed again at once."""

COMMANDS = {
    "window": ["-c", WINDOW],
    "version": ["main.py", "--version"],
    "help": ["main.py", "train", "--help"],
    "train": ["main.py", "train", "--epochs", "2", "--out", "{folder}/out.npz"],
    "resume": ["main.py", "train", "--resume", "{folder}/run.nnfs", "--epochs", "2"],
    "evaluate": ["main.py", "evaluate", "{weights}"],
    "predict": ["main.py", "predict", "{weights}", "{folder}/three.png"],
    "render": ["main.py", "render", "--out", "{folder}", "--epochs", "1", "--size", "300x300"],
    "doctor": ["main.py", "doctor"],
    "web": ["main.py", "web", "--weights", "{folder}/none.npz"],
    "dev help": ["dev.py", "--help"],
    "dev bench": ["dev.py", "bench", "--help"],
    "dev none": ["dev.py", "rnu"],
    "benchmark": ["benchmarks/run.py", "--markdown", "{folder}/none/x.md", "digits"],
}
MISTAKEN = ("web", "dev none", "benchmark")
SAYS_NOTHING = (*MISTAKEN, "window")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    (folder / "three.png").write_bytes(png(digit(3)))
    train = ["main.py", "train", "--epochs", "1", "--save-run", str(folder / "run.nnfs")]
    subprocess.run([sys.executable, *train], cwd=ROOT, check=True, capture_output=True)
    return folder


def shell(folder: Path, name: str, redirection: str, **variables: str):
    values = {"folder": folder, "weights": shipped_file("digits")}
    words = [word.format(**values) if "{" in word else word for word in COMMANDS[name]]
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "PYTHONUNBUFFERED": "",
        **variables,
    }
    return subprocess.run(
        ["sh", "-c", f"{shlex.join([sys.executable, *words])} {redirection}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def usual(name: str) -> int:
    return 2 if name in MISTAKEN else 0


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&- <&-"])
@pytest.mark.parametrize("name", COMMANDS)
def test_closed(folder, name, redirection):
    done = shell(folder, name, redirection)
    assert done.returncode == usual(name), done.stderr
    assert "Error" not in done.stderr and "Exception" not in done.stderr, done.stderr
    if ">&-" not in redirection and name not in SAYS_NOTHING:
        assert done.stdout
    if name == "train":
        assert (folder / "out.npz").exists()
        (folder / "out.npz").unlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("name", COMMANDS)
def test_full(folder, name):
    done = shell(folder, name, "2>/dev/full")
    assert done.returncode == usual(name), done.stdout
    assert name in SAYS_NOTHING or done.stdout
    done = shell(folder, name, ">/dev/full")
    assert done.returncode == 2 or name == "window", done.stderr
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr, done.stderr
    if name not in SAYS_NOTHING:
        assert done.stderr.endswith("error: the output: No space left on device\n"), done.stderr


def test_full_where_nothing_is_buffered(folder):
    done = shell(folder, "train", "2>/dev/full", PYTHONUNBUFFERED="1")
    assert done.returncode == 0 and done.stdout.startswith("epoch 2")


@pytest.mark.parametrize("name", COMMANDS)
def test_nobody_reads_on(folder, name):
    # `true` has ended long before anything is written to it.
    done = shell(folder, name, "| true; true")
    assert "Error" not in done.stderr and "Exception" not in done.stderr, done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_an_encoding_that_lacks_most_characters(folder, name):
    odd = folder / "für η"
    odd.mkdir(exist_ok=True)
    for file in ("three.png", "run.nnfs"):
        (odd / file).write_bytes((folder / file).read_bytes())
    done = shell(odd, name, "", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == usual(name), done.stderr
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr, done.stderr
    assert "udcc3" not in done.stdout + done.stderr


def test_data_whose_name_the_encoding_lacks_is_said_so(tmp_path):
    file = tmp_path / "für.csv"
    file.write_text("a,class\n1,x\n")
    done = subprocess.run(
        [sys.executable, "main.py", "train", "--dataset", file],
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True,
        encoding="ascii",
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: --dataset: ") and done.stderr.count("\n") == 1
    assert "is not text in this system's encoding, ascii; " in done.stderr
    assert "PYTHONUTF8=1" in done.stderr and "not empty" not in done.stderr


def test_a_path_that_qt_names_can_be_opened_in_every_encoding(tmp_path):
    file = tmp_path / "für.csv"
    file.write_text("kept")
    code = (
        "import sys; from PyQt6.QtCore import QDir\n"
        "from visualizer.kit.qt_path import python_path\n"
        "(name,) = QDir(sys.argv[1]).entryList(QDir.Filter.Files)\n"
        "print((python_path(sys.argv[1]) / python_path(name)).read_text())"
    )
    for variables in ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {}):
        done = subprocess.run(
            [sys.executable, "-c", code, tmp_path],
            cwd=ROOT,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stdout == "kept\n", done.stderr


def test_a_file_is_not_written_into_where_a_stream_is_closed(tmp_path):
    """The first file that is opened gets the number of a stream that is not there."""
    code = (
        "import os, sys; from nnfs_cli.outcome import outcome_of\n"
        "def work():\n"
        "    file = open(sys.argv[1], 'wb')\n"
        "    assert file.fileno() > 2\n"
        "    os.write(1, b'printed'); os.system('echo printed')\n"
        "    file.write(b'kept'); file.close()\n"
        "sys.exit(outcome_of(work))"
    )
    target = tmp_path / "file"
    command = shlex.join([sys.executable, "-W", "error", "-c", code, str(target)])
    done = subprocess.run(
        ["sh", "-c", f"{command} <&- >&-"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert target.read_bytes() == b"kept"


def test_a_heedless_file_takes_everything(tmp_path):
    read, write = os.pipe()
    os.close(read)
    with Heedless(write, "w") as file:
        assert file.write(b"12345") == 5
    with Heedless(os.open(tmp_path / "a", os.O_CREAT | os.O_WRONLY), "w") as file:
        assert file.write(b"123") == 3
    assert (tmp_path / "a").read_bytes() == b"123"
