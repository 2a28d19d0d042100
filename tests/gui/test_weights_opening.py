"""Weights are opened in the window: tried, measured, and trained on from."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtWidgets import QFileDialog, QInputDialog

from nnfs_core.data import Reading, load_dataset
from nnfs_core.data.scale import Scale
from nnfs_core.experiment import Experiment
from nnfs_core.files.meaning import Meaning
from nnfs_core.files.meeting import data_of
from nnfs_core.files.runfile import save_run
from nnfs_core.files.weights import Weights, learned, load_weights, save_weights
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.history.run import Borrowed, Fingerprint, Run
from nnfs_core.training.trainer import Trainer
from visualizer.state.preparation import open_run
from visualizer.state.weights_source import WeightsSource, trainer_from
from visualizer.window.files import SAMPLES
from visualizer.window.weights_opening import CHOOSE, OTHER


def saved(trainer: Trainer, path):
    """Save a trainer's weights as the program does."""
    accuracy = trainer.metrics.validation_score
    save_weights(path, learned(trainer.parameters, trainer.experiment, trainer.dataset, accuracy))
    return path


@pytest.fixture(scope="module")
def trainer():
    made = Trainer(Experiment(layers=(6,), activation="tanh"), load_dataset("digits"))
    for _ in range(20):
        made.step_epoch()
    return made


def write(path, rows, seed, classes="abc", names=("x", "y")):
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, len(classes), rows)
    columns = {"x": kinds * 10 + rng.normal(size=rows), "y": -kinds + rng.normal(size=rows) / 9}
    lines = [",".join([*names, "label"])]
    for at, kind in enumerate(kinds):
        numbers = (repr(float(columns[name][at])) for name in names)
        lines.append(",".join([*numbers, classes[kind]]))
    path.write_text("\n".join(lines))
    return path


def opened(window, qtbot, path):
    with qtbot.waitSignal(window.viewer.weights_opened):
        window.files.open_path(path)


def test_weights_are_measured_on_their_own_data_and_trained_on(window, qtbot, trainer, tmp_path):
    path = saved(trainer, tmp_path / "w.npz")
    opened(window, qtbot, path)
    viewer = window.viewer
    frame, run = viewer.frame, viewer.run
    assert frame.epoch == 0
    np.testing.assert_array_equal(frame.parameters.flat, trainer.parameters.flat)
    assert run.experiment.activation == "tanh" and run.experiment.layers == (6,)
    assert frame.metrics.validation_score == trainer.metrics.validation_score
    text = window.view.messages.text.text()
    share = f"{100 * trainer.metrics.validation_score:.2f} %"
    assert text.startswith(f"w.npz gets {share} of 360 validation samples of digits right.")
    viewer.step()
    qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 1)
    # The next step of the same training: plain gradient descent has nothing to remember.
    further = Trainer(run.experiment, load_dataset("digits"), trainer.parameters)
    further.step_epoch()
    np.testing.assert_array_equal(viewer.frame.parameters.flat, further.parameters.flat)


def test_the_windows_own_weights_file_opens(window, qtbot, monkeypatch, tmp_path):
    path = tmp_path / "w.npz"
    window.viewer.step(3)
    qtbot.waitUntil(lambda: not window.viewer.training and window.viewer.frame.epoch == 3)
    before = window.viewer.frame.parameters.flat.copy()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(window.viewer.saver.weights_saved):
        window.files.save_weights()
    assert "saved" in window.view.messages.text.text()
    assert load_weights(path).meaning.classes == tuple("0123456789")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(window.viewer.weights_opened):
        window.files.open_file()
    np.testing.assert_array_equal(window.viewer.frame.parameters.flat, before)


def test_weights_that_are_being_saved_are_there_when_the_window_has_closed(
    window, qtbot, monkeypatch, tmp_path
):
    path = tmp_path / "w.npz"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    window.files.save_weights()
    window.close()
    assert load_weights(path).meaning.data is not None


def test_weights_that_cannot_be_saved_are_an_error(window, qtbot, monkeypatch, tmp_path):
    path = tmp_path / "nowhere" / "w.npz"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(window.viewer.failed):
        window.files.save_weights()
    assert str(path) in window.view.messages.text.text()


