"""What is on screen is true: colours, lengths, texts and curves are those of the very numbers.

Every expectation is worked out in the test, from the frame and the data, with plain NumPy.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QColor, QMouseEvent
from PyQt6.QtWidgets import QApplication

from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from nnfs_core.model.parameters import Parameters
from nnfs_core.text.numbers import number as in_figures
from tests.core import plain
from tests.gui.screen import (
    Texts,
    at_a_step,
    figure,
    near,
    next_step,
    pixels,
    read_number,
    rgb,
    shot,
    signed_colours,
)
from visualizer.panels.accuracy.panel import AccuracyPanel
from visualizer.panels.loss.panel import LossPanel
from visualizer.panels.network import canvas as network_module
from visualizer.panels.network.edges import Links, share_out
from visualizer.panels.network.painter import INSIDE
from visualizer.panels.network.panel import DiagramCanvas
from visualizer.panels.samples import gallery as samples_module
from visualizer.panels.samples.panel import SamplesPanel
from visualizer.panels.weights import canvas as matrix_canvas_module
from visualizer.panels.weights.canvas import MatrixCanvas
from visualizer.panels.weights.panel import WeightsPanel
from visualizer.style.theme import DARK, LIGHT, PALETTES

DIGITS = Experiment()
DEEP = Experiment(layers=(12, 9, 7), activation="tanh", initializer="xavier", learning_rate=0.1)
BATCHES = Experiment(layers=(16,), optimizer="adam", learning_rate=0.01, batch_size=64)
CLOUDS = Experiment(layers=(5, 3), activation="sigmoid", learning_rate=0.2)
FOUR_CLOUDS = replace(plain.make_dataset(validation=90), classes=("a", "b", "c", "d"))

RUNS = {
    "digits": (DIGITS, None, (900, 520)),
    "deep": (DEEP, None, (1000, 620)),
    "batches": (BATCHES, None, (800, 500)),
    "clouds": (CLOUDS, FOUR_CLOUDS, (900, 420)),
}

both_themes = pytest.mark.parametrize("palette", [DARK, LIGHT], ids=list(PALETTES))
all_runs = pytest.mark.parametrize("run", RUNS)


@pytest.fixture
def after(make_viewer):
    """A viewer on a run some epochs old."""

    def make(run: str, epochs: int = 3):
        experiment, dataset, _ = RUNS[run]
        viewer = make_viewer(experiment, dataset, run)
        for _ in range(epochs):
            viewer.advance_now()
        return viewer

    return make


@pytest.fixture
def show(qtbot):
    """Put a canvas on screen."""

    def on_screen(widget, size, palette, frame=None, context=None):
        qtbot.addWidget(widget)
        if hasattr(widget, "header"):
            qtbot.addWidget(widget.header)
        widget.setAutoFillBackground(True)
        colours = widget.palette()
        colours.setColor(colours.ColorRole.Window, QColor(palette.panel))
        widget.setPalette(colours)
        widget.resize(*size)
        widget.apply_palette(palette)
        if frame is not None:
            widget.show_frame(frame, context)
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return on_screen


SIDE = {"weights": "left", "gradients": "right"}
"""Where the two are shown unless somebody chooses another lens."""


def cells(placement):
    """Every number a picture shows: unit, input (None for a bias), and its centre."""
    width, height = placement.cell
    rows, columns = placement.shape
    for tile in range(placement.tiles):
        x, y, *_ = placement.tile(tile)
        for row in range(rows):
            for column in range(columns):
                unit, source = row, column
                if not placement.is_matrix:
                    unit, source = placement.first + tile, row * columns + column
                yield unit, source, x + (column + 0.5) * width, y + (row + 0.5) * height
    for place in range(rows if placement.is_matrix else placement.tiles):
        x, y, width, height = placement.bias(place)
        unit = place if placement.is_matrix else placement.first + place
        yield unit, None, x + width / 2, y + height / 2


def expected_scales(mode: str, kind: str, frame, first) -> list[float]:
    numbers = frame.parameters if kind == "weights" else frame.gradients
    largest = [float(np.abs(weights).max()) for weights in numbers.weights]
    if mode == "per layer":
        return largest
    if mode == "network":
        return [max(largest)] * len(largest)
    if kind == "weights":
        return [next_step(5 * float(weights.std())) for weights in first.parameters.weights]
    return [next_step(value) for value in largest]


class TestWeightPictures:
    @both_themes
    @pytest.mark.parametrize("mode", ["fixed", "per layer", "network"])
    @all_runs
    def test_every_pixel_is_the_colour_of_its_number(self, after, show, run, mode, palette):
        viewer = after(run)
        frame = viewer.frame
        canvas = MatrixCanvas()
        canvas.scale_mode = mode
        show(canvas, RUNS[run][2], palette, frame, viewer.context)
        screen = shot(canvas)
        seen = 0
        for kind, numbers in (("weights", frame.parameters), ("gradients", frame.gradients)):
            scales = expected_scales(mode, kind, frame, viewer.run.first_frame)
            assert [p.layer for p in canvas.placements[SIDE[kind]]] == list(range(len(scales)))
            for placement, scale in zip(canvas.placements[SIDE[kind]], scales, strict=True):
                spots = list(cells(placement))
                weights, biases = (
                    numbers.weights[placement.layer],
                    numbers.biases[placement.layer],
                )
                values = np.array(
                    [biases[u] if source is None else weights[u, source] for u, source, *_ in spots]
                )
                at = np.array([(int(y), int(x)) for *_, x, y in spots])
                wrong = np.abs(
                    screen[at[:, 0], at[:, 1]] - signed_colours(values, scale, palette)
                ).max(axis=1)
                # Colours are whole numbers; a value in the middle of two levels may take either.
                allowed = np.where(at_a_step(values, scale), 3, 0.51)
                assert (wrong <= allowed).all(), (kind, placement.layer, wrong.max())
                assert placement.tiles == (1 if placement.is_matrix else len(biases))
                seen += len(spots)
        assert seen == 2 * frame.parameters.flat.size, "no number is left out"

    def test_the_pictures_are_not_all_alike(self, after, show):
        """Were every cell of one colour, the test above would say little."""
        viewer = after("digits")
        canvas = show(MatrixCanvas(), (900, 520), DARK, viewer.frame, viewer.context)
        colours = shot(canvas).reshape(-1, 3)
        assert len(np.unique(colours, axis=0)) > 100

    def test_zero_is_the_panels_own_colour(self, after, show):
        """Border pixels of the digits are always blank: their gradient is exactly zero."""
        viewer = after("digits")
        canvas = show(MatrixCanvas(), (900, 520), LIGHT, viewer.frame, viewer.context)
        screen = shot(canvas)
        tiles = canvas.placements["right"][0]
        blank = 0
        for unit, source, x, y in cells(tiles):
            if source is not None and viewer.frame.gradients.weights[0][unit, source] == 0:
                assert near(screen[int(y), int(x)], LIGHT.panel, 0)
                blank += 1
        assert blank > 20

    @all_runs
    def test_the_number_under_the_mouse(self, after, show, run):
        viewer = after(run)
        frame = viewer.frame
        canvas = show(MatrixCanvas(), RUNS[run][2], DARK, frame, viewer.context)
        for kind, numbers, symbol in (
            ("weights", frame.parameters, r"w|b"),
            ("gradients", frame.gradients, r"∂J/∂[wb]"),
        ):
            for placement in canvas.placements[SIDE[kind]]:
                for unit, source, x, y in list(cells(placement))[::7]:
                    text = canvas.value_at(QPointF(x, y))
                    form = rf"(.+), unit (\d+), (.+): ({symbol}) = (\S+)( nats)?"
                    found = re.fullmatch(form, text)
                    assert found, text
                    assert bool(found[6]) == (kind == "gradients")
                    layer = placement.layer
                    last = layer == len(numbers.weights) - 1
                    assert found[1] == ("output" if last else f"hidden {layer + 1}")
                    assert int(found[2]) == unit
                    if source is None:
                        assert found[3] == "bias"
                        value = numbers.biases[layer][unit]
                    else:
                        where = [int(number) for number in re.findall(r"\d+", found[3])]
                        rows = placement.shape[1]
                        assert where == (
                            [source] if placement.is_matrix else list(divmod(source, rows))
                        )
                        value = numbers.weights[layer][unit, source]
                    # Four figures, or three with a power of ten.
                    told = read_number(found[5])
                    assert told == pytest.approx(value, rel=5.1e-3, abs=1e-30)
                    if "×" not in found[5]:
                        assert told == pytest.approx(value, rel=5.1e-4)
        assert canvas.value_at(QPointF(-5, -5)) == ""

    @pytest.mark.parametrize("mode", ["fixed", "per layer", "network"])
    def test_the_scale_is_printed(self, after, show, mode, monkeypatch):
        viewer = after("deep")
        texts = Texts(monkeypatch, matrix_canvas_module)
        canvas = MatrixCanvas()
        canvas.scale_mode = mode
        show(canvas, (1400, 700), DARK, viewer.frame, viewer.context)
        shot(canvas)
        for kind in ("weights", "gradients"):
            for scale in expected_scales(mode, kind, viewer.frame, viewer.run.first_frame):
                assert {f"+{scale:.3g}", f"±{scale:.3g}"} & set(texts.words)

    def test_the_fixed_scale_stays_when_weights_grow(self, after, show):
        viewer = after("digits", 0)
        canvas = show(MatrixCanvas(), (900, 520), DARK, viewer.frame, viewer.context)
        fixed = list(canvas.scales["left"])
        for _ in range(30):
            viewer.advance_now(show=False)
        viewer.advance_now()
        canvas.show_frame(viewer.frame, viewer.context)
        assert canvas.scales["left"] == fixed

    def test_units_for_which_there_is_no_room_come_page_by_page(self, make_viewer, show):
        viewer = make_viewer(Experiment(layers=(300,)))
        frame = viewer.frame
        canvas = show(MatrixCanvas(), (340, 260), DARK, frame, viewer.context)
        units = []
        while not units or canvas.placements["left"][0].first > units[-1]:
            tiles = canvas.placements["left"][0]
            screen = shot(canvas)
            scale = next_step(5 * float(frame.parameters.weights[0].std()))
            for unit, source, x, y in cells(tiles):
                if source is None:
                    continue
                value = frame.parameters.weights[0][unit, source]
                wrong = screen[int(y), int(x)] - signed_colours(np.array(value), scale, DARK)
                assert np.abs(wrong).max() <= (3 if at_a_step(np.array(value), scale) else 0.51)
            units += range(tiles.first, tiles.first + tiles.tiles)
            canvas.page(+1)
        assert units == list(range(300))
        canvas.page(-1)
        assert canvas.placements["left"][0].first < units[-1]

    def test_the_panel_offers_the_scales(self, after, show, qtbot):
        viewer = after("digits")
        panel = show(WeightsPanel(), (900, 400), DARK, viewer.frame, viewer.context)
        for at, mode in enumerate(("fixed", "per layer", "network")):
            panel.scale.setCurrentIndex(at)
            assert panel.scale.currentText() == f"scale {mode}"
            for kind in ("weights", "gradients"):
                wanted = expected_scales(mode, kind, viewer.frame, viewer.run.first_frame)
                shown = panel.canvas.scales[SIDE[kind]]
                assert [scale.high for scale in shown] == pytest.approx(wanted)
                assert [scale.low for scale in shown] == pytest.approx([-end for end in wanted])


def plain_trace(viewer):
    """Pre-activations, activations and probabilities of the chosen sample, in plain NumPy."""
    experiment, sample = viewer.run.experiment, viewer.context.sample
    z = plain.pre_activations(experiment, viewer.frame.parameters, sample.x[None])
    a = [plain.FUNCTIONS[experiment.activation](layer)[0] for layer in z[:-1]]
    return [layer[0] for layer in z], a, plain.probabilities(z[-1])[0]


class TestDiagram:
    SIZE = (900, 480)

    @pytest.fixture
    def canvas(self, after, show):
        def make(run="digits", palette=DARK, epochs=40, edges=0):
            viewer = after(run, epochs)
            canvas = DiagramCanvas()
            canvas.set_edges(edges)
            return viewer, show(canvas, self.SIZE, palette, viewer.frame, viewer.context)

        return make

    @all_runs
    def test_probabilities_are_the_networks_own(self, canvas, run, monkeypatch):
        texts = Texts(monkeypatch, network_module)
        viewer, canvas = canvas(run)
        for index in (0, 5):
            viewer.select_sample("validation", index)
            canvas.show_frame(viewer.frame, viewer.context)
            z, _, p = plain_trace(viewer)
            np.testing.assert_allclose(viewer.context.trace.answers, p, rtol=1e-4, atol=1e-6)
            texts.clear()
            shot(canvas)
            for k, (x, y) in enumerate(canvas._diagram.columns[-1].centres.tolist()):
                told = canvas.value_at(QPointF(x, y))
                found = re.fullmatch(r"class (.+): z = (\S+), p = (1\s−\s)?(\S+)", told)
                assert found[1] == viewer.run.dataset.classes[k]
                assert figure(found[2]) == pytest.approx(z[-1][k], rel=2e-3, abs=1e-4)
                rest = 1 - p[k] if found[3] else p[k]
                assert figure(found[4]) == pytest.approx(rest, rel=2e-3, abs=1e-6)
                written = [
                    text
                    for text, right, at in texts
                    if right > x and abs(at - y) < 1 and "." in text
                ]
                assert len(written) == 1
                apart = 0.1 if written[0][0] in "<>" else 0.0501
                assert float(written[0].lstrip("<>")) == pytest.approx(100 * p[k], abs=apart)

    @both_themes
    def test_bars_are_as_long_as_the_probabilities(self, canvas, palette):
        viewer, canvas = canvas(palette=palette)
        *_, p = plain_trace(viewer)
        assert 0.2 < p.max() < 0.99, "one that shows something"
        screen = shot(canvas)
        empty, full = rgb(palette.field), rgb(palette.active)
        for k, (x, y) in enumerate(canvas._diagram.columns[-1].centres.tolist()):
            row = screen[int(y), int(x) + 20 :].astype(float)
            # How much of each pixel is the bar: 0 is empty, 1 is full, anything else no bar.
            share = ((row - empty) @ (full - empty)) / ((full - empty) @ (full - empty))
            of_bar = np.abs(empty + share[:, None] * (full - empty) - row).max(axis=1) < 3
            start, end = longest(of_bar & (share > -0.02) & (share < 1.02))
            assert end - start > 50
            length = share[start:end].sum()
            assert length / (end - start) == pytest.approx(p[k], abs=1.5 / (end - start))

    @both_themes
    def test_the_picture_is_the_sample(self, canvas, palette):
        viewer, canvas = canvas(palette=palette)
        for part, index in (("validation", 0), ("train", 77)):
            viewer.select_sample(part, index)
            canvas.show_frame(viewer.frame, viewer.context)
            screen = shot(canvas)
            x = load_dataset("digits").validation_x if part == "validation" else None
            sample = (load_dataset("digits").train_x if x is None else x)[index]
            centres = canvas._diagram.inputs.centres.astype(int)
            assert len(centres) == 64
            for (column, row), value in zip(centres, sample, strict=True):
                assert np.abs(screen[row, column] - 255 * value).max() <= 1.01
            # Rows from top to bottom, columns from left to right.
            assert (np.diff(centres.reshape(8, 8, 2)[:, 0, 1]) > 0).all()
            assert (np.diff(centres.reshape(8, 8, 2)[0, :, 0]) > 0).all()

    @both_themes
    def test_the_true_class_is_marked_and_no_other(self, canvas, palette, monkeypatch):
        texts = Texts(monkeypatch, network_module)
        viewer, canvas = canvas(palette=palette)
        for index in (0, 3, 8):
            viewer.select_sample("validation", index)
            canvas.show_frame(viewer.frame, viewer.context)
            texts.clear()
            screen = shot(canvas)
            truth = int(load_dataset("digits").validation_y[index])
            output = canvas._diagram.columns[-1]
            x, y = output.centres[truth].tolist()
            green = near(screen, palette.good, 30)
            green[:, : int(x + output.radius) + 2] = False
            rows = np.flatnonzero(green.any(axis=1))
            assert len(rows)
            assert (np.abs(rows - y) < output.spacing / 2).all()
            marks = [at for text, _, at in texts if text == "true class"]
            assert len(marks) == 1
            assert abs(marks[0] - y) < output.spacing / 2
            assert f"a {truth} · validation #{index}" in " ".join(texts.words)

    @all_runs
    def test_units_show_their_activations(self, canvas, run, monkeypatch):
        texts = Texts(monkeypatch, network_module)
        viewer, canvas = canvas(run)
        shot(canvas)
        z, a, _ = plain_trace(viewer)
        layers = len(z)
        for layer, column in enumerate(canvas._diagram.layers[:-1]):
            for unit, (x, y) in enumerate(column.centres.tolist()):
                told = canvas.value_at(QPointF(x, y))
                name = viewer.run.experiment.activation
                found = re.fullmatch(
                    rf"hidden {layer + 1}, unit {unit}: z = (\S+), {name}\(z\) = (\S+)", told
                )
                assert found, told
                assert figure(found[1]) == pytest.approx(z[layer][unit], rel=2e-3, abs=1e-4)
                assert figure(found[2]) == pytest.approx(a[layer][unit], rel=2e-3, abs=1e-4)
                written = [text for text, at, down in texts if abs(at - x) + abs(down - y) < 1]
                short = len(in_figures(a[layer][unit], 2)) <= 4
                if column.radius >= INSIDE and short:
                    assert len(written) == 1, "in its circle, and nothing else"
                if column.radius >= INSIDE and written:
                    assert figure(written[0]) == pytest.approx(a[layer][unit], rel=0.051, abs=1e-9)
                else:
                    assert written == [], "what has no room hides no connection"
        assert layers == len(canvas._diagram.layers)

    @both_themes
    @pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "leaky_relu", "identity"])
    def test_how_active_a_unit_is_is_violet_whatever_its_sign(
        self, make_viewer, show, palette, activation
    ):
        viewer = make_viewer(Experiment(layers=(9, 8), activation=activation))
        viewer.advance_now()
        canvas = DiagramCanvas()
        canvas.set_edges(0)
        show(canvas, self.SIZE, palette, viewer.frame, viewer.context)
        screen = shot(canvas)
        signs = activation in ("tanh", "leaky_relu", "identity")
        seen = []
        for column, a in zip(canvas._diagram.layers, plain_trace(viewer)[1], strict=False):
            scale = max(1.0, np.abs(a).max())
            level = np.round(254 * np.abs(a[:, None]) / scale) / 254
            expected = rgb(palette.field) + level * (rgb(palette.active) - rgb(palette.field))
            for (x, y), colour in zip(column.centres.tolist(), expected, strict=True):
                # Above its number, or in the middle of a unit that has none.
                above = 0.75 * column.radius if column.radius >= INSIDE else 0
                assert np.abs(screen[int(y - above), int(x)] - colour).max() <= 3
            seen.extend(a)
        assert (min(seen) < 0) == signs

    def test_the_input_under_the_mouse(self, canvas):
        viewer, canvas = canvas()
        sample = viewer.context.sample
        for pixel, (x, y) in enumerate(canvas._diagram.inputs.centres.tolist()):
            row, column = divmod(pixel, 8)
            told = canvas.value_at(QPointF(x, y))
            assert told == f"input row {row}, column {column}: {sample.x[pixel]:.4g}"
        assert canvas.value_at(QPointF(self.SIZE[0] - 2, 2)) == ""

    def test_as_many_connections_as_asked_for_are_drawn(self, canvas):
        viewer, canvas = canvas()
        bare = shot(canvas)
        different = []
        _, a, _ = plain_trace(viewer)
        alive = [int(np.count_nonzero(layer)) * 10 for layer in (viewer.context.sample.x, a[0])]
        for wanted in (1, 20, 150):
            canvas.set_edges(wanted)
            first = min(wanted // 2, alive[0])
            assert canvas.edges_drawn == first + min(wanted - first, alive[1])
            different.append(int((shot(canvas) != bare).any(axis=-1).sum()))
        assert 0 < different[0] < different[1] < different[2]
        canvas.set_edges(0)
        assert canvas.edges_drawn == 0
        np.testing.assert_array_equal(shot(canvas), bare)


def longest(flags: np.ndarray) -> tuple[int, int]:
    """Return start and end of the longest run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    runs = edges.reshape(-1, 2)
    start, end = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return int(start), int(end)


