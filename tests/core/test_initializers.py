"""What networks start from."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from nnfs_core.model.initializers import INITIALIZERS

SIZES = (300, 200, 100)


def drawn(name, sizes, seed):
    """Draw one dense layer after the other."""
    draw = INITIALIZERS[name](seed)
    return [draw(out, into) for into, out in pairwise(sizes)]


def test_uniform_is_the_originals_draw():
    legacy = np.random.RandomState(42)
    for weights, biases in drawn("uniform", (5, 3, 2), 42):
        np.testing.assert_array_equal(weights, legacy.rand(*weights.shape) - 0.5)
        np.testing.assert_array_equal(biases, legacy.rand(len(biases), 1)[:, 0] - 0.5)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_shapes_and_seeds(name):
    first, again, other = (drawn(name, SIZES, seed) for seed in (1, 1, 2))
    assert [(w.shape, b.shape) for w, b in first] == [((200, 300), (200,)), ((100, 200), (100,))]
    for (w, b), (w_again, b_again) in zip(first, again, strict=True):
        np.testing.assert_array_equal(w, w_again)
        np.testing.assert_array_equal(b, b_again)
    assert np.array_equal(first[0][0], other[0][0]) == (name == "zeros")


def test_spread():
    """Sizes of the draws as in the papers, within what so many of them scatter."""
    for (w, b), into, out in zip(drawn("he", SIZES, 0), SIZES, SIZES[1:], strict=False):
        assert w.std() == pytest.approx(np.sqrt(2 / into), rel=0.02)
        assert abs(w.mean()) < 4 * np.sqrt(2 / into) / np.sqrt(into * out)
        assert not b.any()
    for (w, b), into, out in zip(drawn("xavier", SIZES, 0), SIZES, SIZES[1:], strict=False):
        limit = np.sqrt(6 / (into + out))
        assert 0.99 * limit < np.abs(w).max() <= limit
        assert w.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)
        assert not b.any()
    assert all(not w.any() and not b.any() for w, b in drawn("zeros", SIZES, 0))
