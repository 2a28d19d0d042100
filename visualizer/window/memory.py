"""What the window remembers from one time to the next: where it was, what was looked at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PyQt6.QtCore import QByteArray, QSettings, Qt

from nnfs_core.history.keyframes import DEFAULT_LIMIT
from visualizer.style.text_size import scaled
from visualizer.view.transport_bar import SPEEDS
from visualizer.window.first_geometry import FirstGeometry

if TYPE_CHECKING:
    from visualizer.window.main_window import MainWindow

FIRST_SIZE = (1440, 900)

MIB = 2**20

REMEMBERED = ("network", "weights")
"""Panels in which one sees next time what one chose to see: lenses, scale, connections."""

FIRST_SPEED = 30
"""Epochs per second for someone who has never chosen: slow enough to see it learn."""


class Memory:
    """Keeps it in the settings.

    Parameters
    ----------
    window : MainWindow
    settings : QSettings
    """

    def __init__(self, window: MainWindow, settings: QSettings) -> None:
        self._window, self._settings = window, settings

    def keep(self) -> None:
        """Remember the window as it is."""
        window, settings = self._window, self._settings
        settings.setValue("geometry", window.saveGeometry())
        window.workspaces.remember()
        settings.setValue("speed", window.view.bar.speed.value())
        kept = {key: window.view.panels[key].lasting_choices() for key in REMEMBERED}
        settings.setValue("choices", json.dumps(kept))

    def restore(self) -> None:
        """Have the window as it was left."""
        geometry = self._value("geometry")
        if geometry is None or not self._window.restoreGeometry(geometry):
            FirstGeometry(self._window, (scaled(FIRST_SIZE[0]), scaled(FIRST_SIZE[1])))
        self._window.view.resize(self._window.size())
        self._window.workspaces.start()
        # Not on the first button: that would be Restart, ringed as if it were meant.
        self._window.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._window.view.setFocus()
        try:
            self._window.viewer.keyframe_limit = MIB * int(self._settings.value("keyframes", 256))
        except (TypeError, ValueError):
            self._window.viewer.keyframe_limit = DEFAULT_LIMIT
        try:
            speed = int(self._settings.value("speed", SPEEDS.index(FIRST_SPEED)))
        except (TypeError, ValueError):
            speed = SPEEDS.index(FIRST_SPEED)
        self._window.viewer.set_rate(SPEEDS[speed] if 0 <= speed < len(SPEEDS) else FIRST_SPEED)
        self._restore_choices()

    def _restore_choices(self) -> None:
        """Look at the weights as last time; what is not understood is left as it is."""
        try:
            kept = json.loads(str(self._settings.value("choices", "{}")))
            for key in REMEMBERED:
                self._window.view.panels[key].choose(dict(kept.get(key, {})))
        except (AttributeError, TypeError, ValueError):
            self._settings.remove("choices")

    def _value(self, name: str) -> QByteArray | None:
        # A file that something else has written may hold anything.
        value = self._settings.value(name)
        return value if isinstance(value, QByteArray) else None
