"""Runs and weights that older versions of the program have written open, replay and compare equal.

The files of ``data/kept`` were written by version 3 of the run file and version 2 of the weights;
beside each lie the numbers that its trainer had then. Another processor may round a product
otherwise, so epochs that are trained again are compared within rounding; everything that the file
holds is compared bit for bit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnfs_core.data import load_dataset
from nnfs_core.files.runfile import load_run, save_run
from nnfs_core.files.weights import load_weights
from nnfs_core.history.replay import Replayer
from nnfs_core.history.run import check_dataset
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.places import Place
from nnfs_core.model.tasks import task_of
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import Trainer

KEPT = Path(__file__).with_name("data") / "kept"
NAMES = sorted(path.stem for path in KEPT.glob("*.nnfs"))
ROUNDING = {"float32": 2e-4, "float64": 1e-9}


@pytest.fixture(params=NAMES)
def name(request) -> str:
    return request.param


def data_of(experiment, run=None):
    reading = experiment.reading() if run is None else run.reading
    return load_dataset(KEPT / experiment.dataset, reading=reading)


def test_there_are_kept_runs():
    assert len(NAMES) == 5


def test_what_a_run_holds_is_what_it_held(name):
    run, numbers = load_run(KEPT / f"{name}.nnfs"), np.load(KEPT / f"{name}.expected.npz")
    for index, recording in enumerate(run.recordings):
        np.testing.assert_array_equal(recording.columns, numbers[f"metrics-{index}"])
        states = {state.epoch: state for state in recording.keyframes} | {
            run.newest[index].epoch: run.newest[index]
        }
        there = [epoch for epoch in states if f"parameters-{index}-{epoch}" in numbers]
        assert {0, max(states)} <= set(there)
        for epoch in there:
            np.testing.assert_array_equal(
                states[epoch].numbers, numbers[f"parameters-{index}-{epoch}"]
            )


def test_any_epoch_of_a_run_comes_back(name):
    run, numbers = load_run(KEPT / f"{name}.nnfs"), np.load(KEPT / f"{name}.expected.npz")
    dataset = data_of(run.experiment, run)
    check_dataset(run, dataset)
    close = ROUNDING[run.experiment.dtype]
    replayer = Replayer(Arranged.of(run.experiment, dataset))
    compared = 0
    for key in numbers.files:
        kind, index, *epoch = key.split("-")
        if kind == "parameters":
            state = replayer.state(run.recordings[int(index)], int(epoch[0]))
            np.testing.assert_allclose(state.numbers, numbers[key], rtol=close, atol=close)
            compared += 1
    assert compared >= 3


def test_the_next_epochs_are_those_that_were_trained_then(name):
    """From the first state on, so that metrics and optimizer are part of it."""
    run = load_run(KEPT / f"{name}.nnfs")
    trainer = Trainer(run.experiment, data_of(run.experiment, run))
    recorded = run.recordings[0]
    changed = [mark.epoch for mark in recorded.marks if mark.kind == "change"]
    last = min([*changed, len(recorded) - 1])
    close = ROUNDING[run.experiment.dtype]
    for epoch in range(last + 1):
        metrics = trainer.metrics if epoch == 0 else trainer.step_epoch()
        assert metrics.train_loss == pytest.approx(recorded[epoch].train_loss, rel=close)
        assert metrics.train_score == recorded[epoch].train_score


def test_a_run_written_again_is_the_same_run(name, tmp_path):
    before = load_run(KEPT / f"{name}.nnfs")
    save_run(tmp_path / "again.nnfs", before)
    after = load_run(tmp_path / "again.nnfs")
    assert after.experiment == before.experiment and after.data == before.data
    for ours, theirs in zip(after.recordings, before.recordings, strict=True):
        np.testing.assert_array_equal(ours.columns, theirs.columns)
        assert (ours.marks, ours.bookmarks, ours.origin) == (
            theirs.marks,
            theirs.bookmarks,
            theirs.origin,
        )


def test_bookmarks_are_where_they_were():
    run = load_run(KEPT / "adam-mse.nnfs")
    (bookmark,) = run.recordings[1].bookmarks
    assert (bookmark.epoch, bookmark.name, bookmark.note) == (
        10,
        "here it parted",
        "worth a look",
    )
    # Then it was called "held out".
    assert (bookmark.part, bookmark.index) == ("validation", 2)
    assert bookmark.selection == Place("weight", 0, 1, 2)


def test_weights_answer_as_they_did(name):
    run, weights = load_run(KEPT / f"{name}.nnfs"), load_weights(KEPT / f"{name}.npz")
    numbers = np.load(KEPT / f"{name}.expected.npz")
    last = len(run.recordings[0]) - 1
    pairs = zip(weights.weights, weights.biases, strict=True)
    flat = np.concatenate([part.ravel() for pair in pairs for part in pair])
    parameters = Parameters.over(flat, weights.sizes)
    np.testing.assert_array_equal(parameters.flat, numbers[f"parameters-0-{last}"][0])
    assert weights.meaning.classes == ("bell", "daisy", "thistle")
    assert weights.meaning.inputs == ("length", "width", "weight")
    assert weights.meaning.validation_name == "validation"
    dataset = data_of(run.experiment, run)
    network = run.experiment.network(dataset.features, task_of(dataset))
    answers = network.predict(parameters, dataset.validation_x).argmax(axis=1)
    recorded = run.recordings[0].column("validation_score")
    assert (answers == dataset.validation_y).mean() == recorded[~np.isnan(recorded)][-1]
