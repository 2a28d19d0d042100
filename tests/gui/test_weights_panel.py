"""The weight pictures: what each lens shows, what is selected, and what slow motion lights.

Every expectation is worked out in the test, from two states of the run, with plain NumPy.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QToolTip

from nnfs_core.experiment import Experiment
from nnfs_core.explain.stages import Stage, stages
from nnfs_core.model.places import Place
from tests.core import plain
from tests.gui.screen import (
    Texts,
    at_a_step,
    near,
    next_step,
    read_number,
    rgb,
    shot,
    signed_colours,
)
from visualizer.panels.weights import canvas as matrix_canvas_module
from visualizer.panels.weights.canvas import SIDES, MatrixCanvas
from visualizer.panels.weights.layout import placed
from visualizer.panels.weights.lenses import LENSES
from visualizer.panels.weights.panel import WeightsPanel
from visualizer.style.theme import DARK, LIGHT, PALETTES

DIGITS = Experiment()
DEEP = Experiment(layers=(12, 9), activation="tanh", initializer="xavier", learning_rate=0.1)
SIZE = (1000, 560)

both_themes = pytest.mark.parametrize("palette", [DARK, LIGHT], ids=list(PALETTES))


@pytest.fixture
def after(make_viewer):
    """A viewer on a run, and the flat parameters of each of its epochs."""

    def make(epochs: int = 4, experiment: Experiment = DEEP, dataset=None):
        viewer = make_viewer(experiment, dataset)
        weights = [viewer.frame.parameters.flat.astype(np.float64)]
        for _ in range(epochs):
            weights.append(viewer.advance_now().parameters.flat.astype(np.float64))
        return viewer, weights

    return make


@pytest.fixture
def show(qtbot):
    """Put a canvas or a panel on screen, on the panel's own colour."""

    def on_screen(widget, viewer, palette=DARK, size=SIZE):
        qtbot.addWidget(widget)
        if hasattr(widget, "header"):
            qtbot.addWidget(widget.header)
        widget.setAutoFillBackground(True)
        colours = widget.palette()
        colours.setColor(colours.ColorRole.Window, QColor(palette.panel))
        widget.setPalette(colours)
        widget.resize(*size)
        widget.apply_palette(palette)
        widget.show_frame(viewer.frame, viewer.context)
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return on_screen


def flat_index(sizes, layer: int, unit: int, source: int | None) -> int:
    """Where a number stands in W¹, b¹, W², b², … written one after the other."""
    at = sum((into + 1) * out for into, out in pairwise(sizes[: layer + 1]))
    if source is None:
        return at + sizes[layer + 1] * sizes[layer] + unit
    return at + unit * sizes[layer] + source


def spots(placement):
    """Every number of a picture: unit, input (None for a bias), and the pixel at its centre."""
    width, height = placement.cell
    rows, columns = placement.shape
    for tile in range(placement.tiles):
        left, top, *_ = placement.tile(tile)
        for row in range(rows):
            for column in range(columns):
                unit, source = row, column
                if not placement.is_matrix:
                    unit, source = placement.first + tile, row * columns + column
                x, y = left + (column + 0.5) * width, top + (row + 0.5) * height
                yield unit, source, int(x), int(y)
    for number in range(rows if placement.is_matrix else placement.tiles):
        left, top, width, height = placement.bias(number)
        yield placement.first + number, None, int(left + width / 2), int(top + height / 2)


def sequential_colours(values, low: float, high: float, palette) -> np.ndarray:
    """From the field's colour to the active one in 254 steps; what is no number: the panel's."""
    known = np.isfinite(values)
    share = np.where(known, np.clip((np.where(known, values, low) - low) / (high - low), 0, 1), 0)
    level = np.round(254 * share)[..., None] / 254
    colours = rgb(palette.field) + level * (rgb(palette.active) - rgb(palette.field))
    return np.where(known[..., None], colours, rgb(palette.panel))


