"""The network diagram answers the mouse and the keys, and shows what is pointed at."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QColor
from PyQt6.QtTest import QTest

from nnfs_core.experiment import Experiment
from nnfs_core.model.places import Place
from tests.core import plain
from tests.gui.screen import Texts, figure, near, next_step, rgb, shot
from visualizer.panels.network import canvas as canvas_module
from visualizer.panels.network.canvas import DiagramCanvas
from visualizer.panels.network.edges import Edges
from visualizer.panels.network.hits import Curves, curve_at, neighbour, place_of, unit_at
from visualizer.panels.network.layout import CURVE, lay_out
from visualizer.style.theme import DARK, LIGHT, PALETTES

SIZE = (900, 520)
WIDE = Experiment(layers=(130, 40), learning_rate=0.1)
CLOUDS = Experiment(layers=(5, 3), activation="tanh", learning_rate=0.2)

both_themes = pytest.mark.parametrize("palette", [DARK, LIGHT], ids=list(PALETTES))


@pytest.fixture
def canvas(make_viewer, qtbot):
    """Put a canvas on screen, fed by a viewer that is some epochs old."""

    def make(experiment=None, dataset=None, epochs=20, palette=DARK, edges=100, size=SIZE):
        viewer = make_viewer(experiment, dataset)
        for _ in range(epochs):
            viewer.advance_now()
        canvas = DiagramCanvas()
        qtbot.addWidget(canvas)
        colours = canvas.palette()
        colours.setColor(colours.ColorRole.Window, QColor(palette.panel))
        canvas.setPalette(colours)
        canvas.setAutoFillBackground(True)
        canvas.set_edges(edges)
        canvas.resize(*size)
        canvas.apply_palette(palette)
        canvas.show_frame(viewer.frame, viewer.context)
        viewer.shown.connect(canvas.show_frame)
        canvas.pointed.connect(viewer.select_place)
        canvas.show()
        qtbot.waitExposed(canvas)
        return viewer, canvas

    return make


def point(canvas, column, unit) -> QPoint:
    """Return the middle of a unit of a column; column 0 is the input."""
    return QPointF(*canvas._diagram.columns[column].centres[unit]).toPoint()


def middle(canvas, layer, source, unit) -> QPoint:
    """Return the middle of a connection: half way between both ends of its bend, by symmetry."""
    left, right = canvas._diagram.columns[layer], canvas._diagram.columns[layer + 1]
    image = layer == 0 and left.grid is not None
    start = left.box[2] if image else left.centres[source, 0] + left.radius
    end = right.centres[unit, 0] - right.radius
    y = (left.centres[source, 1] + right.centres[unit, 1]) / 2
    return QPointF((start + end) / 2, y).toPoint()


def around(screen, at: QPoint, reach: int = 2) -> np.ndarray:
    return screen[at.y() - reach : at.y() + reach + 1, at.x() - reach : at.x() + reach + 1]


class TestClicks:
    @pytest.mark.parametrize("experiment", [None, WIDE], ids=["circles", "cells"])
    def test_units_outputs_and_pixels(self, canvas, experiment):
        viewer, canvas = canvas(experiment, epochs=1)
        sizes = viewer.run.network.sizes
        for column, size in enumerate(sizes):
            for unit in {0, size // 2, size - 1}:
                QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=point(canvas, column, unit))
                expected = (
                    Place("unit", column - 1, unit) if column else Place("input", source=unit)
                )
                assert viewer.selection == expected

    def test_every_cell_is_found(self):
        diagram = lay_out((784, 130, 10), (28, 28), 900, 520)
        for column in diagram.columns:
            for unit, (x, y) in enumerate(column.centres.tolist()):
                assert unit_at(column, x, y) == unit

    def test_features_without_a_picture(self, canvas):
        viewer, canvas = canvas(CLOUDS, plain.make_dataset(), epochs=1)
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=point(canvas, 0, 4))
        assert viewer.selection == Place("input", source=4)

    def test_the_row_of_a_class(self, canvas):
        viewer, canvas = canvas()
        x = canvas.width() - 60
        for k in (0, 4, 9):
            y = round(canvas._diagram.columns[-1].centres[k, 1])
            QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
            assert viewer.selection == Place("unit", 1, k)

    @pytest.mark.parametrize("height", [520, 260], ids=["roomy", "tight"])
    def test_the_mark_of_the_true_class_is_the_loss(self, canvas, height):
        viewer, canvas = canvas(size=(900, height))
        y = canvas._diagram.columns[-1].centres[viewer.context.sample.label, 1]
        green = np.argwhere(near(shot(canvas), DARK.good, 12))
        assert len(green) and (np.abs(green[:, 0] - y) < 20).all()
        down, across = green[len(green) // 2].tolist()
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(across, down))
        assert viewer.selection == Place("loss")

    def test_a_drawn_connection_and_nothing(self, canvas):
        viewer, canvas = canvas(edges=6)
        # The strongest connection into the output, worked out here.
        a = viewer.context.trace.a[0]
        flow = viewer.frame.parameters.weights[1] * a
        unit, source = np.unravel_index(np.abs(flow).argmax(), flow.shape)
        at = middle(canvas, 1, source, unit)
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at)
        assert viewer.selection == Place("weight", 1, int(unit), int(source))
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
        assert viewer.selection is None

    def test_a_connection_that_is_not_drawn_is_not_there(self, canvas):
        _, canvas = canvas(edges=0)
        at = middle(canvas, 1, 3, 3)
        assert canvas.place_at(QPointF(at)) is None


@given(
    edges=st.integers(1, 12),
    points=st.integers(2, 6),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_nearest_connection_is_the_nearest(edges, points, seed):
    generator = np.random.default_rng(seed)
    xs = np.sort(generator.uniform(0, 100, (edges, points)), axis=1)
    ys = generator.uniform(0, 100, (edges, points))
    x, y = generator.uniform(10, 90, 2)
    ends = np.arange(edges)
    nearest, distance = curve_at(Curves(Edges(ends, ends, np.ones(edges)), xs, ys), x, y)
    if not xs.min() - 5 <= x <= xs.max() + 5:
        assert distance == np.inf
        return
    fine = np.linspace(0, 1, 4001)
    slow = [
        min(
            np.hypot(a + fine * (b - a) - x, c + fine * (d - c) - y).min()
            for a, b, c, d in zip(xs[k], xs[k, 1:], ys[k], ys[k, 1:], strict=False)
        )
        for k in range(edges)
    ]
    assert distance == pytest.approx(min(slow), abs=0.02)
    assert slow[nearest] == pytest.approx(min(slow), abs=0.04)


class TestHover:
    def test_the_value_is_there_at_once(self, canvas):
        viewer, canvas = canvas()
        unit = int(viewer.context.trace.a[0].argmax())
        QTest.mouseMove(canvas, point(canvas, 1, unit))
        words = canvas._words
        assert words.isVisible()
        found = re.fullmatch(r"hidden 1, unit (\d+): z = (\S+), relu\(z\) = (\S+)", words.text())
        assert int(found[1]) == unit
        x = viewer.context.sample.x[None]
        z = plain.pre_activations(viewer.run.experiment, viewer.frame.parameters, x)[0][0]
        assert figure(found[2]) == pytest.approx(z[unit], rel=2e-3)
        assert canvas.rect().contains(words.geometry())
        assert canvas.cursor().shape() == Qt.CursorShape.PointingHandCursor
        QTest.mouseMove(canvas, QPoint(3, 3))
        assert not words.isVisible()
        assert canvas.cursor().shape() == Qt.CursorShape.ArrowCursor

    def test_a_connection_says_its_weight_and_what_it_brings(self, canvas):
        viewer, canvas = canvas(edges=6)
        w, a = viewer.frame.parameters.weights[1], viewer.context.trace.a[0]
        unit, source = np.unravel_index(np.abs(w * a).argmax(), w.shape)
        text = canvas.value_at(QPointF(middle(canvas, 1, source, unit)))
        found = re.fullmatch(
            rf"class {unit} ← hidden 1, unit {source}: w = (\S+), w·a = (\S+)", text
        )
        assert figure(found[1]) == pytest.approx(w[unit, source], rel=2e-3)
        assert figure(found[2]) == pytest.approx(w[unit, source] * a[source], rel=2e-3)

    def test_the_loss_is_that_of_the_sample(self, canvas):
        viewer, canvas = canvas()
        sample = viewer.context.sample
        left, top, width, height = canvas._read_out.mark(
            canvas._diagram.columns[-1].centres[sample.label, 1]
        )
        text = canvas.value_at(QPointF(left + width / 2, top + height / 2))
        expected = plain.loss(
            viewer.run.experiment,
            viewer.frame.parameters,
            sample.x[None],
            np.array([sample.label]),
        )
        assert float(text.split("loss = ")[1]) == pytest.approx(expected, rel=2e-3)

    def test_the_words_follow_the_run(self, canvas):
        viewer, canvas = canvas()
        QTest.mouseMove(canvas, point(canvas, 2, 3))
        before = canvas._words.text()
        viewer.advance_now()
        assert canvas._words.text() != before
        assert f"p = {viewer.context.trace.answers[3]:.4g}" in canvas._words.text()

    def test_a_unit_shows_its_own_connections_and_the_others_step_back(self, canvas):
        viewer, canvas = canvas()
        plain_screen = shot(canvas).astype(int)
        active = np.argsort(-viewer.context.trace.a[0])
        hovered, other = int(active[0]), int(active[1])
        QTest.mouseMove(canvas, point(canvas, 1, hovered))
        canvas._words.hide()
        screen = shot(canvas).astype(int)
        column = canvas._diagram.columns[1]

        def coloured(picture, unit):
            x, y = column.centres[unit].astype(int)
            spot = picture[y - 5 : y + 6, int(x - column.radius) - 12 : int(x - column.radius) - 4]
            return np.abs(spot - rgb(DARK.panel)).sum()

        assert coloured(screen, other) < 0.5 * coloured(plain_screen, other)
        assert coloured(screen, hovered) >= 0.9 * coloured(plain_screen, hovered)
        QTest.mouseMove(canvas, QPoint(3, 3))
        np.testing.assert_array_equal(shot(canvas), plain_screen)


class TestSelection:
    @both_themes
    def test_a_weight_is_drawn_though_it_is_not_strong(self, canvas, palette):
        viewer, canvas = canvas(edges=0, palette=palette)
        for layer, unit, source in ((0, 2, 27), (1, 8, 3)):
            at = middle(canvas, layer, source, unit)
            viewer.select_place(None)
            # The rim is the accent's own colour; the connection between has that of its sign.
            assert not near(around(shot(canvas), at, 6), palette.accent, 10).any()
            viewer.select_place(Place("weight", layer, unit, source))
            assert near(around(shot(canvas), at, 6), palette.accent, 10).any()

    @both_themes
    def test_a_selected_weight_keeps_the_colour_of_its_sign(self, canvas, palette):
        viewer, canvas = canvas(edges=0, palette=palette)
        flow = viewer.frame.parameters.weights[1] * viewer.context.trace.a[0]
        order = np.argsort(flow, axis=None)
        silent = int(np.flatnonzero(viewer.context.trace.a[0] == 0)[0])
        for at, sign in ((order[0], -1), (order[-1], 1), (silent, 0)):
            unit, source = (int(part) for part in np.unravel_index(at, flow.shape))
            assert np.sign(flow[unit, source]) == sign
            viewer.select_place(Place("weight", 1, unit, source))
            spot = around(shot(canvas), middle(canvas, 1, source, unit), 1)[1, 1].astype(float)
            if sign:
                end = rgb(palette.negative if sign < 0 else palette.positive)
                share = (spot - rgb(palette.panel)) @ (end - rgb(palette.panel))
                share /= ((end - rgb(palette.panel)) ** 2).sum()
                assert 0.3 < share < 1.05
                expected = rgb(palette.panel) + share * (end - rgb(palette.panel))
                assert np.abs(spot - expected).max() < 12
            else:
                assert np.abs(spot - rgb(palette.dim)).max() < 12

    @both_themes
    def test_a_ring_a_frame_and_a_badge(self, canvas, palette):
        viewer, canvas = canvas(edges=0, palette=palette)
        hidden, inputs = canvas._diagram.columns[1], canvas._diagram.columns[0]
        x, y = hidden.centres[4]
        ring = QPointF(x + hidden.radius + 3, y).toPoint()
        badge = QPointF(x + hidden.radius + 3, y + hidden.radius + 9).toPoint()
        bare = shot(canvas)
        for place, at, there in (
            (Place("unit", 0, 4), ring, True),
            (Place("unit", 0, 4), badge, False),
            (Place("bias", 0, 4), ring, True),
            (Place("bias", 0, 4), badge, True),
        ):
            viewer.select_place(place)
            assert near(around(shot(canvas), at, 1), palette.accent, 30).any() == there
        viewer.select_place(Place("input", source=20))
        x, y = inputs.centres[20]
        frame = QPointF(x - inputs.radius - 1, y).toPoint()
        assert near(around(shot(canvas), frame, 1), palette.accent, 30).any()
        viewer.select_place(Place("loss"))
        assert (shot(canvas) != bare).any()
        viewer.select_place(None)
        np.testing.assert_array_equal(shot(canvas), bare)

    def test_what_goes_into_a_selected_unit_stands_out(self, canvas):
        viewer, canvas = canvas(edges=20)
        viewer.select_place(Place("unit", 1, 4))
        scene = canvas._scene
        alive = np.count_nonzero(viewer.context.trace.a[0])
        lines = sum(len(lines.ndarray()) for lines, _, _ in scene.pointed_strokes)
        assert lines == alive * (len(CURVE) - 1)
        ends = np.concatenate([lines.ndarray() for lines, _, _ in scene.pointed_strokes])
        column = canvas._diagram.columns[2]
        last = ends[ends[:, 2] > column.centres[0, 0] - column.radius - 1e-6]
        assert len(last) == alive
        np.testing.assert_allclose(last[:, 3], column.centres[4, 1])


class TestKeys:
    def test_from_unit_to_unit(self, window, qtbot):
        viewer = window.viewer

        def press(key, modifiers=Qt.KeyboardModifier.ControlModifier):
            qtbot.keyClick(window, key, modifiers)

        press(Qt.Key.Key_Up)
        predicted = viewer.context.trace.predicted
        assert viewer.selection == Place("unit", 1, predicted)
        press(Qt.Key.Key_Left)
        assert viewer.selection == Place("unit", 0, predicted), "both layers have ten units"
        press(Qt.Key.Key_Down if predicted < 5 else Qt.Key.Key_Up)
        assert viewer.selection == Place("unit", 0, predicted + (1 if predicted < 5 else -1))
        press(Qt.Key.Key_Left)
        assert viewer.selection.kind == "input"
        assert viewer.selection.source % 8 == 7, "the picture is entered at its right edge"
        for _ in range(9):
            press(Qt.Key.Key_Left)
        assert viewer.selection.source % 8 == 0
        for _ in range(8):
            press(Qt.Key.Key_Right)
        assert viewer.selection.kind == "unit"
        press(Qt.Key.Key_Backspace)
        assert viewer.selection is None

    def test_through_the_weights_of_a_unit(self, window, qtbot):
        viewer = window.viewer
        viewer.select_place(Place("unit", 0, 3))
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        flow = viewer.frame.parameters.weights[0][3] * viewer.context.sample.x
        sizes = []
        for _ in range(5):
            qtbot.keyClick(window, Qt.Key.Key_Down, both)
            place = viewer.selection
            assert (place.kind, place.layer, place.unit) == ("weight", 0, 3)
            sizes.append(abs(flow[place.source]))
        np.testing.assert_allclose(sizes, np.sort(np.abs(flow))[::-1][:5])
        for _ in range(5):
            qtbot.keyClick(window, Qt.Key.Key_Up, both)
        assert viewer.selection == Place("unit", 0, 3)
        qtbot.keyClick(window, Qt.Key.Key_Up, both)
        assert viewer.selection == Place("bias", 0, 3)
        qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
        assert viewer.selection.kind == "input", "a bias moves on as its unit"

    @pytest.mark.parametrize("sizes", [(64, 10, 10), (64, 130, 40, 3)])
    def test_every_unit_can_be_reached(self, sizes):
        diagram = lay_out(sizes, (8, 8), 900, 520)
        start = place_of(len(sizes) - 1, 0)
        seen, left = {start}, [start]
        while left:
            here = left.pop()
            for direction in ("up", "down", "left", "right"):
                there = neighbour(diagram, here, direction)
                assert there.fits(sizes)
                if there not in seen:
                    seen.add(there)
                    left.append(there)
        assert len(seen) == sum(sizes)


class TestSaliency:
    @both_themes
    @pytest.mark.parametrize("activation", ["relu", "tanh"])
    def test_every_pixel_is_its_grey_under_the_slope(
        self, canvas, palette, activation, monkeypatch
    ):
        texts = Texts(monkeypatch, canvas_module)
        experiment = Experiment(layers=(9, 8), activation=activation, dtype="float64")
        viewer, canvas = canvas(experiment, palette=palette, edges=0)
        canvas.set_saliency(True)
        texts.clear()
        screen = shot(canvas)
        sample, step = viewer.context.sample, 1e-6
        k = viewer.context.trace.predicted
        x = np.asarray(sample.x, float)
        moved = x + step * np.concatenate([np.eye(64), -np.eye(64)])
        z = plain.pre_activations(viewer.run.experiment, viewer.frame.parameters, moved)[-1][:, k]
        rise = (z[:64] - z[64:]) / (2 * step)
        scale = next_step(np.abs(rise).max())
        ends = [text for text in texts.words if text.startswith(f"∂z({k})/∂x")]
        assert [figure(text.split()[-1]) for text in ends] == [pytest.approx(-scale)]
        assert any(text[0] == "+" and figure(text) == pytest.approx(scale) for text in texts.words)
        level = np.round(127 * rise / scale) / 127
        below = np.repeat(255 * np.round(254 * x[:, None]) / 254, 3, axis=1)
        end = np.where(level[:, None] > 0, rgb(palette.positive), rgb(palette.negative))
        expected = below + np.abs(level[:, None]) * (end - below)
        for (column, row), colour, slope in zip(
            canvas._diagram.inputs.centres.astype(int), expected, rise, strict=True
        ):
            # Either level is right in the middle of two of them.
            rest = abs(127 * slope / scale) % 1
            allowed = 4 if abs(rest - 0.5) < 1e-3 else 1.6
            assert np.abs(screen[row, column] - colour).max() <= allowed
        assert (np.abs(rise) > 0.3 * scale).any()
        told = canvas.value_at(QPointF(*canvas._diagram.inputs.centres[27]))
        assert figure(told.split("∂x = ")[1]) == pytest.approx(rise[27], rel=1e-3, abs=1e-4)

    def test_connections_recede_from_it(self, canvas):
        _, canvas = canvas()
        bare = rgb(DARK.panel)
        right = int(canvas._diagram.inputs.box[2]) + 12
        left = int(canvas._diagram.columns[1].box[0]) - 12
        before = np.abs(shot(canvas)[:, right:left] - bare).sum()
        canvas.set_saliency(True)
        assert np.abs(shot(canvas)[:, right:left] - bare).sum() < 0.4 * before

    def test_features_without_a_picture(self, canvas):
        dataset = replace(plain.make_dataset(), classes=("a", "b", "c", "d"))
        _, canvas = canvas(CLOUDS, dataset, epochs=5)
        before = shot(canvas)
        canvas.set_saliency(True)
        assert (shot(canvas) != before).any()
        canvas.set_saliency(False)
        np.testing.assert_array_equal(shot(canvas), before)

    def test_the_key_and_the_button(self, window, qtbot):
        panel = window.view.panels["network"]
        before = shot(panel.canvas)
        qtbot.keyClick(window, Qt.Key.Key_Y)
        assert panel.saliency.isChecked()
        assert (shot(panel.canvas) != before).any()
        qtbot.mouseClick(panel.saliency, Qt.MouseButton.LeftButton)
        np.testing.assert_array_equal(shot(panel.canvas), before)


def test_connections_are_drawn_again_when_one_of_them_is_another(canvas):
    """And only then: the picture is always the one that a new canvas would draw."""
    viewer, kept = canvas(epochs=1)
    made, again = kept._strokes.made, 0
    for choose in (
        lambda: viewer.select_place(Place("unit", 0, 3)),
        lambda: [viewer.advance_now(show=False) for _ in range(600)],
        *[viewer.advance_now] * 8,
        lambda: viewer.select_place(Place("unit", 0, 4)),
        viewer.advance_now,
        lambda: viewer.select_place(None),
    ):
        choose()
        fresh = DiagramCanvas()
        fresh.resize(*SIZE)
        fresh.apply_palette(DARK)
        fresh.show_frame(viewer.frame, viewer.context)
        np.testing.assert_array_equal(shot(kept), shot(fresh))
        fresh.deleteLater()
        again += kept._strokes.made is made
        made = kept._strokes.made
    assert 4 <= again < 12
