"""Damage to archives: to the list of members, to their headers, and to the arrays in them."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from random import Random
from typing import Any

import numpy as np

from tests.fuzz.damage_bytes import damage
from tests.fuzz.damage_values import damage_array

Members = list[tuple[str, bytes]]
"""By name, in order; a name may be there twice."""

DESCRS = (
    *("'<f4'", "'<f8'", "'>f8'", "'|O'", "'<U4'", "'|S9'", "'|V8'", "'<M8[s]'", "'<f16'", "'<c16'"),
    *("()", "[]", "[1]", "('<f4', 1000000000000)", "[('a', '<f8')]", "'f8,f8'", "''", "'<f'", "3"),
    *("'<i8'", "'|b1'", "'<U0'", "'<f4' * 9", "(('<f4', (2,)), (3,))", "'\\ud800'", "None"),
)
SHAPES = (
    *("()", "(0,)", "(-1,)", "(1,) * 2", "(True,)", "(1.5,)", "(2, -3)", "[3]", "3", "None"),
    *(str((1,) * 33), str((1,) * 70), str((10**6, 10**6)), str((10**30,)), str((2**63,))),
    *(str((2**31, 2**31, 2**31)), str((0, 10**30)), "(" * 300 + ")" * 300),
)


def members(data: bytes) -> Members:
    """Take an archive apart."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(member.filename, archive.read(member)) for member in archive.infolist()]


def put_together(parts: Members, method: int = zipfile.ZIP_STORED) -> bytes:
    """Make an archive, whatever is in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that are there twice
        for name, content in parts:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def npy(array: Any) -> bytes:
    """Return an array as a member holds it."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def header(text: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    """Return an array that claims what it likes."""
    line = text.encode("latin-1", "replace") + b"\n"
    size = len(line).to_bytes(2 if version[0] == 1 else 4, "little")
    return b"\x93NUMPY" + version + size + line + data


def forged(chance: Random, content: bytes) -> bytes:
    """Return an array's member whose header says something else."""
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except Exception:  # it is damaged already
        return damage(chance, content)
    if chance.random() < 0.5:
        return npy(damage_array(chance, array))
    descr, shape = repr(array.dtype.str), str(array.shape)
    what = chance.randrange(5)
    if what == 0:
        size = array.dtype.itemsize
        fitting = (f"'|V{size}'", f"'|S{size}'", f"'<U{size // 4}'", f"'>f{size}'", f"'<i{size}'")
        descr = chance.choice((*DESCRS, *fitting, *fitting))
    elif what == 1:
        fitting = tuple(str((1,) * more + array.shape) for more in (1, 31, 62, 63, 70, 2000))
        shape = chance.choice((*SHAPES, *fitting))
    fortran = str(chance.random() < 0.3) if what == 2 else "False"
    data = array.tobytes()
    if what == 3:
        data = data[: chance.randrange(len(data) + 1)] + b"x" * chance.choice((0, 1, 8))
    text = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}"
    version = chance.choice((b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x09\x00"))
    return header(text, data, version if what == 4 else b"\x01\x00")


def bomb(chance: Random) -> bytes:
    """Return an array of zeros that hardly take room when they are packed."""
    size = chance.choice((10**6, 10**7, 4 * 10**7))
    return header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({size},), }}", bytes(size))


def damage_members(chance: Random, parts: Members) -> int:
    """Change members in place; return how they are to be packed."""
    at = chance.randrange(len(parts)) if parts else -1
    if at < 0:
        return zipfile.ZIP_STORED
    name, content = parts[at]
    what = chance.randrange(10)
    if what < 4:
        parts[at] = (name, forged(chance, content))
    elif what == 4:
        parts[at] = (name, damage(chance, content))
    elif what == 5:
        del parts[at]
    elif what == 6:
        other = chance.choice((name.replace(".npy", ""), name.upper(), f"../{name}", "x.npy", ""))
        parts[at] = (other, content)
    elif what == 7:
        parts.insert(chance.randrange(len(parts) + 1), (name, chance.choice(parts)[1]))
    elif what == 8:
        to = chance.randrange(len(parts))
        parts[at], parts[to] = (name, parts[to][1]), (parts[to][0], content)
    else:
        parts[at] = (name, bomb(chance))
        return zipfile.ZIP_DEFLATED
    methods = (zipfile.ZIP_STORED,) * 5 + (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
    return chance.choice(methods)


FIELDS = {
    b"PK\x01\x02": (4, 6, 8, 10, 16, 20, 24, 28, 30, 32, 42),
    b"PK\x03\x04": (4, 6, 8, 14, 18, 22, 26, 28),
    b"PK\x05\x06": (4, 8, 10, 12, 16, 20),
}
"""Where numbers lie in the parts of an archive: versions, flags, methods, sums, sizes, places."""


def damage_directory(chance: Random, data: bytes) -> bytes:
    """Forge one number of those by which members are found."""
    mark = chance.choice(list(FIELDS))
    places = [at for at in range(len(data) - 3) if data[at : at + 4] == mark]
    if not places:
        return damage(chance, data)
    at = chance.choice(places) + chance.choice(FIELDS[mark])
    number = chance.choice((0, 1, 8, 14, 99, len(data), 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1))
    size = chance.choice((2, 4))
    piece = struct.pack("<I", number)[:size]
    return data[:at] + piece + data[at + size :]


def damage_zip(chance: Random, data: bytes) -> bytes:
    """Damage an archive somewhere between its bytes and its numbers."""
    what = chance.random()
    if what < 0.2:
        return damage(chance, data)
    if what < 0.4:
        return damage_directory(chance, data)
    try:
        parts = members(data)
    except Exception:  # it is damaged already
        return damage(chance, data)
    method = damage_members(chance, parts)
    return put_together(parts, method)
