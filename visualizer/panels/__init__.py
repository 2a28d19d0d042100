"""The panels of the window, one folder each; dropping a folder in is enough to add one."""

from __future__ import annotations

from functools import cache

from nnfs_core.registry import members
from visualizer.panels.base import Panel


@cache
def panel_types() -> tuple[type[Panel], ...]:
    """Every panel: one for each folder whose ``panel.py`` defines ``PANEL``, in order."""
    return tuple(sorted(members(__name__, "PANEL", "panel"), key=lambda panel: panel.order))
