"""A home of its own for the program: nothing is read, remembered or written elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

FOLDERS = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "runtime",
}
ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, display: str | None) -> dict[str, str]:
    """Make the folders and return the variables that lead to them.

    Parameters
    ----------
    folder : Path
    display : str or None
        An X display; None for Qt's offscreen platform.
    """
    left = ("QT_", "XDG_", "WAYLAND", "NNFS_", "PYTHON", "DISPLAY")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left)}
    for name, sub in FOLDERS.items():
        (folder / sub).mkdir(mode=0o700, exist_ok=True)
        kept[name] = str(folder / sub)
    # Nobody is there: what would be downloaded fails at once.
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        kept[name] = "http://127.0.0.1:9"
    kept["PYTHONPATH"] = str(ROOT)
    if display is None:
        return kept | {"QT_QPA_PLATFORM": "offscreen"}
    return kept | {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display}
