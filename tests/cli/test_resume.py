"""``--save-run`` and ``--resume``: as if the run had never stopped, or one line why not."""

from __future__ import annotations

import csv
import signal
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from nnfs_cli import options
from nnfs_core.errors import UserError
from nnfs_core.files.runfile import load_run, save_run
from nnfs_core.history.recording import Mark
from nnfs_core.training.trainer import Trainer

from .command import call, call_for_real

SETTINGS = {
    "full batch": "--layers 6",
    "adam": "--layers 6 --batch-size 100 --optimizer adam --learning-rate 0.01",
    "momentum": "--layers 5,4 --batch-size 64 --optimizer momentum --learning-rate 0.05",
    "float64": "--layers 6 --batch-size 256 --optimizer rmsprop --learning-rate 0.001 "
    "--dtype float64 --seed 3",
}


def without_seconds(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        del row["seconds"]
    return rows


def interrupt_at(monkeypatch, epoch: int) -> None:
    @contextmanager
    def progress(*_):
        def show(metrics):
            if metrics.epoch == epoch:
                signal.raise_signal(signal.SIGINT)

        yield show

    monkeypatch.setattr("nnfs_cli.train.training_progress", progress)


@pytest.fixture
def saved(capsys, tmp_path) -> Path:
    path = tmp_path / "run.nnfs"
    assert call(capsys, "train", "--layers", "6", "--epochs", 5, "--save-run", path).status == 0
    return path


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_very_same_numbers(capsys, tmp_path, settings):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir(), parts.mkdir()

    def files(folder):
        return ["--out", folder / "w.npz", "--metrics", folder / "m.csv", "--save-run",
                folder / "r.nnfs"]  # fmt: skip

    line = ["train", *settings.split()]
    first = call(capsys, *line, "--epochs", 25, *files(whole))
    assert call(capsys, *line, "--epochs", 7, *files(parts)).status == 0
    again = ["train", "--resume", parts / "r.nnfs"]
    assert call(capsys, *again, "--epochs", 8, *files(parts)).status == 0  # over itself
    last = call(capsys, *again, "--epochs", 25, *files(parts))
    assert (last.status, last.out) == (0, first.out)
    assert (parts / "w.npz").read_bytes() == (whole / "w.npz").read_bytes()
    assert without_seconds(parts / "m.csv") == without_seconds(whole / "m.csv")
    ours, theirs = (load_run(folder / "r.nnfs") for folder in (parts, whole))
    assert (ours.experiment, ours.total, ours.name) == (theirs.experiment, 25, theirs.name)
    assert ours.newest[0].numbers.tobytes() == theirs.newest[0].numbers.tobytes()
    assert ours.newest[0].rng_state == theirs.newest[0].rng_state


def test_an_interrupted_run_goes_on(capsys, monkeypatch, tmp_path):
    whole, parts, run = tmp_path / "whole.npz", tmp_path / "parts.npz", tmp_path / "run.nnfs"
    assert call(capsys, "train", "--batch-size", 200, "--epochs", 9, "--out", whole).status == 0
    with monkeypatch.context() as patch:
        interrupt_at(patch, 4)
        stopped = call(capsys, "train", "--batch-size", 200, "--epochs", 9, "--save-run", run)
    assert stopped.status == 130
    assert stopped.err.endswith(f"\nstopped after epoch 4; the run is in {run}\n")
    # Without --epochs it goes on to where it was meant to end.
    assert call(capsys, "train", "--resume", run, "--out", parts).status == 0
    assert parts.read_bytes() == whole.read_bytes()


def test_a_run_that_diverges_is_saved_where_it_was_good(capsys, monkeypatch, tmp_path):
    path, step = tmp_path / "run.nnfs", Trainer.step_epoch

    def wilder(trainer):
        if trainer.epoch == 3:
            trainer.learning_rate = 1e30
        return step(trainer)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "step_epoch", wilder)
        error = call(capsys, "train", "--epochs", 9, "--save-run", path).error
    assert error.startswith("epoch 4: ") and error.endswith(f"; the run is in {path}")
    recording = load_run(path).recordings[0]
    assert recording.last.epoch == 3
    assert [(mark.epoch, mark.kind) for mark in recording.marks] == [(4, "diverged")]


