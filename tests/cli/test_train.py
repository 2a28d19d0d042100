"""``train``: what it writes, and everything it refuses before it starts."""

from __future__ import annotations

import csv
import json
import math
import os
import select
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from nnfs_cli.progress import _short
from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from nnfs_core.files.meaning import Meaning
from nnfs_core.files.trained import joined
from nnfs_core.files.weights import Weights, load_weights, save_weights
from nnfs_core.training.metrics import EpochMetrics
from nnfs_core.training.trainer import Trainer
from tests.core import plain
from tests.core.foreign_files import save, torch, turned

from .command import ROOT, call, call_for_real

HEADER = "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,seconds"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        assert file.readline().rstrip("\n") == HEADER
        file.seek(0)
        return list(csv.DictReader(file))


def test_what_comes_out_is_the_run_itself(capsys, tmp_path):
    out, metrics = tmp_path / "w.npz", tmp_path / "m.csv"
    line = "train --layers 12,7 --activation tanh --optimizer adam --learning-rate 0.01"
    line += " --batch-size 100 --epochs 4 --seed 5 --dtype float64"
    result = call(capsys, *line.split(), "--out", out, "--metrics", metrics)

    experiment = Experiment(
        layers=(12, 7),
        activation="tanh",
        optimizer="adam",
        learning_rate=0.01,
        batch_size=100,
        epochs=4,
        seed=5,
        dtype="float64",
    )
    trainer = Trainer(experiment, load_dataset("digits"))
    expected = [trainer.metrics, *(trainer.step_epoch() for _ in range(4))]
    found = rows(metrics)
    assert [int(row["epoch"]) for row in found] == [0, 1, 2, 3, 4]
    for row, truth in zip(found, expected, strict=True):
        for name in HEADER.split(",")[1:-1]:
            truth_name = name.replace("accuracy", "score")
            assert float(row[name]) == getattr(truth, truth_name)  # to the last bit
        assert float(row["seconds"]) > 0
    last = expected[-1]
    assert result.status == 0
    train, validation = map(plain.four_figures, (last.train_loss, last.validation_loss))
    assert result.out == (
        f"epoch 4  train loss {train} ({100 * last.train_score:.2f} %)"
        f"  validation loss {validation} ({100 * last.validation_score:.2f} %)\n"
    )
    weights = load_weights(out)
    for saved, truth in zip(weights.weights, trainer.parameters.weights, strict=True):
        np.testing.assert_array_equal(saved, truth)
    for saved, truth in zip(weights.biases, trainer.parameters.biases, strict=True):
        np.testing.assert_array_equal(saved, truth)
    assert weights.test_acc == last.validation_score
    assert Experiment.of(weights.experiment) == experiment
    assert weights.meaning.classes == trainer.dataset.classes
    assert weights.meaning.image_shape == (8, 8)


def test_the_numbers_beside_a_bar_keep_their_room():
    def beside(loss, accuracy, validation=math.nan):
        return _short(EpochMetrics(1, loss, accuracy, validation, accuracy, 0.1, 0.5))

    alone = {len(beside(10.0**power, 0.5)) for power in range(-12, 25)}
    both = {
        len(beside(loss, accuracy, validation))
        for loss in (1.7e22, 2.3026, 2.4e-5, 0.0)
        for validation in (9.53e-9, 0.0734, 3e30)
        for accuracy in (0, 1e-9, 0.0734, 0.99994, 1)
    }
    assert len(alone) == len(both) == 1
    line = beside(2.4e-5, 1 - 1e-9, 0.0734)
    assert line == "loss  2.40×10⁻⁵ /    0.07340  accuracy >99.9 % / >99.9 %"


def test_progress_in_lines_where_nobody_watches(capsys):
    result = call(capsys, "train", "--epochs", "20")
    summary, *lines = result.err.splitlines()
    assert summary.startswith("digits: 1,437 training and 360 validation samples")
    assert [line.split("  ")[0] for line in lines] == [f"epoch {n}/20" for n in range(2, 20, 2)]


def test_a_network_without_hidden_layers(capsys, tmp_path):
    out = tmp_path / "w.npz"
    assert call(capsys, "train", "--layers", "", "--epochs", 1, "--out", out).status == 0
    assert [w.shape for w in load_weights(out).weights] == [(10, 64)]


