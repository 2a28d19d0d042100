"""Under the mouse, every technical word is explained in a line."""

from __future__ import annotations

import re
from functools import cache

from PyQt6.QtCore import QEvent, QObject, QPoint
from PyQt6.QtGui import QTextCursor
from PyQt6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QTextEdit,
    QToolTip,
    QWidget,
)

from nnfs_core.text.glossary import Word, words_in

TAG = re.compile(r"<[^>]*>|&nbsp;")


class GlossaryTips(QObject):
    """Adds a line for each technical word to the tooltip of what has such words on it."""

    def eventFilter(self, watched, event) -> bool:
        """Show the tooltip with its words explained."""
        if event.type() != QEvent.Type.ToolTip:
            return False
        found = words_of(watched, event.pos())
        if not found:
            return False
        QToolTip.showText(event.globalPos(), tip(watched, found), watched)
        return True


@cache
def _tips() -> GlossaryTips:
    # Of the application, with which it ends: what Python alone holds ends at any time.
    return GlossaryTips(QApplication.instance())


def explain(widget: QWidget) -> None:
    """Have the technical words on a widget explained under the mouse.

    Each widget is listened to by itself: all events of the program would be far too many.
    """
    widget.installEventFilter(_tips())


def tip(widget: QWidget, words: list[Word]) -> str:
    """Return a tooltip: what the widget says of itself, and its words below."""
    parent = widget.parentWidget()
    own = widget.toolTip() or (parent.toolTip() if parent is not None else "")
    return "\n".join(part for part in (own, *(word.text for word in words)) if part)


def words_of(widget: QWidget, at: QPoint) -> list[Word]:
    """Return the technical words that a widget shows at a point of it."""
    return words_in(TAG.sub(" ", _text_of(widget, at)))


def _text_of(widget: QWidget, at: QPoint) -> str:
    if isinstance(widget, QLabel | QAbstractButton):
        return str(widget.property("whole text") or widget.text()).replace("&", "")
    if isinstance(widget, QComboBox):
        return widget.currentText()
    parent = widget.parentWidget()
    if isinstance(parent, QTextEdit) and parent.viewport() is widget:
        return _word_at(parent, at)
    for one in (widget, parent):
        words = getattr(one, "words_shown", None)
        if callable(words):
            return str(words())
    return ""


def _word_at(text: QTextEdit, at: QPoint) -> str:
    """Return the word of a text under the mouse."""
    cursor = text.cursorForPosition(at)
    cursor.select(QTextCursor.SelectionType.WordUnderCursor)
    box = text.cursorRect(cursor)
    near = abs(box.center().y() - at.y()) <= box.height()
    return cursor.selectedText() if near else ""