def test_another_learning_rate_is_a_change(capsys, tmp_path, saved):
    path = tmp_path / "other.nnfs"
    line = ["train", "--resume", saved, "--epochs", 8, "--learning-rate", "0.1", "--save-run", path]
    assert call(capsys, *line).status == 0
    run = load_run(path)
    recording = run.recordings[0]
    assert recording.marks == (Mark(5, "change", "learning rate 0.5 → 0.1"),)
    assert recording.keyframes.kept == {5}
    assert recording.column("learning_rate").tolist() == [0.5] * 6 + [0.1] * 3
    assert run.newest[0].learning_rate == 0.1
    # Then it is the run's: asking for it again changes nothing.
    line[2] = path
    assert call(capsys, *line).status == 0
    assert len(load_run(path).recordings[0].marks) == 1
    assert load_run(saved).recordings[0].last.epoch == 5  # left alone


def test_what_is_said_again_is_no_contradiction(capsys, saved):
    line = "--layers 6 --activation relu --batch-size full --seed 0 --dataset digits --epochs 6"
    assert call(capsys, "train", "--resume", saved, *line.split()).status == 0


def test_a_finished_run_gives_its_weights(capsys, tmp_path, saved):
    whole, again = tmp_path / "whole.npz", tmp_path / "again.npz"
    assert call(capsys, "train", "--layers", 6, "--epochs", 5, "--out", whole).status == 0
    assert call(capsys, "train", "--resume", saved, "--out", again).status == 0
    assert again.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--layers", "20,20"], "--layers: the run has another one (expected 6, found 20,20)"),
        (["--layers", ""], '--layers: the run has another one (expected 6, found "")'),
        (["--schedule", "cosine"], "--schedule: the run has another one"),
        (["--optimizer", "adam"], "--optimizer: the run has another one"),
        (["--seed", "1"], "--seed: the run has another one (expected 0, found 1)"),
        (["--dtype", "float64"], "--dtype: the run has another one"),
        (["--activation", "tanh"], "--activation: the run has another one"),
        (["--epochs", "4"], "--epochs: the run is beyond that (expected 5, found 4)"),
        (["--epochs", "0"], "--epochs: not a usable value"),
        (["--learning-rate", "nan"], "--learning-rate: not a usable value"),
        (["--experiment", "digits"], "--resume goes without --experiment and --init"),
        (["--init", "w.npz"], "--resume goes without --experiment and --init"),
        (["--dataset", "other.csv"], "other.csv: is not the data of the run: the number of inputs"),
        (["--save-run", "no/where.nnfs"], "--save-run no/where.nnfs: cannot be written"),
        (["--out", "x", "--save-run", "x"], "--out and --save-run are the same file"),
    ],
)
def test_what_cannot_be_is_said_before_training(
    capsys, monkeypatch, tmp_path, saved, arguments, message
):
    def too_late(_):
        raise AssertionError("training began")

    monkeypatch.chdir(tmp_path)
    rows = ["label,pixel0,pixel1"] + [f"{n % 2},{n},{255 - n}" for n in range(40)]
    (tmp_path / "other.csv").write_text("\n".join(rows), "utf-8")
    monkeypatch.setattr(Trainer, "step_epoch", too_late)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert message in call(capsys, "train", "--resume", saved, *arguments).error
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_data_that_was_changed_since(capsys, tmp_path):
    data, moved, run = tmp_path / "data.csv", tmp_path / "moved.csv", tmp_path / "run.nnfs"
    rows = ["label,pixel0,pixel1"] + [f"{n % 2},{n},{255 - n}" for n in range(40)]
    data.write_text("\n".join(rows), "utf-8")
    line = ["train", "--dataset", data, "--epochs", 3, "--save-run", run]
    assert call(capsys, *line).status == 0
    data.rename(moved)
    assert "data.csv" in call(capsys, "train", "--resume", run).error
    line = ["train", "--resume", run, "--dataset", moved, "--epochs", 5, "--save-run", run]
    assert call(capsys, *line).status == 0  # elsewhere, but the same
    assert load_run(run).experiment.dataset == str(moved)
    moved.write_text("\n".join([*rows[:-1], "1,39,1"]), "utf-8")
    error = call(capsys, "train", "--resume", run).error
    assert "moved.csv: is not the data of the run: it has the same shape but other numbers" in error


