"""Pictures under uneven light: read as under even light, or said to be doubtful."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from nnfs_core.data import load_dataset
from nnfs_core.files.trained import Trained
from nnfs_core.pictures.characters import as_digits, as_mnist, reduced
from nnfs_core.pictures.prepare import prepare
from nnfs_core.pictures.strokes import cropped
from nnfs_core.pictures.uneven_light import _paper, evened, median
from nnfs_core.shipped import load_shipped

from .drawn import STYLES, drawing
from .photographed import LIGHTS, edge, seen, slope, strokes, vignette

SMALL, MNIST = (8, 8), (28, 28)
EVENED = "uneven light evened out"
NUMBERS = dict(enumerate(LIGHTS))


@pytest.fixture(scope="module")
def shipped() -> Trained:
    return load_shipped("digits")


@pytest.fixture(scope="module")
def inks() -> list[np.ndarray]:
    return [strokes(number, number % 2) for number in range(10)]


def read(trained: Trained, picture: np.ndarray) -> int:
    pixels = prepare(picture, SMALL).pixels
    return trained.network.trace(trained.parameters, pixels.ravel()).predicted


@pytest.mark.parametrize("which", NUMBERS, ids=LIGHTS.get)
def test_digits_are_read_under_any_light(shipped, inks, which):
    light = LIGHTS[NUMBERS[which]]
    numbers = [(which + step) % 10 for step in (0, 3, 5, 8)]
    assert [read(shipped, seen(inks[number], light)) for number in numbers] == numbers
    prepared = prepare(seen(inks[numbers[0]], light), SMALL)
    assert prepared.steps[:2] == ("inverted, since the background is light", EVENED)
    assert prepared.doubts == ()


@pytest.mark.parametrize(
    "how",
    [
        {"light": slope(45), "noise": 0.02, "quality": 60},
        {"light": edge(45, 0), "noise": 0.02, "quality": 60},
        {"light": slope(200), "pen": 0.5},
        {"light": edge(45, 0), "paper": 0.25, "pen": 0.9},
        {"light": edge(140, 0.15), "paper": 0.25, "pen": 0.9},
        {"light": slope(300), "noise": 0.08},
        {"noise": 0.05},
        {"noise": 0.12},
        {"noise": 0.03, "pen": 0.75},
        {"quality": 10},
        {"paper": 0.42, "pen": 0.08},
        {"paper": 0.58, "pen": 0.97},
    ],
    ids=[
        "slope, noise, JPEG",
        "edge, noise, JPEG",
        "slope, pencil",
        "edge, chalk",
        "corner, chalk",
        "slope, noise",
        "little noise",
        "much noise",
        "noise, pencil",
        "JPEG",
        "dark paper",
        "chalk",
    ],
)
def test_noise_faint_pencils_and_chalk(shipped, inks, how):
    for number in (2, 5, 7):
        assert read(shipped, seen(inks[number], **how)) == number


def test_ink_is_measured_against_its_paper(inks):
    """Wherever the shadow is, strokes come out alike, and paper is none."""
    ink, light = evened(seen(inks[3], edge(100, 0, darkest=0.3)))
    assert light
    assert np.abs(ink - inks[3])[(inks[3] == 0) | (inks[3] == 1)].mean() < 0.01
    ink, light = evened(seen(inks[3], edge(100, 0, darkest=0.3), paper=0.3, pen=0.95))
    assert not light
    assert np.abs(ink - inks[3])[(inks[3] == 0) | (inks[3] == 1)].mean() < 0.02


def closed(grey: np.ndarray, window: int, reach: int) -> np.ndarray:
    """The closing by its definition: the darkest of the lightest of windows around a pixel."""
    rows, columns = grey.shape
    lightest = {}
    for top in range(-reach, rows + reach - window + 1):
        for left in range(-reach, columns + reach - window + 1):
            part = grey[max(0, top) : top + window, max(0, left) : left + window]
            lightest[top, left] = part.max() if part.size else -np.inf
    paper = np.empty_like(grey)
    for row in range(rows):
        for column in range(columns):
            paper[row, column] = min(
                value
                for (top, left), value in lightest.items()
                if top <= row < top + window and left <= column < left + window
            )
    return paper


@pytest.mark.parametrize("window", [3, 5, 7])
def test_paper_is_the_closing(window):
    grey = np.random.default_rng(window).random((9, 12))
    for margin in (window // 2, window):
        # By half a window more, windows reach over all that any pixel is in.
        expected = closed(grey, window, reach=margin)
        np.testing.assert_array_equal(_paper(grey, window, True, margin), expected)
        # Chalk: the same with light and dark exchanged.
        np.testing.assert_allclose(_paper(1 - grey, window, False, margin), 1 - expected)


def test_the_median_is_numpys():
    grey = np.random.default_rng(0).random((7, 9))
    wide = np.pad(grey, 1, mode="edge")
    around = [wide[row : row + 7, column : column + 9] for row in range(3) for column in range(3)]
    np.testing.assert_array_equal(median(grey), np.median(np.stack(around), axis=0))


def plainly(picture: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A picture under even light, prepared step by step."""
    edges = [picture[0], picture[-1], picture[1:-1, 0], picture[1:-1, -1]]
    background = float(np.median(np.concatenate(edges)))
    if background > 0.5:
        picture, background = 1 - picture, 1 - background
    ink = np.clip(picture - background, 0, None)
    content = cropped(ink / float(ink.max()), 0.2)
    if shape == MNIST:
        pixels = as_mnist(content, shape)[0]
    elif (pixels := reduced(content, shape)) is None:
        pixels = as_digits(content, shape)[0]
    return np.clip(pixels, 0, 1).astype(np.float32)


