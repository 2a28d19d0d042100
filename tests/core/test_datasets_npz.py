"""Keras' form of a dataset, as it is published and as people make their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnfs_core.data import Reading, load_dataset
from tests.core.refusals import refusal


def entries(**changes: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    parts = {
        "x_train": rng.integers(0, 256, (20, 6, 5), np.uint8),
        "y_train": np.arange(20, dtype=np.uint8) % 3,
        "x_test": rng.integers(0, 256, (8, 6, 5), np.uint8),
        "y_test": np.arange(8, dtype=np.uint8) % 4,
    }
    parts.update(changes)
    return {name: array for name, array in parts.items() if array is not None}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shapes.npz"


@pytest.mark.parametrize("compressed", [False, True])
def test_kerass_form(path: Path, compressed: bool) -> None:
    parts = entries()
    (np.savez_compressed if compressed else np.savez)(path, **parts)
    data = load_dataset(path)
    assert data.name == "shapes.npz"
    assert data.image_shape == (6, 5)
    assert data.validation_name == "test"
    assert data.classes == ("0", "1", "2", "3")
    assert str(path) in data.source
    for x, key in ((data.train_x, "x_train"), (data.validation_x, "x_test")):
        expected = parts[key].reshape(-1, 30).astype(np.float32) / np.float32(255)
        np.testing.assert_array_equal(x, expected, strict=True)
    np.testing.assert_array_equal(data.train_y, parts["y_train"].astype(np.int64), strict=True)
    for array in (data.train_x, data.train_y, data.validation_x, data.validation_y):
        assert array.flags.c_contiguous
        assert not array.flags.writeable


@pytest.mark.parametrize(
    ("shape", "image_shape"),
    [((16,), None), ((64,), None), ((15,), None), ((3, 7), (3, 7)), ((3, 7, 1), (3, 7))],
)
def test_samples_of_any_plain_shape(
    path: Path, shape: tuple[int, ...], image_shape: tuple[int, int] | None
) -> None:
    rng = np.random.default_rng(0)
    x, test = rng.random((20, *shape)), rng.random((8, *shape))
    np.savez(path, **entries(x_train=np.asfortranarray(x), x_test=test))
    data = load_dataset(path)
    assert data.image_shape == image_shape
    expected = x.reshape(20, -1)
    if image_shape is None:
        expected = (expected - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))
    assert data.train_x.flags.c_contiguous
    np.testing.assert_allclose(data.train_x, expected.astype(np.float32), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("train", "test", "expected"),
    [
        (np.array([0.0, 0.5], np.float64), 1.0, 1.0),
        (np.array([0.0, 0.5], np.float16), 0.25, 0.25),
        (np.array([0.0, 255.0], np.float32), 51.0, np.float32(51) / np.float32(255)),
        (np.array([0, 200], np.int64), 51, np.float32(51) / np.float32(255)),
        (np.array([-1.0, 1.0], ">f4"), 0.0, 0.5),
        (np.array([-1.0, 1.0]), 3.0, 2.0),
        (np.array([0, 1], np.uint8), 1, 1.0),
        (np.array([False, True]), True, 1.0),
    ],
)
def test_the_training_part_decides_how_both_are_scaled(
    path: Path, train: Any, test: Any, expected: float
) -> None:
    x_test = np.full((8, 2, 1), test, train.dtype)
    np.savez(path, **entries(x_train=np.tile(train[:, None], (20, 1, 1)), x_test=x_test))
    data = load_dataset(path)
    np.testing.assert_array_equal(data.validation_x, np.full((8, 2), expected, np.float32))
    assert data.train_x.min() == 0


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<i8", np.uint8])
def test_rows_that_are_no_pictures_are_scaled_column_by_column(path: Path, dtype: Any) -> None:
    sizes = np.array([1, 2, 5, 50])
    x = (np.random.default_rng(1).random((20, 4)) * 5 * sizes).astype(dtype)
    x[:, 1] = 3
    test = (x[:8] + 2).astype(dtype)
    np.savez(path, **entries(x_train=x, x_test=test))
    data = load_dataset(path)
    low, high = (getattr(x, end)(axis=0).astype(np.float64) for end in ("min", "max"))
    for given, scaled in ((x, data.train_x), (test, data.validation_x)):
        expected = (given[:, [0, 2, 3]] - low[[0, 2, 3]]) / (high - low)[[0, 2, 3]]
        np.testing.assert_allclose(scaled[:, [0, 2, 3]], expected, rtol=1e-5, atol=1e-6)
        assert not scaled[:, 1].any()


def test_a_square_of_measurements_is_no_picture(path: Path) -> None:
    x = np.random.default_rng(1).normal(size=(20, 16)) * np.logspace(-1, 3, 16)
    np.savez(path, **entries(x_train=x, x_test=x[:8]))
    data = load_dataset(path)
    assert data.image_shape is None
    np.testing.assert_array_equal(data.train_x.max(axis=0), np.ones(16, np.float32))


def test_labels_in_a_column_are_labels(path: Path) -> None:
    np.savez(path, **entries(y_train=np.arange(20)[:, None] % 2))
    assert load_dataset(path).train_y.shape == (20,)


NAN = np.full((20, 6, 5), np.nan)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"y_test": None}, ("y_test missing", "found x_train, y_train, x_test")),
        ({"x_train": None, "x": np.ones(3)}, ("x_train missing", "y_test, x")),
        ({"x_train": np.array([{}] * 20)}, ("x_train", "pickled", "found dtype object")),
        ({"x_train": np.array(["a"] * 20)}, ("x_train", "no numbers", "found <U1")),
        ({"x_train": np.ones(20)}, ("x_train", "wrong shape", "found (20,)")),
        ({"x_train": np.ones((20, 6, 5, 3))}, ("x_train", "wrong shape", "found (20, 6, 5, 3)")),
        ({"x_test": np.ones((8, 5, 6))}, ("x_test does not fit", "(6, 5)", "found (5, 6)")),
        ({"x_test": np.ones((8, 30))}, ("x_test does not fit", "(6, 5)", "found (30,)")),
        ({"y_train": np.arange(19) % 3}, ("y_train", "one label", "(20,)", "found (19,)")),
        ({"y_test": np.arange(9) % 3}, ("y_test", "one label", "(8,)", "found (9,)")),
        ({"y_train": np.eye(20, 3, dtype=int)}, ("y_train", "one label", "found (20, 3)")),
        ({"x_train": NAN}, ("x_train", "not finite", "found NaN")),
        ({"x_train": np.full((20, 6, 5), np.inf)}, ("x_train", "not finite", "found infinity")),
        (
            {"y_train": np.arange(20) / 2},
            ("y_train", "regression", "found 20 different decimal numbers in 20 rows"),
        ),
        ({"y_train": np.arange(20) * 1j}, ("y_train", "whole numbers or words", "complex128")),
        ({"y_train": np.full(20, np.nan)}, ("y_train", "label is missing", "found nan")),
        ({"y_train": np.full(20, "")}, ("y_train", "label is missing", "expected a word")),
        ({"y_train": np.full(20, 3), "y_test": np.full(8, 4)}, ("tell apart", "found only '3'")),
        ({"y_train": np.zeros((0,), int)}, ("y_train", "is empty")),
    ],
)
def test_what_is_no_set_of_samples_is_refused(
    path: Path, changes: dict[str, Any], parts: tuple[str, ...]
) -> None:
    np.savez(path, **entries(**changes))
    if "expected a word" in parts:
        refusal(lambda: load_dataset(path), path, *parts, both_sides=False)
    else:
        refusal(lambda: load_dataset(path), path, *parts)


@pytest.mark.parametrize(
    ("train", "test", "classes"),
    [
        (np.arange(20) % 10 + 1, [1] * 8, tuple(map(str, range(1, 11)))),
        (np.arange(20) % 2 * 7 + 2, [9] * 8, ("2", "9")),
        (np.arange(20) % 2 - 1, [0] * 8, ("-1", "0")),
        (np.arange(20) % 3, [3] * 8, ("0", "1", "2", "3")),
        (np.arange(20.0) % 3, [1.0] * 8, ("0", "1", "2")),
        (np.arange(20, dtype=">u2") % 3 + 40000, [40000] * 8, ("40000", "40001", "40002")),
        (
            np.array([2**63, 2**63 + 1] * 10, np.uint64),
            [2**63] * 8,
            (str(2**63), str(2**63 + 1)),
        ),
        (np.arange(20) % 2 * 10**12, [0] * 8, ("0", str(10**12))),
        (np.arange(20) % 2 == 0, [True] * 8, ("false", "true")),
        (np.array(["10", "9"] * 10), ["9"] * 8, ("9", "10")),
        (np.array(["class10", "class9"] * 10), ["class9"] * 8, ("class9", "class10")),
        (np.array(["Ärmel ", "bag"] * 10), ["bag"] * 8, ("bag", "Ärmel")),
        (np.array(["Ärmel".encode(), b"bag"] * 10), ["bag"] * 8, ("bag", "Ärmel")),
        (np.array([0.5, 1.5] * 10, np.float32), [1.5] * 8, ("0.5", "1.5")),
    ],
)
def test_classes_are_called_as_their_labels(
    path: Path, train: Any, test: list[Any], classes: tuple[str, ...]
) -> None:
    np.savez(path, **entries(y_train=train, y_test=np.array(test)))
    data = load_dataset(path)
    assert data.classes == classes

    def said(label: Any) -> str:
        text = label.decode() if isinstance(label, bytes) else str(label).strip()
        text = text.lower() if isinstance(label, bool) else text
        return text.removesuffix(".0")

    assert [classes[number] for number in data.train_y] == [said(one) for one in train.tolist()]
    assert [classes[number] for number in data.validation_y] == [said(one) for one in test]


@pytest.mark.parametrize(("shape", "image_shape"), [((16,), (4, 4)), ((9,), None)])
def test_rules_1_took_squares_for_pictures_and_numbers_for_classes(
    path: Path, shape: tuple[int], image_shape: tuple[int, int] | None
) -> None:
    x = np.random.default_rng(0).integers(0, 17, (28, *shape))
    y = np.arange(28) % 3 + 1
    np.savez(path, x_train=x[:20], y_train=y[:20], x_test=x[20:], y_test=y[20:])
    data = load_dataset(path, reading=Reading(rules=1, dtype="float64"))
    assert (data.image_shape, data.notes, data.rules) == (image_shape, (), 1)
    assert data.classes == ("0", "1", "2", "3")
    np.testing.assert_array_equal(data.train_y, y[:20], strict=True)
    low, high = x[:20].min(axis=0), x[:20].max(axis=0)
    for scaled, part in ((data.train_x, x[:20]), (data.validation_x, x[20:])):
        expected = part.astype(np.float32) / np.float32(255)
        if image_shape is None:
            expected = ((part - low) / (high - low)).astype(np.float32)
            np.testing.assert_allclose(scaled, expected, rtol=1e-6, atol=1e-7)
        else:
            np.testing.assert_array_equal(scaled, expected, strict=True)
        assert scaled.dtype == np.float32


def test_a_test_part_out_of_all_proportion_is_refused(path: Path) -> None:
    for x_test in (np.full((8, 30), 1e300), NAN[:8]):
        x_test = x_test.reshape(8, 30)
        np.savez(path, **entries(x_train=np.random.default_rng(0).random((20, 30)), x_test=x_test))
        refusal(lambda: load_dataset(path), path, "x_test", "not finite", both_sides=False)


def test_what_is_no_npz_is_refused(path: Path, tmp_path: Path) -> None:
    refusal(lambda: load_dataset(path), path, "no such file", "x_train", both_sides=False)
    path.write_bytes(b"\x89HDF\r\n")
    refusal(lambda: load_dataset(path), path, "expected an .npz file with x_train", "found")
    np.savez(path, **entries())
    path.write_bytes(path.read_bytes()[:-100])
    refusal(lambda: load_dataset(path), path, "cut short", both_sides=False)
