"""Passes by several threads: the same numbers whoever does the work, and a clean end."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from nnfs_core.compute.threads import Prefetch, share
from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.tasks.classification import Classification
from nnfs_core.passes import staircase
from nnfs_core.passes.batches import Blocks
from nnfs_core.passes.full_pass import Crew, add_decay
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import EpochCancelled, NotFiniteError, Trainer
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
        monkeypatch.setattr("nnfs_core.compute.threads.processors", lambda: number)
        monkeypatch.setattr("nnfs_core.compute.threads.WORTH_A_THREAD", 0)

    return use


def weights_after(data: Dataset, given: Experiment, epochs: int = 3) -> np.ndarray:
    trainer = Trainer(given, data)
    assert len(trainer._train.groups) > 2
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
    arranged = trainer._train.features is not None
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
    assert trainer.metrics.train_score == plain.accuracy(given, trainer.parameters, x, y)


def test_the_order_of_the_data_changes_nothing_but_rounding(monkeypatch):
    data, given = pictures(), experiment()
    arranged = weights_after(data, given)
    monkeypatch.setattr("nnfs_core.passes.batches.ARRANGED_TO", 0.0)
    np.testing.assert_allclose(weights_after(data, given), arranged, rtol=1e-12, atol=1e-14)


def test_one_block_in_an_order_of_its_own(monkeypatch):
    monkeypatch.setattr("nnfs_core.passes.batches.ARRANGED_FROM", 0)
    data, given = pictures(900, 500, 0.995), experiment()
    blocks = Blocks(
        data.train_x.astype(np.float64), data.train_y, (500, 10, 10), Classification.into(10)
    )
    assert blocks.features is not None and len(list(blocks)) == 1
    arranged = weights_of(data, given)
    monkeypatch.setattr("nnfs_core.passes.batches.ARRANGED_TO", 0.0)
    np.testing.assert_allclose(weights_of(data, given), arranged, rtol=1e-12, atol=1e-14)


def test_an_error_in_any_thread_ends_the_pass(threads):
    threads(2)
    data = pictures()
    network = experiment().network(300, Classification.into(10))
    crew = Crew(network, "d")
    blocks = Blocks(data.train_x.astype(np.float64), data.train_y, network.sizes, network.task)
    parameters = experiment().initial(network.sizes)
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
        crew.learn(parameters, blocks, gradient, fail_in_the_helper)
    crew.learn(parameters, blocks, gradient, lambda work, so_far: None)
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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_batch_in_halves_is_the_batch(threads, monkeypatch, dtype):
    """The same whoever takes which half; and as one block up to rounding."""
    data = pictures(2100)
    given = experiment(dtype=dtype, batch_size=100, optimizer="adam").but(learning_rate=0.01)
    whole = weights_of(data, given)
    monkeypatch.setattr("nnfs_core.passes.batches.FILLED_AHEAD", 0)
    threads(1)
    alone = weights_of(data, given)
    for number in (2, 3):
        threads(number)
        np.testing.assert_array_equal(weights_of(data, given), alone)
    tolerance = 1e-9 if dtype == "float64" else 1e-2
    np.testing.assert_allclose(alone, whole, rtol=tolerance, atol=tolerance)


def weights_of(data: Dataset, given: Experiment) -> np.ndarray:
    trainer = Trainer(given, data)
    trainer.step_epoch()
    trainer.step_epoch()
    return trainer.parameters.flat.copy()


def test_batches_fetched_ahead_are_the_same(monkeypatch):
    data = pictures(1010)
    given = experiment(batch_size=64)
    here = weights_of(data, given)
    monkeypatch.setattr("nnfs_core.passes.batches.FILLED_AHEAD", 0)
    np.testing.assert_array_equal(weights_of(data, given), here)


def test_an_epoch_given_up_leaves_no_batch_half_fetched(monkeypatch):
    """Another thread may be at work on the next batch when this one is cancelled."""
    monkeypatch.setattr("nnfs_core.passes.batches.FILLED_AHEAD", 0)
    data, given = pictures(1010), experiment(batch_size=64)
    expected = weights_of(data, given)
    trainer = Trainer(given, data)
    for _ in range(20):
        trainer.cancel()
        with pytest.raises(EpochCancelled):
            trainer.step_epoch()
    trainer.step_epoch()
    trainer.step_epoch()
    np.testing.assert_array_equal(trainer.parameters.flat, expected)


@pytest.mark.parametrize("jobs", [1, 2, 3, 50])
def test_jobs_are_shared_and_done_once_each(jobs):
    done: list[tuple[int, int]] = []
    share(lambda thread, job: done.append((thread, job)), jobs, 3)
    assert sorted(job for _, job in done) == list(range(jobs))
    assert {thread for thread, _ in done} <= {0, 1, 2}


def test_helpers_may_be_wanted_by_several_at_once():
    """None waits for another's helpers: it does its jobs by itself then."""
    inner: list[int] = []

    def work(thread: int, job: int) -> None:
        share(lambda _, number: inner.append(number), 5, 4)

    share(work, 6, 4)
    assert sorted(inner) == sorted([*range(5)] * 6)