def enlarged(pixels: np.ndarray) -> np.ndarray:
    image = Image.fromarray((255 * pixels).astype(np.uint8))
    return np.asarray(image.resize((160, 160), Image.Resampling.BICUBIC), np.float32) / 255


def clean(number: int) -> dict[str, np.ndarray]:
    """Pictures with nothing to correct, among them such as look like shadows."""
    thick, thin = strokes(number, 1, pen=50), strokes(number, 1, pen=4)
    ink = strokes(number)
    pixels = load_dataset("digits").validation_x[number].reshape(8, 8)
    blocks = np.kron(pixels, np.ones((12, 12), np.float32))
    rows = np.nonzero(ink.max(axis=1))[0]
    return {
        "light on dark": ink,
        "dark on light": 1 - ink,
        "thick": thick,
        "thin": 1 - thin,
        "cut out": 1 - cropped(ink, 0.2),
        "thick, cut out": cropped(thick, 0.2),
        "thin, cut out": 1 - cropped(thin, 0.2),
        "at the edge": np.roll(ink, -rows[0], axis=0),
        "a JPEG": seen(ink, quality=75),
        "blocks": blocks,
        "blocks on grey": 0.3 + 0.5 * blocks,
        "blocks in a margin": 1 - np.pad(blocks, 20),
        "enlarged smoothly": enlarged(pixels),
        "pale": 0.9 - 0.1 * ink,
        "small": drawing(STYLES[number][1], 22, 3, (9, 5), 32),
    }


@pytest.mark.parametrize("shape", [SMALL, MNIST])
@pytest.mark.parametrize("number", range(10))
def test_pictures_under_even_light_stay_as_they_were_bit_for_bit(number, shape):
    for name, picture in clean(number).items():
        prepared = prepare(picture, shape)
        np.testing.assert_array_equal(prepared.pixels, plainly(picture, shape), err_msg=name)
        assert not any("left out" in step or "even" in step for step in prepared.steps), name
        # As solid at the border, or as grey, as shadows are: said, but not changed.
        alike = name in ("thick, cut out", "enlarged smoothly") or (name, number) == ("cut out", 1)
        assert prepared.doubts == () or alike, name


def test_shades_that_cannot_be_told_from_ink_are_doubted(inks):
    """A lamp's spot in the middle, wide or narrow: at the border, all is equally dark."""
    for near, wide, said in (
        (0.2, 0.8, " % of the picture is neither background nor ink"),
        (0.6, 0.2, " % of the picture stands out, with something in the midst of it"),
        (0.7, 0.01, " % of the picture stands out, with something in the midst of it"),
    ):

        def spot(x, y, near=near, wide=wide):
            return 1 - 0.75 * np.clip((np.hypot(x, y) - near) / wide, 0, 1)

        (doubt,) = prepare(seen(inks[7], spot), SMALL).doubts
        assert doubt.endswith(said)
    rows, columns = np.mgrid[:280, :280]
    (doubt,) = prepare(1.0 * (columns + rows / 3 < 180), SMALL).doubts
    assert doubt == "about 48 % of the picture stands out, up to its edge"


def test_a_noisy_picture_is_doubted(inks):
    picture = seen(inks[7], paper=0.6, pen=0.4, noise=0.3)
    prepared = prepare(picture, SMALL)
    assert "noise smoothed away" in prepared.steps
    (doubt,) = prepared.doubts
    assert doubt.startswith("the picture is noisy: ± 2")


def test_the_networks_own_size_is_left_alone_under_any_light():
    picture = seen(strokes(7)[::10, ::10], vignette())
    prepared = prepare(picture, MNIST)
    np.testing.assert_array_equal(prepared.pixels, 1 - picture)
    assert prepared.doubts == ()


@pytest.mark.parametrize("shape", [(1, 50), (50, 1), (2, 2), (3, 1000), (9, 9), (40, 300)])
def test_pictures_of_odd_shapes(shape):
    for kind in range(4):
        rng = np.random.default_rng(kind)
        picture = rng.random(shape).astype(np.float32)
        if kind:
            picture = np.rint(picture * kind).astype(np.float32) / kind
        pixels = prepare(picture, MNIST).pixels
        assert pixels.shape == MNIST and np.isfinite(pixels).all()


@pytest.mark.parametrize("turned", [False, True])
def test_a_slope_of_light_with_nothing_on_it_is_doubted(turned):
    slope = np.tile(np.linspace(0, 1, 40, dtype=np.float32), (50, 1))
    found = prepare(slope.T if turned else slope, (8, 8))
    assert np.isfinite(found.pixels).all() and found.doubts
    ink, _ = evened(slope)
    assert not ink.any()
