"""``evaluate``: the accuracy it prints is the accuracy the weights have."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from nnfs_core.files.trained import joined
from nnfs_core.files.weights import Weights, load_weights, save_weights
from nnfs_core.training.trainer import Trainer
from tests.core import plain
from tests.core.foreign_files import save, torch, turned
from tests.original import FOLDERS, SEED_WEIGHTS, needs_original

from .command import call


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A tanh network trained a little, with its file."""
    experiment = Experiment(layers=(8,), activation="tanh", epochs=30)
    trainer = Trainer(experiment, load_dataset("digits"))
    for _ in range(30):
        trainer.step_epoch()
    path = tmp_path_factory.mktemp("weights") / "w.npz"
    layers = trainer.parameters.weights, trainer.parameters.biases
    save_weights(path, Weights(*layers, None, experiment.to_dict()))
    return path, trainer


NOTHING = (
    "note: the weights do not say what they were trained on, so the scale and classes of digits "
    "are taken"
)
"""Of weights in whose file there is nothing beside them."""


def test_a_person_reads(capsys, trained):
    path, trainer = trained
    result = call(capsys, "evaluate", path)
    metrics = trainer.metrics
    assert (result.status, result.err) == (0, "")
    assert result.out == (
        f"{100 * metrics.validation_score:.2f} % of 360 validation samples of digits"
        f"  loss {plain.four_figures(metrics.validation_loss)}\n"
    )
    assert call(capsys, "evaluate", path, "--dataset", "digits").out == result.out


def test_a_program_reads(capsys, trained):
    path, trainer = trained
    report = json.loads(call(capsys, "evaluate", path, "--json").out)
    assert report["weights"] == str(path)
    assert (report["dataset"], report["part"], report["samples"]) == ("digits", "validation", 360)
    assert report["accuracy"] == trainer.metrics.validation_score
    assert report["loss"] == pytest.approx(trainer.metrics.validation_loss)
    data, confusion = trainer.dataset, np.array(report["confusion"])
    found = trainer.network.predict(trainer.parameters, data.validation_x).argmax(axis=1)
    expected = np.zeros((10, 10), int)
    for truth, prediction in zip(data.validation_y, found, strict=True):
        expected[truth, prediction] += 1
    np.testing.assert_array_equal(confusion, expected)
    assert report["classes"] == [str(k) for k in range(10)]


@needs_original
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_originals_own_weights(capsys, folder):
    line = ["evaluate", SEED_WEIGHTS, "--dataset", "mnist", "--data-dir", folder]
    result = call(capsys, *line)
    assert result.status == 0
    assert result.out.startswith("87.87 % of 10000 test samples of mnist")


def test_an_activation_that_is_assumed_is_said_beside_the_figure(capsys, tmp_path, trained):
    """A tanh network whose file does not say so: its figure as relu is not that of the network."""
    _, trainer = trained
    path, parameters = tmp_path / "w.npz", trainer.parameters
    save_weights(path, Weights(parameters.weights, parameters.biases))
    line = ["evaluate", path, "--dataset", "digits"]
    x, y = trainer.dataset.validation_x, trainer.dataset.validation_y
    figures = {}
    for name, function in (("relu", lambda z: np.maximum(z, 0)), ("tanh", np.tanh)):
        a = function(x @ parameters.weights[0].T + parameters.biases[0])
        z = a @ parameters.weights[1].T + parameters.biases[1]
        figures[name] = f"{100 * (z.argmax(axis=1) == y).mean():.2f} % of 360"
    assert figures["relu"] != figures["tanh"]
    figure, note, nothing = call(capsys, *line).out.splitlines()
    assert figure.startswith(figures["relu"])
    assert nothing == NOTHING
    assert note == (
        "note: relu is assumed: the file names no activation (--activation says otherwise)"
    )
    figure, nothing = call(capsys, *line, "--activation", "tanh").out.splitlines()
    assert figure.startswith(figures["tanh"])
    assert nothing == NOTHING
    notes = json.loads(call(capsys, *line, "--json").out)["notes"]
    assert notes == [one.removeprefix("note: ") for one in (note, NOTHING)]
    assert "not a usable value" in call(capsys, *line, "--activation", "Tanh").error


