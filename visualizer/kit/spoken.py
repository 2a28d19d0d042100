"""What those who cannot see a picture are told of it: a sentence, kept up to date now and then.

Every widget that paints has a method ``describe`` that says what it shows at this moment. A
description is no part of a picture: it is written some time after the last one, not with each.
"""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer
from PyQt6.QtWidgets import QApplication, QWidget
from PyQt6.sip import isdeleted

from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.answer import answer_of
from visualizer.state.context import ViewContext
from visualizer.style.painting import described

EVERY = 1000
"""Milliseconds from one time that descriptions are written to the next, while pictures change."""


class Descriptions(QObject):
    """Writes the descriptions of everything in a view that can be seen.

    Parameters
    ----------
    view : QWidget
    """

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.write)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)

    def ask(self) -> None:
        """Have them written soon, since something has changed."""
        if not self._timer.isActive():
            self._timer.start()

    def write(self) -> None:
        """Write them now."""
        for widget in list(described):
            if not isdeleted(widget) and self._has(widget) and widget.isVisible():
                write_description(widget)

    def _has(self, widget: QWidget | None) -> bool:
        """Say whether a widget is in the view, also in a panel that floats."""
        while widget is not None and widget is not self._view:
            widget = widget.parentWidget()
        return widget is not None

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        # What is come to is read out at once.
        if now is not None and self._has(now):
            write_description(now)


def write_description(widget: QWidget) -> None:
    """Have a widget say what it shows to whoever reads screens aloud, if it can."""
    describe: Callable[[], str] | None = getattr(widget, "describe", None)
    if describe is None:
        return
    text = describe()
    if text != widget.accessibleDescription():
        widget.setAccessibleDescription(text)


def network_sentence(frame: EpochFrame, context: ViewContext) -> str:
    """Say which network is shown, at which epoch, and what it answers to the sample."""
    sizes = " to ".join(f"{size:,}" for size in context.run.network.sizes)
    sample = context.sample
    what = (
        "a drawing"
        if sample.part == "drawn"
        else f"{context.run.part_name(sample.part)} #{sample.index}"
    )
    answer = answer_of(context.run, context.trace.answers, sample.label).sentences()[0]
    return f"A network of {sizes} units at epoch {frame.epoch:,}. It is shown {what}: {answer}."
