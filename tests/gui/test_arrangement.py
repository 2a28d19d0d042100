"""Panels that share a place: tabs, their titles, and no work for what nobody sees."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QEvent, QObject, QTimer
from PyQt6.QtWidgets import QTabBar

from visualizer.panels import panel_types
from visualizer.style.theme import DARK
from visualizer.view.arrangement import LAYOUT_VERSION
from visualizer.view.export import FrameExporter, Picture
from visualizer.view.frame_view import FrameView
from visualizer.view.workspaces import EXPLAIN


@pytest.fixture
def view(window):
    """The window's view, arranged as on a large screen."""
    window.view.arrangement.arrange()
    return window.view


def tabs_of(view: FrameView) -> list[list[str]]:
    """The texts of every row of tabs that is in sight."""
    bars = [bar for bar in view.host.findChildren(QTabBar) if bar.count() and bar.isVisible()]
    found = [[bar.tabText(at) for at in range(bar.count())] for bar in bars]
    return sorted(found)


def test_panels_of_one_place_are_tabs_in_their_order(view, qtbot):
    rows = [row for column in EXPLAIN.places(view.height()).values() for row in column]
    groups = sorted(
        [view.docks[key].panel.title for key in row.keys] for row in rows if len(row.keys) > 1
    )
    assert len(groups) == 3
    qtbot.waitUntil(lambda: tabs_of(view) == groups)


def test_a_title_is_written_once(view, qtbot):
    docks = view.docks
    assert not docks["weights"].panel.header.title.isVisibleTo(docks["weights"])
    assert docks["network"].panel.header.title.isVisibleTo(docks["network"])
    view.arrangement.toggle_maximised("weights")
    qtbot.waitUntil(lambda: docks["weights"].panel.header.title.isVisible())
    view.arrangement.restore_panels()
    qtbot.waitUntil(lambda: not docks["weights"].panel.header.title.isVisible())
    docks["confusion"].setFloating(True)
    qtbot.waitUntil(lambda: docks["confusion"].panel.header.title.isVisible())


def test_samples_stand_below_the_form_where_there_is_room():
    assert EXPLAIN.places(900)["left"][1].keys == ("samples",)
    assert "samples" in EXPLAIN.places(700)["right"][0].keys


def test_only_what_is_in_sight_is_drawn(window, view, qtbot, monkeypatch):
    drawn = []
    for key, panel in view.panels.items():
        plain = panel.show_frame
        monkeypatch.setattr(
            panel,
            "show_frame",
            lambda frame, context, key=key, plain=plain: (drawn.append(key), plain(frame, context)),
        )
    qtbot.waitUntil(lambda: view.docks["weights"].in_sight)
    window.viewer.step()
    qtbot.waitUntil(lambda: "weights" in drawn and not window.viewer.training)
    for hidden in ("health", "confusion", "followed", "draw"):
        assert not view.docks[hidden].in_sight
        assert hidden not in drawn
    drawn.clear()
    view.arrangement.bring_forward("confusion")
    qtbot.waitUntil(lambda: "confusion" in drawn)
    assert view.docks["confusion"].in_sight and not view.docks["weights"].in_sight


@pytest.mark.parametrize("key", [kind.key for kind in panel_types()])
def test_every_panel_can_be_brought_forward(view, qtbot, key):
    view.docks[key].close()
    view.arrangement.bring_forward(key)
    qtbot.waitUntil(lambda: view.docks[key].in_sight)
    other = "network" if key != "network" else "loss"
    view.arrangement.toggle_maximised(other)
    view.arrangement.bring_forward(key)
    qtbot.waitUntil(lambda: view.docks[key].in_sight)


def test_exported_pictures_have_their_tabs(viewer):
    exporter = FrameExporter(Picture((1440, 900), 1.0, DARK))
    exporter.image(viewer.frame, viewer.context)
    shown = [text for bar in tabs_of(exporter._view) for text in bar]
    assert {"Weights and gradients", "Health", "Inspector", "Draw"} <= set(shown)
    exporter.close()


