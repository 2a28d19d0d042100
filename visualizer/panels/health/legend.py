"""Which plots of the health panel are looked at, and of which layers: words to press."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetricsF
from PyQt6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QToolButton, QWidget

from nnfs_core.text.layers import layer_name
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled
from visualizer.style.theme import DARK, Palette, font, layer_colour

PADDING = 14
"""Logical pixels beside a word, of both sides together, with text at 100 %."""


def _word(tooltip: str) -> QToolButton:
    button = QToolButton()
    button.setProperty("flat", True)
    button.setCheckable(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setToolTip(tooltip)
    return button


class Words(QScrollArea):
    """Checkable words in a row, as wide as there is room; the rest is scrolled to."""

    def __init__(self, align: Qt.AlignmentFlag) -> None:
        super().__init__()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.setWidgetResizable(True)
        keep(self, "setFixedHeight", 24)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.words: list[QToolButton] = []
        self._inside = QWidget()
        self._row = QHBoxLayout(self._inside)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.setAlignment(align)
        self.setWidget(self._inside)
        self.viewport().setAutoFillBackground(False)
        self._inside.setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        """Return what all words need."""
        return QSize(self._inside.minimumWidth(), self.height())

    def fit(self) -> None:
        """Give each word the width it needs: a row that is too long is scrolled, not cut."""
        advance = QFontMetricsF(font(12, bold=True)).horizontalAdvance
        total = 0
        for word in self.words:
            if not word.isHidden():
                word.setFixedWidth(math.ceil(advance(word.text())) + scaled(PADDING))
                total += word.maximumWidth() + self._row.spacing()
        self._inside.setMinimumWidth(total)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Let a narrow panel scroll."""
        return QSize(scaled(40), self.height())

    def add(self, button: QToolButton) -> None:
        """Add a word."""
        self.words.append(button)
        self._row.addWidget(button)

    def wheelEvent(self, event) -> None:
        """Scroll sideways, where there is anything to scroll to."""
        bar = self.horizontalScrollBar()
        if bar.maximum() > 0:
            turn = event.angleDelta().y() or event.angleDelta().x()
            bar.setValue(bar.value() - turn // 4)
        else:
            event.ignore()


class LayerLegend(Words):
    """The layers in the colours of their curves; a press leaves one out or takes it in again."""

    toggled = pyqtSignal()

    pointed = pyqtSignal(object)
    """The number of the layer whose name is pointed at or in focus; None: no longer."""

    def __init__(self) -> None:
        super().__init__(Qt.AlignmentFlag.AlignRight)
        self.setAccessibleName("Layers")
        self._palette: Palette = DARK
        self._layers = 0
        self._spelt: tuple[int, int] | None = None

    @property
    def hidden(self) -> frozenset[int]:
        """Layers that are left out."""
        words = enumerate(self.words[: self._layers])
        return frozenset(layer for layer, word in words if not word.isChecked())

    def leave_out(self, layers: Collection[int]) -> None:
        """Leave just these layers out."""
        for layer, word in enumerate(self.words[: self._layers]):
            word.setChecked(layer not in layers)

    def show_layers(self, layers: int) -> None:
        """Name the layers of a network, the output last; all of them are taken in."""
        self._layers = layers
        while len(self.words) < layers:
            word = _word("")
            word.clicked.connect(self.toggled)
            word.installEventFilter(self)
            self.add(word)
        for layer, word in enumerate(self.words):
            name = layer_name(layer, layers) if layer < layers else ""
            word.setToolTip(
                f"Show the curves of {name}, or leave them out; pointing here makes them stand out"
            )
            word.setAccessibleName(name)
            word.setChecked(True)
            word.setVisible(layer < layers)
        self._spelt = None
        self._colour()

    def eventFilter(self, watched, event) -> bool:
        """Tell which layer's name is pointed at, with the mouse or the keyboard."""
        begins = (QEvent.Type.Enter, QEvent.Type.FocusIn)
        if event.type() in (*begins, QEvent.Type.Leave, QEvent.Type.FocusOut):
            at = self.words.index(watched) if watched in self.words else None
            self.pointed.emit(at if event.type() in begins else None)
        return super().eventFilter(watched, event)

    def spell_out(self, width: int) -> None:
        """Write the names in full if they fit into a width, in logical pixels, or else short."""
        if self._spelt == (width, self._layers):
            return
        self._spelt = (width, self._layers)
        for full in (True, False):
            for word in self.words[: self._layers]:
                name = word.accessibleName()
                word.setText(
                    name if full else name.removeprefix("hidden ").replace("output", "out")
                )
            self.fit()
            if self.sizeHint().width() <= width:
                break

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        self._colour()
        self._spelt = None
        self.fit()

    def _colour(self) -> None:
        for layer, word in enumerate(self.words):
            colour = layer_colour(layer, self._layers, self._palette)
            word.setStyleSheet(
                f"QToolButton {{ padding: 0 {scaled(4)}px; min-height: {scaled(20)}px;"
                f" font-size: {scaled(12)}px; }}"
                f"QToolButton:checked {{ color: {colour}; font-weight: 600;"
                " background: transparent; border-color: transparent; text-decoration: none; }"
                f"QToolButton:!checked {{ color: {self._palette.dim};"
                " text-decoration: line-through; }"
                f"QToolButton:focus {{ border: 1px solid {self._palette.accent}; }}"
            )


class PlotSwitch(Words):
    """The plots by name; a press brings one into sight where there is no room for all."""

    wanted = pyqtSignal(int)

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(Qt.AlignmentFlag.AlignLeft)
        self.setAccessibleName("Plots")
        for number, name in enumerate(names):
            word = _word("")
            word.clicked.connect(lambda _, number=number: self.wanted.emit(number))
            self.add(word)
            self.rename(number, name)

    def rename(self, number: int, name: str) -> None:
        """Call a plot something else."""
        self.words[number].setText(name)
        self.words[number].setToolTip(f"Show {name}  (Ctrl+H goes on to the next)")
        self.words[number].setAccessibleName(f"Show {name}")
        self.fit()

    def show_seen(self, seen: Sequence[int]) -> None:
        """Mark the plots that are in sight."""
        for number, word in enumerate(self.words):
            word.setChecked(number in seen)
            if number in seen:
                self.ensureWidgetVisible(word, 0, 0)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        for word in self.words:
            word.setStyleSheet(
                f"QToolButton {{ padding: 0 {scaled(4)}px; min-height: {scaled(20)}px;"
                f" font-size: {scaled(12)}px; }}"
                f"QToolButton:checked {{ color: {palette.text}; background: {palette.hover};"
                " border-color: transparent; }"
                f"QToolButton:!checked {{ color: {palette.dim}; }}"
                f"QToolButton:focus {{ border: 1px solid {palette.accent}; }}"
            )
        self.fit()
