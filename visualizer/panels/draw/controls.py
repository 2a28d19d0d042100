"""What stands below the drawing pad: taking back, clearing, pictures, brush and meaning."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QHBoxLayout, QSlider, QWidget

from visualizer.kit.widgets import ComboBox, flat_button
from visualizer.panels.draw.pad import Pad
from visualizer.style.icons import icon
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette

THINNEST, THICKEST, FIRST = 3, 24, 10
"""Thickness of the brush, in hundredths of the pad's side."""


class PadControls(QWidget):
    """The controls of a pad.

    Parameters
    ----------
    pad : Pad
    """

    def __init__(self, pad: Pad) -> None:
        super().__init__()
        self.undo = flat_button("Take the last stroke back  (U; in the pad Ctrl+Z)")
        self.redo = flat_button("Draw it again  (Ctrl+U; in the pad Ctrl+Y)")
        self.clear = flat_button("Clear the pad  (Shift+U)")
        self.open = flat_button("Open a picture  (Ctrl+I; paste one with Ctrl+V, or drop it)")
        self.thickness = QSlider(Qt.Orientation.Horizontal)
        self.thickness.setRange(THINNEST, THICKEST)
        self.thickness.setValue(FIRST)
        keep(self.thickness, "setMinimumWidth", 44)
        keep(self.thickness, "setMaximumWidth", 120)
        self.thickness.setToolTip("Thickness of the brush  ([ and ])")
        self.thickness.setAccessibleName("Thickness of the brush")
        self.meant = ComboBox()
        self.meant.setToolTip(
            "What it is meant to be: then the loss and the gradients can be explained"
        )
        self.meant.setAccessibleName("What the drawing is meant to be")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        keep(layout, "setSpacing", 6)
        for widget in (self.undo, self.redo, self.clear, self.open, self.thickness):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self.meant)
        self._pad = pad
        self.undo.clicked.connect(pad.undo)
        self.redo.clicked.connect(pad.redo)
        self.clear.clicked.connect(pad.clear)
        self.thickness.valueChanged.connect(self._on_thickness)
        self._on_thickness(FIRST)

    def show_classes(self, classes: tuple[str, ...]) -> None:
        """Offer these classes as what a drawing can be meant to be."""
        self.meant.clear()
        self.meant.addItem("It is a …", None)
        letters = all(len(name) == 1 for name in classes)
        for number, name in enumerate(classes):
            self.meant.addItem(f"It is a {name}" if letters else f"It is: {name}", number)

    def show_state(self, label: int | None) -> None:
        """Show what can be done with the drawing, and what it is meant to be."""
        drawn = not self._pad.drawing.is_empty
        self.undo.setEnabled(self._pad.can_undo)
        self.redo.setEnabled(self._pad.can_redo)
        self.clear.setEnabled(drawn)
        self.meant.setEnabled(drawn)
        self.meant.setCurrentIndex(max(0, self.meant.findData(label)))

    def nudge(self, by: int) -> None:
        """Make the brush thicker or thinner."""
        self.thickness.setValue(self.thickness.value() + by)

    def _on_thickness(self, hundredths: int) -> None:
        self._pad.set_thickness(hundredths / 100)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        for button, name in (
            (self.undo, "undo"),
            (self.redo, "redo"),
            (self.clear, "erase"),
            (self.open, "picture"),
        ):
            picture = icon(name, palette.dim)
            # Qt's own idea of a disabled icon is brighter than this one.
            for ratio in (1, 2, 3):
                faint = icon(name, palette.line).pixmap(QSize(scaled(16), scaled(16)), ratio)
                picture.addPixmap(faint, QIcon.Mode.Disabled)
            button.setIcon(picture)
