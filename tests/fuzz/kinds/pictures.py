"""Pictures."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from nnfs_core.pictures.file import read_grey
from tests.fuzz.content import Content
from tests.fuzz.damage_bytes import damage as damage_bytes
from tests.fuzz.kinds.weights import numbers

EXACT = ("png", "bmp", "tiff", "ppm", "gif", "tga")
"""Nothing is lost in these, so what is read is what was written."""

LOSSY = ("jpeg", "webp")

ORIENTATION = 0x0112
LARGE = 500


def write(chance: Random, folder: Path) -> tuple[Path, Content]:
    suffix = chance.choice((*EXACT, "png", "png", *LOSSY))
    rows, columns = chance.randrange(1, 40), chance.randrange(1, 40)
    grey = numbers(chance).integers(0, 256, (rows, columns)).astype(np.uint8)
    image = Image.fromarray(grey)
    if suffix not in LOSSY and suffix != "gif" and chance.random() < 0.5:
        image = image.convert("RGB")
    path = folder / f"picture.{suffix}"
    image.save(path)
    return path, [rows, columns, None if suffix in LOSSY else _shades(grey / np.float32(255))]


def _shades(grey: np.ndarray) -> Content:
    return np.rint(255 * grey).astype(int).ravel().tolist()


def damage(chance: Random, path: Path) -> None:
    data = path.read_bytes()
    if data[:8] == b"\x89PNG\r\n\x1a\n" and chance.random() < 0.6:
        data = _damage_png(chance, data)
    elif data[:2] == b"\xff\xd8" and chance.random() < 0.5:
        at = data.find(b"\xff\xc0")
        size = struct.pack(">HH", *(chance.choice((0, 1, 65535, 9000)) for _ in range(2)))
        data = data[: at + 5] + size + data[at + 9 :] if at > 0 else data
    else:
        data = damage_bytes(chance, data)
    path.write_bytes(data)


def _damage_png(chance: Random, data: bytes) -> bytes:
    """Change a chunk and make its sum fit again."""
    chunks, at = [], 8
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        chunks.append([data[at + 4 : at + 8], data[at + 8 : at + 8 + size]])
        at += 12 + size
    if not chunks:
        return damage_bytes(chance, data)
    chunk = chance.choice(chunks)
    what = chance.randrange(6)
    if what == 0 and len(chunks[0][1]) == 13:
        width, height = (chance.choice((0, 1, 5, 29_000, 40_000, 2**31)) for _ in range(2))
        chunks[0][1] = struct.pack(">II", width, height) + chunks[0][1][8:]
    elif what == 1 and len(chunks[0][1]) == 13:
        header = bytearray(chunks[0][1])
        header[chance.randrange(8, 13)] = chance.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
        chunks[0][1] = bytes(header)
    elif what == 2:
        chunks.remove(chunk)
    elif what == 3:
        chunks.insert(chance.randrange(len(chunks) + 1), list(chunk))
    elif what == 4:
        text = zlib.compress(bytes(chance.choice((10**3, 10**7))), 9)
        kind = chance.choice(((b"zTXt", b"a\0\0"), (b"iCCP", b"a\0\0"), (b"IDAT", b"")))
        chunks.insert(chance.randrange(1, len(chunks) + 1), [kind[0], kind[1] + text])
    else:
        chunk[1] = damage_bytes(chance, chunk[1])
    return data[:8] + b"".join(
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        for kind, body in chunks
    )


def read(path: Path) -> Content:
    grey = read_grey(path)
    assert grey.dtype == np.float32 and grey.min() >= 0 and grey.max() <= 1
    return content(path, grey)


def content(path: Path, grey: np.ndarray) -> Content:
    """Return sides, and shades where nothing is lost; of a large picture only which way it lies.

    What is larger than any network looks at is made smaller.
    """
    rows, columns = grey.shape
    if max(rows, columns) > LARGE:
        return ["large", (rows > columns) - (rows < columns)]
    return [rows, columns, _shades(grey) if path.suffix[1:] in EXACT and _plain(path) else None]


def _plain(path: Path) -> bool:
    """Say whether nothing is transparent, and nothing turned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(path) as image:
            return (
                image.mode in {"L", "RGB", "P"}
                and "transparency" not in image.info
                and image.getexif().get(ORIENTATION, 1) == 1
            )


def meaning(path: Path) -> Content:
    Image.MAX_IMAGE_PIXELS = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(path) as image:
            grey = np.asarray(image.convert("L"), np.float32) / np.float32(255)
            turned = image.getexif().get(ORIENTATION, 1) > 4
    return content(path, grey.T if turned else grey)
