"""Slow motion: one training step, stage by stage, with the numbers of the run."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PyQt6.QtCore import QPointF, Qt

from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from nnfs_core.explain import follow
from nnfs_core.explain.stages import Stage, stages
from nnfs_core.model.places import Place
from nnfs_core.text.numbers import number
from nnfs_core.training.trainer import Trainer
from tests.core import plain
from tests.gui.screen import Texts, figure, next_step, rgb, shot, signed_colours
from visualizer.panels.network import canvas as canvas_module
from visualizer.panels.network.painter import INSIDE
from visualizer.panels.network.panel import NetworkPanel
from visualizer.panels.network.words import describe
from visualizer.style.theme import DARK, LIGHT, PALETTES

DEEP = Experiment(layers=(12, 9), activation="tanh", initializer="xavier", learning_rate=0.1)
BATCHES = Experiment(layers=(16,), optimizer="adam", learning_rate=0.01, batch_size=64)
SQUARES = Experiment(loss="mean-squared-error", weight_decay=0.01)
RUNS = {"deep": DEEP, "batches": BATCHES, "squares": SQUARES}

both_themes = pytest.mark.parametrize("palette", [DARK, LIGHT], ids=list(PALETTES))
all_runs = pytest.mark.parametrize("run", RUNS)


def words(panel) -> str:
    """Return the caption as it reads, without its tags."""
    return re.sub("<[^>]+>", "", panel.bar.caption.text()).replace("&nbsp;", " ")


@pytest.fixture
def panel(make_viewer, qtbot):
    """A network panel on screen, wired to a viewer; it works everything out at once."""

    def make(experiment=None, epochs=3, palette=DARK, size=(900, 620)):
        viewer = make_viewer(experiment)
        for _ in range(epochs):
            viewer.advance_now()
        panel = NetworkPanel()
        qtbot.addWidget(panel)
        qtbot.addWidget(panel.header)
        panel.apply_palette(palette)
        colours = panel.palette()
        colours.setColor(colours.ColorRole.Window, colours.color(colours.ColorRole.Base))
        panel.resize(*size)
        panel.show_frame(viewer.frame, viewer.context)
        viewer.shown.connect(panel.show_frame)
        panel.intent.connect(lambda intent: intent.carry_out(viewer))
        panel.show()
        qtbot.waitExposed(panel)
        return viewer, panel

    return make


def delta_of(viewer):
    """Return the gradient of the shown sample's loss in plain NumPy, as weights and biases."""
    context, parameters = viewer.context, viewer.frame.parameters
    flat = plain.gradient(
        viewer.run.experiment.but(weight_decay=0),
        parameters,
        context.sample.x[None],
        np.array([context.sample.label]),
    )
    return type(parameters).over(flat, parameters.sizes)


