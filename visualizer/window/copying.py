"""Copying: the text that is selected, or else a picture."""

from __future__ import annotations

from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QApplication, QLabel

from visualizer.view.frame_view import FrameView


def copy(view: FrameView) -> str:
    """Copy what is selected, or a picture of the panel with the focus, or of all; say what."""
    clipboard, focused = QGuiApplication.clipboard(), QApplication.focusWidget()
    assert clipboard is not None, "there is one with every window"
    labels = (one for one in view.findChildren(QLabel) if one.isVisible())
    selected = next((one.selectedText() for one in labels if one.hasSelectedText()), "")
    if selected:
        clipboard.setText(selected)
        return "copied the text"
    docks = view.docks.values()
    dock = next((one for one in docks if focused is not None and one.isAncestorOf(focused)), None)
    clipboard.setPixmap((dock or view).grab())
    what = dock.panel.title if dock is not None else "the window"
    return f"copied a picture of {what}"
