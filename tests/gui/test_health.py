"""The health panel shows what the definitions give, at every keyframe, live, past and in files."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pyqtgraph as pg
import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QFocusEvent
from PyQt6.QtWidgets import QApplication

from nnfs_core.diagnose.health import Probe
from nnfs_core.diagnose.histogram import Histogram
from nnfs_core.experiment import Experiment
from nnfs_core.history import keyframes
from nnfs_core.model.parameters import Parameters
from nnfs_core.training.trainer import Trainer
from tests.core import plain
from tests.gui.screen import rgb, shot
from tests.gui.test_screen_truth import move_mouse
from visualizer.jobs.background import AtOnce
from visualizer.panels.health.panel import HealthPanel
from visualizer.state.intents import ChooseEpoch
from visualizer.style.theme import DARK, LAYERS, LIGHT
from visualizer.view.export import FrameExporter, Picture

CLOUDS = plain.make_dataset(samples=90, validation=20)
TANH = Experiment(
    layers=(12, 9), activation="tanh", initializer="xavier", dtype="float64", learning_rate=0.5
)
RELU = Experiment(layers=(8,), dtype="float64", learning_rate=0.3, batch_size=30)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def keyframes_far_apart(monkeypatch):
    """Let keyframes lie 16 epochs apart, as those of a run of thousands do."""
    monkeypatch.setattr(keyframes, "FINEST", 1)


@pytest.fixture
def show(qtbot, make_viewer, monkeypatch):
    """A health panel on screen, and the viewer of a run some epochs old."""
    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", 0)
    held = []  # a window that nobody holds is taken apart while it is still painted

    def on_screen(experiment=TANH, epochs=40, size=(1200, 700), palette=DARK, data=CLOUDS):
        viewer = make_viewer(experiment, data)
        panel = HealthPanel()
        held.append(panel)
        qtbot.addWidget(panel)
        qtbot.addWidget(panel.header)
        panel.resize(*size)
        panel.apply_palette(palette)
        panel.show()
        qtbot.waitExposed(panel)
        for epoch in range(epochs):
            viewer.advance_now(show=epoch == epochs - 1)
        panel.show_frame(viewer.frame, viewer.context)
        return viewer, panel

    yield on_screen


@pytest.fixture
def examined(monkeypatch):
    """How often each state was examined, by its numbers; they are held so that none comes twice."""
    seen: Counter[int] = Counter()
    held = []
    plain_examine = Probe.examine

    def examine(probe, state):
        held.append(state.numbers)
        seen[id(state.numbers)] += 1
        return plain_examine(probe, state)

    monkeypatch.setattr(Probe, "examine", examine)
    return seen


def done(panel, recording):
    """Whether all of a recording has been examined; to be waited for."""

    def whole() -> bool:
        answer = panel.historian.answer
        question = answer.question
        here = question is not None and question.recording is recording
        return here and not answer.left and not panel.historian._working

    return whole


def curve(plot, layer):
    return plot.curves[layer].getOriginalDataset()


def at_epoch(experiment, data, epoch):
    """The parameters after some epochs, from a trainer of its own."""
    trainer = Trainer(experiment, data)
    for _ in range(epoch):
        trainer.step_epoch()
    return trainer.parameters.frozen_copy()


class TestCurves:
    def test_the_gradient_is_the_mean_over_all_samples(self, show):
        viewer, panel = show(TANH.but(weight_decay=0.01))
        x, y = CLOUDS.train_x, CLOUDS.train_y
        for layer in range(3):
            epochs, drawn = curve(panel.plots.gradients, layer)
            np.testing.assert_array_equal(epochs, [0, 16, 32, 40])
            for epoch, value in zip(epochs.astype(int), drawn, strict=True):
                parameters = at_epoch(viewer.run.experiment, CLOUDS, epoch)
                flat = plain.gradient(viewer.run.experiment, parameters, x, y)
                gradient = Parameters.over(flat, parameters.sizes)
                of_layer = np.append(gradient.weights[layer], gradient.biases[layer])
                assert 10**value == pytest.approx(np.sqrt((of_layer**2).sum()), rel=1e-6)

    def test_the_update_is_what_the_next_epoch_changes(self, show):
        _, panel = show()
        for layer in range(3):
            for epoch, value in zip(*curve(panel.plots.updates, layer), strict=True):
                before, after = (at_epoch(TANH, CLOUDS, int(epoch) + more) for more in (0, 1))
                change = after.weights[layer] - before.weights[layer]
                ratio = np.linalg.norm(change) / np.linalg.norm(before.weights[layer])
                assert 10**value == pytest.approx(ratio, rel=1e-9)

    def test_the_share_of_saturated_units(self, show):
        _, panel = show(TANH.but(learning_rate=3.0))
        shares = []
        for layer in range(2):
            for epoch, value in zip(*curve(panel.plots.unresponsive, layer), strict=True):
                parameters = at_epoch(TANH.but(learning_rate=3.0), CLOUDS, int(epoch))
                z = plain.pre_activations(TANH, parameters, CLOUDS.train_x)[layer]
                assert value == np.mean(np.abs(np.tanh(z)) > 0.97)
                shares.append(value)
        assert any(0 < share < 1 for share in shares)
        assert not panel.plots.unresponsive.curves[2].isVisible(), "a softmax has none"
        for plot, word in zip(
            panel.plots.all, ("softmax", "‖g‖₂", "10⁻³", "root", "90"), strict=True
        ):
            assert word in plot.title.toolTip()
            assert max(map(len, plot.title.toolTip().split("\n"))) <= 80

    def test_curves_have_the_layers_colours_and_dots_the_shown_epoch(self, show):
        viewer, panel = show(palette=LIGHT)
        plot = panel.plots.gradients
        apart = [LAYERS["light"][k] for k in (0, 2, 5)]  # of six, as far from each other as can be
        for layer in range(3):
            assert plot.curves[layer].opts["pen"].color().name() == apart[layer]
        x, y = plot.dots.getData()
        np.testing.assert_array_equal(x, [40] * 3)
        for layer, value in enumerate(y):
            g = viewer.frame.gradients
            both = np.append(g.weights[layer], g.biases[layer])
            assert 10**value == pytest.approx(np.linalg.norm(both), rel=1e-9)
        colours = [brush.color().name() for brush in plot.dots.data["brush"]]
        assert colours == apart

    def test_the_layer_that_is_pointed_at_stands_out(self, show, qtbot):
        _, panel = show()
        for plot in panel.plots.curves:
            assert [curve.opacity() for curve in plot.curves] == [1.0] * 3
        word = panel.legend.words[1]
        for begins, ends in (
            (QEvent(QEvent.Type.Enter), QEvent(QEvent.Type.Leave)),
            (QFocusEvent(QEvent.Type.FocusIn), QFocusEvent(QEvent.Type.FocusOut)),
        ):
            QCoreApplication.sendEvent(word, begins)
            for plot in panel.plots.curves:
                assert [curve.opacity() for curve in plot.curves] == [0.15, 1.0, 0.15]
                assert plot.curves[1].zValue() > plot.curves[2].zValue()
            QCoreApplication.sendEvent(word, ends)
            for plot in panel.plots.curves:
                assert [curve.opacity() for curve in plot.curves] == [1.0] * 3

    def test_a_thinned_recording(self, show):
        viewer, panel = show(epochs=300)
        viewer.recording.keyframes.budget.limit = 20_000
        viewer.recording.keyframes.budget.spend(0)
        stride = viewer.recording.keyframes.budget.stride
        assert stride > 16
        panel.show_frame(viewer.frame, viewer.context)
        epochs, drawn = curve(panel.plots.gradients, 0)
        np.testing.assert_array_equal(epochs, [*range(0, 300, stride), 300])
        assert f"every {stride} epochs" in panel.header.subtitle._text
        assert np.isfinite(drawn).all()

    def test_zeros_leave_gaps(self, show):
        """With weights of zero nothing comes through, and there is nothing to divide by."""
        zeros = Experiment(layers=(5,), activation="sigmoid", initializer="zeros", dtype="float64")
        _, panel = show(zeros, 2)
        epochs, drawn = curve(panel.plots.gradients, 0)
        np.testing.assert_array_equal(epochs, [0, 2])
        assert np.isnan(drawn[0]) and np.isfinite(drawn[1])
        assert np.isnan(curve(panel.plots.updates, 1)[1][0])

    def test_a_value_alone_is_a_dot_and_zeros_are_told(self, show):
        _, panel = show()
        plot = panel.plots.gradients
        epochs = np.array([0, 16, 32, 48])
        nothing = np.array([[1e-2, 0.0], [0.0, 0.0], [1e-4, 0.0], [1e-3, 0.0]])
        plot.draw(epochs, nothing, 48, 50, frozenset())
        x, y = plot.alone.getData()
        np.testing.assert_array_equal(x, [0])
        np.testing.assert_allclose(y, [-2])
        assert "some 0 at every epoch" in plot.footnote.text()
        plot.draw(epochs, nothing, 48, 50, frozenset([1]))
        assert plot.footnote.text().startswith("0 at times from epoch 16 on")
        dead = np.array([[1e1, 1e-1], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
        plot.draw(epochs, dead, 48, 50, frozenset([0]))
        assert plot.footnote.text() == "0 from epoch 16 on: not on a log axis"
        assert plot.footnote.isVisible()
        low, high = plot.plot.box.viewRange()[1]
        assert -1.5 < low < -1 < high < 1.5, "of the layer that is drawn"
        plot.draw(epochs, dead + np.array([1e-3, 0.0]), 48, 50, frozenset())
        assert plot.footnote.text() == "output is 0 from epoch 16 on: not on a log axis"
        plot.draw(epochs, dead + 1e-3, 48, 50, frozenset())
        assert not plot.footnote.isVisible() and not len(plot.alone.getData()[0])

    def test_the_output_is_read_out_where_there_is_little_room(self, show):
        _, panel = show()
        plot = panel.plots.gradients
        values = np.array([[1.234e-5, 2.3e-4, 4.6e-3]])
        plot.draw(np.array([0]), values, 0, 50, frozenset())
        plot.title.resize(600, 16)
        assert [text for text, _ in plot.title.values] == ["1.2×10⁻⁵", "0.00023", "0.0046"]
        plot.title.resize(150, 16)
        assert [text for text, _ in plot.title.values] == ["1×10⁻⁵", "0.0002", "0.005"]

    @pytest.mark.parametrize(
        ("experiment", "words"),
        [
            (Experiment(layers=(4,), activation="identity"), "With identity"),
            (Experiment(layers=()), "no hidden layer"),
            (Experiment(layers=(4,)), ""),
        ],
    )
    def test_it_says_why_there_is_nothing(self, show, experiment, words):
        _, panel = show(experiment, 1)
        assert words in panel.plots.unresponsive.note.text()
        assert panel.plots.unresponsive.note.isVisible() == bool(words)
        assert panel.plots.unresponsive.plot.shown_line.isVisible() == (not words), (
            "it would cross it"
        )

    def test_layers_can_be_left_out(self, show):
        _, panel = show()
        assert [word.text() for word in panel.legend.words] == ["hidden 1", "hidden 2", "output"]
        panel.legend.words[1].click()
        for plot in (panel.plots.gradients, panel.plots.updates):
            assert [one.isVisible() for one in plot.curves] == [True, False, True]
            assert len(plot.dots.getData()[0]) == 2
        panel.legend.words[1].click()
        assert all(one.isVisible() for one in panel.plots.gradients.curves)


class TestHistograms:
    @pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
    @pytest.mark.parametrize(("experiment", "layer"), [(TANH, 0), (TANH, 1), (TANH, 2), (RELU, 0)])
    def test_pixels_are_the_colours_of_numpys_shares(self, show, experiment, layer, palette):
        _, panel = show(experiment, palette=palette)
        for _ in range(layer):
            panel.next_layer()
        screen, seen = shot(panel), set()
        for plot in panel.plots.histograms:
            # A fine grid over the numbers of the axis, so that no bin is taken for granted.
            for epoch in plot.epochs[:-1].tolist():
                parameters = at_epoch(experiment, CLOUDS, epoch)
                values = parameters.weights[layer]
                signed, reach = True, plot.reach
                if plot is panel.plots.activations:
                    z = plain.pre_activations(experiment, parameters, CLOUDS.train_x)[layer]
                    output = layer == len(parameters.weights) - 1
                    activation = plain.FUNCTIONS[experiment.activation]
                    values = plain.probabilities(z) if output else activation(z)
                    signed = experiment.activation == "tanh" and not output
                counts, edges = np.histogram(values, 64, (-reach if signed else 0.0, reach))
                share = np.minimum(1, counts / values.size / 0.10)
                low, high = plot.plot.box.viewRange()[1]
                for bin_ in range(64):
                    value = (edges[bin_] + edges[bin_ + 1]) / 2
                    if not low < value < high:
                        assert counts[bin_] == 0, "nothing lies outside of the picture"
                        continue
                    # Beside the dashed line of the shown epoch, and off the axis at epoch 0.
                    at = pixel(panel, plot.plot, epoch + 0.3, value)
                    colour = rgb(palette.field) + np.round(254 * np.sqrt(share[bin_])) / 254 * (
                        rgb(palette.text) - rgb(palette.field)
                    )
                    assert np.abs(screen[at] - colour).max() <= 1.01, (epoch, value)
                    seen.add(tuple(np.round(colour)))
        assert len(seen) > 8, "were every cell of one colour, this would say little"

    def test_what_is_to_come_is_empty(self, show):
        _, panel = show()
        screen = shot(panel)
        plot = panel.plots.weights.plot  # anywhere but on a line of the grid
        at = pixel(panel, plot, 500, 0.137 * plot.box.viewRange()[1][1])
        assert np.abs(screen[at] - rgb(DARK.panel)).max() <= 1

    def test_the_share_under_the_mouse(self, show):
        _, panel = show()
        plot = panel.plots.weights
        weights = at_epoch(TANH, CLOUDS, 16).weights[0]
        counts, edges = np.histogram(weights, 64, (-plot.reach, plot.reach))
        bin_ = int(counts.argmax())
        point(plot.plot, 16.3, (edges[bin_] + edges[bin_ + 1]) / 2)
        (text, _), *_ = plot.title.values
        assert "epoch 16 " in text
        assert f"{edges[bin_]:.3g} … {edges[bin_ + 1]:.3g}" in text
        assert f"{100 * counts[bin_] / weights.size:.2f} %" in text


def pixel(panel, plot, epoch: float, value: float) -> tuple[int, int]:
    """Where a point of a plot lies in a picture of the panel, as (row, column)."""
    spot = plot.mapFromScene(plot.box.mapViewToScene(QPointF(epoch, value)))
    at = plot.viewport().mapTo(panel, spot)
    return at.y(), at.x()


def point(plot, epoch: float, value: float) -> None:
    spot = plot.mapFromScene(plot.box.mapViewToScene(QPointF(epoch, value)))
    move_mouse(plot.viewport(), spot)


class TestReading:
    def test_all_plots_read_out_the_epoch_under_the_mouse(self, show):
        _, panel = show(size=(1200, 700))
        for plot in (panel.plots.unresponsive, panel.plots.weights):
            point(plot.plot, 15, 0.2)
            assert [each.probe for each in panel.plots.all] == [16] * 5
            assert all(each.plot.probe_line.isVisible() for each in panel.plots.all)
            texts = [text for text, _ in panel.plots.gradients.title.values]
            values = [10 ** curve(panel.plots.gradients, layer)[1][1] for layer in range(3)]
            assert texts == ["epoch 16", *(f"{value:.3g}" for value in values)]
            move_mouse(plot.plot.viewport(), QPoint(2, 2))
        assert [each.probe for each in panel.plots.all] == [None] * 5
        texts = [text for text, _ in panel.plots.gradients.title.values]
        assert texts == [
            f"{10 ** curve(panel.plots.gradients, layer)[1][-1]:.3g}" for layer in range(3)
        ]

    def test_a_click_goes_there(self, show, qtbot):
        _, panel = show()
        plot = panel.plots.updates.plot
        point(plot, 31, -2)
        spot = plot.mapFromScene(plot.box.mapViewToScene(QPointF(31, -2)))
        with qtbot.waitSignal(panel.intent) as chosen:
            qtbot.mouseClick(plot.viewport(), LEFT, pos=spot)
        assert chosen.args == [ChooseEpoch(32)]

    def test_between_far_keyframes_one_can_go_to_any_epoch(self, show):
        viewer, panel = show(TANH.but(epochs=100), epochs=100)
        viewer.recording.keyframes.thin(2**20)
        panel.show_frame(viewer.frame, viewer.context)
        point(panel.plots.gradients.plot, 50, -1)
        assert panel.plots.gradients.probe == 50
        assert "not known here" in [text for text, _ in panel.plots.gradients.title.values]

    @pytest.mark.parametrize(
        ("size", "seen"),
        [
            ((740, 290), (0, 1, 2)),
            ((600, 180), (0, 1)),
            ((300, 180), (0,)),
            ((2500, 1300), (0, 1, 2, 3, 4)),
        ],
    )
    def test_as_many_plots_as_there_is_room_for(self, show, qtbot, size, seen):
        _, panel = show(size=size, epochs=3)
        assert panel.plots.seen == seen
        visited = set()
        for _ in panel.plots.pages:
            visible = {at for at, plot in enumerate(panel.plots.all) if plot.isVisible()}
            assert visible == set(panel.plots.seen)
            QApplication.sendPostedEvents()
            for at in visible:
                plot = panel.plots.all[at]
                assert plot.width() >= 190 and plot.plot.box.height() >= 40
                assert panel.rect().contains(plot.mapTo(panel, plot.rect().bottomRight()))
            visited |= visible
            panel.next_plots()
        assert visited == {0, 1, 2, 3, 4}, "every plot can be reached"
        assert panel.switch.isVisible() == (len(seen) < 5)
        if len(seen) < 5:
            qtbot.mouseClick(panel.switch.words[4], LEFT)
            assert 4 in panel.plots.seen


class TestInTheWindow:
    @pytest.fixture
    def window(self, make_window):
        window = make_window(TANH, CLOUDS)
        window.viewer.control.pace.least = 0.0
        return window

    def raise_panel(self, window, qtbot, *, whole: bool = False):
        """Bring the panel into sight; whole: so large that all plots are."""
        qtbot.keyClick(window, Qt.Key.Key_H)
        dock = window.view.docks["health"]
        qtbot.waitUntil(lambda: dock.in_sight)
        panel = dock.panel
        if whole:
            window.view.arrangement.toggle_maximised("health")
            qtbot.waitUntil(lambda: len(panel.plots.seen) == 5)
        qtbot.waitUntil(done(panel, window.viewer.recording))
        return panel

    def train(self, window, qtbot, until):
        viewer = window.viewer
        viewer.set_rate(None)
        viewer._set_total(until)
        viewer.train()
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == until)

    def test_curves_are_those_of_the_frames_shown_when_one_goes_there(self, window, qtbot):
        panel = self.raise_panel(window, qtbot)
        self.train(window, qtbot, 60)
        viewer = window.viewer
        qtbot.waitUntil(lambda: list(curve(panel.plots.gradients, 0)[0]) == [0, 16, 32, 48, 60])
        qtbot.waitUntil(done(panel, viewer.recording))
        drawn = [curve(panel.plots.gradients, layer)[1] for layer in range(3)]
        for at, epoch in enumerate((0, 16, 32, 48)):
            viewer.seek(epoch)
            qtbot.waitUntil(lambda epoch=epoch: viewer.frame.epoch == epoch)
            for layer in range(3):
                g = viewer.frame.gradients
                length = np.linalg.norm(np.append(g.weights[layer], g.biases[layer]))
                assert 10 ** drawn[layer][at] == pytest.approx(length, rel=1e-9)

    def test_nothing_is_done_out_of_sight(self, window, qtbot, examined):
        assert not window.view.docks["health"].in_sight
        self.train(window, qtbot, 60)
        window.viewer.seek(16)
        qtbot.waitUntil(lambda: window.viewer.frame.epoch == 16)
        assert not examined
        assert "plots" not in window.view.panels["health"].__dict__, "not even made"

    def test_no_state_is_examined_twice(self, window, qtbot, examined):
        panel = self.raise_panel(window, qtbot)
        viewer = window.viewer
        self.train(window, qtbot, 70)
        qtbot.waitUntil(lambda: 70 in panel.historian.answer.epochs)
        qtbot.waitUntil(done(panel, viewer.recording))
        for epoch in (32, 16, 33):
            viewer.seek(epoch)
            qtbot.waitUntil(lambda epoch=epoch: viewer.frame.epoch == epoch)
            qtbot.waitUntil(lambda epoch=epoch: epoch in panel.historian.answer.epochs)
            qtbot.waitUntil(done(panel, viewer.recording))
        past = {id(s.numbers) for s in viewer.recording.keyframes if s.epoch <= 32}
        viewer.seek(32)
        qtbot.waitUntil(lambda: viewer.frame.epoch == 32)
        viewer.fork(0.1)
        qtbot.waitUntil(done(panel, viewer.recording))
        assert past & {id(s.numbers) for s in viewer.recording.keyframes}
        assert set(examined.values()) == {1}

    def test_a_fork_shows_the_past_it_shares_and_its_own_next_step(self, window, qtbot):
        panel = self.raise_panel(window, qtbot, whole=True)
        self.train(window, qtbot, 50)
        viewer = window.viewer
        qtbot.waitUntil(lambda: 50 in panel.historian.answer.epochs)
        qtbot.waitUntil(done(panel, viewer.recording))
        before = curve(panel.plots.updates, 0)[1]
        viewer.seek(32)
        qtbot.waitUntil(lambda: viewer.frame.epoch == 32)
        viewer.fork(TANH.learning_rate / 10)
        qtbot.waitUntil(done(panel, viewer.recording))
        epochs, after = curve(panel.plots.updates, 0)
        np.testing.assert_array_equal(epochs, [0, 16, 32])
        np.testing.assert_array_equal(after[:2], before[:2])
        assert 10 ** after[2] == pytest.approx(10 ** before[2] / 10, rel=1e-9)

    def test_it_goes_on_while_one_looks_back_and_the_run_trains(self, window, qtbot):
        panel = self.raise_panel(window, qtbot)
        self.train(window, qtbot, 40)
        viewer = window.viewer
        viewer.seek(16)
        qtbot.waitUntil(lambda: viewer.frame.epoch == 16)
        viewer._set_total(100_000)
        viewer.live = False
        viewer.control.thread.train(100_000)
        qtbot.waitUntil(lambda: max(panel.historian.answer.epochs, default=0) >= 64)
        assert viewer.frame.epoch == 16
        viewer.pause()
        qtbot.waitUntil(lambda: not viewer.training)
        qtbot.waitUntil(done(panel, viewer.recording))
        assert panel.plots.gradients.shown == 16

    def test_a_run_opened_from_a_file_has_its_whole_history(self, make_window, qtbot, tmp_path):
        window = make_window()  # of data that is found by its name
        window.viewer.control.pace.least = 0.0
        panel = self.raise_panel(window, qtbot, whole=True)
        self.train(window, qtbot, 50)
        viewer = window.viewer
        qtbot.waitUntil(lambda: 50 in panel.historian.answer.epochs)
        qtbot.waitUntil(done(panel, viewer.recording))
        plots = (panel.plots.unresponsive, panel.plots.gradients, panel.plots.updates)
        before = [curve(plot, 0) for plot in plots]
        path = tmp_path / "run.nnfs"
        with qtbot.waitSignal(viewer.saved):
            viewer.save(path)
        run = viewer.run
        viewer.open(path)
        qtbot.waitUntil(lambda: viewer.run is not run)
        qtbot.waitUntil(lambda: panel._run is viewer.run)
        qtbot.waitUntil(done(panel, viewer.recording))
        for plot, (epochs, values) in zip(plots, before, strict=True):
            np.testing.assert_array_equal(curve(plot, 0)[0], epochs)
            np.testing.assert_array_equal(curve(plot, 0)[1], values)

    def test_an_export_shows_the_same_numbers(self, window, qtbot):
        panel = self.raise_panel(window, qtbot, whole=True)
        self.train(window, qtbot, 50)
        viewer = window.viewer
        qtbot.waitUntil(lambda: 50 in panel.historian.answer.epochs)
        qtbot.waitUntil(done(panel, viewer.recording))
        exporter = FrameExporter(Picture((900, 700), 1.0, DARK, "health"))
        first = exporter.image(viewer.frame, viewer.context)
        other = exporter._view.panel.plots
        for mine, its in zip(panel.plots.curves, other.curves, strict=True):
            np.testing.assert_array_equal(mine.values, its.values)
            np.testing.assert_array_equal(mine.epochs, its.epochs)
        for mine, its in zip(panel.plots.histograms, other.histograms, strict=True):
            np.testing.assert_array_equal(mine.shares, its.shares)
        # What is seen later is the same picture again.
        viewer.seek(16)
        qtbot.waitUntil(lambda: viewer.frame.epoch == 16)
        viewer.go_live()
        assert exporter.image(viewer.frame, viewer.context) == first
        exporter.close()

    def test_a_plot_that_comes_into_sight_is_up_to_date(self, window, qtbot):
        panel = self.raise_panel(window, qtbot)
        assert 3 not in panel.plots.seen
        self.train(window, qtbot, 40)
        qtbot.waitUntil(lambda: 40 in panel.historian.answer.epochs)
        qtbot.waitUntil(done(panel, window.viewer.recording))
        assert not len(panel.plots.weights.histograms), "nobody sees it"
        panel.show_plot(3)
        np.testing.assert_array_equal(panel.plots.weights.epochs, [0, 16, 32, 40])
        weights = window.viewer.frame.parameters.weights[0]
        reach = panel.plots.weights.reach
        counts, _ = np.histogram(weights, 64, (-reach, reach))
        np.testing.assert_allclose(panel.plots.weights.shares[-1], counts / weights.size)

    def test_keys(self, window, qtbot):
        panel = self.raise_panel(window, qtbot)
        window.resize(1100, 700)
        assert panel.layer.currentData() == 0
        qtbot.keyClick(window, Qt.Key.Key_H, Qt.KeyboardModifier.ShiftModifier)
        assert panel.layer.currentData() == 1
        assert panel.plots.weights.isVisible(), "what the key changes is in sight"
        assert "hidden 2" in panel.plots.weights.title.name
        seen = panel.plots.seen
        qtbot.keyClick(window, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
        assert panel.plots.seen != seen or len(panel.plots.pages) == 1

    def test_another_run_with_other_layers(self, window, qtbot, examined):
        panel = self.raise_panel(window, qtbot)
        window.viewer.adopt(Trainer(RELU, replace(CLOUDS, name="others")), "others")
        qtbot.waitUntil(done(panel, window.viewer.recording))
        assert [w.text() for w in panel.legend.words if not w.isHidden()] == ["hidden 1", "output"]
        assert panel.plots.unresponsive.name == "dead units"
        assert [one.isVisible() for one in panel.plots.gradients.curves[:3]].count(True) <= 2
        assert panel.layer.count() == 2


def test_all_plots_are_of_one_epoch_also_before_the_answer_of_another_branch(show):
    """More plots come into sight as a branch begins: they and the others are of its epoch."""
    viewer, panel = show(size=(420, 300))
    assert len(panel.plots.seen) < len(panel.plots.all)
    jobs = []

    class Later(AtOnce):
        def submit(self, kind, job, done, failed=None):
            jobs.append((job, done))

    panel.background = Later()
    viewer.restart()
    panel.latest = (viewer.frame, viewer.context)
    panel.show_frame(viewer.frame, viewer.context)
    panel.resize(1200, 700)
    assert len(panel.plots.seen) == len(panel.plots.all)
    assert {plot.shown for plot in panel.plots.all} == {0}
    assert panel.header.epoch.text() == "epoch 0 ·"
    while jobs:
        job, done = jobs.pop(0)
        done(job())
        panel.historian._again.stop()
    assert {plot.shown for plot in panel.plots.all} == {0}
    assert all(len(plot.epochs) for plot in panel.plots.all)


@pytest.mark.parametrize("largest", [1e300, 1e307, 1.7e308])
def test_numbers_at_the_end_of_float64_have_an_axis(show, largest):
    """The span from −10³⁰⁸ to 10³⁰⁸ is no number any more."""
    _, panel = show()
    course = panel.plots.weights
    values = np.array([-largest, 0.0, largest / 2])
    course.draw(np.array([0]), [Histogram.of(values, signed=True)], 1, 0, 10)
    low, high = course.plot.box.viewRange()[1]
    assert np.isfinite([low, high]).all() and high > low
