"""Passes by several threads: the same numbers whoever does the work, and a clean end."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from nnfs_core import passes, staircase
from nnfs_core.batches import Blocks
from nnfs_core.datasets.base import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.network import Network, Parameters
from nnfs_core.passes import Crew, add_decay
from nnfs_core.training import EpochCancelled, NotFiniteError, Trainer
from tests.core import plain


def pictures(samples: int = 21_000, features: int = 300, zeros: float = 0.97) -> Dataset:
    """Mostly empty data, in several groups of blocks."""
    generator = np.random.default_rng(4)
    x = generator.uniform(0, 1, (samples, features)).astype(np.float32)
    x[generator.random(x.shape) < zeros] = 0
    y = generator.integers(0, 10, samples)
    return Dataset("sparks", x, y, x[:9000], y[:9000], tuple("0123456789"), None)


def experiment(**changes) -> Experiment:
    given = {"layers": (10,), "initializer": "he", "dtype": "float64", **changes}
    return Experiment(learning_rate=0.5, **given)


@pytest.fixture
def threads(monkeypatch):
    """Have a crew of so many threads, whatever the machine has."""

    def use(number: int) -> None:
        monkeypatch.setattr(passes, "processors", lambda: number)
        monkeypatch.setattr(passes, "WORTH_A_THREAD", 0)

    return use


def weights_after(data: Dataset, given: Experiment, epochs: int = 3) -> np.ndarray:
    trainer = Trainer(given, data)
    assert len(trainer._train.blocks.groups) > 2
    for _ in range(epochs):
        trainer.step_epoch()
    return np.append(trainer.parameters.flat, [trainer.metrics.train_loss])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("zeros", [0.0, 0.97])
def test_the_number_of_threads_changes_no_bit(threads, dtype, zeros):
    data, given = pictures(zeros=zeros), experiment(dtype=dtype)
    threads(1)
    alone = weights_after(data, given)
    for number in (2, 3, 4):
        threads(number)
        for _ in range(3):
            np.testing.assert_array_equal(weights_after(data, given), alone)


@pytest.mark.parametrize("zeros", [0.0, 0.97])
@pytest.mark.parametrize("layers", [(), (10,), (40, 7)])
def test_the_gradient_is_that_of_the_formulas(threads, layers, zeros):
    """Written out in float64, in the order of the data, with all of its zeros."""
    threads(3)
    data, given = pictures(zeros=zeros), experiment(layers=layers)
    trainer = Trainer(given, data)
    arranged = trainer._train.blocks.features is not None
    assert arranged == (zeros > 0)
    found = trainer.frame().gradients

    x, y = data.train_x.astype(np.float64), data.train_y
    a, activations = x.T, [x.T]
    for layer, (w, b) in enumerate(
        zip(trainer.parameters.weights, trainer.parameters.biases, strict=True)
    ):
        z = w @ a + b[:, None]
        a = np.maximum(z, 0) if layer < len(layers) else z
        activations.append(a)
    p = np.exp(z - z.max(axis=0))
    p /= p.sum(axis=0)
    loss = -np.log(p[y, np.arange(len(y))]).mean()
    p[y, np.arange(len(y))] -= 1
    delta = p / len(y)
    for layer in reversed(range(len(layers) + 1)):
        np.testing.assert_allclose(
            found.weights[layer], delta @ activations[layer].T, rtol=1e-10, atol=1e-14
        )
        np.testing.assert_allclose(found.biases[layer], delta.sum(axis=1), rtol=1e-10, atol=1e-14)
        delta = (trainer.parameters.weights[layer].T @ delta) * (activations[layer] > 0)
    assert trainer.metrics.train_loss == pytest.approx(loss, rel=1e-12)
    assert trainer.metrics.train_accuracy == plain.accuracy(given, trainer.parameters, x, y)


def test_the_order_of_the_data_changes_nothing_but_rounding(monkeypatch):
    data, given = pictures(), experiment()
    arranged = weights_after(data, given)
    monkeypatch.setattr("nnfs_core.batches.ARRANGED_TO", 0.0)
    np.testing.assert_allclose(weights_after(data, given), arranged, rtol=1e-12, atol=1e-14)


def test_an_error_in_any_thread_ends_the_pass(threads):
    threads(2)
    data = pictures()
    network = Network.of(experiment(), 300, 10)
    crew = Crew(network, Blocks(data.train_x.astype(np.float64), data.train_y, network.sizes), "d")
    parameters = Parameters.initial(experiment(), network.sizes)
    gradient = Parameters.over(np.zeros_like(parameters.flat), network.sizes)
    first = threading.get_ident()
    both = threading.Barrier(2, timeout=60)
    met = threading.local()

    def fail_in_the_helper(work, so_far):
        if not getattr(met, "yes", False):
            met.yes = True
            both.wait()  # both threads have a block
        if threading.get_ident() != first:
            raise ValueError("in the helper")

    with pytest.raises(ValueError, match="in the helper"):
        crew.learn(parameters, gradient, fail_in_the_helper)
    crew.learn(parameters, gradient, lambda work, so_far: None)
    np.testing.assert_allclose(gradient.flat, Trainer(experiment(), data).frame().gradients.flat)


def test_cancelled_while_several_threads_work(threads):
    threads(2)
    trainer = Trainer(experiment(), pictures())
    before = trainer.state()
    trainer.cancel()
    with pytest.raises(EpochCancelled):
        trainer.step_epoch()
    np.testing.assert_array_equal(trainer.state().numbers, before.numbers)
    trainer.step_epoch()
    assert trainer.epoch == 1


def test_a_run_that_blows_up_in_several_threads_names_the_layer(threads):
    threads(2)
    data = replace(pictures())
    given = experiment(layers=(10, 10)).but(learning_rate=1e200)
    with pytest.raises(NotFiniteError) as failed:
        Trainer(given, data).step_epoch()
    assert failed.value.place == "the pre-activations of hidden 2"


def test_decay_pulls_on_weights_alone():
    sizes = (3, 2, 2)
    generator = np.random.default_rng(0)
    count = Parameters.count(sizes)
    parameters = Parameters.over(generator.normal(size=count), sizes)
    gradient = Parameters.over(generator.normal(size=count), sizes)
    before = Parameters.over(gradient.flat.copy(), sizes)
    add_decay(gradient, parameters, 0.25, np.empty(count))
    for layer in range(2):
        expected = before.weights[layer] + 0.25 * parameters.weights[layer]
        np.testing.assert_allclose(gradient.weights[layer], expected)
        np.testing.assert_array_equal(gradient.biases[layer], before.biases[layer])


def test_staircase_of_a_small_table():
    x = np.array([[0, 5, 0, 1], [0, 5, 0, 0], [0, 0, 7, 0], [0, 5, 0, 2]], np.float32)
    stairs = staircase.Staircase.of(x)
    assert stairs.features.tolist() == [1, 3, 2, 0]  # used 3, 2, 1 and 0 times
    assert stairs.samples.tolist() == [1, 0, 3, 2]
    assert stairs.used.tolist() == [1, 2, 2, 3]
    assert stairs.filled == 0.5
    assert staircase.Staircase.of(x[:0]).filled == 1
    assert staircase.Staircase.of(np.zeros((3, 4))).used.tolist() == [0, 0, 0]
