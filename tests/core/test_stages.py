"""The stages of slow motion add up to the very step that training takes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnfs_core.experiment import Experiment
from nnfs_core.explain.stages import Stage, sample_pass, stages
from nnfs_core.optimizers import optimizers
from nnfs_core.training.step import next_step
from nnfs_core.training.trainer import Trainer
from tests.core import plain

experiments = st.builds(
    Experiment,
    layers=st.lists(st.integers(1, 6), max_size=3).map(tuple),
    activation=st.sampled_from(sorted(plain.FUNCTIONS)),
    initializer=st.just("xavier"),
    loss=st.sampled_from(["cross-entropy", "mean-squared-error"]),
    optimizer=st.sampled_from(sorted(optimizers())),
    learning_rate=st.sampled_from([0.001, 0.05]),
    weight_decay=st.sampled_from([0.0, 0.01]),
    batch_size=st.sampled_from([None, 1, 7, 16, 1000]),
    seed=st.integers(0, 1000),
    dtype=st.just("float64"),
)


class TestOrder:
    def test_there_and_back(self):
        assert stages(2) == (
            Stage("input"),
            Stage("forward", 0),
            Stage("forward", 1),
            Stage("loss"),
            Stage("backward", 1),
            Stage("backward", 0),
            Stage("update"),
        )

    @given(layers=st.integers(1, 9))
    def test_every_layer_once_each_way(self, layers):
        order = stages(layers)
        assert len(set(order)) == len(order) == 2 * layers + 3
        assert stages(layers, labelled=False) == order[: layers + 2]

    def test_names(self):
        names = [stage.name(2) for stage in stages(2)]
        assert names[:4] == ["input", "forward, hidden 1", "forward, output", "loss"]
        assert names[4:] == ["backward, output", "backward, hidden 1", "update"]


@given(experiment=experiments, epochs=st.integers(0, 3))
def test_the_backward_stages_of_a_batch_are_its_gradient(experiment, epochs):
    dataset = plain.make_dataset(samples=23)
    trainer = Trainer(experiment, dataset)
    for _ in range(epochs):
        trainer.step_epoch()
    step = next_step(experiment, trainer.network, dataset, trainer.state())
    rows = range(23) if step.rows is None else step.rows.tolist()
    parts = [
        sample_pass(
            trainer.network, step.before, dataset.train_x[row], int(dataset.train_y[row])
        ).gradient.flat
        for row in rows
    ]
    mean = np.mean(parts, axis=0)
    whole = type(step.before).over(mean, step.before.sizes)
    for weights, before in zip(whole.weights, step.before.weights, strict=True):
        weights += experiment.weight_decay * before
    np.testing.assert_allclose(mean, step.gradient.flat, rtol=1e-12, atol=1e-12)


@given(experiment=experiments, epochs=st.integers(0, 3))
def test_the_update_stage_makes_the_next_epoch(experiment, epochs):
    """Bit for bit, with full batch: an epoch is one step."""
    experiment = experiment.but(batch_size=None)
    dataset = plain.make_dataset(samples=23)
    trainer = Trainer(experiment, dataset)
    for _ in range(epochs):
        trainer.step_epoch()
    step = next_step(experiment, trainer.network, dataset, trainer.state())
    np.testing.assert_array_equal(step.before.flat, trainer.parameters.flat)
    trainer.step_epoch()
    np.testing.assert_array_equal(step.after.flat, trainer.parameters.flat)


@given(experiment=experiments, row=st.integers(0, 19))
def test_one_sample_against_plain_numpy(experiment, row):
    dataset = plain.make_dataset()
    trainer = Trainer(experiment, dataset)
    x, label = dataset.validation_x[row], int(dataset.validation_y[row])
    found = sample_pass(trainer.network, trainer.parameters, x, label)
    alone = experiment.but(weight_decay=0)
    parameters = trainer.parameters
    expected = plain.gradient(alone, parameters, x[None], np.array([label]))
    np.testing.assert_allclose(found.gradient.flat, expected, rtol=1e-9, atol=1e-12)
    loss = plain.loss(alone, parameters, x[None], np.array([label]))
    assert found.loss == pytest.approx(loss, rel=1e-9, abs=1e-12)
    assert all(d is b for d, b in zip(found.delta, found.gradient.biases, strict=True))


@pytest.mark.parametrize("loss", ["cross-entropy", "mean-squared-error"])
@pytest.mark.parametrize("power", [3, 7, 9, 12])
def test_a_tiny_loss_is_not_rounded_away(loss, power):
    """With one rival, 1 − p = e / (1 + e) with e = exp(−lead): float32 has it, but not beside 1."""
    dataset = plain.make_dataset()
    trainer = Trainer(Experiment(layers=(), loss=loss, dtype="float32"), dataset)
    parameters = trainer.state().frame(trainer.network.sizes).parameters
    sure = type(parameters).over(np.zeros_like(parameters.flat), parameters.sizes)
    sure.biases[0][:] = -1000
    lead = np.float32(power * np.log(10))
    sure.biases[0][0], sure.biases[0][1] = lead, 0
    found = sample_pass(trainer.network, sure, dataset.train_x[0], 0)
    e = np.exp(-float(lead))
    missing, k = e / (1 + e), len(sure.biases[0])
    expected = np.log1p(e) if loss == "cross-entropy" else 2 * missing**2 / k
    delta = -missing if loss == "cross-entropy" else -4 * missing**2 * (1 - missing) / k
    assert found.loss == pytest.approx(expected, rel=1e-6, abs=0)
    assert found.true_delta == pytest.approx(delta, rel=1e-6, abs=0)


def test_the_loss_stays_finite_where_the_probability_is_zero():
    dataset = plain.make_dataset()
    trainer = Trainer(Experiment(layers=(), dtype="float32"), dataset)
    parameters = trainer.state().frame(trainer.network.sizes).parameters
    numbers = parameters.flat.copy()
    extreme = type(parameters).over(numbers, parameters.sizes)
    extreme.biases[0][0] = 500
    x = dataset.train_x[0]
    assert trainer.network.trace(extreme, x).answers[1] == 0
    assert sample_pass(trainer.network, extreme, x, 1).loss == pytest.approx(500, abs=20)