@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    most=st.integers(0, 120),
    alive=st.floats(0, 1),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_strongest_connections_are_the_strongest(sizes, most, alive, seed):
    generator = np.random.default_rng(seed)
    flat = generator.normal(size=Parameters.count(tuple(sizes)))
    parameters = Parameters.over(flat, tuple(sizes))
    a = [generator.normal(size=units) * (generator.uniform(size=units) < alive) for units in sizes]
    links = [Links.flow(w, x) for w, x in zip(parameters.weights, a[:-1], strict=True)]
    chosen = share_out(links, most)
    left = most
    for layer, edges in enumerate(chosen):
        weights, source = parameters.weights[layer], a[layer]
        every = {
            (i, j): weights[j, i] * source[i]
            for i in range(len(source))
            for j in range(len(weights))
            if weights[j, i] * source[i] != 0
        }
        pairs = list(zip(edges.source.tolist(), edges.target.tolist(), strict=True))
        assert len(set(pairs)) == len(pairs)
        for pair, flow in zip(pairs, edges.flow, strict=True):
            assert flow == pytest.approx(every[pair])
        # An even share of what is left, or all there are.
        assert len(pairs) == min(left // (len(chosen) - layer), len(every))
        left -= len(pairs)
        ranked = sorted(map(abs, every.values()), reverse=True)[: len(pairs)]
        np.testing.assert_allclose(sorted(np.abs(edges.flow), reverse=True), ranked)


class TestSamples:
    @pytest.fixture
    def panel(self, after, show):
        def make(run="digits", epochs=40, size=(380, 260)):
            viewer = after(run, epochs)
            panel = show(SamplesPanel(), size, DARK, viewer.frame, viewer.context)
            viewer.shown.connect(panel.show_frame)
            panel.intent.connect(lambda intent: intent.carry_out(viewer))
            return viewer, panel

        return make

    def answers(self, viewer, part="validation"):
        data = viewer.run.dataset
        x, y = getattr(data, f"{part}_x"), getattr(data, f"{part}_y")
        z = plain.pre_activations(viewer.run.experiment, viewer.frame.parameters, x)
        return z[-1].argmax(axis=1), y

    @all_runs
    def test_the_answers_are_the_networks_own(self, panel, run, monkeypatch):
        texts = Texts(monkeypatch, samples_module)
        viewer, panel = panel(run)
        predicted, truth = self.answers(viewer)
        classes, pages, wrong = viewer.run.dataset.classes, 0, 0
        index = 0
        while index < min(len(truth), 100):
            viewer.select_sample("validation", index)
            page = panel.gallery.page
            assert index in page
            np.testing.assert_array_equal(panel.gallery.predicted, predicted[page])
            texts.clear()
            shot(panel.gallery)
            right = predicted[page] == truth[page]
            # Wrong answers carry a cross, right ones do not.
            assert texts.words == [
                classes[answer] if good else f"× {classes[answer]}"
                for answer, good in zip(predicted[page], right, strict=True)
            ]
            told = panel.header.subtitle._text
            assert told == f"{np.count_nonzero(right)} of {len(page)} right"
            pages, wrong = pages + 1, wrong + np.count_nonzero(~right)
            index = int(page[-1]) + 1
        assert pages > 1
        assert wrong > 0, "a page without a mistake would show little"

    def test_the_pictures_are_the_samples(self, panel):
        viewer, panel = panel()
        screen = shot(panel.gallery)
        for number, index in enumerate(panel.gallery.page):
            tile = panel.gallery._tile(number)
            cell = tile.width() / 8
            for pixel, value in enumerate(viewer.run.dataset.validation_x[index]):
                row, column = divmod(pixel, 8)
                x, y = tile.left() + (column + 0.5) * cell, tile.top() + (row + 0.5) * cell
                assert np.abs(screen[int(y), int(x)] - 255 * value).max() <= 1.01

    def test_a_click_chooses_the_sample_under_it(self, panel, qtbot):
        viewer, panel = panel()
        for number in (3, 0):
            index = int(panel.gallery.page[number])
            centre = panel.gallery._tile(number).center().toPoint()
            qtbot.mouseClick(panel.gallery, Qt.MouseButton.LeftButton, pos=centre)
            assert viewer.context.sample.index == index

    def test_one_class_only(self, panel, qtbot):
        viewer, panel = panel()
        panel.classes.setCurrentIndex(panel.classes.findData(4))
        panel.classes.activated.emit(panel.classes.currentIndex())
        rows = np.flatnonzero(viewer.run.dataset.validation_y == 4)
        assert viewer.context.sample.index == rows[0]
        assert (viewer.run.dataset.validation_y[panel.gallery.page] == 4).all()
        for wanted in (*rows[1:5], rows[4]):
            assert viewer.context.sample.label == 4
            qtbot.mouseClick(panel.next, Qt.MouseButton.LeftButton)
            if wanted == rows[4]:
                break
            assert viewer.context.sample.index == wanted
        panel.go(-1)
        for _ in range(10):
            qtbot.mouseClick(panel.random, Qt.MouseButton.LeftButton)
            assert viewer.context.sample.label == 4

    def test_round_the_ends(self, panel, qtbot):
        viewer, panel = panel()
        last = len(viewer.run.dataset.validation_y) - 1
        qtbot.mouseClick(panel.previous, Qt.MouseButton.LeftButton)
        assert viewer.context.sample.index == last
        qtbot.mouseClick(panel.next, Qt.MouseButton.LeftButton)
        assert viewer.context.sample.index == 0

    def test_the_training_part(self, panel):
        viewer, panel = panel()
        panel.part.setCurrentIndex(panel.part.findData("train"))
        panel.part.activated.emit(panel.part.currentIndex())
        assert viewer.context.sample.part == "train"
        predicted, _ = self.answers(viewer, "train")
        np.testing.assert_array_equal(panel.gallery.predicted, predicted[panel.gallery.page])

    def test_features_without_a_shape_have_a_picture_too(self, panel):
        viewer, panel = panel("clouds")
        colours = shot(panel.gallery).reshape(-1, 3)
        assert len(np.unique(colours, axis=0)) > 10
        assert viewer.run.dataset.image_shape is None


def move_mouse(widget, point: QPoint) -> None:
    """Move the mouse over a widget, without the pointer that an offscreen system lacks."""
    none = Qt.MouseButton.NoButton
    at, on_screen = QPointF(point), QPointF(widget.mapToGlobal(point))
    move = QEvent.Type.MouseMove
    modifiers = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QMouseEvent(move, at, on_screen, none, none, modifiers))


