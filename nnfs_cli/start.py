"""Where the program starts: the window at once, or whatever the command line asks for."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from nnfs_cli.interrupt import INTERRUPTED, leave_on_interrupt, raise_on_interrupt
from nnfs_core.leaving import leave

# pydantic would look through everything that is installed for plugins, which nobody here has.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

FIRST = "digits"
"""The experiment that is shown when nobody has asked for one."""


def main() -> NoReturn:
    """Run what the command line says, and exit.

    Nothing said means the window, which is there sooner without what reads command lines.
    """
    leave_on_interrupt()
    try:
        status = _status()
    except KeyboardInterrupt:  # between two lines of this file
        status = INTERRUPTED
    leave_on_interrupt()
    leave(status)


def _status() -> int:
    if sys.argv[1:]:
        from nnfs_cli.app import run

        raise_on_interrupt()
        return run(sys.argv[1:])
    from nnfs_cli.outcome import outcome_of

    return outcome_of(_open_window)


def _open_window() -> int:
    from nnfs_cli.window import open_window
    from nnfs_core.experiment import presets

    return open_window(presets()[FIRST], FIRST, None, play=False)
