"""The program killed at named moments, and what must be found afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nnfs_core.files.runfile import load_run
from visualizer.state.kept_runs import clear, kept_runs

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 60
"""Seconds after which something that should have happened will not."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


@pytest.fixture
def environment(tmp_path):
    """A home of its own, so that nothing is read or remembered elsewhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("QT_", "XDG_", "WAYLAND", "NNFS_"))
    }
    folders = {
        "HOME": "home",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_RUNTIME_DIR": "runtime",
        "TMPDIR": "temporary",
    }
    for name, folder in folders.items():
        (tmp_path / folder).mkdir(mode=0o700)
        kept[name] = str(tmp_path / folder)
    return {**kept, "QT_QPA_PLATFORM": "offscreen"}


@pytest.fixture
def where(environment):
    """The folder of the runs that are kept."""
    return Path(environment["XDG_DATA_HOME"]) / "nnfs-visualizer" / "autosave"


class Program:
    """A program that tells what it does."""

    def __init__(self, environment, *line: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", *line],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.told: list[str] = []

    def wait_for(self, word: str) -> str:
        """Wait until it tells a line that begins so."""
        for line in self.process.stdout:
            self.told.append(line.strip())
            if line.startswith(word):
                return line.strip()
        raise AssertionError((self.told, self.process.stderr.read()))

    def kill(self) -> None:
        self.process.kill()
        self.ends()

    def ends(self) -> int:
        """Wait until it and all that it has started have ended: they share the streams."""
        out, self.errors = self.process.communicate(timeout=LIMIT)
        self.told += out.splitlines()
        return self.process.returncode

    @property
    def saved(self) -> list[int]:
        """The epochs at which it has saved."""
        return [int(line.split()[1]) for line in self.told if line.startswith("saved")]

    def files(self) -> list[str]:
        """Name the files that it has open or mapped, with what says that one has no name."""
        proc = Path("/proc", str(self.process.pid))
        links = []
        for folder in "fd", "map_files":
            for entry in (proc / folder).iterdir():
                try:
                    links.append(str(entry.readlink()))
                except FileNotFoundError:  # closed just now
                    continue
        return links


@pytest.fixture
def start(environment):
    """Start programs that end with the test."""
    made = []

    def begin(*line: str, **more: str) -> Program:
        made.append(Program({**environment, **more}, *line))
        return made[-1]

    yield begin
    for program in made:
        program.process.kill()
        program.process.communicate()


def killed(start, moment: str) -> Program:
    program = start("tests.gui.killed_program", moment)
    program.wait_for("reached")
    program.kill()
    return program


def files(where: Path) -> list[str]:
    """Name everything that is kept, without the names of its folders."""
    return sorted(path.name for path in where.rglob("*") if path.is_file())


def offered(start) -> str:
    program = start("tests.gui.next_start")
    line = program.wait_for("")
    assert program.ends() == 0, program.errors
    assert program.errors == ""
    return line


@pytest.mark.skipif(not Path("/proc/self/map_files").exists(), reason="looks into /proc")
@pytest.mark.parametrize("moment", ["hand-over, file made", "hand-over, file sent"])
def test_killed_while_data_is_handed_over(start, environment, moment):
    program = start("tests.gui.killed_program", moment)
    program.wait_for("reached")
    places = ("/dev/shm/", environment["TMPDIR"])
    named = [link for link in program.files() if link.startswith(places)]
    assert [link for link in named if not link.endswith("(deleted)")] == []
    assert any("memfd:nnfs" in link for link in program.files()), "this is the moment"
    program.kill()
    assert list(Path(environment["TMPDIR"]).iterdir()) == []


def test_killed_in_the_middle_of_the_first_autosave(start, where):
    killed(start, "first autosave, written")
    (half,) = where.glob("*/*")
    assert half.suffix == ".tmp"
    assert offered(start) == "nothing"
    assert list(where.iterdir()) == []


@pytest.mark.parametrize(("moment", "number"), [("rename, before", 1), ("rename, after", 2)])
def test_killed_while_a_save_takes_the_place_of_another(start, where, moment, number):
    program = killed(start, moment)
    assert len(program.saved) == 1
    (left,) = clear(where)
    assert files(where) == [f"{left.folder.name}.lock", "unfinished.nnfs"], "no half-written one"
    epoch = load_run(left.unfinished).newest[0].epoch
    assert epoch == program.saved[0] if number == 1 else epoch > program.saved[0]
    assert offered(start) == f"unfinished.nnfs {epoch}"


def test_killed_in_its_first_second_of_training(start, where):
    program = start("tests.gui.killed_program", "training")
    program.wait_for("saved")
    program.kill()
    (left,) = clear(where)
    epoch = load_run(left.unfinished).newest[0].epoch
    assert epoch >= program.saved[0] > 0
    assert offered(start) == f"unfinished.nnfs {epoch}"
    # It was opened, and the program closed: it is the run of last time.
    assert offered(start) == "nothing"
    (ended,) = kept_runs(where)
    assert load_run(ended.ended).newest[0].epoch == epoch


@pytest.mark.parametrize("moment", ["close, saved", "close, ending"])
def test_killed_while_it_closes(start, where, moment):
    program = killed(start, moment)
    (left,) = clear(where)
    assert load_run(left.unfinished).newest[0].epoch >= program.saved[-1]


def test_killed_when_it_has_closed_but_for_a_lock(start, where):
    program = killed(start, "close, ended")
    assert clear(where) == [], "a person has closed it"
    (ended,) = kept_runs(where)
    assert load_run(ended.ended).newest[0].epoch >= program.saved[-1]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_told_to_end_by_something_else_than_a_person(start, where, name):
    program = start("tests.gui.killed_program", "training")
    program.wait_for("saved")
    program.process.send_signal(getattr(signal, name))
    assert program.ends() == 0, program.errors
    assert program.errors == ""
    (left,) = clear(where)
    epoch = load_run(left.unfinished).newest[0].epoch
    assert epoch >= program.saved[-1]
    assert offered(start) == f"unfinished.nnfs {epoch}"


def test_ctrl_c_is_a_persons_wish(start, where):
    program = start("tests.gui.killed_program", "training")
    program.wait_for("saved")
    program.process.send_signal(signal.SIGINT)
    assert program.ends() == 0, program.errors
    assert clear(where) == []
    (ended,) = kept_runs(where)
    assert load_run(ended.ended).newest[0].epoch >= program.saved[-1]


def test_a_program_that_ends_by_an_error_of_its_own(start, where):
    program = start("tests.gui.killed_program", "training", PYTHONFAULTHANDLER="1")
    program.wait_for("saved")
    program.process.send_signal(signal.SIGABRT)
    assert program.ends() == -signal.SIGABRT
    assert len(clear(where)) == 1


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder that nobody may write to")
def test_where_nothing_can_be_written_it_says_so(start):
    program = start(
        "tests.gui.killed_program", "training", XDG_CONFIG_HOME="/proc", XDG_DATA_HOME="/proc"
    )
    settings = program.wait_for("bar")
    assert settings.startswith("bar /proc/") and settings.endswith("nothing is remembered")
    runs = program.wait_for("bar")
    assert runs.startswith("bar error: autosave does not work, and is tried again: /proc/")
    program.process.send_signal(signal.SIGINT)
    assert program.ends() == 0
    assert "Traceback" not in program.errors, program.errors


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="not installed: Xvfb")
def test_the_display_goes_away_while_it_trains(start, where):
    read, write = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(write)
        try:
            with os.fdopen(read) as numbers:
                display = f":{numbers.readline().strip()}"
            program = start(
                "tests.gui.killed_program", "training", DISPLAY=display, QT_QPA_PLATFORM="xcb"
            )
            program.wait_for("saved")
        finally:
            server.terminate()
    assert program.ends() == 1
    assert "Traceback" not in program.errors, program.errors
    (left,) = clear(where)
    epoch = load_run(left.unfinished).newest[0].epoch
    assert epoch >= program.saved[-1]
    assert offered(start) == f"unfinished.nnfs {epoch}"
