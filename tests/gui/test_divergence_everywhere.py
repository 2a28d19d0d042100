"""Every picture of every preset, however fast it learns: painted, with words where nothing is.

The cases are those of :mod:`tests.core.fast_runs`. Of each the last good epoch is drawn in every
panel: all stages of slow motion and all lenses in turn, explanations, saliency, all plots of
health; with samples of the data and drawn ones in turn. What a panel raises, and every warning
of NumPy's, fails; so does a text with a number that nobody wrote for people to read.
"""

from __future__ import annotations

import random
import re
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QLabel, QTextBrowser, QWidget

from nnfs_core.experiment import Experiment
from nnfs_core.explain.stages import stages
from nnfs_core.history.recording import Recording
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.places import Place
from nnfs_core.training.trainer import NotFiniteError, Trainer
from tests.core import plain
from tests.core.fast_runs import CASES, WILD, FastRun, fast_run, name
from visualizer.kit.answer import NO_ANSWER, WHY_NONE, Answer
from visualizer.panels import panel_types
from visualizer.panels.weights.lenses import LENSES, SCALES
from visualizer.state.context import RunInfo, Sample, ViewContext
from visualizer.style.theme import DARK
from visualizer.view.export import PanelView
from visualizer.view.timeline import Timeline
from visualizer.view.transport_bar import TransportBar

RAW = re.compile(r"(?<![a-z])(nan|inf)(?![a-z])|\d{20}", re.IGNORECASE)
"""What formatting alone makes of numbers that are none, or of very large ones."""


@pytest.fixture(scope="module")
def views(qapp):
    """Each panel alone, and the bars, made once: they draw any frame of any run."""
    made: dict[str, QWidget] = {kind.key: PanelView(kind.key, DARK) for kind in panel_types()}
    made |= {"bar": TransportBar(), "timeline": Timeline()}
    for view in made.values():
        view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        view.resize(720, 520)
        view.show()
    yield made
    for view in made.values():
        view.close()
        view.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def painted(view: QWidget) -> QImage:
    """Lay a view out and paint it."""
    for _ in range(2):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    view.render(image)
    return image


def legible(view: QWidget) -> None:
    """Look through all texts of a view, also those that are only said beside the mouse."""
    texts = [label.text() for label in view.findChildren(QLabel)]
    texts += [page.toPlainText() for page in view.findChildren(QTextBrowser)]
    texts += [
        canvas.value_at(QPointF(x, y))
        for canvas in view.findChildren(QWidget)
        if hasattr(canvas, "value_at")
        for x, y in ((canvas.width() * a, canvas.height() * b) for a in SPOTS for b in SPOTS)
    ]
    for text in texts:
        assert not RAW.search(re.sub(r"<[^>]*>", "", text)), text


SPOTS = (0.08, 0.31, 0.52, 0.74, 0.95)


