"""dev.py: the decisions it takes on a machine that lacks something."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from visualizer import system_libraries

ROOT = Path(__file__).resolve().parents[2]


def load_dev():
    """Import dev.py afresh, so that a test can bend its paths."""
    spec = importlib.util.spec_from_file_location("dev_under_test", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def dev(tmp_path, monkeypatch):
    """dev.py for a project in ``tmp_path`` whose environment is complete."""
    module = load_dev()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "python")
    monkeypatch.setattr(module, "INTERRUPTED", tmp_path / ".venv" / "installing")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["left"]\n[project.optional-dependencies]\ndev = ["right"]\n'
    )
    (tmp_path / "constraints.txt").write_text("left==1\n")
    return module


@pytest.fixture
def steps(dev, monkeypatch):
    """The names of the set-up steps that were taken, none of them for real."""
    taken = []

    def environment():
        taken.append("environment")
        dev.VENV.mkdir(exist_ok=True)
        dev.PYTHON.touch()

    monkeypatch.setattr(dev, "install_system_packages", lambda: taken.append("system"))
    monkeypatch.setattr(dev, "make_environment", environment)
    monkeypatch.setattr(dev, "install_packages", lambda extra: taken.append(f"packages {extra}"))
    return taken


def python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


class TestCommandLine:
    def test_help_names_every_command(self):
        done = python("dev.py", "--help")
        assert done.returncode == 0
        assert all(f"dev.py {name}" in done.stdout for name in load_dev().COMMANDS)

    def test_an_unknown_command_is_one_line(self):
        done = python("dev.py", "rnu")
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("error: unknown command 'rnu'")
        assert done.stderr.count("\n") == 1

    def test_an_older_python_is_told(self):
        code = (
            "import runpy, sys; sys.version_info = (3, 10, 2); sys.version = '3.10.2 (main)';"
            "runpy.run_path('dev.py', run_name='__main__')"
        )
        done = python("-c", code)
        assert done.returncode == 2
        assert done.stderr == "error: Python 3.11 or newer is needed, this is 3.10.2\n"

    def test_it_parses_on_the_pythons_it_turns_away(self):
        compile_it = "import ast; ast.parse(open('dev.py').read(), feature_version=(3, 7))"
        assert python("-X", "utf8", "-c", compile_it).returncode == 0

    def test_help_of_the_benchmarks_installs_nothing(self, dev, steps, monkeypatch):
        (dev.ROOT / "benchmarks").mkdir()
        (dev.ROOT / "benchmarks" / "run.py").touch()
        asked = []
        monkeypatch.setattr(dev, "call", lambda *command: asked.append(command) or 0)
        assert dev.main(["bench", "--help"]) == 0
        assert asked == [(sys.executable, "benchmarks/run.py", "--help")]
        assert steps == []

    def test_the_monkey_is_told_what_is_asked(self, dev, steps, monkeypatch):
        asked = []
        monkeypatch.setattr(dev, "call", lambda *command: asked.append(command) or 1)
        assert dev.main(["monkey", "--minutes", "3", "--seed", "7"]) == 1
        assert asked == [(dev.PYTHON, "-m", "tests.monkey", "--minutes", "3", "--seed", "7")]
        assert "packages dev" in steps

    def test_no_benchmarks_is_one_line(self, dev, steps, capsys):
        assert dev.main(["bench"]) == 2
        assert capsys.readouterr().err.startswith("error: there are no benchmarks")
        assert steps == []

    def test_what_the_system_refuses_is_one_line(self, dev, steps, monkeypatch, capsys):
        def refuse(extra):
            raise PermissionError(13, "Permission denied", ".venv/installing")

        monkeypatch.setattr(dev, "install_packages", refuse)
        assert dev.main(["setup"]) == 2
        said = capsys.readouterr().err.splitlines()
        assert said == ["error: [Errno 13] Permission denied: '.venv/installing'"]


class TestStamp:
    def test_the_second_time_nothing_is_done(self, dev, steps):
        assert dev.main(["setup"]) == 0
        assert steps == ["system", "environment", "packages dev"]
        steps.clear()
        assert dev.main(["setup"]) == 0
        dev.set_up("")  # what `run` needs is part of it
        assert steps == []

    def test_on_another_machine_its_libraries_are_looked_at_again(self, dev, steps, monkeypatch):
        dev.set_up("dev")
        steps.clear()
        monkeypatch.setattr(system_libraries, "missing", lambda: [("libEGL.so.1", "libegl1")])
        dev.set_up("dev")
        assert steps[0] == "system"

    def test_the_window_alone_is_not_enough_for_the_tests(self, dev, steps):
        dev.set_up("")
        dev.set_up("dev")
        assert "packages dev" in steps

    @pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
    def test_other_requirements_are_installed(self, dev, steps, name):
        dev.set_up("dev")
        steps.clear()
        with (dev.ROOT / name).open("a") as file:
            file.write("# changed\n")
        dev.set_up("dev")
        assert "packages dev" in steps

    def test_a_failure_leaves_no_stamp(self, dev, steps, monkeypatch):
        def fail(extra):
            raise dev.Failure("no network")

        with monkeypatch.context() as broken:
            broken.setattr(dev, "install_packages", fail)
            assert dev.main(["setup"]) == 2
        steps.clear()
        assert dev.main(["setup"]) == 0
        assert "packages dev" in steps


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for Python")
class TestEnvironment:
    def test_one_that_works_is_kept(self, dev, monkeypatch):
        dev.VENV.mkdir()
        (dev.VENV / "precious").touch()
        monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
        assert dev.environment_works()
        dev.make_environment()
        assert (dev.VENV / "precious").exists()

    @pytest.mark.parametrize("trouble", ["no python", "no pip", "another Python", "interrupted"])
    def test_one_that_does_not_is_made_again(self, dev, monkeypatch, trouble, capsys):
        dev.VENV.mkdir()
        (dev.VENV / "leftover").touch()
        if trouble != "no python":
            version = (
                "3 10 True"
                if trouble == "another Python"
                else "{} {} True".format(*sys.version_info[:2])
            )
            answer = "exit 1" if trouble == "no pip" else f"echo {version}"
            dev.PYTHON.write_text(f"#!/bin/sh\n{answer}\n")
            dev.PYTHON.chmod(0o755)
        if trouble == "interrupted":
            dev.INTERRUPTED.touch()
        commands = []

        def run(command, **options):
            commands.append(command)
            return real(command, **options)

        real = subprocess.run
        # Without pip: the tests need not spend seconds on unpacking it.
        monkeypatch.setattr(
            dev.subprocess,
            "run",
            lambda command, **options: run(
                [*command, "--without-pip"] if "venv" in command else command, **options
            ),
        )
        dev.make_environment()
        assert commands[-1][1:4] == ["-m", "venv", "--clear"]
        assert not (dev.VENV / "leftover").exists()
        assert (dev.VENV / "pyvenv.cfg").exists()
        assert "made again" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for Python")
class TestPackages:
    @pytest.fixture
    def pip(self, dev, tmp_path):
        """Put a shell script in the place of Python, which says and does what pip would."""

        def install(script: str) -> None:
            dev.VENV.mkdir(exist_ok=True)
            dev.PYTHON.write_text(
                f'#!/bin/sh\nlog={dev.VENV}/pip.log\necho "$@" > $log\n{script}\n'
            )
            dev.PYTHON.chmod(0o755)

        return install

    def test_the_extra_and_the_constraints_are_asked_for(self, dev, pip):
        pip("exit 0")
        dev.install_packages("dev")
        asked = (dev.VENV / "pip.log").read_text().split()
        assert asked[-5:] == ["install", "-c", str(dev.ROOT / "constraints.txt"), "left", "right"]
        assert not dev.INTERRUPTED.exists()

    def test_pip_failing_is_one_line(self, dev, pip):
        said = ["WARNING: slow", "ERROR: Cannot install left 1", "ERROR: ResolutionImpossible"]
        pip("".join(f"echo '{line}' >&2; " for line in said) + "exit 1")
        with pytest.raises(dev.Failure, match=r"^pip failed: Cannot install left 1 \(all"):
            dev.install_packages("")
        assert not dev.INTERRUPTED.exists()  # nothing was touched, the environment may stay

    def test_half_an_installation_is_remembered(self, dev, pip):
        pip("echo Installing collected packages: left >> $log; exit 1")
        with pytest.raises(dev.Failure):
            dev.install_packages("")
        assert dev.INTERRUPTED.exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems bring it all")
class TestSystemPackages:
    @pytest.fixture
    def lacking(self, dev, monkeypatch):
        """Make the system lack what the test says; give the packages apt-get was asked for."""

        def lack(groups=(), fonts=(), apt=True, works=True):
            asked = []
            gone = set(groups)

            def missing(names=("qt",)):
                return [(f"lib{name}.so.0", f"lib{name}0") for name in names if name in gone]

            def install(packages):
                asked.append(packages)
                if works:
                    gone.clear()
                return works

            monkeypatch.setattr(system_libraries, "missing", missing)
            monkeypatch.setattr(system_libraries, "missing_fonts", lambda: list(fonts))
            monkeypatch.setattr(system_libraries, "font_files", lambda: {"DejaVuSans.ttf"})
            monkeypatch.setattr(system_libraries, "can_install", lambda: apt)
            monkeypatch.setattr(system_libraries, "needs_update", lambda: False)
            monkeypatch.setattr(system_libraries.shutil, "which", lambda name: f"/usr/bin/{name}")
            monkeypatch.setattr(system_libraries.os, "geteuid", lambda: 0 if apt else 1000)
            monkeypatch.setattr(dev, "environment_works", lambda: True)
            monkeypatch.setattr(dev, "apt_install", install)
            return asked

        return lack

    def test_nothing_missing_asks_for_nothing(self, dev, lacking):
        asked = lacking()
        dev.install_system_packages()
        assert asked == []

    def test_root_gets_everything_in_one_go(self, dev, lacking):
        asked = lacking(["qt", "xcb"], fonts=["fonts-inter"])
        dev.install_system_packages()
        assert asked == [["libqt0", "libxcb0", "fonts-inter"]]

    def test_a_font_that_is_not_to_be_had_does_not_stop_the_rest(self, dev, lacking):
        asked = lacking(["xcb"], fonts=["fonts-inter", "fonts-dejavu-core"], works=False)
        dev.install_system_packages()
        assert asked[-1] == ["libxcb0", "fonts-dejavu-core"]

    def test_anybody_else_gets_the_exact_command(self, dev, lacking):
        asked = lacking(["qt", "xcb"], apt=False)
        with pytest.raises(dev.Failure, match=r"run `sudo apt-get install libqt0 libxcb0`$"):
            dev.install_system_packages()
        assert asked == []

    def test_python_without_ensurepip_is_in_the_same_command(self, dev, lacking, monkeypatch):
        lacking(["qt"], apt=False)
        monkeypatch.setattr(dev, "environment_works", lambda: False)
        monkeypatch.setattr(dev.importlib.util, "find_spec", lambda name: None)
        version = "{}.{}".format(*sys.version_info[:2])
        with pytest.raises(dev.Failure, match=rf"libqt0 python{version}-venv`$"):
            dev.install_system_packages()

    def test_what_only_one_kind_of_display_needs_is_no_reason_to_stop(self, dev, lacking, capsys):
        lacking(["wayland"], apt=False)
        dev.install_system_packages()
        assert "`sudo apt-get install libwayland0`" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("fresh", "works", "expected"),
        [
            (False, {"install"}, ["install"]),
            (True, {"install", "update"}, ["update", "install"]),
            (False, {"update"}, ["install", "update", "install"]),
        ],
    )
    def test_package_lists_are_fetched_only_when_needed(
        self, dev, monkeypatch, fresh, works, expected
    ):
        ran = []

        def run(command, **options):
            step = next(word for word in command if word in ("install", "update"))
            ran.append(step)
            return subprocess.CompletedProcess(command, 0 if step in works else 100, "", "E: no")

        monkeypatch.setattr(system_libraries, "needs_update", lambda: fresh)
        monkeypatch.setattr(dev.subprocess, "run", run)
        assert dev.apt_install(["a", "a", "b"]) is ("install" in works)
        assert ran == expected


class TestRun:
    @pytest.fixture
    def calls(self, dev, monkeypatch):
        """What main.py was called with; the window answers 2, everything else 0."""
        made = []

        def call(*command, **defaults):
            made.append([str(word) for word in command[2:]])
            return 0 if "render" in command else 2

        monkeypatch.setattr(dev, "call", call)
        return made

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is always a display")
    def test_without_a_display_frames_are_rendered(self, dev, calls, monkeypatch):
        monkeypatch.setattr("visualizer.display.display_problem", lambda: "no display")
        assert dev.run([]) == 0
        rendered = "render --experiment digits --epochs 30 --every 10 --out frames"
        assert [" ".join(call) for call in calls] == ["", rendered]

    def test_a_mistake_in_the_arguments_is_only_that(self, dev, calls, monkeypatch):
        monkeypatch.setattr("visualizer.display.display_problem", lambda: None)
        assert dev.run(["--experiment", "nonsense"]) == 2
        assert len(calls) == 1

    def test_other_subcommands_keep_their_status(self, dev, calls, monkeypatch):
        monkeypatch.setattr("visualizer.display.display_problem", lambda: "no display")
        assert dev.run(["train", "--layers", "x"]) == 2
        assert calls == [["train", "--layers", "x"]]


class TestCall:
    def test_the_status_of_the_program_is_given_back(self, dev):
        assert dev.call(sys.executable, "-c", "raise SystemExit(7)") == 7

    def test_a_default_does_not_overrule_the_environment(self, dev, monkeypatch):
        check = "import os; raise SystemExit(os.environ['QT_QPA_PLATFORM'] == 'offscreen')"
        monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
        assert dev.call(sys.executable, "-c", check, QT_QPA_PLATFORM="offscreen") == 1
        monkeypatch.setenv("QT_QPA_PLATFORM", "vnc")
        assert dev.call(sys.executable, "-c", check, QT_QPA_PLATFORM="offscreen") == 0

    @pytest.mark.skipif(os.name == "nt", reason="there a process is ended without being asked")
    def test_a_request_to_end_reaches_the_program(self):
        program = (
            "import signal, sys\n"
            "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\n"
            "print('started', flush=True)\n"
            "signal.pause()\n"
        )
        code = f"import dev, sys; sys.exit(dev.call(sys.executable, '-c', {program!r}))"
        command = [sys.executable, "-c", code]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
            assert parent.stdout.readline() == "started\n"
            parent.send_signal(signal.SIGTERM)
            assert parent.wait(timeout=30) == 9


def test_constraints_hold_pins_and_no_address():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line.split(";")[0].strip() for line in lines if line and not line.startswith("#")]
    assert len(pins) > 20
    for pin in pins:
        name, equals, version = pin.partition("==")
        assert equals and name and version[0].isdigit() and "/" not in pin
