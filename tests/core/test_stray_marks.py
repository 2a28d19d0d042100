"""What stands out beside a character is left out, or said; what may be part of it stays."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.files.trained import Trained
from nnfs_core.pictures.prepare import prepare
from nnfs_core.pictures.stray_marks import _shapes
from nnfs_core.shipped import load_shipped

from .drawn import arc, drawing, line
from .photographed import seen, slope, strokes

SMALL = (8, 8)
ROWS, COLUMNS = np.mgrid[:280, :280]


@pytest.fixture(scope="module")
def shipped() -> Trained:
    return load_shipped("digits")


def boxed(margin: int, width: int) -> np.ndarray:
    near = np.minimum.reduce([ROWS, COLUMNS, 279 - ROWS, 279 - COLUMNS])
    return ((near >= margin) & (near < margin + width)) * 1.0


STRAY = {
    "a frame": (boxed(3, 4), "a frame around it left out"),
    "a frame at the edge": (boxed(0, 5), "a frame around it left out"),
    "a strip": ((COLUMNS >= 262) * 0.9, "what lies at the picture's edge left out"),
    "half a strip": ((ROWS >= 266) * 0.4, "what lies at the picture's edge left out"),
    "a neighbour's end": (
        ((ROWS < 30) & (COLUMNS > 200) & (COLUMNS < 215)) * 1.0,
        "what lies at the picture's edge left out",
    ),
    "specks": (
        ((abs(ROWS - 30) < 2) & (abs(COLUMNS - 25) < 2)) * 1.0,
        "specks left out",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STRAY)
@pytest.mark.parametrize("number", [0, 5, 7])
def test_it_is_as_if_it_were_not_there(name, number):
    marks, said = STRAY[name]
    ink = strokes(number)
    prepared = prepare(1 - np.maximum(ink, marks), SMALL)
    np.testing.assert_array_equal(prepared.pixels, prepare(1 - ink, SMALL).pixels)
    assert said in prepared.steps
    assert prepared.doubts == ()


def test_the_rest_is_measured_by_itself():
    """A black strip beside a pencil's strokes does not make them fainter still."""
    pencil, strip = 0.5 * strokes(5), (COLUMNS >= 262) * 1.0
    prepared = prepare(1 - np.maximum(pencil, strip), SMALL)
    np.testing.assert_allclose(prepared.pixels, prepare(1 - pencil, SMALL).pixels, atol=1e-6)


@pytest.mark.parametrize("dark", [0.35, 0.8])
@pytest.mark.parametrize("squared", [False, True])
def test_digits_are_read_on_lined_paper(shipped, dark, squared):
    lines = (ROWS + 12) % 40 < 3
    if squared:
        lines |= (COLUMNS + 9) % 40 < 3
    for number in (0, 2, 5, 7, 8):
        prepared = prepare(seen(np.maximum(strokes(number), lines * dark)), SMALL)
        assert "lines across the whole picture left out" in prepared.steps
        trace = shipped.network.trace(shipped.parameters, prepared.pixels.ravel())
        assert trace.predicted == number and prepared.doubts == ()


def test_slanted_lines_are_doubted():
    lines = (ROWS + COLUMNS / 5) % 50 < 3
    prepared = prepare(1 - np.maximum(strokes(7), lines), SMALL)
    (doubt,) = prepared.doubts
    assert doubt.startswith("what stands out runs off the picture in ")


WHOLE = {
    "a dot": [line((0.3, 0.3), (0.3, 1)), line((0.3, 0), (0.3, 0.01))],
    "two dots": [line((0.3, 0.2), (0.3, 0.21)), line((0.3, 0.8), (0.3, 0.81))],
    "two bars": [line((0, 0.3), (0.6, 0.3)), line((0, 0.7), (0.6, 0.7))],
    "a bar beside it": [
        line((0.1, 0.05), (0.08, 0.45)),
        arc(0.28, 0.7, 0.33, 0.3, -100, 150),
        line((0.25, 0), (0.6, 0)),
    ],
    "a ring around it": [arc(0.3, 0.5, 0.55, 0.55, 0, 360), line((0.3, 0.3), (0.3, 0.7))],
}


@pytest.mark.parametrize("name", WHOLE)
def test_parts_of_characters_stay(name):
    ink = drawing(WHOLE[name], 170, 16, (90, 50))
    prepared = prepare(ink, SMALL)
    assert prepared.steps[0].startswith("cropped")
    assert prepared.doubts == () or name == "two dots"


def test_several_characters_are_doubted():
    small = [strokes(number, size=90, pen=12) for number in (4, 7)]
    beside = np.maximum(np.roll(small[0], -50, axis=1), np.roll(small[1], 50, axis=1))
    below = np.maximum(np.roll(small[0], -60, axis=0), np.roll(small[1], 60, axis=0))
    rest = "and all are read as one character"
    assert prepare(beside, SMALL).doubts == (f"2 shapes stand side by side, {rest}",)
    assert prepare(below, SMALL).doubts == (f"2 shapes stand one above the other, {rest}",)
    shadowed = prepare(seen(beside, slope(45)), SMALL)
    assert shadowed.doubts == (f"2 shapes stand side by side, {rest}",)
    many = ((ROWS % 60 > 30) & (COLUMNS % 60 > 30)) * 1.0
    assert prepare(np.pad(many, 10), SMALL).doubts == (f"25 separate shapes stand out, {rest}",)


def test_shapes_are_what_a_flood_finds():
    mask = np.random.default_rng(4).random((30, 40)) < 0.35
    labels, shapes = _shapes(mask)
    left = {(int(row), int(column)) for row, column in zip(*np.nonzero(mask), strict=True)}
    found = []
    while left:
        flood, edge = set(), [left.pop()]
        while edge:
            row, column = edge.pop()
            flood.add((row, column))
            near = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)}
            edge += near & left
            left -= near
        found.append(flood)
    assert len(shapes) == len(found)
    for flood in found:
        rows, columns = zip(*flood, strict=True)
        (number,) = {int(labels[at]) for at in flood}
        (shape,) = [shape for shape in shapes if shape.number == number]
        assert shape.area == len(flood) == (labels == number).sum()
        assert (shape.top, shape.bottom) == (min(rows), max(rows) + 1)
        assert (shape.left, shape.right) == (min(columns), max(columns) + 1)
