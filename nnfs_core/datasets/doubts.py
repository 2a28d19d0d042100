"""What is said of data that can be learned from, but perhaps not as it is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.datasets.samples import Samples
from nnfs_core.errors import VALUE, shortened

FEW = 10
"""Fewer samples than this are all learned from."""

TIMES = 10
"""A class this many times as frequent as another one is pointed out."""

_NUMBERS_ROWS = re.compile(
    r"|#|nr\.?|no\.?|unnamed: ?0|(row|sample)?[ _.-]?(id|index|idx|number|nr|no)|rownames?"
    r"|.+[ _.-](id|index|idx)|.*[a-z]I[dD]",
    re.ASCII,
)
"""Names of columns that number the rows; pandas' first one has none."""

LISTED = 3
"""Names that are written out; the others are counted."""


def names(some: list[str]) -> str:
    """List names of columns or classes, at most a few of them."""
    written = [shortened(name, VALUE) if name else "without a name" for name in some[:LISTED]]
    more = len(some) - LISTED
    return ", ".join(written) + (f" and {more} more" if more > 0 else "")


def numbering_columns(samples: Samples) -> list[int]:
    """Return which columns of a table only number its rows, and so say nothing of a sample.

    Those are called so and hold different whole numbers, or are the first and count up by one
    from row to row, from 0 or 1 on. What is left must have something to learn from.
    """
    x = samples.all.x
    if x.ndim != 2 or len(x) < FEW or not samples.inputs:
        return []
    called = [at for at, name in enumerate(samples.inputs) if _called_a_number(name)]
    found = [at for at in called if _all_different(x[:, at])]
    if 0 not in found and _counts_up(x[:, 0]) and x[0, 0] in (0, 1):
        found.insert(0, 0)
    stay = [at for at in range(x.shape[1]) if at not in found]
    return found if any((x[:, at] != x[0, at]).any() for at in stay) else []


def _called_a_number(name: str) -> bool:
    name = name.strip()
    return bool(_NUMBERS_ROWS.fullmatch(name) or _NUMBERS_ROWS.fullmatch(name.lower()))


def _all_different(column: NDArray[Any]) -> bool:
    if column.dtype.kind == "f" and not (column == column.round()).all():
        return False
    return len(np.unique(column)) == len(column)


def _counts_up(column: NDArray[Any]) -> bool:
    wide = column.astype(np.float64)
    return bool((wide[1:] - wide[:-1] == 1).all())


def of_columns(
    samples: Samples, lows: NDArray[np.float64], highs: NDArray[np.float64]
) -> Iterator[str]:
    """Say which columns of a table are the same throughout, or seem to number its rows.

    Parameters
    ----------
    samples : Samples
        As they are learned from.
    lows, highs : ndarray, shape (columns,)
        Of the training part.
    """
    called = samples.inputs or tuple(str(at + 1) for at in range(samples.columns))
    if same := [called[at] for at in np.flatnonzero(lows == highs)]:
        words = "column is" if len(same) == 1 else "columns are"
        yield f"{len(same)} {words} the same throughout and cannot help: {names(same)}"
    x = samples.all.x
    if len(x) >= FEW and x.ndim == 2:
        first = np.flatnonzero(x[1:3].astype(np.float64)[0] - x[0].astype(np.float64) == 1)
        if counting := [called[at] for at in first if _counts_up(x[:, at])]:
            yield (
                f"{names(counting)} counts up from row to row; if it only numbers them, "
                "leave it out of the file"
            )


def of_classes(
    classes: tuple[str, ...], train: NDArray[np.int64], held_out: NDArray[np.int64]
) -> Iterator[str]:
    """Say which classes are rare, or not learned at all.

    Parameters
    ----------
    classes : tuple of str
    train, held_out : ndarray of int64
        Class numbers of the samples of each part.
    """
    counts = np.bincount(train, minlength=len(classes))
    others = np.bincount(held_out, minlength=len(classes))
    if unseen := [classes[at] for at in np.flatnonzero((counts == 0) & (others > 0))]:
        yield f"only the held-out part has class {names(unseen)}: it cannot be learned"
    if lone := [classes[at] for at in np.flatnonzero((counts == 1) & (others == 0))]:
        yield f"there is a single sample of class {names(lone)}; it is learned from"
    there = np.flatnonzero(counts)
    most, least = there[counts[there].argmax()], there[counts[there].argmin()]
    if counts[most] >= TIMES * counts[least]:
        yield (
            f"class {names([classes[most]])} is {counts[most] / counts[least]:.0f} times as "
            f"frequent as class {names([classes[least]])}: always answering "
            f"{names([classes[most]])} is right for {counts[most] / counts.sum():.0%} of the "
            "training samples".replace("%", " %")
        )
