"""A screen to measure windows of 1440 × 900 on, of an X server without a monitor, and a home."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

SIZE = (1440, 900)

SCREEN = (1600, 1000)
"""Of the X server: a first window is not as large as its screen, for a frame must have room."""

HOMES = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "runtime",
}
"""Where a program remembers things: nothing of the user's is read, and nothing is left there."""

REMEMBERING = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
"""Those of them that hold more than caches: the window's size and its panels, and runs."""


def missing() -> str:
    """Say why there can be no such screen; empty when there can."""
    return "" if shutil.which("Xvfb") else "left out: Xvfb is not installed"


class XScreen:
    """A screen for as long as the ``with`` block lasts.

    Attributes
    ----------
    environment : dict
        For programs that are to open their windows there.
    """

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        self._server: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> XScreen:
        """Start the server, on whatever number is free."""
        read, write = os.pipe()
        width, height = SCREEN
        screen = ["-screen", "0", f"{width}x{height}x24"]
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), *screen, "-nolisten", "tcp", "-noreset"],
            pass_fds=[write],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as numbers:
            number = numbers.readline().strip()
        if not number:
            self._server.wait()
            raise OSError("Xvfb ended before it had a screen")
        self._folder = tempfile.TemporaryDirectory(prefix="nnfs-bench-")
        home = own_home(os.environ, Path(self._folder.name))
        self.environment = {**home, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        return self

    def forget(self) -> None:
        """Have the next program start as for someone who has never opened it.

        What it and its libraries keep to be quicker, such as lists of fonts, stays.
        """
        for name in REMEMBERING:
            folder = Path(self.environment[name])
            shutil.rmtree(folder)
            folder.mkdir(mode=0o700)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it and forget the home."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait()
        if self._folder is not None:
            self._folder.cleanup()


def own_home(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return an environment whose programs remember things in a folder, with Qt as it comes."""
    foreign = ("QT_", "XDG_", "WAYLAND", "NNFS_")
    kept = {
        name: value
        for name, value in environment.items()
        if name == "NNFS_DATA_DIR" or not name.startswith(foreign)
    }
    for name, inside in HOMES.items():
        path = folder / inside
        path.mkdir(mode=0o700, exist_ok=True)
        kept[name] = str(path)
    return kept
