"""How whatever takes long says how far it is, and is told to stop.

Work that takes long is given a :data:`Progress` and calls it between two pieces of work, each of
them a few milliseconds. Whoever gave it may raise :class:`Stopped` in it: the work then ends
there, having changed nothing. So nothing has to be killed, and nobody waits.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

Progress = Callable[[str, int, int], object]
"""``progress(what, done, total)``: called while something long is loaded, often. The units are
bytes, or 0 of 0 where nobody knows how much there is. It may raise :class:`Stopped`."""

Look = Callable[[], object]
"""Called between two pieces of work to see whether to go on: it may raise :class:`Stopped`."""


def go_on() -> None:
    """Go on: nobody will say otherwise."""


PIECE = 4 * 2**20
"""Bytes of an array that are worked on at a time: some milliseconds."""

CHUNK = 2**20
"""Bytes that are read at a time at most."""

BUFFER = 2**16
"""Bytes that are read ahead, where a little is asked for."""


class Stopped(BaseException):
    """Something that takes long was given up because it is not wanted any more.

    It is no error, neither a person's nor the program's: nothing need be said. So it is no
    ``Exception``, which others may catch on its way, to call a file damaged.
    """


def looking(progress: Progress | None, what: str) -> Look:
    """Return what tells only that there is progress, where nobody knows how much is to be done."""
    return go_on if progress is None else lambda: progress(what, 0, 0)


def reading(progress: Progress | None, file: BinaryIO, path: Path) -> Look:
    """Return what tells how much of an open file has been read."""
    if progress is None:
        return go_on
    size = os.fstat(file.fileno()).st_size
    return lambda: progress(f"Reading {path.name}", min(file.tell(), size), size)


def pieces(
    count: int, size: int, progress: Progress | None = None, what: str = "", grows: int = 1
) -> Iterator[slice]:
    """Divide items into pieces of about :data:`PIECE` bytes, and tell how far it is between them.

    Parameters
    ----------
    count : int
        How many items there are: the rows of an array.
    size : int
        Bytes of one.
    progress : callable, optional
        Called before each piece, and after the last.
    what : str
        What is done, for ``progress``.
    grows : int
        How many times as large an item is while it is worked on.
    """
    each = max(1, PIECE // max(1, size * grows))
    for at in range(0, count, each):
        if progress is not None:
            progress(what, at * size, count * size)
        yield slice(at, min(at + each, count))
    if progress is not None:
        progress(what, count * size, count * size)


class Watched(io.RawIOBase):
    """A stream that looks whether to go on before it reads, a bounded piece at a time.

    Whatever reads from it can be stopped, also libraries that know of no such thing.

    Parameters
    ----------
    stream : file
        What is read from. It is not closed with this.
    look : callable
        Called before each read.
    """

    def __init__(self, stream: BinaryIO | io.BufferedIOBase, look: Look) -> None:
        super().__init__()
        self._stream, self._look = stream, look

    @property
    def name(self) -> str:
        """The name of the file."""
        return str(getattr(self._stream, "name", ""))

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say whether one can go to another place."""
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._stream.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into a buffer: :data:`CHUNK` bytes at most."""
        self._look()
        return int(self._stream.readinto(memoryview(buffer)[:CHUNK]))  # type: ignore[union-attr]


def watched(stream: BinaryIO | io.BufferedIOBase, look: Look) -> io.BufferedReader:
    """Return a stream that is read with a buffer, and watched as :class:`Watched` says."""
    return io.BufferedReader(Watched(stream, look), BUFFER)
