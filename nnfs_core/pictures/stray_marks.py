"""What stands out beside a character: frames, ruled lines, strips at the edge, specks.

Everything is looked at as *shapes*: pixels with ink that touch each other. One that cannot be
the character is left out, and what may be wrong with the rest is said. Of a picture with one
shape, or with shapes that could all be parts of a character, nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.pictures.uneven_light import border

Array = NDArray[Any]

COARSE = 200
"""About so many pixels a side are enough to tell shapes apart."""

MAIN = 0.2
"""A character is at least so high or wide, next to the picture, if anything is left out."""

AROUND, HOLLOW = 0.8, 0.12
"""A frame is at least so wide and high as the picture, and empty but for such a margin."""

EDGE = 0.15
"""What lies on the border, within this share of the side, is a strip or part of a neighbour."""

SPECK, SPECK_SIDE = 0.02, 0.06
"""A speck has less of the area of the largest shape, and less of the picture's side."""

THIN, WHOLE = 0.025, 0.93
"""Ruled lines are thinner, and longer, than these shares of the side."""

RIM, ALIKE = 0.08, 0.2
"""A frame that is the border is at most so wide, next to the side; shades are alike that differ
by less than this share of the contrast."""

COMPARABLE = 0.4
"""Shapes of at least this share of the largest one's height stand side by side."""

MANY = 8
"""From so many shapes on, or so many places where they leave the picture, they are doubted."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """Ink without stray marks.

    Attributes
    ----------
    ink : ndarray, shape (rows, columns)
        The very same array if nothing was left out.
    steps, doubts : tuple of str
        What was left out, and what may be wrong with what is left, in words.
    """

    ink: Array
    steps: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """Pixels that touch each other: how many, and the box around them, ends not included."""

    number: int
    area: int
    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        """Rows of its box."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns of its box."""
        return self.right - self.left

    def joined(self, other: Shape) -> Shape:
        """Return it together with another one."""
        return Shape(
            self.number,
            self.area + other.area,
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
        )

    def on_border(self, rows: int, columns: int) -> bool:
        """Whether it reaches the picture's border."""
        return not (self.top and self.left and self.bottom < rows and self.right < columns)

    def at_edge(self, rows: int, columns: int) -> bool:
        """Whether it lies on the border, and nowhere far from it."""
        deep, wide = EDGE * rows, EDGE * columns
        return self.on_border(rows, columns) and (
            self.bottom <= deep
            or self.top >= rows - deep
            or self.right <= wide
            or self.left >= columns - wide
        )


