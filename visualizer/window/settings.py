"""Where the window keeps what it remembers."""

from __future__ import annotations

from PyQt6.QtCore import QSettings


def settings() -> QSettings:
    """Return where the window remembers its layout, in a file of the user's own."""
    return QSettings(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, "nnfs-visualizer", "window"
    )
