"""Text of any size: fonts, the style sheet, and lengths that text decides."""

from __future__ import annotations

import re

import pytest
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtWidgets import QLabel

from visualizer.kit.canvas import FrameCanvas
from visualizer.kit.widgets import Reading
from visualizer.style.text_size import SIZES, scaled, set_text_size, text_size
from visualizer.style.theme import DARK, font, style_sheet
from visualizer.view.export import FrameExporter, Picture
from visualizer.window.first_geometry import first_size
from visualizer.window.text_actions import TextActions


@pytest.mark.parametrize("percent", SIZES)
def test_fonts_and_lengths_follow(percent):
    set_text_size(percent)
    assert text_size() == percent
    assert font(20).pixelSize() == 20 * percent // 100 == scaled(20)


@pytest.mark.parametrize(("asked", "taken"), [(0, 80), (104, 100), (170, 175), (10**9, 250)])
def test_the_nearest_size_is_taken(asked, taken):
    set_text_size(asked)
    assert text_size() == taken


def test_the_style_sheet_follows_and_lines_stay_lines():
    plain = re.findall(r"([0-9]+)px", style_sheet(DARK))
    set_text_size(200)
    larger = re.findall(r"([0-9]+)px", style_sheet(DARK))
    expected = [int(length) * (1 if int(length) < 3 else 2) for length in plain]
    assert [int(length) for length in larger] == expected


@pytest.mark.parametrize("percent", SIZES)
def test_a_handle_stays_round(percent):
    set_text_size(percent)
    handle = re.search(
        r"width: (\d+)px; height: \d+px; .*border-radius: (\d+)px", style_sheet(DARK)
    )
    assert handle is not None
    assert int(handle[1]) - 2 <= 2 * int(handle[2]) <= int(handle[1])