class TestCurves:
    @pytest.fixture(params=[LossPanel, AccuracyPanel])
    def panel(self, request, show, make_viewer):
        def make(experiment=DIGITS, epochs=25):
            viewer = make_viewer(experiment)
            panel = show(request.param(), (420, 260), DARK, viewer.frame, viewer.context)
            viewer.shown.connect(panel.show_frame)
            for _ in range(epochs):
                viewer.advance_now()
            return viewer, panel

        return make

    def drawn(self, panel, column):
        return np.log10(column) if panel.measure == "loss" else 100 * column

    def test_they_are_the_recording(self, panel):
        viewer, panel = panel()
        for curve, part in ((panel.train, "train"), (panel.validation, "validation")):
            x, y = curve.getOriginalDataset()
            np.testing.assert_array_equal(x, np.arange(26))
            column = viewer.recording.column(f"{part}_{panel.measure}")
            np.testing.assert_allclose(y, self.drawn(panel, column))

    def test_the_values_are_right(self, panel):
        """The recording itself, against plain NumPy at the weights of the shown frame."""
        viewer, panel = panel(epochs=5)
        data, frame = viewer.run.dataset, viewer.frame
        measure = plain.loss if panel.measure == "loss" else plain.accuracy
        for curve, x, y in (
            (panel.train, data.train_x, data.train_y),
            (panel.validation, data.validation_x, data.validation_y),
        ):
            truth = measure(viewer.run.experiment, frame.parameters, x, y)
            assert curve.getOriginalDataset()[1][5] == pytest.approx(
                self.drawn(panel, truth), rel=1e-4
            )

    def test_epochs_without_validation_are_left_out(self, panel):
        _, panel = panel(DIGITS.but(validate_every=10))
        assert panel.validation.getOriginalDataset()[0].tolist() == [0, 10, 20]
        assert panel.train.getOriginalDataset()[0].tolist() == list(range(26))
        assert "val –" in panel.legend.text()

    def test_the_epochs_axis_is_the_whole_run(self, panel):
        viewer, panel = panel(DIGITS.but(epochs=30))
        box = panel.plot.getPlotItem().getViewBox()
        for total in (30, 35):
            low, high = box.viewRange()[0]
            # A hair's breadth before the first epoch, so that its point is seen.
            assert -0.02 * total <= low <= 0
            assert high == pytest.approx(total)
            for _ in range(10):
                viewer.advance_now()
        assert panel.shown_line.value() == 45

    def test_everything_drawn_is_in_sight(self, panel):
        _, panel = panel()
        low, high = panel.plot.getPlotItem().getViewBox().viewRange()[1]
        for curve in (panel.train, panel.validation):
            assert low <= curve.getOriginalDataset()[1].min()
            assert curve.getOriginalDataset()[1].max() <= high

    def test_the_legend_reads_the_shown_epoch(self, panel):
        viewer, panel = panel()
        assert self.values(panel) == self.written(panel, viewer.frame.metrics)
        assert "epoch" not in panel.legend.text()

    def test_the_read_out_under_the_mouse(self, panel, monkeypatch):
        # A person's mouse is not that fast: movements within 10 ms would be left out.
        monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", 0)
        viewer, panel = panel(DIGITS.but(epochs=25))
        box = panel.plot.getPlotItem().getViewBox()
        viewport = panel.plot.viewport()
        for epoch in (4, 17, 25):
            middle = sum(box.viewRange()[1]) / 2
            # Just inside: the last epoch lies on the very edge.
            scene = box.mapViewToScene(QPointF(epoch - 0.2, middle))
            move_mouse(viewport, panel.plot.mapFromScene(scene))
            assert f"epoch {epoch} " in panel.legend.text()
            assert self.values(panel) == self.written(panel, viewer.recording[epoch])
            assert panel.probe_line.isVisible()
            assert panel.probe_line.value() == epoch
        move_mouse(viewport, QPoint(2, 2))
        assert "epoch" not in panel.legend.text()
        assert self.values(panel) == self.written(panel, viewer.frame.metrics)
        assert not panel.probe_line.isVisible()
        move_mouse(viewport, panel.plot.mapFromScene(scene))
        assert panel.probe_line.isVisible()
        QApplication.sendEvent(panel, QEvent(QEvent.Type.Leave))
        assert "epoch" not in panel.legend.text()
        assert not panel.probe_line.isVisible()

    def values(self, panel):
        return re.findall(r"— (train|val) ([\d.e+-]+)", panel.legend.text())

    def written(self, panel, metrics):
        pairs = (
            ("train", getattr(metrics, f"train_{panel.measure}")),
            ("val", getattr(metrics, f"validation_{panel.measure}")),
        )
        if panel.measure == "loss":
            return [(name, plain.four_figures(value)) for name, value in pairs]
        return [(name, f"{100 * value:.1f}") for name, value in pairs]

    @both_themes
    def test_they_are_drawn_where_their_numbers_are(self, panel, palette):
        """At some epochs, the curve's colour is at the height of its value."""
        _, panel = panel(DIGITS.but(epochs=25))
        panel.apply_palette(palette)
        shot(panel.plot)  # axes settle while they are painted for the first time
        box = panel.plot.getPlotItem().getViewBox()
        for curve, colour, other in (
            (panel.train, palette.train, panel.validation),
            (panel.validation, palette.validation, panel.train),
        ):
            other.hide()  # where both are equal, one is painted over the other
            curve.show()
            screen = shot(panel.plot)
            for epoch in (3, 8, 14, 20):
                value = curve.getOriginalDataset()[1][epoch]
                point = panel.plot.mapFromScene(box.mapViewToScene(QPointF(epoch, value)))
                spot = screen[point.y() - 2 : point.y() + 3, point.x() - 2 : point.x() + 3]
                assert near(spot, colour, 60).any(), (epoch, value)


