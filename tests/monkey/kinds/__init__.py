"""What the monkey can do, a file for each part of the window; importing them registers it."""

from tests.monkey.kinds import (
    branches,
    clipboard,
    dialogs,
    files,
    form,
    keyboard,
    panels,
    pointing,
    popups,
    system,
    windows,
)

__all__ = [
    "branches",
    "clipboard",
    "dialogs",
    "files",
    "form",
    "keyboard",
    "panels",
    "pointing",
    "popups",
    "system",
    "windows",
]
