"""What is found by looking into a folder: dropping a file in is enough to add to it."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any


def members(package: str, attribute: str, module: str = "") -> tuple[Any, ...]:
    """Import the modules of a package, and return what those define that define something.

    Parameters
    ----------
    package : str
        Its dotted name.
    attribute : str
        What is looked for in each module, such as ``OPTIMIZER``.
    module : str, optional
        Look into this module of each folder of the package, rather than into its own modules.

    Returns
    -------
    tuple
        In the order of the modules' names.
    """
    home = importlib.import_module(package)
    names = sorted(
        f"{package}.{found.name}" + (f".{module}" if module else "")
        for found in pkgutil.iter_modules(home.__path__)
        if found.ispkg == bool(module)
    )
    modules = (importlib.import_module(name) for name in names)
    return tuple(getattr(one, attribute) for one in modules if hasattr(one, attribute))
