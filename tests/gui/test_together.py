"""A panel never holds half of one frame and half of another."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QTabBar

from nnfs_core.experiment import Experiment
from nnfs_core.model.places import Place
from nnfs_core.training.trainer import Trainer
from tests.core.plain import four_figures, make_dataset
from tests.gui.screen import shot


def standing(viewer, epoch: int):
    return lambda: viewer.frame.epoch == epoch and viewer.newest == epoch and not viewer.training


def rest_on(panel, epoch: int) -> None:
    """Let the mouse rest on an epoch of a curve."""
    box = panel.plot.getPlotItem().getViewBox()
    panel._on_mouse_moved(
        QPointF(box.mapViewToScene(QPointF(epoch, 0)).x(), box.sceneBoundingRect().center().y())
    )


class TestTheMouseRestsOnACurve:
    @pytest.mark.parametrize("key", ["loss", "accuracy"])
    def test_while_the_run_begins_anew(self, window, qtbot, key):
        """The epoch under the mouse is in the old branch, not in the new one."""
        viewer, panel = window.viewer, window.view.panels[key]
        viewer.step(40)
        qtbot.waitUntil(standing(viewer, 40))
        window.view.arrangement.bring_forward(key)
        rest_on(panel, 30)
        assert "epoch 30" in panel.legend.text() and panel.probe_line.isVisible()
        QTest.keyClick(window, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
        assert viewer.newest == 0
        assert "epoch" not in panel.legend.text() and not panel.probe_line.isVisible()
        assert window.view.bar.numbers.epoch.text() == "0"
        assert window.view.panels["network"]._frame.epoch == 0
        # What lies under the mouse is read out when the new branch has come there.
        viewer.step(35)
        qtbot.waitUntil(standing(viewer, 35))
        shown = four_figures(viewer.recording[30].train_loss)
        if key == "loss":
            assert "epoch 30" in panel.legend.text() and shown in panel.legend.text()

    def test_while_the_axis_grows(self, window, qtbot):
        """The mouse stands still, and another epoch comes to lie under it."""
        viewer, panel = window.viewer, window.view.panels["loss"]
        viewer.step(20)
        qtbot.waitUntil(standing(viewer, 20))
        rest_on(panel, 10)
        before = panel._probed
        viewer._set_total(2 * viewer.total)
        viewer._show()
        assert panel._probed == pytest.approx(2 * before, abs=2)

    def test_in_health_and_followed(self, window, qtbot):
        viewer = window.viewer
        viewer.toggle_followed("validation", 3)
        viewer.step(30)
        qtbot.waitUntil(standing(viewer, 30))
        for key in ("health", "followed"):
            window.view.arrangement.bring_forward(key)
            panel = window.view.panels[key]
            qtbot.waitUntil(lambda panel=panel: panel.historian.answer.left == 0)
            plots = panel.plots.all if key == "health" else panel.cards
            seen = next(one for one in plots if one.isVisible())
            qtbot.waitUntil(lambda seen=seen: len(seen.epochs) > 0 and seen.epochs[-1] == 30)
            box = seen.plot.box
            middle = box.sceneBoundingRect().center()
            seen.plot._on_mouse_moved(QPointF(box.mapViewToScene(QPointF(25, 0)).x(), middle.y()))
            assert seen.probe is not None and seen.probe > 20
            viewer.restart()
            qtbot.waitUntil(lambda seen=seen: list(seen.epochs) == [0] and seen.probe in (None, 0))
            shot(window)
            viewer.step(30)
            qtbot.waitUntil(standing(viewer, 30))


def test_samples_of_another_part_while_out_of_sight(window, qtbot):
    """A page of one part was compared with the answers of the other when it was resized."""
    viewer, view = window.viewer, window.view
    view.arrangement.bring_forward("samples")
    panel = view.panels["samples"]
    last = len(viewer.run.dataset.train_x) - 1
    viewer.select_sample("train", last)
    assert panel.part.currentData() == "train"
    view.arrangement.toggle_maximised("network")
    viewer.select_sample("validation", 0)
    panel.gallery.resize(panel.gallery.width() + 60, panel.gallery.height() + 60)
    panel.gallery.resize(panel.gallery.width() - 60, panel.gallery.height() - 60)
    viewer.select_sample("validation", 1)
    view.arrangement.restore_panels()
    view.arrangement.bring_forward("samples")
    assert panel.gallery._context.chosen.part == "validation"
    _, labels = viewer.run.samples("validation")
    right = int(np.count_nonzero(panel.gallery.predicted == labels[panel.gallery.page]))
    assert panel.header.subtitle._text.startswith(f"{right}")
    shot(window)


def test_samples_are_counted_with_the_labels_of_their_own_part(window):
    view, viewer = window.view, window.viewer
    view.arrangement.bring_forward("samples")
    panel = view.panels["samples"]
    viewer.select_sample("train", len(viewer.run.dataset.train_x) - 1)
    # Known, as while out of sight, and not drawn yet.
    panel.notice(
        viewer._context_of(viewer.frame, True).__class__(
            **{
                name: getattr(viewer.context, name)
                for name in viewer.context.__dataclass_fields__
                if name != "chosen"
            },
            chosen=viewer.run.sample("validation", 0),
        )
    )
    panel.gallery.resize(panel.gallery.width() - 40, panel.gallery.height())
    _, labels = viewer.run.samples("train")
    assert panel.gallery.right == np.count_nonzero(
        panel.gallery.predicted == labels[panel.gallery.page]
    )


class TestProgress:
    """A run goes on while another epoch is looked at."""

    def test_followed_after_other_data(self, window, qtbot, make_viewer):
        """Its cards are of another run: the progress of this one is not for them."""
        view, viewer = window.view, window.viewer
        viewer.toggle_followed("validation", 3)
        view.arrangement.bring_forward("followed")
        viewer.step(5)
        qtbot.waitUntil(standing(viewer, 5))
        other = make_viewer(Experiment(layers=(4,)), make_dataset(samples=40, classes=3))
        other.toggle_followed("train", 1)
        panel = view.panels["followed"]
        panel.show_progress(other.context)
        panel._draw()
        shot(panel)

    def test_a_panel_that_shows_something_else_is_drawn_whole(self, window, qtbot):
        view, viewer = window.view, window.viewer
        viewer.step(6)
        qtbot.waitUntil(standing(viewer, 6))
        viewer.seek(2)
        qtbot.waitUntil(lambda: viewer.frame.epoch == 2)
        view.drawing.drawn.pop("loss")  # as when it has not had its turn since another run came
        seen = []
        panel = view.panels["loss"]
        plain = panel.show_frame
        panel.show_frame = lambda *what: (seen.append(what), plain(*what))
        view.show_progress(viewer.context)
        assert len(seen) == 1
        view.show_progress(viewer.context)
        assert len(seen) == 1, "from then on progress is enough"


def test_the_mouse_leaves(window, qtbot):
    viewer, panel = window.viewer, window.view.panels["loss"]
    viewer.step(10)
    qtbot.waitUntil(standing(viewer, 10))
    rest_on(panel, 5)
    QApplication.sendEvent(panel, QEvent(QEvent.Type.Leave))
    assert panel._probed is None and "epoch" not in panel.legend.text()


def test_keys_walk_through_the_shown_network_while_its_diagram_is_out_of_sight(
    window, make_viewer, qtbot
):
    """The diagram was still of the run before, with other units."""
    viewer, view = window.viewer, window.view
    QTest.keyClick(window, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    view.docks["network"].close()
    dataset = make_dataset(samples=40, classes=3)
    with qtbot.waitSignal(viewer.run_started):
        viewer.adopt(Trainer(Experiment(layers=(40,)), dataset), "other")
    viewer.select_place(Place("unit", 0, 30))
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_Down, both)
    weights = viewer.frame.parameters.weights[0][30]
    flow = np.abs(weights * viewer.context.trace.x)
    assert viewer.selection == Place("weight", 0, 30, int(np.argmax(flow)))
    QTest.keyClick(window, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert viewer.selection.fits(viewer.run.network.sizes)


class TestTabs:
    """Qt ends the program when a held tab is moved after another one is gone."""

    @pytest.fixture
    def tabs(self, window, qtbot):
        bars = window.view.host.findChildren(QTabBar)
        return next(bar for bar in bars if bar.tabText(bar.count() - 1) == "Followed")

    def drag(self, bar, *shares: float) -> None:
        for share in shares:
            place = QPointF(share * bar.width(), bar.height() / 2)
            buttons, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
            where = QPointF(bar.mapToGlobal(place))
            kind, key = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
            QApplication.sendEvent(bar, QMouseEvent(kind, place, where, none, buttons, key))

    def test_a_key_takes_tabs_away_while_one_is_held(self, window, tabs, qtbot):
        last = tabs.tabRect(tabs.count() - 1).center()
        QTest.mousePress(tabs, Qt.MouseButton.LeftButton, pos=last)
        for key in ("health", "confusion"):
            window.view.docks[key].close()
        window.view.host.layout().activate()
        assert tabs.count() == 2
        self.drag(tabs, 0.1, 0.9, 0.4)
        QTest.mouseRelease(tabs, Qt.MouseButton.LeftButton, pos=last)
        shot(window)

    def test_the_press_itself_finds_a_tab_gone(self, window, tabs):
        window.view.docks["health"].setFloating(True)
        last = tabs.tabRect(tabs.count() - 1).center()
        QTest.mousePress(tabs, Qt.MouseButton.LeftButton, pos=last)
        self.drag(tabs, 0.1, 0.9, 0.4)
        QTest.mouseRelease(tabs, Qt.MouseButton.LeftButton, pos=last)
        window.view.docks["health"].setFloating(False)

    def test_tabs_can_still_be_put_in_another_order(self, window, tabs):
        names = [tabs.tabText(at) for at in range(tabs.count())]
        first = tabs.tabRect(0).center()
        QTest.mousePress(tabs, Qt.MouseButton.LeftButton, pos=first)
        self.drag(tabs, 0.3, 0.6, 0.8)
        QTest.mouseRelease(tabs, Qt.MouseButton.LeftButton, pos=first)
        now = [tabs.tabText(at) for at in range(tabs.count())]
        assert sorted(now) == sorted(names) and now[0] != names[0]


@pytest.mark.parametrize("key", ["draw", "health", "loss", "weights"])
def test_a_panel_that_comes_back_shows_the_shown_epoch(window, qtbot, key):
    """Of one that floats and is shown again Qt does not always say that it can be seen."""
    view, viewer = window.view, window.viewer
    dock = view.docks[key]
    dock.setFloating(True)
    dock.close()
    viewer.step(3)
    qtbot.waitUntil(standing(viewer, 3))
    dock.blockSignals(True)
    dock.show()
    dock.blockSignals(False)
    dock.resize(dock.width() + 40, dock.height() + 30)
    qtbot.waitUntil(lambda: view.drawing.drawn[key][0] is viewer.frame)
    dock.setFloating(False)


def test_a_panel_with_turns_of_its_own_keeps_them_when_it_is_resized(window, qtbot):
    """While a run trains, a panel that is drawn seldom is not drawn with every pixel of a drag."""
    view, viewer = window.view, window.viewer
    viewer.train()
    qtbot.waitUntil(lambda: viewer.newest > 5)
    drawn = []
    panel = view.panels["health"]
    view.arrangement.bring_forward("health")
    qtbot.waitUntil(lambda: view.drawing.turns.isActive())
    plain = panel.show_frame
    panel.show_frame = lambda *what: (drawn.append(what[0].epoch), plain(*what))
    view.drawing.draw_arrivals()
    assert drawn == []
    viewer.pause()
    qtbot.waitUntil(lambda: not viewer.training)