def test_files_that_are_no_run(capsys, tmp_path):
    weights, text = tmp_path / "w.npz", tmp_path / "text.nnfs"
    assert call(capsys, "train", "--epochs", 1, "--out", weights).status == 0
    text.write_text("a run?")
    for path, part in (
        (weights, "run.json is missing"),
        (text, "cannot be read (expected a run file (.nnfs), found something else)"),
        (tmp_path / "none.nnfs", "there is no such file"),
        (tmp_path, "found a folder"),
    ):
        assert call(capsys, "train", "--resume", path).error.startswith(f"{path}: {part}"[:40])
        assert part in call(capsys, "train", "--resume", path).error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_disk_that_is_full(capsys, tmp_path):
    out, metrics = tmp_path / "w.npz", tmp_path / "m.csv"
    line = ["train", "--epochs", 2, "--out", out, "--metrics", metrics, "--save-run", "/dev/full"]
    assert "/dev/full: cannot be written: No space left on device" in call(capsys, *line).error
    assert out.exists() and metrics.exists()  # one file's trouble does not cost the others


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--open", "none.nnfs"], "none.nnfs: there is no such file"),
        (["--open", "none.nnfs", "--dataset", "mnist"], "--open goes without"),
        (["--open", "none.nnfs", "--experiment", "digits"], "--open goes without"),
        (["--open", "none.nnfs", "train"], "options belong after the command"),
    ],
)
def test_opening_what_cannot_be(capsys, arguments, message):
    assert message in call(capsys, *arguments).error


def test_the_window_is_told_which_run(capsys, monkeypatch, saved):
    calls = []

    def opened(*given, **named):
        calls.append(named)
        return 0

    monkeypatch.setattr("nnfs_cli.window.open_window", opened)
    assert call(capsys, "--open", saved).status == 0
    assert calls == [{"play": False, "run_file": saved, "engine": "process"}]
    assert call(capsys, "--open", saved, "--engine", "thread").status == 0
    assert calls[1]["engine"] == "thread"
    refused = call(capsys, "--engine", "fork")
    assert refused.status == 2 and "--engine" in refused.err and "process, thread" in refused.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "5:3"], "--epochs: not a usable value (expected STOP, START:STOP or"),
        (["--epochs", "0:5:0"], "--epochs: not a usable value"),
        (["--epochs", "-1"], "--epochs: not a usable value"),
        (["--epochs", "0:5:2", "--every", "2"], "--every and a step in --epochs say the same"),
        (["--experiment", "digits"], "--run goes without --experiment"),
        (["--run", "none.nnfs"], "none.nnfs: there is no such file"),
    ],
)
def test_wrong_epochs_to_draw(capsys, tmp_path, saved, arguments, message):
    out = tmp_path / "frames"
    assert message in call(capsys, "render", "--run", saved, "--out", out, *arguments).error
    assert not out.exists()


def test_epochs_of_a_range():
    def epochs(text, newest=100, step=10):
        return list(options.epoch_range(text, step, step_given=False).of(newest))

    assert epochs("0:100:25") == [0, 25, 50, 75, 100]
    assert epochs("0:99:25") == [0, 25, 50, 75]
    assert epochs("90:100") == [90, 100]
    assert epochs("30") == [0, 10, 20, 30]
    assert epochs(None, 25) == [0, 10, 20]
    assert epochs("7:7:1") == [7]
    for text in ("0:101", "101:101"):
        with pytest.raises(UserError, match=r"no such epochs \(expected within 0 … 100"):
            epochs(text)


