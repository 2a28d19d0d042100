"""What the monkey has before it: the window, what lies over it, and files to open."""

from __future__ import annotations

from pathlib import Path

from PyQt6 import sip
from PyQt6.QtCore import QPoint
from PyQt6.QtWidgets import QApplication, QTabBar, QWidget

from tests.monkey.mouse import Mouse
from visualizer.window.main_window import MainWindow


class World:
    """The program as a person meets it.

    Parameters
    ----------
    zoo : Path
        A folder with files to open, good and bad.
    """

    def __init__(self, zoo: Path) -> None:
        self.zoo = zoo
        self.mouse = Mouse()

    @property
    def files(self) -> list[str]:
        """The names of what there is to open."""
        return sorted(path.name for path in self.zoo.iterdir())

    @property
    def window(self) -> MainWindow | None:
        """The program's window, if it is there."""
        tops = QApplication.topLevelWidgets()
        found = [top for top in tops if isinstance(top, MainWindow) and not top.isHidden()]
        return found[-1] if found else None

    @property
    def dialog(self) -> QWidget | None:
        """The dialog that has to be answered first."""
        return QApplication.activeModalWidget()

    @property
    def popup(self) -> QWidget | None:
        """The menu or list that is open."""
        return QApplication.activePopupWidget()

    @property
    def where(self) -> str:
        """What is in front: ``popup``, ``dialog``, ``window`` or ``nothing``."""
        if self.popup is not None:
            return "popup"
        if self.dialog is not None:
            return "dialog"
        return "window" if self.window is not None else "nothing"

    @property
    def front(self) -> QWidget | None:
        """The widget in front."""
        return self.popup or self.dialog or self.window

    @property
    def focus(self) -> QWidget | None:
        """What a key would reach."""
        front = self.front
        if front is None:
            return None
        if self.popup is not None:
            return front.focusWidget() or front
        return QApplication.focusWidget() or front.focusWidget() or front

    def areas(self) -> dict[str, QWidget]:
        """Return the parts of the window that can be seen, by name."""
        window = self.window
        if window is None:
            return {}
        view = window.view
        areas: dict[str, QWidget] = {key: dock for key, dock in view.docks.items() if dock.in_sight}
        areas |= {"bar": view.bar, "timeline": view.timeline}
        if view.messages.isVisible():
            areas["messages"] = view.messages
        tabs = [tab for tab in view.host.findChildren(QTabBar) if tab.isVisible()]
        return areas | {f"tabs {at}": tab for at, tab in enumerate(tabs)}


def seen(top: QWidget) -> list[QWidget]:
    """Return a widget and all within it that can be seen and pointed at."""
    found = [top, *top.findChildren(QWidget)]
    return [
        one
        for one in found
        if one.isVisible() and one.width() > 2 and one.height() > 2 and _in_view(one)
    ]


def _in_view(widget: QWidget) -> bool:
    return not widget.visibleRegion().isEmpty()


def point(widget: QWidget, at: tuple[float, float]) -> QPoint:
    """Return where a share of a widget's size lies, in pixels."""
    return QPoint(round(at[0] * (widget.width() - 1)), round(at[1] * (widget.height() - 1)))


def alive(widget: QWidget | None) -> bool:
    """Say whether a widget is still there."""
    return widget is not None and not sip.isdeleted(widget)
