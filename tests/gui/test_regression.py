"""A run that predicts a number, in the window: every panel shows it, or says why it has nothing."""

from __future__ import annotations

import re

import numpy as np
import pytest

from nnfs_core.experiment import Experiment
from nnfs_core.explain.stages import stages
from nnfs_core.model.places import Place
from nnfs_core.text.numbers import brief, number
from nnfs_core.training.trainer import Trainer
from tests.core.plain import pre_activations
from tests.core.test_regression import houses
from visualizer.style.theme import DARK
from visualizer.view.export import FrameExporter, Picture

HOUSES = houses()
GIVEN = Experiment(
    layers=(5, 4),
    activation="tanh",
    loss="mean-squared-error",
    learning_rate=0.05,
    dtype="float64",
    dataset="houses",
    epochs=60,
)


@pytest.fixture
def window(make_window):
    window = make_window(GIVEN, HOUSES, "houses")
    for _ in range(29):
        window.viewer.advance_now(show=False)
    window.viewer.advance_now()
    return window


def answer(viewer) -> float:
    """Return what the network says of the shown sample, the slow way."""
    z = pre_activations(GIVEN, viewer.frame.parameters, viewer.context.sample.x[None])[-1][0, 0]
    return float(z * HOUSES.train_y.std() + HOUSES.train_y.mean())


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_bars_and_curves_speak_of_its_score(window):
    view, metrics = window.view, window.viewer.frame.metrics
    assert view.bar.numbers.accuracy_name.text() == "validation R²"
    assert view.bar.numbers.accuracy.text() == f"{metrics.validation_score:.3f}"
    panel = view.panels["accuracy"]
    assert panel.header.title.text() == "R²"
    assert view.docks["accuracy"].windowTitle() == "R²"
    assert panel.axes["left"].labelText == "R²"
    window.view.arrangement.bring_forward("accuracy")
    x, y = panel.validation.getOriginalDataset()
    column = window.viewer.recording.column("validation_score")
    np.testing.assert_array_equal(x, np.arange(31))
    np.testing.assert_allclose(y, 100 * column)
    assert f"{metrics.train_score:.3f}" in panel.legend.text()
    best = int(np.nanargmax(column))
    marks = {kind: (epoch, text) for epoch, kind, text in view.timeline.track.marks}
    assert marks["best"] == (best, f"best validation R²: {column[best]:.3f}")


def test_names_go_back_with_a_run_of_classes(window):
    window.viewer.start_now(Experiment(layers=(3,)), "digits")
    panel = window.view.panels["accuracy"]
    assert panel.header.title.text() == "Accuracy"
    assert window.view.docks["accuracy"].windowTitle() == "Accuracy"
    assert panel.axes["left"].labelText == "% correct"
    assert window.view.bar.numbers.accuracy_name.text() == "validation accuracy"


@pytest.mark.parametrize("key", ["draw", "confusion", "followed"])
def test_what_is_about_classes_says_so_and_comes_back(window, key):
    view = window.view
    view.arrangement.bring_forward(key)
    cover = view.drawing.covers.over(view.panels[key])[0]
    assert cover.isVisible()
    title = view.panels[key].title
    assert cover.text() == f"{title} is about classes.\nThis network predicts a number, price."
    window.viewer.start_now(Experiment(layers=(3,)), "digits")
    assert not cover.isVisible()


def test_the_network_says_the_number_in_the_units_of_the_data(window):
    viewer, canvas = window.viewer, window.view.panels["network"].canvas
    said = brief(answer(viewer))
    assert said in canvas.describe()
    true = brief(viewer.context.sample.label)
    from visualizer.panels.network.painter import what_it_is, what_it_says

    assert what_it_says(canvas._scene)[0] == f"the network says price {said}"
    assert what_it_is(canvas._scene)[0] == f"price {true} · validation #0"
    assert f"answer = {said}" in canvas._describe(Place("unit", 2, 0))


