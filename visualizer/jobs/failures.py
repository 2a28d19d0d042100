"""What failed in the program itself: said once, written down, and let go of.

A fault of the program must neither end it nor hold on to what it was working with: the
traceback of an exception keeps every variable of every function it went through alive, a
painter of the window's pixels among them.
"""

from __future__ import annotations

import sys
import threading
import traceback
from functools import cache
from types import TracebackType

from PyQt6 import sip
from PyQt6.QtCore import QObject, pyqtSignal

from nnfs_core.errors import UserError, one_line
from visualizer.jobs.recent_errors import remember

LONGEST = 200
"""Letters of an error that are shown: messages of other libraries have any length."""


def in_words(error: BaseException) -> str:
    """Return one line that says what an error is."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    return one_line(f"{type(error).__name__}: {error}", LONGEST).removesuffix(":")


def let_go(error: BaseException | None) -> None:
    """Free what an error that has been dealt with keeps alive: variables, and last of all itself.

    Python also remembers the last error that nobody caught, for a debugger to look at.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        if hasattr(sys, name):
            setattr(sys, name, None)


class Failures(QObject):
    """Carries what failed, in whichever thread, to who shows it: once for each fault."""

    happened = pyqtSignal(str)
    """One line for the person."""

    def __init__(self) -> None:
        super().__init__()
        self._known: set[object] = set()

    def report(self, error: BaseException, what: str = "something in the program failed") -> None:
        """Say what failed, unless the same has been said before, and let go of the error.

        Parameters
        ----------
        error : BaseException
        what : str
            What could not be done because of it.
        """
        remember(error)
        innermost = traceback.extract_tb(error.__traceback__)[-1:]
        fault = (type(error), *((frame.filename, frame.lineno) for frame in innermost))
        if isinstance(error, UserError):
            self.happened.emit(str(error))  # It refuses what was asked: each time anew.
        elif fault not in self._known:
            self._known.add(fault)
            traceback.print_exception(error)
            self.happened.emit(f"{what}: {in_words(error)}")
        let_go(error)

    def forget(self) -> None:
        """Say everything again that happens from now on."""
        self._known.clear()


@cache
def failures() -> Failures:
    """Return the one place where faults of the program are reported."""
    return Failures()


def install_hooks() -> None:
    """Report what nobody caught, in a slot, an event or a thread: Qt would end the program."""

    def hook(
        kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, (KeyboardInterrupt, SystemExit)):
            return
        if sip.isdeleted(failures()):  # the program is about to end, and Qt has
            traceback.print_exception(kind, error, trace)
        else:
            failures().report(error.with_traceback(trace))

    sys.excepthook = hook
    threading.excepthook = lambda args: hook(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: hook(args.exc_type, args.exc_value, args.exc_traceback)
