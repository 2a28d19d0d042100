"""What a test has left behind: windows, and threads that still run."""

from __future__ import annotations

import gc
from collections.abc import Iterable

from PyQt6 import sip
from PyQt6.QtCore import QCoreApplication, QEvent, QThread
from PyQt6.QtWidgets import QApplication, QMainWindow, QWidget


def leftovers(before: Iterable[QWidget], threads: Iterable[QThread]) -> list[str]:
    """Name the windows that were not there before, and the threads that still run."""
    # What was told to go away goes when events are delivered; nobody else does that here.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if _windows(before):
        # Those that nobody holds any more, but for themselves, go with the next collection.
        gc.collect()
    found = [f"a window: {widget!r}" for widget in _windows(before)]
    running = [
        f"a thread: {thread!r}"
        for thread in threads
        if not sip.isdeleted(thread) and thread.isRunning()
    ]
    return found + running


def _windows(before: Iterable[QWidget]) -> list[QWidget]:
    new = set(QApplication.topLevelWidgets()) - set(before)
    return [one for one in new if one.isVisible() or isinstance(one, QMainWindow)]
