"""Widgets by names that are the same when the same is done again."""

from __future__ import annotations

from PyQt6.QtWidgets import QApplication, QWidget


def path_of(widget: QWidget) -> str:
    """Name a widget: the classes on the way to it, each with its number among its siblings."""
    parent = widget.parentWidget()
    own = _class(widget)
    step = f"{own}[{_alike(parent, own).index(widget)}]"
    return step if parent is None else f"{path_of(parent)}/{step}"


def find(path: str) -> QWidget | None:
    """Find the widget of a name, if there is one now."""
    widget: QWidget | None = None
    for step in path.split("/"):
        own, _, number = step.removesuffix("]").partition("[")
        alike = _alike(widget, own)
        if int(number) >= len(alike):
            return None
        widget = alike[int(number)]
    return widget


def _class(widget: QWidget) -> str:
    return widget.metaObject().className()


def _alike(parent: QWidget | None, name: str) -> list[QWidget]:
    """Return the children of a class in their order, or the windows of it that are visible."""
    if parent is None:
        tops = [top for top in QApplication.topLevelWidgets() if top.parentWidget() is None]
        found = [top for top in tops if top.isVisible() and _class(top) == name]
        # Qt keeps them in no order of its own.
        return sorted(found, key=lambda top: (top.windowTitle(), top.x(), top.y()))
    children = [child for child in parent.children() if isinstance(child, QWidget)]
    return [child for child in children if _class(child) == name]
