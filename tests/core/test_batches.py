"""Mini-batches and blocks: every sample once, none twice, in an order that can be repeated."""

from __future__ import annotations

import tracemalloc
from itertools import islice

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nnfs_core.model.parameters import Parameters
from nnfs_core.model.tasks.classification import Classification, one_hot
from nnfs_core.passes.batches import ARRANGED_FROM, Batches, Blocks
from nnfs_core.passes.block_sizes import spans

SIZES = (1, 3, 4)


def into(sizes: tuple[int, ...]) -> Classification:
    return Classification.into(sizes[-1])


def numbered(samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples that say which they are: x is the sample's number, its label that modulo 4."""
    return np.arange(samples, dtype=np.float64)[:, None], np.arange(samples) % 4


def unpack(blocks) -> tuple[np.ndarray, np.ndarray]:
    """Return the samples and labels of blocks, in order."""
    x = [block.x.swapaxes(1, 2).reshape(-1) for block in blocks]
    y = [block.targets.argmax(axis=0) for block in blocks]
    return np.concatenate(x), np.concatenate(y)


def epoch(batches: Batches, generator: np.random.Generator) -> list[np.ndarray]:
    """Return the sample numbers of each batch of an epoch, labels checked on the way."""
    found = []
    for blocks in batches.shuffled(generator):
        x, y = unpack(blocks)
        assert len(x) == blocks.samples
        np.testing.assert_array_equal(x % 4, y)
        found.append(x)
    return found


@settings(max_examples=60, deadline=None)
@given(samples=st.integers(1, 700), size=st.integers(1, 800), seed=st.integers(0, 99))
def test_every_sample_exactly_once(samples, size, seed):
    batches = Batches(*numbered(samples), SIZES, into(SIZES), size)
    found = epoch(batches, np.random.default_rng(seed))
    np.testing.assert_array_equal(np.sort(np.concatenate(found)), np.arange(samples))
    assert len(found) == len(batches)
    # All of the asked size, but the last one, which holds what is left.
    assert {len(batch) for batch in found[:-1]} <= {size}
    assert len(found[-1]) == (samples % size or min(size, samples))


def test_the_order_depends_on_the_generators_state_alone():
    generator = np.random.default_rng(5)
    batches = Batches(*numbered(50), SIZES, into(SIZES), 16)
    first = np.concatenate(epoch(batches, generator))
    state = generator.bit_generator.state
    second = np.concatenate(epoch(batches, generator))
    assert not np.array_equal(first, second)

    generator.bit_generator.state = state
    fresh = Batches(*numbered(50), SIZES, into(SIZES), 16)
    np.testing.assert_array_equal(np.concatenate(epoch(fresh, generator)), second)


@pytest.mark.parametrize("size", [32, 1000])
@pytest.mark.parametrize("ahead", [False, True])
def test_an_epoch_allocates_nothing_of_size(monkeypatch, size, ahead):
    if ahead:
        monkeypatch.setattr("nnfs_core.passes.batches.FILLED_AHEAD", 0)
    batches, generator = (
        Batches(*numbered(30_001), SIZES, into(SIZES), size),
        np.random.default_rng(0),
    )
    for _ in batches.shuffled(generator):
        pass
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in batches.shuffled(generator):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < 30_001 * np.dtype(np.intp).itemsize / 4


@settings(max_examples=60, deadline=None)
@given(
    samples=st.integers(1, 5000),
    sizes=st.sampled_from(
        [(1, 4), (1, 3, 4), (1, 90, 90, 4), (1, 400, 4), (1, 4000, 4), (1, 1, 1000, 4)]
    ),
)
def test_blocks_hold_every_sample_in_order(samples, sizes):
    x, y = unpack(Blocks(*numbered(samples), sizes, into(sizes)))
    np.testing.assert_array_equal(x, np.arange(samples))
    np.testing.assert_array_equal(y, np.arange(samples) % 4)


@settings(max_examples=200, deadline=None)
@given(
    samples=st.integers(1, 9000),
    sizes=st.tuples(st.integers(1, 30), st.integers(1, 5000), st.integers(1, 10)),
    features=st.sampled_from([1, 64, 784]),
    itemsize=st.sampled_from([4, 8]),
)
@example(samples=1500, sizes=(1, 3000, 10), features=64, itemsize=4)
@example(samples=1500, sizes=(1, 2000, 10), features=784, itemsize=4)
@example(samples=1500, sizes=(2, 2000, 10), features=64, itemsize=8)
def test_every_block_of_any_network_has_samples(samples, sizes, features, itemsize):
    """Also where a first layer of one unit would do with more samples than a block has."""
    cut = list(islice(spans(samples, (features, *sizes), itemsize), samples))
    assert [at for at, _ in cut] == [0, *(end for _, end in cut[:-1])]
    assert all(at < end for at, end in cut) and cut[-1][1] == samples


def test_large_data_without_zeros_is_read_where_it_lies():
    x = np.random.default_rng(0).uniform(1, 2, (3000, 700))
    blocks = Blocks(x, np.arange(3000) % 4, (700, 30, 4), Classification.into(4))
    assert x.nbytes > ARRANGED_FROM and blocks.rows is None
    assert all(np.shares_memory(block.x, x) for block in blocks)


@pytest.mark.parametrize("sizes", [(400, 10, 4), (400, 60, 4), (400, 4)])
def test_large_data_with_zeros_is_put_in_order(sizes):
    """Whatever the order, each sample keeps its inputs and its label, and only zeros are gone."""
    generator = np.random.default_rng(1)
    x = generator.uniform(1, 2, (7001, 400)).astype(np.float32)
    x[generator.random(x.shape) < 0.99] = 0
    labels = generator.integers(0, 4, 7001)
    blocks = Blocks(x, labels, sizes, into(sizes))

    found, found_labels, narrowest = np.zeros_like(x), np.full(7001, -1), 400
    at = 0
    for block in blocks:
        stack, used, each = block.x.shape
        rows = blocks.rows[at : at + stack * each]
        columns = block.x.swapaxes(1, 2).reshape(-1, used)
        found[rows[:, None], blocks.features[:used]] = columns
        found_labels[rows] = block.targets.argmax(axis=0)
        at, narrowest = at + len(rows), min(narrowest, used)
    np.testing.assert_array_equal(found, x)
    np.testing.assert_array_equal(found_labels, labels)
    assert narrowest < 350
    grouped = [block for group in blocks.groups for block in group]
    assert len(grouped) == len(list(blocks)) == len({id(block) for block in grouped})


def test_parameters_go_into_the_order_and_back():
    generator = np.random.default_rng(2)
    x = (generator.random((5000, 500)) < 0.02).astype(np.float32)
    blocks = Blocks(x, np.arange(5000) % 4, (500, 3, 4), Classification.into(4))
    count = Parameters.count((500, 3, 4))
    given, ordered, back = (
        Parameters.over(generator.normal(size=count), (500, 3, 4)) for _ in range(3)
    )
    blocks.to_order(given, ordered)
    np.testing.assert_array_equal(ordered.weights[0], given.weights[0][:, blocks.features])
    blocks.from_order(ordered, back)
    np.testing.assert_array_equal(back.flat, given.flat)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_hot(dtype):
    expected = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]], dtype)
    found = one_hot(np.array([1, 0, 2]), 3, dtype)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == dtype