def test_other_data_is_shown_in_the_networks_words(window, qtbot, monkeypatch, tmp_path):
    data = load_dataset(write(tmp_path / "train.csv", 60, 1))
    trained = Trainer(Experiment(dataset=str(tmp_path / "train.csv"), layers=(4,)), data)
    path = saved(trained, tmp_path / "w.npz")
    opened(window, qtbot, path)
    assert window.viewer.run.dataset.validation_x.tobytes() == data.validation_x.tobytes()
    # The same measurements in another order, and of another mean; and a class more.
    other = write(tmp_path / "other.csv", 40, 2, "bcz", ("y", "x"))
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: ("a file…", True))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(other), ""))
    (button,) = (one for one in window.view.messages._actions if one.text() == OTHER)
    with qtbot.waitSignal(window.viewer.weights_opened):
        button.click()
    run = window.viewer.run
    assert run.dataset.classes == ("a", "b", "c")
    assert run.dataset.inputs == ("x", "y")
    assert run.dataset.scale == data.scale and run.dataset.borrowed
    assert any("class z, which the network does not know" in note for note in run.dataset.notes)
    assert "class z" in window.view.form.rows.notes.text()
    assert not window.view.form.rows.notes.isHidden()
    # Such a run is saved, and opened again with what the weights lent it.
    saved_run = tmp_path / "a.nnfs"
    with qtbot.waitSignal(window.viewer.saved):
        window.viewer.save(saved_run)
    inputs = run.dataset.train_x.copy()
    with qtbot.waitSignal(window.viewer.run_started):
        window.viewer.open(saved_run)
    assert window.viewer.run is not run
    np.testing.assert_array_equal(window.viewer.run.dataset.train_x, inputs)


def read_again(source, where):
    """Return the data of the run that weights open as, and that data when the run is read."""
    made = trainer_from(source, None)
    data = made.dataset
    recording = Recording(Budget.for_run(made))
    recording.append(made.metrics)
    recording.keyframes.add(made.state(), keep=True)
    run = Run(
        made.experiment, "run", 1, (recording,), (made.state(),), 0, Fingerprint.of(data),
        rules=data.rules, borrowed=Borrowed.of(data),
    )  # fmt: skip
    save_run(where, run)
    again = open_run(where, lambda run: data_of(run, run.experiment.dataset))
    return data, again.arranged.dataset


def test_a_run_from_weights_of_float64_is_read_again(tmp_path):
    path = write(tmp_path / "a.csv", 60, 1)
    generator = np.random.default_rng(0)
    weights = Weights((generator.normal(size=(3, 2)),), (np.zeros(3),))
    assert weights.weights[0].dtype == np.float64
    save_weights(tmp_path / "w.npz", weights)
    source = WeightsSource(tmp_path / "w.npz", str(path))
    first, again = read_again(source, tmp_path / "a.nnfs")
    assert first.train_x.dtype == np.float64
    np.testing.assert_array_equal(first.train_x, again.train_x)


def test_a_run_from_weights_whose_data_has_moved_is_read_again(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (60, 64))
    lines = [",".join([*(f"pixel{at}" for at in range(64)), "label"])]
    lines += [",".join([*map(str, row), "ab"[at % 2]]) for at, row in enumerate(pixels)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines))
    experiment = Experiment(layers=(4,), dataset=str(path), image="none")
    data = load_dataset(path, reading=experiment.reading())
    weights = saved(Trainer(experiment, data), tmp_path / "w.npz")
    moved = path.rename(tmp_path / "b.csv")
    first, again = read_again(WeightsSource(weights, str(moved)), tmp_path / "a.nnfs")
    assert not first.borrowed and again.image_shape is None
    np.testing.assert_array_equal(first.train_x, again.train_x)


def test_a_new_run_is_not_given_what_was_made_for_weights(window, qtbot, tmp_path):
    by_itself = window.viewer.run.dataset
    generator = np.random.default_rng(0)
    scale = Scale(0.0, 255.0)
    layers = (generator.normal(size=(10, 64)).astype(np.float32),), (np.zeros(10, np.float32),)
    path, digits = tmp_path / "w.npz", tuple("0123456789")
    save_weights(path, Weights(*layers, meaning=Meaning(digits, (), (8, 8), scale)))
    opened(window, qtbot, path)
    assert window.viewer.run.dataset.borrowed and window.viewer.run.dataset.scale == scale
    with qtbot.waitSignal(window.viewer.run_started):
        window.viewer.start(window.viewer.run.experiment, "new")
    assert not window.viewer.run.dataset.borrowed
    np.testing.assert_array_equal(window.viewer.run.dataset.train_x, by_itself.train_x)


