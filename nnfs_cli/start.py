"""Where the program starts: the window at once, or whatever the command line asks for."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

# pydantic would look through everything that is installed for plugins, which nobody here has.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

FIRST = "digits"
"""The experiment that is shown when nobody has asked for one."""


def main() -> NoReturn:
    """Run what the command line says, and exit.

    Nothing said means the window, which is there sooner without what reads command lines.
    """
    if sys.argv[1:]:
        from nnfs_cli.app import run

        sys.exit(run(sys.argv[1:]))
    from nnfs_cli.outcome import outcome_of

    sys.exit(outcome_of(_open_window))


def _open_window() -> int:
    from nnfs_cli.window import open_window
    from nnfs_core.experiment import presets

    return open_window(presets()[FIRST], FIRST, None, play=False)
