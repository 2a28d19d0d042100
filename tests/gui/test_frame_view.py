"""Which panels draw which pictures: all of them what was chosen, most of them every epoch."""

from __future__ import annotations

import pytest
from pytestqt.exceptions import TimeoutError as NotShown

from nnfs_core.model.places import Place
from visualizer.view import drawing as module
from visualizer.view.frame_view import FrameView

OFTEN, SELDOM = ("network", "weights", "loss"), ("experiment", "inspector")


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    now = [1000.0]
    monkeypatch.setattr(module, "perf_counter", lambda: now[0])
    return now


@pytest.fixture
def log(window, monkeypatch, qtbot):
    """What each panel has drawn, in order, of a run that trains; nobody else shows anything."""
    seen: list[tuple[str, int]] = []
    for key, panel in window.view.panels.items():
        plain = panel.show_frame

        def show(frame, context, key=key, plain=plain):
            seen.append((key, frame.epoch))
            plain(frame, context)

        monkeypatch.setattr(panel, "show_frame", show)
    window.view.show_training(True)
    return seen


def pictures(viewer, count: int) -> list:
    made = []
    for _ in range(count):
        viewer.blockSignals(True)
        frame = viewer.advance_now()
        viewer.blockSignals(False)
        made.append((frame, viewer.context))
    return made


def drawn(log, *keys: str) -> list[tuple[str, int]]:
    return [one for one in log if one[0] in keys]


def rested(view: FrameView, qtbot) -> None:
    qtbot.waitUntil(lambda: not view.drawing.turns.isActive())


def test_what_is_to_be_read_is_drawn_less_often(window, log, clock, qtbot):
    view = window.view
    first, second, third = pictures(window.viewer, 3)
    view.show_frame(*first)
    assert drawn(log, *OFTEN) == [(key, 1) for key in OFTEN]
    # What has stood at the beginning of the run says what is no longer so.
    assert drawn(log, *SELDOM) == [(key, 1) for key in SELDOM]
    rested(view, qtbot)
    log.clear()
    clock[0] += 0.2
    view.show_frame(*second)
    assert drawn(log, *OFTEN, *SELDOM) == [(key, 2) for key in OFTEN]
    clock[0] += 0.4
    view.show_frame(*third)
    assert drawn(log, *SELDOM) == []  # each has a moment of its own
    qtbot.waitUntil(lambda: len(drawn(log, *SELDOM)) == 2)
    assert sorted(drawn(log, *SELDOM)) == [(key, 3) for key in SELDOM]


def test_the_last_picture_comes_everywhere_though_no_other_follows(window, log, clock, qtbot):
    """With epochs of a minute, nobody waits a minute for an explanation."""
    view = window.view
    first, second = pictures(window.viewer, 2)
    view.show_frame(*first)
    rested(view, qtbot)
    log.clear()
    view.show_frame(*second)  # at the same moment: too early for the slower ones
    assert view.drawing.turns.remainingTime() > 0
    clock[0] += 10
    rested(view, qtbot)
    assert sorted(drawn(log, *SELDOM)) == [(key, 2) for key in SELDOM]


@pytest.mark.parametrize("what", ["selection", "sample"])
def test_what_somebody_chooses_is_shown_at_once(window, log, clock, qtbot, what):
    view, viewer = window.view, window.viewer
    ((frame, context),) = pictures(viewer, 1)
    view.show_frame(frame, context)
    rested(view, qtbot)
    log.clear()
    viewer.blockSignals(True)
    viewer.select_place(Place("unit", 0, 3)) if what == "selection" else viewer.select_sample(
        "train", 5
    )
    viewer.blockSignals(False)
    view.show_frame(frame, viewer.context)
    assert view.drawing.turns.interval() == 0  # the clock stands still: nothing is due by itself
    rested(view, qtbot)
    assert ("inspector", 1) in log


def test_when_training_ends_only_those_that_are_behind_draw(window, log, clock, qtbot):
    view = window.view
    first, second = pictures(window.viewer, 2)
    view.show_frame(*first)
    rested(view, qtbot)
    view.show_frame(*second)
    log.clear()
    view.show_training(False)
    assert sorted(log) == [(key, 2) for key in SELDOM]
    log.clear()
    view.show_training(False)
    assert log == []
    with pytest.raises(NotShown):
        qtbot.waitUntil(lambda: bool(log), timeout=50)


def test_a_turn_comes_after_what_was_posted_before(window, log, clock, qtbot, monkeypatch):
    """Painting is posted when a picture is prepared: its panels do not add up to one stall."""
    view, order = window.view, []
    canvas = type(view.panels["network"].canvas)
    paint = canvas.paintEvent
    monkeypatch.setattr(
        canvas,
        "paintEvent",
        lambda self, event: (order.append("painted"), paint(self, event))[1],
    )
    turn = view.drawing._take_turn
    view.drawing.turns.timeout.disconnect(turn)
    view.drawing.turns.timeout.connect(lambda: (order.append("turn"), turn())[1])
    first, second = pictures(window.viewer, 2)
    view.show_frame(*first)
    qtbot.waitUntil(lambda: bool(order))
    rested(view, qtbot)
    order.clear()
    clock[0] += 1
    view.show_frame(*second)
    rested(view, qtbot)
    assert order[:2] == ["painted", "turn"]
