"""Pictures made into what a network was trained on."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.data import load_dataset
from nnfs_core.errors import UserError
from nnfs_core.files.trained import Trained
from nnfs_core.pictures.characters import AMOUNT, USUAL
from nnfs_core.pictures.prepare import input_shape, prepare
from nnfs_core.pictures.strokes import stroke_width
from nnfs_core.shipped import load_shipped

from .drawn import STYLES, digit, drawing

MNIST = (28, 28)
SMALL = (8, 8)


@pytest.fixture(scope="module")
def shipped() -> Trained:
    return load_shipped("digits")


def read(trained: Trained, picture: np.ndarray) -> int:
    """The class that a network sees in a picture."""
    pixels = prepare(picture, SMALL).pixels
    return trained.network.trace(trained.parameters, pixels.ravel()).predicted


def crooked(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same line by another hand: wider, leaning, bent."""
    x, y = points.T
    x = x * rng.uniform(0.8, 1.3)
    phase, bend = rng.uniform(0, 6.3, 2), 0.025
    x, y = x + bend * np.sin(5 * y + phase[0]), y + bend * np.sin(5 * x + phase[1])
    return np.stack([x + rng.uniform(-0.1, 0.25) * (1 - y), y], axis=1)


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
    picture = bar(600, 600, 10, 10, 560, 70)
    picture[10:180, 10:500] = 1
    pixels = prepare(picture, MNIST).pixels
    assert pixels.sum() == pytest.approx(picture.sum() * (20 / 560) ** 2, rel=1e-5)


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("how", [{}, {"pen": 5}, {"pen": 30}, {"size": 70, "pen": 9}])
def test_small_pictures_are_filled_with_the_usual_ink(number, how):
    """The 8×8 digits leave no margin above and below and are about equally dark."""
    pixels = prepare(digit(number, **how), SMALL).pixels
    assert pixels.sum(axis=1).min() > 0.1
    assert pixels.mean() == pytest.approx(0.305, abs=0.065)
    columns = np.nonzero(pixels.max(axis=0) > 0.2)[0]
    assert number == 1 or 5 <= np.ptp(columns) + 1 <= 7  # 5.6 ± 0.6 in the data


def test_the_statistics_are_those_of_the_data():
    """What preparation aims at is measured on the very pictures networks are trained on."""
    data = load_dataset("digits")
    pictures = data.train_x.reshape(-1, 8, 8)
    of_class = [pictures[data.train_y == k].mean() for k in range(10)]
    np.testing.assert_allclose(of_class, AMOUNT, atol=0.02)
    assert abs(np.quantile(pictures.mean(axis=(1, 2)), [0.05, 0.95]) - AMOUNT).max() < USUAL
    left = [[np.nonzero(row > 0.3)[0][:1] for row in picture[[0, -1]]] for picture in pictures]
    lean = [int(top[0] - bottom[0]) for top, bottom in left if len(top) and len(bottom)]
    assert abs(np.mean(lean)) < 0.1 and np.std(lean) < 0.5


@pytest.mark.parametrize("lean", [-0.3, 0.3])
def test_small_digits_stand_upright(lean):
    straight, slanted = (
        prepare(drawing([STYLES[1][0][0] @ [[1, 0], [-slope, 1]]], at=(100, 40)), SMALL).pixels
        for slope in (0, lean)
    )
    assert np.abs(slanted - straight).mean() < 0.06


@pytest.mark.parametrize("shape", [SMALL, MNIST])
def test_thin_strokes_become_as_thick_as_in_the_data(shape):
    thin, thick = prepare(digit(3, pen=4), shape), prepare(digit(3, pen=34), shape)
    assert thin.steps[-1] == "strokes made thicker, as they are in the training pictures"
    assert thin.pixels.sum() == pytest.approx(thick.pixels.sum(), rel=0.25)
    if shape == MNIST:
        assert stroke_width(thin.pixels) == pytest.approx(2.2, abs=0.3)


def test_heavy_strokes_become_thinner_in_small_pictures():
    steps = prepare(digit(0, pen=70), SMALL).steps
    assert steps[-1] == "strokes made thinner, as they are in the training pictures"


@pytest.mark.parametrize("index", range(8))
def test_an_enlarged_small_picture_is_what_it_was(index):
    """Shown large, every pixel is a block; such a picture has no strokes to measure."""
    pixels = load_dataset("digits").validation_x[index].reshape(SMALL)
    prepared = prepare(np.pad(np.kron(pixels, np.ones((20, 20))), 30), SMALL)
    assert prepared.steps == ("cropped, scaled to 8×8 and centred",)
    assert prepared.pixels.sum() == pytest.approx(pixels.sum() / pixels.max(), rel=0.03)


@pytest.mark.parametrize("shape", [SMALL, MNIST])
@pytest.mark.parametrize("number", range(10))
def test_it_does_not_matter_where_a_digit_is_drawn(number, shape):
    """Moved by whole pixels it is the very same picture."""
    picture = digit(number, size=90, pen=10, at=(95, 95))
    here = prepare(picture, shape).pixels
    for shift in ((-80, -80), (80, 80), (-85, 70)):
        moved = prepare(np.roll(picture, shift, axis=(0, 1)), shape).pixels
        np.testing.assert_array_equal(moved, here)


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("hand", [0, 1])
def test_shipped_weights_read_drawn_digits_at_any_size_and_thickness(shipped, number, hand):
    answers = {
        (size, share): read(shipped, digit(number, hand, size=size, pen=share * size, at=at))
        for size, at in ((70, (20, 180)), (130, (120, 40)), (220, (50, 25)))
        for share in (0.06, 0.09, 0.13)
    }
    assert answers == dict.fromkeys(answers, number)


def test_drawn_digits_are_read_whatever_the_hand(shipped):
    """Other proportions, slanted, crooked; only cropped and scaled, 63 % of such are read."""
    rng, right = np.random.default_rng(7), 0
    for number in range(10):
        for trial in range(12):
            lines = [crooked(line, rng) for line in STYLES[number][trial % 2]]
            height = rng.uniform(60, 180)
            picture = drawing(lines, height, height * rng.uniform(0.04, 0.15), (30, 30), 300)
            right += read(shipped, picture) == number
    assert right >= 108  # nine of ten


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
