"""What this program finds on the machine it runs on, and what to do about what is wrong.

Works without Qt too: that it does not load is one of the findings.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from visualizer import display, system_libraries

VARIABLES = {
    "OPENBLAS_CORETYPE": (
        "makes OpenBLAS use the kernels of another processor; Haswell's have no fast way for "
        "small matrices and train about half as fast",
        "unset it, unless it is there for a reason",
    ),
    "OPENBLAS_L2_SIZE": (
        "makes OpenBLAS cut matrices for another cache than this processor has",
        "unset it, unless it is there for a reason",
    ),
    "OPENBLAS_NUM_THREADS": ("limits the threads of OpenBLAS", ""),
    "OMP_NUM_THREADS": ("limits the threads of OpenMP and of most BLAS libraries", ""),
    "MKL_NUM_THREADS": ("limits the threads of Intel MKL", ""),
}
"""Environment variables that change how fast training is: meaning, and what to do."""

NO_HOME = "there is no home folder"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    name, value : str
        What was looked at, and what is there.
    advice : str
        What to do about it; empty when all is well.
    fatal : bool
        Whether neither a window nor a picture is possible because of it.
    """

    name: str
    value: str
    advice: str = ""
    fatal: bool = False


Section = tuple[str, list[Finding]]


def examine(data_dir: Path | None = None) -> tuple[list[Section], bool]:
    """Look at everything.

    Parameters
    ----------
    data_dir : Path, optional
        The folder that ``--data-dir`` names.

    Returns
    -------
    sections : list of (title, findings)
    ok : bool
        Whether a window, or at least ``render``, works here.
    """
    sections = [
        ("Versions", versions()),
        ("Window", window()),
        ("Speed", speed()),
        ("Data", data(data_dir)),
        ("Files", files()),
    ]
    return sections, not any(finding.fatal for _, findings in sections for finding in findings)