class TestFullWindow:
    def test_5000_fast_epochs_are_all_in_the_curves(self, make_window, qtbot):
        experiment = Experiment(layers=(3,), learning_rate=0.1, epochs=5000)
        window = make_window(experiment, plain.make_dataset())
        viewer = window.viewer
        viewer.set_rate(None)
        viewer.train()
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 5000, timeout=60_000)
        for key in ("loss", "accuracy"):
            window.view.arrangement.bring_forward(key)  # which may be a tab behind another
            panel = window.view.panels[key]
            qtbot.waitUntil(lambda panel=panel: panel.train.getOriginalDataset()[0] is not None)
            for curve, part in ((panel.train, "train"), (panel.validation, "validation")):
                x, y = curve.getOriginalDataset()
                np.testing.assert_array_equal(x, np.arange(5001))
                column = viewer.recording.column(f"{part}_{panel.measure}")
                np.testing.assert_allclose(y, np.log10(column) if key == "loss" else 100 * column)

    @pytest.mark.parametrize("experiment", [DIGITS, BATCHES], ids=["full batch", "batches"])
    def test_the_bar_reads_the_metrics(self, make_window, qtbot, experiment):
        window = make_window(experiment.but(epochs=1500))
        viewer, bar = window.viewer, window.view.bar
        for epoch in (0, 1, 2):
            metrics = viewer.recording[epoch]
            assert bar.numbers.epoch.text() == f"{epoch}"
            assert bar.numbers.of_total.text() == "/ 1,500"
            assert bar.numbers.loss.text() == plain.four_figures(metrics.train_loss)
            assert bar.numbers.accuracy.text() == f"{100 * metrics.validation_score:.1f} %"
            assert bar.numbers.accuracy_name.text() == "validation accuracy"
            assert window.view.timeline.track.shown == epoch
            assert window.view.timeline.end.text() == "1,500"
            viewer.step()
            qtbot.waitUntil(
                lambda epoch=epoch: not viewer.training and viewer.frame.epoch == epoch + 1
            )
        truth = plain.accuracy(
            viewer.run.experiment,
            viewer.frame.parameters,
            viewer.run.dataset.validation_x,
            viewer.run.dataset.validation_y,
        )
        assert bar.numbers.accuracy.text() == f"{100 * truth:.1f} %"
        running = "Running mean" in bar.numbers.loss_name.toolTip()
        assert running == (experiment.batch_size is not None)

    def test_no_validation_is_no_number(self, make_window, qtbot):
        window = make_window(DIGITS.but(validate_every=2))
        window.viewer.step()
        qtbot.waitUntil(lambda: window.viewer.frame.epoch == 1)
        assert window.view.bar.numbers.accuracy.text() == "–"

    def test_every_panel_shows_the_same_frame(self, make_window, qtbot):
        window = make_window()
        viewer, panels = window.viewer, window.view.panels
        viewer.step(7)
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 7)
        frame = viewer.frame
        assert panels["network"].canvas._frame is frame
        assert panels["weights"].canvas._frame is frame
        window.view.arrangement.bring_forward("samples")  # which may be a tab behind another
        qtbot.waitUntil(lambda: panels["samples"].gallery._frame is frame)
        for key in ("loss", "accuracy"):
            window.view.arrangement.bring_forward(key)
            qtbot.waitUntil(lambda key=key: panels[key].shown_line.value() == 7)
            assert len(panels[key].train.getOriginalDataset()[0]) == 8
        assert f"{frame.parameters.flat.size:,} parameters" in window.view.form.facts.text()
        assert "64 → 10 → 10" in window.view.form.facts.text()

    def test_how_far_the_run_is(self, make_window, qtbot):
        """The knob of the line at the bottom stands at the share of epochs done."""
        window = make_window(DIGITS.but(epochs=20))
        viewer, track = window.viewer, window.view.timeline.track
        for steps, share in ((0, 0.0), (5, 0.25), (15, 1.0)):
            viewer.step(steps)
            qtbot.waitUntil(
                lambda share=share: not viewer.training and viewer.frame.epoch == 20 * share
            )
            colours = pixels(track.grab().toImage())
            text = near(colours, window.view.palette_now.text, 3)
            columns = np.flatnonzero(text[colours.shape[0] // 2])
            middle = (columns[0] + columns[-1] + 1) / 2
            assert middle == pytest.approx(7 + (track.width() - 14) * share, abs=1)
