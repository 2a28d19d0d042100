"""Whatever is painted at one moment is of one epoch; what is behind prints its own.

The event loop of a fast run is stopped at random moments, and every text that belongs to an epoch
is read from the widgets. What the recording knows is compared at once. The rest is worked out
afterwards with plain NumPy, from weights that a second trainer finds for that epoch.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QEventLoop, QObject, QPointF, Qt, QTimer

from nnfs_core.experiment import Experiment
from nnfs_core.explain.stages import Stage
from nnfs_core.history.replay import Replayer
from nnfs_core.model.places import Place
from nnfs_core.training.arranged import Arranged
from tests.core import plain
from tests.gui.epochs_on_screen import agrees, contradictions, epoch_of, printed_epoch
from tests.gui.hand import DIGITS, draw
from visualizer.kit.drawn_curve import MOST_POINTS, Drawn
from visualizer.style.theme import DARK
from visualizer.view.export import FrameExporter, Picture
from visualizer.window.main_window import MainWindow

RUN = Experiment(epochs=1_000_000, learning_rate=0.3)
FRONTS = ("weights", "health", "confusion", "followed", "draw", "samples")
ANSWERED = {
    "health": lambda panels: bool(panels["health"].plots.gradients.title.values),
    "followed": lambda panels: bool(panels["followed"].cards[0].title.values),
    "confusion": lambda panels: panels["confusion"].result is not None,
}
"""When panels whose numbers are worked out beside the window have some."""

STOPS = 8
"""Moments at which the event loop is stopped with each panel in front."""

LONGEST = 45
"""Milliseconds between two of them at most: somewhat more than from one picture to the next."""


class AtPaintings(QObject):
    """Looks at what a window is about to paint, and at what it has painted last."""

    def __init__(self, window: MainWindow, generator: random.Random) -> None:
        super().__init__(window)
        self.window, self.generator = window, generator
        self.looked, self.found, self.painted = 0, [], {}
        view = window.view
        self.epochs = {view.bar.numbers.epoch: lambda: header_epoch(window)}
        for key in ("loss", "accuracy"):
            panel = view.panels[key]
            shown = panel.shown_line.value
            self.epochs[panel.plot.viewport()] = shown
        for watched in (window, *self.epochs):
            watched.installEventFilter(self)

    def eventFilter(self, watched, event) -> bool:
        """Look at every third painting, by chance."""
        if event.type() == QEvent.Type.Paint and watched in self.epochs:
            self.painted[watched] = self.epochs[watched]()
        if event.type() == QEvent.Type.UpdateRequest and watched is self.window:
            if len(epochs := set(self.painted.values())) > 1:
                self.found.append(f"after a painting {sorted(epochs)} were on screen together")
            if self.generator.random() < 1 / 3:
                self.looked += 1
                self.found += contradictions(self.window)
        return False


def spin(milliseconds: float) -> None:
    """Let the event loop run for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(milliseconds), Qt.TimerType.PreciseTimer, loop.quit)
    loop.exec()


def header_epoch(window: MainWindow) -> int:
    return int(window.view.bar.numbers.epoch.text().replace(",", ""))


def said(window: MainWindow) -> Iterator[tuple[str, int, str]]:
    """Yield what is said of an epoch that the recording does not know: kind, epoch, text."""
    view, epoch = window.view, header_epoch(window)
    seen = {key: dock.panel for key, dock in view.docks.items() if dock.in_sight}
    if "samples" in seen:
        yield "sample", epoch, seen["samples"].answer.describe()
    if "draw" in seen:
        yield "drawing", epoch, seen["draw"].answer.describe()
    if "inspector" in seen:
        found = re.search(r"L = −ln p.*\s+(\S+)", seen["inspector"].view.toPlainText())
        if found is not None:
            yield "loss of the sample", printed_epoch(seen["inspector"]), found[1]
    if "health" in seen and seen["health"].historian.answer.question is not None:
        for layer, (text, _) in enumerate(seen["health"].plots.gradients.title.values):
            yield f"gradient {layer}", printed_epoch(seen["health"]), text
    if "followed" in seen and seen["followed"].cards:
        values = seen["followed"].cards[0].title.values
        if values:
            yield "sample", printed_epoch(seen["followed"]), values[0][0]


