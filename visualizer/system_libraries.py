"""The shared libraries and fonts that the PyQt6 wheel expects the system to bring.

A desktop has nearly all of them, a container none. The list is what the loader
asks for (``NEEDED`` entries) in the wheel's QtGui, QtWidgets, QtTest and QtSvg
and in its platform plugins, followed to the end. Standard library only:
``dev.py`` reads this before anything is installed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

LIBRARIES: dict[str, dict[str, str]] = {
    # Without these ``import PyQt6.QtWidgets`` fails, with or without a display.
    "qt": {
        "libstdc++.so.6": "libstdc++6",
        "libz.so.1": "zlib1g",
        "libzstd.so.1": "libzstd1",
        "libglib-2.0.so.0": "libglib2.0-0",
        "libgthread-2.0.so.0": "libglib2.0-0",
        "libdbus-1.so.3": "libdbus-1-3",
        "libfreetype.so.6": "libfreetype6",
        "libfontconfig.so.1": "libfontconfig1",
        "libX11.so.6": "libx11-6",
        "libEGL.so.1": "libegl1",
        "libGL.so.1": "libgl1",
        "libxkbcommon.so.0": "libxkbcommon0",
    },
    # Each of these only keeps its own platform plugin from loading.
    "xcb": {
        "libX11-xcb.so.1": "libx11-xcb1",
        "libxcb.so.1": "libxcb1",
        "libxcb-cursor.so.0": "libxcb-cursor0",
        "libxcb-icccm.so.4": "libxcb-icccm4",
        "libxcb-image.so.0": "libxcb-image0",
        "libxcb-keysyms.so.1": "libxcb-keysyms1",
        "libxcb-randr.so.0": "libxcb-randr0",
        "libxcb-render.so.0": "libxcb-render0",
        "libxcb-render-util.so.0": "libxcb-render-util0",
        "libxcb-shape.so.0": "libxcb-shape0",
        "libxcb-shm.so.0": "libxcb-shm0",
        "libxcb-sync.so.1": "libxcb-sync1",
        "libxcb-util.so.1": "libxcb-util1",
        "libxcb-xfixes.so.0": "libxcb-xfixes0",
        "libxcb-xkb.so.1": "libxcb-xkb1",
        "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    },
    "wayland": {
        "libwayland-client.so.0": "libwayland-client0",
        "libwayland-cursor.so.0": "libwayland-cursor0",
        "libwayland-egl.so.1": "libwayland-egl1",
    },
    "vnc": {
        "libbrotlidec.so.1": "libbrotli1",
        "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    },
}
"""For ``qt`` itself and for each platform plugin: soname → Debian and Ubuntu package."""

FONTS: dict[str, str] = {"Inter": "fonts-inter", "DejaVu": "fonts-dejavu-core"}
"""The fonts the window is designed with, by preference: how the files begin → package."""

_FONT_SUFFIXES = {".ttf", ".otf", ".ttc"}


def missing(groups: Iterable[str] = ("qt",)) -> list[tuple[str, str]]:
    """List the libraries that the loader cannot open, in the order of the table.

    Parameters
    ----------
    groups : iterable of str, optional
        Keys of :data:`LIBRARIES`. By default only what nothing works without,
        drawing to files included; for every kind of display give the table itself.

    Returns
    -------
    list of (soname, package)
        Empty on anything but Linux, where the wheel brings all it needs.
    """
    if not sys.platform.startswith("linux"):
        return []
    return [
        (soname, package)
        for group in groups
        for soname, package in LIBRARIES[group].items()
        if not _opens(soname)
    ]


def _opens(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def missing_fonts() -> list[str]:
    """List the packages of the fonts in :data:`FONTS` that this Linux lacks."""
    if not sys.platform.startswith("linux"):
        return []
    names = font_files()
    return [
        package
        for start, package in FONTS.items()
        if not any(name.startswith(start) for name in names)
    ]


def font_files() -> set[str]:
    """Give the file names of all fonts in the usual directories, without asking fontconfig."""
    directories = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
    for folder in (f"{os.environ.get('XDG_DATA_HOME') or '~/.local/share'}/fonts", "~/.fonts"):
        with contextlib.suppress(RuntimeError):  # a person without a home folder
            directories.append(Path(folder).expanduser())
    return {
        name
        for directory in directories
        for _, _, names in os.walk(directory)
        for name in names
        if Path(name).suffix.lower() in _FONT_SUFFIXES
    }


def can_install() -> bool:
    """Say whether ``apt-get install`` works as it is: it exists, and we are root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def needs_update() -> bool:
    """Say whether apt has never fetched its package lists, as in a fresh container."""
    return not any(Path("/var/lib/apt/lists").glob("*_Packages*"))


def install_command(packages: Sequence[str]) -> str:
    """Give the exact line that installs Debian packages, to be typed into a shell."""
    sudo = "" if hasattr(os, "geteuid") and os.geteuid() == 0 else "sudo "
    update = f"{sudo}apt-get update && " if needs_update() else ""
    return f"{update}{sudo}apt-get install {' '.join(dict.fromkeys(packages))}"


def how_to_install(lacking: Sequence[tuple[str, str]]) -> str:
    """Say, on whatever Linux this is, how to get the libraries :func:`missing` found.

    Returns
    -------
    str
        ``run `command``` where the command is certain, otherwise what to look for.
    """
    if shutil.which("apt-get"):
        return f"run `{install_command([package for _, package in lacking])}`"
    if shutil.which("dnf"):  # Fedora and its kin find a package by what it provides
        bits = "()(64bit)" if sys.maxsize > 2**32 else ""
        provided = " ".join(f"'{soname}{bits}'" for soname, _ in lacking if ".so" in soname)
        return f"run `sudo dnf install {provided}`"
    names = ", ".join(soname for soname, _ in lacking)
    return f"install the packages of your system that hold {names}"