def compare(canvas, side, numbers, scales, palette, *, signed=True):
    """Compare every pixel of a column with the colour of its number; return how many."""
    screen, seen = shot(canvas), 0
    sizes = canvas._context.run.network.sizes
    for placement, (low, high) in zip(canvas.placements[side], scales, strict=True):
        cells = list(spots(placement))
        indices = [flat_index(sizes, placement.layer, unit, source) for unit, source, *_ in cells]
        values = numbers[indices]
        found = np.array([screen[y, x] for *_, x, y in cells])
        if signed:
            wrong = np.abs(found - signed_colours(values, high, palette)).max(axis=1)
            allowed = np.where(at_a_step(values, high), 3, 0.51)
        else:
            wrong = np.abs(found - sequential_colours(values, low, high, palette)).max(axis=1)
            allowed = np.full(len(cells), 1.6)  # one level, where rounding falls either way
        assert (wrong <= allowed).all(), (side, placement.layer, wrong.max())
        seen += len(cells)
    return seen


def largest(flat, sizes) -> list[float]:
    """The largest weight of each layer, biases left out."""
    result = []
    for layer in range(len(sizes) - 1):
        start = flat_index(sizes, layer, 0, 0)
        result.append(float(np.abs(flat[start : start + sizes[layer] * sizes[layer + 1]]).max()))
    return result


