"""The samples: the answer in words, wrong answers alone, pages, and no stump of a text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QFontMetrics, QWheelEvent
from PyQt6.QtWidgets import QApplication

from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from tests.core import plain
from tests.gui.screen import Texts, near, shot
from visualizer.jobs.background import Background
from visualizer.kit import answer as answer_module
from visualizer.kit.answer import Answer, AnswerLine
from visualizer.panels.samples.panel import ROOMY, WRONG, SamplesPanel
from visualizer.style.theme import DARK, font


@pytest.fixture
def panel(qtbot, make_viewer):
    """The panel alone, on a run some epochs old."""
    made = []

    def make(epochs=40, size=(380, 300), background=None, dataset=None):
        viewer = make_viewer(Experiment(), dataset or load_dataset("digits"))
        for _ in range(epochs):
            viewer.advance_now()
        panel = SamplesPanel()
        if background is not None:
            panel.background = background
            made.append(background)
        qtbot.addWidget(panel)
        qtbot.addWidget(panel.header)
        panel.apply_palette(DARK)
        panel.resize(*size)
        viewer.shown.connect(panel.show_frame)
        panel.intent.connect(lambda intent: intent.carry_out(viewer))
        panel.show_frame(viewer.frame, viewer.context)
        panel.show()
        qtbot.waitExposed(panel)
        return viewer, panel

    yield make
    for background in made:
        background.close()


def probabilities(viewer, part="validation") -> np.ndarray:
    x = getattr(viewer.run.dataset, f"{part}_x")
    z = plain.pre_activations(viewer.run.experiment, viewer.frame.parameters, x)
    return plain.probabilities(z[-1])


def wrong(viewer, part="validation") -> np.ndarray:
    truth = getattr(viewer.run.dataset, f"{part}_y")
    return np.flatnonzero(probabilities(viewer, part).argmax(axis=1) != truth)


def choose(panel, data) -> None:
    panel.classes.setCurrentIndex(panel.classes.findData(data))
    panel.classes.activated.emit(panel.classes.currentIndex())


class TestAnswer:
    def test_a_right_one(self, panel):
        viewer, panel = panel()
        row = int(np.setdiff1d(np.arange(50), wrong(viewer))[3])
        viewer.select_sample("validation", row)
        p, truth = probabilities(viewer)[row], int(viewer.run.dataset.validation_y[row])
        assert panel.answer.text() == f"{truth} → predicted {truth}, {100 * p[truth]:.1f} % · right"
        assert panel.answer._role == "text"

    def test_a_wrong_one(self, panel):
        viewer, panel = panel()
        row = int(wrong(viewer)[0])
        viewer.select_sample("validation", row)
        p, truth = probabilities(viewer)[row], int(viewer.run.dataset.validation_y[row])
        best = int(p.argmax())
        assert panel.answer.text() == (
            f"× predicted {best}, {100 * p[best]:.1f} % · true {truth} ({100 * p[truth]:.1f} %)"
        )
        assert near(shot(panel.answer), DARK.bad, 40).any()

    def test_it_follows_the_epochs(self, panel):
        viewer, panel = panel(epochs=2)
        said = set()
        for _ in range(3):
            viewer.advance_now()
            p = probabilities(viewer)[0]
            assert f"{100 * p.max():.1f} %" in panel.answer.text()
            said.add(panel.answer.text())
        assert len(said) == 3

    def test_bars_where_there_is_room(self, panel, monkeypatch):
        texts = Texts(monkeypatch, answer_module)
        viewer, panel = panel(size=(260, ROOMY))
        assert panel.bars.isVisible()
        p = probabilities(viewer)[0]
        np.testing.assert_allclose(panel.bars.answer.probabilities, p, atol=1e-5)
        texts.clear()
        screen = shot(panel.bars)
        assert texts.words == [str(k) for k in range(10)]
        # Each bar is as high as its probability says: of 60 pixels 15 + 8 are not for bars.
        for k, (_, x, _) in enumerate(texts):
            filled = near(screen[:, int(x)], DARK.active).sum()
            assert filled == pytest.approx(37 * p[k], abs=1.5)
        panel.resize(260, ROOMY - 1)
        assert panel.bars.isHidden()

    def test_a_drawing_is_not_a_sample(self, panel):
        viewer, panel = panel(size=(400, 300))
        viewer.show_drawing(np.zeros(64, np.float32))
        assert panel.answer.text() == "a drawing is shown; choose a sample to go back"
        assert not near(shot(panel.gallery), DARK.accent).any()
        viewer.select_sample("validation", 0)
        assert "predicted" in panel.answer.text()
        assert near(shot(panel.gallery), DARK.accent).any()


class TestWrongAnswers:
    def test_only_those(self, panel):
        viewer, panel = panel()
        rows = wrong(viewer)
        assert 5 < len(rows) < 200
        choose(panel, WRONG)
        assert viewer.context.chosen.index == rows[0]
        np.testing.assert_array_equal(panel.gallery.page, rows[: len(panel.gallery.page)])
        for row in (*rows[1:6], rows[4]):
            panel.go(+1 if row != rows[4] or viewer.context.chosen.index == rows[3] else -1)
            assert viewer.context.chosen.index == row
        for _ in range(10):
            panel.pick_random()
            assert viewer.context.chosen.index in rows

    def test_the_nearest_when_a_right_one_is_shown(self, panel):
        viewer, panel = panel()
        rows = wrong(viewer)
        viewer.select_sample("validation", int(rows[2]) + 1)
        choose(panel, WRONG)
        assert viewer.context.chosen.index == rows[rows > rows[2]][0]

    def test_of_the_training_part(self, panel):
        viewer, panel = panel()
        choose(panel, WRONG)
        panel.part.setCurrentIndex(panel.part.findData("train"))
        panel.part.activated.emit(panel.part.currentIndex())
        rows = wrong(viewer, "train")
        assert viewer.context.chosen.part == "train"
        assert viewer.context.chosen.index in rows
        np.testing.assert_array_equal(panel._rows(panel.part.currentData()), rows)

    def test_they_are_found_beside_the_window(self, panel, qtbot):
        viewer, panel = panel(background=Background())
        choose(panel, WRONG)
        qtbot.waitUntil(
            lambda: np.array_equal(panel._rows(panel.part.currentData()), wrong(viewer))
        )
        viewer.advance_now()
        viewer.advance_now()
        qtbot.waitUntil(
            lambda: np.array_equal(panel._rows(panel.part.currentData()), wrong(viewer))
        )

    def test_it_is_said_of_which_epoch_they_are(self, panel, qtbot):
        """They are looked for now and then, the answers to them are those of the shown epoch."""
        viewer, panel = panel(background=Background())
        first = viewer.frame.epoch
        choose(panel, WRONG)
        of = f"wrong at epoch {first}, now "
        qtbot.waitUntil(lambda: panel._counts[0].startswith(of))
        assert panel._counts[0].startswith(f"{of}0 of ")
        for _ in range(30):
            viewer.advance_now()  # the search is still to come
        answers = probabilities(viewer).argmax(axis=1)
        page = panel.gallery.page
        right = int(np.count_nonzero(answers[page] == viewer.run.dataset.validation_y[page]))
        assert right > 0
        assert panel._counts[0] == f"{of}{right} of {len(page)} right"

    def test_another_sample_from_elsewhere_ends_it(self, panel):
        viewer, panel = panel()
        choose(panel, WRONG)
        rows = wrong(viewer)
        viewer.select_sample("validation", int(rows[3]))
        assert panel.classes.currentData() == WRONG
        right = int(np.setdiff1d(np.arange(100), rows)[0])
        viewer.select_sample("validation", right)
        assert panel.classes.currentData() is None
        assert right in panel.gallery.page

    def test_none(self, panel, monkeypatch):
        viewer, panel = panel(epochs=0)
        data = viewer.run.dataset
        answers = probabilities(viewer).argmax(axis=1)
        perfect = replace(data, validation_y=answers)
        viewer, panel = self.again(panel, viewer, perfect)
        chosen = viewer.context.chosen
        choose(panel, WRONG)
        assert len(panel.gallery.page) == 0
        assert panel.gallery.nothing == "no wrong answers in the validation part at epoch 0"
        assert near(shot(panel.gallery), DARK.dim, 60).any()
        for step in (panel.pick_random, lambda: panel.go(+1), lambda: panel.go(-1)):
            step()
        assert viewer.context.chosen.index == chosen.index
        viewer.advance_now()
        assert panel.classes.currentData() == WRONG

    def again(self, panel, viewer, dataset):
        from nnfs_core.training.trainer import Trainer

        viewer.adopt(Trainer(Experiment(), dataset), "perfect")
        return viewer, panel


class TestPages:
    def wheel(self, widget, notches: int) -> None:
        at = QPointF(20, 20)
        event = QWheelEvent(
            at, widget.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)

    def test_the_wheel_turns_pages_and_chooses_nothing(self, panel):
        viewer, panel = panel()
        first = panel.gallery.page
        size, count = len(first), len(viewer.run.dataset.validation_y)
        self.wheel(panel.gallery, -1)
        np.testing.assert_array_equal(panel.gallery.page, first + size)
        expected = probabilities(viewer)[panel.gallery.page].argmax(axis=1)
        np.testing.assert_array_equal(panel.gallery.predicted, expected)
        assert viewer.context.chosen.index == 0
        self.wheel(panel.gallery, -100)
        assert panel.gallery.page[-1] == count - 1
        self.wheel(panel.gallery, +1)
        assert panel.gallery.page[-1] < count - 1
        self.wheel(panel.gallery, +100)
        np.testing.assert_array_equal(panel.gallery.page, first)

    def test_another_epoch_stays_on_the_page_another_sample_does_not(self, panel):
        viewer, panel = panel()
        self.wheel(panel.gallery, -2)
        page = panel.gallery.page
        viewer.advance_now()
        np.testing.assert_array_equal(panel.gallery.page, page)
        panel.go(+1)
        assert 1 in panel.gallery.page

    def test_keys(self, panel, qtbot):
        _, panel = panel()
        first = panel.gallery.page
        panel.gallery.setFocus()
        qtbot.keyClick(panel.gallery, Qt.Key.Key_PageDown)
        assert panel.gallery.page[0] == len(first)
        qtbot.keyClick(panel.gallery, Qt.Key.Key_PageUp)
        np.testing.assert_array_equal(panel.gallery.page, first)

    def test_what_is_under_the_mouse(self, panel):
        viewer, panel = panel()
        at = panel.gallery._tile(2).center()
        told = panel.gallery.value_at(at)
        p, truth = probabilities(viewer)[2], viewer.run.dataset.validation_y[2]
        assert told.startswith("validation #2: ")
        assert f"{p.argmax()}, {100 * p.max():.1f} %" in told
        assert str(truth) in told
        assert panel.gallery.value_at(QPointF(-5, -5)) == ""


class TestNarrow:
    """In the narrow column beside the network nothing is cut off."""

    @pytest.mark.parametrize("size", [(1100, 900), (1440, 900), (1920, 1080)])
    def test_every_text_is_whole(self, make_window, size, qtbot):
        window = make_window(size=size)
        window.view.resize(*size)
        window.view.arrangement.arrange()
        panel = window.view.panels["samples"]
        for number in range(panel.classes.count()):
            text = panel.classes.itemText(number)
            needed = panel.classes.fontMetrics().horizontalAdvance(text)
            assert panel.classes.width() - 20 - 16 >= needed, text
        words = panel.header.subtitle._label.text()
        assert "…" not in words
        assert "…" not in panel.answer.text()

    def test_the_longest_wording_that_fits(self, qtbot):
        answer = Answer(np.array([0.25, 0.75]), ("cat", "dog"), 0)
        line = AnswerLine("answer")
        qtbot.addWidget(line)
        line.show_answer(answer)
        before = ""
        for width in range(500, 20, -1):
            line.resize(width, 18)
            text = line.text()
            assert QFontMetrics(font(12)).horizontalAdvance(text) <= width
            assert not before or len(text) <= len(before)
            before = text
        assert text.startswith("×")
        line.resize(500, 18)
        assert line.text() == "× predicted dog, 75.0 % · true cat (25.0 %)"
        assert line.toolTip() == line.text()


def test_keys_go_on_from_the_chosen_sample_while_the_panel_is_out_of_sight(window, qtbot):
    viewer, dock = window.viewer, window.view.docks["samples"]
    dock.close()
    for key, index in (("N", 1), ("N", 2), ("P", 1)):
        qtbot.keyClick(window, key)
        assert viewer.context.chosen.index == index
    viewer.select_sample("train", 30)
    qtbot.keyClick(window, "N")
    assert (viewer.context.chosen.part, viewer.context.chosen.index) == ("train", 31)
