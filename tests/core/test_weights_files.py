"""Weights files of every version: what each says is read, what contradicts itself is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnfs_core import __version__
from nnfs_core.data import load_dataset
from nnfs_core.data.scale import Scale
from nnfs_core.experiment import Experiment
from nnfs_core.files.meaning import UNKNOWN, Meaning
from nnfs_core.files.trained import load_trained
from nnfs_core.files.weights import Weights, learned, load_weights, save_weights
from nnfs_core.history.run import Fingerprint
from tests.core.refusals import refusal
from tests.core.weights_files import CLASSES, FOLDER, MEANING, SIZES, TEST_ACC, file, layers

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "weights-file.md"


@pytest.mark.parametrize(("version", "dtype"), [(0, np.float64), (1, np.float32), (2, np.float32)])
def test_files_of_every_version_hold_what_they_held(version: int, dtype: Any) -> None:
    weights, (expected, biases) = load_weights(file(version)), layers(dtype)
    for found, one in zip((*weights.weights, *weights.biases), (*expected, *biases), strict=True):
        np.testing.assert_array_equal(found, one, strict=True)
    assert (weights.test_acc, weights.notes, weights.sizes) == (TEST_ACC, (), SIZES)
    assert weights.meaning == (MEANING if version == 2 else UNKNOWN)


def test_what_files_of_every_version_say_of_their_network() -> None:
    original, first, second = (load_trained(file(version)) for version in range(3))
    assert (original.network.activation.name, original.dataset) == ("relu", None)
    assert (first.network.activation.name, first.dataset) == ("tanh", "digits")
    assert (second.network.activation.name, second.dataset) == ("tanh", "mine.npz")
    assert original.name_of(6) == "class 6 of 10 (the file names none)"
    assert first.name_of(6) == "6"  # the data is the program's own
    assert second.name_of(5) == "fünf"
    files = list(FOLDER.glob("weights-*"))
    assert len(files) == 3 and sum(path.stat().st_size for path in files) < 20_000


def test_a_meaning_comes_back_as_it_was(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    low = rng.normal(size=12)
    columns = Scale(low, low + np.arange(12))  # one of them constant
    some = (
        UNKNOWN,
        Meaning(classes=("b ä", "a", "☃")),
        Meaning(inputs=tuple(f"length in cm, {k}" for k in range(12)), scale=columns),
        Meaning(image_shape=(3, 4), scale=Scale(-1.5, 2.0), validation_name="test", rules=0),
    )
    for meaning in some:
        path = tmp_path / "w.npz"
        save_weights(path, Weights((np.ones((3, 12)),), (np.ones(3),), meaning=meaning))
        assert load_weights(path).meaning == meaning


def test_numpy_alone_reads_what_is_said(tmp_path: Path) -> None:
    with np.load(file(2), allow_pickle=False) as entries:
        assert entries["format"] == "nnfs-weights" and entries["version"] == 2
        assert tuple(entries["classes"]) == CLASSES
        assert entries["image_shape"].tolist() == [4, 16]
        assert entries["scale"].tolist() == [0, 16]
        assert entries["held_out"] == "test" and entries["rules"] == 1
        data = json.loads(str(entries["data"]))
        assert data["blake2b"] == "0123456789abcdef" * 4 and data["train"] == 80
    path = tmp_path / "w.npz"
    save_weights(path, Weights((np.ones((3, 4)),), (np.ones(3),)))
    with np.load(path, allow_pickle=False) as entries:
        assert entries["program"] == __version__


def test_what_is_trained_here_is_saved_with_its_meaning(tmp_path: Path) -> None:
    data, path = load_dataset("digits"), tmp_path / "w.npz"
    parameters = Experiment().initial((64, 10, 10))
    save_weights(path, learned(parameters, Experiment(), data, float("nan")))
    weights = load_weights(path)
    assert weights.test_acc is None
    assert weights.meaning.classes == data.classes
    assert weights.meaning.image_shape == (8, 8)
    assert weights.meaning.validation_name == "validation"


def test_names_that_no_array_can_hold_do_not_keep_weights_from_being_saved(tmp_path: Path) -> None:
    path, network = tmp_path / "w.npz", ((np.ones((2, 3)),), (np.ones(2),))
    for classes in (("a", "b\0"), ("a", ""), ("a", "\ud800"), ("a", "a"), ("a", "W" * 10**5)):
        save_weights(path, Weights(*network, meaning=Meaning(classes, validation_name="test")))
        assert load_weights(path).meaning == Meaning(validation_name="test")
    long = tuple(f"{k}{'W' * 9000}" for k in range(1000))
    wide = (np.ones((1000, 1)),), (np.ones(1000),)
    fingerprint = Fingerprint("x", 1, 9, 1, long, None, "0" * 64)
    save_weights(path, Weights(*wide, meaning=Meaning(classes=long, data=fingerprint)))
    assert load_weights(path).meaning == Meaning(classes=long)


def entries(**changes: Any) -> dict[str, Any]:
    """Return a file of this version as NumPy writes it, for a network 4 → 3 → 2."""
    data = {
        "name": "x",
        "features": 4,
        "train": 8,
        "validation": 2,
        "classes": ["no", "yes"],
        "image_shape": None,
        "blake2b": "0" * 64,
    }
    found: dict[str, Any] = {
        "format": "nnfs-weights",
        "version": 2,
        "W1": np.ones((3, 4)),
        "B1": np.ones((3, 1)),
        "W2": np.ones((2, 3)),
        "B2": np.ones(2),
        "classes": np.array(["no", "yes"]),
        "inputs": np.array(["a", "b", "c", "d"]),
        "scale": np.array([[0.0, 1, 2, 3], [0, 2, 3, 9]]),
        "held_out": "validation",
        "rules": 1,
        "data": data,
        "experiment": {"activation": "tanh", "layers": [3]},
    }
    for name, change in changes.items():
        if isinstance(found.get(name), dict) and isinstance(change, dict):
            change = {**found[name], **change}
        found[name] = change
    return {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in found.items()
        if value is not None
    }


def test_a_file_written_with_numpy_alone_is_read(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    np.savez(path, **entries())
    trained = load_trained(path)
    assert (trained.name_of(1), trained.sizes) == ("yes", (4, 3, 2))
    assert (trained.network.activation.name, trained.dataset, trained.notes) == ("tanh", None, ())
    assert trained.meaning.inputs == ("a", "b", "c", "d")
    few = {name: entries()[name] for name in ("format", "version", "W1", "B1", "W2", "B2")}
    np.savez(path, **few)
    assert load_weights(path).meaning == UNKNOWN


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"format": "nnfs-run"}, ("is no weights file", "expected format nnfs-weights")),
        ({"format": np.ones(3)}, ("format cannot be read",)),
        ({"version": None}, ("version is missing",)),
        ({"version": 0}, ("version cannot be used", "a whole number from 1 on", "found 0")),
        ({"version": 2.5}, ("version cannot be used",)),
        ({"version": [2, 2]}, ("version cannot be used",)),
        ({"classes": ["no"]}, ("classes does not fit", "expected 2 names", "found 1")),
        ({"classes": ["no", "no"]}, ("classes cannot be used", "each name once")),
        ({"classes": ["no", ""]}, ("classes cannot be used", "names of 1 to 10,000")),
        ({"classes": ["no", "\ud800"]}, ("classes cannot be used", "expected text")),
        ({"classes": [1, 2]}, ("classes cannot be used", "a list of names", "int64")),
        ({"classes": [["no"], ["yes"]]}, ("classes cannot be used", "a list of names")),
        ({"classes": ["no", "maybe"]}, ("classes and data contradict each other",)),
        ({"classes": np.array(["x" * 9_000_000, "y"])}, ("classes is too large",)),
        ({"inputs": ["a", "b"]}, ("inputs does not fit", "expected 4 names", "found 2")),
        ({"inputs": ["a", "b", "a", "d"]}, ("inputs cannot be used", "each name once")),
        ({"image_shape": [3, 3]}, ("image_shape does not fit", "expected 4 pixels", "found 9")),
        ({"image_shape": [2**40, 2**40]}, ("image_shape does not fit",)),
        ({"image_shape": [-2, -2]}, ("image_shape cannot be used", "rows and columns")),
        ({"image_shape": [4]}, ("image_shape cannot be used",)),
        ({"image_shape": [2.0, 2.0]}, ("image_shape cannot be used",)),
        ({"scale": [[0.0, 1, 2], [0, 2, 3]]}, ("scale does not fit", "expected 4 columns")),
        ({"scale": [0.0, np.nan]}, ("scale cannot be used", "finite")),
        ({"scale": [0.0, np.inf]}, ("scale cannot be used", "finite")),
        ({"scale": [1.0, 0.0]}, ("scale cannot be used", "the lowest first")),
        ({"scale": [1.0, 1.0]}, ("scale cannot be used", "the lowest first")),
        ({"scale": [[0.0, 1, 2, 4], [0, 2, 3, 3]]}, ("scale cannot be used",)),
        ({"scale": [0.0, 1, 2]}, ("scale cannot be used", "lowest and highest")),
        ({"scale": 3.0}, ("scale cannot be used", "lowest and highest")),
        ({"scale": ["0", "1"]}, ("scale cannot be used", "lowest and highest")),
        ({"held_out": "rest"}, ("held_out cannot be used", "validation or test", "rest")),
        ({"rules": -1}, ("rules cannot be used", "from 0 on", "found -1")),
        ({"rules": "new"}, ("rules cannot be used",)),
        ({"data": "{}"}, ("data cannot be used", "a fingerprint", "Field required")),
        ({"data": "{"}, ("data cannot be used",)),
        ({"data": '{"name": "x", "name": "y"}'}, ("data cannot be used", "twice")),
        ({"data": "[" + "0," * 60_000 + "0]"}, ("data cannot be used", "too long")),
        ({"data": {"blake2b": "zz"}}, ("data cannot be used", "blake2b")),
        ({"data": {"features": 5}}, ("data does not fit", "expected 4 inputs", "found 5")),
        ({"data": {"classes": ["a"]}}, ("data does not fit", "expected 2 classes", "found 1")),
        (
            {"data": {"image_shape": [4, 1]}, "image_shape": [2, 2]},
            ("image_shape and data contradict each other",),
        ),
        (
            {"experiment": {"layers": [5]}},
            ("the experiment is that of another network", "hidden layers [3]", "found [5]"),
        ),
        ({"experiment": {"layers": []}}, ("the experiment is that of another network",)),
        ({"experiment": {"layers": "3"}}, ("the experiment is that of another network",)),
        # A file of this version says what it is: nothing about it is guessed.
        ({"W1": np.ones((4, 3)), "W2": np.ones((3, 2))}, ("B1 does not fit",)),
        ({"W1": None, "w1": np.ones((3, 4))}, ("W1 is missing",)),
        (
            {
                "0.weight": np.ones((2, 4)),
                "0.bias": np.ones(2),
                **dict.fromkeys(("W1", "B1", "W2", "B2")),
            },
            ("W1 is missing",),
        ),
    ],
)
def test_what_contradicts_itself_is_refused(
    tmp_path: Path, changes: dict[str, Any], parts: tuple[str, ...]
) -> None:
    path = tmp_path / "w.npz"
    np.savez(path, **entries(**changes))
    refusal(lambda: load_weights(path), path, *parts, both_sides=False)


def test_layers_of_another_network_were_taken_before_there_were_versions(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    network = {name: entries()[name] for name in ("W1", "B1", "W2", "B2")}
    np.savez(path, **network, experiment=json.dumps(Experiment(layers=(5,)).to_dict()))
    refusal(lambda: load_weights(path), path, "another network", "[3]", "[5]")


def test_a_newer_file_names_the_version_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    np.savez(path, **entries(version=4, program="9.9"), W0="unknown")
    message = refusal(lambda: load_weights(path), path, both_sides=False)
    assert message.endswith(
        "was written in version 4 of the format by program 9.9; "
        "this program reads up to 3, a newer one is needed"
    )
    np.savez(path, **entries(version=4, program="\x1b[31m" + "9" * 5000))
    assert "9999" not in refusal(lambda: load_weights(path), path, "version 4", both_sides=False)


@pytest.mark.parametrize(
    ("meaning", "part"),
    [
        (Meaning(classes=("a", "b", "c")), "classes does not fit"),
        (Meaning(inputs=("a",)), "inputs does not fit"),
        (Meaning(image_shape=(2, 3)), "image_shape does not fit"),
        (Meaning(scale=Scale(np.zeros(3), np.ones(3))), "scale does not fit"),
        (Meaning(data=replace(MEANING.data, classes=("a", "b"))), "data does not fit"),
    ],
)
def test_a_meaning_of_another_network_is_not_written(
    tmp_path: Path, meaning: Meaning, part: str
) -> None:
    weights = Weights((np.ones((2, 4)),), (np.ones(2),), meaning=meaning)
    refusal(lambda: save_weights(tmp_path / "w.npz", weights), part)
    assert not list(tmp_path.iterdir())


class TestTheDocument:
    def test_its_code_reads_a_file_with_numpy_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code = DOCUMENT.read_text("utf-8").split("```python\n")[1].split("```")[0]
        assert "nnfs" not in code.replace("nnfs-weights", "")
        (tmp_path / "weights.npz").write_bytes(file(2).read_bytes())
        monkeypatch.chdir(tmp_path)
        names: dict[str, Any] = {"x": np.arange(64) % 17}
        exec(compile(code, "docs/weights-file.md", "exec"), names)
        (w1, w2), (b1, b2) = layers(np.float64)
        z = w2 @ np.tanh(w1 @ (names["x"] / 16) + b1) + b2
        expected = np.exp(z) / np.exp(z).sum()
        np.testing.assert_allclose(names["probabilities"], expected, rtol=1e-5)
        best = int(expected.argmax())
        assert capsys.readouterr().out == f"{CLASSES[best]}: {expected[best]:.1%}\n"

    def test_its_code_writes_a_file_that_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code = DOCUMENT.read_text("utf-8").split("```python\n")[2].split("```")[0]
        monkeypatch.chdir(tmp_path)
        rng = np.random.default_rng(0)
        shapes = list(pairwise((4, 5, 3)))
        names: dict[str, Any] = {"np": np}
        for layer, (units_in, units_out) in enumerate(shapes, 1):
            names[f"W{layer}"] = rng.normal(size=(units_out, units_in))
            names[f"b{layer}"] = rng.normal(size=units_out)
        exec(compile(code, "docs/weights-file.md", "exec"), names)
        trained = load_trained(tmp_path / "weights.npz")
        assert (trained.sizes, trained.network.activation.name) == ((4, 5, 3), "tanh")
        assert trained.notes == () and len(trained.meaning.classes) == 3

    def test_it_names_every_entry(self) -> None:
        text = DOCUMENT.read_text("utf-8")
        with np.load(file(2), allow_pickle=False) as found:
            for name in found.files:
                assert f"`{name}`" in text, name
