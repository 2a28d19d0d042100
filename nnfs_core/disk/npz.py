"""``.npz`` archives from strangers: every claim is checked before it is acted on."""

from __future__ import annotations

import io
import math
import struct
import sys
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nnfs_core.disk.whole import existing_file, unreadable
from nnfs_core.errors import UserError, quoted
from nnfs_core.progress import BUFFER, CHUNK, Look, Progress, Watched, go_on, pieces, reading

MAX_BYTES = 8 * 2**30
"""An archive that unpacks to more than this is refused unread."""

MAX_DIRECTORY = 2**20
"""Bytes of an archive's list of members: some 10,000 of them, and each takes time and memory."""

MAX_SIDES = 32
"""Dimensions of an array; NumPy itself has none with more than 64."""

DEFLATE_RATIO = 1032
"""Deflate cannot shrink data further than this, so no honest archive claims more."""

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    EOFError,
    NotImplementedError,  # a way to compress, or a version of zip, that Python cannot read
    RuntimeError,  # an encrypted member
    OverflowError,  # an offset no file can have
    OSError,
)
"""What reading a member of a damaged archive can raise."""

NOT_A_ZIP = (
    zipfile.BadZipFile,
    ValueError,
    NotImplementedError,  # a way to compress, or a version of zip, that Python cannot read
    struct.error,
    OverflowError,
)
"""What opening a file that is no zip, or a damaged one, can raise."""


class HoldsObjectsError(UserError):
    """An array holds Python objects, which are pickled."""


