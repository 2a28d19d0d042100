"""What is found by looking: ours in their folders, and those that somebody else adds.

Others come from installed packages, by their entry points, and from a folder of plug-ins that the
person names in :data:`FOLDER`. Nothing is run from a folder that nobody named. What fails is told
in a line, :func:`troubles`, and the program goes on without it.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from nnfs_core.errors import one_line

FOLDER = "NNFS_PLUGINS"
"""The variable of the environment that names a folder with plug-ins: files of Python."""

GROUPS = {
    "OPTIMIZER": "nnfs.optimizers",
    "ACTIVATION": "nnfs.activations",
    "LAYER": "nnfs.layers",
    "TASK": "nnfs.tasks",
    "SOURCE": "nnfs.datasets",
    "PANEL": "nnfs.panels",
}
"""What a module may define, and the group of entry points for the same."""

NEEDED = {
    "OPTIMIZER": ("name", "formula", "slots", "update"),
    "ACTIVATION": ("name", "formula", "slope_formula", "value", "slope", "words"),
    "LAYER": ("name", "of", "shape", "initial", "buffers", "forward", "backward", "pass_back"),
    "TASK": ("name", "losses", "score", "of", "targets", "output", "scored"),
    "SOURCE": ("name", "matches", "read"),
    "PANEL": ("key", "title", "order", "show_frame"),
}
"""What each of them has to have at least."""

_troubles: list[str] = []
_kept: list[tuple[str, Any]] = []


def members(package: str, attribute: str, module: str = "") -> tuple[Any, ...]:
    """Return what the modules of a package define under a name, and then what others add.

    Parameters
    ----------
    package : str
        Its dotted name.
    attribute : str
        One of :data:`GROUPS`, looked for in each module.
    module : str, optional
        Look into this module of each folder of the package, rather than into its own modules.

    Returns
    -------
    tuple
        Ours in the order of the modules' names.
    """
    home = importlib.import_module(package)
    names = sorted(
        f"{package}.{found.name}" + (f".{module}" if module else "")
        for found in pkgutil.iter_modules(home.__path__)
        if found.ispkg == bool(module)
    )
    modules = (importlib.import_module(name) for name in names)
    ours = tuple(getattr(one, attribute) for one in modules if hasattr(one, attribute))
    return ours + added(attribute, {_name(one) for one in ours})


def added(attribute: str, taken: set[str]) -> tuple[Any, ...]:
    """Return what others define under a name: from a named folder, and from installed packages.

    Parameters
    ----------
    attribute : str
        One of :data:`GROUPS`.
    taken : set of str
        Names that ours have already: nothing replaces them.
    """
    result, known = [], set(taken)
    kept = [(attribute, thing) for kind, thing in _kept if kind == attribute]
    for where, thing in (*kept, *_from_folder(attribute), *_from_packages(attribute)):
        missing = [name for name in NEEDED[attribute] if not hasattr(thing, name)]
        if missing:
            _trouble(where, f"its {attribute} has no {', '.join(missing)}")
        elif _name(thing) in known:
            _trouble(where, f"there is already one called {_name(thing)}")
        else:
            known.add(_name(thing))
            result.append(thing)
    return tuple(result)


def troubles() -> tuple[str, ...]:
    """Return what went wrong with plug-ins so far, a line each."""
    return tuple(_troubles)


def is_one(attribute: str, thing: Any) -> bool:
    """Say whether something has all that is needed to be one of :data:`GROUPS`."""
    return all(hasattr(thing, name) for name in NEEDED[attribute])


def keep(attribute: str, thing: Any) -> None:
    """Have something count as added from now on."""
    _kept.append((attribute, thing))


def _name(thing: Any) -> str:
    return str(getattr(thing, "key", None) or getattr(thing, "name", ""))


def _trouble(where: str, what: str) -> None:
    line = one_line(f"plug-in {where}: {what}; it is left out")
    if line not in _troubles:
        _troubles.append(line)


def _from_folder(attribute: str) -> list[tuple[str, Any]]:
    named = os.environ.get(FOLDER)
    if not named:
        return []
    folder, found = Path(named), []
    try:
        files = sorted(folder.glob("*.py")) if folder.is_dir() else None
    except OSError as error:
        files = None
        _trouble(str(folder), str(error.strerror))
    if files is None:
        _trouble(str(folder), f"{FOLDER} names no folder")
        return []
    for file in files:
        try:
            # A panel loads Qt, so that it is run only where panels are asked for.
            wanted = attribute in file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            _trouble(file.name, str(error))
            continue
        module = _loaded(file) if wanted else None
        if module is not None and hasattr(module, attribute):
            found.append((file.name, getattr(module, attribute)))
    return found


@cache
def _loaded(file: Path) -> ModuleType | None:
    """Run a file as a module, once; None where it fails."""
    name = f"nnfs_plugin_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None, "it is a file of Python"
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        _trouble(file.name, f"{type(error).__name__}: {error}")
        return None
    return module


def _from_packages(attribute: str) -> list[tuple[str, Any]]:
    if not _any_installed():
        return []
    from importlib.metadata import entry_points

    found = []
    for entry in sorted(entry_points(group=GROUPS[attribute]), key=lambda entry: entry.name):
        try:
            found.append((f"{entry.name} ({entry.value})", entry.load()))
        except (Exception, SystemExit) as error:
            _trouble(f"{entry.name} ({entry.value})", f"{type(error).__name__}: {error}")
    return found


@cache
def _any_installed() -> bool:
    """Say whether any installed package adds something, without reading all about all of them."""
    for folder in sys.path:
        try:
            inside = [one.path for one in os.scandir(folder or ".") if one.name.endswith("-info")]
        except OSError:
            continue
        for path in inside:
            try:
                if b"[nnfs." in Path(path, "entry_points.txt").read_bytes():
                    return True
            except OSError:
                continue
    return False
