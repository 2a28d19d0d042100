"""Archives that lie: none may run code, fill the memory, or end in a traceback."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import nnfs_core.disk.npz
from nnfs_core.disk.npz import open_npz
from nnfs_core.errors import UserError
from tests.core.refusals import refusal

NUMBERS = st.sampled_from(["<f4", "<f8", ">f8", "|u1", "<i8", "|b1"])


def read(path: Path, name: str) -> Any:
    with open_npz(path) as archive:
        return archive.read(name)


def npy(array: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asanyarray(array), **options)
    return buffer.getvalue()


def header(text: str, data: bytes = b"") -> bytes:
    line = text.encode("latin-1") + b"\n"
    return b"\x93NUMPY\x01\x00" + len(line).to_bytes(2, "little") + line + data


def archive(path: Path, content: bytes, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("x.npy", content)
    return path


@given(
    array=arrays.arrays(
        NUMBERS.map(np.dtype), arrays.array_shapes(min_dims=0, max_dims=4, max_side=4)
    ),
    compressed=st.booleans(),
    fortran=st.booleans(),
)
def test_numbers_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, array: Any, compressed: bool, fortran: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.npz"
    save = np.savez_compressed if compressed else np.savez
    save(path, x=np.asfortranarray(array) if fortran and array.ndim else array)
    back = read(path, "x")
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array, strict=True)
    assert not back.flags.writeable


@given(data=st.data())
def test_damage_anywhere_is_one_line_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=np.arange(50.0), y=np.arange(3))
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        with open_npz(path) as opened:
            for name in opened.names:
                opened.read(name)
    except UserError as error:
        assert "\n" not in str(error)
        assert path.name in str(error)


@given(text=st.text(st.characters(max_codepoint=255), max_size=80), data=st.binary(max_size=20))
def test_any_header_is_one_line_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, text: str, data: bytes
) -> None:
    path = archive(tmp_path_factory.getbasetemp() / "header.npz", header(text, data))
    refusal(lambda: read(path, "x"), path, both_sides=False)


SHAPE = "{{'descr': '{}', 'fortran_order': False, 'shape': {}}}"


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (header(SHAPE.format("<f8", (10**12,)), b"1234"), ("8000000000000 bytes", "4 bytes")),
        (header(SHAPE.format("<f8", (10**30, 10**30))), ("does not fit", "found 0 bytes")),
        (header(SHAPE.format("<f8", (-2,)), b"1234"), ("does not fit",)),
        (header(SHAPE.format("<U0", (10**12,))), ("does not fit",)),
        (header(SHAPE.format("<f8", "(" + "1," * 30 + "1)"), b""), ("...",)),
        (header(SHAPE.format("<f8", (0, 10**30))), ("is empty",)),
        (header(SHAPE.format("<f4", (1,) * 33), b"1234"), ("at most 32, found 33",)),
        (header(SHAPE.format("<f4", (1,) * 70), b"1234"), ("at most 32, found 70",)),
        (header(SHAPE.format("|O", (1,)), b"cos"), ("pickled", "found dtype object")),
        (header(SHAPE.format("<M8[s]", (1,)), b"12345678"), ("no numbers",)),
        (npy(np.zeros(2, [("a", "<f8")])), ("no numbers",)),
        (npy(np.array([{}], object), allow_pickle=True), ("pickled",)),
    ],
)
def test_headers_that_do_not_fit_are_refused_before_anything_is_allocated(
    tmp_path: Path, content: bytes, parts: tuple[str, ...]
) -> None:
    path = archive(tmp_path / "file.npz", content)
    refusal(lambda: read(path, "x"), path, "x", *parts)


@pytest.mark.parametrize(
    "content",
    [
        b"no array at all",
        b"\x93NUMPY\x03\x00\x10\x00\x00\x00",
        header("(" * 5000 + ")" * 5000),
        header(SHAPE.format("no such type", (1,))),
        header(SHAPE.format("<f8", "(1.5,)")),
        header(SHAPE.format("<f4", "(True,)"), b"1234"),
        header("{'descr': (), 'fortran_order': False, 'shape': (1,)}"),
        header("{'descr': [1], 'fortran_order': False, 'shape': (1,)}"),
        header("{'descr': ('<f4', 1000000000000), 'fortran_order': False, 'shape': (1,)}"),
    ],
)
def test_what_is_no_array_is_refused(tmp_path: Path, content: bytes) -> None:
    path = archive(tmp_path / "file.npz", content)
    refusal(lambda: read(path, "x"), path, "x", "expected a NumPy array", both_sides=False)


def test_a_missing_array_is_named_among_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    np.savez(path, **{f"a{number}": np.zeros(1) for number in range(10)})
    refusal(lambda: read(path, "x"), path, "x is missing", "a0, a1", "and 2 more")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "hello")
    refusal(lambda: read(path, "x"), "found no arrays")


def opened(path: Path) -> Callable[[], Any]:
    return lambda: read(path, "x")


def test_what_is_no_archive_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    path.write_bytes(b"")
    refusal(opened(path), path, "expected an .npz file", "found an empty file")
    np.save(tmp_path / "single.npy", np.zeros(3))
    (tmp_path / "single.npy").rename(path)
    refusal(opened(path), path, "found a single .npy array")
    path.write_bytes(b"some text\nover lines")
    refusal(opened(path), path, "found something else")
    refusal(opened(tmp_path), tmp_path, "found a folder")
    refusal(opened(tmp_path / "absent"), "no such file", both_sides=False)


def test_an_archive_cut_short_is_said_to_be(tmp_path: Path) -> None:
    path = archive(tmp_path / "file.npz", npy(np.arange(100.0)))
    whole = path.read_bytes()
    for length in (10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        refusal(opened(path), path, "cut short", both_sides=False)


def test_a_flipped_bit_is_found_by_the_checksum(tmp_path: Path) -> None:
    path = archive(tmp_path / "file.npz", npy(np.zeros(1000)))
    content = bytearray(path.read_bytes())
    content[2000] ^= 1
    path.write_bytes(content)
    refusal(opened(path), path, "x is damaged", both_sides=False)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_have_no_known_limit_and_are_refused(
    tmp_path: Path, method: int
) -> None:
    path = archive(tmp_path / "file.npz", npy(np.zeros(1000)), method)
    refusal(opened(path), path, "x.npy", "expected stored or deflated")


def test_an_impossible_size_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "file.npz", npy(np.zeros(1000)))
    content = bytearray(path.read_bytes())
    # the uncompressed size in the archive's directory
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (2**31).to_bytes(4, "little")
    path.write_bytes(content)
    refusal(opened(path), path, "impossible size", "2147483648")


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nnfs_core.disk.npz, "MAX_BYTES", 2**20)
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, x=np.zeros(10**6))
    refusal(opened(path), path, "too much")


def test_too_little_memory_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path / "file.npz", npy(np.zeros(10)))

    def full(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(np, "frombuffer", full)
    refusal(opened(path), path, "memory", both_sides=False)


def test_an_encrypted_member_is_one_line(tmp_path: Path) -> None:
    path = archive(tmp_path / "file.npz", npy(np.zeros(10)))
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[6] |= 1
    path.write_bytes(content)
    refusal(opened(path), path, "x is damaged", "encrypted", both_sides=False)


@pytest.mark.parametrize("order", "<>")
def test_letters_beyond_unicode_are_no_text(tmp_path: Path, order: str) -> None:
    path = archive(
        tmp_path / "file.npz", header(SHAPE.format(f"{order}U1", ()), b"\x00\xff\xff\x00")
    )
    refusal(opened(path), path, "x holds no text", both_sides=False)
    good = npy(np.array("\U0010ffff", f"{order}U1"))
    assert read(archive(tmp_path / "good.npz", good), "x").item() == "\U0010ffff"


def test_an_array_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    """Readers differ in which of the two they take."""
    path = tmp_path / "file.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x.npy", npy(np.zeros(1)))
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("x.npy", npy(np.ones(1)))
    refusal(opened(path), path, "holds 'x' twice", both_sides=False)


def test_an_endless_list_of_members_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x.npy", npy(np.zeros(1)))
        file.comment = b"a comment"
    with open_npz(path) as archive_:
        assert archive_.names == ("x",)
    with zipfile.ZipFile(path, "w") as file:
        for number in range(45_000):
            file.writestr(zipfile.ZipInfo(f"{number:060}.npy"), b"")
    tracemalloc.start()
    try:
        refusal(opened(path), path, "holds too many members", both_sides=False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


def test_an_array_that_is_too_large_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    np.savez_compressed(path, x=np.zeros(10**6))

    def call() -> None:
        with open_npz(path) as archive_:
            archive_.read("x", 4096)

    refusal(call, path, "x is too large", "at most 4096 bytes", "8000128 bytes")
