"""IDX files, plain and gzipped."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from random import Random

import numpy as np

from nnfs_core.data.idx import read_idx
from tests.fuzz.content import Content, of_array
from tests.fuzz.damage_bytes import damage as damage_bytes
from tests.fuzz.kinds.weights import numbers

TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def write(chance: Random, folder: Path) -> tuple[Path, Content]:
    code = chance.choice(list(TYPES))
    shape = tuple(chance.randrange(1, 8) for _ in range(chance.randrange(1, 5)))
    array = numbers(chance).integers(0, 120, shape).astype(TYPES[code])
    data = struct.pack(f">HBB{len(shape)}I", 0, code, len(shape), *shape) + array.tobytes()
    zipped = chance.random() < 0.5
    path = folder / f"some-idx-ubyte{'.gz' if zipped else ''}"
    path.write_bytes(gzip.compress(data) if zipped else data)
    return path, of_array(array)


def damage(chance: Random, path: Path) -> None:
    data, zipped = path.read_bytes(), path.suffix == ".gz"
    if zipped and chance.random() < 0.3:
        path.write_bytes(damage_bytes(chance, data))
        return
    try:
        plain = gzip.decompress(data) if zipped else data
    except (OSError, EOFError, ValueError, zlib.error):  # it is damaged already
        path.write_bytes(damage_bytes(chance, data))
        return
    what = chance.random()
    if what < 0.5 and len(plain) > 8:
        at = chance.choice((0, 1, 2, 3, *range(4, 4 + 4 * min(plain[3], 4), 4)))
        number = chance.choice((0, 1, 8, 14, 255, 2**16, 2**31, 2**32 - 1))
        piece = struct.pack(">I", number) if at >= 4 else bytes([number & 255])
        plain = plain[:at] + piece + plain[at + len(piece) :]
    elif what < 0.6:
        plain += bytes(chance.choice((1, 10**6, 3 * 10**7)))
    else:
        plain = damage_bytes(chance, plain)
    path.write_bytes(gzip.compress(plain, 1) if zipped else plain)


def read(path: Path) -> Content:
    return of_array(read_idx(path))


def meaning(path: Path) -> Content:
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    zero, code, sides = struct.unpack(">HBB", data[:4])
    shape = struct.unpack(f">{sides}I", data[4 : 4 + 4 * sides])
    assert zero == 0
    return of_array(np.frombuffer(data[4 + 4 * sides :], TYPES[code]).reshape(shape))