class TestStages:
    def test_keys_go_through_all_of_them(self, window, qtbot):
        viewer = window.viewer
        panel = window.view.panels["network"]
        assert viewer.stage is None and not panel.bar.isVisible()
        qtbot.keyClick(window, Qt.Key.Key_M)
        order = stages(2)
        for at, stage in enumerate(order):
            assert viewer.stage == stage
            assert panel.bar.isVisible()
            assert panel.bar.head.text() == f"{at + 1} of 7 · {stage.name(2)}"
            if at + 1 < len(order):
                qtbot.keyClick(window, Qt.Key.Key_Period)
        qtbot.keyClick(window, Qt.Key.Key_Comma)
        assert viewer.stage == order[-2]
        qtbot.keyClick(window, Qt.Key.Key_M)
        assert viewer.stage is None and not panel.bar.isVisible()

    def test_buttons(self, window, qtbot):
        viewer, panel = window.viewer, window.view.panels["network"]
        bar = panel.bar

        def press(button):
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

        press(panel.slow)
        assert viewer.stage == Stage("input") and panel.slow.isChecked()
        assert not bar.previous.isEnabled()
        press(bar.next)
        assert viewer.stage == Stage("forward", 0)
        press(bar.previous)
        assert viewer.stage == Stage("input")
        track = bar.track
        at = QPointF(track.width() * 3.5 / 7, track.height() / 2).toPoint()
        qtbot.mouseClick(track, Qt.MouseButton.LeftButton, pos=at)
        assert viewer.stage == Stage("loss")
        press(bar.close_bar)
        assert viewer.stage is None and not panel.slow.isChecked()

    def test_the_next_epoch_follows_live(self, window, qtbot):
        viewer = window.viewer
        viewer.show_stage(Stage("update"))
        epoch = viewer.frame.epoch
        with qtbot.waitSignal(viewer.shown, check_params_cb=lambda f, _: f.epoch == epoch + 1):
            qtbot.keyClick(window, Qt.Key.Key_Period)
        assert viewer.live
        assert viewer.stage == Stage("input")
        qtbot.waitUntil(lambda: not viewer.training)

    def test_the_next_epoch_follows_in_the_past(self, window, qtbot):
        viewer = window.viewer
        viewer.step(6)
        qtbot.waitUntil(lambda: viewer.frame.epoch == 6 and not viewer.training)
        viewer.seek(3)
        qtbot.waitUntil(lambda: viewer.frame.epoch == 3)
        viewer.show_stage(Stage("update"))
        panel = window.view.panels["network"]
        qtbot.waitUntil(lambda: panel.canvas.change is not None)
        step = panel.canvas.change.flat.copy()
        before = viewer.frame.parameters.flat.copy()
        with qtbot.waitSignal(viewer.shown, check_params_cb=lambda f, _: f.epoch == 4):
            qtbot.keyClick(window, Qt.Key.Key_Period)
        assert not viewer.live and viewer.newest == 6
        assert viewer.stage == Stage("input")
        np.testing.assert_array_equal(viewer.frame.parameters.flat - before, step)

    def test_training_ends_it(self, window, qtbot):
        viewer = window.viewer
        qtbot.keyClick(window, Qt.Key.Key_M)
        viewer.train()
        qtbot.waitUntil(lambda: viewer.frame.epoch > 2)
        viewer.pause()
        qtbot.waitUntil(lambda: not viewer.training)
        assert viewer.stage is None
        assert not window.view.panels["network"].bar.isVisible()

    def test_it_plays_to_the_end_of_the_step_and_stops(self, window, qtbot):
        viewer, bar = window.viewer, window.view.panels["network"].bar
        bar.pace.setItemData(bar.pace.currentIndex(), 0.005)
        seen = []
        viewer.shown.connect(lambda _, context: seen.append(context.stage))
        with qtbot.waitSignal(viewer.shown, check_params_cb=lambda _, c: c.stage == stages(2)[-1]):
            qtbot.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
            assert bar.playing
        qtbot.waitUntil(lambda: not bar.playing)
        assert list(dict.fromkeys(seen)) == list(stages(2))
        assert viewer.frame.epoch == 0
        assert viewer.stage == Stage("update")

    def test_playing_can_be_stopped_and_leaving_stops_it(self, window, qtbot):
        bar = window.view.panels["network"].bar
        for end in (Qt.Key.Key_M, None):
            qtbot.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
            assert bar.playing
            if end is None:
                window.viewer.show_stage(None)
            else:
                qtbot.keyClick(window, end, Qt.KeyboardModifier.ShiftModifier)
            assert not bar.playing

    @pytest.mark.parametrize("replayed", [False, True])
    def test_a_run_that_goes_on_stops_the_playing_of_stages(self, window, qtbot, replayed):
        viewer, bar = window.viewer, window.view.panels["network"].bar
        if replayed:
            viewer.step(6)
            qtbot.waitUntil(lambda: viewer.frame.epoch == 6 and not viewer.training)
            viewer.seek(2)
            qtbot.waitUntil(lambda: viewer.frame.epoch == 2)
        before = viewer.frame.epoch
        qtbot.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
        assert bar.playing
        qtbot.keyClick(window, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: viewer.frame.epoch > before)
        assert not bar.playing
        viewer.pause()
        viewer.play(False)
        qtbot.waitUntil(lambda: not viewer.training)

    def test_playing_goes_on_into_the_epoch_it_asked_for(self, window, qtbot):
        viewer, bar = window.viewer, window.view.panels["network"].bar
        viewer.show_stage(Stage("update"))
        bar.set_playing(True)
        qtbot.waitUntil(lambda: viewer.frame.epoch == 1 and not viewer.training)
        assert bar.playing and viewer.stage == Stage("input")

    def test_playing_does_not_bring_back_what_was_left_out_of_sight(self, window):
        viewer, panel = window.viewer, window.view.panels["network"]
        viewer.show_stage(Stage("input"))
        panel.bar.start_playing()
        window.view.docks["network"].hide()
        viewer.show_stage(None)
        panel.bar.next_wanted.emit()
        assert viewer.stage is None and not panel.bar.playing
        assert window.view.docks["network"].isHidden()

    @both_themes
    def test_leaving_restores_the_picture(self, panel, palette):
        viewer, panel = panel(palette=palette)
        before = shot(panel)
        for stage in stages(2):
            viewer.show_stage(stage)
            assert (shot(panel) != before).any()
        viewer.show_stage(None)
        np.testing.assert_array_equal(shot(panel), before)

    def test_other_panels_recede(self, window):
        window.viewer.show_stage(Stage("loss"))
        panels = window.view.panels
        assert not panels["network"]._dimmer.isVisible()
        assert panels["samples"]._dimmer.isVisible()

    def test_an_exported_picture_is_complete(self, panel):
        viewer, panel = panel(BATCHES)
        viewer.show_stage(Stage("update"))
        assert panel.canvas.change is not None
        assert "worked out" not in words(panel)