@pytest.mark.parametrize("number", [1, 2])
def test_what_is_done_ahead_is_done_once(monkeypatch, number):
    monkeypatch.setattr("nnfs_core.compute.threads.processors", lambda: number)
    done = []
    prefetch = Prefetch(lambda: done.append(threading.get_ident()))
    prefetch.finish()
    assert len(done) == 1
    assert (done[0] == threading.get_ident()) == (number == 1)

    def fails() -> None:
        raise ValueError("ahead")

    failing = Prefetch(fails)
    with pytest.raises(ValueError, match="ahead"):
        failing.finish()
    Prefetch(lambda: done.append(0)).finish()
    assert len(done) == 2


@contextmanager
def counted(size: int) -> Iterator[Callable[[], tuple[float, float]]]:
    """Give what tells the memory taken since, in arrays of so many bytes: now, and at most."""

    def arrays() -> tuple[float, float]:
        now, most = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        return now / size, most / size

    tracemalloc.start()
    try:
        yield arrays
    finally:
        tracemalloc.stop()


def large_network(monkeypatch, **changes) -> tuple[Dataset, Experiment, int]:
    """One whose parameters are most of what is held; and the bytes of them."""
    monkeypatch.setattr("nnfs_core.passes.block_sizes.BLOCK_SAMPLES", 40)
    monkeypatch.setattr("nnfs_core.passes.batches.ARRANGED_FROM", 0)
    data, given = pictures(800, 2000), experiment(layers=(80,), **changes)
    data.train_x[:, 1000:] = 0  # so that the order of the data is worth a copy
    data = replace(
        data,
        train_x=data.train_x.astype(given.dtype),
        validation_x=data.validation_x[:50].astype(given.dtype),
        validation_y=data.validation_y[:50],
    )
    return data, given, Parameters.count((2000, 80, 10)) * np.dtype(given.dtype).itemsize


def test_mini_batches_keep_nothing_of_the_first_pass(threads, monkeypatch):
    """Over all samples, at the start, it needs an array for each group and for each thread."""
    threads(2)
    data, given, size = large_network(monkeypatch, batch_size=20)
    with counted(size) as arrays:
        trainer = Trainer(given, data)
        _, first_pass = arrays()
        trainer.step_epoch()
        held, _ = arrays()
        trainer.step_epoch()
        after, most = arrays()
    assert first_pass > 6 + 7
    # The run's 6, one for the second half of a batch, and the order of the validation data.
    assert held < 6 + 1 + 1 + 2
    assert after < held + 0.5 and most < held + 0.5  # made once


def test_training_holds_two_dozen_arrays_at_most(threads, monkeypatch):
    """As the limit of the parameters says: with the most averages, threads and groups."""
    threads(4)
    data, given, size = large_network(monkeypatch, optimizer="adam")
    blocks = Blocks(data.train_x, data.train_y, (2000, 80, 10), Classification.into(10))
    assert blocks.features is not None and len(blocks.groups) == 8
    with counted(size) as arrays:
        arranged = replace(Arranged.of(given, data), train=blocks)
        trainer = Trainer(given, data, arranged=arranged)
        trainer.step_epoch()
        trainer.step_epoch()
        held, most = arrays()
    assert held <= most < 24


def test_staircase_of_a_small_table():
    x = np.array([[0, 5, 0, 1], [0, 5, 0, 0], [0, 0, 7, 0], [0, 5, 0, 2]], np.float32)
    stairs = staircase.Staircase.of(x)
    assert stairs.features.tolist() == [1, 3, 2, 0]  # used 3, 2, 1 and 0 times
    assert stairs.samples.tolist() == [1, 0, 3, 2]
    assert stairs.used.tolist() == [1, 2, 2, 3]
    assert stairs.filled == 0.5
    assert staircase.Staircase.of(x[:0]).filled == 1
    assert staircase.Staircase.of(np.zeros((3, 4))).used.tolist() == [0, 0, 0]