class TestLenses:
    @both_themes
    @pytest.mark.parametrize("side", SIDES)
    def test_the_last_update_is_the_difference_of_two_epochs(self, after, show, side, palette):
        viewer, weights = after()
        canvas = MatrixCanvas()
        canvas.set_lens(side, "update")
        show(canvas, viewer, palette)
        # As the run itself counts: in its own precision.
        change = (weights[4].astype(np.float32) - weights[3].astype(np.float32)).astype(float)
        sizes = viewer.run.network.sizes
        scales = [(0, next_step(value)) for value in largest(change, sizes)]
        assert compare(canvas, side, change, scales, palette) == change.size
        assert [scale.high for scale in canvas.scales[side]] == pytest.approx(
            [h for _, h in scales]
        )

    def test_the_change_since_the_pin(self, after, show):
        viewer, weights = after(2)
        viewer.toggle_pin()
        for _ in range(3):
            viewer.advance_now()
        canvas = MatrixCanvas()
        canvas.set_lens("left", "change")
        show(canvas, viewer)
        now = viewer.frame.parameters.flat
        change = (now - weights[2].astype(np.float32)).astype(float)
        scales = [(0, next_step(value)) for value in largest(change, viewer.run.network.sizes)]
        assert compare(canvas, "left", change, scales, DARK) == change.size

    @both_themes
    def test_the_update_in_relation_to_the_weight(self, after, show, palette):
        viewer, weights = after(experiment=DIGITS)
        canvas = MatrixCanvas()
        canvas.set_lens("right", "relative")
        show(canvas, viewer, palette)
        update = (weights[4].astype(np.float32) - weights[3].astype(np.float32)).astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithm = np.log10(np.abs(update) / np.abs(weights[4]))
        layers = len(viewer.run.network.sizes) - 1
        seen = compare(canvas, "right", logarithm, [(-6, 0)] * layers, palette, signed=False)
        assert seen == logarithm.size
        # Blank pixels of the digits never change a weight: those cells are empty.
        assert np.isinf(logarithm).any() and np.isfinite(logarithm).any()

    @pytest.mark.parametrize("mode", ["per layer", "network"])
    def test_the_range_of_the_logarithm_follows_the_scale(self, after, show, mode):
        viewer, weights = after()
        canvas = MatrixCanvas()
        canvas.set_lens("left", "relative")
        canvas.set_scale_mode(mode)
        show(canvas, viewer)
        sizes = viewer.run.network.sizes
        update = (weights[4].astype(np.float32) - weights[3].astype(np.float32)).astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithm = np.log10(np.abs(update) / np.abs(weights[4]))
        ends = []
        for layer in range(len(sizes) - 1):
            start = flat_index(sizes, layer, 0, 0)
            values = logarithm[start : start + sizes[layer] * sizes[layer + 1]]
            values = values[np.isfinite(values)]
            ends.append((values.min(), values.max()))
        if mode == "network":
            ends = [(min(low for low, _ in ends), max(high for _, high in ends))] * len(ends)
        for scale, (low, high) in zip(canvas.scales["left"], ends, strict=True):
            assert (scale.low, scale.high) == pytest.approx((low, high), rel=1e-4)

    def test_each_scale_is_printed(self, after, show, monkeypatch):
        viewer, _ = after()
        texts = Texts(monkeypatch, matrix_canvas_module)
        canvas = MatrixCanvas()
        canvas.set_lens("left", "update")
        canvas.set_lens("right", "relative")
        show(canvas, viewer, size=(1400, 700))
        shot(canvas)
        for scale in canvas.scales["left"]:
            assert {f"+{scale.high:.3g}", f"±{scale.high:.3g}"} & set(texts.words)
        assert {"−6", "0"} <= set(texts.words)
        assert any(text.startswith("hidden 1 · update") for text in texts.words)
        assert any(text.startswith("output · log₁₀ ratio") for text in texts.words)

    @pytest.mark.parametrize(
        ("batch_size", "ends"), [(None, ("−6", "0")), (64, ("−5", "+1")), (2, ("−3", "+3"))]
    )
    def test_the_fixed_range_of_the_logarithm_counts_the_steps(
        self, make_viewer, show, monkeypatch, batch_size, ends
    ):
        """An epoch of 1,437 samples is 1, 23 or 719 steps: 0, 1.4 or 2.9 powers of ten."""
        viewer = make_viewer(Experiment(batch_size=batch_size, learning_rate=0.01))
        viewer.advance_now()
        texts = Texts(monkeypatch, matrix_canvas_module)
        canvas = MatrixCanvas()
        canvas.set_lens("right", "relative")
        show(canvas, viewer)
        shot(canvas)
        assert set(ends) <= set(texts.words)
        low, high = (float(end.replace("−", "-")) for end in ends)
        assert {(scale.low, scale.high) for scale in canvas.scales["right"]} == {(low, high)}

    @pytest.mark.parametrize("lens", list(LENSES))
    @pytest.mark.parametrize("size", [(590, 500), (450, 420), (400, 400)])
    def test_the_name_of_the_lens_is_the_last_to_go(self, after, show, lens, size, monkeypatch):
        viewer, _ = after(2)
        viewer.toggle_pin()
        viewer.advance_now()
        texts = Texts(monkeypatch, matrix_canvas_module)
        canvas = MatrixCanvas()
        canvas.set_lens("left", lens)
        canvas.set_lens("right", lens)
        show(canvas, viewer, size=size)
        shot(canvas)
        names = [text for text in texts.words if " · " in text]
        assert len(names) == 6
        assert all(LENSES[lens].short in name and "…" not in name for name in names), names

    @pytest.mark.parametrize("width", [300, 470, 760, 1100])
    def test_columns_are_numbered_in_round_steps(self, make_viewer, show, monkeypatch, width):
        viewer = make_viewer(Experiment(layers=(128, 64)))
        texts = Texts(monkeypatch, matrix_canvas_module)
        canvas = show(MatrixCanvas(), viewer, size=(2 * width, 500))
        shot(canvas)
        for placement in canvas.placements["left"][1:]:
            x, y, _, high = placement.tile(0)
            end = placement.label[0] + placement.label[2]
            row = [
                (text, at)
                for text, at, down in texts
                if y + high < down < y + high + 15 and x - 1 < at <= end
            ]
            numbers = [int(text) for text, _ in row if text.isdecimal()]
            step = numbers[1] - numbers[0]
            assert numbers == list(range(0, numbers[-1] + 1, step))
            assert step in (1, 2, 5, 10, 20, 25, 50, 100)
            letter = next(at for text, at in row if text == "b")
            last = next(at for text, at in row if text == str(numbers[-1]))
            assert letter - last > 3 * (len(str(numbers[-1])) + 1)

    @pytest.mark.parametrize(
        ("lens", "form"),
        [
            ("value", r"[wb] = (\S+)"),
            ("gradient", r"∂J/∂[wb] = (\S+) nats"),
            ("update", r"[wb]\(4\) − [wb]\(3\) = (\S+)"),
            ("relative", r"log₁₀ \|Δ[wb] / [wb]\| = (\S+)"),
        ],
    )
    def test_the_mouse_reads_the_number_with_its_symbol(self, after, show, lens, form):
        viewer, weights = after()
        canvas = MatrixCanvas()
        canvas.set_lens("left", lens)
        show(canvas, viewer)
        sizes, update = viewer.run.network.sizes, weights[4] - weights[3]
        with np.errstate(divide="ignore", invalid="ignore"):
            numbers = {
                "value": weights[4],
                "gradient": viewer.frame.gradients.flat,
                "update": update,
                "relative": np.log10(np.abs(update) / np.abs(weights[4])),
            }[lens]
        told = 0
        for placement in canvas.placements["left"]:
            for unit, source, x, y in list(spots(placement))[::5]:
                value = numbers[flat_index(sizes, placement.layer, unit, source)]
                text = canvas.value_at(QPointF(x, y))
                if not np.isfinite(value):
                    assert "no number" in text or "is zero" in text
                    continue
                found = re.search(form + "$", text)
                assert found, text
                # The updates are differences of single-precision numbers.
                rough = 1e-3 if lens == "relative" else 1e-5
                assert read_number(found[1]) == pytest.approx(value, rel=5.1e-4, abs=rough)
                told += 1
        assert told > 50

    def test_squared_errors_have_no_unit(self, after, show):
        viewer, _ = after(1, Experiment(loss="mean-squared-error"))
        canvas = show(MatrixCanvas(), viewer)
        *_, x, y = next(spots(canvas.placements["right"][0]))
        assert "∂J/∂w = " in canvas.value_at(QPointF(x, y))
        assert "nats" not in canvas.value_at(QPointF(x, y))

    @pytest.mark.parametrize("lens", ["update", "relative", "change"])
    def test_where_there_is_nothing_to_show_a_line_says_so(self, after, show, lens, monkeypatch):
        viewer, _ = after(0)
        texts = Texts(monkeypatch, matrix_canvas_module)
        canvas = MatrixCanvas()
        canvas.set_lens("left", lens)
        show(canvas, viewer)
        screen = shot(canvas)
        sentence = "No epoch is pinned" if lens == "change" else "No epoch has changed anything"
        assert any(text.startswith(sentence) for text in texts.words)
        assert canvas.shown["left"] is None
        assert canvas.shown["right"] is not None, "the other column stays"
        matrix = canvas.placements["left"][-1]
        *_, x, y = next(spots(matrix))
        assert near(screen[y, x], DARK.panel, 0)
        assert canvas.value_at(QPointF(x, y)) == ""
        assert canvas.place_at(QPointF(x, y)) is None

    def test_in_the_past_the_first_epoch_is_shown_rather_than_trained(self, after):
        viewer, _ = after(0)
        lens, frame = LENSES["update"], viewer.frame
        assert "→ trains the first one" in lens.missing(frame, viewer.context)
        viewer.advance_now()
        assert "→ shows the first one" in lens.missing(frame, viewer.context)

    def test_an_update_that_is_not_known_yet(self, after, show):
        """A run that was just opened knows its weights, but not what led to them."""
        viewer, _ = after(3)
        lens, frame = LENSES["update"], viewer.frame
        unknown = frame.state.frame(viewer.run.network.sizes)
        assert lens.numbers(unknown, viewer.context) is None
        assert "not known yet" in lens.missing(unknown, viewer.context)

    def test_at_the_pinned_epoch_nothing_has_changed(self, after):
        viewer, _ = after(2)
        viewer.toggle_pin()
        lens = LENSES["change"]
        assert lens.numbers(viewer.frame, viewer.context) is None
        assert "pinned" in lens.missing(viewer.frame, viewer.context)