class Truth:
    """Works out what should have been said."""

    def __init__(self, window: MainWindow) -> None:
        viewer = window.viewer
        self.viewer, self.run = viewer, viewer.run
        self.replayer = Replayer(Arranged.of(viewer.run.experiment, viewer.run.dataset))
        self.drawn = viewer.context.drawing

    def parameters(self, epoch: int):
        state = self.replayer.state(self.viewer.recording, epoch)
        assert state is not None
        return state.frame(self.run.network.sizes)

    def answer(self, epoch: int, x: np.ndarray) -> np.ndarray:
        network = self.parameters(epoch).parameters
        logits = plain.pre_activations(self.run.experiment, network, x[None])[-1]
        return plain.probabilities(logits)[0]

    def confirms(self, kind: str, epoch: int, text: str) -> bool:
        """Say whether a text is true of an epoch."""
        if kind.startswith("gradient"):
            data, layer = self.run.dataset, int(kind.split()[1])
            frame = self.parameters(epoch)
            flat = plain.gradient(self.run.experiment, frame.parameters, data.train_x, data.train_y)
            gradient = type(frame.parameters).over(flat, self.run.network.sizes)
            parts = (gradient.weights[layer].ravel(), gradient.biases[layer])
            return agrees(text, float(np.linalg.norm(np.concatenate(parts))))
        sample = self.viewer.context.chosen
        assert sample is not None
        p = self.answer(epoch, self.drawn.x if kind == "drawing" else sample.x)
        if kind == "loss of the sample":
            return agrees(text, float(-np.log(p[sample.label])))
        guess = int(p.argmax())
        share = re.search(r"([<>]?\s?[\d.]+) ?%", text)
        name = self.run.dataset.classes[guess]
        return share is not None and agrees(share[1], 100 * p[guess]) and name in text


def check(window: MainWindow, found: list[str], texts: list[tuple[str, int, str]]) -> None:
    assert found == []
    truth = Truth(window)
    # Slow ones only now and then: the gradient is worked out sample by sample.
    slow = [one for one in texts if one[0].startswith("gradient")][:4]
    quick = [one for one in texts if not one[0].startswith("gradient")]
    assert len(slow) >= 2
    assert {kind for kind, *_ in quick} == {"sample", "drawing", "loss of the sample"}
    wrong = [one for one in {*slow, *quick} if not truth.confirms(*one)]
    assert wrong == []


def pause(window: MainWindow, qtbot) -> None:
    viewer = window.viewer
    viewer.pause()
    qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == viewer.newest)


@pytest.mark.parametrize("where", ["thread", "process"])
def test_one_epoch_at_any_moment(make_window, qtbot, request, where):
    generator = random.Random(f"one epoch, {where}")
    process = request.getfixturevalue("process") if where == "process" else None
    window = make_window(RUN, carrier=process)
    viewer, view = window.viewer, window.view
    view.arrangement.bring_forward("draw")
    draw(view.panels["draw"].pad, *DIGITS[3])
    qtbot.waitUntil(lambda: viewer.context.drawing is not None)
    view.arrangement.bring_forward("samples")
    viewer.select_sample("validation", 3)
    viewer.toggle_followed("validation", 3)
    at_paintings = AtPaintings(window, generator)
    viewer.train()
    qtbot.waitUntil(lambda: viewer.newest > 0)
    found, texts, epochs = [], [], set()
    for number, front in enumerate(FRONTS):
        view.arrangement.bring_forward("inspector")
        view.arrangement.bring_forward(front)
        viewer.set_rate(60 if number % 3 == 2 else None)
        # What is worked out beside the window comes a little later.
        qtbot.waitUntil(lambda front=front: ANSWERED.get(front, lambda panels: True)(view.panels))
        for _ in range(STOPS):
            spin(generator.uniform(0, LONGEST))
            found += contradictions(window)
            texts += said(window)
            epochs.add(header_epoch(window))
            assert viewer.training
    pause(window, qtbot)
    found += contradictions(window)
    texts += said(window)
    check(window, [*found, *at_paintings.found], texts)
    assert len(epochs) > len(FRONTS), "it did move"
    assert at_paintings.looked > len(FRONTS)