class TestDiagram:
    @pytest.mark.parametrize("units", [10, 24, 60, 130])
    def test_it_only_moves_closer_together(self, panel, units):
        viewer, panel = panel(Experiment(layers=(units, 10)), size=(730, 410))
        before = panel.canvas._diagram
        viewer.show_stage(Stage("forward", 0))
        after = panel.canvas._diagram
        assert panel.canvas.height() < 330
        for old, new in zip(before.columns, after.columns, strict=True):
            assert old.grid == new.grid
            assert np.abs(old.centres[:, 0] - new.centres[:, 0]).max() < 25
            assert new.box[1] >= 0 and new.box[3] <= panel.canvas.height() - 20
        heights = set()
        for stage in stages(3):
            viewer.show_stage(stage)
            heights.add(panel.canvas.height())
        assert len(heights) == 1, "and stands still"
        viewer.show_stage(None)
        np.testing.assert_array_equal(
            panel.canvas._diagram.columns[1].centres, before.columns[1].centres
        )

    def test_the_numbers_it_speaks_of_are_written(self, panel, monkeypatch):
        texts = Texts(monkeypatch, canvas_module)
        viewer, panel = panel(size=(730, 410))
        for stage in (Stage("forward", 0), Stage("backward", 0), Stage("update")):
            viewer.show_stage(stage)
            texts.clear()
            shot(panel.canvas)
            assert not any("-" in text or "e-" in text for text in texts.words)
            column = panel.canvas._diagram.columns[1]
            change = panel.canvas.change.biases[0]
            numbers = {
                "forward": viewer.context.trace.a[0],
                "backward": delta_of(viewer).biases[0],
                "update": change,
            }[stage.kind]
            for (x, y), value in zip(column.centres.tolist(), numbers.tolist(), strict=True):
                written = [text for text, at, down in texts if abs(at - x) + abs(down - y) < 1]
                length = len(number(value, 2, signed=stage.kind != "forward"))
                if column.radius >= INSIDE and length <= 3:
                    assert len(written) == 1
                for text in written:  # what is longer is read under the mouse
                    assert figure(text) == pytest.approx(value, rel=0.06, abs=0.006)

    def test_nothing_is_shown_before_it_is_computed(self, panel):
        viewer, panel = panel(DEEP)
        canvas = panel.canvas
        for at, stage in enumerate(stages(3)[:4]):
            viewer.show_stage(stage)
            for layer, column in enumerate(canvas._diagram.layers):
                text = canvas.value_at(QPointF(*column.centres[2]))
                assert ("not computed yet" in text) == (layer >= at), (stage, text)
            drawn = [len(part.edges.flow) > 0 for part in canvas._strokes.drawn]
            assert drawn == [layer < at for layer in range(3)]

    @both_themes
    @all_runs
    def test_backward_stages_show_the_deltas_of_this_sample(self, panel, run, palette):
        viewer, panel = panel(RUNS[run], palette=palette)
        canvas = panel.canvas
        panel.edges.setValue(0)
        gradient, trace = delta_of(viewer), viewer.context.trace
        for layer in reversed(range(len(gradient.biases))):
            viewer.show_stage(Stage("backward", layer))
            screen, delta = shot(canvas), gradient.biases[layer]
            scale = next_step(np.abs(delta).max())
            column = canvas._diagram.columns[layer + 1]
            for unit, (x, y) in enumerate(column.centres.tolist()):
                told = canvas.value_at(QPointF(x, y))
                assert figure(told.split("δ = ")[1]) == pytest.approx(
                    delta[unit], rel=1e-3, abs=1e-7
                )
                colour = signed_colours(delta[unit : unit + 1], scale, palette)[0]
                # Above the number that is written into it.
                above = 0.75 * column.radius if column.radius >= INSIDE else 0
                assert np.abs(screen[int(y - above), int(x)] - colour).max() <= 3
            links = canvas.content.layers[layer].links
            inputs = trace.a[layer - 1] if layer else trace.x
            np.testing.assert_allclose(links.values, np.outer(delta, inputs), rtol=1e-3, atol=1e-6)

    @all_runs
    def test_the_update_is_what_training_does_next(self, panel, run):
        viewer, panel = panel(RUNS[run])
        viewer.show_stage(Stage("update"))
        canvas, frame = panel.canvas, viewer.frame
        experiment = RUNS[run]
        trainer = Trainer(experiment, load_dataset("digits"))
        trainer.restore(frame.state)
        if experiment.batch_size is None:
            trainer.step_epoch()
            after = trainer.parameters.flat
        else:
            # The first batch of the epoch, and Adam's formula written out.
            data = trainer.dataset
            generator = np.random.default_rng()
            generator.bit_generator.state = frame.state.rng_state
            order = np.arange(len(data.train_x))
            generator.shuffle(order)
            rows = order[: experiment.batch_size]
            flat = plain.gradient(
                experiment, frame.parameters, data.train_x[rows], data.train_y[rows]
            )
            first, second = (slot.flat.astype(float) for slot in frame.slots)
            t = frame.state.step + 1
            m = 0.9 * first + 0.1 * flat
            v = 0.999 * second + 0.001 * flat**2
            step = 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
            after = frame.parameters.flat - step
        expected = after - frame.parameters.flat
        np.testing.assert_allclose(canvas.change.flat, expected, rtol=1e-3, atol=2e-6)
        change = type(frame.parameters).over(canvas.change.flat, frame.parameters.sizes)
        for layer, shown in enumerate(canvas.content.layers):
            np.testing.assert_array_equal(shown.links.values, change.weights[layer])
            np.testing.assert_array_equal(shown.units, change.biases[layer])
        x, y = canvas._diagram.columns[1].centres[3]
        told = canvas.value_at(QPointF(x, y))
        assert figure(told.split("Δb = ")[1]) == pytest.approx(
            change.biases[0][3], rel=1e-3, abs=1e-9
        )

    @pytest.mark.parametrize("width", [430, 1400])
    def test_numbers_leave_room_to_the_connections(self, panel, monkeypatch, width):
        texts = Texts(monkeypatch, canvas_module)
        viewer, panel = panel(DEEP, size=(width, 620))
        viewer.show_stage(Stage("update"))
        texts.clear()
        shot(panel.canvas)
        *hidden, output = panel.canvas._diagram.layers
        between = [at for text, at, _ in texts if text[0] in "+−0" and at < output.centres[0, 0]]
        columns = np.array([column.centres[0, 0] for column in hidden])
        assert all(np.abs(columns - at).min() < 1 for at in between), "in circles, or not at all"

    def test_what_is_inactive_is_dimmed(self, panel):
        viewer, panel = panel()
        canvas = panel.canvas
        panel.edges.setValue(0)
        unit = int(viewer.context.trace.a[0].argmax())
        x, y = (int(part) for part in canvas._diagram.columns[1].centres[unit])
        strength = {}
        for stage in (Stage("forward", 0), Stage("loss")):
            viewer.show_stage(stage)
            x, y = (int(part) for part in canvas._diagram.columns[1].centres[unit])
            strength[stage.kind] = np.abs(shot(canvas)[y, x] - rgb(DARK.panel)).sum()
        assert strength["loss"] < 0.5 * strength["forward"]


