"""The branches of a run, and those deleted last that can come back: no widgets, no threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nnfs_core.history.recording import Recording

MOST_DELETED = 20
"""Deleted branches that are kept for coming back."""


@dataclass(frozen=True, slots=True)
class Branches:
    """All branches in the order they are listed in; another order or number is another one.

    Attributes
    ----------
    listed : tuple of Recording
    deleted : tuple of (int, Recording)
        Those deleted last, the newest at the end, and where each stood.
    """

    listed: tuple[Recording, ...] = ()
    deleted: tuple[tuple[int, Recording], ...] = ()

    def __iter__(self) -> Iterator[Recording]:
        return iter(self.listed)

    def and_also(self, branch: Recording) -> Branches:
        """Return these and a new one at the end."""
        return replace(self, listed=(*self.listed, branch))

    def without(self, branch: Recording) -> Branches:
        """Return these without one, which can come back; the oldest that could is forgotten."""
        at = self.listed.index(branch)
        deleted = (*self.deleted, (at, branch))
        for _, gone in deleted[:-MOST_DELETED]:
            leave_budget(gone)
        return Branches(self.listed[:at] + self.listed[at + 1 :], deleted[-MOST_DELETED:])

    def again(self, branch: Recording | None = None) -> Branches:
        """Return these with a deleted one where it stood, the last unless another is named."""
        known = [one for _, one in self.deleted]
        if branch is None and known:
            branch = known[-1]
        if branch is None or branch not in known:
            return self
        place = known.index(branch)
        at = self.deleted[place][0]
        deleted = self.deleted[:place] + self.deleted[place + 1 :]
        return Branches((*self.listed[:at], branch, *self.listed[at:]), deleted)

    def free_name(self, name: str) -> str:
        """Return a name that no branch has, by a number where it is taken."""
        # Also those that may come back, and that others say they came from.
        taken = {branch.name for branch in (*self.listed, *(one for _, one in self.deleted))}
        numbers = (f"{name} {number}" for number in range(2, len(taken) + 3))
        return name if name not in taken else next(n for n in numbers if n not in taken)

    def rename(self, branch: Recording, name: str) -> None:
        """Give a branch another name, also where others say that they came from it."""
        old, branch.name = branch.name, self.free_name(name)
        for other in (*self.listed, *(one for _, one in self.deleted)):
            if other.origin is not None and other.origin[0] == old:
                other.origin = (branch.name, other.origin[1])


def leave_budget(branch: Recording) -> None:
    """Count the keyframes of a branch no more that cannot come back."""
    branch.keyframes.budget.leave(branch.keyframes)
