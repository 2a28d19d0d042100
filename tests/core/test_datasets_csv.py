"""Tables: Kaggle's form, its cousins, and everything that can be wrong with one."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnfs_core.data import Dataset, Reading, csv_lines, csv_table, load_dataset
from nnfs_core.data.prepare import split_in_proportion
from nnfs_core.errors import UserError
from tests.core.refusals import refusal

HEADER = "label,a,b,c"


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Dataset]:
    def load(content: str | bytes, name: str = "table.csv", **reading: Any) -> Dataset:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_dataset(path, reading=Reading(**reading))

    return load


def lines(count: int = 20, **changes: str) -> list[str]:
    """Return a header and rows; ``line7="…"`` changes the seventh line of the file."""
    rows = [f"{number % 3},{number},{2 * number},{number % 7}" for number in range(count)]
    text = [HEADER, *rows]
    for key, line in changes.items():
        text[int(key.removeprefix("line")) - 1] = line
    return text


def parts_of(labels: Any) -> tuple[Any, Any]:
    """Return the rows of the training and the validation part, given the number of each class."""
    return split_in_proportion(np.asarray(labels))


def together(data: Dataset, labels: Any) -> tuple[Any, Any]:
    """Return all samples and labels in the file's order; ``labels`` are class numbers in it."""
    order = np.argsort(np.concatenate(parts_of(labels)))
    x = np.concatenate([data.train_x, data.validation_x])[order]
    return x, np.concatenate([data.train_y, data.validation_y])[order]


@given(
    pixels=st.sampled_from([16, 25]).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, 255), min_size=width, max_size=width), min_size=10, max_size=30
        )
    ),
    position=st.integers(0, 20),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    delimiter=st.sampled_from(",;\t"),
    bom=st.booleans(),
)
def test_pixels_are_divided_by_255_in_every_dialect(
    tmp_path_factory: pytest.TempPathFactory,
    pixels: list[list[int]],
    position: int,
    end: str,
    delimiter: str,
    bom: bool,
) -> None:
    labels = np.arange(1, len(pixels) + 1) % 4
    learned, _ = parts_of(labels)
    pixels[learned[0]][0], pixels[learned[1]][0] = 255, 0
    position = min(position, len(pixels[0]))
    names = [f"pixel{number}" for number in range(len(pixels[0]))]
    table = [names, *([str(value) for value in row] for row in pixels)]
    for number, row in enumerate(table):
        row.insert(position, str(number % 4) if number else "Label")
    path = tmp_path_factory.getbasetemp() / "dialect.csv"
    text = end.join(delimiter.join(row) for row in table)
    path.write_bytes(text.encode("utf-8-sig" if bom else "utf-8"))
    data = load_dataset(path)
    x, y = together(data, labels)
    np.testing.assert_array_equal(x, np.array(pixels, np.float32) / 255, strict=True)
    np.testing.assert_array_equal(y, labels)
    assert data.classes == ("0", "1", "2", "3")


def test_the_dataset_is_complete(load: Callable[..., Dataset], tmp_path: Path) -> None:
    pixels = ",".join(f"pixel{number}" for number in range(16))
    rows = [f"{number % 2}," + ",".join([str(number)] * 16) for number in range(50)]
    data = load("\n".join([f"label,{pixels}", *rows]))
    assert data.name == "table.csv"
    assert data.inputs == tuple(pixels.split(","))
    assert data.notes == ()
    assert data.rules == 2
    assert data.image_shape == (4, 4)
    assert data.validation_name == "validation"
    assert str(tmp_path / "table.csv") in data.source
    assert (len(data.train_x), len(data.validation_x)) == (40, 10)
    for array in (data.train_x, data.train_y, data.validation_x, data.validation_y):
        assert array.flags.c_contiguous
        assert not array.flags.writeable


