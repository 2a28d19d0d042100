"""All technical words, to be looked up."""

from __future__ import annotations

from html import escape

from PyQt6.QtWidgets import QDialog, QLineEdit, QTextBrowser, QVBoxLayout, QWidget

from nnfs_core.text.glossary import WORDS
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette


class GlossaryDialog(QDialog):
    """Every word with its line and its formula; typing leaves those that have it in them.

    Parameters
    ----------
    parent : QWidget
    palette : Palette
    """

    def __init__(self, parent: QWidget, palette: Palette) -> None:
        super().__init__(parent)
        self.setWindowTitle("Words")
        self._palette = palette
        self.search = QLineEdit()
        self.search.setPlaceholderText("Look up a word")
        self.search.setAccessibleName("Look up a word")
        self.search.setToolTip("Shows the words that have this in them")
        self.search.textChanged.connect(self._write)
        self.view = QTextBrowser()
        self.view.setAccessibleName("Words and what they mean")
        self.view.setStyleSheet("QTextBrowser { background: transparent; border: none }")
        layout = QVBoxLayout(self)
        keep(layout, "setContentsMargins", 16, 16, 16, 8)
        layout.addWidget(self.search)
        layout.addWidget(self.view, 1)
        self.resize(scaled(620), scaled(640))
        self._write()

    def _write(self) -> None:
        wanted = self.search.text().strip().casefold()
        found = [word for word in WORDS if wanted in word.text.casefold()]
        # Who looks for a word wants the one that is called so, before those that speak of it.
        found.sort(key=lambda word: bool(wanted) and not word.name.startswith(wanted))
        size, dim = scaled(13), self._palette.dim
        lines = [
            f"<p style='font-size:{size}px; margin:0 0 {scaled(9)}px 0'><b>{escape(word.name)}</b> "
            f"&nbsp;{escape(word.line)}"
            + (f" <span style='color:{dim}'>{escape(word.formula)}</span>" if word.formula else "")
            + "</p>"
            for word in found
        ]
        self.view.setHtml("".join(lines) or f"<p style='color:{dim}'>No word has this in it.</p>")
