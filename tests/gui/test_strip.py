"""The strip that says what is happening: with the run, in its place, and never in the way."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt

from nnfs_core.diagnose.happenings import Happening, Link, happening
from nnfs_core.experiment import Experiment, presets
from tests.core import plain
from visualizer.view.strip import LOOK, STAY

LEFT = Qt.MouseButton.LeftButton
CLOUDS = plain.make_dataset(samples=90, validation=20, seed=3)
SMALL = Experiment(layers=(6,), dtype="float64", learning_rate=0.4)


@pytest.fixture
def watching(make_window):
    """A window in Watch."""
    return make_window(SMALL, CLOUDS, workspace="watch")


def says(window) -> str:
    frame = window.viewer.frame
    found = happening(window.viewer.recording, frame.epoch, "validation")
    return "" if found is None else found.text


def test_it_says_what_the_recording_says_at_the_shown_epoch(watching, qtbot):
    viewer, strip = watching.viewer, watching.view.strip
    assert strip.isVisible()
    assert strip.text.text() == says(watching) and "not been trained" in strip.text.text()
    qtbot.mouseClick(strip.buttons[0], LEFT)
    qtbot.waitUntil(lambda: viewer.frame.epoch > 3)
    assert "not been trained" not in strip.text.text()
    viewer.pause()
    qtbot.waitUntil(lambda: not viewer.training)
    viewer.step(40)
    qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch >= 40)
    assert strip.text.text() == says(watching)
    viewer.seek(0)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 0)
    assert "not been trained" in strip.text.text()


def test_a_link_shows_the_epoch_and_another_begins_again(make_window, qtbot):
    window = make_window(presets()["digits-too-fast"], workspace="watch")
    viewer, strip = window.viewer, window.view.strip
    viewer.step(6)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 6 and not viewer.training)
    (died,) = [mark for mark in viewer.recording.marks if mark.kind == "dead"]
    assert [button.text() for button in strip.buttons] == [
        f"Show epoch {died.epoch}",
        "Restart with learning rate 2",
    ]
    assert window.view.messages.isHidden(), "the strip says it"
    before = viewer.recording
    qtbot.mouseClick(strip.buttons[0], LEFT)
    qtbot.waitUntil(lambda: viewer.frame.epoch == died.epoch)
    assert strip.said.kind == "dead"
    qtbot.mouseClick(strip.buttons[1], LEFT)
    qtbot.waitUntil(lambda: viewer.recording is not before)
    assert viewer.recording.origin == (before.name, 0)
    qtbot.waitUntil(lambda: viewer.newest >= died.epoch)
    viewer.pause()
    assert viewer.recording.column("learning_rate")[1] == 2.0
    viewer.train_from(1)
    qtbot.waitUntil(lambda: viewer.recording.origin[1] == 1)
    viewer.pause()


def test_another_wish_takes_the_place_of_going_on(watching, qtbot):
    viewer = watching.viewer
    viewer.step(8)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 8 and not viewer.training)
    viewer.train_from(3)
    viewer.seek(5)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 5)
    assert len(viewer.branches) == 1 and not viewer.training


def test_one_sentence_of_a_kind_at_a_time(watching, qtbot):
    """While a run trains, a new one waits until the one before is read; the end is at once."""
    strip, viewer = watching.view.strip, watching.viewer
    said = []
    write = strip._write
    strip._write = lambda: (said.append(strip.said), write())
    viewer.set_rate(None)
    viewer.train()
    qtbot.waitUntil(lambda: viewer.frame.epoch >= 100)
    viewer.pause()
    qtbot.waitUntil(lambda: not viewer.training)
    kinds = [one.kind for one in said if one is not None]
    running = kinds[:-1] if strip.said is said[-1] else kinds
    assert all(a != b for a, b in itertools.pairwise(running))
    assert strip.text.text() == says(watching)
    assert STAY >= 2000 and LOOK <= 500


def test_it_keeps_its_height_whatever_it_says(watching, qtbot, monkeypatch):
    strip, viewer = watching.view.strip, watching.viewer
    heights = {strip.height()}
    for epochs in (1, 12, 30):
        viewer.step(epochs)
        qtbot.waitUntil(lambda: not viewer.training)
        heights.add(strip.height())
    say(watching, monkeypatch, LONG)
    heights.add(strip.height())
    assert len(heights) == 1


LONG = Happening(
    "overfitting",
    ("overfitting begins " * 13)[:240],
    ("overfitting " * 8)[:90],
    "said here",
    (Link("Show epoch 12,345", "show"), Link("Restart with learning rate 0.00025", "restart")),
)
"""As long as a sentence may be, in full and in brief, with the longest buttons."""


def say(window, monkeypatch, found):
    """Have the strip say something of the epoch that is shown."""
    monkeypatch.setattr("visualizer.view.strip.happening", lambda *asked: found)
    window.view.strip.show_frame(window.viewer.frame, window.viewer.context)


@pytest.mark.parametrize(
    ("size", "percent", "said"),
    [
        ((1024, 540), 100, LONG.brief),
        ((1024, 700), 100, LONG.brief),
        ((1366, 768), 100, LONG.text),
        ((1440, 900), 100, LONG.text),
        ((1440, 900), 175, LONG.brief),
        ((2560, 1440), 100, LONG.text),
        ((2560, 1440), 175, LONG.text),
        ((1093, 614), 100, LONG.brief),
    ],
    ids=lambda value: value[:4] if isinstance(value, str) else None,
)
def test_the_longest_sentence_is_seen_whole(watching, qtbot, monkeypatch, size, percent, said):
    watching.text.choose(percent)
    watching.resize(*size)
    strip = watching.view.strip
    qtbot.waitUntil(strip.isVisible)
    say(watching, monkeypatch, LONG)
    qtbot.waitUntil(lambda: strip.buttons[1].x() > 0)
    strip.layout().activate()
    assert strip.text.text() == said
    assert strip.text.heightForWidth(strip.text.width()) <= strip.text.height()
    assert strip.text.toolTip().startswith(LONG.text)


def test_with_more_room_it_says_it_in_full(watching, qtbot, monkeypatch):
    strip = watching.view.strip
    watching.resize(1024, 700)
    say(watching, monkeypatch, LONG)
    assert strip.text.text() == LONG.brief
    watching.resize(2560, 1000)
    qtbot.waitUntil(lambda: strip.text.text() == LONG.text)
    watching.resize(1024, 700)
    qtbot.waitUntil(lambda: strip.text.text() == LONG.brief)


def test_it_has_no_place_in_explain_beside_a_maximised_panel_or_in_a_small_window(watching, qtbot):
    view, strip = watching.view, watching.view.strip
    view.arrangement.toggle_maximised("network")
    assert not strip.isVisible()
    view.arrangement.toggle_maximised("network")
    assert strip.isVisible()
    watching.workspaces.show("explain")
    assert not strip.isVisible()
    watching.workspaces.show("diagnose")
    assert strip.isVisible()
    watching.resize(1024, 420)
    qtbot.waitUntil(lambda: not strip.isVisible())


@pytest.mark.parametrize("first", ["watch", "explain"])
@pytest.mark.parametrize("workspace", ["watch", "explain"])
def test_a_message_lies_over_no_axes(watching, qtbot, workspace, first):
    """Also one that came before the workspace was changed."""
    watching.workspaces.show(first)
    view = watching.view
    view.messages.show_error("something that cannot be, told at some length " * 3)
    qtbot.waitUntil(view.messages.isVisible)
    watching.workspaces.show(workspace)
    loss = view.panels["loss"]
    bottom = loss.mapTo(view, QPoint(0, loss.height())).y()
    axes = np.arange(bottom - 60, bottom)
    covered = view.messages.geometry()
    assert not ((axes >= covered.top()) & (axes <= covered.bottom())).any()
    strip = view.strip
    if strip.isVisible():
        assert covered.bottom() <= strip.geometry().bottom()
