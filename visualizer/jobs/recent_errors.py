"""The last errors of this program, kept as text for the report that a person can copy.

Nothing of an exception itself is kept: its traceback holds the frames it went through, and a
frame of a paint event holds the painter.
"""

from __future__ import annotations

import time
import traceback
from collections import deque
from dataclasses import dataclass, replace
from threading import Lock

from nnfs_core.errors import shortened

KEPT = 20
"""Different errors; the oldest goes first."""

LONGEST = 8_000
"""Characters that are kept of one error: both ends of a traceback say most."""


@dataclass(frozen=True, slots=True)
class RecentError:
    """One error, and how often it came.

    Attributes
    ----------
    first, last : float
        When it came for the first and for the last time, in seconds since the epoch of the clock.
    times : int
        How often, without another one in between.
    message : str
        What it says, as at the end of a traceback.
    text : str
        The traceback, or the message where there is none.
    """

    first: float
    last: float
    times: int
    message: str
    text: str


_kept: deque[RecentError] = deque(maxlen=KEPT)
_lock = Lock()  # errors come from any thread


def remember(error: BaseException | str) -> None:
    """Keep an error that was caught or shown; can be called from every thread.

    Parameters
    ----------
    error : BaseException or str
        An exception, with its traceback if it has one, or what a person was told. Being told of
        an exception that is kept already adds nothing.
    """
    if isinstance(error, str):
        message = text = shortened(error, LONGEST)
    else:
        told = traceback.TracebackException.from_exception(error)
        message = shortened("".join(told.format_exception_only()).strip(), LONGEST)
        text = shortened("".join(told.format()).strip(), LONGEST)
    now = time.time()
    with _lock:
        newest = _kept[-1] if _kept else None
        if newest is not None and newest.text == text:
            _kept[-1] = replace(newest, last=now, times=newest.times + 1)
        elif not (isinstance(error, str) and newest is not None and newest.message in text):
            _kept.append(RecentError(now, now, 1, message, text))


def recent_errors() -> tuple[RecentError, ...]:
    """Return what is kept, the oldest first."""
    with _lock:
        return tuple(_kept)


def forget_errors() -> None:
    """Keep nothing of what was."""
    with _lock:
        _kept.clear()
