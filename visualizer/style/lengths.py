"""Lengths of widgets and layouts that follow the size of text.

A widget that paints asks for lengths while it paints. What Qt lays out is told its lengths once,
so they are written down here, as they are with text at 100 %, and set again at every other size.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from PyQt6 import sip
from PyQt6.QtCore import QObject

from visualizer.style.text_size import scaled, text_size

_kept: WeakKeyDictionary[QObject, dict[str, tuple[float, ...]]] = WeakKeyDictionary()
_set_at = [100]


def keep(thing: Any, setter: str, *pixels: float) -> None:
    """Set a length of a widget or a layout now, and again at every size of text.

    Parameters
    ----------
    thing : QWidget or QLayout
    setter : str
        The method that takes the lengths: ``setFixedHeight``, ``setContentsMargins`` …
    *pixels : float
        Logical pixels with text at 100 %.
    """
    _kept.setdefault(thing, {})[setter] = pixels
    getattr(thing, setter)(*map(scaled, pixels))


def set_again() -> None:
    """Set every length at the size of text of now; nothing where that is done already."""
    if _set_at[0] == text_size():
        return
    _set_at[0] = text_size()
    for thing, setters in list(_kept.items()):
        if not sip.isdeleted(thing):
            for setter, pixels in setters.items():
                getattr(thing, setter)(*map(scaled, pixels))