def test_weights_that_do_not_say_their_data_ask_for_it(window, qtbot, monkeypatch, tmp_path):
    path = tmp_path / "w.npz"
    generator = np.random.default_rng(0)
    save_weights(path, Weights((generator.normal(size=(3, 2)),), (np.zeros(3),)))
    before = window.viewer.run
    with qtbot.waitSignal(window.viewer.weights_failed):
        window.files.open_path(path)
    assert "does not say what it was trained on" in window.view.messages.text.text()
    assert window.viewer.run is before
    data = write(tmp_path / "a.csv", 40, 1)
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: ("a file…", True))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(data), ""))
    (button,) = (one for one in window.view.messages._actions if one.text() == CHOOSE)
    with qtbot.waitSignal(window.viewer.weights_opened):
        button.click()
    assert window.viewer.run.dataset.name == "a.csv"
    # Nothing is lost by asking and then not choosing.
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: ("digits", False))
    (button,) = (one for one in window.view.messages._actions if one.text() == OTHER)
    button.click()
    assert window.viewer.run.dataset.name == "a.csv"


def test_weights_from_elsewhere_are_opened_with_what_was_said_of_them(window, qtbot, tmp_path):
    generator = np.random.default_rng(0)
    path = tmp_path / "keras.npz"
    layers = [(64, 5), (5,), (5, 10), (10,)]
    np.savez(path, *(generator.normal(size=shape).astype(np.float32) for shape in layers))
    with qtbot.waitSignal(window.viewer.weights_opened):
        window.viewer.open_weights(WeightsSource(path, activation="sigmoid"))
    run = window.viewer.run
    assert run.experiment.activation == "sigmoid" and run.network.sizes == (64, 5, 10)
    with np.load(path) as arrays:
        first, bias = arrays["arr_0"], arrays["arr_1"]
    np.testing.assert_array_equal(window.viewer.frame.parameters.weights[0], first.T)
    np.testing.assert_array_equal(window.viewer.frame.parameters.biases[0], bias)
    opened(window, qtbot, path)
    assert window.viewer.run.experiment.activation == "relu"
    assert any("relu is assumed" in note for note in window.viewer.run.dataset.notes)


def test_what_can_be_two_things_is_asked(window, qtbot, monkeypatch, tmp_path):
    path, asked = tmp_path / "a.npz", []
    np.savez(path, np.ones((12, 12)), np.ones(12))

    def ask(parent, title, text, items, *_):
        asked.append((text, items))
        return SAMPLES, len(asked) > 1

    monkeypatch.setattr(QInputDialog, "getItem", ask)
    before = window.viewer.run
    window.files.open_path(path)
    assert window.viewer.run is before and not window.viewer.loader.preparations
    with qtbot.waitSignal(window.viewer.failed):  # as data it lacks the usual names
        window.files.open_path(path)
    assert "x_train" in window.view.messages.text.text()
    assert len(asked) == 2 and "a.npz" in asked[0][0]


def test_pickled_weights_are_refused_with_the_way_out(window, qtbot, tmp_path):
    path = tmp_path / "w.pt"
    path.write_bytes(b"\x80\x04K\x01.")
    with qtbot.waitSignal(window.viewer.weights_failed):
        window.files.open_path(path)
    assert "np.savez" in window.view.messages.text.text()


def test_a_run_that_was_read_by_old_rules_goes_on_by_them(window, qtbot, tmp_path):
    path = write(tmp_path / "a.csv", 40, 1)
    old = load_dataset(path, reading=Reading(rules=1))
    viewer = window.viewer
    viewer.adopt(Trainer(Experiment(dataset=str(path)), old), "old")
    run = tmp_path / "old.nnfs"
    with qtbot.waitSignal(viewer.saved):
        viewer.save(run)
    with qtbot.waitSignal(viewer.run_started):
        viewer.open(run)
    assert viewer.run.dataset.rules == 1
    np.testing.assert_array_equal(viewer.run.dataset.train_x, old.train_x)
    with qtbot.waitSignal(viewer.run_started):  # a new run is read by the new ones
        viewer.start(viewer.run.experiment, "new")
    assert viewer.run.dataset.rules == 2
