"""What is said of data that may not be meant so, and what is left out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnfs_core.data import Dataset, load_dataset
from nnfs_core.data.classes import refuse_measurements
from tests.core.refusals import refusal

ROWS = 20
NOISE = np.random.default_rng(0).random(ROWS).round(3)
NUMBERS = {
    "from 0": np.arange(ROWS),
    "from 1": np.arange(ROWS) + 1,
    "in any order": np.random.default_rng(1).permutation(ROWS) + 1,
    "far away": np.random.default_rng(2).permutation(10**6)[:ROWS] + 10**9,
}


def write(path: Path, columns: dict[str, Any], labels: Any = None) -> Path:
    labels = np.arange(ROWS) % 2 if labels is None else labels
    rows = zip(*(np.asarray(column).tolist() for column in columns.values()), labels, strict=True)
    lines = [",".join([*columns, "label"]), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


class TestRowNumbers:
    @pytest.mark.parametrize("numbers", NUMBERS)
    @pytest.mark.parametrize(
        "name",
        [
            *("Id", "id", "ID", "_id", "index", "Idx", "#", "rownames", "uid", "Row Id"),
            *("Unnamed: 0", "Unnamed: 0.1", "row_index", "sample_id", "PassengerId", "passengerid"),
            *("customerID", "patient_id", "image.id", "caseid", "StudentID", "RowNumber_id"),
        ],
    )
    def test_a_column_that_is_called_so_is_left_out(
        self, path: Path, name: str, numbers: str
    ) -> None:
        data = load_dataset(write(path, {"a": NOISE, name: NUMBERS[numbers], "b": NOISE}))
        assert data.inputs == ("a", "b")
        assert data.train_x.shape[1] == 2
        assert data.notes == (f"left out the column {name}: only the rows are numbered there",)

    @pytest.mark.parametrize("numbers", NUMBERS)
    def test_the_index_of_pandas_has_no_name_and_comes_first(
        self, path: Path, numbers: str
    ) -> None:
        data = load_dataset(write(path, {"": NUMBERS[numbers], "b": NOISE}))
        assert data.inputs == ("b",)
        assert "the column without a name" in data.notes[0]

    @pytest.mark.parametrize("name", ["No", "nr.", "S.No", "X", "obs", "RowNumber", "heat_index"])
    @pytest.mark.parametrize("numbers", ["from 0", "from 1", "in any order"])
    def test_a_first_column_that_may_be_called_so_and_has_all_numbers(
        self, path: Path, name: str, numbers: str
    ) -> None:
        assert load_dataset(write(path, {name: NUMBERS[numbers], "b": NOISE})).inputs == ("b",)
        data = load_dataset(write(path, {"b": NOISE, name: NUMBERS[numbers]}))
        assert data.inputs == ("b", name)
        data = load_dataset(write(path, {name: NUMBERS["far away"], "b": NOISE}))
        assert data.inputs == (name, "b")

    @pytest.mark.parametrize("numbers", NUMBERS)
    @pytest.mark.parametrize(
        "name",
        [
            *("paid", "humid", "void", "grid", "width", "candid", "PAID", "hybrid", "covid"),
            *("idle", "indexed", "hours", "index of mass", "x", "n", "pixel0", "label_2"),
        ],
    )
    def test_a_column_that_is_called_otherwise_stays(
        self, path: Path, name: str, numbers: str
    ) -> None:
        for columns in ({"a": NOISE, name: NUMBERS[numbers]}, {name: NUMBERS[numbers], "a": NOISE}):
            assert load_dataset(write(path, columns)).inputs == tuple(columns)

    def test_ids_of_something_else_stay(self, path: Path) -> None:
        twice = [*range(ROWS - 1), 3]
        shares = np.arange(ROWS) + 0.5
        for ids in (twice, shares, np.arange(ROWS) % 4):
            assert load_dataset(write(path, {"store_id": ids, "b": NOISE})).features == 2

    def test_several_are_left_out_together(self, path: Path) -> None:
        columns = {"": NUMBERS["from 0"], "Id": NUMBERS["from 1"], "a": NOISE}
        data = load_dataset(write(path, columns))
        assert data.inputs == ("a",)
        assert data.notes == (
            "left out the columns without a name, Id: only the rows are numbered there",
        )

    def test_something_to_learn_from_is_left(self, path: Path) -> None:
        assert load_dataset(write(path, {"id": NUMBERS["from 0"]})).features == 1
        columns = {"id": NUMBERS["from 0"], "same": [3] * ROWS}
        assert load_dataset(write(path, columns)).features == 2

    def test_also_of_a_few_rows(self, path: Path) -> None:
        columns = {"id": [1, 2, 3, 4], "a": [0, 0, 1, 1], "b": [0, 1, 0, 1]}
        assert load_dataset(write(path, columns, [0, 1, 1, 0])).inputs == ("a", "b")

    def test_a_test_part_loses_them_too(self) -> None:
        x = np.c_[NUMBERS["from 0"], NOISE]
        data = Dataset.from_arrays(
            x, np.arange(ROWS) % 2, test=(x[:5], [0, 1, 0, 1, 0]), inputs=["id", "a"]
        )
        assert data.inputs == ("a",)
        span = NOISE.max() - NOISE.min()
        expected = (NOISE[:5] - NOISE.min()) / span
        np.testing.assert_allclose(data.validation_x[:, 0], expected, rtol=1e-6, atol=1e-7)

    def test_what_only_counts_up_is_said(self, path: Path) -> None:
        columns = {"a": NOISE, "hours": np.arange(ROWS) + 7, "b": NOISE}
        data = load_dataset(write(path, columns))
        assert data.features == 3
        (note,) = data.notes
        assert note.startswith("column hours counts up from row to row")
        columns = {"t": NUMBERS["from 0"], "u": NUMBERS["from 1"], "b": NOISE}
        assert load_dataset(write(path, columns)).notes[0].startswith("columns t, u count up")

    def test_arrays_without_names_keep_all_and_say_which(self) -> None:
        data = Dataset.from_arrays(np.c_[NUMBERS["from 0"], NOISE], np.arange(ROWS) % 2)
        assert data.features == 2
        assert data.notes[0].startswith("column 1 counts up")


class TestMeasurements:
    @pytest.mark.parametrize("count", [25, 292, 999, 1500])
    @pytest.mark.parametrize("form", ["{:.2f}", "{:.3e}", "{}"])
    def test_a_table_with_a_number_to_predict(self, path: Path, count: int, form: str) -> None:
        labels = [form.format(1000 + number * 1.37 if form != "{}" else number * 7)
                  for number in range(count)]  # fmt: skip
        write(path, {"a": np.random.default_rng(0).random(count)}, labels)
        message = refusal(lambda: load_dataset(path), path, "label", "regression")
        found = (
            f"found {count:,} different" if count <= 1000 else "more than 1000 different numbers"
        )
        assert found in message

    @pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64])
    @pytest.mark.parametrize("count", [25, 1500])
    def test_arrays_with_a_number_to_predict(self, kind: Any, count: int) -> None:
        y = (np.random.default_rng(0).permutation(count) * 1.37 + 5).astype(kind)
        refusal(lambda: Dataset.from_arrays(np.arange(count)[:, None], y), "y:", "regression")

    @pytest.mark.parametrize(
        ("classes", "samples"),
        [
            ([str(number / 2) for number in range(10)], 20),
            ([str(number / 2) for number in range(20)], 400),
            (["0.5", "1.5", "2.5"], 3),
            ([str(number) for number in range(26)], 52),
            ([str(number) for number in range(964)], 19280),
            ([str(number) for number in range(20)], 20),
            ([f"{number}.5 m" for number in range(300)], 300),
        ],
    )
    def test_what_may_be_classes(self, classes: list[str], samples: int) -> None:
        refuse_measurements(classes, samples, "here")

    @pytest.mark.parametrize(
        ("classes", "samples"),
        [
            ([str(number / 2) for number in range(10)], 19),
            ([str(number / 2) for number in range(25)], 10_000),
            ([f"{number}e-1" for number in range(25)], 10_000),
            ([f".{number + 1}" for number in range(25)], 10_000),
            ([str(number) for number in range(26)], 51),
        ],
    )
    def test_what_may_not(self, classes: list[str], samples: int) -> None:
        refusal(lambda: refuse_measurements(classes, samples, "here"), "here", "regression")

    def test_classes_that_somebody_has_named_are_classes(self) -> None:
        years = [str(1990 + number) for number in range(26)]
        data = Dataset.from_arrays(
            np.random.default_rng(0).random((26, 3)), np.arange(26), classes=years
        )
        assert data.classes == tuple(years)


class TestColumns:
    def test_those_without_differences_are_named(self, path: Path) -> None:
        data = load_dataset(write(path, {"a": NOISE, "k": [7] * ROWS}))
        assert data.notes == (
            "1 column has the same value in every training sample and cannot help: k",
        )
        columns = {"a": NOISE} | {f"k{number}": [number] * ROWS for number in range(5)}
        assert load_dataset(write(path, columns)).notes == (
            "5 columns have the same value in every training sample and cannot help: "
            "k0, k1, k2 and 2 more",
        )

    def test_a_name_that_would_do_something_to_a_terminal_is_written_out(self, path: Path) -> None:
        (note,) = load_dataset(write(path, {"a": NOISE, "\x1b[31mred": [7] * ROWS})).notes
        assert note.endswith(r"\x1b[31mred")

    def test_pixels_that_are_always_black_are_nothing_odd(self) -> None:
        x = np.zeros((ROWS, 3, 3))
        x[:, 1, 1] = NOISE
        assert Dataset.from_arrays(x, np.arange(ROWS) % 2).notes == ()


class TestClasses:
    def test_one_that_only_the_validation_part_has(self) -> None:
        x = NOISE[:, None]
        data = Dataset.from_arrays(x, np.arange(ROWS) % 2, test=(x[:3], [0, 2, 3]))
        assert data.classes == ("0", "1", "2", "3")
        assert data.notes == ("only the validation part has class 2, 3: it cannot be learned",)

    def test_one_that_was_named_but_nobody_has(self) -> None:
        data = Dataset.from_arrays(NOISE[:, None], np.arange(ROWS) % 2, classes=["a", "b", "c"])
        assert data.notes == ("no sample has class c",)

    @pytest.mark.parametrize("at", range(0, 12, 3))
    def test_a_lone_sample_is_learned_from_wherever_it_stands(self, path: Path, at: int) -> None:
        labels = ["yes" if number == at else "no" for number in range(12)]
        data = load_dataset(write(path, {"a": NOISE[:12]}, labels))
        assert data.classes == ("no", "yes")
        assert 1 in data.train_y and 1 not in data.validation_y
        assert data.notes[0] == "there is a single sample of class yes: it is in the training part"

    def test_one_that_is_much_more_frequent(self) -> None:
        x = np.random.default_rng(0).random((1100, 1))
        for rare, said in ((110, False), (50, True)):
            y = np.array(["5 %"] * (1100 - rare) + ["rare"] * rare)
            notes = Dataset.from_arrays(x, y).notes
            assert bool(notes) == said
        assert notes == (
            "class 5 % is 21 times as frequent as class rare: always answering 5 % is right for "
            "840 of 880 training samples",
        )

    @pytest.mark.parametrize("count", [2, 4, 9])
    def test_of_fewer_than_ten_all_are_learned_from(self, path: Path, count: int) -> None:
        write(path, {"a": np.arange(count)}, np.arange(count) % 2)
        data = load_dataset(path)
        assert (len(data.train_x), len(data.validation_x)) == (count, 0)
        assert data.validation_x.shape == (0, 1)
        assert f"there are only {count} samples: none is left for validation" in data.notes

    def test_data_without_anything_odd_is_not_spoken_of(self, path: Path) -> None:
        assert load_dataset(write(path, {"a": NOISE, "b": NOISE})).notes == ()
        assert load_dataset("digits").notes == ()
