"""The commands as a whole: help, version, how they end, what is passed on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from nnfs_cli import options
from nnfs_cli.app import app, run
from nnfs_core import __version__
from nnfs_core.experiment import CHOICES, Experiment, load_experiment, presets
from nnfs_core.training.trainer import NotFiniteError

from .command import ROOT, Result, call, call_for_real


@pytest.fixture
def fake(monkeypatch):
    """Put a module in the place of one that opens a window or draws; keep what it is told."""

    def put(name: str, function: str) -> list[tuple]:
        calls: list[tuple] = []
        module = ModuleType(f"nnfs_cli.{name}")

        def record(*given, **named) -> int:
            calls.append((*given, *named.values()))
            return 0

        setattr(module, function, record)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return calls

    return put


def test_help_names_every_command(capsys):
    result = call(capsys, "--help")
    assert result.status == 0 and not result.err
    for command in ("train", "evaluate", "predict", "render", "doctor"):
        assert command in result.out
        assert call(capsys, command, "--help").status == 0


def test_version(capsys):
    expected = Result(0, f"nnfs-visualizer {__version__}\n", "")
    assert call(capsys, "--version") == expected


def test_help_lists_what_there_is(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = call(capsys, "train", "--help").out
    for field in ("activation", "optimizer", "dtype"):
        assert all(word in text for word in CHOICES[field])
    assert all(name in presets() for name in ("digits", "mnist-original", "mnist-adam"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "no such command 'trian'. Did you mean 'train'?"),
        (["--colour"], "no such option: --colour"),
        (["train", "--layer", "10"], "--layers"),
        (["train", "extra"], "extra"),
        (["train", "--epochs"], "option '--epochs' requires an argument"),
        (["evaluate"], "missing argument 'WEIGHTS.npz'"),
        (["predict", "w.npz"], "missing argument 'IMAGE.png…'"),
        (["render"], "missing option '--out'"),
        (["--play", "train"], "options belong after the command: train --experiment …"),
        (["--dataset", "mnist", "doctor"], "options belong after the command"),
        (["--experiment", "mnist-orignal"], "did you mean mnist-original?"),
        (["--dataset", ""], "--dataset: not a usable value"),
        (["--data-dir", "/no/such/folder"], "--data-dir /no/such/folder: there is no such folder"),
    ],
)
def test_wrong_command_lines(capsys, arguments, message):
    assert message in call(capsys, *arguments).error


def test_the_window_opens_without_a_command(capsys, fake, tmp_path):
    calls = fake("window", "open_window")
    assert call(capsys).status == 0
    assert call(capsys, "--experiment", "mnist-adam", "--data-dir", tmp_path, "--play").status == 0
    assert call(capsys, "--dataset", "mnist").status == 0
    adam = load_experiment("mnist-adam")
    assert calls == [
        (Experiment(), "digits", None, False, None, "process"),
        (adam, "mnist-adam", tmp_path, True, None, "process"),
        (Experiment(dataset="mnist"), "mnist", None, False, None, "process"),
    ]


def test_render_gets_what_was_asked_for(capsys, fake, tmp_path):
    calls = fake("render", "render")
    out = tmp_path / "new" / "frames"
    first = call(capsys, "render", "--out", out)
    line = "render --epochs 30 --every 5 --size 800X600 --pixel-ratio 2 --theme light --out"
    second = call(capsys, *line.split(), out)
    assert (first.status, second.status) == (0, 0)
    assert out.is_dir()
    plain, thirty = Experiment(), Experiment(epochs=30)
    assert calls == [
        (plain, "digits", None, plain.epochs, 10, (1600, 1000), 1.0, "dark", out),
        (thirty, "digits", None, 30, 5, (800, 600), 2.0, "light", out),
    ]


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--size", "0x0", "WIDTHxHEIGHT, each from 200 to 16384, as in 1600x1000"),
        ("--size", "1600", "WIDTHxHEIGHT"),
        ("--size", "1600x-5", "WIDTHxHEIGHT"),
        ("--size", "99999x1000", "WIDTHxHEIGHT"),
        ("--size", "1600x1000x3", "WIDTHxHEIGHT"),
        ("--pixel-ratio", "0", "a number from 0.5 to 8"),
        ("--pixel-ratio", "nan", "a number from 0.5 to 8"),
        ("--pixel-ratio", "two", "a number from 0.5 to 8"),
        ("--every", "0", "a whole number, at least 1"),
        ("--every", "1.5", "a whole number, at least 1"),
        ("--epochs", "0", "a whole number, at least 1"),
        ("--theme", "blue", "one of dark, light"),
        ("--experiment", "x.toml", ""),
        ("--data-dir", "nowhere", ""),
    ],
)
def test_wrong_render_options(capsys, fake, tmp_path, option, value, expected):
    calls, out = fake("render", "render"), tmp_path / "frames"
    error = call(capsys, "render", option, value, "--out", out).error
    assert value in error and expected in error
    assert not calls
    assert not out.exists()


def test_render_into_a_file(capsys, fake, tmp_path):
    (tmp_path / "file").touch()
    fake("render", "render")
    for out in (tmp_path / "file", tmp_path / "file" / "frames"):
        assert "cannot be written" in call(capsys, "render", "--out", out).error


def test_rendering_a_run_that_diverges(capsys, monkeypatch, fake, tmp_path):
    fake("render", "render")

    def draw(*_):
        raise NotFiniteError(5, "the weights of output", 20.0)

    monkeypatch.setattr(sys.modules["nnfs_cli.render"], "render", draw)
    error = call(capsys, "render", "--out", tmp_path).error
    assert error.startswith("epoch 5: the weights of output stopped being finite first")


@pytest.mark.parametrize("text", [" 1600 x 1000 ", "1600×1000", "1600X1000"])
def test_ways_to_write_a_size(text):
    assert options.picture_size(text) == (1600, 1000)


def test_doctor(capsys, fake, tmp_path):
    calls = fake("doctor", "doctor")
    assert call(capsys, "doctor", "--data-dir", tmp_path).status == 0
    assert calls == [(tmp_path,)]


def test_ctrl_c_before_training_ends_quietly(capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("nnfs_core.experiment.load_experiment", interrupted)
    result = call(capsys, "train")
    assert (result.status, result.out, result.err) == (130, "", "")


def test_defects_of_the_program_keep_their_traceback(capsys, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("nnfs_core.experiment.load_experiment", broken)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        run(["train"])


def test_too_little_memory_is_one_line(capsys, monkeypatch):
    def greedy(*_):
        raise MemoryError("Unable to allocate 80 GiB")

    monkeypatch.setattr("nnfs_core.experiment.load_experiment", greedy)
    assert "more memory than there is" in call(capsys, "train").error


def test_for_real():
    """A process of its own: status, streams, no warnings, and nothing said twice."""
    assert call_for_real("--version").out == f"nnfs-visualizer {__version__}\n"
    assert "did you mean" in call_for_real("trian").error.lower()
    assert "found 'nan'" in call_for_real("train", "--learning-rate", "nan").error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_output_that_cannot_be_written():
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, ROOT / "main.py", "--version"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert done.stderr == "error: the output: No space left on device\n"


def test_every_command_has_a_help_text():
    for command in app.registered_commands:
        assert command.callback is not None and command.callback.__doc__


def test_a_program_with_qt_ends_without_taking_its_libraries_apart(tmp_path):
    """PyQt's own end, which runs when Python ends, crashes now and then; here it always would."""
    code = (
        "import atexit, os, sys\n"
        "import PyQt6.QtCore\n"
        "atexit.register(os.abort)\n"
        "from nnfs_cli.start import main\n"
        f"sys.argv[1:] = {['render', '--epochs', '1', '--out', str(tmp_path / 'frames')]!r}\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.returncode == 0, done
    assert done.stdout.startswith("1 frames in ")
    assert len(list((tmp_path / "frames").iterdir())) == 1
