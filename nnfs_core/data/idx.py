"""IDX, the file format of MNIST: a magic number, the sides of an array, its numbers."""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import struct
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data.prepare import check_numbers
from nnfs_core.disk.npz import DEFLATE_RATIO
from nnfs_core.disk.whole import existing_file, unreadable
from nnfs_core.errors import UserError
from nnfs_core.progress import CHUNK, Look, Progress, go_on, pieces, reading, watched

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_CODES = {np.dtype(text): code for code, text in _TYPES.items()}
_MAX_SIDES = 4


def read_idx(path: str | Path, progress: Progress | None = None) -> NDArray[Any]:
    """Read an IDX file, plain or gzipped; its first bytes say which.

    Parameters
    ----------
    path : str or Path
        The file.
    progress : callable, optional
        Called between two pieces, with the bytes of the file that have been read.

    Returns
    -------
    ndarray
        With the shape the header gives, read-only, big-endian as stored.

    Raises
    ------
    UserError
        When the file is absent, not IDX, too short, too long, or damaged.
        Nothing larger than the file can hold is ever allocated.
    """
    path = existing_file(path, "an IDX file")
    try:
        size = path.stat().st_size
        with path.open("rb") as plain:
            zipped = plain.peek(2)[:2] == b"\x1f\x8b"
            look = reading(progress, plain, path)
            stream = watched(plain, look)
            if not zipped:
                return _read(stream, path, size, look)
            with gzip.GzipFile(fileobj=stream) as unzipped:
                return _read(unzipped, path, size * DEFLATE_RATIO, look)
    except EOFError as error:
        raise UserError("is cut short", where=path, expected="a whole gzip file") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"is damaged: {error}", where=path, expected="a gzip file") from error
    except OSError as error:
        raise unreadable(path, error) from error


def idx_sha256(array: NDArray[Any], look: Look = go_on) -> str:
    """Return the SHA-256 of the plain IDX file that holds this array."""
    header = struct.pack(f">HBB{array.ndim}I", 0, _CODES[array.dtype], array.ndim, *array.shape)
    digest = hashlib.sha256(header)
    content = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    for piece in pieces(len(content), 1):
        look()
        digest.update(content[piece].data)
    return digest.hexdigest()


def _read(
    file: IO[bytes] | gzip.GzipFile | io.BufferedReader, path: Path, most: int, look: Look
) -> NDArray[Any]:
    """Read one array from a stream that cannot hold more than ``most`` bytes."""
    dtype, shape = _read_header(file, path)
    length = math.prod(shape) * dtype.itemsize
    if length > most:
        raise _wrong_length(path, shape, dtype, f"a file that can hold at most {most} bytes")
    check_numbers(shape[0], math.prod(shape[1:]), path)
    content = np.empty(length, np.uint8)
    view, done = content.data, 0
    while done < length and (chunk := file.read(min(CHUNK, length - done))):
        look()
        view[done : done + len(chunk)] = chunk
        done += len(chunk)
    if done < length:
        raise _wrong_length(path, shape, dtype, f"only {done} bytes")
    # for gzip this is also what makes the checksum be compared
    if file.read(1):
        raise _wrong_length(path, shape, dtype, "more")
    content.flags.writeable = False
    return content.view(dtype).reshape(shape)


def _read_header(
    file: IO[bytes] | gzip.GzipFile | io.BufferedReader, path: Path
) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = file.read(4)
    dtype = _TYPES.get(magic[2]) if len(magic) == 4 and magic[:2] == b"\0\0" else None
    if dtype is None or not 1 <= magic[3] <= _MAX_SIDES:
        raise UserError(
            "is not an IDX file",
            where=path,
            expected=f"a start of 00 00, a type of 08 to 0e, and 01 to 0{_MAX_SIDES} sides",
            found=magic.hex(" ") or "an empty file",
        )
    sides = file.read(4 * magic[3])
    if len(sides) < 4 * magic[3]:
        raise UserError(
            "is cut short within its header",
            where=path,
            expected=f"{4 + 4 * magic[3]} bytes",
            found=f"{4 + len(sides)} bytes",
        )
    return np.dtype(dtype), struct.unpack(f">{magic[3]}I", sides)


def _wrong_length(
    path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], found: str
) -> UserError:
    return UserError(
        "the length does not fit the header",
        where=path,
        expected=f"{math.prod(shape) * dtype.itemsize} bytes for shape {shape} of {dtype.name}",
        found=found,
    )