class TestCaptions:
    def test_the_loss_is_that_of_the_sample(self, panel):
        for experiment in (DEEP, SQUARES):
            viewer, shown = panel(experiment)
            viewer.show_stage(Stage("loss"))
            sample = viewer.context.sample
            expected = plain.loss(
                experiment, viewer.frame.parameters, sample.x[None], np.array([sample.label])
            )
            assert figure(words(shown).rstrip(".").rsplit("= ", 1)[1]) == pytest.approx(
                expected, rel=6e-3
            )

    def test_cross_entropy_names_the_probability(self, panel):
        viewer, panel = panel(DEEP)
        viewer.show_stage(Stage("loss"))
        sample = viewer.context.sample
        p = viewer.context.trace.answers[sample.label]
        found = re.search(r"−ln p\d = −ln (\S+) =", words(panel))
        assert figure(found[1]) == pytest.approx(p, rel=6e-4)
        assert f"true class is {sample.label}" in words(panel)

    def test_forward_and_backward(self, panel):
        viewer, panel = panel(DEEP)
        context, gradient = viewer.context, delta_of(viewer)
        for layer in range(2):
            viewer.show_stage(Stage("forward", layer))
            a, z = context.trace.a[layer], context.trace.z[layer]
            found = re.search(r"unit (\d+): z = (\S+), a = (\S+?)\.(?:\s|$)", words(panel))
            assert int(found[1]) == np.abs(a).argmax()
            assert figure(found[2]) == pytest.approx(z[int(found[1])], rel=6e-3)
            assert figure(found[3]) == pytest.approx(a[int(found[1])], rel=6e-3)
            viewer.show_stage(Stage("backward", layer))
            delta = gradient.biases[layer]
            found = re.search(r"Largest at unit (\d+): (\S+)\. ", words(panel))
            assert int(found[1]) == np.abs(delta).argmax()
            assert figure(found[2]) == pytest.approx(delta[int(found[1])], rel=6e-3)
        viewer.show_stage(Stage("forward", 2))
        found = re.search(r"Most probable is (\d+): z = \S+, p = (\S+)\.$", words(panel))
        assert int(found[1]) == context.trace.predicted
        assert figure(found[2]) == pytest.approx(context.trace.answers.max(), rel=6e-4)
        viewer.show_stage(Stage("backward", 2))
        label = context.sample.label
        found = re.search(r"(\S+) − 1 = (\S+)\. ", words(panel))
        assert figure(found[1]) == pytest.approx(context.trace.answers[label], rel=6e-4)
        assert figure(found[2]) == pytest.approx(gradient.biases[2][label], rel=6e-3)

    def test_the_update_names_optimizer_rate_and_batch(self, panel):
        viewer, panel_ = panel(BATCHES, epochs=2)
        viewer.show_stage(Stage("update"))
        text = words(panel_)
        assert "w ← w − η · m̂ / (√v̂ + ε) with η = 0.01 (adam)" in text
        assert "a batch of 64 samples; this one is not." in text, "a validation sample"
        assert "Step 47 of the run, the first of 23 steps of epoch 3" in text, "1,437 samples"
        change = panel_.canvas.change
        largest = max(float(np.abs(weights).max()) for weights in change.weights)
        found = re.search(r"Δw = (\S+),", text)
        assert abs(figure(found[1])) == pytest.approx(largest, rel=6e-3)

    def test_a_sample_of_the_batch_says_so(self, panel):
        viewer, panel = panel(BATCHES, epochs=1)
        viewer.show_stage(Stage("update"))
        generator = np.random.default_rng()
        generator.bit_generator.state = viewer.frame.state.rng_state
        order = np.arange(1437)
        generator.shuffle(order)
        for row, said in ((order[5], "this one is among them"), (order[70], "this one is not")):
            viewer.select_sample("train", int(row))
            assert said in words(panel)

    def test_full_batch_and_weight_decay(self, panel):
        viewer, panel = panel(SQUARES, epochs=4)
        viewer.select_sample("train", 3)
        viewer.show_stage(Stage("update"))
        text = words(panel)
        assert "all 1,437 training samples" in text
        assert "this one is among them" in text
        assert "Step 5 of the run, the only step of epoch 5" in text
        assert "λ = 0.01" in text

    def test_a_changed_learning_rate_is_the_one_of_the_next_step(self, window, qtbot):
        viewer, panel = window.viewer, window.view.panels["network"]
        viewer.step()
        qtbot.waitUntil(lambda: viewer.frame.epoch == 1 and not viewer.training)
        viewer.set_learning_rate(0.125)
        viewer.step()
        qtbot.waitUntil(lambda: viewer.frame.epoch == 2 and not viewer.training)
        viewer.show_stage(Stage("update"))
        qtbot.waitUntil(lambda: panel.canvas.change is not None)
        assert "η = 0.125" in words(panel)

    def test_whose_gradient_the_weight_pictures_show(self, panel):
        viewer, whole = panel(SQUARES, epochs=2)
        viewer.show_stage(Stage("backward", 0))
        assert "weight pictures: the mean over all 1,437 training samples" in words(whole)

    @pytest.mark.parametrize(
        ("epochs", "said"), [(0, "all 1,437 training samples"), (2, "the batches of epoch 2")]
    )
    def test_whose_gradient_with_batches(self, panel, epochs, said):
        viewer, panel = panel(BATCHES, epochs=epochs)
        viewer.show_stage(Stage("backward", 1))
        assert f"weight pictures: the mean over {said}." in words(panel)