@pytest.mark.slow
def test_pictures_of_a_run(tmp_path):
    """Drawn from close keyframes or after a long replay, they are the very same pictures."""
    path, thin = tmp_path / "run.nnfs", tmp_path / "thin.nnfs"
    line = ["train", "--batch-size", 500, "--epochs", 40, "--save-run", path]
    assert call_for_real(*line).status == 0
    run = load_run(path)
    for recording in run.recordings:
        recording.keyframes.thin(2**20)
    save_run(thin, run)
    assert [len(load_run(each).recordings[0].keyframes) for each in (path, thin)] == [41, 1]
    for file in (path, thin):
        line = ["render", "--run", file, "--epochs", "16:40:12", "--size", "800x600", "--out"]
        result = call_for_real(*line, file.with_suffix(""))
        assert (result.status, result.out) == (0, f"3 frames in {file.with_suffix('')}\n")
    pictures = [
        {frame.name: frame.read_bytes() for frame in file.with_suffix("").iterdir()}
        for file in (path, thin)
    ]
    assert sorted(pictures[0]) == [f"frame-0000{epoch}.png" for epoch in (16, 28, 40)]
    assert pictures[0] == pictures[1]
    assert len(set(pictures[0].values())) == 3
    line = ["render", "--run", path, "--epochs", "0:41", "--out", tmp_path / "more"]
    assert call_for_real(*line).error.startswith("--epochs: the run has no such epochs")


def test_for_real(tmp_path):
    line = ["train", "--batch-size", 300, "--out"]
    assert call_for_real(*line, "a.npz", "--epochs", 6, cwd=tmp_path).status == 0
    part = call_for_real(*line, "b.npz", "--epochs", 3, "--save-run", "r.nnfs", cwd=tmp_path)
    assert part.status == 0
    rest = ["train", "--resume", "r.nnfs", "--epochs", 6, "--out", "b.npz"]
    assert call_for_real(*rest, cwd=tmp_path).status == 0
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--batch-size", "300"], "batch full → 300"),
        (["--weight-decay", "0.1"], "weight decay 0 → 0.1"),
        (["--learning-rate", "0.1", "--momentum", "0.5"], "learning rate 0.5 → 0.1, momentum"),
    ],
)
def test_what_keeps_the_shapes_may_change(capsys, saved, tmp_path, options, said):
    again = tmp_path / "again.nnfs"
    status = call(
        capsys, "train", "--resume", saved, "--epochs", 8, *options, "--save-run", again
    ).status
    assert status == 0
    run = load_run(again)
    (mark,) = run.recordings[0].marks
    assert mark.epoch == 5 and mark.text.startswith(said)
    assert len(run.recordings[0]) == 9
    # And once more, with the recipe that the file holds.
    assert call(capsys, "train", "--resume", again, "--epochs", 9).status == 0


def test_a_longer_cosine_leaves_the_epochs_there_are_as_they_were(capsys, tmp_path):
    path, again = tmp_path / "run.nnfs", tmp_path / "again.nnfs"
    given = ["--layers", "6", "--schedule", "cosine", "--epochs", 6]
    assert call(capsys, "train", *given, "--save-run", path).status == 0
    assert call(capsys, "train", "--resume", path, "--epochs", 9, "--save-run", again).status == 0
    before, after = load_run(path), load_run(again)
    assert after.experiment.schedule_epochs == 6 and after.experiment.epochs == 9
    rates = after.recordings[0].column("learning_rate")
    assert rates[:7].tolist() == before.recordings[0].column("learning_rate").tolist()
    assert rates[1:].tolist() == [after.experiment.rate_at(epoch, 0.5) for epoch in range(1, 10)]


def test_patience_ends_a_run_early_and_says_so(capsys, tmp_path):
    table = tmp_path / "table.csv"
    draw = np.random.default_rng(2)
    rows = [",".join(f"{v:.4f}" for v in draw.normal(size=8)) for _ in range(60)]
    text = "\n".join(
        f"{row},{kind}" for row, kind in zip(rows, draw.integers(0, 2, 60), strict=True)
    )
    table.write_text("a,b,c,d,e,f,g,h,label\n" + text + "\n")
    options = ["--dataset", table, "--layers", "40", "--optimizer", "adam", "--epochs", 3000]
    run = tmp_path / "run.nnfs"
    done = call(
        capsys, "train", *options, "--learning-rate", "0.01", "--patience", 20, "--save-run", run
    )
    assert done.status == 0
    saved = load_run(run).recordings[0]
    losses = saved.column("validation_loss")
    last = len(saved) - 1
    assert last < 3000 and last - int(np.argmin(losses)) == 20
    assert f"stopped early at epoch {last:,}: " in done.out
    assert all(epoch - int(np.argmin(losses[: epoch + 1])) < 20 for epoch in range(last))
