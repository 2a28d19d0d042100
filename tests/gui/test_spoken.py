"""What those are told who cannot see the pictures."""

from __future__ import annotations

import pyqtgraph as pg
import pytest
from PyQt6.QtWidgets import QComboBox, QWidget

from visualizer.kit.spoken import write_description
from visualizer.style.painting import Painted


@pytest.fixture
def painted(window):
    """Every painted widget of the window, with all panels brought forward once."""
    viewer, view = window.viewer, window.view
    viewer.toggle_followed("validation", 0)
    for key in view.docks:
        view.arrangement.bring_forward(key)
        view.show_frame(viewer.frame, viewer.context)
    view.panels["health"].show_frame(viewer.frame, viewer.context)
    kinds = (Painted, pg.PlotWidget)
    return [
        one
        for one in view.findChildren(QWidget)
        if isinstance(one, kinds) and not isinstance(one, QComboBox)
    ]


def test_every_painted_widget_has_a_name_and_says_what_it_shows(painted):
    assert len(painted) > 18
    for widget in painted:
        write_description(widget)
        name = type(widget).__name__
        assert widget.accessibleName(), name
        assert widget.accessibleDescription(), f"{name}: {widget.accessibleName()}"


def test_sentences_are_of_the_shown_epoch(window, qtbot):
    viewer, view = window.viewer, window.view
    with qtbot.waitSignal(viewer.shown):
        viewer.step()
    view.descriptions.write()
    frame, loss = viewer.frame, view.panels["loss"].plot
    assert frame.epoch == 1
    assert f"Loss at epoch 1: training {frame.metrics.train_loss:.3f}" in (
        loss.accessibleDescription()
    )
    assert "Epoch 1 of 1,000 is shown" in view.timeline.track.accessibleDescription()
    canvas = view.panels["network"].canvas
    sample = viewer.context.sample
    guess = viewer.context.trace.answers.argmax()
    said = canvas.accessibleDescription()
    assert "64 to 10 to 10 units at epoch 1" in said
    assert f"#{sample.index}" in said
    assert f"predicted {guess}, " in said


def test_what_is_come_to_says_at_once_what_it_shows(window, qtbot):
    gallery = window.view.panels["samples"].gallery
    window.view.arrangement.bring_forward("samples")
    gallery.setAccessibleDescription("something old")
    gallery.setFocus()
    qtbot.waitUntil(gallery.hasFocus)
    assert f"{gallery.right} of {len(gallery.page)} answered right" in (
        gallery.accessibleDescription()
    )


def test_every_widget_that_can_say_what_it_shows_is_known(window):
    """Looked for in the window they would be found by asking Qt for all there is, each second."""
    from visualizer.style.painting import described

    able = {one for one in window.findChildren(QWidget) if hasattr(one, "describe")}
    assert able and able <= set(described)


def test_what_floats_is_described_too(window, qtbot):
    dock = window.view.docks["network"]
    dock.setFloating(True)
    canvas = dock.panel.canvas
    canvas.setAccessibleDescription("")
    window.view.descriptions.write()
    assert "network of" in canvas.accessibleDescription()
