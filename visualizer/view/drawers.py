"""Handles at the left edge: each opens a panel beside the others, like a drawer, and closes it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PyQt6.QtCore import QRect, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFontMetrics, QPainter
from PyQt6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from visualizer.style.painting import Painted
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette, font

WIDTH, ENDS = 24, 12
"""Of a handle, and what it is longer than its word at each end; in logical pixels at 100 %."""


class Handle(Painted, QAbstractButton):
    """A word that reads upwards."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setText(title)
        self.setCheckable(True)
        self.setAccessibleName(f"{title} drawer")
        self.setToolTip(f"Open {title} beside the other panels, or close it")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def describe(self) -> str:
        """Say what it is, and whether its panel is there."""
        return f"{self.text()}, {'open' if self.isChecked() else 'closed'}"

    def sizeHint(self) -> QSize:
        """Return a size in which the word fits."""
        length = QFontMetrics(font(12)).horizontalAdvance(self.text())
        return QSize(scaled(WIDTH), length + 2 * scaled(ENDS))

    def paint(self, painter: QPainter) -> None:
        """Paint the word, on a card of its own."""
        palette = self._palette
        lit = self.isChecked() or self.underMouse() or self.hasFocus()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(palette.accent if self.hasFocus() else palette.line))
        painter.setBrush(QColor(palette.hover if self.underMouse() else palette.panel))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setPen(QColor(palette.text if lit else palette.dim))
        painter.setFont(font(12))
        painter.translate(0, self.height())
        painter.rotate(-90)
        area = QRect(0, 0, self.height(), self.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.text())


class DrawerHandles(QWidget):
    """The handles of a workspace's drawers.

    Parameters
    ----------
    titles : dict
        What each is called, by the key of its panel.
    never : bool
        For pictures: handles do nothing there, and are not shown.
    """

    toggled = pyqtSignal(str)
    """The person wants a drawer opened or closed: the key of its panel."""

    def __init__(self, titles: Mapping[str, str], never: bool = False) -> None:
        super().__init__()
        self._never = never
        self.handles = {key: Handle(title) for key, title in titles.items()}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for key, handle in self.handles.items():
            handle.clicked.connect(partial(self._on_clicked, key))
            layout.addWidget(handle)
        layout.addStretch(1)
        self.hide()

    def _on_clicked(self, key: str) -> None:
        self.toggled.emit(key)

    def show_drawers(self, keys: tuple[str, ...]) -> None:
        """Show the handles of these panels, and none where there are none."""
        for key, handle in self.handles.items():
            handle.setVisible(key in keys)
        self.setVisible(bool(keys) and not self._never)

    def show_open(self, key: str, opened: bool) -> None:
        """Show whether a panel is there."""
        if key in self.handles:
            self.handles[key].setChecked(opened)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme and the size of text."""
        for handle in self.handles.values():
            handle.apply_palette(palette)
            handle.updateGeometry()