@pytest.mark.parametrize(
    ("values", "expected", "by_rules_1"),
    [
        ([0, 0.25, 1], [0, 0.25, 1], [0, 0.25, 1]),
        ([0, 1, 1], [0, 1, 1], [0, 1, 1]),
        ([0.5, 0.25, 0.75], [0.5, 0.25, 0.75], [0.5, 0.25, 0.75]),
        ([0, 51, 255], [0, 0.2, 1], [0, 0.2, 1]),
        ([0.0, 51.0, 255.0], [0, 0.2, 1], [0, 0.2, 1]),
        ([0, 51, 204], [0, 0.2, 0.8], [0, 0.2, 0.8]),
        ([0, 51, 127.5], [0, 0.4, 1], None),
        ([0, 4, 16], [0, 0.25, 1], [0, 4 / 255, 16 / 255]),
        ([2, 3, 4], [0.5, 0.75, 1], [2 / 255, 3 / 255, 4 / 255]),
        ([0, 1024, 4096], [0, 0.25, 1], None),
        ([-1, 0, 1], [0, 0.5, 1], [0, 0.5, 1]),
    ],
)
def test_all_pixels_of_pictures_are_scaled_alike(
    load: Callable[..., Dataset],
    values: list[float],
    expected: list[float],
    by_rules_1: list[float] | None,
) -> None:
    header = ",".join(["label", *"abcdefghijklmnop"])
    row = ",".join(repr(value) for value in [*values, *[values[0]] * 13])
    text = "\n".join([header, *(f"{number % 2},{row}" for number in range(10))])
    for wanted, reading in ((expected, {"image": "4x4"}), (by_rules_1, {"rules": 1})):
        if wanted is None:  # rules 1 took those for a table
            continue
        data = load(text, **reading)
        assert data.image_shape == (4, 4)
        for x in (data.train_x, data.validation_x):
            np.testing.assert_array_equal(
                x[:, :3], np.tile(np.array(wanted, np.float32), (len(x), 1))
            )
            np.testing.assert_array_equal(x[:, 3:], np.float32(wanted[0]))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0.25, 1], [0, 0.25, 1]),
        ([0.5, 0.25, 0.75], [0.5, 0, 1]),
        ([0, 51, 255], [0, 0.2, 1]),
        ([2, 3, 4], [0, 0.5, 1]),
        ([0, 128, 256], [0, 0.5, 1]),
        ([-1, 0, 1], [0, 0.5, 1]),
        ([0.5, 1.5, 2.5], [0, 0.5, 1]),
        ([1e9, 1e9 + 1, 1e9 + 2], [0, 0.5, 1]),
        ([0, 5e99, 1e100], [0, 0.5, 1]),
        ([-1.7e308, 0, 1.7e308], [0, 0.5, 1]),
        ([5e-324, 0, -5e-324], [1, 0.5, 0]),
    ],
)
def test_columns_of_any_size_are_scaled_to_0_to_1(
    load: Callable[..., Dataset], values: list[float], expected: list[float]
) -> None:
    rows = [f"{number % 2},7,{values[number % 3]!r},{number}" for number in range(30)]
    data = load("\n".join([HEADER, *rows]))
    x, _ = together(data, np.arange(30) % 2)
    np.testing.assert_array_equal(x[:, 1], np.tile(np.array(expected, np.float32), 10))
    assert not x[:, 0].any(), "a column that is constant says nothing"


@pytest.mark.parametrize("columns", [5, 16])
def test_a_table_is_scaled_by_the_columns_of_its_training_part(
    load: Callable[..., Dataset], columns: int
) -> None:
    rng = np.random.default_rng(3)
    table = rng.normal(size=(60, columns)) * np.logspace(-1, 3, columns)
    train, validation = parts_of(np.arange(60) % 2)
    table[validation[0]] = table.max(axis=0) + 1
    table[:, 2] = 4.5
    table[validation[1], 2] = 9.0
    names = ",".join(f"c{number}" for number in range(columns))
    rows = [
        ",".join([str(number % 2), *map(repr, row.tolist())]) for number, row in enumerate(table)
    ]
    data = load("\n".join([f"label,{names}", *rows]))
    assert data.image_shape is None
    low, high = table[train].min(axis=0), table[train].max(axis=0)
    varies = low != high
    for x, part in ((data.train_x, train), (data.validation_x, validation)):
        expected = (table[part][:, varies] - low[varies]) / (high - low)[varies]
        np.testing.assert_allclose(x[:, varies], expected, rtol=1e-6, atol=1e-6)
        assert not x[:, ~varies].any()
    assert (data.train_x.min(axis=0) == 0).all()
    np.testing.assert_array_equal(data.train_x.max(axis=0), varies.astype(np.float32))
    assert (data.validation_x[0, varies] > 1).all()


