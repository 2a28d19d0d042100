"""How a program with a window ends, when all that it had to do is done."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn


def leave(status: int) -> NoReturn:
    """End this process with a status, without taking its libraries apart first.

    PyQt goes through every object that is left when Python ends, in no order, and about one
    program in thirty that had done all it should crashed there, in freed memory. So a process in
    which Qt is loaded is ended by the system, which takes back everything anyway. Any other ends
    as Python programs do. What has to be put in order must have been by now: files closed,
    threads ended.
    """
    if "PyQt6.QtCore" not in sys.modules:
        sys.exit(status)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)
