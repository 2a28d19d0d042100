"""How large text is, and with it everything that is drawn for text to stand in or beside.

One factor for the whole program, as a desktop's own font size is. Sizes in this program are written
down as they are at 100 %, and go through :func:`scaled` where something is laid out or painted.
"""

from __future__ import annotations

SIZES = (80, 90, 100, 110, 125, 150, 175, 200, 225, 250)
"""What can be chosen, in per cent."""

_chosen = [100]


def text_size() -> int:
    """Return the size of text, in per cent."""
    return _chosen[0]


def set_text_size(percent: int) -> None:
    """Choose the size of text; what is there already asks for it again when it takes a palette.

    Parameters
    ----------
    percent : int
        One of :data:`SIZES`; anything else is taken to the nearest of them.
    """
    _chosen[0] = min(SIZES, key=lambda size: abs(size - percent))


def factor() -> float:
    """Return how many times as large as at 100 % text is, for what is painted between pixels."""
    return _chosen[0] / 100


def scaled(pixels: float) -> int:
    """Return a length that is so many logical pixels with text at 100 %, at the size of now."""
    return round(pixels * _chosen[0] / 100)