class TestSelection:
    @pytest.mark.parametrize("side", SIDES)
    def test_a_click_points_at_the_number_there(self, after, show, side, qtbot):
        viewer, _ = after()
        canvas = show(MatrixCanvas(), viewer)
        for placement in canvas.placements[side]:
            for unit, source, x, y in list(spots(placement))[::41]:
                with qtbot.waitSignal(canvas.pointed_at) as told:
                    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
                wanted = Place("weight", placement.layer, unit, source or 0)
                if source is None:
                    wanted = Place("bias", placement.layer, unit)
                assert told.args == [wanted]

    def test_a_click_beside_the_pictures_points_at_nothing(self, after, show, qtbot):
        viewer, _ = after()
        canvas = show(MatrixCanvas(), viewer)
        with qtbot.waitSignal(canvas.pointed_at) as told:
            qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(canvas.width() // 2, 5))
        assert told.args == [None]

    def framed(self, canvas, viewer, place, palette=DARK):
        """The rectangles that get a frame, and the pixels that it changed."""
        viewer.select_place(None)
        canvas.show_frame(viewer.frame, viewer.context)
        assert canvas.framed == []
        before = shot(canvas)
        viewer.select_place(place)
        canvas.show_frame(viewer.frame, viewer.context)
        after = shot(canvas)
        return canvas.framed, (before != after).any(axis=-1), after

    @both_themes
    @pytest.mark.parametrize(
        "place",
        [Place("weight", 0, 5, 20), Place("weight", 1, 3, 7), Place("bias", 2, 4)],
        ids=lambda place: place.kind,
    )
    def test_a_number_is_framed_in_both_columns(self, after, show, place, palette):
        viewer, _ = after()
        canvas = show(MatrixCanvas(), viewer, palette)
        frames, changed, screen = self.framed(canvas, viewer, place, palette)
        assert len(frames) == 2
        source = place.source if place.kind == "weight" else None
        for side, frame in zip(SIDES, frames, strict=True):
            placement = canvas.placements[side][place.layer]
            (centre,) = (
                (x, y) for unit, at, x, y in spots(placement) if (unit, at) == (place.unit, source)
            )
            assert frame.contains(QPointF(*centre))
            assert frame.width() >= 7 and frame.height() >= 7
            # Accent on the line itself, and the panel's colour at both sides of it.
            x, y = round(frame.left()), round(frame.center().y())
            accent = near(screen[y, x - 3 : x + 3], palette.accent, 3)
            assert accent.any()
            assert near(screen[y, x - 3 : x + 3], palette.panel, 3)[~accent].any()
        ys, xs = np.nonzero(changed)
        inside = [
            any(f.adjusted(-3, -3, 3, 3).contains(QPointF(x, y)) for f in frames)
            for x, y in zip(xs.tolist(), ys.tolist(), strict=True)
        ]
        assert all(inside), "nothing else changes"

    def test_a_unit_is_its_tile_and_its_column_in_the_next_layer(self, after, show):
        viewer, _ = after()
        canvas = show(MatrixCanvas(), viewer)
        frames, *_ = self.framed(canvas, viewer, Place("unit", 0, 5))
        assert len(frames) == 4
        for side, (own, following) in zip(SIDES, (frames[:2], frames[2:]), strict=True):
            tiles, matrix = canvas.placements[side][:2]
            for unit, _, x, y in spots(tiles):
                assert own.contains(QPointF(x, y)) == (unit == 5)
            for _, source, x, y in spots(matrix):
                assert following.contains(QPointF(x, y)) == (source == 5)

    def test_a_unit_of_a_matrix_is_its_row(self, after, show):
        viewer, _ = after()
        canvas = show(MatrixCanvas(), viewer)
        frames, *_ = self.framed(canvas, viewer, Place("unit", 2, 3))
        assert len(frames) == 2, "the output layer has no next one"
        for unit, _, x, y in spots(canvas.placements["left"][2]):
            assert frames[0].contains(QPointF(x, y)) == (unit == 3)

    def test_an_input_is_its_cell_in_every_tile(self, after, show):
        viewer, _ = after()
        canvas = show(MatrixCanvas(), viewer)
        frames, *_ = self.framed(canvas, viewer, Place("input", source=28))
        assert len(frames) == 2 * 12
        wanted = [
            (x, y)
            for side in SIDES
            for _, source, x, y in spots(canvas.placements[side][0])
            if source == 28
        ]
        for frame, centre in zip(frames, wanted, strict=True):
            assert frame.contains(QPointF(*centre))

    def test_an_input_without_a_picture_is_a_column(self, after, show):
        viewer, _ = after(1, Experiment(layers=(5,)), plain.make_dataset())
        canvas = show(MatrixCanvas(), viewer)
        frames, *_ = self.framed(canvas, viewer, Place("input", source=2))
        assert len(frames) == 2
        for _, source, x, y in spots(canvas.placements["left"][0]):
            assert frames[0].contains(QPointF(x, y)) == (source == 2)

    def test_the_loss_is_nowhere_among_the_weights(self, after, show):
        viewer, _ = after(1)
        canvas = show(MatrixCanvas(), viewer)
        assert self.framed(canvas, viewer, Place("loss"))[0] == []

    @pytest.mark.parametrize("kind", ["unit", "weight", "bias"])
    def test_what_is_on_another_page_is_turned_to(self, make_viewer, show, kind):
        viewer = make_viewer(Experiment(layers=(300,)))
        canvas = show(MatrixCanvas(), viewer, size=(340, 260))
        tiles = canvas.placements["left"][0]
        assert tiles.tiles < 200
        viewer.select_place(Place(kind, 0, 250, 3))
        canvas.show_frame(viewer.frame, viewer.context)
        tiles = canvas.placements["left"][0]
        assert tiles.first <= 250 < tiles.first + tiles.tiles
        assert canvas.framed
        # Leafing on from there is free: the next epoch does not turn back.
        canvas.page(-1)
        first = canvas.placements["left"][0].first
        assert first < tiles.first
        viewer.advance_now()
        canvas.show_frame(viewer.frame, viewer.context)
        assert canvas.placements["left"][0].first == first

    def test_leafing_from_the_last_page_reaches_every_unit(self, make_viewer, show):
        viewer = make_viewer(Experiment(layers=(300,)))
        canvas = show(MatrixCanvas(), viewer, size=(340, 260))
        viewer.select_place(Place("unit", 0, 299))
        canvas.show_frame(viewer.frame, viewer.context)
        seen = set()
        for _ in range(300):
            tiles = canvas.placements["left"][0]
            seen |= set(range(tiles.first, tiles.first + tiles.tiles))
            canvas.page(-1)
        assert seen == set(range(300))

    def test_every_picture_lies_within_its_column(self):
        """Cells of about a pixel: the strip of the biases must have room too."""
        for units in ((784, 128, 64, 10), (784, 300, 100, 26), (64, 24, 16, 12, 10)):
            for width in (215.0, 360.0, 900.0):
                for placement in placed(units, None, 0, width, 320)[1:]:
                    x, _, bias_width, _ = placement.bias(0)
                    left, _, room = placement.label
                    assert x + bias_width <= left + room


class TestSlowMotion:
    def lit(self, canvas, viewer, stage) -> set[tuple[str, int]]:
        """Which pictures are as they are without a stage."""
        viewer.show_stage(None)
        canvas.show_frame(viewer.frame, viewer.context)
        before = shot(canvas)
        viewer.show_stage(stage)
        canvas.show_frame(viewer.frame, viewer.context)
        now = shot(canvas)
        result = set()
        for side in SIDES:
            for placement in canvas.placements[side]:
                same = [(before[y, x] == now[y, x]).all() for *_, x, y in spots(placement)]
                if all(same):
                    result.add((side, placement.layer))
                else:
                    assert np.mean(same) < 0.5, "dimmed altogether"
        return result

    def test_a_stage_lights_what_it_uses(self, after, show):
        viewer, _ = after()
        canvas = show(MatrixCanvas(), viewer)
        everything = {(side, layer) for side in SIDES for layer in range(3)}
        for stage in stages(3):
            wanted = {
                "forward": {("left", stage.layer)},
                "backward": {("right", stage.layer)},
                "update": everything,
            }.get(stage.kind, set())
            assert self.lit(canvas, viewer, stage) == wanted

    def test_without_the_lens_the_layer_itself_is_lit(self, after, show):
        viewer, _ = after()
        canvas = MatrixCanvas()
        canvas.set_lens("left", "update")
        show(canvas, viewer)
        assert self.lit(canvas, viewer, Stage("forward", 1)) == {("left", 1), ("right", 1)}

    def test_the_panel_takes_part_where_weights_do(self, after, show):
        viewer, _ = after(0)
        panel = show(WeightsPanel(), viewer)
        parts = [stage.kind for stage in stages(2) if panel.takes_part(stage)]
        assert parts == ["forward", "forward", "backward", "backward", "update"]


class TestPanel:
    def test_the_keys(self, make_window, qtbot):
        window = make_window()
        panel = window.view.panels["weights"]
        keys = [lens.key for lens in LENSES.values()]
        for wanted in (*keys[1:], keys[0]):
            qtbot.keyClick(window, Qt.Key.Key_L)
            assert panel.canvas.lens["left"].key == wanted
            assert panel.lenses["left"].currentData() == wanted
            assert panel.canvas.lens["right"].key == "gradient"
        qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ShiftModifier)
        assert panel.canvas.lens["right"].key == "update"
        left = [panel.lenses["left"].x(), panel.lenses["right"].x(), panel.scale.x()]
        for mode in ("per layer", "network", "fixed"):
            qtbot.keyClick(window, Qt.Key.Key_C)
            assert panel.canvas.scale_mode == mode
            qtbot.keyClick(window, Qt.Key.Key_L)
            panel.header.layout().activate()
            assert left == [panel.lenses[side].x() for side in SIDES] + [panel.scale.x()]

    def test_a_click_selects_for_the_whole_window(self, make_window, qtbot):
        window = make_window()
        canvas = window.view.panels["weights"].canvas
        tiles = canvas.placements["right"][0]
        unit, source, x, y = list(spots(tiles))[100]
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
        assert window.viewer.selection == Place("weight", 0, unit, source)
        assert len(canvas.framed) == 2

    def test_the_value_is_told_at_once(self, make_window, qtbot):
        window = make_window()
        canvas = window.view.panels["weights"].canvas
        *_, x, y = list(spots(canvas.placements["left"][0]))[30]
        qtbot.mouseMove(canvas, QPoint(x, y))
        qtbot.waitUntil(lambda: QToolTip.text() == canvas.value_at(QPointF(x, y)) != "")
        QToolTip.hideText()
        qtbot.waitUntil(lambda: not QToolTip.isVisible())

    def test_taking_the_pin_out_brings_the_values_back(self, after, show):
        viewer, _ = after(2)
        viewer.toggle_pin()
        panel = show(WeightsPanel(), viewer)
        assert panel.canvas.lens["left"].key == "value", "the pinned epoch itself"
        viewer.advance_now()
        panel.show_frame(viewer.frame, viewer.context)
        assert panel.canvas.lens["left"].key == "change"
        panel.lenses["left"].setCurrentIndex(1)
        viewer.advance_now()
        panel.show_frame(viewer.frame, viewer.context)
        assert panel.canvas.lens["left"].key == "gradient", "what was chosen since stays"
        panel.lenses["right"].setCurrentIndex(panel.lenses["right"].findData("change"))
        viewer.toggle_pin()
        viewer.toggle_pin()
        panel.show_frame(viewer.frame, viewer.context)
        assert panel.canvas.lens["right"].key == "gradient"