def test_a_validation_value_out_of_all_proportion_is_refused(
    load: Callable[..., Dataset], tmp_path: Path
) -> None:
    table = np.linspace(0, 1e-3, 20)
    table[parts_of(np.arange(20) % 2)[1][0]] = 1e300
    text = "\n".join(
        ["label,a", *(f"{at % 2},{value!r}" for at, value in enumerate(table.tolist()))]
    )
    row = int(np.flatnonzero(table == 1e300)[0]) + 1
    refusal(
        lambda: load(text),
        tmp_path / "table.csv",
        f"row {row} of the data, input 1: not finite, or far outside",
        "found 1×10³⁰⁰",
    )


def test_a_table_constant_where_it_is_learned_from_is_refused(
    load: Callable[..., Dataset], tmp_path: Path
) -> None:
    table = np.full(20, 3.0)
    table[parts_of(np.arange(20) % 2)[1][0]] = 4
    text = "\n".join(
        ["label,a,b", *(f"{at % 2},{value},7" for at, value in enumerate(table.tolist()))]
    )
    refusal(
        lambda: load(text), tmp_path / "table.csv", "every column is constant", both_sides=False
    )


def test_floats_after_a_thousand_whole_numbers_are_kept(load: Callable[..., Dataset]) -> None:
    rows = [f"{number % 2},{number % 256}" for number in range(1500)] + ["0,0.5"] * 2
    labels = [*np.arange(1500) % 2, 0, 0]
    x, _ = together(load("\n".join(["label,a", *rows])), labels)
    assert x[1500, 0] == np.float32(0.5 / 255)
    assert x[255, 0] == 1


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["10", "9", "2"], ("2", "9", "10")),
        (["1.0", "1", "-3"], ("-3", "1")),
        (["shoe", "bag", "Ärmel"], ("bag", "shoe", "Ärmel")),
        (["1", "two", "10"], ("1", "10", "two")),
        (['"coat, long"', '"say ""hi"""', "x"], ("coat, long", 'say "hi"', "x")),
        (["0.5", "1", "2"], ("0.5", "1", "2")),
        (["1e1", "2.5E-1", "-.5"], ("-.5", "2.5E-1", "1e1")),
        (["1.5", "1.25", "-2.5"], ("-2.5", "1.25", "1.5")),
        (["class10", "class2", "class1"], ("class1", "class2", "class10")),
        (["b2c10", "b2c9", "b10c1"], ("b2c9", "b2c10", "b10c1")),
        (["c01", "c1", "c0"], ("c0", "c01", "c1")),
        (["v" + "9" * 5000, "v" + "1" * 5001, "v3"], ("v3", "v" + "9" * 5000, "v" + "1" * 5001)),
    ],
)
def test_labels_are_numbers_or_words(
    load: Callable[..., Dataset], labels: list[str], classes: tuple[str, ...]
) -> None:
    rows = [f"{number},{labels[number % 3]},{number}" for number in range(12)]
    data = load("\n".join(["a,LABEL ,b", *rows]))
    assert data.classes == classes
    names = [label.removeprefix('"').removesuffix('"').replace('""', '"') for label in labels]
    wanted = [names[number % 3].replace("1.0", "1") for number in range(12)]
    _, y = together(data, [classes.index(name) for name in wanted])
    assert [classes[number] for number in y] == wanted


def test_labels_that_numpy_has_written_are_whole_numbers(load: Callable[..., Dataset]) -> None:
    text = "\n".join(["label,a", *(f"{number % 3 * 10:.18e},{number}" for number in range(12))])
    assert load(text).classes == ("0", "10", "20")
    # Rules 1 took them for words.
    assert load(text, rules=1).classes == tuple(f"{number:.18e}" for number in (0, 10, 20))


