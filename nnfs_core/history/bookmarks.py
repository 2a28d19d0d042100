"""Bookmarks: epochs of a run that somebody wants to come back to, and what was to be seen there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BeforeValidator

from nnfs_core.model.places import Place

LONGEST_NAME, LONGEST_NOTE = 80, 500
"""Characters of a bookmark's name, and of its note."""

MOST = 200
"""Bookmarks of one branch."""


def _todays_word(part: object) -> object:
    """Return how a part is called now; files of version 3 were once written with another word."""
    return "validation" if part == "held out" else part


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An epoch of a branch, with a name and a note, and what was chosen to be looked at.

    Attributes
    ----------
    epoch : int
    name, note : str
        Each one line; the note may be empty.
    part : str
        Of the sample: ``"train"`` or ``"validation"``.
    index : int
        Its row in that part.
    selection : Place or None
        The number that was explained.
    lenses : dict of str to str
        What the two columns of Weights showed, by ``"left"`` and ``"right"``.
    workspace : str
    """

    epoch: int
    name: str
    note: str = ""
    part: Annotated[Literal["train", "validation"], BeforeValidator(_todays_word)] = "validation"
    index: int = 0
    selection: Place | None = None
    lenses: dict[str, str] = field(default_factory=dict)
    workspace: str = ""

    @property
    def fits(self) -> bool:
        """Whether its words are no longer than they may be, and there is a name."""
        words = [*self.lenses, *self.lenses.values(), self.workspace]
        short = all(len(word) <= LONGEST_NAME for word in words) and len(self.lenses) <= 2
        name = 0 < len(self.name) <= LONGEST_NAME and "\n" not in self.name + self.note
        return name and short and len(self.note) <= LONGEST_NOTE
