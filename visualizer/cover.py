"""What hides a part of the window that could not show an epoch, and says so."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtWidgets import QLabel, QWidget


class Cover(QLabel):
    """Lies over a part of the window whose numbers are not of the epoch that is shown.

    Parameters
    ----------
    part : QWidget
        What it covers, in whatever size that has.
    """

    def __init__(self, part: QWidget) -> None:
        super().__init__(part)
        self.setObjectName("Cover")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # What can be pressed below it goes on working.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        part.installEventFilter(self)

    def say(self, text: str) -> None:
        """Cover the part, and say why."""
        self.setText(text)
        self.setToolTip(text)
        self.setGeometry(self.parentWidget().rect())
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Stay as large as what is covered."""
        if event is not None and event.type() == QEvent.Type.Resize:
            self.setGeometry(self.parentWidget().rect())
        return False
