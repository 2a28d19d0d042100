"""``.safetensors``: eight bytes of length, a JSON text that says where arrays lie, and the arrays.

The format is read here and not by its library: the little that is needed of it takes no more lines
than telling a person that a library is missing, and BF16, in which many networks are kept, NumPy's
side of that library does not read. https://huggingface.co/docs/safetensors describes the format.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnfs_core.disk.json_text import read_json
from nnfs_core.disk.npz import listed
from nnfs_core.disk.whole import unreadable
from nnfs_core.errors import UserError, quoted

MAX_HEADER = 2**20
"""Bytes of the JSON text: some ten thousand arrays."""

MAX_SIDES = 32
"""Dimensions of an array."""

FLOATS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
"""Types that are read, as NumPy reads their bytes."""

OTHERS = {
    **dict.fromkeys(("BOOL", "I8", "U8"), 1),
    **dict.fromkeys(("I16", "U16"), 2),
    **dict.fromkeys(("I32", "U32"), 4),
    **dict.fromkeys(("I64", "U64"), 8),
}
BYTES = {name: int(kind[-1]) for name, kind in FLOATS.items()} | OTHERS
"""Of one number of each type that is known."""


class Entry(NamedTuple):
    """What the header says of an array; it lies in bytes ``begin`` to ``end`` after the header."""

    kind: str
    shape: tuple[int, ...]
    begin: int
    end: int


class Safetensors:
    """An open ``.safetensors`` file; its header has been checked whole.

    Attributes
    ----------
    path : Path
        The file it was opened from.
    names : tuple of str
        The names of its arrays, in the header's order.
    order_is_given : bool
        Whether that order says anything. Its library sorts by type and name, so it does not.

    Raises
    ------
    UserError
        When it is cut short, or arrays lie over each other or leave bytes between them.
    """

    order_is_given = False

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._start = 8 + int.from_bytes(file.read(8), "little")
                there = path.stat().st_size
                if self._start - 8 > min(MAX_HEADER, there - 8):
                    raise UserError(
                        "the header is too long",
                        where=path,
                        expected=f"at most {min(MAX_HEADER, there - 8)} bytes",
                        found=self._start - 8,
                    )
                text = file.read(self._start - 8)
        except OSError as error:
            raise unreadable(path, error) from error
        self._entries = _entries(text, there - self._start, path)
        self.names = tuple(self._entries)

    def describe_names(self) -> str:
        """Return the names as a phrase for an error message."""
        return listed(self.names)

    def size(self, name: str) -> int:
        """Return how many bytes an array takes."""
        entry = self._entry(name)
        return entry.end - entry.begin

    def shape(self, name: str) -> tuple[int, ...]:
        """Return an array's shape."""
        return self._entry(name).shape

    def read(self, name: str, most: int | None = None) -> NDArray[Any]:
        """Return one array, read-only; one of BF16 as float32.

        Parameters
        ----------
        name : str
            One of :attr:`names`.
        most : int, optional
            Bytes it may take.

        Raises
        ------
        UserError
            When it is absent, empty, too large, or holds no floating-point numbers.
        """
        entry, size = self._entry(name), self.size(name)
        for what, holds, expected, found in (
            ("is too large", most is None or size <= most, f"at most {most} bytes", size),
            ("has the wrong type", entry.kind in FLOATS, ", ".join(FLOATS), entry.kind),
            ("is empty", size > 0, "numbers", entry.shape),
        ):
            if not holds:
                raise UserError(f"{name} {what}", where=self.path, expected=expected, found=found)
        try:
            with self.path.open("rb") as file:
                file.seek(self._start + entry.begin)
                content = file.read(size)
        except OSError as error:
            raise unreadable(self.path, error) from error
        if len(content) < size:
            raise UserError(f"{name} is cut short", where=self.path)
        array = np.frombuffer(content, FLOATS[entry.kind])
        if entry.kind == "BF16":  # the upper half of a float32
            array = (array.astype(np.uint32) << 16).view(np.float32)
            array.flags.writeable = False
        return array.reshape(entry.shape)

    def _entry(self, name: str) -> Entry:
        entry = self._entries.get(name)
        if entry is None:
            raise UserError(
                f"{name} is missing", where=self.path, expected=name, found=self.describe_names()
            )
        return entry


def is_safetensors(start: bytes, size: int) -> bool:
    """Say whether a file of ``size`` bytes that begins like this is one, damaged or not.

    Parameters
    ----------
    start : bytes
        At least nine bytes, where the file has them.
    """
    return start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= max(size - 8, 0)


def _entries(text: bytes, room: int, path: Path) -> dict[str, Entry]:
    try:
        header = read_json(text.decode())
        if not isinstance(header, dict):
            raise ValueError("it is no object")
        header.pop("__metadata__", None)
        entries = {name: _entry(name, fields) for name, fields in header.items()}
        at, before = 0, "the header"
        for name, entry in sorted(entries.items(), key=lambda item: item[1][2:]):
            if entry.begin != at:
                raise ValueError(f"{quoted(name)} does not lie behind {quoted(before)}")
            at, before = entry.end, name
        if at != room:
            raise ValueError(f"its arrays take {at} bytes, and there are {room}")
    except ValueError as error:
        raise UserError(
            f"the header cannot be used: {error}", where=path, expected="a .safetensors file"
        ) from error
    return entries


def _entry(name: str, fields: object) -> Entry:
    if not isinstance(fields, Mapping) or set(fields) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"{quoted(name)} needs a dtype, a shape, and data_offsets")
    kind, shape, offsets = fields["dtype"], fields["shape"], fields["data_offsets"]
    if not isinstance(kind, str) or kind not in BYTES:
        raise ValueError(f"{quoted(name)} has an unknown type, {quoted(str(kind))}")
    if not _are_counts(shape) or len(shape) > MAX_SIDES:
        raise ValueError(f"{quoted(name)} has no shape")
    if not _are_counts(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise ValueError(f"{quoted(name)} lies nowhere")
    if math.prod(shape) * BYTES[kind] != offsets[1] - offsets[0]:
        raise ValueError(f"the bytes of {quoted(name)} are not those of its shape")
    return Entry(kind, tuple(shape), *offsets)


def _are_counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(one) is int and 0 <= one < 2**48 for one in values)
