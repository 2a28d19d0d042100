"""What the sources share: splitting, and the checks every table of samples needs."""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nnfs_core.aside import MANY, aside
from nnfs_core.datasets.base import IntArray
from nnfs_core.errors import UserError
from nnfs_core.progress import Look, go_on

SPLIT_SEED = 1797
"""Fixed, so that every run of every experiment holds out the same samples."""

_Kind = TypeVar("_Kind", bound=np.generic)

HELD_OUT_SHARE = 0.2

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
    train, held_out : ndarray of int64
        Sample numbers; a fifth (rounded up) is held out.
    """

    def drawn(_: object = None) -> IntArray:
        return np.random.default_rng(SPLIT_SEED).permutation(samples)

    order = drawn() if samples < MANY else aside(drawn, look)
    held_out = math.ceil(samples * HELD_OUT_SHARE)
    return order[held_out:], order[:held_out]


def class_numbers(labels: NDArray[Any], samples: int, where: object) -> IntArray:
    """Return labels as class numbers, one for each sample, read-only.

    Parameters
    ----------
    labels : ndarray of integers, shape (samples,) or (samples, 1)
        As read.
    samples : int
        How many there must be.
    where : object
        What to name in errors.

    Raises
    ------
    UserError
        When they are not whole numbers from 0 to ``MAX_CLASSES`` − 1, or not as
        many as samples.
    """
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind not in "iu":
        raise UserError(
            "labels must be whole numbers", where=where, expected="integers", found=labels.dtype
        )
    if labels.shape != (samples,):
        raise UserError(
            "there must be one label for each sample",
            where=where,
            expected=f"shape ({samples},)",
            found=labels.shape,
        )
    for end in (int(labels.min()), int(labels.max())):
        if not 0 <= end < MAX_CLASSES:
            raise UserError(
                "a label is out of range",
                where=where,
                expected=f"0 to {MAX_CLASSES - 1}",
                found=end,
            )
    return read_only(labels.astype(np.int64))


def class_names(train_y: IntArray, held_out_y: IntArray, where: object) -> tuple[str, ...]:
    """Return ``"0"``, ``"1"``, … up to the largest label.

    Raises
    ------
    UserError
        When the training part has fewer than two classes.
    """
    # Labels are small and not negative here, and unique() would load a library for masks.
    distinct = int(np.count_nonzero(np.bincount(train_y)))
    if distinct < 2:
        raise UserError(
            "there is nothing to tell apart",
            where=where,
            expected="at least 2 classes in the training part",
            found=distinct,
        )
    largest = max(int(train_y.max()), int(held_out_y.max()))
    check_numbers(len(train_y), largest + 1, f"{where}, its classes")
    return tuple(str(number) for number in range(largest + 1))


def square_shape(features: int) -> tuple[int, int] | None:
    """Return the picture's shape if that many pixels make a square of at least 4 × 4."""
    side = math.isqrt(features)
    return (side, side) if side >= 4 and side * side == features else None


def read_only(array: NDArray[_Kind]) -> NDArray[_Kind]:
    """Return the array, which from now on refuses to be written to."""
    array.flags.writeable = False
    return array