def test_an_activation_that_contradicts_the_file_wins_and_is_said(capsys, trained):
    path, _ = trained
    _, note = call(capsys, "evaluate", path, "--activation", "relu").out.splitlines()
    assert note == "note: relu is used as --activation says, though the file names tanh"
    assert len(call(capsys, "evaluate", path, "--activation", "tanh").out.splitlines()) == 1


def test_a_network_without_hidden_layers_has_no_activation_to_assume(capsys, tmp_path):
    path = tmp_path / "w.npz"
    save_weights(path, Weights((np.ones((10, 64)),), (np.ones(10),)))
    _, *notes = call(capsys, "evaluate", path, "--dataset", "digits").out.splitlines()
    assert notes == [NOTHING]


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_weights_of_pytorch_are_measured_as_they_are(capsys, tmp_path, trained, suffix):
    path, trainer = trained
    parameters = trainer.parameters
    layers = list(zip(parameters.weights, parameters.biases, strict=True))
    other = save(tmp_path / f"w.{suffix}", torch(layers))
    line = ["--dataset", "digits", "--activation", "tanh"]
    own = call(capsys, "evaluate", path).out
    assert call(capsys, "evaluate", other, *line).out == own + NOTHING + "\n"
    turned_over = save(tmp_path / f"t.{suffix}", turned(torch(layers)))
    figure, note, nothing = call(capsys, "evaluate", turned_over, *line).out.splitlines()
    assert (figure + "\n", nothing) == (own, NOTHING)
    assert note.startswith("note: 0.weight, 2.weight: stored as (units_in, units_out)")


def test_weights_that_do_not_fit_the_data(capsys, tmp_path):
    path = tmp_path / "w.npz"
    save_weights(path, Weights((np.ones((10, 784)),), (np.ones(10),)))
    error = call(capsys, "evaluate", path, "--dataset", "digits").error
    assert error == f"{path}: W1 does not fit digits (expected 64 inputs, found 784)"
    save_weights(path, Weights((np.ones((4, 64)), np.ones((3, 4))), (np.ones(4), np.ones(3))))
    error = call(capsys, "evaluate", path, "--dataset", "digits").error
    assert error == f"{path}: W2 does not fit digits (expected 10 classes, found 3)"


def test_weights_that_do_not_say_their_data(capsys, tmp_path):
    path = tmp_path / "w.npz"
    save_weights(path, Weights((np.ones((10, 64)),), (np.ones(10),)))
    assert "--dataset is needed" in call(capsys, "evaluate", path).error
    assert call(capsys, "evaluate", path, "--dataset", "digits").status == 0


def test_weights_of_an_experiment_that_cannot_be(capsys, tmp_path):
    path = tmp_path / "w.npz"
    save_weights(path, Weights((np.ones((10, 64)),), (np.ones(10),), None, {"activation": "rel"}))
    error = call(capsys, "evaluate", path).error
    assert error.startswith(f"{path}: activation: not a usable value (expected one of relu,")


def test_weights_too_large_to_compute_with(capsys, tmp_path):
    path = tmp_path / "w.npz"
    layers = (np.full((4, 64), 1e300), np.full((10, 4), 1e300))
    save_weights(path, Weights(layers, (np.zeros(4), np.zeros(10))))
    error = call(capsys, "evaluate", path, "--dataset", "digits").error
    assert "the network's numbers are not finite" in error


def test_weights_that_name_no_data_are_not_measured_on_the_usual_one(capsys, tmp_path):
    path = tmp_path / "w.npz"
    network = (np.ones((10, 64)),), (np.ones(10),)
    save_weights(path, Weights(*network, None, {"activation": "tanh"}))
    assert "--dataset is needed" in call(capsys, "evaluate", path).error


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04"])
def test_files_that_are_no_weights(capsys, tmp_path, content):
    path = tmp_path / "w.npz"
    path.write_bytes(content)
    assert str(path) in call(capsys, "evaluate", path, "--dataset", "digits").error


def test_files_that_are_not_there(capsys, tmp_path):
    assert "there is no such file" in call(capsys, "evaluate", tmp_path / "w.npz").error
    assert "found a folder" in call(capsys, "evaluate", tmp_path, "--dataset", "digits").error


@pytest.mark.parametrize(
    ("stored", "used"), [(np.float16, np.float32), (np.float32,) * 2, (np.float64,) * 2]
)
def test_the_precision_is_the_files_own(tmp_path, stored, used):
    path = tmp_path / "w.npz"
    save_weights(path, Weights((np.ones((10, 64), stored),), (np.ones(10, stored),)))
    assert joined(load_weights(path)).flat.dtype == used


