"""IDX files and folders of them: right, cut, padded, damaged, and made to fill the memory."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nnfs_core.data import Reading, load_dataset
from nnfs_core.data.idx import idx_sha256, read_idx
from nnfs_core.data.idx_folder import NAMES
from nnfs_core.errors import UserError
from tests.core.refusals import refusal

CODES = {"|u1": 8, "|i1": 9, ">i2": 11, ">i4": 12, ">f4": 13, ">f8": 14}


def idx(array: Any) -> bytes:
    head = struct.pack(f">HBB{array.ndim}I", 0, CODES[array.dtype.str], array.ndim, *array.shape)
    return head + array.tobytes()


def small(samples: int, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (samples, 5, 4), np.uint8)
    return images, np.arange(samples, dtype=np.uint8) % 10


def fill(folder: Path, **changes: bytes | None) -> Path:
    """Write the four files, some of them changed or left out by ``train_images=…``."""
    folder.mkdir(exist_ok=True)
    contents = [idx(array) for array in (*small(20), *small(10, seed=1))]
    keys = ("train_images", "train_labels", "test_images", "test_labels")
    for name, key, content in zip(NAMES, keys, contents, strict=True):
        content = changes.get(key, content)
        if content is not None:
            (folder / name).write_bytes(content)
    return folder


@given(
    array=arrays.arrays(
        st.sampled_from(list(CODES)).map(np.dtype),
        arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4),
    ),
    zipped=st.booleans(),
)
def test_arrays_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, array: Any, zipped: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "file-ubyte"
    content = idx(array)
    path.write_bytes(gzip.compress(content, 1) if zipped else content)
    back = read_idx(path)
    np.testing.assert_array_equal(back, array, strict=True)
    assert not back.flags.writeable
    assert idx_sha256(back) == hashlib.sha256(content).hexdigest()


@given(data=st.data())
def test_damage_anywhere_is_one_line_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged-ubyte.gz"
    content = bytearray(gzip.compress(idx(small(3)[0])))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        read_idx(path)
    except UserError as error:
        assert "\n" not in str(error)
        assert path.name in str(error)


IMAGES = idx(small(20)[0])


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"", ("not an IDX file", "found an empty file")),
        (b"\0\0", ("not an IDX file", "found 00 00")),
        (b"<html><body>Forbidden", ("not an IDX file", "found 3c 68 74 6d")),
        (b"\0\0\x07\x03" + IMAGES[4:], ("not an IDX file", "found 00 00 07 03")),
        (b"\0\1\x08\x03" + IMAGES[4:], ("not an IDX file", "found 00 01 08 03")),
        (b"\0\0\x08\x00", ("not an IDX file", "01 to 04 sides")),
        (b"\0\0\x08\xff" + b"\0\0\0\1" * 255, ("not an IDX file",)),
        (IMAGES[:10], ("cut short within its header", "expected 16 bytes", "found 10 bytes")),
        (IMAGES[:-1], ("400 bytes", "shape (20, 5, 4) of uint8", "only 399 bytes")),
        (IMAGES + b"\0", ("400 bytes", "found more")),
        (b"\0\0\x0e\4" + b"\xff" * 16, ("length does not fit", "can hold at most 20 bytes")),
        (gzip.compress(IMAGES[:-1], mtime=0), ("400 bytes", "found only 399 bytes")),
        (gzip.compress(IMAGES + b"\0", mtime=0), ("400 bytes", "found more")),
        (gzip.compress(b"\0\0\x0e\4" + b"\xff" * 16, mtime=0), ("length does not fit", "at most")),
        (gzip.compress(b"hello", mtime=0), ("not an IDX file", "found 68 65 6c 6c")),
    ],
)
def test_what_does_not_fit_its_header_is_refused(
    tmp_path: Path, content: bytes, parts: tuple[str, ...]
) -> None:
    path = tmp_path / "file-ubyte"
    path.write_bytes(content)
    refusal(lambda: read_idx(path), path, *parts)


def test_a_damaged_gzip_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "file-ubyte.gz"
    whole = gzip.compress(IMAGES)
    path.write_bytes(whole[:-4])
    refusal(lambda: read_idx(path), path, "cut short", "expected a whole", both_sides=False)
    path.write_bytes(whole[:-8] + b"\0\0\0\0" + whole[-4:])
    refusal(lambda: read_idx(path), path, "is damaged", "gzip", both_sides=False)
    path.write_bytes(whole[:12] + b"\xff" * 30 + whole[42:])
    refusal(lambda: read_idx(path), path, "is damaged", "gzip", both_sides=False)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    refusal(lambda: read_idx(tmp_path), tmp_path, "expected an IDX file", "found a folder")
    missing = tmp_path / "missing"
    refusal(lambda: read_idx(missing), missing, "no such file", both_sides=False)


@pytest.mark.parametrize("dots", [False, True])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_folder_loads_under_any_spelling_of_its_files(
    tmp_path: Path, dots: bool, zipped: bool
) -> None:
    folder = fill(tmp_path / "shapes")
    for name in NAMES:
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        spelling = name.replace("-idx", ".idx") if dots else name
        path = folder / (f"{spelling}.gz" if zipped else spelling)
        path.write_bytes(gzip.compress(content) if zipped else content)
    data = load_dataset(folder)
    images, labels = small(20)
    assert data.name == "shapes"
    assert data.image_shape == (5, 4)
    assert data.validation_name == "test"
    assert data.classes == tuple("0123456789")
    expected = images.reshape(20, 20).astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(data.train_x, expected, strict=True)
    np.testing.assert_array_equal(data.train_y, labels.astype(np.int64), strict=True)
    assert len(data.validation_x) == len(data.validation_y) == 10


def test_naming_one_of_the_files_loads_its_folder(tmp_path: Path) -> None:
    folder = fill(tmp_path / "shapes")
    assert load_dataset(folder / NAMES[0]).name == "shapes"


def test_the_home_folder_is_put_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    fill(tmp_path / "shapes")
    assert load_dataset("~/shapes").name == "shapes"


FLOATS = idx(np.zeros((20, 5, 4), ">f4"))


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"test_labels": None}, ("t10k-labels-idx1-ubyte missing", "each plain or .gz")),
        ({"train_images": IMAGES[:-1]}, ("train-images-idx3-ubyte", "length does not fit")),
        ({"train_labels": idx(small(19)[1])}, ("one label", "(20,)", "found (19,)")),
        ({"test_labels": idx(small(11)[1])}, ("t10k-labels", "(10,)", "found (11,)")),
        ({"train_images": FLOATS}, ("no pictures", "found float32 of shape (20, 5, 4)")),
        ({"train_images": idx(small(20)[1])}, ("no pictures", "found uint8 of shape (20,)")),
        ({"test_images": idx(np.zeros((0, 5, 4), np.uint8))}, ("no pictures", "(0, 5, 4)")),
        ({"test_images": idx(np.zeros((10, 4, 5), np.uint8))}, ("another shape", "(4, 5)")),
        (
            {"train_labels": idx(np.zeros(20, np.uint8))},
            ("nothing to tell apart", "found only '0'"),
        ),
        ({"train_labels": idx(np.full(20, -1, np.int8))}, ("tell apart", "found only '-1'")),
        ({"train_labels": idx(np.full(20, np.nan, ">f4"))}, ("label is missing", "found nan")),
        (
            {"train_labels": idx(np.arange(0, 10, 0.5).astype(">f4"))},
            ("train-labels", "regression", "20 different decimal numbers in 20 rows"),
        ),
    ],
)
def test_files_that_do_not_fit_together_are_refused(
    tmp_path: Path, changes: dict[str, bytes | None], parts: tuple[str, ...]
) -> None:
    folder = fill(tmp_path / "shapes", **changes)
    refusal(lambda: load_dataset(folder), folder, *parts)


@pytest.mark.parametrize("kind", [np.uint8, np.int8, ">i2", ">i4", ">f4", ">f8"])
def test_classes_are_called_as_their_labels(tmp_path: Path, kind: Any) -> None:
    labels = np.arange(20) % 10 + 1
    folder = fill(
        tmp_path / "shapes",
        train_labels=idx(labels.astype(kind)),
        test_labels=idx(labels[:10].astype(kind)),
    )
    data = load_dataset(folder)
    assert data.classes == tuple(str(number) for number in range(1, 11))
    np.testing.assert_array_equal(data.train_y, labels - 1)
    np.testing.assert_array_equal(data.validation_y, labels[:10] - 1)


def test_rules_1_had_a_class_for_every_number_up_to_the_largest(tmp_path: Path) -> None:
    labels = np.arange(20, dtype=np.uint8) % 2 * 3 + 1  # 1 and 4
    folder = fill(tmp_path / "shapes", train_labels=idx(labels), test_labels=idx(labels[:10]))
    data = load_dataset(folder, reading=Reading(rules=1))
    assert data.classes == ("0", "1", "2", "3", "4")
    assert data.rules == 1
    np.testing.assert_array_equal(data.train_y, labels.astype(np.int64), strict=True)
    np.testing.assert_array_equal(data.validation_y, labels[:10].astype(np.int64), strict=True)
    images = small(20)[0].reshape(20, 20)
    np.testing.assert_array_equal(data.train_x, images.astype(np.float32) / 255, strict=True)


def test_bytes_are_divided_in_float32_in_either_number_type(tmp_path: Path) -> None:
    data = load_dataset(fill(tmp_path / "shapes"), reading=Reading(dtype="float64"))
    quotients = small(20)[0].reshape(20, 20).astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(data.train_x, quotients.astype(np.float64), strict=True)


def test_a_folder_of_other_things_says_what_it_has(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"photo{number}.jpg").write_bytes(b"")
    refusal(lambda: load_dataset(tmp_path), tmp_path, "photo0.jpg", "and 2 more")