def test_an_experiment_file_and_a_batch_size_taken_back(capsys, tmp_path):
    file, out = tmp_path / "mine.toml", tmp_path / "w.npz"
    file.write_text(Experiment(layers=(3,), batch_size=50, epochs=2).to_toml(), "utf-8")
    line = ["train", "--experiment", file, "--batch-size", "full", "--out", out]
    assert call(capsys, *line).status == 0
    assert load_weights(out).experiment == Experiment(layers=(3,), epochs=2).to_dict()


def test_rows_without_validation_leave_the_fields_empty(capsys, tmp_path):
    file, out, metrics = tmp_path / "mine.json", tmp_path / "w.npz", tmp_path / "m.csv"
    file.write_text(json.dumps({"validate_every": 3, "epochs": 4}), "utf-8")
    line = ["train", "--experiment", file, "--out", out, "--metrics", metrics]
    result = call(capsys, *line)
    empty = [row["validation_loss"] == row["validation_accuracy"] == "" for row in rows(metrics)]
    assert empty == [False, True, True, False, True]
    # What is said and saved of the result is measured, also when its turn had not come.
    truth = Trainer(Experiment(), load_dataset("digits"))
    last = [truth.step_epoch() for _ in range(4)][-1]
    assert load_weights(out).test_acc == last.validation_score
    assert f"validation loss {plain.four_figures(last.validation_loss)}" in result.out


@pytest.fixture
def start(tmp_path) -> Path:
    """Weights of a 64-4-10 tanh network."""
    generator = np.random.default_rng(0)
    path, experiment = tmp_path / "start.npz", Experiment(layers=(4,), activation="tanh")
    arrays = [generator.normal(size=shape) for shape in ((4, 64), (10, 4), (4,), (10,))]
    save_weights(path, Weights(tuple(arrays[:2]), tuple(arrays[2:]), None, experiment.to_dict()))
    return path


def test_starting_from_weights(capsys, tmp_path, start):
    out = tmp_path / "w.npz"
    line = ["train", "--init", start, "--epochs", 1, "--dtype", "float64", "--out", out]
    assert call(capsys, *line).status == 0
    saved = Experiment.of(load_weights(out).experiment)
    assert (saved.layers, saved.activation) == ((4,), "tanh")
    # The same as one epoch from them by hand.
    trainer = Trainer(saved, load_dataset("digits"), joined(load_weights(start)))
    trainer.step_epoch()
    np.testing.assert_array_equal(load_weights(out).weights[0], trainer.parameters.weights[0])


def test_starting_weights_are_cast(capsys, tmp_path, start):
    out = tmp_path / "w.npz"
    assert call(capsys, "train", "--init", start, "--epochs", 1, "--out", out).status == 0
    assert load_weights(out).weights[0].dtype == np.float32


def test_a_file_can_take_its_own_place(capsys, start):
    before = load_weights(start).weights[0].copy()
    assert call(capsys, "train", "--init", start, "--epochs", 1, "--out", start).status == 0
    assert not np.array_equal(load_weights(start).weights[0], before)


def test_an_asked_for_activation_wins(capsys, tmp_path, start):
    out = tmp_path / "w.npz"
    line = ["train", "--init", start, "--activation", "sigmoid", "--epochs", 1, "--out", out]
    assert call(capsys, *line).status == 0
    assert Experiment.of(load_weights(out).experiment).activation == "sigmoid"


def test_what_is_assumed_of_weights_to_start_from_is_said(capsys, tmp_path, start):
    """Foreign weights name no activation: that of the experiment is taken, and said."""
    found, out = load_weights(start), tmp_path / "w.npz"
    layers = list(zip(found.weights, found.biases, strict=True))
    path = save(tmp_path / "theirs.npz", turned(torch(layers)))
    file = tmp_path / "mine.toml"
    file.write_text(Experiment(activation="tanh", epochs=1).to_toml(), "utf-8")
    result = call(capsys, "train", "--experiment", file, "--init", path, "--out", out)
    assert (result.status, load_weights(out).experiment["activation"]) == (0, "tanh")
    _, first, second = result.err.splitlines()[:3]
    assert first.startswith("note: 0.weight, 2.weight: stored as (units_in, units_out)")
    assert second.startswith("note: tanh is assumed: the file names no activation")
    line = ["train", "--experiment", file, "--init", path, "--activation", "sigmoid"]
    result = call(capsys, *line, "--out", out)
    assert load_weights(out).experiment["activation"] == "sigmoid"
    assert "assumed" not in result.err