class TestWindow:
    @pytest.fixture
    def window(self, make_window):
        return make_window()

    @staticmethod
    def settle(qapp):
        for _ in range(5):
            qapp.processEvents()

    def test_keys_choose_the_size_and_the_next_window_has_it(
        self, window, qtbot, make_window, settings
    ):
        control = Qt.KeyboardModifier.ControlModifier
        for key, expected in ((Qt.Key.Key_Plus, 110), (Qt.Key.Key_Equal, 125)):
            qtbot.keyClick(window, key, control)
            assert text_size() == expected
        qtbot.keyClick(window, Qt.Key.Key_Minus, control)
        assert text_size() == 110
        label = window.view.panels["samples"].header.title
        assert label.font().pixelSize() == round(13 * 1.1)
        set_text_size(100)
        again = make_window()
        assert text_size() == 110
        assert again.view.panels["samples"].header.title.font().pixelSize() == round(13 * 1.1)
        qtbot.keyClick(again, Qt.Key.Key_0, control)
        assert text_size() == 100
        assert not again.view.arrangement.is_maximised

    def test_a_size_that_was_written_wrong_is_no_size(self, settings):
        settings.setValue("text size", "large")
        TextActions(settings)
        assert text_size() == 100

    def test_what_grows_goes_back_and_panels_stay_where_they_are(self, window, qapp):
        view = window.view
        window.resize(2200, 1560)  # there is room for the same panels with larger text
        view.arrangement.arrange()
        self.settle(qapp)
        mine = [view.bar, view.timeline]
        mine += [view.docks[key] for key in ("experiment", "loss", "accuracy", "samples")]
        before, pictures = places(window), [one.grab().toImage() for one in mine]
        window.text.choose(175)
        self.settle(qapp)
        axis, title = view.panels["loss"].axes["bottom"], view.panels["loss"].plot
        assert axis.style["tickFont"].pixelSize() == axis.label.font().pixelSize() == 19
        assert axis.height() == round((34 if title.height() >= 96 * 1.75 else 20) * 1.75)
        assert title.minimumHeight() == 105
        assert view.bar.train.iconSize().width() == 28
        # The same panels in the same columns, the same ones on top.
        assert {key: (x > 0, top) for key, (x, top) in places(window).items()} == {
            key: (x > 0, top) for key, (x, top) in before.items()
        }
        window.text.choose(100)
        self.settle(qapp)
        assert places(window) == before
        assert [one.grab().toImage() for one in mine] == pictures

    def test_larger_text_has_panels_share_places_until_it_is_smaller_again(self, window, qapp):
        view = window.view
        view.arrangement.arrange()
        self.settle(qapp)
        before = places(window)
        window.text.choose(175)
        self.settle(qapp)
        assert view.docks["experiment"].isHidden() and not view.handles.isHidden()
        centre = view.host.tabifiedDockWidgets(view.docks["network"])
        assert view.docks["weights"] in centre and view.docks["weights"].windowTitle() == "Weights"
        assert view.room.verticalScrollBar().maximum() == 0
        assert view.panels["network"].canvas.height() >= 300
        window.text.choose(100)
        self.settle(qapp)
        assert in_sight(places(window)) == in_sight(before)
        assert view.docks["weights"].windowTitle() == "Weights and gradients"

    def test_panels_that_somebody_has_moved_stay_there_with_larger_text(self, window, qapp):
        view = window.view
        view.arrangement.arrange()
        view.host.tabifyDockWidget(view.docks["network"], view.docks["loss"])
        self.settle(qapp)
        window.text.choose(175)
        self.settle(qapp)
        assert view.docks["loss"] in view.host.tabifiedDockWidgets(view.docks["network"])
        assert view.docks["weights"] not in view.host.tabifiedDockWidgets(view.docks["network"])
        assert not view.handles.isHidden(), "the form is opened with one click"

    def test_a_drawer_of_a_narrow_window_is_open_in_a_wide_one(self, make_window, qtbot):
        window = make_window(size=(860, 900))
        view = window.view
        assert view.docks["experiment"].isHidden() and not view.handles.isHidden()
        window.resize(1440, 900)
        qtbot.waitUntil(lambda: not view.docks["experiment"].isHidden())
        assert view.handles.isHidden()
        window.resize(860, 900)
        qtbot.waitUntil(view.docks["experiment"].isHidden)
        # What somebody opens or closes stays so, until the view is of the other kind.
        view.arrangement.toggle_drawer("experiment")
        window.resize(870, 900)
        qtbot.waitUntil(lambda: view.width() == 870)
        assert not view.docks["experiment"].isHidden()
        window.resize(1440, 900)
        qtbot.waitUntil(view.handles.isHidden)
        view.docks["experiment"].close()
        window.resize(860, 900)
        qtbot.waitUntil(lambda: not view.handles.isHidden())
        window.resize(1440, 900)
        qtbot.waitUntil(view.handles.isHidden)
        assert view.docks["experiment"].isHidden()

    @pytest.mark.parametrize("percent", [80, 175, 250])
    def test_no_text_is_cut(self, window, qapp, percent):
        window.text.choose(percent)
        self.settle(qapp)
        for text in window.findChildren(QLabel):
            shown = text.isVisible() and not text.wordWrap() and text.text()
            if not shown or isinstance(text, Reading) or "<" in text.text():
                continue
            metrics = text.fontMetrics()
            assert metrics.horizontalAdvance(text.text()) <= text.width() + 1, text.text()
            assert metrics.ascent() + metrics.descent() <= text.height() + 2, text.text()

    def test_changing_while_a_run_trains_mixes_no_epochs(self, window, qtbot):
        viewer, view = window.viewer, window.view
        viewer.train()
        for percent in (125, 175, 80):
            with qtbot.waitSignal(viewer.shown):
                pass
            window.text.choose(percent)
            epoch = viewer.frame.epoch
            assert view.bar.numbers.epoch.text() == f"{epoch:,}"
            assert view.timeline.track.shown == epoch
            assert view.panels["loss"].shown_line.value() == epoch
            canvas = view.panels["network"].findChild(FrameCanvas)
            assert canvas._frame.epoch == epoch
        viewer.pause()

    def test_an_export_has_text_as_large_as_the_window(self, window):
        sizes = []
        for percent in (100, 175):
            window.text.choose(percent)
            exporter = FrameExporter(Picture((1440, 900), 1.0, DARK))
            sizes.append(exporter._view.panels["loss"].header.title.font().pixelSize())
            exporter.close()
        assert sizes == [13, 23]

    def test_a_bar_with_little_room_leaves_parts_out(self, window, qapp):
        bar = window.view.bar
        for percent, width in ((100, 1440), (175, 1440), (250, 1024)):
            window.resize(width, 700)
            window.text.choose(percent)
            self.settle(qapp)
            assert bar.layout().minimumSize().width() <= bar.width() <= width
            assert bar.train.isVisible()
            assert bar.numbers.epoch.isVisible()
            assert bar.export.isVisible() == (percent == 100)


def places(window) -> dict[str, tuple[int, bool]]:
    """Return of each panel where its left edge is, and whether it can be seen."""
    return {key: (dock.x(), dock.in_sight) for key, dock in window.view.docks.items()}


def in_sight(found: dict[str, tuple[int, bool]]) -> dict[str, int]:
    """Return where the panels are that can be seen."""
    return {key: x for key, (x, top) in found.items() if top}


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        ((0, 0, 1920, 1080), (1440, 900)),
        ((0, 0, 2560, 1440), (1920, 1080)),
        ((0, 0, 3840, 2160), (2880, 1620)),
        ((0, 0, 1024, 540), (1008, 496)),
    ],
)
def test_the_first_size_leaves_room_for_the_frame(room, expected):
    assert first_size(QRect(*room), (1440, 900)) == expected
