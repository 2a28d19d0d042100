"""The axis of the loss: numbers that can be read, however low the panel is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QFontMetrics, QMouseEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from visualizer.panels.loss.panel import LogAxis


@settings(deadline=None)
@given(low=st.floats(-12, 2), span=st.floats(1.1, 20), size=st.integers(30, 900))
def test_each_number_has_the_height_of_a_letter_to_itself(qapp, low, span, size):
    """Powers of ten, or 2 or 5 times one."""
    ((_, ticks),) = LogAxis("left").tickValues(low, low + span, size)
    assert len(ticks) <= 13 and ticks == sorted(ticks)
    assert all(5 < (tick - low) * size / span < size - 5 for tick in ticks)
    assert (np.diff(ticks) * size / span >= 14 - 1e-6).all()
    leading = np.round(10 ** (np.array(ticks) - np.floor(np.array(ticks) + 1e-9)), 6)
    assert set(leading.tolist()) <= {1.0, 2.0, 5.0}


def test_there_are_as_many_as_have_room(qapp):
    ((_, tall),) = LogAxis("left").tickValues(-2.1, 0.1, 300)
    assert LogAxis("left").tickStrings(tall, 1, 1) == [
        "0.01",
        "0.02",
        "0.05",
        "0.1",
        "0.2",
        "0.5",
        "1",
    ]
    ((_, low),) = LogAxis("left").tickValues(-2.4, 0.4, 60)
    assert LogAxis("left").tickStrings(low, 1, 1) == ["0.01", "0.1", "1"]
    ((_, deep),) = LogAxis("left").tickValues(-30.0, 0.0, 60)
    assert LogAxis("left").tickStrings(deep, 1, 1) == ["10⁻²⁷", "10⁻²⁰", "10⁻¹³", "10⁻⁶"]


@pytest.mark.parametrize("size", [(1440, 900), (1100, 700)])
def test_both_ends_of_an_axis_have_their_numbers(make_window, monkeypatch, size, qtbot):
    window = make_window(size=size)
    for _ in range(30):
        window.viewer.advance_now()
    for key, ends in (("accuracy", {"0", "100"}), ("loss", set())):
        window.view.arrangement.bring_forward(key)
        qtbot.waitUntil(lambda key=key: window.view.docks[key].in_sight)
        axis = window.view.panels[key].axes["left"]
        written = []
        draw = axis.drawPicture
        monkeypatch.setattr(
            axis,
            "drawPicture",
            lambda p, line, ticks, texts, draw=draw, written=written: (
                written.extend(text for *_, text in texts),
                draw(p, line, ticks, texts),
            ),
        )
        axis.picture = None
        window.view.panels[key].grab()
        assert len(written) >= 2 and ends <= set(written)


def test_the_longest_numbers_leave_the_axis_its_name(make_window):
    """As after an epoch in which training diverges."""
    window = make_window()
    window.viewer.advance_now()
    for key in ("loss", "accuracy"):  # the epochs of one stand under those of the other
        axis = window.view.panels[key].axes["left"]
        numbers = QFontMetrics(axis.style["tickFont"]).horizontalAdvance("1e+27")
        name = axis.label
        margin = name.document().documentMargin()
        ends = name.mapRectToParent(name.boundingRect()).right() - margin
        assert ends <= axis.width() - axis.style["tickTextOffset"][0] - numbers


@pytest.mark.parametrize("key", ["loss", "health"])
def test_the_buttons_at_the_side_of_a_mouse(window, key):
    """pyqtgraph knows three buttons; a drag with another one held was an error."""
    window.view.arrangement.bring_forward(key)
    panel = window.view.panels[key]
    view = (panel.plot if key == "loss" else panel.plots.all[0].plot).viewport()
    button, middle = Qt.MouseButton, view.rect().center()
    QTest.mousePress(view, button.BackButton, pos=middle)
    QTest.mousePress(view, button.LeftButton, pos=middle)
    for step in (30, 60):
        place = QPointF(middle + QPoint(step, 0))
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            QPointF(view.mapToGlobal(place)),
            button.NoButton,
            button.LeftButton | button.BackButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(view, event)
        view.parent().scene()._lastMoveEventTime = 0  # it passes over moves that come quickly
    QTest.mouseRelease(view, button.LeftButton, pos=middle)
    QTest.mouseRelease(view, button.BackButton, pos=middle)


def test_a_change_is_marked_on_the_curve_where_it_was_made(window, qtbot):
    viewer, loss = window.viewer, window.view.panels["loss"]
    viewer.step(3)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 3 and not viewer.training)
    viewer.set_learning_rate(0.25)
    viewer.step(2)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 5 and not viewer.training)
    x, y = loss.changes.getData()
    assert x.tolist() == [3]
    assert y[0] == pytest.approx(np.log10(viewer.recording[3].train_loss))
    assert loss.changes.points()[0].data() == "epoch 3: learning rate 0.5 → 0.25"
    viewer.restart()
    qtbot.waitUntil(lambda: viewer.frame.epoch == 0)
    assert len(loss.changes.getData()[0]) == 0


def test_accuracy_zooms_to_where_the_curve_is(window, qtbot):
    viewer, panel = window.viewer, window.view.panels["accuracy"]
    window.view.arrangement.bring_forward("accuracy")
    viewer.step(60)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 60 and not viewer.training)
    box = panel.plot.getPlotItem().getViewBox()

    def seen() -> tuple[float, float]:
        low, high = box.viewRange()[1]
        return low, high

    low, high = seen()
    assert low < 0 and high > 100
    qtbot.mouseClick(panel.zoom, Qt.MouseButton.LeftButton)
    low, high = seen()
    columns = [viewer.recording.column(f"{part}_score")[12:] for part in ("train", "validation")]
    values = 100 * np.concatenate(columns)
    assert low <= values.min() and values.max() <= high
    assert high - low < 2.5 * (values.max() - values.min())
    ticks = panel.axes["left"].tickValues(low, high, box.height())[0][1]
    assert len(ticks) >= 2
    assert panel.choices()["zoom"] is True
    qtbot.mouseClick(panel.zoom, Qt.MouseButton.LeftButton)
    assert seen()[0] < 0


@pytest.mark.parametrize("size", [40, 80, 120, 400])
@pytest.mark.parametrize("ends", [(0, 100), (90, 98), (96.5, 97.5), (30, 80)])
def test_numbers_of_an_accuracy_axis_are_apart(window, size, ends):
    ((step, ticks),) = window.view.panels["accuracy"].axes["left"].tickValues(*ends, size)
    pixels = size / (ends[1] - ends[0])
    assert step * pixels >= 14 or len(ticks) <= 3
    assert all(0 <= tick <= 100 and ends[0] <= tick <= ends[1] for tick in ticks)
