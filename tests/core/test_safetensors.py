"""``.safetensors``: the arrays it holds, and what is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnfs_core.disk.arrays import open_arrays
from nnfs_core.disk.safetensors_file import MAX_HEADER, Safetensors
from nnfs_core.files.weights import load_weights
from tests.core.foreign_files import network, safetensors, torch, with_header
from tests.core.refusals import refusal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.safetensors"


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_numbers_come_back_as_they_were(path: Path, dtype: Any) -> None:
    (weight, bias), *_ = network(4, 3, dtype=dtype)
    path.write_bytes(safetensors({"0.weight": weight, "0.bias": bias}, __metadata__={"a": "b"}))
    file = Safetensors(path)
    assert sorted(file.names) == ["0.bias", "0.weight"]
    assert file.shape("0.weight") == (3, 4)
    np.testing.assert_array_equal(file.read("0.weight"), weight, strict=True)
    assert not file.read("0.weight").flags.writeable
    np.testing.assert_array_equal(load_weights(path).biases[0], bias, strict=True)


def test_bf16_is_the_upper_half_of_float32(path: Path) -> None:
    """As its definition has it: 1 bit of sign, 8 of the exponent, 7 of the fraction."""
    bits = np.array([0x3F80, 0xC000, 0x3E20, 0x0001, 0x7F7F], "<u2")
    header = {"x": {"dtype": "BF16", "shape": [5], "data_offsets": [0, 10]}}
    path.write_bytes(with_header(header, bits.tobytes()))
    expected = [1.0, -2.0, 1.25 * 2**-3, 2**-133, (1 + 127 / 128) * 2**127]
    assert Safetensors(path).read("x").tolist() == expected


def test_a_header_whose_length_begins_like_a_pickle(path: Path) -> None:
    """0x80 0x02 also begins what Python pickles; here it is 640 in little-endian."""
    layers = torch(network(4, 3))
    plain = safetensors(layers)
    text = plain[8 : 8 + int.from_bytes(plain[:8], "little")]
    path.write_bytes(with_header(text.ljust(640), plain[8 + len(text) :]))
    assert path.read_bytes()[:2] == b"\x80\x02"
    assert load_weights(path).sizes == (4, 3)


def one(**changes: Any) -> dict[str, Any]:
    return {"x": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16], **changes}}


def two(first: list[int], second: list[int]) -> dict[str, Any]:
    entry = {"dtype": "F32", "shape": [2]}
    return {"x": {**entry, "data_offsets": first}, "y": {**entry, "data_offsets": second}}


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (b'{"x": }', "the header cannot be used"),
        (b'{"x": {}, "x": {}}', "twice"),
        (b"{" + b'"a":{' * 5000, "nested too deeply"),
        (b'{"\xff": 1}', "the header cannot be used"),
        ({"x": 3}, "needs a dtype, a shape, and data_offsets"),
        ({"x": {"dtype": "F32"}}, "needs a dtype"),
        (one(more=1), "needs a dtype"),
        (one(dtype="F7"), "unknown type"),
        (one(dtype=["F32"]), "unknown type"),
        (one(shape=[2, 3]), "not those of its shape"),
        (one(shape=[-2, -2]), "has no shape"),
        (one(shape=[True, 4]), "has no shape"),
        (one(shape=[2.0, 2]), "has no shape"),
        (one(shape="22"), "has no shape"),
        (one(shape=[1] * 33), "has no shape"),
        (one(shape=[2**47] * 30), "not those of its shape"),
        (one(data_offsets=[16, 0]), "lies nowhere"),
        (one(data_offsets=[0, 8, 16]), "lies nowhere"),
        (one(data_offsets=[-16, 0]), "lies nowhere"),
        (one(data_offsets=[4, 20]), "does not lie behind"),
        (one(data_offsets=[0, 2**47], shape=[2**45]), "and there are 16"),
        (one(data_offsets=[0, 8], shape=[2]), "its arrays take 8 bytes, and there are 16"),
        (two([0, 8], [4, 12]), "does not lie behind"),
        (two([0, 8], [0, 8]), "does not lie behind"),
        ({}, "its arrays take 0 bytes"),
    ],
)
def test_a_header_that_cannot_be(path: Path, header: Any, part: str) -> None:
    path.write_bytes(with_header(header, bytes(16)))
    refusal(lambda: load_weights(path), path, part, both_sides=False)


def test_arrays_that_cannot_be_used(path: Path) -> None:
    path.write_bytes(with_header(one(dtype="I64", shape=[2]), bytes(16)))
    refusal(lambda: Safetensors(path).read("x"), "wrong type", "found I64")
    refusal(lambda: Safetensors(path).read("y"), "y is missing", "found x")
    path.write_bytes(with_header(one(shape=[0, 2], data_offsets=[0, 0]), b""))
    refusal(lambda: Safetensors(path).read("x"), "x is empty")
    path.write_bytes(with_header(one(), bytes(16)))
    refusal(lambda: Safetensors(path).read("x", 8), "x is too large", "at most 8 bytes")


def test_a_file_that_is_cut_short(path: Path) -> None:
    whole = safetensors(torch(network(4, 3)))
    for length in (0, 4, 8, 20, len(whole) - 1):
        path.write_bytes(whole[:length])
        refusal(lambda: load_weights(path), path, both_sides=False)
    # Between being looked at and being read it may become shorter.
    path.write_bytes(whole)
    with open_arrays(path, "weights") as file:
        path.write_bytes(whole[:-1])
        refusal(lambda: file.read("0.weight"), "cut short", both_sides=False)


def test_a_header_too_long_to_be_one(path: Path) -> None:
    text = json.dumps(one()).encode().ljust(MAX_HEADER + 1)
    path.write_bytes(with_header(text, bytes(16)))
    refusal(lambda: load_weights(path), path, "the header is too long", f"found {MAX_HEADER + 1}")