def test_outputs_that_get_classes_of_other_names_are_named(capsys, tmp_path, start):
    found = load_weights(start)
    named = Meaning(tuple("ABCDEFGHIJ"))
    save_weights(start, Weights(found.weights, found.biases, meaning=named))
    result = call(capsys, "train", "--init", start, "--epochs", 1, "--activation", "tanh")
    assert result.err.splitlines()[1] == (
        "note: outputs of the weights are trained for classes of other names: A → 0, B → 1, "
        "C → 2, D → 3, E → 4, F → 5, G → 6, H → 7 and 2 more"
    )


def test_inputs_that_get_columns_of_other_names_are_named(capsys, tmp_path):
    rows = [f"{n % 5},{n * n % 7},{n % 2}" for n in range(40)]
    for name, head in (("a.csv", "x,y,label"), ("b.csv", "y,x,label")):
        (tmp_path / name).write_text("\n".join([head, *rows]), "utf-8")
    out, line = tmp_path / "w.npz", ("train", "--layers", "3", "--epochs", 1)
    call(capsys, *line, "--dataset", tmp_path / "a.csv", "--out", out)
    result = call(capsys, "train", "--init", out, "--epochs", 1, "--dataset", tmp_path / "b.csv")
    said = "note: inputs of the weights are trained for columns of other names: x → y, y → x"
    assert said in result.err.splitlines()
    result = call(capsys, "train", "--init", out, "--epochs", 1, "--dataset", tmp_path / "a.csv")
    assert "other names" not in result.err


def test_starting_weights_that_do_not_fit(capsys, tmp_path, start):
    error = call(capsys, "train", "--init", start, "--layers", "5").error
    assert error.startswith(f"{start}: the weights do not fit")
    assert "expected 64 → 5 → 10, found 64 → 4 → 10" in error
    rows = ["label,pixel0,pixel1"] + [f"{n % 2},{n},{255 - n}" for n in range(40)]
    data = tmp_path / "data.csv"
    data.write_text("\n".join(rows), "utf-8")
    error = call(capsys, "train", "--init", start, "--dataset", data).error
    assert error == f"{start}: W1 does not fit data.csv (expected 2 inputs, found 64)"


