"""How large panels were at each size of text: who tries one and goes back finds all as it was."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt, QTimer
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QTabBar

Sizes = list[tuple[QDockWidget, QSize]]


class SizedArrangements:
    """Sizes of a window's docks by the size of text, for as long as nobody changes one.

    Parameters
    ----------
    host : QMainWindow
    """

    def __init__(self, host: QMainWindow) -> None:
        self._host = host
        self._sizes: dict[int, Sizes] = {}
        self._wanted: Sizes = []
        self._arrived: object = None
        self._settled = QTimer(host)
        self._settled.setSingleShot(True)
        self._settled.timeout.connect(self._settle)

    def leave(self, size: int) -> None:
        """Keep how large the panels are, before text takes another size than this one."""
        # Somebody has moved something since, or the window is of another size.
        if not self._settled.isActive() and self._places() != self._arrived:
            self._sizes.clear()
        if size not in self._sizes:
            laid_out = (dock for dock in self._docks() if self._is_laid_out(dock))
            self._sizes[size] = [(dock, self._size_of(dock)) for dock in laid_out]

    def arrive(self, size: int) -> bool:
        """Make the panels as large as they were at this size; False where that is not known."""
        self._wanted = self._sizes.get(size, [])
        self._resize()
        self._settled.start()
        return bool(self._wanted)

    def _settle(self) -> None:
        """Once rows of tabs have their new height: again, and know how the panels stand."""
        self._resize()
        self._wanted = []
        self._arrived = self._places()

    def _resize(self) -> None:
        docks = [dock for dock, _ in self._wanted]
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self._host.resizeDocks(docks, [size.width() for _, size in self._wanted], across)
        self._host.resizeDocks(docks, [size.height() for _, size in self._wanted], down)

    def _docks(self) -> list[QDockWidget]:
        return self._host.findChildren(QDockWidget)

    def _size_of(self, dock: QDockWidget) -> QSize:
        """Return the size of a dock as Qt counts it: with the row of tabs above it."""
        place, tabs = dock.geometry(), 0
        for bar in self._host.findChildren(QTabBar):
            box = bar.geometry()
            if (box.x(), box.width(), box.bottom() + 1) == (place.x(), place.width(), place.y()):
                tabs = box.height()
        return place.size() + QSize(0, tabs)

    @staticmethod
    def _is_laid_out(dock: QDockWidget) -> bool:
        """Say whether a dock has a place of its own: it does not float, nor is behind a tab."""
        return dock.isVisible() and not dock.isFloating() and dock.geometry().right() >= 0

    def _places(self) -> object:
        places = tuple((one.objectName(), one.geometry().getRect()) for one in self._docks())
        return self._host.size().width(), self._host.size().height(), places
