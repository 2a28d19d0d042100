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

from PyQt6.QtCore import QLockFile, QSysInfo

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
        self._lock = _lock(self.path)
        self._file: IO[bytes] | None = None

    def start(self) -> Crash | None:
        """Have crashes written down from now on; return one that nobody has been told of.

        Without a folder that can be written to there is no trace; nothing else depends on it.
        Nor where somebody has them written elsewhere, as with ``python -X faulthandler``.
        """
        new = None
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if not faulthandler.is_enabled() and self._lock.tryLock(0):
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
        self._lock.unlock()

    def _collected(self) -> Crash | None:
        """Take what dead programs have left: keep the newest trace, and remove the rest."""
        found: list[tuple[Crash, Path]] = []
        left = {path.with_suffix(".txt") for path in self._folder.glob("crash-*.*")}
        for path in left - {self.path}:
            if not _is_free(_lock(path)):
                continue
            crash = _read(path)
            if crash is not None:
                found.append((crash, path))
            else:  # killed, which leaves no trace
                path.unlink(missing_ok=True)
            path.with_suffix(".lock").unlink(missing_ok=True)
        if not found:
            return None
        found.sort(key=lambda one: one[0].when)
        for _, path in found:
            path.replace(self._folder / LAST)  # the newest comes last
        return found[-1][0]


def _lock(path: Path) -> QLockFile:
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)
    return lock


def _is_free(lock: QLockFile) -> bool:
    if lock.tryLock(0):
        lock.unlock()
        return True
    # The number of this very process in a lock that is not its own: of an earlier program
    # that had it, before the machine or the container was started anew.
    known, process, host, _ = lock.getLockInfo()
    return known and process == os.getpid() and host == QSysInfo.machineHostName()


def _read(path: Path) -> Crash | None:
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST).decode("utf-8", "backslashreplace").strip()
            when = os.fstat(file.fileno()).st_mtime
    except OSError:
        return None
    return Crash(when, text) if text else None
