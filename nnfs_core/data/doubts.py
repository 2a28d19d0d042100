"""What is said of data that can be learned from, but perhaps not as it is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data.samples import Samples
from nnfs_core.errors import VALUE, shortened, visible

FEW = 10
"""Fewer samples than this are all learned from."""

TIMES = 10
"""A class this many times as frequent as another one is pointed out."""

_SOMEBODY = (
    "(passenger|customer|user|patient|student|person|employee|client|member|subject|product|order"
    "|item|image|img|sample|case|record|row|session|transaction)"
)
_NUMBERS_ROWS = re.compile(
    r"(row|sample|record|case|obs)?[ _.-]?(id|index|idx)|.+[ _.-]id|uid|rownames?|#"
    rf"|unnamed: ?0([._][0-9]+)*|{_SOMEBODY}id",
    re.ASCII | re.IGNORECASE,
)
_ENDS_IN_ID = re.compile(r".*[a-z](Id|ID)", re.ASCII)
"""Names of columns that number the rows, where they hold different whole numbers. Words that
merely end so, as ``humid``, are none."""

_MAY_NUMBER_ROWS = re.compile(
    r"(row|sample|record|case|obs|s|sl|serial)?[ _.-]?(nr|no|num|number)\.?|.+[ _.-](index|idx)"
    r"|row|obs|observation|case|record|entry|instance|example|sample|item|key|serial|patient"
    r"|subject|customer|student|passenger|(?-i:X)",
    re.ASCII | re.IGNORECASE,
)
"""The same for the first column, where it holds all numbers from 0 or 1 on; R calls it ``X``."""

LISTED = 3
"""Names that are written out; the others are counted."""


def names(some: list[str]) -> str:
    """List names of columns or classes, at most a few of them, so that they can be shown."""
    written = [shortened(visible(name), VALUE) or "without a name" for name in some[:LISTED]]
    more = len(some) - LISTED
    return ", ".join(written) + (f" and {more} more" if more > 0 else "")


def numbering_columns(samples: Samples) -> list[int]:
    """Return which columns of a table only number its rows, and so say nothing of a sample.

    Those are called so and hold different whole numbers, or come first, may be called so, and
    hold all numbers from 0 or 1 on. What is left must have something to learn from. Any other
    column may measure something: :func:`of_columns` says which count up.
    """
    x = samples.all.x
    if x.ndim != 2 or not samples.inputs:
        return []
    called = [at for at, name in enumerate(samples.inputs) if _called_a_number(name.strip(), at)]
    found = [at for at in called if _all_different(x[:, at])]
    if 0 not in found and _MAY_NUMBER_ROWS.fullmatch(samples.inputs[0].strip()):
        found = [0, *found] if _runs(x[:, 0]) else found
    if not found:
        return []
    stay = (at for at in range(x.shape[1]) if at not in found)
    return found if any((x[:, at] != x[0, at]).any() for at in stay) else []


def _called_a_number(name: str, at: int) -> bool:
    if not name:  # pandas' index comes first
        return at == 0
    return bool(_NUMBERS_ROWS.fullmatch(name) or _ENDS_IN_ID.fullmatch(name))


def _runs(column: NDArray[Any]) -> bool:
    """Say whether there are all numbers from 0 or 1 on, in any order."""
    low, count = column.min(), len(column)
    return (
        count >= FEW
        and low in (0, 1)
        and column.max() == low + count - 1
        and _all_different(column)
    )


def _all_different(column: NDArray[Any]) -> bool:
    if column.dtype.kind == "f" and not (column == column.round()).all():
        return False
    return len(np.unique(column)) == len(column)


def _counts_up(column: NDArray[Any]) -> bool:
    for rows in (column[:FEW], column):  # the few say it of nearly every column
        wide = rows.astype(np.float64)
        if not (wide[1:] - wide[:-1] == 1).all():
            return False
    return True


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
        words = "column has" if len(same) == 1 else "columns have"
        yield (
            f"{len(same)} {words} the same value in every training sample and cannot help: "
            f"{names(same)}"
        )
    x = samples.all.x
    if len(x) >= FEW and x.ndim == 2:
        first = np.flatnonzero(x[1].astype(np.float64) - x[0].astype(np.float64) == 1)
        if counting := [called[at] for at in first if _counts_up(x[:, at])]:
            words = "column {} counts" if len(counting) == 1 else "columns {} count"
            subject = words.replace("{}", names(counting))
            yield (
                f"{subject} up from row to row: what only numbers the rows is better left out of "
                "the file"
            )


def of_classes(
    classes: tuple[str, ...], train: NDArray[np.int64], validation: NDArray[np.int64]
) -> Iterator[str]:
    """Say which classes are rare, or not learned at all.

    Parameters
    ----------
    classes : tuple of str
    train, validation : ndarray of int64
        Class numbers of the samples of each part.
    """
    counts = np.bincount(train, minlength=len(classes))
    others = np.bincount(validation, minlength=len(classes))
    if unseen := [classes[at] for at in np.flatnonzero((counts == 0) & (others > 0))]:
        yield f"only the validation part has class {names(unseen)}: it cannot be learned"
    if nowhere := [classes[at] for at in np.flatnonzero((counts == 0) & (others == 0))]:
        yield f"no sample has class {names(nowhere)}"
    if lone := [classes[at] for at in np.flatnonzero((counts == 1) & (others == 0))]:
        yield f"there is a single sample of class {names(lone)}: it is in the training part"
    there = np.flatnonzero(counts)
    most, least = there[counts[there].argmax()], there[counts[there].argmin()]
    if counts[most] >= TIMES * counts[least]:
        frequent = names([classes[most]])
        yield (
            f"class {frequent} is {counts[most] // counts[least]} times as frequent as class "
            f"{names([classes[least]])}: always answering {frequent} is right for "
            f"{counts[most]:,} of {counts.sum():,} training samples"
        )
