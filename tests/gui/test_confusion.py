"""The confusion panel: what it counts, colours and lists is what the network says.

Every expectation is worked out in the test, from the frame and the data, with plain NumPy.
"""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtWidgets import QApplication, QToolTip

from nnfs_core.diagnose.confusion import Confusion, Examiner
from nnfs_core.experiment import Experiment
from tests.core import plain
from tests.gui.screen import Texts, near, next_step, rgb, shot
from visualizer.jobs.background import AtOnce
from visualizer.panels.confusion import canvas as canvas_module
from visualizer.panels.confusion import gallery as gallery_module
from visualizer.panels.confusion.canvas import ConfusionCanvas
from visualizer.panels.confusion.grid import Grid
from visualizer.panels.confusion.panel import ConfusionPanel
from visualizer.style.theme import DARK, LIGHT, PALETTES
from visualizer.view.export import FrameExporter, Picture

both_themes = pytest.mark.parametrize("palette", [DARK, LIGHT], ids=list(PALETTES))
CLOUDS = replace(plain.make_dataset(samples=90, validation=70), classes=("a", "b", "c", "d"))


def truth(viewer, part: str = "validation"):
    """Labels, probabilities and counts of a part at the shown epoch."""
    x, y = viewer.run.samples(part)
    logits = plain.pre_activations(viewer.run.experiment, viewer.frame.parameters, x)[-1]
    p = plain.probabilities(logits)
    counts = np.zeros((p.shape[1],) * 2, int)
    for label, row in zip(y, p, strict=True):
        counts[label, row.argmax()] += 1
    return y, p, counts


@pytest.fixture
def make_panel(make_viewer, qtbot):
    """A panel on a run some epochs old; what it asks for is done at once."""

    def make(epochs=12, experiment=None, dataset=None, palette=DARK, size=(900, 420)):
        viewer = make_viewer(experiment, dataset)
        for _ in range(epochs):
            viewer.advance_now()
        panel = ConfusionPanel()
        qtbot.addWidget(panel)
        qtbot.addWidget(panel.header)
        panel.intent.connect(lambda intent: intent.carry_out(viewer))
        viewer.shown.connect(panel.show_frame)
        panel.resize(*size)
        panel.apply_palette(palette)
        panel.show_frame(viewer.frame, viewer.context)
        panel.show()
        qtbot.waitExposed(panel)
        return viewer, panel

    return make


def middle(panel, true: int, predicted: int) -> QPoint:
    x, y, width, height = panel.canvas.grid.rectangle(true, predicted)
    return QPoint(int(x + width / 2), int(y + height / 2))


def busiest_mistake(counts) -> tuple[int, int]:
    mistakes = counts.copy()
    np.fill_diagonal(mistakes, 0)
    return tuple(int(at) for at in np.unravel_index(mistakes.argmax(), mistakes.shape))


