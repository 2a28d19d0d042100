"""Helper threads: never one for two, however the threads that want them come in between."""

from __future__ import annotations

import sys
from itertools import count
from threading import Thread
from types import FrameType

import pytest

from nnfs_core.compute import threads


class Idler:
    """A helper without a thread."""

    made = 0

    def __init__(self) -> None:
        type(self).made += 1


def take_interrupted(wanted: int, at: int) -> tuple[list, list | None]:
    """Take helpers, and have another thread take one before line number ``at`` of it.

    Returns
    -------
    ours : list of helper
    theirs : list of helper, or None
        None when not so many lines were gone through.
    """
    theirs: list | None = None
    lines = count()

    def let_other_in(frame: FrameType, event: str, _: object):
        nonlocal theirs
        if frame.f_code is not threads._take_helpers.__code__:
            return None
        if event == "line" and next(lines) == at:
            theirs = []
            other = Thread(target=lambda: theirs.extend(threads._take_helpers(1)))
            other.start()
            other.join()
        return let_other_in

    before = sys.gettrace()
    sys.settrace(let_other_in)
    try:
        ours = threads._take_helpers(wanted)
    finally:
        sys.settrace(before)
    return ours, theirs


@pytest.mark.parametrize("idle", [0, 1, 2])
@pytest.mark.parametrize("wanted", [1, 2, 3])
def test_no_helper_is_given_to_two(monkeypatch, wanted, idle):
    """Before whatever line of one thread another one comes in."""
    for at in count():
        monkeypatch.setattr(Idler, "made", 0)
        monkeypatch.setattr(threads, "_Helper", Idler)
        monkeypatch.setattr(threads, "_to_be_made", iter(range(threads.MOST - 1 - idle)))
        monkeypatch.setattr(threads, "_idle", [Idler() for _ in range(idle)])
        ours, theirs = take_interrupted(wanted, at)
        if theirs is None:
            break
        assert len({id(helper) for helper in ours + theirs}) == len(ours + theirs)
        assert len(ours + theirs) == min(wanted + 1, threads.MOST - 1)
        assert Idler.made <= threads.MOST - 1
    assert at > 3
