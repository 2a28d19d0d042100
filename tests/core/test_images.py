"""Pictures made into what a network was trained on."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.errors import UserError
from nnfs_core.images import input_shape, prepare

MNIST = (28, 28)


def bar(height: int, width: int, top: int, left: int, rows: int, columns: int) -> np.ndarray:
    """A light bar on a dark picture."""
    picture = np.zeros((height, width))
    picture[top : top + rows, left : left + columns] = 1
    return picture


def test_the_networks_own_size_is_left_alone():
    picture = np.random.default_rng(0).uniform(0, 0.4, MNIST)
    prepared = prepare(picture, MNIST)
    np.testing.assert_array_equal(prepared.pixels, picture.astype(np.float32))
    assert prepared.steps == ()
    inverted = prepare(1 - picture, MNIST)
    np.testing.assert_allclose(inverted.pixels, picture, atol=1e-7)
    assert inverted.steps == ("inverted, since the background is light",)


def test_content_fills_twenty_of_twenty_eight_pixels():
    pixels = prepare(bar(300, 500, 20, 310, 200, 40), MNIST).pixels
    rows, columns = np.nonzero(pixels.max(axis=1))[0], np.nonzero(pixels.max(axis=0))[0]
    assert pixels.sum() == pytest.approx(20 * 4)  # 200 × 40 a tenth of the size
    assert (len(rows), len(columns)) == (21, 5)  # twenty, and the half pixels at both ends
    assert pixels.max() == 1


@pytest.mark.parametrize("top", [0, 100, 250])
@pytest.mark.parametrize("left", [0, 333])
def test_the_centre_of_mass_is_in_the_middle_wherever_it_was(top, left):
    picture = bar(400, 400, top, left, 120, 30)
    picture[top : top + 30, left : left + 60] = 1  # a foot, so that it is not symmetric
    pixels = prepare(picture, MNIST).pixels
    where = np.arange(28)
    assert pixels.sum(axis=1) @ where / pixels.sum() == pytest.approx(14)
    assert pixels.sum(axis=0) @ where / pixels.sum() == pytest.approx(14)


def test_content_is_never_pushed_over_the_edge():
    """All mass at one end: centred by it, the thin rest would stick out."""
    picture = bar(600, 600, 10, 10, 560, 4)
    picture[10:20, 10:500] = 1
    pixels = prepare(picture, MNIST).pixels
    thin = bar(600, 600, 10, 10, 560, 4)
    thin[10:20, 10:500] = 1
    assert pixels.sum() == pytest.approx(thin.sum() * (20 / 560) ** 2, rel=1e-5)


def test_small_pictures_are_filled():
    """The 8×8 digits leave no margin above and below."""
    pixels = prepare(bar(100, 100, 5, 5, 80, 40), (8, 8)).pixels
    np.testing.assert_allclose(pixels, bar(8, 8, 0, 2, 8, 4), atol=1e-6)


def test_a_pictures_own_contrast_does_not_matter():
    strong = bar(90, 90, 10, 10, 60, 20)
    expected = prepare(strong, MNIST).pixels
    np.testing.assert_allclose(prepare(0.3 + strong / 5, MNIST).pixels, expected, atol=1e-6)
    np.testing.assert_allclose(prepare(0.9 - strong / 2, MNIST).pixels, expected, atol=1e-6)


def test_enlarging_works_too():
    pixels = prepare(bar(5, 5, 1, 1, 2, 2), MNIST).pixels
    assert pixels.sum() == pytest.approx(400)


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
def test_blank_pictures_are_refused(shade):
    with pytest.raises(UserError, match="nothing is drawn on it"):
        prepare(np.full((50, 40), shade), MNIST)


def test_input_shape():
    assert input_shape(784) == (28, 28)
    assert input_shape(64) == (8, 8)
    assert input_shape(2) is None
