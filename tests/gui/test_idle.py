"""A window that nobody touches does nothing."""

from __future__ import annotations

from collections import Counter

import pytest
from PyQt6.QtCore import QEvent, QObject, QTimer

from visualizer.panels import panel_types

RESTLESS = {
    QEvent.Type.LayoutRequest,
    QEvent.Type.UpdateRequest,
    QEvent.Type.FontChange,
    QEvent.Type.Paint,
}
ROUNDS = 60
"""Times the event loop is gone through; a loop of layouts and paints shows in each of them."""


class Watch(QObject):
    """Counts what makes a window work, in all of its widgets."""

    def __init__(self, app) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self._app = app
        app.installEventFilter(self)

    def eventFilter(self, watched, event) -> bool:
        if event.type() in RESTLESS:
            self.counts[f"{event.type().name} of {type(watched).__name__}"] += 1
        return False

    def stop(self) -> None:
        self._app.removeEventFilter(self)


def go_round(qtbot, rounds: int) -> None:
    """Go through the event loop so many times."""
    left = [rounds]
    timer = QTimer()
    timer.timeout.connect(lambda: left.__setitem__(0, left[0] - 1))
    timer.start(0)
    qtbot.waitUntil(lambda: left[0] <= 0)
    timer.stop()


@pytest.mark.parametrize("key", [kind.key for kind in panel_types()])
def test_nothing_is_painted_while_nothing_happens(qapp, window, qtbot, key):
    window.view.arrangement.bring_forward(key)
    window.viewer.step(2)
    qtbot.waitUntil(lambda: window.viewer.frame.epoch == 2 and not window.viewer.training)
    background = window.view.background
    qtbot.waitUntil(lambda: not background._waiting and background._working_on is None)
    go_round(qtbot, ROUNDS)  # what the last frame asked for
    watch = Watch(qapp)
    try:
        go_round(qtbot, ROUNDS)
    finally:
        watch.stop()
    assert sum(watch.counts.values()) < ROUNDS // 2, watch.counts