class TestMatrix:
    @pytest.mark.parametrize(
        ("experiment", "dataset"),
        [(None, None), (Experiment(layers=(5,), learning_rate=0.2), CLOUDS)],
        ids=["digits", "clouds"],
    )
    @pytest.mark.parametrize("part", ["validation", "train"])
    def test_it_counts_what_the_network_says(self, make_panel, experiment, dataset, part):
        viewer, panel = make_panel(experiment=experiment, dataset=dataset)
        panel.part.setCurrentIndex(panel.part.findData(part))
        panel.part.activated.emit(panel.part.currentIndex())
        *_, counts = truth(viewer, part)
        np.testing.assert_array_equal(panel.canvas.confusion.counts, counts)
        right, total = int(np.trace(counts)), int(counts.sum())
        said = panel.header.subtitle._text
        assert f"epoch {viewer.frame.epoch}: {right:,} of {total:,} right" in said
        metrics = viewer.frame.metrics
        known = metrics.train_score if part == "train" else metrics.validation_score
        assert f"{100 * known:.1f} %" in said

    def test_with_batches_the_running_mean_is_named_apart(self, make_panel):
        viewer, panel = make_panel(3, Experiment(batch_size=64))
        panel.part.setCurrentIndex(panel.part.findData("train"))
        panel.part.activated.emit(1)
        *_, counts = truth(viewer, "train")
        said = panel.header.subtitle._text
        assert f"{100 * np.trace(counts) / counts.sum():.1f} %" in said
        assert f"running mean of the epoch {100 * viewer.frame.metrics.train_score:.1f} %" in said

    @both_themes
    @pytest.mark.parametrize("mode", ["counts", "percent"])
    def test_every_cell_has_the_colour_of_its_number(self, make_panel, mode, palette):
        viewer, panel = make_panel(palette=palette)
        panel.mode.setCurrentIndex(panel.mode.findData(mode))
        *_, counts = truth(viewer)
        shares = 100 * counts / counts.sum(axis=1)[:, None]
        numbers = counts if mode == "counts" else shares
        off = ~np.eye(len(counts), dtype=bool)
        scale = next_step(numbers[off].max())
        screen = shot(panel.canvas)
        quiet_end = 0.6 * rgb(palette.panel) + 0.4 * rgb(palette.dim)
        for true in range(10):
            for predicted in range(10):
                x, y, *_ = panel.canvas.grid.rectangle(true, predicted)
                seen = screen[int(y) + 2, int(x) + 2]
                if true == predicted:
                    start, end, part = rgb(palette.panel), quiet_end, shares[true, true] / 100
                else:
                    start, end = rgb(palette.field), rgb(palette.bad)
                    part = numbers[true, predicted] / scale
                assert np.abs(start + part * (end - start) - seen).max() <= 1.5

    @pytest.mark.parametrize("mode", ["counts", "percent"])
    def test_the_numbers_and_scales_are_printed(self, make_panel, mode, monkeypatch):
        viewer, panel = make_panel()
        texts = Texts(monkeypatch, canvas_module)
        panel.mode.setCurrentIndex(panel.mode.findData(mode))
        panel.canvas.set_mode(mode)
        shot(panel.canvas)
        *_, counts = truth(viewer)
        shares = 100 * counts / counts.sum(axis=1)[:, None]
        grid = panel.canvas.grid
        printed = {
            cell: text
            for text, x, y in texts
            if (cell := grid.at(x, y)) is not None and not text.endswith("→")
        }
        wanted = {}
        for true, predicted in np.argwhere(counts > 0).tolist():
            share = shares[true, predicted]
            percent = f"{share:.0f}" if share >= 0.5 else "<1"
            wanted[true, predicted] = str(counts[true, predicted]) if mode == "counts" else percent
        assert printed == wanted
        off = ~np.eye(len(counts), dtype=bool)
        largest = counts[off].max() if mode == "counts" else shares[off].max()
        unit = "" if mode == "counts" else " %"
        assert f"{next_step(largest):,g}{unit}" in texts.words
        accuracy = f"{100 * viewer.frame.metrics.validation_score:.1f} %"
        assert accuracy in texts.words
        recall = np.diagonal(shares)
        right = grid.x + grid.size[0]
        margin = [text for text, x, y in texts if x > right and grid.at(grid.x, y) is not None]
        assert margin == [f"{share:.0f}" for share in recall]
        below = grid.y + grid.size[1]
        precision = [text for text, x, y in texts if below < y < below + 16 and text.isdigit()]
        with np.errstate(invalid="ignore"):
            shares = 100 * np.diagonal(counts) / counts.sum(axis=0)
        assert precision == [f"{share:.0f}" for share in shares if not np.isnan(share)]

    def test_classes_that_do_not_occur_have_no_share(self, qtbot, monkeypatch):
        texts = Texts(monkeypatch, canvas_module)
        canvas = ConfusionCanvas()
        qtbot.addWidget(canvas)
        canvas.resize(400, 300)
        labels = np.array([0, 0, 1])
        canvas.show_confusion(Confusion(labels, labels, np.ones(3), 3), ("a", "b", "c"))
        canvas.show()
        qtbot.waitExposed(canvas)
        shot(canvas)
        assert texts.words.count("–") % 2 == 0 and "–" in texts.words
        assert "none" in texts.words, "a scale of no mistakes"
        empty = canvas.grid.rectangle(2, 0)
        assert "true class c, predicted a: 0" in canvas.value_at(
            QPointF(empty[0] + 3, empty[1] + 3)
        )

    @both_themes
    def test_hundreds_of_classes(self, qtbot, monkeypatch, palette):
        texts = Texts(monkeypatch, canvas_module)
        canvas = ConfusionCanvas()
        qtbot.addWidget(canvas)
        canvas.resize(420, 330)
        canvas.apply_palette(palette)
        generator = np.random.default_rng(3)
        labels, predicted = generator.integers(0, 150, (2, 4000))
        classes = tuple(f"class {number}" for number in range(150))
        confusion = Confusion(labels, predicted, np.ones(4000), 150)
        canvas.show_confusion(confusion, classes)
        canvas.show()
        qtbot.waitExposed(canvas)
        screen = shot(canvas)
        grid = canvas.grid
        assert grid.x + grid.size[0] < 420 and grid.y + grid.size[1] < 330
        inside = [text for text, x, y in texts if grid.at(x, y) is not None]
        assert inside == [], "no room for numbers"
        true, guess = (int(at) for at in np.argwhere(confusion.counts == 2)[0])
        x, y, width, height = grid.rectangle(true, guess)
        told = canvas.value_at(QPointF(x + width / 2, y + height / 2))
        assert told.startswith(f"true class class {true}, predicted class {guess}: 2")
        colours = screen[int(grid.y) + 1 : int(grid.y + grid.size[1]) - 1, int(grid.x) + 1 :]
        assert len(np.unique(colours[:, :100].reshape(-1, 3), axis=0)) > 3

    def test_a_point_is_in_the_cell_that_is_drawn_there(self):
        for classes in (1, 2, 10, 150, 400):
            grid = Grid.within(430, 300, 40, classes)
            for true, predicted in ((0, 0), (classes - 1, 0), (classes // 2, classes - 1)):
                x, y, width, height = grid.rectangle(true, predicted)
                assert grid.at(x + width / 2, y + height / 2) == (true, predicted)
            assert grid.at(grid.x - 1, grid.y) is None
            assert grid.at(grid.x + grid.size[0] + 1, grid.y) is None


class TestGallery:
    def test_at_first_every_mistake_is_listed(self, make_panel):
        viewer, panel = make_panel()
        y, p, _ = truth(viewer)
        wrong = np.flatnonzero(p.argmax(axis=1) != y)
        rows = panel.gallery.rows
        assert sorted(rows) == wrong.tolist()
        sure = p[rows].max(axis=1)
        assert (np.diff(sure) <= 1e-6).all(), "the surest first"

    def test_a_cell_opens_its_pictures_worst_first(self, make_panel, qtbot):
        viewer, panel = make_panel()
        y, p, counts = truth(viewer)
        for cell in (busiest_mistake(counts), (0, 0)):
            qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=middle(panel, *cell))
            assert panel.canvas.chosen == cell
            rows = panel.gallery.rows
            wanted = np.flatnonzero((y == cell[0]) & (p.argmax(axis=1) == cell[1]))
            assert sorted(rows) == wanted.tolist()
            sure = p[rows, cell[1]]
            change = np.diff(sure)
            assert ((change >= -1e-6) if cell == (0, 0) else (change <= 1e-6)).all()
        qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
        assert panel.canvas.chosen is None
        assert len(panel.gallery.rows) == counts.sum() - np.trace(counts)

    def test_the_pictures_are_the_samples(self, make_panel):
        viewer, panel = make_panel()
        screen = shot(panel.gallery)
        x, _ = viewer.run.samples("validation")
        assert len(panel.gallery.page) >= 4
        for number, row in enumerate(panel.gallery.page[:4].tolist()):
            tile = panel.gallery._tile(number)
            side = tile.width() / 8
            for pixel in (9, 20, 43, 61):
                down, across = divmod(pixel, 8)
                seen = screen[
                    int(tile.top() + (down + 0.5) * side), int(tile.left() + (across + 0.5) * side)
                ]
                assert np.abs(seen - 255 * x[row, pixel]).max() <= 1.5

    def test_a_clicked_picture_is_shown_everywhere(self, make_panel, qtbot):
        viewer, panel = make_panel()
        row = int(panel.gallery.page[2])
        tile = panel.gallery._tile(2)
        qtbot.mouseClick(panel.gallery, Qt.MouseButton.LeftButton, pos=tile.center().toPoint())
        assert (viewer.context.sample.part, viewer.context.sample.index) == ("validation", row)
        frame = tile.adjusted(-1, -1, 1, 1)
        assert near(
            shot(panel.gallery)[int(frame.center().y()), int(frame.left())], DARK.accent
        ).all()

    def test_each_says_its_probability(self, make_panel, monkeypatch):
        viewer, panel = make_panel()
        _, p, _ = truth(viewer)
        for number, row in enumerate(panel.gallery.page.tolist()):
            told = panel.gallery.value_at(panel.gallery._tile(number).center())
            assert f"validation #{row}: " in told
            share = float(told.split(" with ")[1].split(" %")[0])
            assert share == pytest.approx(100 * p[row].max(), abs=0.005)

    def test_data_without_pictures_is_a_list(self, make_panel, qtbot, monkeypatch):
        viewer, panel = make_panel(2, Experiment(layers=(5,)), CLOUDS)
        texts = Texts(monkeypatch, gallery_module)
        shot(panel.gallery)
        y, p, _ = truth(viewer)
        lines = [text for text in texts.words if text.startswith("row ")]
        assert len(lines) == len(panel.gallery.page) > 0
        for line, row in zip(lines, panel.gallery.page.tolist(), strict=True):
            names = CLOUDS.classes
            assert line.startswith(f"row {row}   {names[y[row]]}→{names[p[row].argmax()]}")
        qtbot.mouseClick(
            panel.gallery,
            Qt.MouseButton.LeftButton,
            pos=panel.gallery._tile(1).center().toPoint(),
        )
        assert viewer.context.sample.index == panel.gallery.page[1]

    def test_there_may_be_no_mistake(self, make_panel, monkeypatch):
        viewer, panel = make_panel(0)
        texts = Texts(monkeypatch, gallery_module)
        *_, counts = truth(viewer)
        true, predicted = (int(at) for at in np.argwhere(counts == 0)[0])
        panel.canvas.choose((true, predicted))
        shot(panel.gallery)
        assert texts.words[0] == (
            f"{true} recognised" if true == predicted else f"{true} taken for {predicted}"
        )
        assert any(text.startswith("None at epoch 0") for text in texts.words)


class TestPanel:
    def test_the_key_brings_it_into_sight_and_the_accuracy_is_the_bars(self, make_window, qtbot):
        window = make_window()
        viewer, panel = window.viewer, window.view.panels["confusion"]
        viewer.step(5)
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 5)
        assert panel.result is None, "out of sight nothing is counted"
        qtbot.keyClick(window, Qt.Key.Key_X)
        qtbot.waitUntil(lambda: panel.result is not None and panel.result[2].epoch == 5)
        assert window.view.docks["confusion"].in_sight
        assert f"{100 * panel.result[3].accuracy:.1f} %" == window.view.bar.numbers.accuracy.text()
        *_, counts = truth(viewer)
        np.testing.assert_array_equal(panel.canvas.confusion.counts, counts)

    def test_the_worst_mistakes_come_one_after_the_other(self, make_window, qtbot):
        window = make_window()
        viewer = window.viewer
        viewer.step(5)
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 5)
        qtbot.keyClick(window, Qt.Key.Key_E)
        y, p, _ = truth(viewer)
        wrong = np.flatnonzero(p.argmax(axis=1) != y)
        order = wrong[np.argsort(-p[wrong].max(axis=1), kind="stable")].tolist()
        qtbot.waitUntil(lambda: viewer.context.sample.index == order[0])
        for row in order[1:4]:
            qtbot.keyClick(window, Qt.Key.Key_E)
            assert viewer.context.sample.index == row
        qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
        assert viewer.context.sample.index == order[2]

    def test_the_keyboard_reaches_every_cell(self, make_window, qtbot):
        window = make_window()
        viewer, panel = window.viewer, window.view.panels["confusion"]
        viewer.step(3)
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 3)
        qtbot.keyClick(window, Qt.Key.Key_X)
        qtbot.waitUntil(lambda: panel.result is not None)
        panel.mode.setFocus(Qt.FocusReason.TabFocusReason)
        seen = []
        while QApplication.focusWidget() is not panel.canvas and len(seen) < 200:
            seen.append(QApplication.focusWidget())
            qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is panel.canvas
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
            qtbot.keyClick(panel.canvas, key)
        assert panel.canvas.chosen == (1, 2)
        assert viewer.frame.epoch == 3, "the arrows belong to the matrix now"
        *_, counts = truth(viewer)
        cell = busiest_mistake(counts)
        panel.canvas.choose(cell)
        qtbot.keyClick(panel.canvas, Qt.Key.Key_Return)
        assert viewer.context.sample.index == panel.gallery.rows[0]
        qtbot.keyClick(panel.canvas, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is panel.gallery
        qtbot.keyClick(panel.gallery, Qt.Key.Key_Down)
        assert viewer.context.sample.index == panel.gallery.rows[1 % len(panel.gallery.rows)]

    def test_one_count_at_a_time_and_the_newest_after_it(self, make_panel):
        viewer, panel = make_panel(2)
        jobs = []

        class Later(AtOnce):
            def submit(self, kind, job, done, failed):
                jobs.append((job, done))

        panel.background = Later()
        for _ in range(5):
            viewer.advance_now()
        assert len(jobs) == 1, "four frames came while the first was under way"
        job, done = jobs.pop()
        done(job())
        assert panel.result[2].epoch == 3
        assert panel.header.subtitle._text.startswith("epoch 3:"), "labelled with its own epoch"
        assert len(jobs) == 1
        job, done = jobs.pop()
        done(job())
        assert panel.result[2].epoch == 7
        assert jobs == []
        viewer.select_sample("validation", 3)
        assert jobs == [], "another sample changes no count"

    def test_what_takes_long_is_done_less_often(self, make_panel):
        _, panel = make_panel(1)
        result, examiner = panel.result, panel._examiners["validation"]
        for seconds, interval in ((0.001, 0.5), (0.2, 2.0), (0.01, 0.5)):
            panel._on_counted((result, examiner, seconds))
            assert panel.interval == pytest.approx(interval)

    def test_a_count_of_another_run_is_dropped(self, make_panel, make_viewer):
        viewer, panel = make_panel(2)
        jobs = []

        class Later(AtOnce):
            def submit(self, kind, job, done, failed):
                jobs.append((job, done))

        panel.background = Later()
        viewer.advance_now()
        other = make_viewer(Experiment(layers=(5,)), CLOUDS)
        panel.show_frame(other.frame, other.context)
        assert panel.canvas.confusion is None
        job, done = jobs.pop()
        done(job())
        assert panel.result is None
        job, done = jobs.pop()
        done(job())
        assert panel.result[0] is other.run
        assert panel.canvas.confusion.classes == 4

    def test_the_window_goes_on_while_it_counts(self, make_window, qtbot, monkeypatch):
        window = make_window()
        viewer, panel = window.viewer, window.view.panels["confusion"]
        threads = []
        count = Examiner.confusion
        monkeypatch.setattr(
            Examiner,
            "confusion",
            lambda self, parameters: (
                threads.append(threading.get_ident()) or count(self, parameters)
            ),
        )
        qtbot.keyClick(window, Qt.Key.Key_X)
        qtbot.waitUntil(lambda: panel.result is not None)
        assert threads and threading.get_ident() not in threads
        assert viewer.frame.epoch == panel.result[2].epoch

    def test_without_a_validation_part_the_training_part_is_counted(self, make_panel):
        alone = replace(
            CLOUDS, validation_x=CLOUDS.validation_x[:0], validation_y=CLOUDS.validation_y[:0]
        )
        viewer, panel = make_panel(2, Experiment(layers=(5,)), alone)
        assert [panel.part.itemData(at) for at in range(panel.part.count())] == ["train"]
        *_, counts = truth(viewer, "train")
        np.testing.assert_array_equal(panel.canvas.confusion.counts, counts)

    def test_an_export_is_complete(self, make_viewer):
        viewer = make_viewer()
        exporter = FrameExporter(Picture((900, 420), 1.0, DARK, "confusion"))
        first = exporter.image(viewer.frame, viewer.context)
        assert exporter._view.panel.result[2] is viewer.frame
        viewer.advance_now()
        assert exporter.image(viewer.frame, viewer.context) != first
        exporter.close()

    def test_the_cell_under_the_mouse_is_told_at_once(self, make_panel, qtbot):
        viewer, panel = make_panel()
        *_, counts = truth(viewer)
        cell = busiest_mistake(counts)
        qtbot.mouseMove(panel.canvas, middle(panel, *cell))
        qtbot.waitUntil(lambda: f": {counts[cell]}, " in QToolTip.text())
        QToolTip.hideText()
        qtbot.waitUntil(lambda: not QToolTip.isVisible())