def test_gzip_quotes_and_blank_lines_are_fine(load: Callable[..., Dataset]) -> None:
    rows = [f'"{number % 2}","{number}"\n\n' for number in range(12)]
    data = load(gzip.compress(("\n" + '"label","x"\n' + "".join(rows)).encode()), "table.csv.gz")
    assert len(data.train_x) == 9
    assert data.name == "table.csv.gz"


def test_progress_counts_the_bytes_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines(5000)))
    told: list[tuple[str, int, int]] = []
    load_dataset(path, progress=lambda *step: told.append(step))
    size = path.stat().st_size
    read = [step for step in told if step[0].startswith("Reading")]
    assert read[-1] == ("Reading table.csv", size, size)
    assert sorted(read) == read
    assert {what for what, _, _ in told} == {"Reading table.csv", "Scaling table.csv"}
    *_, (_, done, total) = told
    assert done == total > 0


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"line4": "1,2,3"}, ("line 4", "columns", "expected 4", "found 3")),
        ({"line4": "1,2,3,4,5"}, ("line 4", "columns", "expected 4", "found 5")),
        ({"line4": '"1",2,3'}, ("line 4", "columns", "expected 4", "found 3")),
        ({"line9": "1,2,x,4"}, ("line 9, column 3 (b)", "expected a number", "found 'x'")),
        ({"line9": "1,2,,4"}, ("line 9, column 3 (b)", "a number is missing", "found ''")),
        ({"line9": "1,2,NaN,4"}, ("line 9, column 3 (b)", "not a finite number", "found 'NaN'")),
        ({"line9": "1,2,3,-inf"}, ("line 9, column 4 (c)", "not a finite", "found '-inf'")),
        ({"line9": "1,2,3,1e999"}, ("line 9, column 4 (c)", "not a finite", "found '1e999'")),
        ({"line9": "1,2,3,1_0"}, ("line 9, column 4 (c)", "found '1_0'")),
        ({"line9": '1,2,"3,5",4'}, ("line 9, column 3 (b)", "found '3,5'")),
        ({"line9": "1,2,3,\U0001ffff"}, ("line 9, column 4 (c)", "not a finite")),
        ({"line9": "1,2,\U0010ffff,4"}, ("line 9, column 3 (b)", "not a finite")),
        ({"line9": "1,2,٣,4"}, ("line 9, column 3 (b)", "found '٣'")),
        ({"line2": "1,2,3,\0"}, ("line 2, column 4 (c)",)),
    ],
)
def test_a_wrong_cell_is_named(
    load: Callable[..., Dataset], tmp_path: Path, changes: dict[str, str], parts: tuple[str, ...]
) -> None:
    text = "\n".join(lines(**changes))
    refusal(lambda: load(text), tmp_path / "table.csv", *parts)


def test_a_wrong_cell_far_down_is_named_and_columns_count_the_label(
    load: Callable[..., Dataset],
) -> None:
    rows = [f"{number},{number % 2},{number}" for number in range(3000)]
    rows[2500] = "1,0,?"
    text = "\n".join(["a,label,b", *rows])
    refusal(lambda: load(text), "line 2502, column 3 (b)", "found '?'")