def test_starting_weights_too_large(capsys, tmp_path):
    huge = tmp_path / "huge.npz"
    save_weights(huge, Weights((np.full((10, 64), 1e300),), (np.zeros(10),)))
    error = call(capsys, "train", "--init", huge).error
    assert "the weights to start from are too large: the pre-activations of output" in error


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--layers", "10,-3", "at most 64 whole numbers from 1 to 100000"),
        ("--layers", "10,,3", "at most 64 whole numbers from 1 to 100000"),
        ("--layers", "ten", "at most 64 whole numbers from 1 to 100000"),
        ("--layers", "0", "at most 64 whole numbers from 1 to 100000"),
        ("--learning-rate", "0", "a finite number, above 0"),
        ("--learning-rate", "nan", "a finite number, above 0"),
        ("--learning-rate", "inf", "a finite number, above 0"),
        ("--learning-rate", "-0.1", "a finite number, above 0"),
        ("--batch-size", "0", "a whole number, at least 1, or full"),
        ("--batch-size", "x", "a whole number, at least 1, or full"),
        ("--batch-size", "2.5", "a whole number, at least 1, or full"),
        ("--epochs", "0", "a whole number, at least 1"),
        ("--epochs", "many", "a whole number, at least 1"),
        ("--seed", "-1", "a whole number, at least 0 and less than 4294967296"),
        ("--dtype", "float16", "one of float32, float64"),
        ("--activation", "rel", "one of relu, leaky_relu, tanh, sigmoid, identity"),
        ("--optimizer", "adamw", "one of sgd, adam, momentum, rmsprop"),
    ],
)
def test_values_out_of_range(capsys, option, value, expected):
    error = call(capsys, "train", option, value).error
    assert error.startswith(f"{option}: not a usable value (expected {expected}")
    assert error.endswith(f"found {value!r})")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset", "mnits"], "did you mean mnist?"),
        (["--dataset", "none.csv"], "none.csv"),
        (["--experiment", "nix"], "nix: no experiment of this name"),
        (["--init", "none.npz"], "none.npz: there is no such file"),
        (["--data-dir", "none"], "--data-dir none: there is no such folder"),
        (["--layers", "100000,100000"], "64 → 100000 → 100000 → 10 is too large"),
        (["--out", "no/where/w.npz"], "--out no/where/w.npz: cannot be written"),
        (["--metrics", "no/where/m.csv"], "--metrics no/where/m.csv: cannot be written"),
        (["--out", "."], "--out .: cannot be written (expected a file, found a folder)"),
        (["--out", "same", "--metrics", "./same"], "--out and --metrics are the same file"),
    ],
)
def test_what_cannot_be_is_said_before_training(capsys, monkeypatch, tmp_path, arguments, message):
    def too_late(_):
        raise AssertionError("training began")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Trainer, "step_epoch", too_late)
    assert message in call(capsys, "train", *arguments).error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root"
)
def test_a_folder_that_is_read_only(capsys, tmp_path):
    tmp_path.chmod(0o500)
    try:
        assert "Permission denied" in call(capsys, "train", "--out", tmp_path / "w.npz").error
    finally:
        tmp_path.chmod(0o700)


def test_the_check_leaves_an_old_file_alone(capsys, tmp_path):
    old = tmp_path / "w.npz"
    old.write_text("something dear")
    assert call(capsys, "train", "--out", old, "--epochs", "0").status == 2
    assert call(capsys, "train", "--out", old, "--dataset", "mnits").status == 2
    assert old.read_text() == "something dear"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_disk_that_is_full(capsys, tmp_path):
    full = Path("/dev/full")
    out, metrics = tmp_path / "w.npz", tmp_path / "m.csv"
    error = call(capsys, "train", "--epochs", 2, "--out", full, "--metrics", metrics).error
    assert "/dev/full: cannot be written: No space left on device" in error
    assert len(rows(metrics)) == 3  # one file's trouble does not cost the other
    error = call(capsys, "train", "--epochs", 2, "--out", out, "--metrics", full).error
    assert "/dev/full: cannot be written: No space left on device" in error
    assert load_weights(out).weights


def test_a_run_that_diverges_keeps_what_was_good(capsys, monkeypatch, tmp_path):
    out, metrics = tmp_path / "w.npz", tmp_path / "m.csv"
    step, good = Trainer.step_epoch, []

    def wilder_and_wilder(trainer):
        if trainer.epoch == 3:
            good.append(trainer.frame())
            trainer.learning_rate = 1e30
        return step(trainer)

    monkeypatch.setattr(Trainer, "step_epoch", wilder_and_wilder)
    error = call(capsys, "train", "--epochs", 9, "--out", out, "--metrics", metrics).error
    assert error.startswith("epoch 4: the ") and "learning rate 1×10³⁰" in error
    assert error.endswith(f"; its weights are in {out}")
    assert [row["epoch"] for row in rows(metrics)] == ["0", "1", "2", "3"]
    saved = load_weights(out)
    np.testing.assert_array_equal(saved.weights[0], good[0].parameters.weights[0])
    assert saved.experiment["epochs"] == 3


def test_a_run_that_diverges_at_once(capsys, tmp_path):
    out, metrics = tmp_path / "w.npz", tmp_path / "m.csv"
    line = ["train", "--learning-rate", "1e30", "--out", out, "--metrics", metrics]
    error = call(capsys, *line).error
    assert error.startswith("epoch 1: ") and "no weights are written" in error
    assert len(rows(metrics)) == 1
    assert not out.exists()