class Npz:
    """An open archive of named arrays; made by :func:`open_npz`.

    Attributes
    ----------
    path : Path
        The file it was opened from.
    names : tuple of str
        The names of its arrays, in the file's order.
    order_is_given : bool
        Whether that order says anything: it is the one they were given in.
    """

    order_is_given = True

    __slots__ = ("_look", "_members", "_zip", "names", "path")

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._zip = archive
        self._look: Look = archive.fp.look if isinstance(archive.fp, _Opening) else go_on
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if name in self._members:
                # Readers differ in which of the two they take.
                raise UserError(f"holds {quoted(name)} twice", where=path)
            if name != member.filename:
                self._members[name] = member
        self.names = tuple(self._members)

    def describe_names(self) -> str:
        """Return the names as a phrase for an error message."""
        return listed(self.names)

    def member(self, name: str) -> zipfile.ZipInfo:
        """Return an array's entry in the archive.

        Raises
        ------
        UserError
            When it is absent.
        """
        member = self._members.get(name)
        if member is None:
            raise UserError(
                f"{name} is missing", where=self.path, expected=name, found=self.describe_names()
            )
        return member

    def size(self, name: str) -> int:
        """Return how many bytes an array takes unpacked, its header included.

        Raises
        ------
        UserError
            When it is absent.
        """
        return self.member(name).file_size

    def shape(self, name: str) -> tuple[int, ...]:
        """Return what an array's header says, before any of it is read.

        Raises
        ------
        UserError
            As for :meth:`read`.
        """
        member = self.member(name)
        try:
            with self._zip.open(member) as file:
                return self._read_header(name, file, member.file_size)[0]
        except UserError:
            raise
        except DAMAGED as error:
            raise UserError(f"{name} is damaged: {error}", where=self.path) from error

    def read(self, name: str, most: int | None = None) -> NDArray[Any]:
        """Return one array, read-only.

        Parameters
        ----------
        name : str
            One of :attr:`names`.
        most : int, optional
            Bytes it may take.

        Raises
        ------
        UserError
            When it is absent, damaged, too large, holds Python objects, or its header
            claims another size than the file holds.
        """
        member = self.member(name)
        if most is not None and member.file_size > most:
            raise UserError(
                f"{name} is too large",
                where=self.path,
                expected=f"at most {most} bytes",
                found=f"{member.file_size} bytes",
            )
        try:
            with self._zip.open(member) as file:
                shape, fortran, dtype = self._read_header(name, file, member.file_size)
                # read to the end, where the archive's checksum is compared
                content = np.empty(member.file_size - file.tell(), np.uint8)
                for piece in pieces(len(content), 1):
                    # A little of the file may unpack to much.
                    self._look()
                    _read_into(file, content[piece])
                if file.read(1):
                    raise ValueError("there is more than it says")
                flat = content.view(dtype)
                flat.flags.writeable = False
        except UserError:
            raise
        except MemoryError:
            size = f"{member.file_size / 2**30:.1f} GiB"
            raise UserError(
                f"{name} does not fit into memory", where=self.path, found=size
            ) from None
        except DAMAGED as error:
            raise UserError(f"{name} is damaged: {error}", where=self.path) from error
        if dtype.kind == "U" and flat.size:
            points = flat.view(np.dtype(np.uint32).newbyteorder(dtype.byteorder))
            if points.max() > sys.maxunicode:
                raise UserError(f"{name} holds no text", where=self.path, expected="letters")
        return flat.reshape(shape, order="F" if fortran else "C")

    def _read_header(
        self, name: str, file: IO[bytes], size: int
    ) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
        """Refuse a header that asks for objects or for memory the member cannot fill."""
        where = f"{self.path}, {name}"
        try:
            version = npy.read_magic(file)
            if version not in {(1, 0), (2, 0)}:
                raise ValueError(f"version {version} of the format")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # odd headers warn, and are refused below
                read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
                shape, fortran, dtype = read(file)
                if any(isinstance(side, bool) for side in shape):
                    raise ValueError("a truth value for a length")
        except Exception as error:
            # Python's own parser reads it, and then NumPy makes a type of it: what they raise at
            # words that were never meant for them is without end, and always means the same.
            raise UserError("is not an array", where=where, expected="a NumPy array") from error
        if dtype.hasobject:
            raise HoldsObjectsError(
                "holds pickled Python objects, which could run code when opened",
                where=where,
                expected="numbers",
                found=f"dtype {dtype}",
            )
        if dtype.kind not in "biufcSU":
            raise UserError(
                "holds no numbers", where=where, expected="numbers", found=f"dtype {dtype}"
            )
        if len(shape) > MAX_SIDES:
            raise UserError(
                "has too many dimensions",
                where=where,
                expected=f"at most {MAX_SIDES}",
                found=len(shape),
            )
        if 0 in shape:
            raise UserError("is empty", where=where, expected="numbers", found=_short(shape))
        expected = math.prod(shape) * dtype.itemsize
        found = size - file.tell()
        if dtype.itemsize == 0 or any(side < 0 for side in shape) or expected != found:
            raise UserError(
                "the header does not fit the data",
                where=where,
                expected=f"{expected} bytes for shape {_short(shape)} of {dtype}",
                found=f"{found} bytes",
            )
        return tuple(int(side) for side in shape), fortran, dtype


def listed(names: tuple[str, ...]) -> str:
    """Return the names of arrays as a phrase for an error message."""
    if not names:
        return "no arrays"
    more = len(names) - 8
    return ", ".join(names[:8]) + (f" and {more} more" if more > 0 else "")


@contextmanager
def open_npz(
    path: str | Path, expected: str = "an .npz file", progress: Progress | None = None
) -> Iterator[Npz]:
    """Open an archive of arrays without trusting it.

    Nothing is unpickled, and nothing is allocated that the file's own bytes do
    not account for.

    Parameters
    ----------
    path : str or Path
        The file.
    expected : str
        What it should be, for messages.
    progress : callable, optional
        Called whenever some of the file has been read, or of an array unpacked.

    Raises
    ------
    UserError
        When it is absent, not an ``.npz``, cut short, or absurdly large.
    """
    with open_zip(path, expected, progress) as archive:
        yield Npz(Path(str(archive.filename)), archive)


