"""What must hold: in what is said while the program runs, when it stands still, and at its end."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import psutil
from PyQt6 import sip
from PyQt6.QtCore import QThread
from PyQt6.QtWidgets import QApplication

from nnfs_core.text.numbers import loss_text
from visualizer.kit.cover import Cover
from visualizer.window.main_window import MainWindow

FAILED = "something in the program failed"


def said_in_the_window(window: MainWindow) -> str | None:
    """Return the message of the window or of a panel that tells of a fault of the program's."""
    text = window.view.messages.text.text()
    covers = [one.text() for one in window.findChildren(Cover) if one.isVisible() and one.text()]
    return text if FAILED in text else next(iter(covers), None)


def stands_still(window: MainWindow) -> bool:
    """Say whether nothing is under way that would change what is shown."""
    viewer, timeline = window.viewer, window.view.timeline
    return (
        viewer.frame is not None
        and not viewer.training
        and not viewer.playing
        and timeline.track.sought is None
    )


def contradictions(window: MainWindow) -> Iterator[str]:
    """Yield what does not agree with the shown epoch, in a window that stands still."""
    viewer, view = window.viewer, window.view
    frame = viewer.frame
    if frame is None:
        return
    epoch = frame.epoch
    if epoch >= len(viewer.recording):
        yield f"epoch {epoch} is shown, of {len(viewer.recording)} recorded ones"
    if view.bar.numbers.epoch.text() != f"{epoch:,}":
        yield f"the bar says epoch {view.bar.numbers.epoch.text()}, shown is {epoch}"
    if view.timeline.track.shown != epoch:
        yield f"the timeline stands at {view.timeline.track.shown}, shown is {epoch}"
    if not window.windowTitle().startswith(f"epoch {epoch} "):
        yield f"the title is {window.windowTitle()!r}, shown is epoch {epoch}"
    loss = loss_text(frame.metrics.train_loss)
    if view.bar.numbers.loss.text() != loss:
        yield f"the bar says loss {view.bar.numbers.loss.text()}, it is {loss}"
    for key, dock in view.docks.items():
        drawn = view.drawing.drawn.get(key)
        if dock.in_sight and (drawn is None or drawn[0] is not view.drawing.last[0]):
            shows = "nothing" if drawn is None else f"epoch {drawn[0].epoch}, of a picture before"
            yield f"{key} shows {shows}, shown is epoch {epoch}"


def left_over() -> Iterator[str]:
    """Yield what is still there when the program has ended: threads, processes, windows."""
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            yield f"a thread: {thread.name}"
    for one in gc.get_objects():
        if isinstance(one, QThread) and not sip.isdeleted(one) and one.isRunning():
            yield f"a thread of Qt's: {type(one).__name__}"
    for child in psutil.Process().children(recursive=True):
        yield f"a process: {' '.join(child.cmdline())}"
    for top in QApplication.topLevelWidgets():
        if top.isVisible():
            yield f"a window: {type(top).__name__}"
