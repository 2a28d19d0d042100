"""Paths that Qt names, as Python opens them."""

from __future__ import annotations

import os
from pathlib import Path

from PyQt6.QtCore import QMimeData


def python_path(name: str) -> Path:
    """Return the path of a file that a dialog, a drop or the settings name.

    Outside Windows names are bytes. Qt reads them as UTF-8 whatever the locale, Python by the
    locale: where that has no umlauts (``LC_ALL=C PYTHONUTF8=0``), Qt's text cannot be opened.
    """
    if os.name == "nt":
        return Path(name)
    return Path(os.fsdecode(name.encode("utf-8", "surrogateescape")))


def local_files(data: QMimeData) -> list[Path]:
    """Return the files that were dropped, or are on the clipboard."""
    return [python_path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
