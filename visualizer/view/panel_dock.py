"""A panel in its dock, and what docks stand in."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QTabWidget

from visualizer.panels.base import Panel
from visualizer.style.text_size import scaled
from visualizer.view.dock_tabs import TabGuard

SMALLEST = (320, 200)
"""Width and height that are left for panels, when there is none, with text at 100 %."""


class PanelDock(QDockWidget):
    """A panel that can be moved, floated, closed and brought back."""

    placed = pyqtSignal()
    """It was shown, moved or resized: it may have come into sight."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel.title)
        self.panel = panel
        self.setObjectName(f"dock-{panel.key}")
        self.setTitleBarWidget(panel.header)
        self.setWidget(panel)
        panel.header.close_panel.clicked.connect(self.close)
        self._retired = self._short = False
        # A panel that floats is a window of its own: what is dropped there is for all of it.
        self.topLevelChanged.connect(self.setAcceptDrops)

    def name(self, *, short: bool | None = None) -> None:
        """Write the panel's title on its tab.

        Parameters
        ----------
        short : bool, optional
            Whether the short one; as before by default.
        """
        self._short = self._short if short is None else short
        panel = self.panel
        title = panel.header.title.text()
        short_title = panel.short_title if title == panel.title else ""
        self.setWindowTitle((self._short and short_title) or title)

    def retire(self) -> None:
        """Be gone for good, since the window was closed.

        Whatever would still bring a panel forward, such as a dialog that is answered later, would
        leave a window that belongs to nothing, and a program that does not end.
        """
        self._retired = True
        self.hide()

    def setVisible(self, visible: bool) -> None:
        """Show or hide it, whoever asks for that; Qt does when it restores an arrangement."""
        super().setVisible(visible and not self._retired)

    def dragEnterEvent(self, event) -> None:
        """Have the window say whether it takes what is dragged."""
        self.parentWidget().window().dragEnterEvent(event)

    def dropEvent(self, event) -> None:
        """Give the window what is dropped."""
        self.parentWidget().window().dropEvent(event)

    @property
    def in_sight(self) -> bool:
        """Whether the panel can be seen. Qt moves a tab that is not on top far to the left."""
        return self.isVisible() and (self.isFloating() or self.geometry().right() >= 0)

    def event(self, event) -> bool:
        """Tell of every change after which it may be in sight."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Show, QEvent.Type.Move, QEvent.Type.Resize):
            self.placed.emit()
        return done

    def enterEvent(self, event) -> None:
        """Offer maximise and close."""
        super().enterEvent(event)
        self.panel.header.show_buttons(True)

    def leaveEvent(self, event) -> None:
        """Be quiet again."""
        super().leaveEvent(event)
        self.panel.header.show_buttons(False)


class Host(QMainWindow):
    """What the panels are docked in."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setDockNestingEnabled(True)
        self.setDocumentMode(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks
        )
        TabGuard(self)

    def minimumSizeHint(self) -> QSize:
        """Leave room to bring a panel back to, also when all are closed or float."""
        return super().minimumSizeHint().expandedTo(QSize(*map(scaled, SMALLEST)))