@contextmanager
def open_zip(
    path: str | Path, expected: str, progress: Progress | None = None
) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive whose members claim no more than its bytes can hold.

    Parameters
    ----------
    path, expected, progress
        As for :func:`open_npz`.

    Raises
    ------
    UserError
        When it is absent, not a zip, cut short, or absurdly large.
    """
    path = existing_file(path, expected)
    try:
        file = _Opening(path, progress)
    except OSError as error:
        raise unreadable(path, error) from error
    with file:
        try:
            archive = zipfile.ZipFile(file)
        except UserError:
            raise
        except OSError as error:
            raise unreadable(path, error) from error
        except NOT_A_ZIP as error:
            raise _not_a_zip(path, expected) from error
        with archive:
            file.opening = False
            _check_sizes(path, archive)
            yield archive


class _Opening(io.BufferedReader):
    """A file whose archive is being opened: its list of members is read in one piece."""

    def __init__(self, path: Path, progress: Progress | None) -> None:
        plain = path.open("rb")
        self.look = reading(progress, plain, path)
        super().__init__(Watched(plain, self.look), BUFFER)
        self.opening = True
        self._path, self._plain = path, plain

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, but no list of members that would fill the memory."""
        if self.opening and size is not None and size > MAX_DIRECTORY:
            raise UserError("holds too many members", where=self._path, expected="some thousands")
        return super().read(size)

    def close(self) -> None:
        """Close the file."""
        super().close()
        self._plain.close()


def _read_into(file: IO[bytes], out: NDArray[np.uint8]) -> None:
    """Fill an array from a file that may give less at a time than it is asked for."""
    done = 0
    while done < len(out):
        chunk = file.read(min(CHUNK, len(out) - done))
        if not chunk:
            raise EOFError(f"{len(out) - done} bytes are missing")
        out[done : done + len(chunk)] = np.frombuffer(chunk, np.uint8)
        done += len(chunk)


def _not_a_zip(path: Path, expected: str) -> UserError:
    with path.open("rb") as file:
        start = file.read(6)
    if start[:4] == b"PK\x03\x04":
        return UserError("is cut short or damaged", where=path, expected=expected)
    found = {b"": "an empty file", b"\x93NUMPY": "a single .npy array"}.get(start, "something else")
    return UserError("cannot be read", where=path, expected=expected, found=found)


def _check_sizes(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse what would unpack to more than its bytes can hold, or than we want."""
    total, there = 0, path.stat().st_size
    for member in archive.infolist():
        stored = member.compress_type == zipfile.ZIP_STORED
        if not stored and member.compress_type != zipfile.ZIP_DEFLATED:
            raise UserError(
                f"{member.filename} is compressed in another way",
                where=path,
                expected="stored or deflated",
                found=f"method {member.compress_type}",
            )
        # Reading asks for all that a member claims to have, be it there or not.
        most = min(member.compress_size, there) * (1 if stored else DEFLATE_RATIO)
        if member.file_size > most or member.compress_size > there:
            raise UserError(
                f"{member.filename} claims an impossible size",
                where=path,
                expected=f"at most {most} bytes",
                found=f"{member.file_size} bytes",
            )
        # Deflate makes nothing much longer: what does, is to be read for ever.
        least = member.compress_size - member.compress_size // 1000 - 2**16
        if member.file_size < least:
            raise UserError(
                f"{member.filename} is longer packed than unpacked",
                where=path,
                expected=f"at least {least} bytes",
                found=f"{member.file_size} bytes",
            )
        total += member.file_size
    if total > MAX_BYTES:
        raise UserError(
            "unpacks to too much",
            where=path,
            expected=f"at most {MAX_BYTES / 2**30:.0f} GiB",
            found=f"{total / 2**30:.1f} GiB",
        )


def _short(shape: tuple[int, ...]) -> str:
    text = str(shape)
    return text if len(text) <= 60 else text[:57] + "..."