def test_while_it_is_paused_and_slow_motion_begins(make_window, qtbot):
    """Slow motion explains the epoch in the header, also when asked for in full speed."""
    generator = random.Random("slow motion")
    window = make_window(RUN)
    viewer, view = window.viewer, window.view
    at_paintings, found, said_of = AtPaintings(window, generator), [], []
    bar = view.panels["network"].bar
    for _ in range(4):
        viewer.train()
        qtbot.waitUntil(lambda: viewer.training)
        spin(generator.uniform(0, LONGEST))
        viewer.show_stage(Stage("forward", 0))
        while viewer.training:
            found += contradictions(window)
            said_of.append((header_epoch(window), bar.caption.text()))
            spin(0)
        found += contradictions(window)
        said_of.append((header_epoch(window), bar.caption.text()))
        viewer.show_stage(None)
    assert [*found, *at_paintings.found] == []
    truth, x = Truth(window), viewer.context.sample.x
    for epoch, text in said_of:
        network = truth.parameters(epoch).parameters
        z = plain.pre_activations(RUN, network, x[None])[0][0]
        strongest = re.search(r"unit (\d+): z = ([\d.]+)", text)
        assert strongest is not None, text
        assert int(strongest[1]) == int(z.argmax())
        assert agrees(strongest[2].rstrip("."), float(z.max()))


def test_hovering_and_going_back_while_it_trains(make_window, qtbot):
    generator = random.Random("back")
    window = make_window(RUN)
    viewer, view = window.viewer, window.view
    loss, probed = view.panels["loss"], set()
    viewer.set_rate(None)
    viewer.train()
    qtbot.waitUntil(lambda: viewer.newest > 200)
    viewer.total = viewer.newest * 2  # so that the axis has epochs to point at
    at_paintings, found = AtPaintings(window, generator), []
    for number in range(18):
        if number % 6 == 0:
            viewer.go_live()
        elif number % 6 == 3:
            viewer.seek(generator.randrange(viewer.newest))
        box = loss.plot.getPlotItem().getViewBox()
        middle = sum(box.viewRange()[1]) / 2
        # The mouse rests there, and the run goes on below it.
        at = generator.uniform(0, 1.2) * header_epoch(window)
        loss._on_mouse_moved(box.mapViewToScene(QPointF(at, middle)))
        probed.add(epoch_of(loss.legend.text()))
        spin(generator.uniform(0, LONGEST))
        found += contradictions(window)
    assert [*found, *at_paintings.found] == []
    assert len(probed) > 4
    pause_at = viewer.newest
    viewer.pause()
    qtbot.waitUntil(lambda: not viewer.training)
    viewer.go_live()
    assert viewer.frame.epoch >= pause_at
    assert list(contradictions(window)) == []


