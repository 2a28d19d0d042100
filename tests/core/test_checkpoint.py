"""Weights files: ours, the original's, and those that cannot be one."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nnfs_core.files.weights import Weights, load_weights, save_weights
from tests.core.refusals import refusal
from tests.original import SEED_WEIGHTS

FINITE = {"allow_nan": False, "allow_infinity": False}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(**FINITE) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def networks(draw: st.DrawFn) -> Weights:
    sizes = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    width = np.dtype(dtype).itemsize * 8

    def floats(shape: tuple[int, ...]) -> Any:
        return draw(arrays.arrays(dtype, shape, elements=st.floats(width=width, **FINITE)))

    return Weights(
        tuple(floats((after, before)) for before, after in itertools.pairwise(sizes)),
        tuple(floats((after,)) for after in sizes[1:]),
        draw(st.none() | st.floats(0, 1)),
        draw(st.none() | st.dictionaries(st.text(), JSON, max_size=3)),
    )


@given(before=networks())
def test_weights_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, before: Weights
) -> None:
    path = tmp_path_factory.getbasetemp() / "weights.npz"
    save_weights(path, before)
    after = load_weights(path)
    for ours, theirs in zip(
        (*before.weights, *before.biases), (*after.weights, *after.biases), strict=True
    ):
        np.testing.assert_array_equal(theirs, ours, strict=True)
        assert not theirs.flags.writeable
    assert after.test_acc == before.test_acc
    assert after.experiment == before.experiment


def layers(**changes: Any) -> dict[str, Any]:
    entries = {
        "W1": np.ones((3, 4)),
        "B1": np.ones((3, 1)),
        "W2": np.ones((2, 3)),
        "B2": np.ones((2, 1)),
        "test_acc": np.float64(0.5),
    }
    entries.update(changes)
    return {name: array for name, array in entries.items() if array is not None}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "weights.npz"


def test_the_file_is_laid_out_as_the_originals(path: Path) -> None:
    save_weights(path, Weights((np.ones((3, 4)), np.ones((2, 3))), (np.ones(3), np.ones(2)), 0.5))
    with np.load(path, allow_pickle=False) as file:
        shapes = {name: file[name].shape for name in file.files}
    said = {"format": (), "version": (), "program": (), "test_acc": ()}
    assert shapes == {"W1": (3, 4), "B1": (3, 1), "W2": (2, 3), "B2": (2, 1), **said}


def test_the_originals_published_weights_load() -> None:
    if not SEED_WEIGHTS.is_file():
        pytest.skip("the original's weights are not here; NNFS_DATA_DIR can say where they are")
    weights = load_weights(SEED_WEIGHTS)
    assert [array.shape for array in weights.weights] == [(10, 784), (10, 10)]
    assert [array.shape for array in weights.biases] == [(10,), (10,)]
    assert {array.dtype for array in weights.weights + weights.biases} == {np.dtype(np.float64)}
    assert weights.test_acc == 0.8787
    assert weights.experiment is None


def test_flat_biases_big_endian_and_unknown_names_are_fine(path: Path) -> None:
    np.savez(path, **layers(B1=np.ones(3), W1=np.ones((3, 4), ">f4"), note="by hand", W0="x"))
    weights = load_weights(path)
    assert weights.biases[0].shape == (3,)
    assert weights.weights[0].dtype == np.dtype("=f4")
    assert weights.weights[0].dtype.isnative


def test_what_is_unknown_stays_unknown(path: Path) -> None:
    np.savez(path, **layers(test_acc=None))
    weights = load_weights(path)
    assert weights.test_acc is None
    assert weights.experiment is None


def test_an_experiment_stored_as_bytes_is_read_too(path: Path) -> None:
    text = json.dumps({"dataset": "ziffern-ä"}, ensure_ascii=False).encode()
    np.savez(path, **layers(experiment=np.frombuffer(text, np.uint8)))
    assert load_weights(path).experiment == {"dataset": "ziffern-ä"}


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"W1": None}, ("W1 is missing", "found B1, W2, B2, test_acc")),
        ({"W2": None, "B2": None, "W3": np.ones((1, 2)), "B3": np.ones(1)}, ("W2 is missing",)),
        ({"W2": None}, ("W2 is missing", "B2")),
        ({"B2": None}, ("B2 is missing", "W2")),
        ({"B3": np.ones((1, 1))}, ("W3 is missing",)),
        ({"W2": np.ones((2, 4))}, ("W2 does not fit", "expected shape (2, 3)", "found (2, 4)")),
        ({"B1": np.ones((1, 2))}, ("B1 does not fit", "expected shape (3, 1)", "found (2,)")),
        ({"B1": np.ones((4, 1))}, ("B1 does not fit", "found (4,)")),
        ({"W2": np.ones((1, 3)), "B2": np.float64(1)}, ("B2 does not fit", "found ()")),
        ({"W1": np.ones(4)}, ("W1 does not fit", "(units_out, units_in)", "found (4,)")),
        ({"W1": np.ones((3, 4), int)}, ("W1 has the wrong type", "floating", "found int64")),
        ({"W1": np.ones((3, 4), complex)}, ("W1 has the wrong type", "found complex128")),
        ({"B2": np.array([["a"], ["b"]])}, ("B2 has the wrong type", "found <U1")),
        ({"W1": np.full((3, 4), np.nan)}, ("W1 holds", "not finite", "found nan")),
        ({"B2": np.array([[1.0], [-np.inf]])}, ("B2 holds", "not finite", "found -inf")),
        ({"W1": np.ones((0, 4))}, ("W1", "is empty")),
        ({"W1": np.array([[{}]], object)}, ("W1", "pickled")),
        ({"test_acc": 87.87}, ("test_acc", "from 0 to 1", "found 87.87")),
        ({"test_acc": np.nan}, ("test_acc", "found nan")),
        ({"test_acc": np.ones(2)}, ("test_acc", "shape (2,)")),
        ({"test_acc": "good"}, ("test_acc", "found <U4")),
        ({"experiment": "[1, 2]"}, ("experiment", "JSON object", "found list")),
    ],
)
def test_what_makes_no_network_is_refused(
    path: Path, changes: dict[str, Any], parts: tuple[str, ...]
) -> None:
    np.savez(path, **layers(**changes))
    refusal(lambda: load_weights(path), path, *parts)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "",
        '{"seed": 1, "seed": 2}',
        "[" * 100_000,
        np.frombuffer(b"\xff\xfe", np.uint8),
        np.ones(3),
        b"{}",
    ],
)
def test_bad_json_is_one_line(path: Path, text: Any) -> None:
    np.savez(path, **layers(experiment=text))
    refusal(lambda: load_weights(path), path, "experiment", "expected JSON", both_sides=False)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"W1": np.zeros((12_000, 4_200))}, ("holds too many numbers", "at most 50,000,000")),
        ({"experiment": " " * 2**20 + "{}"}, ("experiment is too large", "at most 4194304 bytes")),
        ({"test_acc": np.zeros(2**20)}, ("test_acc is too large", "at most 4194304 bytes")),
    ],
)
def test_what_unpacks_to_too_much_is_not_unpacked(
    path: Path, changes: dict[str, Any], parts: tuple[str, ...]
) -> None:
    np.savez_compressed(path, **layers(**changes))
    assert path.stat().st_size < 2**20
    tracemalloc.start()
    try:
        refusal(lambda: load_weights(path), path, *parts)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


def test_what_is_no_weights_file_is_refused(path: Path, tmp_path: Path) -> None:
    def load() -> Weights:
        return load_weights(path)

    refusal(load, path, "no such file", "expected a weights file", both_sides=False)
    refusal(lambda: load_weights(tmp_path), tmp_path, "expected a weights file", "found a folder")
    path.write_text("W1 = 3")
    refusal(load, path, "expected a weights file", "found something else")
    save_weights(path, Weights((np.ones((3, 4)),), (np.ones(3),)))
    path.write_bytes(path.read_bytes()[:-10])
    refusal(load, path, "cut short", both_sides=False)
    np.savez(path, x_train=np.ones(3))
    refusal(load, path, "W1 is missing", "found x_train")


def test_exactly_the_name_asked_for_is_written(tmp_path: Path) -> None:
    path = tmp_path / "weights.backup"
    save_weights(path, Weights((np.ones((3, 4)),), (np.ones(3),)))
    assert [entry.name for entry in tmp_path.iterdir()] == ["weights.backup"]
    assert load_weights(str(path)).weights[0].shape == (3, 4)


@pytest.mark.parametrize(
    ("weights", "parts"),
    [
        (Weights((np.full((3, 4), np.inf),), (np.ones(3),)), ("W1", "not finite", "found inf")),
        (Weights((np.ones((3, 4)),), ()), ("number of biases",)),
        (Weights((), ()), ("number of biases",)),
        (Weights((np.ones((3, 4)), np.ones((2, 2))), (np.ones(3), np.ones(2))), ("W2",)),
    ],
)
def test_what_could_not_be_loaded_again_is_not_written(
    path: Path, weights: Weights, parts: tuple[str, ...]
) -> None:
    path.write_bytes(b"old")
    refusal(lambda: save_weights(path, weights), path, *parts)
    assert path.read_bytes() == b"old"


def test_where_nothing_can_be_written_is_one_line(tmp_path: Path) -> None:
    weights = Weights((np.ones((3, 4)),), (np.ones(3),))
    path = tmp_path / "absent" / "weights.npz"
    refusal(lambda: save_weights(path, weights), path, "no folder", both_sides=False)
    refusal(lambda: save_weights(tmp_path, weights), tmp_path, "found a folder")
    if Path("/dev/full").exists():
        refusal(lambda: save_weights("/dev/full", weights), "No space left", both_sides=False)
