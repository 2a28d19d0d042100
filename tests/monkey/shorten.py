"""Delta debugging: which few of many actions are enough (Zeller and Hildebrandt 2002)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def shorten(items: Sequence[Item], fails: Callable[[list[Item]], bool]) -> list[Item]:
    """Return a part of the items, in their order, that still fails, and of which none can go.

    Parameters
    ----------
    items : sequence
        All of them together fail.
    fails : callable
        Says whether some of them do. It is asked some dozen times.
    """
    left = _last_ones(list(items), fails)
    pieces = 2
    while len(left) >= 2:
        size = -(-len(left) // pieces)
        # The last ones first to stay: what happened right before is what most often matters.
        for begin in range(0, len(left), size):
            rest = left[:begin] + left[begin + size :]
            if rest and fails(rest):
                left, pieces = rest, max(2, pieces - 1)
                break
        else:
            if size == 1:
                break
            pieces = min(len(left), 2 * pieces)
    return left


def _last_ones(items: list[Item], fails: Callable[[list[Item]], bool]) -> list[Item]:
    """Return the last so many that are enough: often a handful, however long it took."""
    count = 4
    while count < len(items):
        if fails(items[-count:]):
            return items[-count:]
        count *= 4
    return items
