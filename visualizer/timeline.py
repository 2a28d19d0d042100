"""The bar at the bottom: how far the run is, and the keys one needs first."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from nnfs_core.training import EpochFrame
from visualizer.theme import DARK, Palette
from visualizer.viewer import ViewContext
from visualizer.widgets import label

HINT = "Space train · → step · Home restart · Ctrl+E export · F1 keys"


class Track(QWidget):
    """A line from the first epoch to the last, filled as far as the run has come."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Epochs done")
        self.palette_now: Palette = DARK
        self.done, self.total = 0, 1

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(400, 20)

    def show_progress(self, done: int, total: int) -> None:
        """Show so many epochs of a total."""
        if (done, total) != (self.done, self.total):
            self.done, self.total = done, max(total, done, 1)
            self.setToolTip(f"{done:,} of {total:,} epochs")
            self.update()

    def paintEvent(self, event) -> None:
        """Paint the line and the knob."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, radius = self.height() / 2, 7.0
        width = self.width() - 2 * radius
        at = radius + width * self.done / self.total
        painter.setBrush(QColor(self.palette_now.line))
        painter.drawRoundedRect(QRectF(radius, middle - 2, width, 4), 2, 2)
        painter.setBrush(QColor(self.palette_now.accent))
        painter.drawRoundedRect(QRectF(radius, middle - 2, at - radius, 4), 2, 2)
        painter.setBrush(QColor(self.palette_now.text))
        painter.drawEllipse(QRectF(at - radius, middle - radius, 2 * radius, 2 * radius))


class Timeline(QFrame):
    """From epoch 0 to the total, with a dot that says whether the run is being trained."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("Bar")
        self.track = Track()
        self.end = label("", "dim")
        self.state = label("", "dim")
        self.hint = label(HINT, "dim")
        self._palette: Palette = DARK
        self._training = False
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(8)
        layout.addWidget(label("0", "dim"))
        layout.addWidget(self.track, 1)
        layout.addWidget(self.end)
        layout.addSpacing(8)
        layout.addWidget(self.state)
        layout.addSpacing(8)
        layout.addWidget(self.hint)

    def resizeEvent(self, event) -> None:
        """Leave the line its room."""
        super().resizeEvent(event)
        self.hint.setVisible(self.width() > 900)

    def minimumSizeHint(self) -> QSize:
        """Return the least size: the hint is left out there."""
        return QSize(320, super().minimumSizeHint().height())

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Show how far the run is."""
        self.track.show_progress(frame.epoch, context.total)
        self.end.setText(f"{context.total:,}")

    def show_training(self, training: bool) -> None:
        """Say whether epochs are being trained."""
        self._training = training
        colour = self._palette.good if training else self._palette.dim
        text = "training" if training else "paused"
        self.state.setText(f"<span style='color:{colour}'>●</span> {text}")

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = self.track.palette_now = palette
        self.track.update()
        self.show_training(self._training)