def test_a_picture_of_a_run_that_has_gone_on(make_window, qtbot):
    """An export shows the epoch it is of, and no curve beyond it."""
    window = make_window(RUN)
    viewer = window.viewer
    viewer.train()
    qtbot.waitUntil(lambda: viewer.newest > 20)
    frame, context = viewer.frame, viewer.context
    qtbot.waitUntil(lambda: viewer.newest > frame.epoch + 20)
    exporter = FrameExporter(Picture((1440, 900), 1.0, DARK))
    try:
        exporter.image(frame, context)
        view = exporter._view
        assert view.bar.numbers.epoch.text() == f"{frame.epoch:,}"
        assert view.timeline.track.newest == frame.epoch
        assert view.panels["loss"].train.getOriginalDataset()[0][-1] == frame.epoch
        assert printed_epoch(view.panels["inspector"]) == frame.epoch
    finally:
        exporter.close()
    pause(window, qtbot)
    for key in ("inspector", "health", "confusion", "loss"):
        single = FrameExporter(Picture((700, 400), 1.0, DARK, panel=key))
        try:
            single.image(viewer.frame, viewer.context)
            panel = single._view.panel
            text = panel.header.subtitle._text
            at = epoch_of(text) if key == "confusion" else printed_epoch(panel)
            assert at == (None if key == "loss" else viewer.frame.epoch)
        finally:
            single.close()


def test_pointing_is_answered_for_the_printed_epoch(make_window, qtbot):
    """A large network is explained beside the window: its title says which epoch it is of."""
    window = make_window(RUN.but(layers=(512, 128), learning_rate=0.01))
    viewer, view = window.viewer, window.view
    generator = random.Random("pointing")
    viewer.train()
    qtbot.waitUntil(lambda: viewer.newest > 0)
    for unit in range(5):
        viewer.select_place(Place("unit", 0, unit))
        spin(generator.uniform(0, LONGEST))
        assert list(contradictions(window)) == []
    pause(window, qtbot)
    inspector = view.panels["inspector"]
    qtbot.waitUntil(lambda: printed_epoch(inspector) == viewer.frame.epoch)


class TestLongCurves:
    """Of long runs the lowest and highest of a few epochs are drawn, and both ends as they are."""

    @pytest.mark.parametrize("steps", [(MOST_POINTS,), (30_000,), (5_000, 9_001, 40_003, 100_000)])
    def test_they_keep_every_peak_and_the_end(self, steps):
        values = np.random.default_rng(0).normal(size=100_000)
        values[12_345], values[54_321], values[99_990:] = 9, -9, np.arange(10)
        drawn = Drawn()
        for count in steps:
            drawn.update(values[:count], lambda column: column)
            x, y = drawn.points()
            assert len(x) == len(y) <= 2 * MOST_POINTS
            assert x[0] == 0
            assert (np.diff(x) >= 0).all()
            assert (x[-1], y[-1]) == (count - 1, values[count - 1])
            assert (y.min(), y.max()) == (values[:count].min(), values[:count].max())
            every = int(np.diff(x).max())
            for at, value in zip(x[:: len(x) // 50], y[:: len(x) // 50], strict=True):
                near = values[max(0, at - every) : at + every + 1]
                assert value in near

    def test_values_that_are_not_known_are_left_out(self):
        values = np.where(np.arange(50_000) % 10 == 0, np.arange(50_000.0), np.nan)
        drawn = Drawn()
        drawn.update(values, lambda column: column)
        x, y = drawn.points()
        assert not np.isnan(y).any()
        np.testing.assert_allclose(x, y, atol=10)

    def test_a_picture_that_knows_less(self):
        """As when one goes live again: the newest picture is behind what one looked back from."""
        values, drawn = np.arange(20_000.0), Drawn()
        for count in (20_000, 19_000, 300):
            drawn.update(values[:count], lambda column: column)
            assert (drawn.low, drawn.high, drawn.last) == (0, count - 1, count - 1)
            assert drawn.points()[0][-1] == count - 1

    def test_a_branch_from_where_it_parts(self):
        values, drawn = np.arange(20_000.0), Drawn()
        for start in (0, 1, 4_001, 19_999):
            drawn.update(values, lambda column: column)
            x, y = drawn.points(start)
            assert (x[0], x[-1]) == (start, 19_999)
            assert (y[0], y[-1]) == (start, 19_999)
