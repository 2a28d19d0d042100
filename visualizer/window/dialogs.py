"""What opens over the window and asks, or lists: keys, words, examples, memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QDialog, QInputDialog

from nnfs_core.experiment import presets
from visualizer.style.theme import LIGHT
from visualizer.window.examples import ExamplesDialog
from visualizer.window.glossary_dialog import GlossaryDialog
from visualizer.window.keys_dialog import KeysDialog
from visualizer.window.memory import MIB

if TYPE_CHECKING:
    from visualizer.window.main_window import MainWindow


class Dialogs:
    """Opens them; each is gone once it is answered.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def show_keys(self) -> None:
        """List every key."""
        self._show(KeysDialog(self._window, self._window.commands.groups))

    def show_words(self) -> None:
        """Show every technical word and what it means."""
        self._show(GlossaryDialog(self._window, self._window.view.palette_now))

    def show_examples(self) -> None:
        """Show the examples, and start the one that is chosen."""
        theme = "light" if self._window.view.palette_now is LIGHT else "dark"
        dialog = ExamplesDialog(self._window, theme)
        dialog.chosen.connect(self._start_example)
        self._show(dialog)

    def _show(self, dialog: QDialog) -> None:
        try:
            dialog.exec()
        finally:
            dialog.deleteLater()

    def _start_example(self, name: str) -> None:
        if not self._window.closed:
            self._window.start(presets()[name], name)

    def ask_memory(self) -> None:
        """Ask how much memory a run may take for going back."""
        viewer = self._window.viewer
        wanted, accepted = QInputDialog.getInt(
            self._window,
            "Memory for going back",
            "MiB of keyframes a run may hold (from the next run on)",
            viewer.keyframe_limit // MIB,
            1,
            65_536,
        )
        if accepted:
            viewer.keyframe_limit = wanted * MIB
            self._window.settings.setValue("keyframes", wanted)
