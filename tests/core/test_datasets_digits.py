"""The built-in digits, and how any dataset is found by its name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnfs_core.data import dataset_names, load_dataset, sources
from nnfs_core.data.digits import FILE
from nnfs_core.data.prepare import split
from tests.core.refusals import refusal


def test_digits_are_what_they_say() -> None:
    digits = load_dataset("digits")
    assert digits.name == "digits"
    assert digits.train_x.shape == (1437, 64)
    assert digits.validation_x.shape == (360, 64)
    assert digits.train_x.dtype == np.float32
    assert digits.train_y.dtype == np.int64
    assert digits.classes == tuple("0123456789")
    assert digits.image_shape == (8, 8)
    assert digits.validation_name == "validation"
    assert digits.features == 64
    assert "CC BY 4.0" in digits.source
    for array in (digits.train_x, digits.train_y, digits.validation_x, digits.validation_y):
        assert array.flags.c_contiguous
        assert not array.flags.writeable
    both = np.concatenate([digits.train_x, digits.validation_x])
    assert (both.min(), both.max()) == (0, 1)
    np.testing.assert_array_equal(both * 16, np.round(both * 16))


def test_digits_are_all_there_once() -> None:
    digits = load_dataset("digits")
    with np.load(FILE, allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    stored = np.c_[images.reshape(1797, 64), labels]
    ours = np.c_[
        np.concatenate([digits.train_x, digits.validation_x]) * 16,
        np.concatenate([digits.train_y, digits.validation_y]),
    ]
    np.testing.assert_array_equal(
        ours[np.lexsort(ours.T)].astype(int), stored[np.lexsort(stored.T)].astype(int)
    )


def test_the_split_is_the_same_on_every_machine() -> None:
    assert load_dataset("digits").train_y[:10].tolist() == [2, 2, 7, 4, 9, 0, 7, 7, 2, 7]
    train, validation = split(23)
    assert len(validation) == 5
    assert sorted([*train, *validation]) == list(range(23))


def test_the_licence_lies_beside_the_data() -> None:
    licence = FILE.with_name("digits.LICENSE.txt").read_text(encoding="utf-8")
    for part in ("E. Alpaydin and C. Kaynak", "10.24432/C50P49", "CC BY 4.0"):
        assert part in licence


def test_every_source_says_what_it_is() -> None:
    assert dataset_names()[:2] == ["digits", "mnist"]
    for source in sources():
        assert source.summary
        assert "\n" not in source.summary
    assert {".csv", ".npz", "-ubyte"} <= {source.name for source in sources()}


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    refusal(
        lambda: load_dataset("Minst"),
        "'Minst'; did you mean mnist?",
        "expected digits, mnist",
        "a folder, or a file ending in .csv",
        both_sides=False,
    )
    for spec in ("", "weather", "table.xlsx", "a\0b", "n" * 5000, "two\nlines"):
        message = refusal(lambda spec=spec: load_dataset(spec), "no dataset", both_sides=False)
        assert "did you mean" not in message


def test_a_name_is_never_taken_for_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "digits").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_dataset("digits").features == 64
    refusal(lambda: load_dataset("./digits"), "found an empty folder")


def test_importing_the_package_loads_no_downloader() -> None:
    code = (
        "import sys, nnfs_core.data as d; d.load_dataset('digits');"
        "print(sorted({'pooch', 'platformdirs', 'requests', 'pydantic'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
