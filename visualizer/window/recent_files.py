"""The files that were opened last, for the menu."""

from __future__ import annotations

import json
from pathlib import Path

from PyQt6.QtCore import QSettings

MOST = 10


class RecentFiles:
    """Paths, the newest first, kept in the settings; those that are gone are left out."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def add(self, path: Path) -> None:
        """Remember a file that was opened."""
        path = path.absolute()
        kept = [path, *(one for one in self._kept() if one != path)][:MOST]
        self._settings.setValue("recent", json.dumps([str(one) for one in kept]))

    def there(self) -> list[Path]:
        """Return those that can still be opened."""
        return [path for path in self._kept() if _exists(path)]

    def clear(self) -> None:
        """Forget all."""
        self._settings.remove("recent")

    def _kept(self) -> list[Path]:
        # A file that something else has written may hold anything.
        try:
            kept = json.loads(str(self._settings.value("recent", "[]")))
            return [Path(one) for one in kept if isinstance(one, str)][:MOST]
        except (TypeError, ValueError):
            return []


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
