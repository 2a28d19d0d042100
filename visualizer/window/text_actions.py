"""The size of text, and whether things may move: what is offered, and what is remembered."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, QSettings
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QApplication

from visualizer.panels.base import Command
from visualizer.style import motion
from visualizer.style.text_size import SIZES, set_text_size, text_size
from visualizer.style.theme import font

TEXT_SIZE, MOTION = "text size", "reduce motion"


class TextActions:
    """The size of text, and reduced motion, as remembered and as the person wants them.

    Parameters
    ----------
    settings : QSettings
        Where both are remembered. They are as they were last time at once, before there are
        widgets.
    """

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings
        self.on_changed: Callable[[], object] = lambda: None
        """Called when text has another size: lays everything out again."""

        try:
            set_text_size(int(settings.value(TEXT_SIZE, 100)))
        except (TypeError, ValueError, OverflowError):
            set_text_size(100)
        kept = settings.value(MOTION)
        motion.choose(None if kept is None else str(kept) == "true")
        self._tell_qt()

    def commands(self) -> list[Command]:
        """Return what is offered to the keyboard and in the menu."""
        return [
            ("larger text", "Larger text", ["Ctrl++", "Ctrl+="], lambda: self.step(+1)),
            ("smaller text", "Smaller text", ["Ctrl+-"], lambda: self.step(-1)),
            ("usual text", "Text as large as usual", ["Ctrl+0"], lambda: self.choose(100)),
        ]

    def motion_action(self, parent: QObject) -> QAction:
        """Return what a menu offers to keep things from moving."""
        action = QAction("Reduce motion", parent)
        action.setToolTip("Nothing moves that need not; training is shown as ever")
        action.setCheckable(True)
        action.setChecked(motion.reduced())
        action.triggered.connect(self.reduce_motion)
        return action

    def step(self, by: int) -> None:
        """Take the next larger size of text, or the next smaller one."""
        at = SIZES.index(text_size()) + by
        self.choose(SIZES[min(max(at, 0), len(SIZES) - 1)])

    def choose(self, percent: int) -> None:
        """Take a size of text, lay everything out in it, and remember it."""
        before = text_size()
        set_text_size(percent)
        self._settings.setValue(TEXT_SIZE, text_size())
        if text_size() != before:
            self._tell_qt()
            self.on_changed()

    def reduce_motion(self, wanted: bool) -> None:
        """Have nothing move that need not, or let it, and remember that."""
        motion.choose(wanted)
        self._settings.setValue(MOTION, "true" if wanted else "false")

    @staticmethod
    def _tell_qt() -> None:
        """Give what has no style of the window the same text: dialogs of Qt's own."""
        if QApplication.font() != font():
            QApplication.setFont(font())
