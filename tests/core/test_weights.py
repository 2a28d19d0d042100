"""The weights that ship with the program are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.data import load_dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment, load_experiment
from nnfs_core.files.weights import load_weights
from nnfs_core.shipped import FOLDER, load_shipped, shipped, shipped_file
from nnfs_core.training.trainer import Trainer


@pytest.mark.parametrize("name", shipped())
def test_the_accuracy_in_the_file_is_that_of_its_weights(name):
    """By the formulas written out, not by the network's own code."""
    weights = load_weights(shipped_file(name))
    data = load_dataset(weights.experiment["dataset"])
    a = data.validation_x.T.astype(np.float64)
    for w, b in zip(weights.weights, weights.biases, strict=True):
        z = w @ a + b[:, None]
        a = np.tanh(z)
    accuracy = float((z.argmax(axis=0) == data.validation_y).mean())
    assert weights.experiment["activation"] == "tanh"
    assert accuracy == pytest.approx(weights.test_acc)
    assert accuracy >= 0.97


@pytest.mark.parametrize("name", shipped())
def test_training_again_gives_the_shipped_weights(name):
    """On the same machine the same bytes; elsewhere sums may be rounded in another order."""
    weights = load_weights(shipped_file(name))
    experiment = Experiment.of(weights.experiment)
    assert experiment == load_experiment(str(FOLDER / f"{name}.toml"))
    data = load_dataset(experiment.dataset)
    trainer = Trainer(experiment, data)
    for _ in range(experiment.epochs):
        trainer.step_epoch()
    assert trainer.metrics.validation_score == pytest.approx(weights.test_acc, abs=0.01)
    again, before = (
        network.predict(parameters, data.validation_x)
        for network, parameters in (
            (trainer.network, trainer.parameters),
            (load_shipped(name).network, load_shipped(name).parameters),
        )
    )
    assert np.mean(again.argmax(axis=1) == before.argmax(axis=1)) > 0.98
    assert np.abs(again - before).mean() < 0.01


def test_there_are_no_others():
    with pytest.raises(UserError, match=r"no such weights \(expected digits, found letters\)"):
        load_shipped("letters")
