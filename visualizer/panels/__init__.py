"""The panels of the window, one file each; dropping a file in is enough to add one."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from visualizer.panels.base import Panel


@cache
def panel_types() -> tuple[type[Panel], ...]:
    """Every panel: one for each module of this package that defines ``PANEL``, in order."""
    modules = (
        importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
    )
    found = (module.PANEL for module in modules if hasattr(module, "PANEL"))
    return tuple(sorted(found, key=lambda panel: panel.order))
