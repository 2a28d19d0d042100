"""Numbers on labels, which change thirty times a second: no new layout for any of them."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QEvent, QObject
from PyQt6.QtWidgets import QHBoxLayout, QWidget

from nnfs_core.experiment import Experiment
from nnfs_core.text.numbers import loss_text, percent
from tests.core import plain
from visualizer.kit.widgets import Reading
from visualizer.style.theme import DARK, LIGHT, font, style_sheet
from visualizer.view.transport_bar import TransportBar


class LayoutRequests(QObject):
    """Counts how often a widget is asked to lay out anew."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched, event) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


@pytest.fixture
def shown(qtbot):
    """A label in a row, in a window of the program's style."""
    window = QWidget()
    qtbot.addWidget(window)
    window.setStyleSheet(style_sheet(DARK))
    reading = Reading("0", "number")
    layout = QHBoxLayout(window)
    layout.addWidget(reading)
    layout.addStretch(1)
    window.resize(400, 60)
    with qtbot.waitExposed(window):
        window.show()
    return window, reading


def settle(qtbot, window) -> None:
    """Let layout requests that were posted arrive."""
    with qtbot.waitCallback() as done:
        from PyQt6.QtCore import QTimer

        QTimer.singleShot(0, done)


def test_another_number_of_as_many_digits_asks_for_nothing(shown, qtbot):
    window, reading = shown
    reading.setText("1,000")
    settle(qtbot, window)
    requests, width = LayoutRequests(window), reading.width()
    for number in range(1001, 1200):
        reading.setText(f"{number:,}")
    settle(qtbot, window)
    assert reading.text() == "1,199"
    assert requests.count == 0
    assert reading.width() == width


def test_a_loss_moves_nothing_beside_it_from_the_largest_to_the_smallest(qtbot):
    bar = TransportBar()
    qtbot.addWidget(bar)
    bar.setStyleSheet(style_sheet(DARK))
    bar.apply_palette(DARK)
    bar.resize(1600, 60)
    with qtbot.waitExposed(bar):
        bar.show()
    bar.numbers.loss.setText(loss_text(2.3))
    settle(qtbot, bar)
    requests, widths = (
        LayoutRequests(bar),
        (bar.numbers.loss.width(), bar.numbers.accuracy_name.x()),
    )
    for power in range(22, -10, -1):
        for value in (1.7 * 10.0**power, 9.9996 * 10.0**power):
            bar.numbers.loss.setText(loss_text(value))
            room = bar.numbers.loss.fontMetrics().horizontalAdvance(bar.numbers.loss.text())
            assert room <= bar.numbers.loss.width()
    for share in (0, 1e-9, 0.0734, 0.5, 0.99994, 1):
        bar.numbers.accuracy.setText(percent(share))
    settle(qtbot, bar)
    assert (bar.numbers.loss.width(), bar.numbers.accuracy_name.x()) == widths
    assert requests.count == 0


def test_the_bar_leaves_out_words_where_long_numbers_need_the_room(qtbot, make_viewer):
    """From no words left out to the least width, nothing is cut."""
    bar = TransportBar()
    qtbot.addWidget(bar)
    bar.setStyleSheet(style_sheet(DARK))
    bar.apply_palette(DARK)
    viewer = make_viewer(Experiment(layers=(3,), epochs=100_000), plain.make_dataset())
    bar.show_frame(viewer.frame, viewer.context)
    bar.show()
    for width in (1600, 1330, 1250, 1180):
        bar.setFixedWidth(width)
        settle(qtbot, bar)
        assert bar.layout().minimumSize().width() <= width
    assert not bar.export.text()
    bar.setFixedWidth(1600)
    settle(qtbot, bar)
    assert bar.export.text()


@pytest.mark.parametrize("rich", [False, True])
def test_what_is_shown_fits(shown, qtbot, rich):
    window, reading = shown
    for text in ("7", "99,999", "0.0001", "–", "88.6 %"):
        written = f"<span style='color:#123456; font-weight:600'>{text}</span>" if rich else text
        reading.setText(written)
        settle(qtbot, window)
        assert reading.text() == written
        assert reading.width() >= reading.fontMetrics().horizontalAdvance(text)
        assert reading.width() <= reading.fontMetrics().horizontalAdvance(text) + 24
        assert reading.height() >= reading.fontMetrics().height()


def test_another_font_or_theme_is_fitted(shown, qtbot):
    window, reading = shown
    reading.setText("12,345")
    settle(qtbot, window)
    small = reading.width()
    window.setStyleSheet(style_sheet(LIGHT) + 'QLabel[role="number"] { font-size: 40px; }')
    settle(qtbot, window)
    assert reading.text() == "12,345"
    assert reading.width() > small
    assert reading.width() >= reading.fontMetrics().horizontalAdvance("12,345")
    assert font(11).pixelSize() == 11
