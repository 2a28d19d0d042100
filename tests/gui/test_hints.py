"""Three hints for somebody new: beside the real thing, gone once it is done, and only once."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, QRect, Qt

from nnfs_core.model.places import Place
from visualizer.window.hints import Hints

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def watching(make_window):
    """A window in Watch."""
    return make_window(workspace="watch")


def area(view, widget) -> QRect:
    return QRect(widget.mapTo(view, QPoint(0, 0)), widget.size())


def test_doing_what_a_hint_says_leads_to_the_next(watching, qtbot, settings):
    view, viewer, hints = watching.view, watching.viewer, watching.hints
    assert not hints.showing, "they are for the program's first start"
    hints.greet()
    qtbot.waitUntil(lambda: hints.showing)
    assert "Train" in hints.bubble.text.text()
    qtbot.mouseClick(view.bar.train, LEFT)
    qtbot.waitUntil(lambda: "unit" in hints.bubble.text.text())
    viewer.pause()
    qtbot.waitUntil(lambda: not viewer.training)
    canvas = view.panels["network"].canvas
    qtbot.mouseClick(canvas, LEFT, pos=canvas.unit_area().center())
    assert viewer.context.selection == Place("unit", 0, 5)
    qtbot.waitUntil(lambda: "Draw" in hints.bubble.text.text())
    pad = view.panels["draw"].pad
    qtbot.mousePress(pad, LEFT, pos=QPoint(40, 40))
    qtbot.mouseMove(pad, QPoint(60, 80))
    qtbot.mouseRelease(pad, LEFT, pos=QPoint(60, 80))
    qtbot.waitUntil(lambda: not hints.showing)
    assert settings.value("hints") == "seen"
    hints.greet()
    assert not hints.showing, "never again"
    watching.commands.named["hints"].trigger()
    assert hints.showing, "unless asked for"


@pytest.mark.parametrize("size", [(1024, 700), (1440, 900), (2560, 1440)])
@pytest.mark.parametrize("percent", [100, 175])
def test_each_stands_beside_its_thing_and_inside_the_window(watching, qtbot, size, percent):
    watching.text.choose(percent)
    watching.resize(*size)
    view, hints = watching.view, watching.hints
    canvas, pad = view.panels["network"].canvas, view.panels["draw"].pad
    hints.begin()
    for target in (
        lambda: area(view, view.bar.train),
        lambda: canvas.unit_area().translated(canvas.mapTo(view, QPoint(0, 0))),
        lambda: area(view, pad),
    ):
        qtbot.waitUntil(lambda: not hints._place_soon.isActive())
        bubble = hints.bubble.geometry()
        assert view.rect().contains(bubble)
        assert not bubble.intersects(target()), "it must not cover what it speaks of"
        gap = bubble.adjusted(-12, -12, 12, 12)
        assert gap.intersects(target())
        text = hints.bubble.text
        assert text.heightForWidth(text.width()) <= text.height()
        hints.go_on()
    assert not hints.showing


def test_escape_skips_them_after_messages_and_before_the_selection(watching, qtbot, settings):
    viewer, hints = watching.viewer, watching.hints
    viewer.select_place(Place("unit", 0, 3))
    hints.begin()
    watching.view.messages.show_note("something")
    escape = watching.commands.named["back"].trigger
    escape()
    assert hints.showing and not watching.view.messages.isVisible()
    escape()
    assert not hints.showing and viewer.context.selection is not None
    assert settings.value("hints") == "seen"
    escape()
    assert viewer.context.selection is None


def test_a_thing_that_cannot_be_seen_is_not_pointed_at(watching, qtbot):
    hints, view = watching.hints, watching.view
    hints.begin()
    hints.go_on()
    view.docks["network"].close()
    qtbot.waitUntil(lambda: not hints.showing)
    view.arrangement.bring_forward("network")
    qtbot.waitUntil(lambda: hints.showing)


def test_pictures_have_none(watching):
    assert watching.view.findChildren(Hints) == [watching.hints]
