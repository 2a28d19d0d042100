"""Large data from one process to another: in a file without a name, which both map.

A file that has no name in any folder is gone as soon as nobody has it open, whatever becomes of
the processes: there is nothing that a killed one could leave behind. Where the system cannot pass
an open file on, data goes the way of all messages.
"""

from __future__ import annotations

import mmap
import os
import sys
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MEMORY_SHARE = 4
"""A file that is at most one part in so many of all memory is made there, others on the disk."""


def passes_files() -> bool:
    """Say whether open files can be passed on here."""
    return sys.platform != "win32"


def nameless_file(parts: Sequence[bytes | memoryview]) -> IO[bytes]:
    """Return a file without a name that holds parts one after the other.

    Raises
    ------
    OSError
        When there is no room for it.
    """
    import tempfile

    size = sum(map(len, parts))
    file = _memory_file() if MEMORY_SHARE * size <= _memory() else None
    if file is None:
        file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - whoever asked closes it
    try:
        for part in parts:
            left = memoryview(part)
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


def send_file(connection: Connection, file: IO[bytes]) -> None:
    """Pass an open file on; it can be closed here then."""
    from multiprocessing.reduction import send_handle

    send_handle(connection, file.fileno(), None)  # the process matters on Windows alone


def received_file(connection: Connection) -> mmap.mmap:
    """Return the next file that comes beside a connection's messages, mapped.

    Raises
    ------
    OSError, EOFError, RuntimeError
        When the other end is gone.
    """
    from multiprocessing.reduction import recv_handle

    handle = recv_handle(connection)
    try:
        return mmap.mmap(handle, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(handle)