def test_names_of_classes_are_those_of_the_run(after, show):
    """Also where two runs have networks of one size and numbers of one scale."""
    first, _ = after(0, Experiment())
    data = first.run.dataset
    other = replace(data, classes=tuple("ABCDEFGHIJ"))
    second, _ = after(0, Experiment(), other)
    canvas = show(MatrixCanvas(), first)
    before = shot(canvas)
    canvas.show_frame(second.frame, second.context)
    assert not np.array_equal(shot(canvas), before)
    np.testing.assert_array_equal(shot(canvas), shot(show(MatrixCanvas(), second)))


class TestPages:
    """Where not all layers fit, some are left out, and never the output."""

    DEEP = Experiment(layers=(24, 16, 12, 10, 9, 8), activation="tanh", dtype="float64")

    def panel(self, make_viewer, show, size, experiment=None):
        viewer = make_viewer(experiment or self.DEEP)
        panel = WeightsPanel()
        show(panel, viewer, size=size)
        viewer.shown.connect(panel.show_frame)
        return viewer, panel

    def test_the_output_is_on_every_page_and_every_layer_on_one(self, make_viewer, show, qtbot):
        viewer, panel = self.panel(make_viewer, show, (520, 260))
        canvas, seen = panel.canvas, set()
        pages = canvas.layers_shown[1]
        assert pages > 1 and not panel.pages["layers"].isHidden()
        for page in range(1, pages + 1):
            assert canvas.layers_shown == (page, pages)
            assert f"layers, page {page} of {pages}" in panel.header.subtitle._text
            for side in ("left", "right"):
                layers = [placement.layer for placement in canvas.placements[side]]
                assert layers[-1] == 6 and len(set(layers)) == len(layers)
                for placement in canvas.placements[side]:
                    _, top, _, height = placement.bounds
                    assert top >= 0 and top + height <= canvas.height() + 2
                seen |= set(layers)
            compare_page(canvas, viewer)
            qtbot.mouseClick(panel.pages["layers"], Qt.MouseButton.LeftButton)
        assert canvas.layers_shown == (pages, pages), "there is no page after the last"
        assert seen == set(range(7))
        for _ in range(pages):
            qtbot.mouseClick(panel.pages["layers back"], Qt.MouseButton.LeftButton)
        assert canvas.layers_shown == (1, pages)

    def test_a_layer_that_is_pointed_at_comes_into_sight(self, make_viewer, show):
        viewer, panel = self.panel(make_viewer, show, (520, 260))
        for layer in (5, 0, 3, 6, 2):
            viewer.select_place(Place("unit", layer, 1))
            assert layer in [placement.layer for placement in panel.canvas.placements["left"]]
            assert panel.canvas.framed

    def test_where_all_fit_there_are_no_pages(self, make_viewer, show):
        _, panel = self.panel(make_viewer, show, (1200, 900))
        assert panel.canvas.layers_shown is None
        assert all(button.isHidden() for button in panel.pages.values())
        assert "page" not in panel.header.subtitle._text

    def test_units_have_buttons_too(self, make_viewer, show, qtbot):
        _, panel = self.panel(
            make_viewer, show, (330, 200), Experiment(layers=(600,), dtype="float64")
        )
        first, last, units = panel.canvas.units_shown
        assert (first, units) == (0, 600) and last < 599
        assert f"units 0 to {last} of 600" in panel.header.subtitle._text
        qtbot.mouseClick(panel.pages["units"], Qt.MouseButton.LeftButton)
        assert panel.canvas.units_shown[0] == last + 1

    @pytest.mark.parametrize("palette", [DARK, LIGHT])
    def test_a_unit_without_a_gradient_has_an_outline(self, make_viewer, show, palette):
        viewer = make_viewer(Experiment(learning_rate=20.0))
        for _ in range(4):
            viewer.advance_now()
        canvas = show(MatrixCanvas(), viewer, palette)
        gradient = canvas.shown["right"].weights[0]
        nothing = ~gradient.any(axis=1)
        assert nothing.any()
        screen, tiles = shot(canvas), canvas.placements["right"][0]
        for unit in range(len(gradient)):
            left, top, width, _ = tiles.tile(unit)
            edge = screen[int(top) - 1, int(left + width / 2)]
            assert (edge.tolist() == rgb(palette.line).tolist()) == nothing[unit], unit

    def test_a_square_matrix_is_square(self):
        for width, height in ((300, 120), (700, 400), (250, 250)):
            matrix = placed((12, 10, 10), None, 0, width, height)[-1]
            wide, high = matrix.size
            if wide <= 2 * high:
                assert wide == high


def compare_page(canvas, viewer) -> None:
    """Every pixel of the values that are in sight has the colour of its number."""
    screen = shot(canvas)
    scales = canvas.scales["left"]
    table = canvas.lens["left"].colours(DARK)
    for placement, scale in zip(canvas.placements["left"], scales, strict=True):
        weights = viewer.frame.parameters.weights[placement.layer]
        levels = canvas.lens["left"].levels(weights, scale)
        for unit, source, x, y in spots(placement):
            if source is not None and min(placement.cell) >= 2:
                colour = QColor(table[levels[unit, source]])
                expected = [colour.red(), colour.green(), colour.blue()]
                assert screen[y, x].tolist() == expected, (placement.layer, unit, source)
