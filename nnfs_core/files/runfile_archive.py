"""The zip of a run file: members stored as they are, their hashes, and states one at a time."""

from __future__ import annotations

import hashlib
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nnfs_core.disk.npz import DAMAGED, Npz
from nnfs_core.errors import UserError
from nnfs_core.files.runfile_format import DOCUMENT, EXPECTED, MAX_DOCUMENT, little_endian

CHUNK = 2**20
Array = NDArray[Any]


class StoredArchive(Npz):
    """The arrays of a run file that is read, and its document.

    Nothing is compressed, so reading never takes more memory than the file has bytes.

    Raises
    ------
    UserError
        When a member is compressed, or members overlap to claim more than the file holds.
    """

    __slots__ = ()

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        super().__init__(path, archive)
        members = archive.infolist()
        for member in members:
            stored = member.compress_type == zipfile.ZIP_STORED
            if not stored or member.compress_size != member.file_size:
                raise UserError(
                    f"{member.filename} is compressed", where=path, expected="stored as it is"
                )
        claimed, found = sum(member.file_size for member in members), path.stat().st_size
        if claimed > found:
            raise UserError(
                "its members claim more than it holds",
                where=path,
                expected=f"at most {found} bytes",
                found=f"{claimed} bytes",
            )

    def error(self, what: str, expected: object, found: object) -> UserError:
        """Return the error for something in this file that cannot be."""
        return UserError(what, where=self.path, expected=expected, found=found)

    def document(self) -> bytes:
        """Return ``run.json``."""
        try:
            member = self._zip.getinfo(DOCUMENT)
        except KeyError:
            raise UserError(
                f"{DOCUMENT} is missing", where=self.path, expected=EXPECTED, found="another zip"
            ) from None
        if member.file_size > MAX_DOCUMENT:
            raise UserError(
                f"{DOCUMENT} is too large",
                where=self.path,
                expected=f"at most {MAX_DOCUMENT} bytes",
                found=f"{member.file_size} bytes",
            )
        try:
            return self._zip.read(member)
        except DAMAGED as error:
            raise UserError(f"{DOCUMENT} is damaged: {error}", where=self.path) from None

    def check(self, name: str, digest: str) -> None:
        """Make sure that an array's member is there and has the hash it should have."""
        found = hashlib.blake2b(digest_size=32)
        try:
            with self._zip.open(self.member(name)) as file:
                while block := file.read(CHUNK):
                    found.update(block)
        except DAMAGED as error:
            raise UserError(f"{name} is damaged: {error}", where=self.path) from None
        if found.hexdigest() != digest:
            raise UserError(
                f"{name} is damaged",
                where=self.path,
                expected=f"BLAKE2b {digest[:12]}…",
                found=f"{found.hexdigest()[:12]}…",
            )

    def table(self, name: str, kind: str, rows: int | None = None, ndim: int = 2) -> Array:
        """Return a small array of a given type, number of dimensions and length."""
        array = self.read(name)
        fits = array.dtype == np.dtype(kind) and array.ndim == ndim
        if not fits or (rows is not None and len(array) != rows):
            length = "n" if rows is None else rows
            shape = f"({length},)" if ndim == 1 else f"({length}, n)"
            raise UserError(
                f"{name} does not fit",
                where=self.path,
                expected=f"{np.dtype(kind)} of shape {shape}",
                found=f"{array.dtype} of shape {array.shape}",
            )
        return array.astype(array.dtype.newbyteorder("="), copy=False)

    def items(self, name: str, shape: tuple[int, ...], kind: str) -> Iterator[Array]:
        """Read an array along its first axis, each item an array of its own, read-only.

        So that one state can be let go while the others stay.
        """
        member, dtype = self.member(name), np.dtype(kind)
        size = math.prod(shape[1:]) * dtype.itemsize
        try:
            with self._zip.open(member) as file:
                found, fortran, found_dtype = self._read_header(name, file, member.file_size)
                if (found, fortran, found_dtype) != (shape, False, dtype):
                    raise UserError(
                        f"{name} does not fit the experiment and the table of states",
                        where=self.path,
                        expected=f"{dtype} of shape {shape}",
                        found=f"{found_dtype} of shape {found}",
                    )
                for _ in range(shape[0]):
                    item = np.frombuffer(file.read(size), dtype).reshape(shape[1:])
                    item = item.astype(dtype.newbyteorder("="), copy=False)
                    item.flags.writeable = False
                    yield item
                file.read(1)  # the end, where the archive's checksum is compared
        except UserError:
            raise
        except MemoryError:
            raise UserError(f"{name} does not fit into memory", where=self.path) from None
        except DAMAGED as error:
            raise UserError(f"{name} is damaged: {error}", where=self.path) from None


class Writing:
    """Writes the members of a run file, one after the other.

    Parameters
    ----------
    archive : ZipFile

    Attributes
    ----------
    digests : dict
        BLAKE2b of each array's member so far, by name.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._zip = archive
        self.digests: dict[str, str] = {}

    def array(self, name: str, array: Array) -> None:
        """Write a small array."""
        array = little_endian(array)
        for _ in self.items(name, array.shape, array.dtype, iter([array])):
            pass

    def items(
        self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any], items: Iterator[Array]
    ) -> Iterator[int]:
        """Write an array piece by piece, nothing of it copied; yield the bytes of each piece."""
        digest = hashlib.blake2b(digest_size=32)
        # One date for all files: the same run gives the same bytes.
        info = zipfile.ZipInfo(f"{name}.npy")
        # Told beforehand, the archive knows whether sizes need their 64-bit form.
        info.file_size = 1024 + math.prod(shape) * dtype.itemsize
        with self._zip.open(info, "w") as file:
            out = _Hashed(file, digest)
            header = {
                "descr": npy.dtype_to_descr(dtype.newbyteorder("<")),
                "fortran_order": False,
                "shape": shape,
            }
            npy.write_array_header_1_0(out, header)
            for item in items:
                flat = little_endian(item).data.cast("B")
                for at in range(0, len(flat), CHUNK):
                    piece = flat[at : at + CHUNK]
                    out.write(piece)
                    yield len(piece)
        self.digests[name] = digest.hexdigest()

    def text(self, name: str, text: str) -> None:
        """Write a text."""
        self._zip.writestr(zipfile.ZipInfo(name), text.encode("ascii"))


class _Hashed:
    def __init__(self, file: IO[bytes], digest: hashlib.blake2b) -> None:
        self._file, self._digest = file, digest

    def write(self, data: bytes | memoryview) -> int:
        self._digest.update(data)
        return self._file.write(data)
