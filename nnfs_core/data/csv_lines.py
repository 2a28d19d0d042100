"""The lines of a table that may come from anywhere: bounded, and given up when one says so."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from nnfs_core.disk.whole import existing_file, unreadable
from nnfs_core.errors import UserError
from nnfs_core.progress import Progress, reading, watched

MAX_LINE = 2**24
MAX_TEXT = 8 * 2**30
"""Characters; only a file made to fill the memory has more."""

MAX_BLANK = 10_000
MAX_BLANK_TEXT = 2**22
"""Blank lines in a row, and characters of them; a table may end with some."""

BATCH = 1000
BATCH_TEXT = 2**20
"""Lines, and about how many characters, that are taken at a time."""

Numbered = tuple[int, str]
"""A line and its number; the first of the file has number 1."""


@contextmanager
def opened_lines(path: str | Path, progress: Progress | None = None) -> Iterator[Lines]:
    """Open a text, perhaps gzipped.

    Parameters
    ----------
    path : str or Path
        UTF-8.
    progress : callable, optional
        Called whenever some of it has been read or unpacked.

    Raises
    ------
    UserError
        When it cannot be read, is damaged, or is no text.
    """
    path = existing_file(path, "a .csv file")
    try:
        with path.open("rb") as plain:
            look = reading(progress, plain, path)
            zipped = plain.peek(2)[:2] == b"\x1f\x8b"
            stream = watched(plain, look)
            if zipped:
                # Both sides: a little can unpack to much, and much to nothing.
                stream = watched(gzip.GzipFile(fileobj=stream), look)
            with io.TextIOWrapper(stream, encoding="utf-8-sig") as text:
                yield Lines(path, text)
            look()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"is damaged: {error}", where=path, expected="a gzip file") from error
    except UnicodeDecodeError as error:
        raise UserError(
            "is not UTF-8 text",
            where=path,
            expected="a table saved as UTF-8",
            found=f"byte {error.object[error.start]:#04x}",
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error


class Lines:
    """Gives the lines of a text that are not blank.

    Parameters
    ----------
    path : Path
        For messages.
    text : file
        What is read.
    """

    def __init__(self, path: Path, text: TextIO) -> None:
        self.path, self._text = path, text
        self._number, self._length = 0, 0

    def take(self, lines: int = BATCH, characters: int = BATCH_TEXT) -> list[Numbered]:
        """Return the next lines, not many more than so many characters; none at the end.

        Raises
        ------
        UserError
            When no table has such lines, or so few of them among blank ones.
        """
        taken: list[Numbered] = []
        blank, begun, end = 0, self._length, self._length + characters
        while not taken or (len(taken) < lines and self._length < end):
            line = self._text.readline(MAX_LINE)
            self._number += 1
            self._length += len(line)
            if len(line) == MAX_LINE or self._length > MAX_TEXT:
                raise self.error("is far too long for a table", self._number)
            if not line:
                break
            if line.isspace():
                blank += 1
                if blank > MAX_BLANK or self._length - begun > MAX_BLANK_TEXT:
                    raise self.error("there is nothing but blank lines up to here", self._number)
            else:
                begun, blank = self._length, 0
                taken.append((self._number, line.rstrip("\n")))
        return taken

    def error(self, what: str, number: int) -> UserError:
        """Return the error for a line."""
        return UserError(what, where=f"{self.path}, line {number}")
