"""Standard input, output and error, as every command can rely on them.

They may be closed (``>&-``), absent (``pythonw``), full, or in an encoding that lacks most
characters. Uses the standard library alone, so that ``dev.py`` can have it too.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""By file descriptor: what Python calls it, and how it is opened."""


class Heedless(io.FileIO):
    """A file whose writing cannot fail: what it does not take is gone.

    Nobody reads a standard error that is closed or full, and that is no reason to end what
    works. Standard output is another matter: it is the result.
    """

    def write(self, data: Any, /) -> int:
        """Write what can be written, and say that all of it was."""
        try:
            return super().write(data) or 0
        except OSError:
            return memoryview(data).nbytes


def make_usable() -> None:
    """Put something in the place of standard streams that are not there or cannot be relied on.

    A descriptor that is closed is opened on nothing. Otherwise the first file that is opened
    would get its number, and everything that prints would write into it.
    """
    for number in range(len(STREAMS)):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened == number:
                os.set_inheritable(number, True)
            else:
                os.dup2(opened, number)
                os.close(opened)
    for name, mode in STREAMS:
        if getattr(sys, name) is None:
            # Not by its number: another file may have that by now.
            nothing = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nothing, mode, encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        # A console that lacks a character must not stop the sentence it is in.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if _is_plain(sys.stderr):
        raw = io.BufferedWriter(Heedless(2, "w", closefd=False))
        sys.stderr = io.TextIOWrapper(
            raw, sys.stderr.encoding, "backslashreplace", line_buffering=True, write_through=True
        )


def _is_plain(stream: object) -> bool:
    """Say whether a stream is the one that Python opened, and no console of Windows."""
    if not (isinstance(stream, io.TextIOWrapper) and stream is sys.__stderr__):
        return False
    # Where it is not buffered (PYTHONUNBUFFERED), what is written to is there at once.
    raw = getattr(stream.buffer, "raw", stream.buffer)
    return type(raw) is io.FileIO and raw.fileno() == 2
