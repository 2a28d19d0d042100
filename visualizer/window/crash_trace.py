"""Where a program that dies in native code says where it was, and who reads that afterwards.

Python's ``faulthandler`` writes into a file that is open from the start: a crashing program can
do nothing else any more. Every program has a file of its own beside the settings, with a lock
that the system takes away when the program dies. What no living program owns is read by the next
one that starts, and kept as the trace of the last crash.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import uuid4

from nnfs_core.disk.lock import FileLock

LAST = "last-crash.txt"
OWN = "crash-{}.txt"

LONGEST = 100_000
"""Bytes of a trace that are read: those of all threads are a few thousand."""


@dataclass(frozen=True, slots=True)
class Crash:
    """How a program ended that did not end by itself.

    Attributes
    ----------
    when : float
        Seconds since the epoch of the clock.
    text : str
        The signal, and what each thread was doing.
    """

    when: float
    text: str


class CrashTrace:
    """The crash trace of this program, and that of the last one that crashed.

    Parameters
    ----------
    folder : Path
        Where the files are, beside the settings.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Not the process's number: in a container every program has the same.
        self.path = folder / OWN.format(uuid4().hex)
        self._lock = _lock_of(self.path)
        self._file: IO[bytes] | None = None

    def start(self) -> Crash | None:
        """Have crashes written down from now on; return one that nobody has been told of.

        Without a folder that can be written to there is no trace; nothing else depends on it.
        Nor where somebody has them written elsewhere, as with ``python -X faulthandler``.
        """
        new = None
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if not faulthandler.is_enabled() and self._lock.acquire():
                self._file = self.path.open("wb")
                faulthandler.enable(self._file, all_threads=True)
            new = self._collected()
        return new

    def last(self) -> Crash | None:
        """Return the last crash there was, whoever has been told of it."""
        return _read(self._folder / LAST)

    def finish(self) -> None:
        """End well: there is nothing to be read."""
        if self._file is None:
            return
        faulthandler.disable()
        self._file.close()
        self._file = None
        with contextlib.suppress(OSError):
            self.path.unlink()
        self._lock.release(remove=True)

    def _collected(self) -> Crash | None:
        """Take what dead programs have left: keep the newest trace, and remove the rest."""
        taken: list[tuple[Path, FileLock]] = []
        found: list[tuple[Crash, Path]] = []
        left = {path.with_suffix(".txt") for path in self._folder.glob("crash-*.*")}
        try:
            for path in left - {self.path}:
                lock = _lock_of(path)
                if not lock.acquire():
                    continue
                taken.append((path, lock))
                crash = _read(path)
                if crash is not None:
                    found.append((crash, path))
                else:  # killed, which leaves no trace
                    path.unlink(missing_ok=True)
            found.sort(key=lambda one: one[0].when)
            for _, path in found:
                path.replace(self._folder / LAST)  # the newest comes last
        finally:
            # Held until here: of two programs that start now, one tells of it.
            for path, lock in taken:
                lock.release(remove=not path.exists())
        return found[-1][0] if found else None


def _lock_of(path: Path) -> FileLock:
    return FileLock(path.with_suffix(".lock"))


def _read(path: Path) -> Crash | None:
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST).decode("utf-8", "backslashreplace").strip()
            when = os.fstat(file.fileno()).st_mtime
    except OSError:
        return None
    return Crash(when, text) if text else None
