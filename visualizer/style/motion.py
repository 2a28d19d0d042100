"""Whether what is only there to please the eye may move.

Pictures of a run that goes on are what one came for and are no motion of this kind; a bar that runs
to and fro, something that slides in or blinks is. Whoever adds such a thing asks here first.
"""

from __future__ import annotations

import configparser
import os
import sys
from pathlib import Path

_wanted: list[bool | None] = [None]


def reduced() -> bool:
    """Return whether nothing is to move that need not: as chosen, or as the desktop has it."""
    return wanted_by_the_desktop() if _wanted[0] is None else _wanted[0]


def choose(wanted: bool | None) -> None:
    """Choose whether motion is reduced; None: as the desktop has it."""
    _wanted[0] = wanted


def wanted_by_the_desktop(platform: str = sys.platform) -> bool:
    """Return whether the desktop was told to reduce motion, as far as that can be read at once."""
    if platform == "win32":
        return _windows_stands_still()
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    kde = _read(home / "kdeglobals", "KDE", "AnimationDurationFactor")
    gtk = [
        _read(home / f"gtk-{n}.0/settings.ini", "Settings", "gtk-enable-animations") for n in (4, 3)
    ]
    return _is_zero(kde) or any(one.lower() in ("0", "false") for one in gtk)


def _is_zero(text: str) -> bool:
    try:
        return float(text) == 0
    except ValueError:
        return False


def _read(path: Path, section: str, key: str) -> str:
    """Return what a settings file says; nothing where it cannot be read, for whatever reason."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read(path, "utf-8")
        return parser.get(section, key, fallback="")
    except (OSError, ValueError, configparser.Error):
        return ""


def _windows_stands_still() -> bool:  # pragma: no cover - Windows alone
    import ctypes

    animates, get_client_area_animation = ctypes.c_int(1), 0x1042
    user32 = ctypes.windll.user32  # type: ignore[attr-defined,unused-ignore]
    known = user32.SystemParametersInfoW(get_client_area_animation, 0, ctypes.byref(animates), 0)
    return bool(known) and not animates.value
