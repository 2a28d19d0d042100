"""What the colours of the network's picture mean, in plain words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One colour and what it means.

    Attributes
    ----------
    words : str
    colour : str
        The name of a field of :class:`~visualizer.style.theme.Palette`.
    line : bool
        Whether it is the colour of a line, else of a disc.
    """

    words: str
    colour: str
    line: bool


LEGEND = (
    Entry("speaks for it", "positive", True),
    Entry("speaks against it", "negative", True),
    Entry("active", "active", False),
)
