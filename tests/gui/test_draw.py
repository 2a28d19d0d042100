"""The drawing pad: real strokes of a mouse, prepared as the data was, answered by the network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PyQt6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from PyQt6.QtGui import QPointingDevice, QTabletEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from nnfs_core.pictures.prepare import prepare
from nnfs_core.training.trainer import Trainer
from tests.core import plain
from tests.gui.hand import DIGITS, LEFT, draw, moved, point, press
from tests.gui.screen import Texts, near, pixels, shot
from tests.original import MNIST, needs_original
from visualizer.kit import answer as answer_module
from visualizer.panels.draw import board as board_module
from visualizer.panels.draw.pad import Pad
from visualizer.panels.draw.panel import DrawPanel
from visualizer.panels.draw.vectors import RASTER, Drawing, Stroke
from visualizer.style.theme import DARK, LIGHT
from visualizer.view.export import FrameExporter, Picture

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
THREE = DIGITS[3]


@pytest.fixture(scope="module")
def trained() -> Trainer:
    """A network that reads the 8×8 digits well."""
    trainer = Trainer(Experiment(), load_dataset("digits"))
    for _ in range(400):
        trainer.step_epoch()
    return trainer


@pytest.fixture
def pad(qtbot):
    """A pad alone, as large as what is made of it."""
    pad = Pad()
    qtbot.addWidget(pad)
    pad.resize(RASTER + 2, RASTER + 2)
    pad.show()
    qtbot.waitExposed(pad)
    return pad


@pytest.fixture
def panel(qtbot, make_viewer, trained):
    """The panel alone, wired to a viewer as the window does it."""

    def make(dataset=None, experiment=None, size=(360, 250), palette=DARK):
        if dataset is None:
            viewer = make_viewer(trained.experiment, trained.dataset)
            viewer.frame = trained.frame()
        else:
            viewer = make_viewer(experiment or Experiment(layers=(8,)), dataset)
        panel = DrawPanel()
        qtbot.addWidget(panel)
        qtbot.addWidget(panel.header)
        panel.apply_palette(palette)
        panel.resize(*size)
        viewer.shown.connect(panel.show_frame)
        panel.intent.connect(lambda intent: intent.carry_out(viewer))
        panel.show_frame(viewer.frame, viewer.context)
        panel.show()
        qtbot.waitExposed(panel)
        return viewer, panel

    return make


@pytest.fixture
def drawing_window(window, qtbot):
    """The window with the pad in sight."""
    qtbot.keyClick(window, "D")
    panel = window.view.panels["draw"]
    qtbot.waitUntil(lambda: window.view.docks["draw"].in_sight and panel.pad.hasFocus())
    return window


def answered(viewer, x: np.ndarray) -> np.ndarray:
    """Work out what the network of the shown frame answers, with plain NumPy."""
    z = plain.pre_activations(viewer.run.experiment, viewer.frame.parameters, x[None])
    return plain.probabilities(z[-1])[0]


def pictures(shape: tuple[int, int], samples: int = 40, classes: int = 10):
    """Data that are pictures of a shape, of nothing in particular."""
    clouds = plain.make_dataset(samples, shape[0] * shape[1], classes, samples)
    names = tuple(map(str, range(classes)))
    return replace(clouds, classes=names, image_shape=shape)


class TestPad:
    def test_ink_is_where_the_mouse_was(self, pad):
        draw(pad, [(0.2, 0.3), (0.5, 0.3), (0.8, 0.3)])
        screen = shot(pad)
        for x in np.linspace(0.2, 0.8, 13):
            at = point(pad, x, 0.3)
            assert (screen[at.y(), at.x()] == 255).all()
        for x, y in ((0.5, 0.42), (0.5, 0.18), (0.08, 0.3), (0.92, 0.3), (0.5, 0.9)):
            at = point(pad, x, y)
            assert (screen[at.y(), at.x()] == 0).all()

    @pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
    def test_it_is_as_thick_as_the_brush(self, pad, share):
        pad.set_thickness(share)
        draw(pad, [(0.2, 0.5), (0.8, 0.5)])
        ink = pad.drawing.grey()
        assert ink[:, RASTER // 2].sum() == pytest.approx(share * RASTER, abs=0.1)
        # Round ends: half the thickness more on both sides.
        assert ink[RASTER // 2].sum() == pytest.approx((0.6 + share) * RASTER, abs=2)

    def test_a_click_is_a_dot(self, pad):
        draw(pad, [(0.4, 0.6)])
        ink = pad.drawing.grey()
        assert ink.sum() == pytest.approx(np.pi * (0.05 * RASTER) ** 2, rel=0.02)
        rows, columns = np.nonzero(ink.max(axis=1))[0], np.nonzero(ink.max(axis=0))[0]
        assert rows.mean() / RASTER == pytest.approx(0.6, abs=0.01)
        assert columns.mean() / RASTER == pytest.approx(0.4, abs=0.01)

    def test_a_bend_is_round_not_cornered(self, pad):
        draw(pad, [(0.2, 0.8), (0.5, 0.2), (0.8, 0.8)])
        # A parabola between the middles: half way between its control and the chord.
        line = pad.drawing.strokes[0].pieces[0][1]
        ys = [line.at(k).y() for k in range(line.count())]
        assert min(ys) == pytest.approx((0.5 + 0.2) / 2, abs=0.01)

    def test_edges_are_soft(self, pad):
        draw(pad, [(0.2, 0.2), (0.8, 0.5)])
        ink = pad.drawing.grey()
        assert np.count_nonzero((ink > 0.05) & (ink < 0.95)) > RASTER // 2

    def test_what_is_prepared_is_what_is_seen(self, pad):
        for line in DIGITS[8]:
            draw(pad, line)
        screen = shot(pad)[1:-1, 1:-1]
        np.testing.assert_allclose(screen[..., 0], 255 * pad.drawing.grey(), atol=2)
        assert (screen == screen[..., :1]).all()

    def test_another_size_changes_nothing(self, pad, qtbot):
        draw(pad, *THREE)
        before = pad.drawing.grey()
        for size in ((90, 90), (700, 640), (RASTER + 2, RASTER + 2)):
            pad.resize(*size)
            screen = shot(pad)
            assert near(screen, "#ffffff").mean() > 0.03
            np.testing.assert_array_equal(pad.drawing.grey(), before)

    def test_another_button_draws_nothing(self, pad):
        QTest.mousePress(pad, Qt.MouseButton.RightButton, pos=QPoint(50, 50))
        QTest.mouseMove(pad, QPoint(90, 90))
        QTest.mouseRelease(pad, Qt.MouseButton.RightButton, pos=QPoint(90, 90))
        assert pad.drawing.is_empty

    def test_past_the_edge_and_back(self, pad):
        draw(pad, [(0.5, 0.5), (1.6, 0.5), (1.6, 0.8), (0.5, 0.8)])
        ink = pad.drawing.grey()
        assert ink[:, -1].max() == 1
        assert ink[RASTER // 2, -20:].min() > 0.99

    def test_the_cursor_is_as_large_as_the_brush(self, pad):
        for share in (0.05, 0.2):
            pad.set_thickness(share)
            across = pad.cursor().pixmap().deviceIndependentSize().width()
            assert across == pytest.approx(share * RASTER, abs=5)

    def test_a_stylus_pressed_harder_draws_thicker(self, pad):
        stylus = QPointingDevice.primaryPointingDevice()

        def send(kind, x, pressure, buttons=LEFT):
            at = QPointF(point(pad, x, 0.5))
            event = QTabletEvent(
                kind, stylus, at, at, pressure, 0, 0, 0, 0, 0,
                Qt.KeyboardModifier.NoModifier, LEFT, buttons,
            )  # fmt: skip
            QApplication.sendEvent(pad, event)
            assert event.isAccepted()

        send(QEvent.Type.TabletPress, 0.1, 0.05)
        for x in np.linspace(0.15, 0.85, 15):
            send(QEvent.Type.TabletMove, float(x), float(x))
        send(QEvent.Type.TabletRelease, 0.85, 0.0, Qt.MouseButton.NoButton)
        thickness = pad.drawing.grey().sum(axis=0)
        places = [round(x * RASTER) for x in (0.25, 0.5, 0.75)]
        # 0.35 + 1.3 × pressure times the brush.
        expected = [(0.35 + 1.3 * x) * 0.1 * RASTER for x in (0.25, 0.5, 0.75)]
        np.testing.assert_allclose(thickness[places], expected, atol=1.5)


class TestTakingBack:
    def test_stroke_by_stroke(self, pad):
        states = [pad.drawing.grey()]
        for line in (*DIGITS[4], *DIGITS[1]):
            draw(pad, line)
            states.append(pad.drawing.grey())
        for state in reversed(states[:-1]):
            assert pad.can_undo
            pad.undo()
            np.testing.assert_array_equal(pad.drawing.grey(), state)
        assert not pad.can_undo
        for state in states[1:]:
            assert pad.can_redo
            pad.redo()
            np.testing.assert_array_equal(pad.drawing.grey(), state)
        assert not pad.can_redo

    def test_clearing_loses_nothing(self, pad):
        draw(pad, *THREE)
        before = pad.drawing
        pad.clear()
        assert pad.drawing.is_empty
        assert not pad.drawing.grey().any()
        pad.undo()
        assert pad.drawing is before

    def test_a_stroke_under_way(self, pad):
        press(pad, THREE[0])
        assert not pad.drawing.is_empty
        pad.undo()
        assert pad.drawing.is_empty
        QTest.mouseRelease(pad, LEFT, pos=point(pad, 0.5, 0.5))
        assert pad.drawing.is_empty

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(steps=st.lists(st.sampled_from(["draw", "undo", "redo", "clear"]), max_size=25))
    def test_it_is_a_history(self, pad, steps):
        """Compared with the plainest history there is: a list of everything, and a place in it."""
        pad._history, pad._at = [Drawing()], 0
        history, at = [0], 0
        for step in steps:
            if step == "draw":
                history = [*history[: at + 1], history[at] + 1]
                at += 1
                pad.put(pad.drawing.with_stroke(Stroke.along([(0.1, 0.1, 0.1)])))
            elif step == "clear":
                if history[at]:
                    history = [*history[: at + 1], 0]
                    at += 1
                pad.clear()
            elif step == "undo":
                at = max(0, at - 1)
                pad.undo()
            else:
                at = min(len(history) - 1, at + 1)
                pad.redo()
            assert len(pad.drawing.strokes) == history[at]
            assert (pad.can_undo, pad.can_redo) == (at > 0, at + 1 < len(history))


class TestAnswer:
    @pytest.mark.parametrize("palette", [DARK, LIGHT])
    @pytest.mark.parametrize("shape", [(8, 8), (28, 28), (12, 20)])
    def test_the_prepared_picture_is_on_screen(self, panel, shape, palette):
        viewer, panel = panel(pictures(shape), palette=palette, size=(380, 320))
        draw(panel.pad, *THREE)
        expected = prepare(panel.pad.drawing.grey(), shape).pixels
        np.testing.assert_array_equal(viewer.context.sample.x, expected.ravel())
        place, screen = panel.answer.picture_area(), shot(panel.answer)
        cell = place.width() / shape[1]
        assert cell == place.height() / shape[0] == round(cell)
        for row in range(shape[0]):
            for column in range(shape[1]):
                x, y = place.left() + (column + 0.5) * cell, place.top() + (row + 0.5) * cell
                seen = screen[int(y), int(x)]
                assert np.abs(seen - 255 * expected[row, column]).max() <= 1.01

    @pytest.mark.parametrize("size", [(360, 230), (330, 190), (360, 400), (1500, 900)])
    def test_the_steps_are_in_words(self, panel, size, qtbot):
        _, panel = panel(size=size)
        draw(panel.pad, *THREE)
        steps = prepare(panel.pad.drawing.grey(), (8, 8)).steps
        below = panel.board.steps
        if below.isVisible():
            assert below.text() == " · ".join(steps)
            assert below.heightForWidth(below.width()) <= below.height()
            assert panel.header.subtitle._text == ""
        else:
            assert panel.header.subtitle._text == " · ".join(steps)
        assert below.isVisible() == (size[1] >= 400)
        assert all(step in panel.answer.value_at(QPointF(10, 10)) for step in steps)

    @pytest.mark.parametrize("size", [(360, 230), (360, 400)])
    def test_doubts_are_said_beside_the_answer(self, panel, monkeypatch, size):
        texts = Texts(monkeypatch, board_module)
        _, panel = panel(size=size)
        small = [[(0.4 * x, 0.4 * y + 0.3) for x, y in stroke] for stroke in THREE]
        draw(panel.pad, *small)
        shot(panel.answer)
        assert panel.answer.doubts == () and "? doubtful" not in texts.words
        draw(panel.pad, *([(x + 0.5, y) for x, y in stroke] for stroke in small))
        said = "doubtful: 2 shapes stand side by side, and all are read as one character"
        shown = panel.board.steps.text() if size[1] >= 400 else panel.header.subtitle._text
        assert shown.startswith(said)
        assert said in panel.answer.value_at(QPointF(10, 10))
        assert said in panel.answer.accessibleDescription()
        shot(panel.answer)
        assert "? doubtful" in texts.words

    @pytest.mark.parametrize("size", [(360, 250), (330, 190), (900, 700), (250, 560)])
    def test_the_probabilities_are_the_networks_own(self, panel, monkeypatch, size):
        texts = Texts(monkeypatch, answer_module, board_module)
        viewer, panel = panel(size=size)
        for digit in (3, 7):
            panel.pad.clear()
            draw(panel.pad, *DIGITS[digit])
            expected = answered(viewer, viewer.context.sample.x)
            np.testing.assert_allclose(panel.answer.answer.probabilities, expected, atol=1e-5)
            texts.clear()
            screen = shot(panel.answer)
            best = int(expected.argmax())
            assert texts.words[:2] == [str(best), f"{100 * expected[best]:.1f} %"]
            assert {str(k) for k in range(10)} <= set(texts.words)
            if panel.answer.bars_area().height() / 10 >= 9.5:
                shown = [word for word in texts.words[2:] if "." in word]
                found = [float(word.lstrip("<>")) for word in shown]
                np.testing.assert_allclose(found, 100 * expected, atol=0.101)
                assert not {"0.0", "100.0"} & set(shown)
            # The one bar that is filled is the one of the predicted class.
            assert near(screen, DARK.active).sum() > 30

    def test_right_or_wrong_is_said_in_words_and_with_a_sign(self, panel, monkeypatch):
        texts = Texts(monkeypatch, answer_module, board_module)
        viewer, panel = panel()
        draw(panel.pad, *DIGITS[7])
        assert viewer.context.sample.label is None
        shot(panel.answer)
        assert not any(word.startswith(("✓", "×")) for word in texts.words)
        for wanted, said in ((7, "✓ right"), (3, "× not 3")):
            panel.controls.meant.setCurrentIndex(panel.controls.meant.findData(wanted))
            panel.controls.meant.activated.emit(panel.controls.meant.currentIndex())
            assert viewer.context.sample.label == wanted
            texts.clear()
            shot(panel.answer)
            assert said in texts.words
        draw(panel.pad, [(0.9, 0.9)])
        assert viewer.context.sample.label == 3
        panel.pad.clear()
        draw(panel.pad, *DIGITS[7])
        assert viewer.context.sample.label is None, "another drawing is something else"

    def test_many_classes_show_the_likeliest(self, panel, monkeypatch):
        viewer, panel = panel(pictures((8, 8), classes=90))
        texts = Texts(monkeypatch, answer_module, board_module)
        draw(panel.pad, *THREE)
        shot(panel.answer)
        expected = answered(viewer, viewer.context.sample.x)
        shown = [word for word in texts.words[2:] if "." not in word]
        assert shown[:5] == [str(k) for k in np.argsort(-expected)[:5]]
        assert len(shown) < 30

    def test_it_answers_while_the_hand_moves(self, panel, qtbot):
        viewer, panel = panel()
        with qtbot.waitSignal(panel.intent):
            press(panel.pad, DIGITS[7][0][:2])
        first = viewer.context.sample.x
        np.testing.assert_allclose(
            panel.answer.answer.probabilities, answered(viewer, first), atol=1e-5
        )
        with qtbot.waitSignal(panel.intent):
            QTest.mouseMove(panel.pad, point(panel.pad, *DIGITS[7][0][2]))
        assert not np.array_equal(viewer.context.sample.x, first)
        assert np.argmax(panel.answer.answer.probabilities) == 7
        QTest.mouseRelease(panel.pad, LEFT, pos=point(panel.pad, *DIGITS[7][0][2]))

    def test_no_more_often_than_pictures_come(self, panel, qtbot):
        _, panel = panel()
        told = []
        panel.intent.connect(lambda *_: told.append(1))
        press(panel.pad, [(0.2 + 0.005 * k, 0.5) for k in range(100)])
        assert told == [], "the moves of one go are one picture"
        QTest.mouseRelease(panel.pad, LEFT, pos=point(panel.pad, 0.7, 0.5))
        assert len(told) == 1, "the end of a stroke is not waited for"

    def test_it_follows_training(self, panel, qtbot):
        viewer, panel = panel(load_dataset("digits"), Experiment())
        draw(panel.pad, *THREE)
        seen = []
        for _ in range(3):
            viewer.advance_now()
            expected = answered(viewer, viewer.context.sample.x)
            np.testing.assert_allclose(panel.answer.answer.probabilities, expected, atol=1e-5)
            seen.append(expected)
        assert np.abs(np.diff(seen, axis=0)).max() > 1e-3


class TestHandwriting:
    """What is drawn elsewhere or smaller is read just as what fills the pad."""

    PLACES = ((0.7, -0.12, -0.1), (0.55, 0.2, 0.18), (0.8, 0.09, -0.06), (0.5, -0.22, 0.22))

    def test_off_centre_and_smaller_on_8_by_8(self, panel):
        viewer, panel = panel(size=(640, 420))
        for digit, lines in DIGITS.items():
            panel.pad.clear()
            draw(panel.pad, *lines)
            assert viewer.context.trace.predicted == digit
            for place in self.PLACES:
                panel.pad.clear()
                draw(panel.pad, *moved(lines, *place))
                assert viewer.context.trace.predicted == digit, place

    def test_off_centre_on_28_by_28(self, panel):
        """With a brush as much smaller as the digit, the same picture comes out."""
        viewer, panel = panel(pictures((28, 28)), size=(900, 640))
        for lines in DIGITS.values():
            panel.pad.clear()
            panel.pad.set_thickness(0.1)
            draw(panel.pad, *lines)
            centred = viewer.context.sample.x
            for place in self.PLACES:
                panel.pad.clear()
                panel.pad.set_thickness(0.1 * place[0])
                draw(panel.pad, *moved(lines, *place))
                difference = np.abs(viewer.context.sample.x - centred)
                # A mouse has whole pixels, so not quite the same.
                assert difference.mean() < 0.012
                assert difference.max() < 0.3

    @needs_original
    def test_mnist_reads_it_too(self, panel):
        data = load_dataset("mnist", MNIST)
        experiment = Experiment(
            dataset="mnist", layers=(32,), optimizer="adam", learning_rate=0.003, batch_size=64
        )
        viewer, panel = panel(data, experiment, size=(640, 420))
        for _ in range(2):
            viewer.advance_now()
        for digit, lines in DIGITS.items():
            for place in ((1.0, 0.0, 0.0), *self.PLACES[:3]):
                panel.pad.clear()
                draw(panel.pad, *moved(lines, *place))
                assert viewer.context.trace.predicted == digit, place


class TestEverywhere:
    def test_the_drawing_is_shown_to_the_network(self, drawing_window):
        viewer, panel = drawing_window.viewer, drawing_window.view.panels["draw"]
        chosen = viewer.context.sample
        draw(panel.pad, *THREE)
        assert viewer.context.sample.part == "drawn"
        network = drawing_window.view.panels["network"]
        assert network.canvas._context.sample is viewer.context.sample
        panel.controls.clear.click()
        assert viewer.context.sample.index == chosen.index
        assert viewer.context.sample.part == chosen.part
        panel.controls.undo.click()
        assert viewer.context.sample.part == "drawn"

    def test_another_sample_puts_it_away_and_nothing_is_lost(self, drawing_window, qtbot):
        viewer, panel = drawing_window.viewer, drawing_window.view.panels["draw"]
        draw(panel.pad, *THREE)
        drawing, x = panel.pad.drawing, viewer.context.sample.x
        assert panel.board.again.isHidden()
        qtbot.keyClick(drawing_window, "N")
        assert viewer.context.sample.part != "drawn"
        assert panel.pad.drawing is drawing
        np.testing.assert_allclose(
            panel.answer.answer.probabilities, answered(viewer, x), atol=1e-5
        )
        assert panel.board.again.isVisible()
        qtbot.mouseClick(panel.board.again, LEFT)
        np.testing.assert_array_equal(viewer.context.sample.x, x)
        assert panel.board.again.isHidden()
        qtbot.keyClick(drawing_window, "N")
        qtbot.keyClick(drawing_window, "D", SHIFT)
        np.testing.assert_array_equal(viewer.context.sample.x, x)

    def test_drawing_on_shows_it_again(self, drawing_window):
        viewer, panel = drawing_window.viewer, drawing_window.view.panels["draw"]
        draw(panel.pad, DIGITS[4][0])
        viewer.select_sample("train", 3)
        draw(panel.pad, DIGITS[4][1])
        assert viewer.context.sample.part == "drawn"
        assert len(panel.pad.drawing.strokes) == 2

    def test_while_it_trains(self, drawing_window, qtbot):
        viewer, panel = drawing_window.viewer, drawing_window.view.panels["draw"]
        draw(panel.pad, *THREE)
        viewer.set_rate(None)
        viewer.train()
        seen = {}

        def look(frame, context):
            seen[frame.epoch] = panel.answer.answer.probabilities.copy()

        viewer.shown.connect(look)
        qtbot.waitUntil(lambda: len(seen) > 4)
        press(panel.pad, [(0.1, 0.9), (0.2, 0.9)])  # drawing goes on meanwhile
        QTest.mouseRelease(panel.pad, LEFT, pos=point(panel.pad, 0.2, 0.9))
        viewer.pause()
        qtbot.waitUntil(lambda: not viewer.training)
        assert len(panel.pad.drawing.strokes) == 2
        expected = answered(viewer, viewer.context.sample.x)
        np.testing.assert_allclose(panel.answer.answer.probabilities, expected, atol=1e-5)
        assert np.abs(np.diff([*seen.values()], axis=0)).max() > 0

    def test_keys(self, drawing_window, qtbot):
        window, panel = drawing_window, drawing_window.view.panels["draw"]
        pad = panel.pad
        draw(pad, *DIGITS[4])
        qtbot.keyClick(window, "U")
        assert len(pad.drawing.strokes) == 1
        qtbot.keyClick(window, "U", CONTROL)
        assert len(pad.drawing.strokes) == 2
        qtbot.keyClick(window, "U", SHIFT)
        assert pad.drawing.is_empty
        qtbot.keyClick(window, "U")
        assert len(pad.drawing.strokes) == 2
        before = pad.thickness
        qtbot.keyClick(window, "]")
        assert pad.thickness > before
        qtbot.keyClick(window, "[")
        assert pad.thickness == before

    def test_the_pad_has_ctrl_z_while_it_has_the_focus(self, drawing_window, qtbot):
        window, viewer = drawing_window, drawing_window.viewer
        pad = window.view.panels["draw"].pad
        viewer.step()
        qtbot.waitUntil(lambda: viewer.frame.epoch == 1)
        old = viewer.recording
        viewer.fork()
        viewer.delete(old)
        draw(pad, *DIGITS[4])
        qtbot.keyClick(pad, "Z", CONTROL)
        assert len(pad.drawing.strokes) == 1
        assert viewer.can_undelete
        qtbot.keyClick(pad, "Z", CONTROL | SHIFT)
        assert len(pad.drawing.strokes) == 2
        pad.clearFocus()
        qtbot.keyClick(window, "Z", CONTROL)
        assert len(pad.drawing.strokes) == 2
        assert old in viewer.branches

    def test_a_new_run_reads_the_same_drawing(self, panel):
        viewer, panel = panel()
        draw(panel.pad, *THREE)
        x = viewer.context.sample.x
        viewer.start_now(Experiment(layers=(5,)), "next")
        assert viewer.context.sample.part == "drawn"
        np.testing.assert_array_equal(viewer.context.sample.x, x)

    def test_a_run_with_other_pictures_has_it_prepared_again(self, panel, qtbot):
        viewer, panel = panel()
        draw(panel.pad, *THREE)
        drawing = panel.pad.drawing
        trainer = Trainer(Experiment(layers=(5,)), pictures((28, 28)))
        with qtbot.waitSignal(panel.intent):
            viewer.adopt(trainer, "large")
        assert panel.pad.drawing is drawing
        expected = prepare(drawing.grey(), (28, 28)).pixels.ravel()
        np.testing.assert_array_equal(viewer.context.sample.x, expected)

    def test_what_was_put_away_stays_away_in_a_new_run(self, panel, qtbot):
        viewer, panel = panel()
        draw(panel.pad, *THREE)
        panel.hide()
        viewer.shown.disconnect(panel.show_frame)
        viewer.shown.connect(lambda _, context: panel.notice(context))
        viewer.select_sample("train", 0)
        viewer.adopt(Trainer(Experiment(layers=(5,)), pictures((28, 28))), "large")
        assert not panel._moving.isActive()
        assert viewer.context.sample.part != "drawn"

    def test_what_it_was_meant_to_be_must_be_there(self, panel, qtbot):
        viewer, panel = panel()
        draw(panel.pad, *DIGITS[9])
        panel.controls.meant.setCurrentIndex(panel.controls.meant.findData(9))
        panel.controls.meant.activated.emit(panel.controls.meant.currentIndex())
        viewer.adopt(Trainer(Experiment(layers=(5,)), pictures((8, 8), classes=3)), "three")
        sample = viewer.context.sample
        assert sample.label is None or sample.label < 3
        qtbot.waitUntil(lambda: viewer.context.sample.part == "drawn")
        assert viewer.context.sample.label is None

    def test_data_without_pictures(self, panel, qtbot):
        viewer, panel = panel(plain.make_dataset())
        assert panel.board.isHidden()
        assert panel.useless.isVisible()
        assert "clouds has 6 numbers" in panel.useless.text()
        assert panel.controls.isHidden()
        panel.tell()
        assert viewer.context.sample.part != "drawn"
        viewer.adopt(Trainer(Experiment(layers=(5,)), pictures((8, 8))), "pictures")
        assert panel.board.isVisible()
        assert panel.useless.isHidden()

    def test_nothing_drawn_yet(self, panel):
        _, panel = panel()
        assert "Draw a digit" in panel.pad.hint
        hinted = shot(panel.pad)
        assert near(hinted, DARK.dim, 40).any()
        assert not panel.controls.undo.isEnabled()
        assert not panel.controls.clear.isEnabled()
        assert panel.answer.answer is None


class TestExport:
    def test_a_picture_of_the_panel_has_the_drawing(self, panel, monkeypatch):
        viewer, panel = panel()
        draw(panel.pad, *THREE)
        panel.controls.meant.setCurrentIndex(panel.controls.meant.findData(3))
        panel.controls.meant.activated.emit(panel.controls.meant.currentIndex())
        exporter = FrameExporter(Picture((400, 300), 1.0, DARK, "draw"))
        try:
            exporter.image(viewer.frame, viewer.context)
            other = exporter._view.panel
            np.testing.assert_array_equal(other.pad.drawing.grey(), panel.pad.drawing.grey())
            np.testing.assert_array_equal(other.answer.pixels, panel.answer.pixels)
            np.testing.assert_array_equal(
                other.answer.answer.probabilities, panel.answer.answer.probabilities
            )
            assert other.controls.meant.currentData() == 3
            assert near(shot(other.pad), "#ffffff").mean() > 0.05
            viewer.select_sample("train", 0)
            exporter.image(viewer.frame, viewer.context)
            assert other.pad.drawing is panel.pad.drawing
            assert other.board.again.isVisible()
            panel.pad.clear()
            exporter.image(viewer.frame, viewer.context)
            assert other.pad.drawing.is_empty
        finally:
            exporter.close()

    def test_a_picture_of_the_window_is_the_window(self, drawing_window, qtbot):
        window, viewer = drawing_window, drawing_window.viewer
        draw(window.view.panels["draw"].pad, *THREE)
        view = window.view
        picture = Picture(
            (view.width(), view.height()), 1.0, view.palette_now, None, view.arrangement.state()
        )
        exporter = FrameExporter(picture)
        try:
            exporter.image(viewer.frame, viewer.context)
            image = pixels(exporter.image(viewer.frame, viewer.context))
            panel = exporter._view.panels["draw"]
            place = panel.answer.mapTo(exporter._view, QPoint(0, 0))
            exported = image[place.y() :, place.x() :][: panel.answer.height()]
            exported = exported[:, : panel.answer.width()]
            assert panel.answer.size() == window.view.panels["draw"].answer.size()
            live = pixels(window.view.grab().toImage())
            own = window.view.panels["draw"].answer
            place = own.mapTo(window.view, QPoint(0, 0))
            live = live[place.y() :, place.x() :][: own.height(), : own.width()]
            np.testing.assert_array_equal(exported, live)
        finally:
            exporter.close()


def test_the_panel_is_remembered_like_any_other(make_window, tmp_path):
    kept = QSettings(str(tmp_path / "kept.ini"), QSettings.Format.IniFormat)
    window = make_window(kept=kept)
    assert window.commands.named["draw"].shortcuts()[0].toString() == "D"
    assert window.view.docks["draw"].objectName() == "dock-draw"
