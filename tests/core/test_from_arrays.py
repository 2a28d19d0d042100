"""Datasets that are made in Python: of arrays, as a file with the same content, or by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnfs_core.data import Dataset, Reading, load_dataset
from nnfs_core.data.scale import Scale
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.training.trainer import Trainer
from tests.core.plain import make_dataset
from tests.core.refusals import refusal

X = np.random.default_rng(0).random((20, 3)).round(4)
PICTURES = np.random.default_rng(1).integers(0, 256, (20, 4, 5), np.uint8)
Y = np.arange(20) % 3


def assert_same(one: Dataset, other: Dataset) -> None:
    for name in ("train_x", "train_y", "validation_x", "validation_y"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
    for name in ("classes", "inputs", "image_shape", "validation_name", "scale", "notes", "rules"):
        assert getattr(one, name) == getattr(other, name), name


class TestAsAFile:
    @pytest.mark.parametrize(
        "labels",
        [
            Y.tolist(),
            (Y + 1).tolist(),
            (Y - 1).tolist(),
            (Y * 1.0).tolist(),
            (Y * 0.5).tolist(),
            [("class10", "class9", "Ärmel")[y] for y in Y],
            [("10", "9", "1.0")[y] for y in Y],
            [("a", " b", "c ")[y] for y in Y],
        ],
    )
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_a_table(self, tmp_path: Path, labels: list[Any], dtype: str) -> None:
        path = tmp_path / "table.csv"
        rows = [",".join(map(str, [y, *x])) for y, x in zip(labels, X.tolist(), strict=True)]
        path.write_text("\n".join(["label,a,b,c", *rows]))
        made = Dataset.from_arrays(X, labels, inputs="abc", name="table.csv", dtype=dtype)
        assert_same(made, load_dataset(path, reading=Reading(dtype=dtype)))
        assert made.train_x.dtype == dtype
        assert made.name == "table.csv"

    def test_a_table_with_row_numbers(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        numbered = np.c_[np.arange(20), X]
        rows = [",".join(map(str, [y, *x])) for y, x in zip(Y, numbered.tolist(), strict=True)]
        path.write_text("\n".join(["label,id,b,c,d", *rows]))
        made = Dataset.from_arrays(numbered, Y, inputs=["id", "b", "c", "d"])
        assert_same(made, load_dataset(path))

    @pytest.mark.parametrize("x", [X, PICTURES, PICTURES.reshape(20, 20), PICTURES[..., None]])
    @pytest.mark.parametrize("y", [Y, Y - 1, Y == 0, Y.astype(str), Y[:, None]])
    def test_an_npz(self, tmp_path: Path, x: Any, y: Any) -> None:
        path = tmp_path / "data.npz"
        np.savez(path, x_train=x[:14], y_train=y[:14], x_test=x[14:], y_test=y[14:])
        made = Dataset.from_arrays(x[:14], y[:14], test=(x[14:], y[14:]))
        assert_same(made, load_dataset(path))
        assert made.validation_name == "test"


class TestWhatItTakes:
    def test_labels_below_0_are_classes_of_their_own(self) -> None:
        data = Dataset.from_arrays(X, Y - 1)
        assert data.classes == ("-1", "0", "1")
        assert set(data.train_y) == {0, 1, 2}

    def test_classes_by_their_numbers(self) -> None:
        data = Dataset.from_arrays(X, Y, classes=["dog", "cat", "bird"])
        assert data.classes == ("dog", "cat", "bird")
        whole = Dataset.from_arrays(X, Y)
        np.testing.assert_array_equal(data.train_y, whole.train_y)

    @pytest.mark.parametrize(
        "labels",
        [
            np.array([("no", "yes")[y % 2] for y in Y], object),
            np.array([bool(y % 2) for y in Y], object),
            np.array([int(y) for y in Y], object),
            np.array(list(Y), object),
        ],
    )
    def test_objects_of_one_kind_as_pandas_has_them(self, labels: Any) -> None:
        made = Dataset.from_arrays(X, labels)
        assert_same(made, Dataset.from_arrays(X, labels.tolist()))

    def test_lists(self) -> None:
        assert_same(Dataset.from_arrays(X.tolist(), Y.tolist()), Dataset.from_arrays(X, Y))

    def test_what_was_given_is_left_as_it_was(self) -> None:
        x, y = X.copy(), Y.copy()
        data = Dataset.from_arrays(x, y)
        assert x.flags.writeable and y.flags.writeable
        before = data.train_x.copy()
        x[:], y[:] = 7, 0
        np.testing.assert_array_equal(data.train_x, before)
        assert not data.train_x.flags.writeable and not data.train_y.flags.writeable

    def test_it_can_be_trained_with(self) -> None:
        trainer = Trainer(Experiment(), Dataset.from_arrays(X, Y))
        assert np.isfinite(trainer.step_epoch().train_loss)


RAGGED = [[1, 2], [3]]


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"x": RAGGED}, ("arrays, x", "is not an array")),
        ({"x": X[0]}, ("arrays, x", "wrong shape", "found (3,)")),
        ({"x": PICTURES[..., None].repeat(3, 3)}, ("arrays, x", "wrong shape", "(20, 4, 5, 3)")),
        ({"x": X.astype(str)}, ("arrays, x", "holds no numbers", "found <U")),
        ({"x": X.astype(complex)}, ("arrays, x", "holds no numbers", "complex128")),
        ({"x": X.astype(object)}, ("arrays, x", "holds no numbers", "object")),
        ({"x": X[:0], "y": Y[:0]}, ("arrays, x", "is empty")),
        ({"x": X[:, :0]}, ("arrays, x", "is empty")),
        ({"x": np.where(X > 0.9, np.nan, X)}, ("arrays, x", "not finite")),
        ({"x": np.where(X > 0.9, np.inf, X)}, ("arrays, x", "not finite")),
        ({"x": np.ones((20, 3))}, ("every value is the same",)),
        ({"y": Y[:19]}, ("arrays, y", "one label for each", "(20,)", "found (19,)")),
        ({"y": np.eye(3)[Y]}, ("arrays, y", "one label for each", "found (20, 3)")),
        ({"y": 3}, ("arrays, y", "one label for each", "found ()")),
        ({"y": RAGGED}, ("arrays, y", "is not an array")),
        ({"y": Y * 1j}, ("arrays, y", "whole numbers or words", "complex128")),
        ({"y": np.where(Y == 2, np.nan, Y)}, ("arrays, y", "label is missing", "nan")),
        ({"y": X[:, 0]}, ("arrays, y", "regression", "20 different decimal numbers")),
        ({"y": np.arange(20) ** 8 + 0.5}, ("arrays, y", "regression")),
        ({"y": ["a", None] * 10}, ("arrays, y", "whole numbers or words", "object")),
        ({"y": ["a", " "] * 10}, ("arrays, y", "label is missing")),
        ({"y": np.zeros(20)}, ("nothing to tell apart", "found only '0'")),
        ({"classes": ["a", "b"]}, ("number of no class", "expected 0 to 1", "found 2")),
        ({"classes": ["a", "b", "c"], "y": Y - 1}, ("number of no class", "found -1")),
        ({"classes": ["a", "b", "a"]}, ("two classes have the same name", "found 'a'")),
        ({"classes": ["a"]}, ("a name each", "at least 2 names", "found 1")),
        ({"classes": "abc"}, ("a name each", "found 'abc'")),
        ({"classes": "abc", "y": ["a"] * 20}, ("a name each",)),
        ({"classes": ["a", "b"], "y": ["a", "b"] * 10}, ("numbers of the classes", "found 'a'")),
        ({"inputs": ["a", "b"]}, ("a name for each column", "3 names", "found 2")),
        ({"inputs": list("abcd")}, ("a name for each column", "3 names", "found 4")),
        ({"test": X}, ("test part must be a pair",)),
        ({"test": (X,)}, ("test part must be a pair",)),
        ({"test": (X[:, :2], Y)}, ("test x does not fit x", "(3,)", "found (2,)")),
        ({"test": (X, Y[:3])}, ("arrays, test y", "one label", "found (3,)")),
        ({"test": (X[:0], Y[:0])}, ("arrays, test x", "is empty")),
        ({"test": (X * np.nan, Y)}, ("arrays, test x", "not finite")),
        ({"image": "2x2"}, ("pictures of 2x2 do not fit", "3 pixels", "found 4")),
        ({"image": "square"}, ("not the shape of a picture", "found 'square'")),
        ({"dtype": "float16"}, ("not a number type", "found 'float16'")),
        ({"dtype": np.float64}, ("not a number type",)),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], parts: tuple[str, ...]) -> None:
    given = {"x": X, "y": Y} | changes
    refusal(lambda: Dataset.from_arrays(**given), *parts, both_sides=False)


class TestByHand:
    """``Dataset(...)`` itself, and what :func:`dataclasses.replace` makes of one."""

    DATA = make_dataset(samples=23, features=4, classes=3, validation=7)

    @pytest.mark.parametrize(
        ("changes", "parts"),
        [
            ({"train_y": DATA.train_y - 1}, ("train", "no class", "0 to 2", "found -1")),
            ({"train_y": DATA.train_y + 1}, ("train", "no class", "0 to 2", "found 3")),
            ({"validation_y": DATA.validation_y + 9}, ("validation", "no class", "0 to 2")),
            ({"classes": ("a", "b")}, ("train", "no class", "0 to 1", "found 2")),
            ({"classes": ("a", "b", "a")}, ("same name",)),
            ({"train_y": DATA.train_y[1:]}, ("train", "labels do not fit", "shape (23,)")),
            ({"train_y": DATA.train_y[:, None]}, ("train", "labels do not fit", "(23, 1)")),
            ({"train_y": DATA.train_y * 1.0}, ("train", "labels do not fit", "float64")),
            ({"train_y": DATA.train_y.tolist()}, ("labels do not fit", "found a list")),
            ({"train_x": DATA.train_x.tolist()}, ("shape or type", "found a list")),
            ({"train_x": DATA.train_x[0]}, ("shape or type", "found float32 of shape (4,)")),
            ({"train_x": DATA.train_x.astype(int)}, ("shape or type", "found int64")),
            ({"train_x": DATA.train_x.astype(np.float16)}, ("shape or type", "found float16")),
            ({"train_x": DATA.train_x.astype(">f4")}, ("shape or type", "found >f4")),
            ({"train_x": DATA.train_x[:, :3]}, ("do not fit", "3 columns", "found 4")),
            ({"train_x": DATA.train_x * np.nan}, ("train", "not a finite")),
            ({"validation_x": DATA.validation_x + np.inf}, ("validation", "not a finite")),
            (
                {"train_x": DATA.train_x[:0], "train_y": DATA.train_y[:0]},
                ("nothing to learn from",),
            ),
            ({"image_shape": (2, 3)}, ("pictures' shape", "4 columns", "found 6")),
            ({"inputs": ("a", "b")}, ("a name for each input", "4 columns", "found 2")),
            ({"scale": Scale(np.zeros(3), np.ones(3))}, ("scale", "4 columns", "found 3")),
            ({"validation_name": "dev"}, ("validation or test", "found dev")),
        ],
    )
    def test_what_does_not_fit_is_refused(
        self, changes: dict[str, Any], parts: tuple[str, ...]
    ) -> None:
        message = refusal(lambda: replace(self.DATA, **changes), *parts, both_sides=False)
        assert message.startswith("clouds")

    def test_what_fits(self) -> None:
        data = replace(
            self.DATA,
            image_shape=(2, 2),
            inputs=tuple("abcd"),
            scale=Scale(np.zeros(4), np.ones(4)),
            validation_name="test",
            validation_x=self.DATA.validation_x[:0],
            validation_y=self.DATA.validation_y[:0],
            train_y=self.DATA.train_y.astype(np.uint8),
        )
        assert data.features == 4

    def test_the_order_in_memory_changes_no_number(self) -> None:
        turned = replace(self.DATA, train_x=np.asfortranarray(self.DATA.train_x))
        losses = []
        for data in (self.DATA, turned):
            losses.append(Trainer(Experiment(batch_size=5), data).step_epoch().train_loss)
        assert losses[0] == losses[1]


def test_every_refusal_is_the_one_kind_of_error() -> None:
    with pytest.raises(UserError):
        Dataset.from_arrays([], [])