def interrupt_at(monkeypatch, epoch: int, number: signal.Signals) -> None:
    @contextmanager
    def progress(*_):
        def show(metrics):
            if metrics.epoch == epoch:
                signal.raise_signal(number)

        yield show

    monkeypatch.setattr("nnfs_cli.train.training_progress", progress)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("batch_size", ["full", "100"])
def test_an_interrupted_run_keeps_what_was_reached(
    capsys, monkeypatch, tmp_path, number, batch_size
):
    interrupt_at(monkeypatch, 3, number)
    before = signal.getsignal(number)
    out, metrics = tmp_path / "w.npz", tmp_path / "m.csv"
    line = ["train", "--batch-size", batch_size, "--out", out, "--metrics", metrics]
    result = call(capsys, *line)
    assert (result.status, result.out) == (128 + number, "")
    assert result.err.splitlines()[1:] == [f"stopped after epoch 3; its weights are in {out}"]
    assert len(rows(metrics)) == 4
    assert signal.getsignal(number) is before
    # They are the weights of three whole epochs, bit for bit.
    saved = load_weights(out)
    experiment = Experiment.of(saved.experiment)
    trainer = Trainer(experiment, load_dataset("digits"))
    for _ in range(3):
        metrics = trainer.step_epoch()
    assert experiment.epochs == 3
    np.testing.assert_array_equal(saved.weights[0], trainer.parameters.weights[0])
    assert saved.test_acc == metrics.validation_score


def test_an_interrupt_after_the_last_epoch_is_too_late(capsys, monkeypatch):
    interrupt_at(monkeypatch, 2, signal.SIGINT)
    result = call(capsys, "train", "--epochs", 2)
    assert result.status == 0 and result.out.startswith("epoch 2  ")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_ctrl_c_on_a_terminal(tmp_path):
    """The real thing: a bar on a terminal, an interrupt, one line, a file that loads."""
    out = tmp_path / "w.npz"
    try:
        ours, theirs = os.openpty()
    except OSError as error:  # a bare system or container, without /dev/ptmx
        pytest.skip(f"this system has no pseudo-terminals: {error}")
    line = [sys.executable, ROOT / "main.py", "train", "--epochs", "10000000", "--out", out]
    # Whatever terminal the tests themselves run in, this one can draw a bar.
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
        os.close(theirs)
        seen = b""
        while b"loss" not in seen:
            assert select.select([ours], [], [], 60)[0], seen
            seen += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # Linux's way of saying that the other side is closed
                break
            if not chunk:
                break
            seen += chunk
        assert process.wait(60) == 130
        assert process.stdout is not None and process.stdout.read() == b""
    os.close(ours)
    assert b"Traceback" not in seen
    assert b"stopped after epoch" in seen
    assert load_weights(out).weights


def test_for_real(tmp_path):
    out = tmp_path / "w.npz"
    line = ["train", "--epochs", 2, "--out", "w.npz", "--metrics", "m.csv"]
    result = call_for_real(*line, cwd=tmp_path)
    assert result.status == 0 and result.out.startswith("epoch 2  train loss ")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["m.csv", "w.npz"]
    assert call_for_real("evaluate", out).status == 0


def test_a_dead_layer_is_said_in_one_line_and_again_when_the_run_goes_on(capsys, tmp_path):
    run, line = tmp_path / "run.nnfs", ["--learning-rate", 20, "--epochs", 9]
    result = call(capsys, "train", *line, "--save-run", run)
    experiment = Experiment(learning_rate=20.0, epochs=9)
    trainer = Trainer(experiment, load_dataset("digits"))
    since = 0
    while (
        trainer.dataset.train_x @ trainer.parameters.weights[0].T > -trainer.parameters.biases[0]
    ).any():
        since = trainer.step_epoch().epoch
    last, said = result.out.splitlines()
    assert result.status == 0 and last.startswith("epoch 9  ")
    assert said == (
        f"Hidden 1 has been dead since epoch {since}: all 10 of its units give 0 for every "
        "training sample. So its gradient is exactly 0, and it cannot learn any more."
    )
    result = call(capsys, "train", "--resume", run, "--epochs", 12)
    assert result.out.splitlines()[1:] == [said]


def test_nothing_is_said_of_layers_that_live(capsys):
    assert len(call(capsys, "train", "--epochs", 3).out.splitlines()) == 1
