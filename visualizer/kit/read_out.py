"""A few words that stay beside the mouse."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QLabel, QWidget

from visualizer.style.text_size import scaled

AWAY = 14
"""From the mouse to the words, in logical pixels with text at 100 %."""


class MouseReadOut(QLabel):
    """Says at once what is under the mouse; it lies over its parent and takes no clicks."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "readout")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_at(self, point: QPointF, text: str) -> None:
        """Show a text beside a point of the parent, wholly inside it; nothing if it is empty."""
        if text != self.text():
            self.setText(text)
            self.adjustSize()
        parent, away = self.parentWidget(), scaled(AWAY)
        x = point.x() + away
        if x + self.width() > parent.width():
            x = point.x() - away - self.width()
        y = point.y() + away
        if y + self.height() > parent.height():
            y = point.y() - away - self.height()
        x = max(0.0, min(x, parent.width() - self.width()))
        self.move(round(x), round(max(0.0, y)))
        self.setVisible(bool(text))
