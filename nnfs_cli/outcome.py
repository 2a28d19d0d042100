"""How a command ends: a status, and one line for whatever a person got wrong."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable

from nnfs_cli.interrupt import INTERRUPTED
from nnfs_core.disk.streams import make_usable
from nnfs_core.errors import UserError, one_line
from nnfs_core.registry import troubles

WRONG = 2
"""Exit status for anything wrong with what was given."""

OUT_OF_OUR_HANDS = {
    errno.EACCES, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC, errno.EPERM, errno.EROFS
}  # fmt: skip
"""What the system can refuse at any moment, whatever was checked before."""


def outcome_of(action: Callable[[], object]) -> int:
    """Do something and return the exit status it ends with.

    Returns
    -------
    int
        What ``action`` returned, or 0; 2 with one ``error:`` line on stderr for anything wrong
        with what was given; 130 after Ctrl+C. A defect of the program itself raises, traceback
        and all.
    """
    make_usable()
    try:
        try:
            status = action()
        except SystemExit as ended:  # how argparse ends, also after its help
            status = ended.code
        sys.stdout.flush()
        _say_what_was_left_out()
    except UserError as error:
        _say_what_was_left_out()  # it may be why
        return wrong(str(error))
    except MemoryError as error:
        return wrong(f"this needs more memory than there is ({error})")
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _abandon_stdout()
        return 0  # whoever read the output has seen enough
    except OSError as error:
        if error.errno not in OUT_OF_OUR_HANDS:
            raise
        _abandon_stdout()
        return wrong(f"{error.filename or 'the output'}: {error.strerror}")
    return status if isinstance(status, int) else 0


def _say_what_was_left_out() -> None:
    for line in troubles():
        print(f"note: {line}", file=sys.stderr)


def wrong(message: str) -> int:
    """Say in one line what is wrong, and return the status for it."""
    print(f"error: {one_line(message)}", file=sys.stderr)
    return WRONG


def _abandon_stdout() -> None:
    """Send what is still buffered nowhere, or Python would complain again on its way out."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
