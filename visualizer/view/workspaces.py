"""Workspaces: the same panels, arranged for one purpose each. A new one is a few lines here."""

from __future__ import annotations

from dataclasses import dataclass, replace

LOW, LOWEST, TIGHT = 800, 620, 900
"""Heights of a view, in logical pixels at 100 %, below which :attr:`Workspace.low` and
:attr:`Workspace.lowest` hold, and the width below which :attr:`Workspace.tight` does."""


DRAWERS = ("experiment", "samples")
"""Panels that open like drawers, in the order of their handles."""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels that share a place as tabs, the first on top.

    Attributes
    ----------
    keys : tuple of str
    share : int
        Height in relation to the other rows of its column.
    """

    keys: tuple[str, ...]
    share: int = 1


Columns = dict[str, tuple[Row, ...]]
"""Rows from the top, for ``left``, ``centre`` and ``right``; a column may be left out."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """What an arrangement of panels is for, and where they first stand in it.

    Attributes
    ----------
    name : str
        In settings, bookmarks and files.
    title : str
        On screen.
    about : str
        A sentence that says what it is for.
    columns : dict
        Where panels stand. Those that are named nowhere are closed, and come as a tab of the last.
    widths : dict
        Logical pixels of ``left`` and ``right`` at 100 %; the centre takes the rest.
    narrow : dict
        The same for a view of less than 1250.
    drawers : tuple of str
        Panels of the left column that are closed at first, and opened by a handle at the edge.
    tight : tuple of str
        What is a drawer too in a view narrower than :data:`TIGHT`.
    low, lowest : dict or None
        Columns of a view that is lower than :data:`LOW` and :data:`LOWEST`, where they differ.
    words : bool
        Whether the strip that says what is happening is there.
    """

    name: str
    title: str
    about: str
    columns: Columns
    widths: dict[str, int]
    narrow: dict[str, int]
    drawers: tuple[str, ...] = ()
    tight: tuple[str, ...] = ()
    low: Columns | None = None
    lowest: Columns | None = None
    words: bool = True

    def places(self, height: float) -> Columns:
        """Return the columns of a view of a height, in logical pixels at 100 %."""
        if self.lowest is not None and self.is_lowest(height):
            return self.lowest
        return self.low if self.low is not None and height < LOW else self.columns

    def is_lowest(self, height: float) -> bool:
        """Say whether panels share one place in each column, in a view of a height at 100 %."""
        return self.lowest is not None and height < LOWEST

    def drawers_in(self, width: float) -> tuple[str, ...]:
        """Return the drawers of a view of a width, in logical pixels at 100 %."""
        return self.drawers + (self.tight if width < TIGHT else ())


_DRAWERS = (Row(("experiment",)), Row(("samples",)))

WATCH = Workspace(
    "watch",
    "Watch",
    "See it learn: the network, what it says to your drawing, and how wrong it is",
    {
        "left": _DRAWERS,
        "centre": (Row(("network",)),),
        "right": (Row(("draw",), 5), Row(("loss", "accuracy"), 5)),
    },
    {"left": 260, "right": 420},
    {"left": 236, "right": 324},
    drawers=DRAWERS,
)
_DEEP = ("weights", "health", "confusion", "followed")
EXPLAIN = Workspace(
    "explain",
    "Explain",
    "Ask any number why it has its value: click it, and read in the Inspector",
    {
        "left": _DRAWERS,
        "centre": (Row(("network",), 4), Row(_DEEP, 3)),
        "right": (Row(("inspector", "draw"), 11), Row(("loss", "accuracy"), 5)),
    },
    {"left": 244, "right": 580},
    {"left": 236, "right": 324},
    tight=("experiment",),
    low={
        "left": (Row(("experiment",)),),
        "centre": (Row(("network",), 4), Row(_DEEP, 3)),
        "right": (Row(("inspector", "samples", "draw"), 11), Row(("loss", "accuracy"), 5)),
    },
    lowest={
        "left": (Row(("experiment",)),),
        "centre": (Row(("network", *_DEEP)),),
        "right": (Row(("inspector", "samples", "draw")),),
    },
    words=False,
)
DIAGNOSE = Workspace(
    "diagnose",
    "Diagnose",
    "Find out how it is doing: every layer over time, what is taken for what, and where it fails",
    {
        "left": _DRAWERS,
        "centre": (Row(("health",), 5), Row(("followed", "weights"), 4)),
        "right": (Row(("confusion",), 5), Row(("loss", "accuracy"), 4)),
    },
    {"left": 260, "right": 560},
    {"left": 236, "right": 400},
    drawers=DRAWERS,
    lowest={
        "left": _DRAWERS,
        "centre": (Row(("health", "followed", "weights")),),
        "right": (Row(("confusion", "loss", "accuracy")),),
    },
)
WORKSPACES = {one.name: one for one in (WATCH, EXPLAIN, DIAGNOSE)}
"""The workspaces that are always there, in the order of the switch."""


def own(name: str, like: Workspace) -> Workspace:
    """Return a workspace of the person's own, which begins as another one."""
    return replace(like, name=f"own:{name}", title=name, about="A workspace of your own")