def tidied(ink: Array, level: float) -> Tidied:
    """Leave out what cannot be part of a character.

    Parameters
    ----------
    ink : ndarray, shape (rows, columns)
        0…1.
    level : float
        From how much ink on a pixel counts.
    """
    factor = max(1, min(ink.shape) // COARSE)
    mask = _blocks(ink > level, factor)
    kept, steps = _without(mask, _frame)
    if (rest := _without_lines(kept)) is not None:
        kept = rest
        steps.append("lines across the whole picture left out")
    kept, more = _without(kept, _stray)
    steps += more
    if kept is not mask:
        gone_blocks = mask & ~kept
        # With the fainter pixels around what is left out, but none of what stays.
        where = _around(gone_blocks) & ~_around(kept) | gone_blocks
        whole = np.kron(where, np.ones((factor, factor), bool))
        ink = np.where(whole[: ink.shape[0], : ink.shape[1]], 0, ink)
        ink = ink / max(float(ink.max()), level)  # what was left out may have been the strongest
    return Tidied(ink, tuple(steps), tuple(_doubts(kept)))


def without_rim(grey: Array) -> tuple[Array, list[str]]:
    """Cut a frame off that is the picture's own border: it is not the background.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns)
        0 black … 1 white.

    Returns
    -------
    grey : ndarray
        The same array if it has none.
    steps : list of str
        What was done, in words.
    """
    side = min(grey.shape)
    deep = round(RIM * side)
    if deep < 1 or side < 3 * deep + 2:
        return grey, []
    inner = grey[deep:-deep, deep:-deep]
    low, high = float(grey.min()), float(grey.max())
    usual, within, rim = (float(np.median(part)) for part in (inner, border(inner), border(grey)))
    alike = ALIKE * (high - low)
    even = min(
        float((np.abs(border(part) - shade) < alike).mean())
        for part, shade in ((grey, rim), (inner, within))
    )
    if abs(rim - usual) < 2 * alike or abs(within - usual) > alike or even < WHOLE:
        return grey, []
    if inner.max() - inner.min() < 2 * alike:
        return grey, []  # a field of one shade, with nothing on it
    cuts = []
    for part in (grey, grey[::-1], grey.T, grey.T[::-1]):
        shades = np.median(part[:deep], axis=1)
        other = np.flatnonzero(np.abs(shades - usual) < alike)
        cuts.append(int(other[0]) if len(other) else deep)
    top, bottom, left, right = cuts
    rows, columns = grey.shape
    return grey[top : rows - bottom, left : columns - right], ["a frame around it left out"]


def _without(mask: Array, why: Callable[[Shape, Shape, Array], str]) -> tuple[Array, list[str]]:
    """Leave shapes out for which there is a reason, and say the reasons."""
    labels, shapes = _shapes(mask)
    if len(shapes) < 2:
        return mask, []
    main = _main(shapes, labels)
    found = {shape.number: why(shape, main, labels) for shape in shapes if shape is not main}
    gone = [number for number, reason in found.items() if reason]
    if not gone:
        return mask, []
    return mask & ~np.isin(labels, gone), sorted({found[number] for number in gone})


def _doubts(mask: Array) -> list[str]:
    _, shapes = _shapes(mask)
    if not shapes:
        return []
    leaving = _leaving(mask)
    if leaving >= MANY:
        return [f"what stands out runs off the picture in {leaving} places"]
    if len(shapes) >= MANY:
        return [f"{len(shapes)} separate shapes stand out, and all are read as one character"]
    ways = ("side by side", "left", "right"), ("one above the other", "top", "bottom")
    for how, first, last in ways:
        boxes = _together(shapes, first, last)
        tall = COMPARABLE * max(box.height for box in boxes)
        heavy = MAIN * max(box.area for box in boxes)
        several = [box for box in boxes if box.height >= tall and box.area >= heavy]
        if how != "side by side":
            # The bars of an = are no characters.
            several = [box for box in several if box.height >= COMPARABLE * box.width]
        if len(several) > 1:
            return [f"{len(several)} shapes stand {how}, and all are read as one character"]
    return []


def _together(shapes: list[Shape], first: str, last: str) -> list[Shape]:
    """Put shapes together that overlap, seen along one axis."""
    groups: list[Shape] = []
    for shape in sorted(shapes, key=lambda shape: int(getattr(shape, first))):
        if groups and getattr(shape, first) <= getattr(groups[-1], last):
            groups[-1] = groups[-1].joined(shape)
        else:
            groups.append(shape)
    return groups


def _main(shapes: list[Shape], labels: Array) -> Shape:
    """Return what is most likely the character: the largest that is no frame nor at the edge."""
    inner = [s for s in shapes if not (s.at_edge(*labels.shape) or _is_frame(s, labels))]
    return max(inner or shapes, key=lambda shape: shape.area)


def _frame(shape: Shape, main: Shape, labels: Array) -> str:
    inside = _is_large(main, labels) and not main.on_border(*labels.shape)
    return "a frame around it left out" if inside and _is_frame(shape, labels) else ""


def _stray(shape: Shape, main: Shape, labels: Array) -> str:
    """Say why a shape is no part of the character; nothing if it may be one."""
    rows, columns = labels.shape
    inside = _is_large(main, labels) and not main.on_border(rows, columns)
    if inside and shape.at_edge(rows, columns):
        return "what lies at the picture's edge left out"
    small = max(shape.height / rows, shape.width / columns) < SPECK_SIDE
    return "specks left out" if small and shape.area < SPECK * main.area else ""


def _is_large(shape: Shape, labels: Array) -> bool:
    rows, columns = labels.shape
    return bool(shape.height >= MAIN * rows or shape.width >= MAIN * columns)


def _is_frame(shape: Shape, labels: Array) -> bool:
    rows, columns = labels.shape
    if shape.height < AROUND * rows or shape.width < AROUND * columns:
        return False
    down, right = round(HOLLOW * shape.height), round(HOLLOW * shape.width)
    inside = labels[
        shape.top + down : shape.bottom - down, shape.left + right : shape.right - right
    ]
    return not bool(np.any(inside == shape.number))


def _without_lines(mask: Array) -> Array | None:
    """Return a mask without ruled lines; None if it has none, or nothing else."""
    across = [_line_rows(mask), _line_rows(mask.T)]
    if not any(len(lines) > 1 for lines in across):
        return None
    rest = mask.copy()
    for part, lines in zip((rest, rest.T), across, strict=True):
        for top, bottom in lines:
            part[top:bottom] = False
    kept = rest.copy()
    for part, found, lines in zip((kept, kept.T), (rest, rest.T), across, strict=True):
        for top, bottom in lines:
            # Strokes go on across a line.
            above = found[max(0, top - 1)] if top else np.zeros(found.shape[1], bool)
            below = found[bottom] if bottom < len(found) else np.zeros(found.shape[1], bool)
            part[top:bottom] |= above | below
    where = np.nonzero(kept)
    if not len(where[0]):
        return None
    # Without its bars an E is no wider than its stem, but the bars are as thick.
    sizes = [float(np.ptp(at)) + 1 for at in where]
    small = all(size < WHOLE * side for size, side in zip(sizes, mask.shape, strict=True))
    return kept if small else None


def _line_rows(mask: Array) -> list[tuple[int, int]]:
    """Return where thin lines reach from the left to the right, as first and last row."""
    rows = len(mask)
    full = np.flatnonzero(mask.mean(axis=1) >= WHOLE)
    lines = []
    for run in np.split(full, np.flatnonzero(np.diff(full) > 1) + 1):
        if len(run) and len(run) <= max(1, THIN * rows):
            top, bottom = int(run[0]), int(run[-1]) + 1
            # With the paler rows beside it.
            if top and mask[top - 1].mean() > 0.5:
                top -= 1
            if bottom < rows and mask[bottom].mean() > 0.5:
                bottom += 1
            lines.append((top, bottom))
    return lines


def _leaving(mask: Array) -> int:
    """Count the places where ink reaches the border."""
    around = np.concatenate([mask[0], mask[1:, -1], mask[-1, -2::-1], mask[-2:0:-1, 0]])
    return int((around & ~np.roll(around, 1)).sum())


def _around(mask: Array) -> Array:
    wide = np.pad(mask, 1)
    rows, columns = mask.shape
    found: Array = np.zeros_like(mask)
    for down in range(3):
        for right in range(3):
            found |= wide[down : down + rows, right : right + columns]
    return found


def _blocks(mask: Array, factor: int) -> Array:
    """Return whether there is anything in each block; the last ones may be smaller."""
    rows, columns = (-(-side // factor) for side in mask.shape)
    whole = np.zeros((rows * factor, columns * factor), bool)
    whole[: mask.shape[0], : mask.shape[1]] = mask
    return np.asarray(whole.reshape(rows, factor, columns, factor).any(axis=(1, 3)))


def _shapes(mask: Array) -> tuple[Array, list[Shape]]:
    """Find the shapes of a mask; corners that touch are enough.

    Returns
    -------
    labels : ndarray of int, shape (rows, columns)
        The number of each pixel's shape, 0 where there is none.
    shapes : list of Shape
    """
    runs: list[tuple[int, int, int]] = []
    parents: list[int] = []

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = run = parents[parents[run]]
        return run

    wide = np.pad(mask, ((0, 0), (1, 1))).astype(np.int8)
    rows, at = np.nonzero(np.diff(wide, axis=1))
    above: list[int] = []
    current: list[int] = []
    last = -1
    for row, start, end in zip(
        rows[::2].tolist(), at[::2].tolist(), at[1::2].tolist(), strict=True
    ):
        if row != last:
            above = current if row == last + 1 else []
            current, last = [], row
        run = len(runs)
        runs.append((row, start, end))
        parents.append(run)
        current.append(run)
        for other in above:
            if runs[other][1] <= end and start <= runs[other][2]:
                parents[root(other)] = root(run)
    labels = np.zeros(mask.shape, np.int32)
    shapes: dict[int, Shape] = {}
    for run, (row, start, end) in enumerate(runs):
        number = root(run) + 1
        labels[row, start:end] = number
        part = Shape(number, end - start, row, row + 1, start, end)
        shapes[number] = shapes[number].joined(part) if number in shapes else part
    return labels, list(shapes.values())
