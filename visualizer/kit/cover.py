"""What hides a part of the window that could not show an epoch, and says so."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QEvent, QObject, QRect, Qt
from PyQt6.QtWidgets import QLabel, QWidget


class Cover(QLabel):
    """Lies over numbers that are not of the epoch that is shown.

    Parameters
    ----------
    part : QWidget
        What it covers, in whatever size that has.
    area : callable, optional
        Returns where the numbers are in it; everywhere when left out.
    """

    def __init__(self, part: QWidget, area: Callable[[], QRect] | None = None) -> None:
        super().__init__(part)
        self.setObjectName("Cover")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # What can be pressed below it goes on working.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._area = area or (lambda: part.rect().adjusted(1, 0, -1, -1))  # its border stays
        self.hide()
        part.installEventFilter(self)

    def say(self, text: str, *, calm: bool = False) -> None:
        """Cover the part, and say why.

        Parameters
        ----------
        calm : bool
            Nothing has failed: there is nothing to be seen, and nothing to be pressed.
        """
        self.setText(text)
        if bool(self.property("calm")) != calm:
            self.setProperty("calm", calm)
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not calm)
            style = self.style()
            if style is not None:
                style.polish(self)
        self.setGeometry(self._area())
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Stay as large as what is covered."""
        kinds = (QEvent.Type.Resize, QEvent.Type.LayoutRequest)
        if event is not None and event.type() in kinds:
            self.setGeometry(self._area())
        return False