class TestSureAnswers:
    """A sample that is answered with 1 − 10⁻⁹, which float32 cannot tell from 1."""

    SURE = Experiment(layers=(12,), activation="identity", learning_rate=1.0)

    def shown(self, panel, stage):
        viewer, panel = panel(self.SURE, epochs=5)
        run, parameters = viewer.run, viewer.frame.parameters
        x, y = run.samples("validation")
        logits = plain.pre_activations(run.experiment, parameters, x.astype(np.float64))[-1]
        gaps = logits - logits[np.arange(len(y)), y][:, None]
        gaps[np.arange(len(y)), y] = -np.inf
        missing = np.exp(gaps).sum(axis=1)
        # One that float32 calls certain.
        row = int(np.argmin(np.abs(np.log10(missing) + 8.8)))
        assert 1e-10 < missing[row] < 1e-8
        viewer.select_sample("validation", row)
        viewer.show_stage(stage)
        return viewer, panel, missing[row] / (1 + missing[row])

    def test_the_loss_has_its_digits(self, panel):
        viewer, panel, missing = self.shown(panel, Stage("loss"))
        assert viewer.context.trace.answers.max() == 1
        found = re.search(r"−ln \(1 − (\S+)\) = (\S+)\.", words(panel).replace("\xa0", " "))
        assert [figure(text) for text in found.groups()] == pytest.approx([missing] * 2, rel=6e-3)
        context, frame = viewer.context, viewer.frame
        sample = context.sample
        inspected = follow(viewer.run.network, frame.parameters, sample.x, sample.label).loss
        assert figure(found[2]) == pytest.approx(inspected, rel=1e-2)
        said = describe(Place("loss"), frame, context, panel.canvas.content).replace("\xa0", " ")
        name = viewer.run.dataset.classes[sample.label]
        assert said == f"true class {name}: p = 1 − {found[1]}, loss = {found[2]}"

    def test_its_gradient_says_what_training_makes_of_it(self, panel):
        _, panel, missing = self.shown(panel, Stage("backward", 1))
        said = words(panel).replace("\xa0", " ")
        found = re.search(r"\(1 − (\S+)\) − 1 = −(\S+), which float32 rounds to 0\.", said)
        assert [figure(text) for text in found.groups()] == pytest.approx([missing] * 2, rel=6e-3)


