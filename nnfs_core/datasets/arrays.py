"""Samples and labels that come as arrays: what they may be, and what their classes are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnfs_core.datasets.prepare import MAX_CLASSES, IntArray, check_numbers, read_only
from nnfs_core.datasets.samples import Part, Samples
from nnfs_core.errors import UserError, quoted


def arrays(
    x: ArrayLike,
    y: ArrayLike,
    test: tuple[ArrayLike, ArrayLike] | None,
    name: str,
    *,
    where: str | None = None,
    keys: tuple[str, str, str, str] = ("x", "y", "test x", "test y"),
    classes: Sequence[str] | None = None,
    inputs: tuple[str, ...] = (),
    source: str = "arrays",
) -> Samples:
    """Return the samples that arrays make.

    Parameters
    ----------
    x, y, test, name, classes, inputs
        As for :meth:`~nnfs_core.datasets.base.Dataset.from_arrays`.
    where : str, optional
        What they come from, for messages; by default ``name``.
    keys : tuple of str
        What each array is called there.
    source : str
        As for :class:`~nnfs_core.datasets.base.Dataset`.

    Raises
    ------
    UserError
        When something about them cannot be meant.
    """
    where = where or name
    places = [f"{where}, {key}" for key in keys]
    train_x = sample_array(_array(x, places[0]), places[0])
    train_y = label_array(_array(y, places[1]), len(train_x), places[1])
    test_x = test_y = None
    if test is not None:
        test_x = sample_array(_array(test[0], places[2]), places[2])
        if test_x.shape[1:] != train_x.shape[1:]:
            raise UserError(
                f"{keys[2]} does not fit {keys[0]}",
                where=where,
                expected=train_x.shape[1:],
                found=test_x.shape[1:],
            )
        test_y = label_array(_array(test[1], places[3]), len(test_x), places[3])
    codes, names = _named(train_y, test_y, classes, places[1])
    parts = Part(train_x, codes[: len(train_x)], places[0])
    held = None if test_x is None else Part(test_x, codes[len(train_x) :], places[2])
    shape = train_x.shape[1:]
    return Samples(
        name,
        source,
        parts,
        held,
        names,
        inputs,
        image_shape=(shape[0], shape[1]) if len(shape) == 2 else None,
    )


def _array(values: ArrayLike, where: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError as error:
        raise UserError(f"is not an array: {error}", where=where) from None


def sample_array(x: NDArray[Any], where: str) -> NDArray[Any]:
    """Return samples of shape (n, rows, columns) or (n, columns).

    Raises
    ------
    UserError
        When they are not numbers of such a shape.
    """
    if x.dtype.kind not in "biuf":
        raise UserError("holds no numbers", where=where, expected="numbers", found=x.dtype)
    if x.ndim == 4 and x.shape[3] == 1:
        x = x[..., 0]
    if x.ndim not in {2, 3}:
        raise UserError(
            "has the wrong shape",
            where=where,
            expected="(samples, rows, columns) or (samples, features)",
            found=x.shape,
        )
    if 0 in x.shape:
        raise UserError("is empty", where=where, expected="samples", found=x.shape)
    check_numbers(len(x), int(np.prod(x.shape[1:])), where)
    return x.view(np.uint8) if x.dtype.kind == "b" else x


def label_array(labels: NDArray[Any], samples: int, where: object) -> NDArray[Any]:
    """Return labels, one for each sample.

    Raises
    ------
    UserError
        When they are not as many, or neither whole numbers, truth values nor words.
    """
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind not in "biufSU":
        raise UserError(
            "labels must be whole numbers or words",
            where=where,
            expected="integers",
            found=labels.dtype,
        )
    if labels.shape != (samples,):
        raise UserError(
            "there must be one label for each sample",
            where=where,
            expected=f"shape ({samples},)",
            found=labels.shape,
        )
    if labels.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            whole = labels.astype(np.int64)
        if not np.array_equal(whole, labels):
            wrong = labels[whole != labels][0]
            raise UserError(
                "the labels are measurements, so there is a number to predict rather than a "
                "class; that is not possible yet",
                where=where,
                expected="whole numbers or words",
                found=wrong,
            )
        return whole
    return labels


def _named(
    train: NDArray[Any],
    test: NDArray[Any] | None,
    names: Sequence[str] | None,
    where: str,
) -> tuple[IntArray, tuple[str, ...]]:
    """Return the class of each sample, and what the classes are called."""
    labels = train if test is None else np.concatenate([train, test])
    if names is not None:
        return _numbers_of(labels, tuple(map(str, names)), where)
    if labels.dtype.kind == "u":
        labels = labels.astype(np.int64)
    if labels.dtype.kind == "i" and labels.min() >= 0 and labels.max() < MAX_CLASSES:
        # Much quicker than sorting, and it does not load a library for masks.
        there = np.flatnonzero(np.bincount(labels))
        codes = np.empty(MAX_CLASSES, np.int64)
        codes[there] = np.arange(len(there))
        found, numbers = there, codes[labels]
    else:
        found, numbers = np.unique(labels, return_inverse=True)
    if len(found) > MAX_CLASSES:
        raise UserError(
            "there are too many different labels",
            where=where,
            expected=f"at most {MAX_CLASSES}",
            found=len(found),
        )
    words: tuple[str, ...]
    if labels.dtype.kind == "b":
        words = tuple("true" if label else "false" for label in found)
    elif labels.dtype.kind == "S":
        letters: list[Any] = found.tolist()
        words = tuple(label.decode("utf-8", "backslashreplace") for label in letters)
    else:
        words = tuple(str(label) for label in found.tolist())
    return read_only(numbers.reshape(-1).astype(np.int64)), words


def _numbers_of(
    labels: NDArray[Any], names: tuple[str, ...], where: str
) -> tuple[IntArray, tuple[str, ...]]:
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UserError("two classes have the same name", where=where, found=quoted(twice))
    if labels.dtype.kind not in "iu":
        raise UserError(
            "labels must be the numbers of the classes that are named",
            where=where,
            expected="integers",
            found=labels.dtype,
        )
    for end in (int(labels.min()), int(labels.max())):
        if not 0 <= end < len(names):
            raise UserError(
                "a label is the number of no class",
                where=where,
                expected=f"0 to {len(names) - 1}",
                found=end,
            )
    return read_only(labels.astype(np.int64)), names


def as_rules_1(samples: Samples) -> Samples:
    """Name classes as rules 1 did: 0, 1, … up to the largest label, also those that are not there.

    Raises
    ------
    UserError
        When a label is negative or a word, which rules 1 refused.
    """
    try:
        numbers = np.array([int(name) for name in samples.classes])
    except ValueError:
        numbers = np.array([-1])
    if numbers.min() < 0 or numbers.max() >= MAX_CLASSES:
        raise UserError(
            "a label is out of range",
            where=samples.all.where,
            expected=f"0 to {MAX_CLASSES - 1}",
            found=quoted(samples.classes[0]),
        )
    test = samples.test
    return replace(
        samples,
        all=replace(samples.all, y=read_only(numbers[samples.all.y])),
        test=None if test is None else replace(test, y=read_only(numbers[test.y])),
        classes=tuple(map(str, range(int(numbers.max()) + 1))),
    )
