"""Technical words explained where they stand, and all of them in one place."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QEvent, QPoint
from PyQt6.QtGui import QHelpEvent, QTextCursor
from PyQt6.QtWidgets import QApplication, QLabel, QToolTip

from nnfs_core.model.places import Place
from nnfs_core.text.glossary import WORDS
from visualizer.style.theme import DARK
from visualizer.window.glossary_dialog import GlossaryDialog

LINES = {word.name: word.text for word in WORDS}


def told(widget, at: QPoint | None = None) -> str:
    """The tooltip of a widget, as its event leaves it."""
    QToolTip.hideText()
    at = at or widget.rect().center()
    event = QHelpEvent(QEvent.Type.ToolTip, at, widget.mapToGlobal(at))
    QApplication.sendEvent(widget, event)
    return QToolTip.text()


def test_a_field_explains_its_name_and_its_value(window):
    form = window.view.form
    caption = form.rows.captions["learning_rate"]
    assert caption.toolTip() in told(caption) and LINES["learning rate"] in told(caption)
    choice = form.fields["initializer"]
    assert choice.value() == "he" and LINES["he"] in told(choice)
    assert LINES["relu"] in told(form.fields["activation"])


def test_numbers_of_the_bar_and_axes_of_plots(window):
    bar, loss = window.view.bar, window.view.panels["loss"].plot
    assert LINES["epoch"] in told(bar.numbers.epoch_name)
    assert LINES["validation"] in told(bar.numbers.accuracy_name)
    assert LINES["nats"] in told(loss.viewport(), QPoint(3, 3))


def test_a_word_of_the_inspector(window, qtbot):
    window.viewer.select_place(Place("unit", 1, 3))
    view = window.view.panels["inspector"].view
    qtbot.waitUntil(lambda: "Softmax" in view.toPlainText())
    found = view.document().find("Softmax")
    found.setPosition(found.selectionStart() + 2)
    at = view.cursorRect(QTextCursor(found)).center()
    assert told(view.viewport(), at) == LINES["softmax"]


def test_a_header_that_is_cut_says_all_of_itself_first(window):
    inner = window.view.panels["network"].header.subtitle._label
    outer = inner.parentWidget()
    assert isinstance(inner, QLabel)
    said = told(inner)
    if outer.toolTip():
        assert said.startswith(outer.toolTip())


def test_what_has_no_such_word_keeps_its_tooltip(window):
    keys = window.view.bar.keys
    assert told(keys) == keys.toolTip()


@pytest.mark.parametrize("wanted", ["", "soft", "xyzzy"])
def test_all_words_can_be_looked_up(window, qtbot, wanted):
    dialog = GlossaryDialog(window, DARK)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClicks(dialog.search, wanted)
    text = dialog.view.toPlainText()
    shown = [word.name for word in WORDS if f"{word.name} \u00a0{word.line}" in text]
    shown = shown or [word.name for word in WORDS if word.line in text]
    expected = [word.name for word in WORDS if wanted in word.text.casefold()]
    assert shown == expected
    if not expected:
        assert "No word" in text
    if wanted == "soft":
        assert text.startswith("softmax")


def test_help_opens_them(window, monkeypatch):
    shown = []
    monkeypatch.setattr(GlossaryDialog, "exec", lambda dialog: shown.append(dialog.windowTitle()))
    window.commands.named["words"].trigger()
    assert shown == ["Words"]
    assert window.commands.named["words"].shortcut().toString() == "Ctrl+G"
    keys = [key.toString() for one in window.commands.named.values() for key in one.shortcuts()]
    assert len(keys) == len(set(keys))