def shown(view: QWidget, frame, context: ViewContext) -> None:
    """Draw, and look for what is not drawn well."""
    view.show_frame(frame, context)
    image = painted(view)
    assert image.pixelColor(image.width() // 2, 2).isValid()
    legible(view)


def context_of(run: FastRun, sample: Sample, runs: RunInfo) -> ViewContext:
    recording = Recording()
    for frame in run.frames:
        recording.append(frame.metrics)
        recording.keyframes.add(frame.state, keep=True)
    trace = run.trainer.network.trace(run.frames[-1].parameters, sample.x)
    chosen = runs.sample("validation", 3)
    return ViewContext(
        runs,
        recording,
        max(20, len(recording)),
        sample,
        trace,
        branches=(recording,),
        pin=run.frames[0],
        pin_here=True,
        chosen=chosen,
        followed=(chosen, runs.sample("validation", 1)),
        drawing=sample if sample.part == "drawn" else None,
    )


def draw_all(views: dict[str, QWidget], run: FastRun, number: int) -> None:
    """Draw a run's last good epoch in every panel."""
    trainer, frame = run.trainer, run.frames[-1]
    data, sizes = trainer.dataset, trainer.network.sizes
    runs = RunInfo(run.experiment, "fast", data, trainer.network, run.frames[0])
    noise = np.random.default_rng(number).random(data.features).astype(np.float32)
    samples = [
        runs.sample("train", 0),
        runs.sample("validation", 3),
        Sample("drawn", 0, np.ones(data.features, np.float32), 2),
        Sample("drawn", 0, noise, None),
    ]
    sample = samples[number % len(samples)]
    context = context_of(run, sample, runs)
    for key, view in views.items():
        if key not in ("inspector", "weights", "health"):
            shown(view, frame, context)

    network = views["network"].panel
    network.saliency.setChecked(True)
    shown(views["network"], frame, context)
    network.saliency.setChecked(False)
    weight = Place("weight", len(sizes) - 2, 0, 0)
    for at, stage in enumerate(stages(len(sizes) - 1, labelled=sample.label is not None)):
        selection = weight if at % 2 else None
        shown(views["network"], frame, replace(context, stage=stage, selection=selection))

    canvas = views["weights"].panel.canvas
    modes = tuple(SCALES)
    for at, lens in enumerate(LENSES):
        canvas.set_lens("left" if at % 2 else "right", lens)
        canvas.set_scale_mode(modes[(number + at) % len(modes)])
        shown(views["weights"], frame, context)

    health = views["health"]
    shown(health, frame, context)
    for plot in range(5):
        health.panel.show_plot(plot)
        painted(health)
        legible(health)

    chance = random.Random(number)
    layer = chance.randrange(len(sizes) - 1)
    unit, source = chance.randrange(sizes[layer + 1]), chance.randrange(sizes[layer])
    for place in (
        Place("loss"),
        Place("input", source=chance.randrange(sizes[0])),
        Place("unit", layer, unit),
        Place("unit", len(sizes) - 2, 0),
        Place("bias", layer, unit),
        Place("weight", layer, unit, source),
    ):
        shown(views["inspector"], frame, replace(context, selection=place))


@pytest.mark.parametrize("number", range(len(CASES + WILD)), ids=map(name, CASES + WILD))
def test_every_picture_is_painted(views, qtbot, number):
    draw_all(views, fast_run((CASES + WILD)[number]), number)


EXTREMES = [
    ("float32", "relu", "cross-entropy", 1e36),
    ("float32", "identity", "mean-squared-error", 1e18),
    ("float32", "tanh", "cross-entropy", 1e-44),
    ("float64", "leaky_relu", "cross-entropy", 1e100),
    ("float64", "sigmoid", "mean-squared-error", 1e306),
    ("float64", "identity", "cross-entropy", 1e-300),
]
"""Type, activation, loss, and about how large the first weights are."""


@pytest.mark.parametrize("number", range(len(EXTREMES)))
def test_weights_of_any_size_are_painted(views, qtbot, number):
    """Weights from a file may be as large, or as small, as their type allows."""
    dtype, activation, loss, size = EXTREMES[number]
    experiment = Experiment(
        layers=(5,), activation=activation, loss=loss, dtype=dtype, learning_rate=1.0
    )
    data = plain.make_dataset(20, 6, 4)
    flat = experiment.but(dtype="float64").initial((6, 5, 4))
    flat.weights[0][:] *= size
    # The sums of the layer after it fit.
    flat.weights[1][:] *= 1 if size < 1 else min(1.0, 1e30 / size)
    trainer = Trainer(experiment, data, flat)
    frames = [trainer.frame()]
    with suppress(NotFiniteError):  # it stands at epoch 0 then
        trainer.step_epoch()
        frames.append(trainer.frame())
    for sample in (number, number + 2):
        draw_all(views, FastRun(trainer, frames, False), sample)


def test_a_sample_whose_sums_are_too_large_has_no_answer(views, qtbot):
    """What training never saw may overflow where everything it saw is finite."""
    data = plain.make_dataset(20, 6, 4)
    data.train_x[:, 0] = data.validation_x[:, 0] = 0
    experiment = Experiment(layers=(5,), activation="identity", learning_rate=1e-3)
    start = experiment.initial((6, 5, 4))
    start.weights[0][:, 0] = 1e38
    start.weights[1][:] = np.where(np.arange(5) % 2, 9.0, -9.0)
    trainer = Trainer(experiment, data, start)
    run = FastRun(trainer, [trainer.frame()], False)
    draw_all(views, run, 2)

    runs = RunInfo(experiment, "fast", data, trainer.network, run.frames[0])
    context = context_of(run, Sample("drawn", 0, np.ones(6, np.float32), 2), runs)
    assert np.isnan(context.trace.answers).all()
    last = replace(context, stage=stages(2)[2])
    shown(views["network"], run.frames[-1], last)
    captions = [label.text() for label in views["network"].findChildren(QLabel)]
    assert any("there are no probabilities" in text for text in captions)
    answer = Answer(context.trace.answers, data.classes, 2)
    assert answer.sentences()[0] == f"{NO_ANSWER}: {WHY_NONE}"
    assert answer.percent(0) == "–" and answer.right is False
    # In float64 the same sums fit, and are explained.
    page = views["inspector"]
    shown(page, run.frames[-1], replace(context, selection=Place("unit", 1, 0)))
    text = " ".join(view.toPlainText() for view in page.findChildren(QTextBrowser))
    assert "−9.00×10³⁸" in text


def test_a_step_into_infinities_is_said(views, qtbot):
    """The last stage of slow motion shows what the next step makes, also where it is no number."""
    data = plain.make_dataset(20, 6, 4)
    experiment = Experiment(layers=(5,), activation="identity", learning_rate=1e4)
    trainer = Trainer(experiment, data)
    trainer.learning_rate = 3e38
    run = FastRun(trainer, [trainer.frame()], True)
    runs = RunInfo(experiment, "fast", data, trainer.network, run.frames[0])
    steep = Parameters.over(np.full_like(trainer.parameters.flat, 2.0), (6, 5, 4))
    state = trainer.state()
    state = replace(state, numbers=np.stack([state.numbers[0], steep.flat]))
    frame = state.frame((6, 5, 4))
    context = context_of(run, runs.sample("train", 0), runs)
    shown(views["network"], frame, replace(context, stage=stages(2)[-1]))
    captions = [label.text() for label in views["network"].findChildren(QLabel)]
    assert any("59 of 59 numbers become too large for float32" in text for text in captions)


def page_of(views: dict[str, QWidget], run: FastRun, x: np.ndarray, place: Place) -> str:
    """Return the page that explains a place for a drawing of class 1."""
    trainer = run.trainer
    runs = RunInfo(run.experiment, "fast", trainer.dataset, trainer.network, run.frames[0])
    context = context_of(run, Sample("drawn", 0, x, 1), runs)
    shown(views["inspector"], run.frames[-1], replace(context, selection=place))
    return " ".join(page.toPlainText() for page in views["inspector"].findChildren(QTextBrowser))


def scaled(size: float, **fields) -> FastRun:
    """Start from weights of a size, on data whose first input is always 0."""
    data = plain.make_dataset(20, 6, 4)
    data.train_x[:, 0] = data.validation_x[:, 0] = 0
    experiment = Experiment(layers=(5,), activation="identity", dtype="float64").but(**fields)
    start = experiment.initial((6, 5, 4))
    start.weights[0][:, 0] = size
    start.weights[1][:] = np.where(np.arange(4) % 2, -2.0, 2.0)[:, None]
    trainer = Trainer(experiment, data, start)
    return FastRun(trainer, [trainer.frame()], False)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (1e-3, "relative error"),
        (1e17, "what rounding in float64 leaves of it is"),
        (1e308, "beyond the largest number of float64"),
    ],
)
def test_the_inspector_says_why_there_is_no_central_difference(views, qtbot, size, said):
    run = scaled(size)
    text = page_of(views, run, np.ones(6, np.float32), Place("bias", 0, 0))
    _, _, part = text.partition("central difference")
    assert said in part, part
    assert (": none" in part) == (size > 1)


def test_the_inspector_says_that_both_derivatives_are_zero(views, qtbot):
    run = scaled(1.0, activation="relu")
    # A weight of an input that is 0 moves nothing.
    text = page_of(views, run, np.zeros(6, np.float32), Place("weight", 0, 0, 3))
    assert "both are 0" in text
