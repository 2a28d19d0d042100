"""What the sources share: splitting, and the checks every table of samples needs."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nnfs_core.aside import MANY, aside
from nnfs_core.errors import UserError
from nnfs_core.progress import Look, go_on

SPLIT_SEED = 1797
"""Fixed, so that every run of every experiment holds out the same samples."""

IntArray = NDArray[np.int64]
_Kind = TypeVar("_Kind", bound=np.generic)

VALIDATION_SHARE = 0.2
VALIDATION_NAMES_OF = 5
"""One of so many samples is for validation."""

MAX_CLASSES = 1000
"""More distinct labels than this are measurements or names, not classes."""

MAX_SAMPLES = 2**24
MAX_NUMBERS = 2**30
"""Inputs of all samples together: 4 GiB as the network takes them, twenty times MNIST."""


def check_numbers(samples: int, each: int, where: object) -> None:
    """Refuse data that are more than a network of this program can be trained with.

    Parameters
    ----------
    samples : int
    each : int
        Inputs, or classes, of a sample.
    where : object
        What to name in the error.

    Raises
    ------
    UserError
        Saying how much is possible.
    """
    if samples > MAX_SAMPLES or samples * each > MAX_NUMBERS:
        raise UserError(
            "there is too much data",
            where=where,
            expected=f"at most {MAX_SAMPLES:,} samples and {MAX_NUMBERS:,} numbers",
            found=f"{samples:,} × {each:,}",
        )


def split(samples: int, look: Look = go_on) -> tuple[IntArray, IntArray]:
    """Divide sample numbers at random, but always alike, into two parts.

    Parameters
    ----------
    samples : int
        How many there are.
    look : callable, optional
        Called while the order of very many is drawn.

    Returns
    -------
    train, validation : ndarray of int64
        Sample numbers; a fifth (rounded up) is for validation.
    """
    order = _drawn(samples, look)
    validation = math.ceil(samples * VALIDATION_SHARE)
    return order[validation:], order[:validation]


def split_in_proportion(labels: IntArray, look: Look = go_on) -> tuple[IntArray, IntArray]:
    """Divide sample numbers as :func:`split` does, each class in proportion.

    A fifth of all (rounded up) is for validation: of each class, rounded up or down so that the
    sum is right. A class of a single sample is all learned from, for what is not learned cannot
    be told; with many of them, less than a fifth is for validation.

    Parameters
    ----------
    labels : ndarray of int64, shape (samples,)
        Class numbers.
    look : callable, optional
        Called while the order of very many is drawn.

    Returns
    -------
    train, validation : ndarray of int64
        Sample numbers, both in a random order that is always the same.
    """
    order = _drawn(len(labels), look)
    counts = np.bincount(labels)
    taken = counts // VALIDATION_NAMES_OF
    missing = -(-len(labels) // VALIDATION_NAMES_OF) - int(taken.sum())
    # The largest remainders are rounded up; of equal ones the first class's.
    rest = np.where(counts > 1, counts % VALIDATION_NAMES_OF, 0)
    largest = np.argsort(-rest, kind="stable")[:missing]
    taken[largest] += rest[largest] > 0

    def chosen(_: object = None) -> tuple[IntArray, IntArray]:
        mixed = labels[order].astype(np.int16)  # sorting these is ten times as quick
        by_class = np.argsort(mixed, kind="stable")
        held = np.zeros(len(labels), bool)
        for at, count in zip(np.cumsum(counts) - counts, taken, strict=True):
            held[by_class[at : at + count]] = True
        return order[~held], order[held]

    return chosen() if len(labels) < MANY else aside(chosen, look)


def _drawn(samples: int, look: Look) -> IntArray:
    def drawn(_: object = None) -> IntArray:
        return np.random.default_rng(SPLIT_SEED).permutation(samples)

    return drawn() if samples < MANY else aside(drawn, look)


def square_shape(features: int) -> tuple[int, int] | None:
    """Return the picture's shape if that many pixels make a square of at least 4 × 4."""
    side = math.isqrt(features)
    return (side, side) if side >= 4 and side * side == features else None


def read_only(array: NDArray[_Kind]) -> NDArray[_Kind]:
    """Return the array, which from now on refuses to be written to."""
    array.flags.writeable = False
    return array
