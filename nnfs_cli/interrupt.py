"""Ctrl+C while the program comes and goes, when there is nothing that must be put in order.

Python's own answer is an exception wherever it just is. In the middle of an import, or while the
interpreter ends, that is a traceback, and now and then nothing at all.
"""

import os
import signal

INTERRUPTED = 130
"""Exit status after Ctrl+C."""


def leave_on_interrupt() -> None:
    """Have Ctrl+C end the program at once, from here on."""
    _answer(lambda *_: os._exit(INTERRUPTED))


def raise_on_interrupt() -> None:
    """Have Ctrl+C raise ``KeyboardInterrupt`` again: what is being written is put in order."""
    _answer(signal.default_int_handler)


def _answer(handler: object) -> None:
    # What was set to be ignored, as a shell does for what runs in the background, is ignored.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, handler)  # type: ignore[arg-type]