class TestDrawing:
    def test_the_pad_takes_part_until_it_has_a_class(self, window):
        viewer, pad = window.viewer, window.view.panels["draw"]
        for label, dimmed in ((None, False), (3, True)):
            viewer.show_drawing(viewer.context.sample.x, label)
            viewer.show_stage(Stage("input"))
            assert pad._dimmer.isVisibleTo(pad) == dimmed

    def test_it_ends_where_a_class_is_needed(self, panel):
        viewer, panel = panel()
        viewer.show_drawing(viewer.context.sample.x, None)
        viewer.show_stage(Stage("input"))
        assert panel.bar.head.text() == "1 of 4 · input"
        for _ in range(3):
            panel.next_stage()
        assert viewer.stage == Stage("loss")
        assert "no class" in words(panel)
        assert not panel.bar.next.isEnabled()
        panel.next_stage()
        assert viewer.stage == Stage("loss")
        assert viewer.frame.epoch == 3

    def test_a_stage_it_cannot_reach(self, panel):
        viewer, panel = panel()
        viewer.show_stage(Stage("backward", 0))
        viewer.show_drawing(viewer.context.sample.x, None)
        assert panel.bar.head.text() == "4 of 4 · loss"
        assert "no class" in words(panel)
        panel.previous_stage()
        assert viewer.stage == Stage("forward", 1)

    def test_with_a_class_it_goes_all_the_way(self, panel):
        viewer, panel = panel()
        viewer.show_drawing(viewer.context.sample.x, 3)
        viewer.show_stage(Stage("update"))
        assert "the drawing is not one of them" in words(panel)
        assert panel.bar.next.isEnabled()
