"""Large arrays from one process to another: in a file without a name, which both map.

A file that has no name in any folder is gone as soon as nobody has it open, whatever becomes of
the processes: there is nothing that a killed one could leave behind. Where the system cannot pass
an open file on, the arrays go through the pipe.
"""

from __future__ import annotations

import math
import mmap
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

ARRAYS = ("train_x", "train_y", "validation_x", "validation_y")
"""Of a dataset: what is handed over."""

MEMORY_SHARE = 4
"""A file that is at most one part in so many of all memory is made there, others on the disk."""

LINE = 64
"""Bytes at multiples of which arrays begin, so that each is aligned for its type."""

Layout = dict[str, tuple[str, Sequence[int]]]
"""Type and shape of arrays, by name, in the order they lie in."""


def layout_of(arrays: Mapping[str, NDArray[Any]]) -> Layout:
    """Return what :func:`arrays_in` has to know."""
    return {name: (array.dtype.str, array.shape) for name, array in arrays.items()}


def bytes_of(arrays: Mapping[str, NDArray[Any]]) -> Iterator[NDArray[np.uint8]]:
    """Return the bytes of arrays, one after the other, with what lies between them."""
    for array in arrays.values():
        flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        yield flat
        yield np.zeros(-len(flat) % LINE, np.uint8)


def arrays_in(memory: bytes | mmap.mmap, layout: Layout) -> dict[str, NDArray[Any]]:
    """Return the arrays whose :func:`bytes_of` lie in memory, as read-only views."""
    found, at = {}, 0
    for name, (kind, shape) in layout.items():
        dtype, count = np.dtype(kind), math.prod(shape)
        found[name] = np.frombuffer(memory, dtype, count, at).reshape(shape)
        at += -(-count * dtype.itemsize // LINE) * LINE
    return found


def file_passage() -> tuple[socket.socket, socket.socket] | None:
    """Return two ends of a socket through which open files can be passed; None where they can't."""
    if not hasattr(socket, "send_fds"):
        return None
    return socket.socketpair()


def nameless_file(arrays: Mapping[str, NDArray[Any]]) -> IO[bytes]:
    """Return a file without a name that holds arrays one after the other.

    Raises
    ------
    OSError
        When there is no room for it.
    """
    import tempfile

    size = sum(array.nbytes for array in arrays.values())
    file = _memory_file() if MEMORY_SHARE * size <= _memory() else None
    if file is None:
        file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - whoever asked closes it
    try:
        for piece in bytes_of(arrays):
            left = piece.data
            while left:  # one write takes at most 2 GiB
                left = left[file.write(left) :]
    except BaseException:
        file.close()
        raise
    return file


def _memory_file() -> IO[bytes] | None:
    if hasattr(os, "memfd_create"):
        try:
            return os.fdopen(os.memfd_create("nnfs"), "r+b", buffering=0)
        except OSError:  # forbidden, in some containers
            return None
    return None


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 0


def send_file(passage: socket.socket, file: IO[bytes]) -> None:
    """Pass an open file on; it can be closed here then."""
    socket.send_fds(passage, [b"f"], [file.fileno()])


def received_file(passage: socket.socket) -> mmap.mmap:
    """Return the next file that comes through a socket, mapped.

    Raises
    ------
    OSError
        When the other end is gone.
    """
    _, files, _, _ = socket.recv_fds(passage, 1, 1)
    if not files:
        raise OSError("no file has come")
    try:
        return mmap.mmap(files[0], 0, access=mmap.ACCESS_READ)
    finally:
        os.close(files[0])