def table(path, rows, seed, rename=None, order=("x", "y")):
    """Write a table of three classes that two columns tell apart, in one of their orders."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 3, rows)
    numbers = {"x": kinds * 10 + rng.normal(size=rows), "y": -kinds + rng.normal(size=rows) / 9}
    names = [f"{'abc'[kind]}" for kind in kinds]
    lines = [",".join([*order, "label"])]
    for at, name in enumerate(names):
        label = (rename or {}).get(name, name)
        lines.append(",".join([*(repr(float(numbers[key][at])) for key in order), label]))
    path.write_text("\n".join(lines))
    return names


@pytest.fixture
def of_a_table(capsys, tmp_path):
    """Weights of a network that was trained on a table, and that table."""
    train, weights = tmp_path / "train.csv", tmp_path / "w.npz"
    table(train, 100, 1)
    line = ["--dataset", train, "--epochs", "300", "--learning-rate", "1", "--out", weights]
    assert call(capsys, "train", *line).status == 0
    return weights, train


def measured(capsys, *line):
    return json.loads(call(capsys, "evaluate", *line, "--json").out)


def test_its_own_table_is_measured_on_what_was_validation(capsys, of_a_table):
    weights, train = of_a_table
    for line in ([], ["--dataset", train]):
        report = measured(capsys, weights, *line)
        assert (report["part"], report["samples"], report["notes"]) == ("validation", 20, [])
        assert report["trained_on_it"] and report["accuracy"] == 1
    assert measured(capsys, weights, "--part", "training")["samples"] == 80
    assert measured(capsys, weights, "--part", "all")["samples"] == 100
    assert "there is no test part" in call(capsys, "evaluate", weights, "--part", "test").error
    assert "one of training" in call(capsys, "evaluate", weights, "--part", "some").error


def test_every_row_of_another_table_is_measured_by_names(capsys, tmp_path, of_a_table):
    """Its columns in another order, a class of another name, and one that is not there."""
    weights, _ = of_a_table
    other = tmp_path / "other.csv"
    names = table(other, 60, 2, rename={"a": "zebra"}, order=("y", "x"))
    report = measured(capsys, weights, "--dataset", other)
    right = sum(name != "a" for name in names)
    assert (report["part"], report["samples"]) == ("all", 60)
    assert report["accuracy"] == right / 60
    assert report["unknown_classes"] == {"zebra": 60 - right}
    assert report["classes"] == ["a", "b", "c"]
    figure, note = call(capsys, "evaluate", weights, "--dataset", other).out.splitlines()
    assert "of all 60 samples of other.csv, not the data it was trained on last" in figure
    assert "class zebra" in note and "counted as wrong" in note
    lines = [line for line in other.read_text().split("\n") if not line.endswith("zebra")]
    other.write_text("\n".join(lines))
    report = measured(capsys, weights, "--dataset", other)
    assert (report["accuracy"], report["samples"]) == (1, right)


def test_labels_that_begin_with_1_are_answered_as_they_are_written(capsys, tmp_path):
    digits = load_dataset("digits")
    pixels = np.rint(digits.train_x * 16).astype(int)
    names = ",".join(f"pixel{at}" for at in range(64))
    rows = [
        ",".join(map(str, [label + 1, *row]))
        for label, row in zip(digits.train_y.tolist(), pixels.tolist(), strict=True)
    ]
    data, weights = tmp_path / "from-one.csv", tmp_path / "w.npz"
    data.write_text("\n".join([f"label,{names}", *rows]))
    line = ["--dataset", data, "--epochs", "60", "--out", weights]
    assert call(capsys, "train", *line).status == 0
    assert measured(capsys, weights)["classes"] == [str(k) for k in range(1, 11)]
    seven = tmp_path / "seven.png"
    which = int(np.flatnonzero(digits.train_y == 7)[0])
    Image.fromarray((pixels[which].reshape(8, 8) * 15.9375).astype(np.uint8)).save(seven)
    report = json.loads(call(capsys, "predict", weights, seven, "--json").out)
    assert report[0]["class"] == "8", "its label is written one higher"
    assert report[0]["position"] == 7
