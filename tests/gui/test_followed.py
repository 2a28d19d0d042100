"""Followed samples: their probabilities at every keyframe, and when they are learned."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyqtgraph as pg
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt

from nnfs_core.experiment import Experiment
from nnfs_core.history import keyframes
from nnfs_core.model.network import Network
from nnfs_core.training.trainer import Trainer
from tests.core import plain
from tests.gui.screen import near, rgb, shot
from tests.gui.test_screen_truth import move_mouse
from visualizer.jobs.background import AtOnce
from visualizer.panels.followed.panel import FollowedPanel
from visualizer.state.intents import ChooseEpoch
from visualizer.style.theme import DARK, LIGHT
from visualizer.view.export import FrameExporter, Picture

LEFT = Qt.MouseButton.LeftButton
CLOUDS = plain.make_dataset(samples=90, validation=20, seed=3)
SMALL = Experiment(layers=(6,), dtype="float64", learning_rate=0.4)
WILD = Experiment(layers=(6,), dtype="float64", learning_rate=2.5, batch_size=5, seed=1)


@pytest.fixture(autouse=True)
def keyframes_far_apart(monkeypatch):
    """Let keyframes lie 16 epochs apart, as those of a run of thousands do."""
    monkeypatch.setattr(keyframes, "FINEST", 1)


@pytest.fixture
def show(qtbot, make_viewer, monkeypatch):
    """The panel on screen, following some samples of a run some epochs old."""
    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", 0)
    held = []

    def on_screen(
        followed=(("validation", 3),), experiment=SMALL, epochs=40, size=(760, 330), palette=DARK
    ):
        viewer = make_viewer(experiment, CLOUDS)
        panel = FollowedPanel()
        held.append(panel)
        qtbot.addWidget(panel)
        qtbot.addWidget(panel.header)
        panel.resize(*size)
        panel.apply_palette(palette)
        panel.show()
        qtbot.waitExposed(panel)
        for epoch in range(epochs):
            viewer.advance_now(show=epoch == epochs - 1)
        for part, index in followed:
            viewer.toggle_followed(part, index)
        viewer.shown.connect(panel.show_frame)
        panel.intent.connect(lambda intent: intent.carry_out(viewer))
        panel.show_frame(viewer.frame, viewer.context)
        return viewer, panel

    yield on_screen


def plain_probabilities(experiment, epochs, x) -> np.ndarray:
    """Of one sample, at the given epochs of a trainer of its own, shape (epochs, classes)."""
    trainer, rows = Trainer(experiment, CLOUDS), []
    for before, epoch in pairwise([0, *epochs]):
        for _ in range(epoch - before):
            trainer.step_epoch()
        z = plain.pre_activations(experiment, trainer.parameters, x[None])[-1]
        rows.append(plain.probabilities(z)[0])
    return np.array(rows)


def drawn(curve):
    return curve.getOriginalDataset()


@pytest.mark.parametrize("sample", [("validation", 3), ("train", 41)])
def test_curves_are_the_probabilities_of_a_plain_forward_pass(show, sample):
    viewer, panel = show([sample])
    (card,) = panel.cards
    x, y = viewer.run.samples(sample[0])
    epochs = [0, 16, 32, 40]
    expected = plain_probabilities(SMALL, epochs, x[sample[1]])
    np.testing.assert_array_equal(card.epochs, epochs)
    np.testing.assert_allclose(card.probabilities, expected, rtol=0, atol=1e-9)
    true = int(y[sample[1]])
    np.testing.assert_allclose(drawn(card.true)[1], expected[:, true], atol=1e-9)
    # The strongest rivals are the two other classes with the highest peaks.
    peaks = {k: expected[:, k].max() for k in range(4) if k != true}
    rivals = sorted(peaks, key=lambda k: -peaks[k])[:2]
    assert list(card.strongest) == [k for k in rivals if peaks[k] >= 0.05]
    for curve, rival in zip(card.rivals, card.strongest, strict=False):
        np.testing.assert_allclose(drawn(curve)[1], expected[:, rival], atol=1e-9)
    rest = [k for k in range(4) if k not in (true, *card.strongest)]
    x_rest, y_rest = drawn(card.rest)
    seen = ~np.isnan(y_rest)
    np.testing.assert_allclose(y_rest[seen], expected[:, rest].T.ravel(), atol=1e-9)
    np.testing.assert_array_equal(x_rest[seen], epochs * len(rest))
    assert "every 16 epochs" in panel.header.subtitle._text


def test_the_shown_epoch_is_marked_and_read_out(show):
    viewer, panel = show()
    (card,) = panel.cards
    sample = viewer.run.sample("validation", 3)
    p = viewer.run.network.predict(viewer.frame.parameters, sample.x[None])[0]
    texts = [text for text, _ in card.title.values]
    answer = int(p.argmax())
    assert answer != sample.label, "a wrong answer says more of how it is written"
    assert texts[0] == f"× wrong: class {answer}: {100 * p[answer]:.1f} %"
    assert texts[1] == f"class {sample.label}: {100 * p[sample.label]:.1f} %"
    card.title.resize(90, 16)
    assert card.title.values[0][0] == f"× class {answer}: {100 * p[answer]:.1f} %"
    x, y = card.dots.getData()
    assert set(x) == {40}
    np.testing.assert_allclose(y[-1], p[sample.label])
    assert card.plot.shown_line.value() == 40


def test_marks_where_the_answer_becomes_right_or_wrong(show):
    _, panel = show([("validation", row) for row in range(20)], WILD, 60)
    ups = downs = 0
    for card in panel.cards:
        label = card.sample.label
        expected = plain_probabilities(WILD, card.epochs.tolist(), card.sample.x)
        right = [row.argmax() == label for row in expected]
        turns = [
            (epoch, now)
            for (before, now), epoch in zip(pairwise(right), card.epochs[1:], strict=True)
            if before != now
        ]
        marks = card.changes.points()
        assert [(mark.pos().x(), mark.symbol() == "t1") for mark in marks] == turns
        assert all(
            mark.brush().color().name() == (DARK.good if now else DARK.bad)
            for mark, (_, now) in zip(marks, turns, strict=True)
        )
        ups += sum(now for _, now in turns)
        downs += sum(not now for _, now in turns)
    assert ups and downs, "some are learned, and some are forgotten"


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_the_true_class_is_strong_and_good(show, palette):
    _, panel = show(palette=palette, epochs=32)
    (card,) = panel.cards
    pens = [card.true.opts["pen"], *(rival.opts["pen"] for rival in card.rivals)]
    assert pens[0].color().name() == palette.good
    assert pens[0].widthF() > max(pen.widthF() for pen in pens[1:])
    screen = shot(panel)
    for epoch, value in zip(*drawn(card.true), strict=True):
        spot = at_pixel(panel, card.plot, epoch, value)
        around = screen[spot[0] - 2 : spot[0] + 3, spot[1] - 2 : spot[1] + 3]
        assert near(around, palette.good, 60).any(), epoch


def test_the_picture_is_the_sample(show):
    """Bright where it is bright: the pixels of the sample, in grey."""
    _, panel = show()
    (card,) = panel.cards
    image = card.picture.icon().pixmap(56, 56).toImage()
    x = np.zeros(6)
    x[:] = card.sample.x
    rows, columns = 2, 3
    for feature, value in enumerate(x):
        row, column = divmod(feature, columns)
        at_x = int((column + 0.5) * image.width() / columns)
        at_y = int((row + 0.5) * image.height() / rows)
        grey = rgb(image.pixelColor(at_x, at_y).name())
        assert np.abs(grey - 255 * value).max() <= 1.6


def at_pixel(panel, plot, epoch, value):
    spot = plot.mapFromScene(plot.box.mapViewToScene(QPointF(epoch, value)))
    at = plot.viewport().mapTo(panel, spot)
    return at.y(), at.x()


def test_read_out_and_click(show, qtbot):
    _, panel = show([("validation", 3), ("validation", 5)])
    card, other = panel.cards
    spot = card.plot.mapFromScene(card.plot.box.mapViewToScene(QPointF(17, 0.5)))
    move_mouse(card.plot.viewport(), spot)
    assert card.probe == other.probe == 16, "drawn to what is known"
    for each in (card, other):
        texts = [text for text, _ in each.title.values]
        label = each.sample.label
        value = drawn(each.true)[1][1]
        assert texts[0] in ("epoch 16", "16:")
        rows = each.probabilities[1]
        answer = int(rows.argmax())
        assert texts[1].endswith(f"class {answer}: {100 * rows[answer]:.1f} %")
        assert any(text.endswith(f"class {label}: {100 * value:.1f} %") for text in texts)
    with qtbot.waitSignal(panel.intent) as chosen:
        qtbot.mouseClick(card.plot.viewport(), LEFT, pos=spot)
    assert chosen.args == [ChooseEpoch(16)]
    move_mouse(card.plot.viewport(), QPoint(1, 1))
    assert card.probe is None and "16" not in card.title.values[0][0]


def test_the_picture_shows_the_sample_and_the_cross_lets_it_go(show, qtbot):
    viewer, panel = show([("validation", 3), ("train", 5), ("validation", 7)])
    card = panel.cards[1]
    assert "train #5" in card.picture.toolTip() and "train #5" in card.close_card.accessibleName()
    qtbot.mouseClick(card.picture, LEFT)
    assert (viewer.context.sample.part, viewer.context.sample.index) == ("train", 5)
    qtbot.mouseClick(card.close_card, LEFT)
    left = [(one.part, one.index) for one in viewer.context.followed]
    assert left == [("validation", 3), ("validation", 7)]
    # The cards move up, and say what they are.
    seen = [card for card in panel.cards if card.isVisible()]
    assert [(one.sample.part, one.sample.index) for one in seen] == left
    np.testing.assert_allclose(
        seen[1].probabilities[-1],
        viewer.run.network.predict(
            viewer.frame.parameters, viewer.run.samples("validation")[0][7:8]
        )[0],
    )


def test_without_any_it_says_what_it_is_for(show, qtbot):
    viewer, panel = show([])
    assert panel.empty.isVisible() and not panel.listing.isVisible()
    qtbot.mouseClick(panel.follow, LEFT)
    sample = viewer.context.sample
    assert [(s.part, s.index) for s in viewer.context.followed] == [(sample.part, sample.index)]
    assert panel.listing.isVisible() and not panel.empty.isVisible()
    qtbot.mouseClick(panel.add, LEFT)
    assert not viewer.context.followed and panel.empty.isVisible()


def test_one_of_each_class(show, qtbot):
    viewer, panel = show([])
    qtbot.mouseClick(panel.follow_each, LEFT)
    followed = viewer.context.followed
    assert [one.label for one in followed] == sorted(set(CLOUDS.validation_y.tolist()))
    for one in followed:
        assert one.index == CLOUDS.validation_y.tolist().index(one.label)


@pytest.mark.parametrize(("size", "columns"), [((760, 330), 2), ((600, 200), 1), ((2500, 900), 5)])
def test_cards_fit(show, size, columns):
    _, panel = show([("validation", row) for row in range(10)], size=size, epochs=2)
    assert {panel._grid.getItemPosition(at)[1] for at in range(10)} == set(range(columns))
    for card in panel.cards:
        assert card.height() >= 124 and card.width() >= 320
        assert card.plot.box.height() > 30
        assert card.x() + card.width() <= panel.listing.viewport().width()


def test_nothing_is_worked_out_twice(show, monkeypatch):
    asked = []
    predict = Network.predict

    def watched(network, parameters, x):
        asked.extend((parameters.flat.tobytes(), row.tobytes()) for row in x)
        return predict(network, parameters, x)

    monkeypatch.setattr(Network, "predict", watched)
    viewer, _ = show([("validation", 3)])
    viewer.toggle_followed("validation", 4)
    viewer.select_sample("train", 0)
    assert len(asked) == len(set(asked)) == 2 * 4
    viewer.advance_now()
    assert len(asked) == len(set(asked)) == 2 * 5


class TestInTheWindow:
    @pytest.fixture
    def window(self, make_window):
        window = make_window(SMALL, CLOUDS)
        window.viewer.control.pace.least = 0.0
        return window

    def test_keys(self, window, qtbot):
        viewer, dock = window.viewer, window.view.docks["followed"]
        viewer.select_sample("train", 7)
        assert not dock.in_sight
        qtbot.keyClick(window, Qt.Key.Key_T)
        assert [(one.part, one.index) for one in viewer.context.followed] == [("train", 7)]
        assert "train #7 is followed" in window.view.messages.text.text()
        qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
        qtbot.waitUntil(lambda: dock.in_sight)
        qtbot.waitUntil(lambda: len(dock.panel.cards) == 1)
        qtbot.keyClick(window, Qt.Key.Key_T)
        assert not viewer.context.followed

    def test_a_drawing_is_not_followed(self, window, qtbot):
        viewer = window.viewer
        viewer.show_drawing(np.zeros(6, np.float32))
        assert viewer.context.sample.part == "drawn"
        qtbot.keyClick(window, Qt.Key.Key_T)
        assert not viewer.context.followed
        assert "drawing" in window.view.messages.text.text()

    def test_it_grows_while_the_run_trains_and_a_fork_keeps_its_past(self, window, qtbot):
        viewer, panel = window.viewer, window.view.panels["followed"]
        viewer.toggle_followed("validation", 3)
        qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
        viewer.set_rate(None)
        viewer._set_total(60)
        viewer.train()
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 60)
        card = panel.cards[0]
        qtbot.waitUntil(lambda: list(card.epochs) == [0, 16, 32, 48, 60])
        expected = plain_probabilities(SMALL, card.epochs.tolist(), card.sample.x)
        np.testing.assert_allclose(card.probabilities, expected, atol=1e-9)
        for epoch in (16, 48):
            viewer.seek(epoch)
            qtbot.waitUntil(lambda epoch=epoch: viewer.frame.epoch == epoch)
            shown = viewer.run.network.predict(viewer.frame.parameters, card.sample.x[None])[0]
            at = card.epochs.tolist().index(epoch)
            np.testing.assert_array_equal(card.probabilities[at], shown)
        viewer.seek(32)
        qtbot.waitUntil(lambda: viewer.frame.epoch == 32)
        viewer.fork(0.01)
        qtbot.waitUntil(lambda: list(card.epochs) == [0, 16, 32])
        np.testing.assert_allclose(card.probabilities, expected[:3], atol=1e-9)

    def test_an_export_is_complete(self, window, qtbot):
        viewer = window.viewer
        for _ in range(20):
            viewer.advance_now()
        viewer.toggle_followed("validation", 3)
        exporter = FrameExporter(Picture((760, 330), 1.0, DARK, "followed"))
        first = exporter.image(viewer.frame, viewer.context)
        (card,) = exporter._view.panel.cards
        np.testing.assert_array_equal(card.epochs, [0, 16, 20])
        assert exporter.image(viewer.frame, viewer.context) == first
        exporter.close()


@pytest.mark.parametrize("shown", [0, 1, 2])
def test_epochs_without_an_answer_leave_the_others_as_they_are(show, shown):
    """Weights that are too large give no probabilities; a gap is drawn, and nobody is right."""
    _, panel = show(epochs=3)
    (card,) = panel.cards
    true = card.sample.label
    rival = (true + 1) % 4
    table = np.zeros((3, 4))
    table[0, rival], table[1] = 0.8, np.nan
    table[2, true] = 0.8
    card.draw(np.arange(3), table, shown, 3)
    plotted = [] if shown == 1 else table[shown, [rival, true]].tolist()
    assert card.dots.getData()[1].tolist() == plotted
    assert card.strongest[:1] == (rival,)
    assert card.right.tolist() == [False, False, True]
    assert card.changes.getData()[0].tolist() == [2]
    # What pyqtgraph asks a scatter of nothing but gaps for raises in the tests.
    card.dots.boundingRect()


def test_after_other_data_every_card_has_its_classes(window, qtbot):
    """Also one that is needed again only later: it would name other classes, or none."""
    viewer, panel = window.viewer, window.view.panels["followed"]
    window.view.arrangement.bring_forward("followed")
    for index in (0, 1):
        viewer.toggle_followed("validation", index)
    qtbot.waitUntil(lambda: len(panel.cards) == 2 and len(panel.cards[1].epochs) > 0)
    viewer.adopt(Trainer(SMALL.but(dataset="clouds"), CLOUDS), "clouds")
    for index in (0, 1):
        viewer.toggle_followed("validation", index)
        qtbot.waitUntil(lambda index=index: len(panel.cards[index].epochs) > 0)
        assert panel.cards[index]._about.classes == CLOUDS.classes
        np.testing.assert_array_equal(panel.cards[index].sample.x, CLOUDS.validation_x[index])


def test_until_the_answer_is_there_a_card_shows_nothing_of_before(show):
    """One that is followed again, and one that gets the card of another, begin with no curve."""
    viewer, panel = show([("validation", 3), ("validation", 4)])
    jobs = []

    class Later(AtOnce):
        def submit(self, kind, job, done, failed=None):
            jobs.append((job, done))

    panel.background = Later()
    viewer.toggle_followed("validation", 3)
    panel.show_frame(viewer.frame, viewer.context)
    first, second = panel.cards
    assert first.sample.index == 4 and second.isHidden()
    assert drawn(first.true)[1] is None and np.isnan(drawn(first.rest)[1]).all()
    assert len(first.epochs) == 0 and not any(rival.isVisible() for rival in first.rivals)
    viewer.toggle_followed("validation", 4)
    panel.show_frame(viewer.frame, viewer.context)
    viewer.advance_now()
    viewer.toggle_followed("validation", 4)
    panel.show_frame(viewer.frame, viewer.context)
    assert not first.isHidden() and len(first.epochs) == 0
    while jobs:  # the first is of the epoch before
        job, done = jobs.pop(0)
        done(job())
        if panel.historian._again.isActive():
            panel.historian._again.stop()
            panel.historian._work()
    assert first.epochs[-1] == first.shown == viewer.frame.epoch
