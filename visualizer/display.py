"""Whether a window can open here, asked before Qt is: Qt answers by aborting.

A ``QApplication`` that finds no usable platform plugin ends the whole process
with ``SIGABRT`` and, often, a core dump. Everything it would trip over is tried
here first. Standard library only.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from visualizer import system_libraries

RENDER = "`python main.py render --out frames` draws to files without a display"
VNC = "`QT_QPA_PLATFORM=vnc python main.py` serves the window to a VNC viewer"

_OWN_CHECKS = ("xcb", "wayland", "vnc", "offscreen", "minimal")
_PROBE = "from PyQt6.QtGui import QGuiApplication; QGuiApplication([])"


def display_problem() -> str | None:
    """Say in one line why no window can open.

    ``QT_QPA_PLATFORM`` is respected: with ``offscreen`` the answer is whether
    pictures can be drawn without a display.

    Returns
    -------
    str or None
        What is wrong and the ways out, or None when a window can open; always
        None on macOS and Windows, where the wheel brings all it needs.
    """
    if not sys.platform.startswith("linux"):
        return None
    if lacking := system_libraries.missing():
        return _lacking(lacking)  # rendering needs these too, so there is no way round
    problems = []
    for platform in platforms():
        problem = platform_problem(platform)
        if problem is None:
            return None
        problems.append(problem)
    problem = "; ".join(dict.fromkeys(problems)) or (
        "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    )
    ways_out = [RENDER] if system_libraries.missing(["vnc"]) else [RENDER, VNC]
    return f"no window can open: {problem}; {', '.join(ways_out)}"


def platforms() -> list[str]:
    """List the platform plugins that Qt would try, in its order.

    Returns
    -------
    list of str
        Names with their options, like ``vnc:port=5901``; empty when nothing
        in the environment points to a display.
    """
    if chosen := os.environ.get("QT_QPA_PLATFORM", "").strip():
        return [name for name in chosen.split(";") if name]
    found = []
    if os.environ.get("WAYLAND_DISPLAY") or os.environ.get("XDG_SESSION_TYPE") == "wayland":
        found.append("wayland")
    if os.environ.get("DISPLAY"):
        found.append("xcb")
    return found


def platform_problem(platform: str) -> str | None:
    """Say why one platform plugin, as :func:`platforms` names it, cannot show a window."""
    name = platform.split(":")[0]
    known = _plugins()
    if name not in known and not _has_own_plugins():
        return f"QT_QPA_PLATFORM names {name!r}, which is none of {', '.join(sorted(known))}"
    base = "wayland" if name.startswith("wayland") else name
    if lacking := system_libraries.missing([base] if base in system_libraries.LIBRARIES else []):
        return _lacking(lacking)
    if base == "xcb":
        return _x_problem(os.environ.get("DISPLAY", ""))
    if base == "wayland":
        return _wayland_problem()
    if base == "vnc":
        return _vnc_problem(platform)
    if base in _OWN_CHECKS:
        return None
    return _probe(platform)


def _lacking(lacking: list[tuple[str, str]]) -> str:
    names = ", ".join(soname for soname, _ in lacking)
    noun = "library" if len(lacking) == 1 else "libraries"
    return f"missing system {noun} {names}: {system_libraries.how_to_install(lacking)}"


def _plugins() -> set[str]:
    """Give the names the installed wheel answers to, or the usual ones before it is there."""
    found = {"xcb", "wayland", "wayland-egl", "vnc", "offscreen", "minimal"}
    spec = importlib.util.find_spec("PyQt6")
    for folder in (spec and spec.submodule_search_locations) or []:
        plugins = Path(folder, "Qt6", "plugins", "platforms").glob("libq*.so")
        found |= {plugin.stem.removeprefix("libq") for plugin in plugins}
    return found


def _has_own_plugins() -> bool:
    return any(os.environ.get(f"QT_{name}") for name in ("PLUGIN_PATH", "QPA_PLATFORM_PLUGIN_PATH"))


def _x_problem(display: str) -> str | None:
    """Connect exactly as Qt would, permission included, and hang up."""
    if not display:
        return "there is no X display (DISPLAY is not set)"
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        return str(error)
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    with _Unheard() as unheard:
        connection = xcb.xcb_connect(os.fsencode(display), None)
        failed = bool(xcb.xcb_connection_has_error(connection))
        xcb.xcb_disconnect(connection)
    if not failed:
        return None
    said = f" ({unheard.text})" if unheard.text else ""
    return f"the X server of DISPLAY={display} does not answer or refuses the connection{said}"


class _Unheard:
    """Keeps what C code writes to standard error: libxcb prints there why it is refused."""

    text = ""

    def __enter__(self) -> _Unheard:
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        try:
            self._kept: int | None = os.dup(2)
        except OSError:  # started with standard error closed
            self._kept = None
        os.dup2(write, 2)
        os.close(write)
        return self

    def __exit__(self, *_: object) -> None:
        if self._kept is None:
            os.close(2)
        else:
            os.dup2(self._kept, 2)
            os.close(self._kept)
        with os.fdopen(self._read, "rb", buffering=0) as pipe:
            self.text = " ".join((pipe.read() or b"").decode(errors="replace").split())


def _wayland_problem() -> str | None:
    if os.environ.get("WAYLAND_SOCKET"):  # a connection somebody already opened for us
        return None
    name = os.environ.get("WAYLAND_DISPLAY") or "wayland-0"
    address = Path(os.environ.get("XDG_RUNTIME_DIR", ""), name)
    if not address.is_absolute():
        return f"WAYLAND_DISPLAY={name} needs XDG_RUNTIME_DIR, which is not set"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(address))
        except OSError as error:
            return f"no Wayland compositor answers at {address} ({error.strerror or error})"
    return None


def _vnc_problem(platform: str) -> str | None:
    """Try the port: with a taken one Qt only warns, and nobody ever sees the window."""
    options = dict(re.findall(r":(\w+)=([^:]*)", platform))
    port = options.get("port", "5900")
    host = options.get("addr", "")
    if not port.isdigit() or int(port) > 65535:
        return f"QT_QPA_PLATFORM={platform}: {port!r} is not a port"
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((host, int(port)))
        except OSError as error:
            reason = error.strerror or error
            return f"QT_QPA_PLATFORM={platform}: port {port} cannot be used ({reason})"
    return None


def _probe(platform: str) -> str | None:
    """Let another process try what cannot be asked beforehand (``eglfs``, ``linuxfb``, …)."""
    environment = os.environ | {"QT_QPA_PLATFORM": platform}
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"QT_QPA_PLATFORM={platform} does not start ({error})"
    if done.returncode == 0:
        return None
    said = [line for line in done.stderr.splitlines() if line.strip()]
    return f"QT_QPA_PLATFORM={platform} does not start ({said[-1] if said else done.returncode})"
