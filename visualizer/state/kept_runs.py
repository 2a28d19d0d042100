"""Runs that are kept without being asked for: one folder each, and a lock that says whose it is.

A run lies in its folder as ``unfinished.nnfs`` while it goes on, and as ``ended.nnfs`` once the
program was closed. What is unfinished and belongs to no program that lives was left behind.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from nnfs_core.disk.lock import FileLock

MOST, MOST_BYTES = 5, 2**30
"""Ended runs that are kept, in number and in bytes; the newest one in any case."""

LOCK = ".lock"
NAME = re.compile("[0-9a-f]{32}")


class KeptRun:
    """A folder for the file of one run. Whoever has claimed it may write there.

    Parameters
    ----------
    folder : Path
        It need not be there yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FileLock(folder.with_name(folder.name + LOCK))

    @classmethod
    def new(cls, where: Path) -> KeptRun:
        """Return a place of one's own for another run.

        Raises
        ------
        OSError
            When it cannot be made.
        """
        while True:
            made = cls(where / uuid4().hex)
            # Somebody who clears up may hold the new lock for the blink of an eye.
            if made.make():
                return made

    @property
    def unfinished(self) -> Path:
        """The file of the run while it goes on."""
        return self.folder / "unfinished.nnfs"

    @property
    def ended(self) -> Path:
        """Its file once the program was closed."""
        return self.folder / "ended.nnfs"

    @property
    def file(self) -> Path | None:
        """The file that is there; what goes on is newer than what has ended."""
        return next((path for path in (self.unfinished, self.ended) if path.is_file()), None)

    @property
    def modified(self) -> float:
        """When the file was written, in seconds since the epoch of the clock; 0 without one."""
        try:
            return self.file.stat().st_mtime if self.file is not None else 0.0
        except OSError:  # gone just now
            return 0.0

    def claim(self) -> bool:
        """Make it this program's, if no other one has it.

        Raises
        ------
        OSError
            When the lock cannot be opened.
        """
        return self._lock.acquire()

    def make(self) -> bool:
        """Claim it, and have its folder there; return whether it is this program's now.

        Raises
        ------
        OSError
            When it cannot be made.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        if not self.claim():
            return False
        self.folder.mkdir(exist_ok=True)
        return True

    def let_go(self) -> None:
        """Leave it to whoever wants it; without a file nothing of it stays."""
        if self._lock.held:
            self._clear()
        self._lock.release(remove=not self.folder.exists())

    def end(self) -> None:
        """Call the run ended, and let go of it."""
        with suppress(OSError):  # nowhere to write to any more: then it stays unfinished
            if self.unfinished.is_file():
                self.unfinished.replace(self.ended)
            if self.ended.is_file():
                os.utime(self.ended)  # the run of last time is the one that was closed last
        self.let_go()

    def discard(self) -> None:
        """Remove what is unfinished, and let go of it."""
        with suppress(OSError):
            self.unfinished.unlink(missing_ok=True)
        self.let_go()

    def remove(self) -> None:
        """Remove all of it."""
        with suppress(OSError):
            self.ended.unlink(missing_ok=True)
        self.discard()

    def _clear(self) -> None:
        """Remove what a save has left that never came to its end, and a folder without a run."""
        with suppress(OSError):
            for rest in self.folder.glob(".nnfs-*.tmp"):
                rest.unlink(missing_ok=True)
            self.folder.rmdir()  # refused where there is something in it


def kept_runs(where: Path) -> list[KeptRun]:
    """Return all that is kept, whoever has it, the newest first."""
    try:
        names = {entry.name.removesuffix(LOCK) for entry in where.iterdir()}
    except OSError:  # not there, or not for us
        return []
    kept = [KeptRun(where / name) for name in names if NAME.fullmatch(name)]
    return sorted(kept, key=lambda one: -one.modified)


def clear(where: Path) -> list[KeptRun]:
    """Remove what no living program has and nobody can want; return what was left behind.

    That is locks without a run, half-written files, and ended runs beyond those that are kept.

    Returns
    -------
    list of KeptRun
        Unfinished, the newest first; not claimed.
    """
    _move_in(where)
    left, count, size = [], 0, 0
    for kept in kept_runs(where):
        try:
            if not kept.claim():
                continue
        except OSError:  # another user's
            continue
        file = kept.file
        if file == kept.unfinished:
            left.append(kept)
        elif file is not None:
            count, size = count + 1, size + file.stat().st_size
            if count > 1 and (count > MOST or size > MOST_BYTES):
                kept.remove()
        kept.let_go()
    return left


def _move_in(where: Path) -> None:
    """Give files a folder each that lie here as earlier versions of the program left them."""
    with suppress(OSError):
        for file in [*where.glob("*.nnfs"), *where.glob("last.run")]:
            kept = KeptRun(where / (file.stem if NAME.fullmatch(file.stem) else uuid4().hex))
            if kept.claim():  # its lock lies where theirs did, and is held in the same way
                kept.folder.mkdir(exist_ok=True)
                file.replace(kept.unfinished if file.suffix == ".nnfs" else kept.ended)
                kept.let_go()
