"""Everybody who is measured trains the same: each against the formulas, written out slowly."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from benchmarks.peers import Ours, Task, block_size
from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.model.parameters import Parameters
from nnfs_core.training.trainer import Trainer
from tests.core import plain

EVERYBODY = {
    "benchmarks.peers:Ours": ("full sgd", "sgd", "adam"),
    "benchmarks.peers.recipe:Recipe": ("full sgd",),
    "benchmarks.peers.plain:Plain": ("full sgd", "sgd"),
    "benchmarks.peers.pytorch:PyTorch": ("full sgd", "sgd", "adam"),
    "benchmarks.peers.pytorch:PyTorchFused": ("full sgd", "sgd", "adam"),
    "benchmarks.peers.jax_jit:Jax": ("full sgd", "sgd", "adam"),
    "benchmarks.peers.jax_jit:JaxBlocks": ("full sgd",),
    "benchmarks.peers.jax_jit:JaxScan": ("sgd", "adam"),
    "benchmarks.peers.sklearn_mlp:ScikitLearn": ("adam",),
}
"""Each, and what it can be asked to do."""


def peer_of(name: str):
    module, _, kind = name.partition(":")
    found = getattr(importlib.import_module(module), kind)
    if found.requires:
        pytest.importorskip(found.requires, reason=f"{found.requires} is not installed")
    return found


def task_of(how: str, layers: tuple[int, ...] = (8,)) -> Task:
    optimizer = how.split()[-1]
    experiment = Experiment(
        layers=layers,
        optimizer=optimizer,
        learning_rate=0.3 if optimizer == "sgd" else 0.01,
        batch_size=None if how.startswith("full") else 16,  # 60 samples: the last batch has 12
        seed=3,
    )
    return Task.of(experiment, plain.make_dataset())


def slowly(task: Task, epochs: int, quick_adam: bool = False) -> np.ndarray:
    """Train in float64, sample by sample; return all parameters, flat.

    ``quick_adam`` is Adam in the order of operations that its paper proposes at the end of
    section 2, which adds ε before the correction of v.
    """
    experiment, data = task.experiment, task.dataset
    sizes = (data.features, *experiment.layers, len(data.classes))
    flat = np.concatenate([part.ravel() for pair in task.layers for part in pair])
    m, v, step, generator = 0 * flat, 0 * flat, 0, np.random.default_rng([experiment.seed, 1])
    for _ in range(epochs):
        order = np.arange(len(data.train_y))
        if experiment.batch_size is not None:
            generator.shuffle(order)
        size = experiment.batch_size or len(order)
        for at in range(0, len(order), size):
            rows = order[at : at + size]
            parameters = Parameters.over(flat, sizes)
            g = plain.gradient(experiment, parameters, data.train_x[rows], data.train_y[rows])
            if experiment.optimizer == "sgd":
                flat = flat - experiment.learning_rate * g
                continue
            step += 1
            m = experiment.beta1 * m + (1 - experiment.beta1) * g
            v = experiment.beta2 * v + (1 - experiment.beta2) * g**2
            m_hat, correction = m / (1 - experiment.beta1**step), 1 - experiment.beta2**step
            epsilon = experiment.epsilon / (np.sqrt(correction) if quick_adam else 1)
            flat = flat - experiment.learning_rate * m_hat / (np.sqrt(v / correction) + epsilon)
    return flat


@pytest.mark.parametrize(
    ("name", "how"), [(name, how) for name, ways in EVERYBODY.items() for how in ways]
)
@pytest.mark.parametrize("layers", [(8,), (7, 5), (40,)])
def test_it_does_the_steps_of_the_formula(name, how, layers):
    kind = peer_of(name)
    if kind.__name__ == "Recipe" and len(layers) > 1:
        pytest.skip("the original has one hidden layer")
    task = task_of(how, layers)
    peer = kind(task)
    peer.begin()
    for _ in range(3):
        peer.epoch()
    flat = np.concatenate([part.ravel() for pair in peer.layers() for part in pair])
    # float32 everywhere; the recipe alone counts in float64.
    tolerance = 1e-12 if kind.__name__ == "Recipe" else 2e-5
    expected = slowly(task, 3, quick_adam=kind.__name__ == "ScikitLearn")
    np.testing.assert_allclose(flat, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", EVERYBODY)
def test_all_start_from_the_same_weights(name):
    kind, task = peer_of(name), task_of(EVERYBODY[name][-1])
    for found, wanted in zip(kind(task).layers(), task.layers, strict=True):
        for part, expected in zip(found, wanted, strict=True):
            np.testing.assert_allclose(part, expected, rtol=1e-6)


def test_the_loss_they_are_compared_by_is_the_formulas():
    task = task_of("full sgd")
    flat = np.concatenate([part.ravel() for pair in task.layers for part in pair])
    parameters = Parameters.over(flat, (6, 8, 4))
    data = task.dataset
    expected = plain.loss(task.experiment, parameters, data.train_x, data.train_y)
    assert task.loss(task.layers) == pytest.approx(expected, rel=1e-12)


def test_nobody_validates():
    data = task_of("full sgd").dataset
    assert len(data.validation_x) == len(data.validation_y) == 0


def test_ours_gets_the_threads_it_chose_and_the_others_get_all(monkeypatch):
    from threadpoolctl import ThreadpoolController

    from benchmarks import peers
    from benchmarks.peers.plain import Plain

    def threads() -> set[int]:
        pools = ThreadpoolController().info()
        return {pool["num_threads"] for pool in pools if pool["user_api"] == "blas"}

    monkeypatch.setattr(peers, "cores", lambda: 2)
    ours = Ours(task_of("full sgd"))
    chosen, other = threads(), Plain(task_of("full sgd"))
    other.begin()
    assert threads() == {2}
    ours.begin()
    assert threads() == chosen


@pytest.mark.parametrize(("samples", "size"), [(60_000, 1000), (1437, 479), (997, 997), (7, 7)])
def test_blocks_are_as_large_as_they_can_be(samples, size):
    assert block_size(samples) == size


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_a_number_to_predict_is_learned_as_by_scikit_learn(activation):
    """From the same start, step for step. Its loss is half of ours, so its rate is twice ours."""
    pytest.importorskip("sklearn", reason="sklearn is not installed")
    from sklearn.neural_network import MLPRegressor

    draw = np.random.default_rng(5)
    x = draw.uniform(0, 1, (80, 4))
    y = x @ [3.0, -2.0, 1.0, 0.5] + np.sin(5 * x[:, 0])
    data = Dataset.from_arrays(x, y, task="regression", dtype="float64")
    experiment = Experiment(
        layers=(6, 5),
        activation=activation,
        loss="mean-squared-error",
        learning_rate=0.05,
        dtype="float64",
    )
    ours = Trainer(experiment, data)
    targets = (data.train_y - data.train_y.mean()) / data.train_y.std()
    theirs = MLPRegressor(
        hidden_layer_sizes=(6, 5),
        activation={"sigmoid": "logistic"}.get(activation, activation),
        solver="sgd",
        alpha=0.0,
        batch_size=len(targets),
        learning_rate_init=0.1,
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=False,
    )
    theirs.partial_fit(data.train_x, targets)  # makes its arrays
    for layer, (weights, biases) in enumerate(
        zip(ours.parameters.weights, ours.parameters.biases, strict=True)
    ):
        theirs.coefs_[layer][:] = weights.T
        theirs.intercepts_[layer][:] = biases
    for _ in range(40):
        ours.step_epoch()
        theirs.partial_fit(data.train_x, targets)
    for layer, (weights, biases) in enumerate(
        zip(ours.parameters.weights, ours.parameters.biases, strict=True)
    ):
        np.testing.assert_allclose(weights.T, theirs.coefs_[layer], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(biases, theirs.intercepts_[layer], rtol=1e-9, atol=1e-12)
    score = theirs.score(data.train_x, targets)
    assert ours.metrics.train_score == pytest.approx(score, rel=1e-9)