def test_the_only_number_of_a_line_may_be_missing_too(load: Callable[..., Dataset]) -> None:
    for row in ("1,", "1, "):
        text = "\n".join(["label,a", *["0,1"] * 10, row, "0,1"])
        refusal(lambda text=text: load(text), "line 12, column 2 (a)", "a number is missing")
        text = "\n".join(["label,a", row])
        refusal(lambda text=text: load(text), "line 2, column 2 (a)", "a number is missing")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("", ("is empty", "column named label")),
        ("\n \n", ("is empty",)),
        (HEADER, ("nothing below the header",)),
        (HEADER + "\n\n", ("nothing below the header",)),
        ("\n".join(lines(line5=",1,2,3")), ("line 5, column 1 (label)", "label is missing")),
        ("label\n1\n2", ("line 1", "no columns beside label")),
        ("label,a,Label\n1,2,3", ("line 1, column 3 (Label)", "more than one column")),
        ("label,a\0b\n", ("is not a table", "found binary data")),
        ("a" * 2**24, ("line 1", "far too long")),
        ('label,"' + "a" * 200_000 + '"\n', ("line 1", "cells")),
        ("\n".join(["label,a", *(f"{n}.5,1" for n in range(1100))]), ("line 1002", "regression")),
        ("\n".join(["label,a", *(f"{n},1" for n in range(1100))]), ("line 1002", "regression")),
        ("\n".join(["label,a", *(f"a{n},1" for n in range(1100))]), ("line 1002", "at most 1000")),
    ],
)
def test_what_is_no_table_is_refused(
    load: Callable[..., Dataset], tmp_path: Path, content: str, parts: tuple[str, ...]
) -> None:
    refusal(lambda: load(content), tmp_path / "table.csv", *parts, both_sides=False)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("a,b,c\n1,2,3", ("line 1", "no column is named label", "found a,b,c")),
        ("5," + "0," * 783 + "0\n", ("line 1", "no column is named label", "...")),
        ("\n".join(["label,a", *["7,1"] * 20]), ("tell apart", "found only '7'")),
        ("\n".join(["label,a", *["7,1", "8,1"] * 9]), ("every value is the same", "found 1")),
        ("label,a\nÄ,1\n".encode("latin-1"), ("not UTF-8", "found byte 0xc4")),
        ("label,a\nx,1\n".encode("utf-16"), ("not UTF-8", "found byte 0xff")),
    ],
)
def test_what_is_no_set_of_samples_is_refused(
    load: Callable[..., Dataset], tmp_path: Path, content: str | bytes, parts: tuple[str, ...]
) -> None:
    if "every value" in parts[0]:
        refusal(lambda: load(content), tmp_path / "table.csv", *parts, both_sides=False)
    else:
        refusal(lambda: load(content), tmp_path / "table.csv", *parts)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    missing = tmp_path / "missing.csv"
    refusal(lambda: load_dataset(missing), missing, "no such file", both_sides=False)


def test_a_damaged_gzip_is_one_line(load: Callable[..., Dataset], tmp_path: Path) -> None:
    whole = gzip.compress("\n".join(lines(200)).encode())
    for content in (whole[:-9], whole[:50] + b"\xff" * 50 + whole[100:], whole[:-8] + b"\0" * 8):
        refusal(
            lambda content=content: load(content), tmp_path / "table.csv", "gzip", both_sides=False
        )


def test_a_text_that_never_ends_is_given_up(
    load: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_lines, "MAX_TEXT", 500)
    refusal(
        lambda: load(gzip.compress(("\n".join(lines(200))).encode())),
        "far too long",
        both_sides=False,
    )


@pytest.mark.parametrize("broken", [".5", "256", "1e1", "300.0"])
def test_no_number_is_ever_cut_to_a_byte(
    load: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    for types in (csv_table._TYPES, (np.float64,)):
        monkeypatch.setattr(csv_table, "_TYPES", types)
        rows = [f"{number % 2},{number}" for number in range(300)] + [f"0,{broken}"]
        labels = np.arange(301) % 2
        x, _ = together(load("\n".join(["label,a", *rows])), labels)
        numbers = np.array([*range(300), float(broken)])
        low, high = numbers[train := parts_of(labels)[0]].min(), numbers[train].max()
        np.testing.assert_allclose(x[300, 0], (float(broken) - low) / (high - low), rtol=1e-6)


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_content_is_one_line_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    for start in (b"", b"label,a\n"):
        path.write_bytes(start + content)
        try:
            load_dataset(path)
        except UserError as error:
            assert "\n" not in str(error)
            assert path.name in str(error)


@given(
    cells=st.lists(
        st.text(st.sampled_from('0123456789.,;\t"-+eE na#\\\x0b\x1c\x85\u2028'), max_size=12)
    )
)
def test_odd_cells_are_one_line_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "odd.csv"
    rows = [f"{number % 2},{number},0" for number in range(12)] + [f"1,{cell},1" for cell in cells]
    path.write_bytes("\n".join(["label,a,b", *rows]).encode())
    try:
        data = load_dataset(path)
    except UserError as error:
        assert "\n" not in str(error)
        assert "line " in str(error) or re.search(r"row \d+ of the data, input 1: ", str(error))
    else:
        assert len(data.train_x) + len(data.validation_x) == len(rows)
        assert data.features == 2