def test_an_arrangement_of_another_window_leaves_no_tabs_behind(view, window, qtbot):
    view.arrangement.bring_forward("health")
    qtbot.waitUntil(lambda: view.docks["health"].in_sight)
    picture = Picture((1440, 900), 1.0, DARK, None, view.host.saveState(LAYOUT_VERSION))
    exporter = FrameExporter(picture)
    exporter.image(window.viewer.frame, window.viewer.context)
    shown = tabs_of(exporter._view)
    assert len(shown) == len({tuple(bar) for bar in shown}), "every row of tabs once"
    bars = [bar for bar in exporter._view.host.findChildren(QTabBar) if bar.isVisible()]
    assert {bar.tabText(bar.currentIndex()) for bar in bars} >= {"Health"}
    exporter.close()


def test_a_panel_brought_forward_in_a_picture_is_made_once(viewer):
    from visualizer.panels.health.board import Plots

    exporter = FrameExporter(Picture((1440, 900), 1.0, DARK))
    exporter.bring_forward(["health"])
    exporter.image(viewer.frame, viewer.context)
    assert len(exporter._view.panels["health"].findChildren(Plots)) == 1
    exporter.close()


def test_what_takes_no_part_in_a_stage_is_dimmed(window, view, qtbot):
    from nnfs_core.explain.stages import Stage

    stage = Stage("forward", 0)
    window.viewer.show_stage(stage)
    for key, dock in view.docks.items():
        dimmed = not dock.panel._dimmer.isHidden()
        assert dimmed == (not dock.panel.takes_part(stage)), key
    assert not view.panels["network"]._dimmer.isVisible()
    assert view.panels["loss"]._dimmer.isVisible()
    window.viewer.show_stage(None)
    assert all(dock.panel._dimmer.isHidden() for dock in view.docks.values())


def test_a_panel_that_is_taken_out_from_behind_another_is_drawn(window, qtbot):
    window.viewer.step()
    qtbot.waitUntil(lambda: window.viewer.frame.epoch == 1)
    dock = window.view.docks["confusion"]
    assert not dock.in_sight
    dock.setFloating(True)
    assert dock.in_sight
    qtbot.waitUntil(lambda: dock.panel.result is not None)
    assert dock.panel.result[2] is window.viewer.frame


def test_there_is_room_to_bring_panels_back_to_when_none_is_left(window, view, qtbot):
    for dock in view.docks.values():
        dock.close()
    window.resize(window.minimumSizeHint())
    qtbot.waitUntil(lambda: not any(dock.isVisible() for dock in view.docks.values()))
    window.resize(1, 1)
    qtbot.waitUntil(lambda: window.height() < 500)
    # With less than 160 Qt complains, and no panel can be docked there.
    assert view.host.height() >= 200
    assert view.host.width() >= 320


class Resizes(QObject):
    """Counts how often the bar at the top gets another size."""

    def __init__(self, window) -> None:
        super().__init__()
        self.count = 0
        window.view.bar.installEventFilter(self)

    def eventFilter(self, watched, event) -> bool:
        """Count."""
        self.count += event.type() == QEvent.Type.Resize
        assert self.count < 100, "it is laid out without end"
        return False


@pytest.mark.parametrize("percent", [80, 100, 175])
def test_a_window_of_any_width_is_laid_out_once(window, qtbot, percent):
    """Leaving out words made the bar lower, and the room for it higher, over and over again."""
    window.text.choose(percent)
    resizes = Resizes(window)
    for width in range(280, 1500, 20):
        resizes.count = 0
        window.resize(width, 640)
        for _ in range(3):  # what was posted is dealt with before a timer, and may post more
            turn = QTimer()
            with qtbot.waitSignal(turn.timeout):
                turn.start(0)
            turn.stop()
        assert resizes.count <= 4
