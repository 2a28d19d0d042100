"""A file that one living program at a time can hold: the system lets go of it when that one dies.

The number of a process written into a file proves nothing: in containers they repeat.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        # Not lockf: that lock would be gone as soon as anything here closed the same file.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Held from :meth:`acquire` to :meth:`release`, or until the program is no more.

    Parameters
    ----------
    path : Path
        The file; it is made where it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Hold it, if nobody else does; return whether it is held now.

        Raises
        ------
        OSError
            When the file can neither be made nor opened, or its system knows no locks.
        """
        if self.held:
            return True
        self.release()
        file = self.path.open("ab")
        try:
            _take(file)
        except (BlockingIOError, PermissionError):  # what POSIX and Windows say of one that is held
            file.close()
            return False
        except OSError:
            file.close()
            raise
        self._file = file
        if not self.held:  # whoever held it has removed it between the two steps
            self.release()
            return False
        return True

    @property
    def held(self) -> bool:
        """Whether it is held here, and is still the file that others would find."""
        if self._file is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self.path.stat())
        except OSError:
            return False

    def release(self, *, remove: bool = False) -> None:
        """Let go of it.

        Parameters
        ----------
        remove : bool
            Remove the file too; only whoever holds it may.
        """
        if self._file is None:
            return
        if remove and self.held and sys.platform != "win32":
            with suppress(OSError):
                self.path.unlink()  # first: what others lock from now on is another file
        self._file.close()
        self._file = None
        if remove and sys.platform == "win32":
            # There a file that is open cannot be removed, nor one that another holds by now.
            with suppress(OSError):
                self.path.unlink()