def versions() -> list[Finding]:
    """Versions of this program, of Python, and of what it stands on."""
    from nnfs_core import __version__

    found = [
        Finding("nnfs-visualizer", __version__),
        Finding("Python", f"{platform.python_version()} ({sys.executable})"),
        Finding("system", f"{platform.platform()}"),
    ]
    for name in ("numpy", "PyQt6", "PyQt6-Qt6", "pyqtgraph", "pydantic", "typer"):
        try:
            found.append(Finding(name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            if name == "PyQt6-Qt6":  # a system's own PyQt6 has no wheel beside it
                continue
            found.append(Finding(name, "not installed", "run `python3 dev.py setup`", fatal=True))
    return found


def window() -> list[Finding]:
    """Whether Qt loads, which platform plugin it would use, and what stands in the way."""
    found = [_qt()]
    usable = [name for name in display.platforms() if not display.platform_problem(name)]
    if sys.platform.startswith("linux"):
        problem = display.display_problem()
        # The whole sentence is about a window, so it is no reason to fail: render may work.
        found.append(Finding("platform plugin", usable[0] if usable else "none", problem or ""))
        found.append(_libraries())
        found.append(_fonts())
    else:
        name = {"darwin": "cocoa", "win32": "windows"}.get(sys.platform, sys.platform)
        found.append(Finding("platform plugin", os.environ.get("QT_QPA_PLATFORM") or name))
    for variable in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY", "QT_SCALE_FACTOR"):
        if value := os.environ.get(variable):
            found.append(Finding(variable, value))
    return found


def _qt() -> Finding:
    try:
        from PyQt6.QtCore import qVersion
        from PyQt6.QtWidgets import QApplication  # noqa: F401 - whether it loads is the question
    except ImportError as error:
        lacking = system_libraries.missing()
        how = system_libraries.how_to_install(lacking) if lacking else "run `python3 dev.py setup`"
        return Finding("Qt", f"does not load: {error}", how, fatal=True)
    return Finding("Qt", f"{qVersion()} loads")


def _libraries() -> Finding:
    lacking = system_libraries.missing(system_libraries.LIBRARIES)
    if not lacking:
        return Finding("system libraries", "all there")
    names = ", ".join(soname for soname, _ in lacking)
    return Finding("system libraries", f"{names} missing", system_libraries.how_to_install(lacking))


def _fonts() -> Finding:
    number = len(system_libraries.font_files())
    packages = system_libraries.missing_fonts()
    if not packages:
        return Finding("fonts", f"{number} files, Inter among them")
    how = f"run `{system_libraries.install_command(packages)}`" if number == 0 else ""
    if not number:
        return Finding("fonts", "none: every text is blank or boxes", how)
    value = f"{number} files; without Inter another one stands in"
    return Finding("fonts", value if "fonts-inter" in packages else f"{number} files")


def speed() -> list[Finding]:
    """Cores, the BLAS that NumPy multiplies with, and variables that slow it down."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = [Finding("cores", f"{usable} usable of {os.cpu_count()}")]
    try:
        import numpy  # noqa: F401 - the library it brings is looked at
        from threadpoolctl import threadpool_info  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        return [*found, Finding("BLAS", f"NumPy does not load: {error}", "reinstall it", True)]
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    for library in libraries:
        parts = [library["internal_api"], library.get("version"), library.get("architecture")]
        text = " ".join(str(part) for part in parts if part)
        found.append(Finding("BLAS", f"{text}, {library['num_threads']} threads"))
    if not libraries:
        found.append(Finding("BLAS", "none that threadpoolctl knows"))
    for variable, (meaning, advice) in VARIABLES.items():
        if value := os.environ.get(variable):
            found.append(Finding(variable, f"{value}: {meaning}", advice))
    return found


def data(data_dir: Path | None = None) -> list[Finding]:
    """Where MNIST is looked for, in that order, and what is there."""
    from nnfs_core.data.mnist import FOLDER_VARIABLE, cache_folder

    named = os.environ.get(FOLDER_VARIABLE)
    places = [
        ("--data-dir", data_dir),
        (FOLDER_VARIABLE, _as_given(named) if named else None),
        ("cache", cache_folder()),
    ]
    found = [Finding("digits", "part of the program")]
    used = False  # only the first place that is named counts
    for name, folder in places:
        if folder is None:
            value = NO_HOME if name == "cache" else "not given"
            found.append(Finding(f"mnist, {name}", value))
            continue
        there, absent = _mnist_files(folder)
        advice = ""
        if absent and not used:
            advice = (
                "downloaded at first use; or name a folder of the four files with --data-dir DIR"
                if name == "cache"
                else f"put {', '.join(absent)} there, plain or .gz, or name another folder"
            )
        value = f"{folder}: {', '.join(there) or 'none of the four files'}"
        found.append(Finding(f"mnist, {name}", value + (" (not used)" if used else ""), advice))
        used = True
    return found


def _as_given(folder: str) -> Path:
    """Return a folder as the loader takes it; one that cannot be is shown as it was written."""
    from nnfs_core.disk.whole import user_path
    from nnfs_core.errors import UserError

    try:
        return user_path(folder)
    except UserError:
        return Path(folder)


def _mnist_files(folder: Path) -> tuple[list[str], list[str]]:
    """Give the names of the files that are there, and of those that are not."""
    from nnfs_core.data.idx_folder import NAMES, find_file

    there = absent = list[str]()
    for place in (folder, folder / "mnist"):  # the loader looks into a folder of that name too
        files = {name: find_file(place, name) for name in NAMES}
        there = [file.name for file in files.values() if file is not None]
        absent = [name for name, file in files.items() if file is None]
        if there:
            break
    return there, absent


def files() -> list[Finding]:
    """Where this program itself writes, without being asked for each file."""
    from nnfs_core.data.mnist import cache_folder

    found = [_writable("cache", cache_folder())]
    try:
        from visualizer.kit.qt_path import python_path
        from visualizer.state.autosave import folder
        from visualizer.window.settings import settings
    except ImportError:
        return found  # what does not load is said under Window
    found.append(_writable("settings", python_path(settings().fileName()).parent))
    return [*found, _writable("autosave", folder())]


def _writable(name: str, folder: Path | None) -> Finding:
    """Ask the nearest folder that exists, so that nothing is made by asking."""
    if folder is None:
        return Finding(name, NO_HOME, "set HOME")
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return Finding(name, str(folder))
    return Finding(name, f"{folder} cannot be written", f"make {nearest} a folder you may write")
