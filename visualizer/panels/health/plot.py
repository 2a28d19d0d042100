"""What the plots of the health panel share: a title over a plot, and the epoch read out."""

from __future__ import annotations

import textwrap

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QLabel, QVBoxLayout, QWidget

from visualizer.kit.epoch_plot import EpochPlot
from visualizer.kit.plot_title import PlotTitle
from visualizer.kit.widgets import label
from visualizer.style.text_size import scaled
from visualizer.style.theme import DARK, Palette, font


class HealthPlot(QWidget):
    """A plot with its title.

    Parameters
    ----------
    name : str
    axis : pg.AxisItem
        The left one.
    unit : str
        What the left axis shows.
    """

    probed = pyqtSignal(object)
    """The epoch under the mouse, or None."""

    clicked = pyqtSignal(int)
    """An epoch was clicked."""

    def __init__(self, name: str, axis: pg.AxisItem, unit: str) -> None:
        super().__init__()
        self.name = name
        self.title = PlotTitle()
        self.plot = EpochPlot(f"{name} over the epochs", axis, unit)
        self.note: QLabel = label("", "dim")
        self.note.setParent(self.plot)
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note.setWordWrap(True)
        self.note.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.note.hide()
        self.footnote: QLabel = label("", "dim")
        self.footnote.setParent(self.plot)
        self.footnote.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.footnote.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.footnote.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(self.plot, 1)
        self._explanation = ""
        self.plot.sentence = lambda: f"{self.title.describe()}. {self._explanation}"
        self.epochs = np.empty(0, np.int64)
        self.palette_now: Palette = DARK
        self.probe: int | None = None
        self.shown = 0
        self._value: float | None = None
        self.plot.pointed.connect(self._on_pointed)
        self.plot.clicked.connect(self._on_clicked)

    def show_probe(self, epoch: int | None) -> None:
        """Mark and read out an epoch; None: the shown one."""
        self.probe = epoch
        self.plot.show_probe(epoch)
        self.write()

    def write(self) -> None:
        """Write the title."""
        raise NotImplementedError

    @property
    def at(self) -> int | None:
        """Which of the known epochs is read out; None where nothing is known of that one."""
        epoch = self.shown if self.probe is None else self.probe
        at = int(np.searchsorted(self.epochs, epoch))
        return at if at < len(self.epochs) and self.epochs[at] == epoch else None

    def explain(self, text: str) -> None:
        """Say what is drawn, over the title: over the plot it would hide what one looks at."""
        lines = [textwrap.fill(line, 80) for line in text.split("\n")]
        self.title.setToolTip("\n".join(lines))
        self._explanation = text

    def show_note(self, text: str) -> None:
        """Say in the middle of the plot why there is nothing in it; nothing when empty."""
        self.note.setText(text)
        self.note.setVisible(bool(text))
        self.plot.show_bare(bare=bool(text))
        self._place_note()

    def resizeEvent(self, event) -> None:
        """Keep the note in the middle."""
        super().resizeEvent(event)
        self._place_note()

    def _place_note(self) -> None:
        left, beside, below = map(scaled, (60, 80, 50))
        self.note.setGeometry(left, 0, max(0, self.width() - beside), max(0, self.height() - below))
        width = max(0, self.width() - scaled(114))
        self.footnote.setFont(font(11))
        self.footnote.setWordWrap(True)
        # At the top right: what becomes 0 has gone down before.
        self.footnote.setGeometry(
            scaled(90), scaled(16), width, self.footnote.heightForWidth(width)
        )

    def _on_pointed(self, where: tuple[float, float] | None) -> None:
        self._value = None if where is None else where[1]
        epoch = None if where is None else self.plot.snapped(where[0], self.epochs)
        self.probed.emit(epoch)

    def _on_clicked(self) -> None:
        if self.probe is not None:
            self.clicked.emit(self.probe)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self.palette_now = palette
        self.title.apply_palette(palette)
        self.plot.apply_palette(palette)
        self._place_note()