@pytest.mark.parametrize("kind", ["input", "unit", "weight", "bias", "loss"])
def test_the_inspector_writes_it_out(window, kind, qtbot):
    viewer, panel = window.viewer, window.view.panels["inspector"]
    window.view.arrangement.bring_forward("inspector")
    viewer.select_place(Place(kind, 2 if kind != "input" else 0, 0, 1))
    qtbot.waitUntil(lambda: "price" in panel.view.toPlainText())
    text = plain(panel.view.toPlainText())
    label, said = viewer.context.sample.label, answer(viewer)
    t = (label - HOUSES.train_y.mean()) / HOUSES.train_y.std()
    z = (said - HOUSES.train_y.mean()) / HOUSES.train_y.std()
    assert number((z - t) ** 2) in text
    assert f"The network says price {number(said)}; true is {number(label)}." in text
    if kind == "unit":
        assert "δ = ∂L/∂z = 2·(z − t)" in text and number(2 * (z - t), signed=True) in text
        assert "m and s: mean and standard deviation of the training part" in text


def test_slow_motion_goes_through_every_stage(window):
    viewer, panel = window.viewer, window.view.panels["network"]
    texts = []
    for stage in stages(3):
        viewer.show_stage(stage)
        texts.append(plain(panel.bar.caption.text()))
    assert "(price " in texts[0]
    assert f"= {brief(answer(viewer))}" in plain(texts[3]).replace("  ", " ")
    assert "Mean squared error: L = (z − t)² =" in texts[4]
    assert "class" not in " ".join(texts)


def test_samples_say_how_far_off_they_are(window):
    view, viewer = window.view, window.viewer
    view.arrangement.bring_forward("samples")
    panel = view.panels["samples"]
    assert panel.classes.isHidden() and panel.bars.isHidden()
    viewer.select_sample("validation", 3)
    off = answer(viewer) - viewer.context.sample.label
    way = "too high" if off > 0 else "too low"
    assert panel.answer.describe().endswith(f"{brief(abs(off))} {way}")
    page = panel.gallery.page
    z = pre_activations(GIVEN, viewer.frame.parameters, HOUSES.validation_x[page])[-1][:, 0]
    said = z * HOUSES.train_y.std() + HOUSES.train_y.mean()
    mean = np.abs(said - HOUSES.validation_y[page]).mean()
    assert panel.gallery.distance == f"off by {brief(float(mean))} on average"
    panel.go(+1)
    assert viewer.context.sample.index == 4


def test_going_back_and_branches_are_as_with_classes(window, qtbot):
    viewer = window.viewer
    then = viewer.frame.parameters.flat.copy()
    viewer.seek(10)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 10)
    viewer.fork(0.01)
    assert len(viewer.branches) == 2
    viewer.switch_to(viewer.branches[0])
    np.testing.assert_array_equal(viewer.frame.parameters.flat, then)


def test_it_trains_in_a_process_of_its_own(make_window, process, qtbot):
    window = make_window(GIVEN, HOUSES, "houses", carrier=process)
    window.viewer.step(5)
    qtbot.waitUntil(lambda: window.viewer.newest == 5 and not window.viewer.training)
    alone = Trainer(GIVEN, HOUSES)
    for _ in range(5):
        alone.step_epoch()
    np.testing.assert_array_equal(window.viewer.frame.parameters.flat, alone.parameters.flat)
    assert window.viewer.frame.metrics.validation_score == alone.metrics.validation_score


@pytest.mark.parametrize("panel", [None, "confusion", "accuracy", "samples"])
def test_pictures_are_exported(window, panel):
    viewer = window.viewer
    exporter = FrameExporter(Picture((1200, 800), 1.0, DARK, panel))
    image = exporter.image(viewer.frame, viewer.context)
    exporter.close()
    assert (image.width(), image.height()) == (1200, 800)
    shades = {image.pixel(x, y) for x in range(0, 1200, 3) for y in range(0, 800, 3)}
    assert len(shades) > 5
