"""Samples and labels that come as arrays: what they may be, and what their classes are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnfs_core.data.classes import sorted_classes, too_many
from nnfs_core.data.prepare import MAX_CLASSES, IntArray, check_numbers, read_only
from nnfs_core.data.reading import OLD_RULES, RULES
from nnfs_core.data.samples import Part, Samples
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
    rules: int = RULES,
    task: str = "classification",
    target: str = "target",
) -> Samples:
    """Return the samples that arrays make.

    Parameters
    ----------
    x, y, test, name, classes, inputs
        As for :meth:`~nnfs_core.data.base.Dataset.from_arrays`.
    where : str, optional
        What they come from, for messages; by default ``name``.
    keys : tuple of str
        What each array is called there.
    source : str
        As for :class:`~nnfs_core.data.base.Dataset`.
    rules : int
        By which classes are named.
    task, target : str
        As for :class:`~nnfs_core.data.base.Dataset`.

    Raises
    ------
    UserError
        When something about them cannot be meant.
    """
    where = where or name
    places = [f"{where}, {key}" for key in keys]
    train_x = sample_array(_array(x, places[0]), places[0])
    classed = task == "classification"
    of_y = label_array if classed else value_array
    train_y = of_y(_array(y, places[1]), len(train_x), places[1])
    columns = int(np.prod(train_x.shape[1:]))
    if inputs and len(inputs) != columns:
        raise UserError(
            "there must be a name for each column",
            where=where,
            expected=f"{columns} names",
            found=len(inputs),
        )
    test_x = test_y = None
    if test is not None:
        if not isinstance(test, tuple | list) or len(test) != 2:
            raise UserError(
                "the test part must be a pair", where=where, expected="samples and their labels"
            )
        test_x = sample_array(_array(test[0], places[2]), places[2])
        if test_x.shape[1:] != train_x.shape[1:]:
            raise UserError(
                f"{keys[2]} does not fit {keys[0]}",
                where=where,
                expected=train_x.shape[1:],
                found=test_x.shape[1:],
            )
        test_y = of_y(_array(test[1], places[3]), len(test_x), places[3])
    if not classed:
        codes = np.concatenate([train_y, *([] if test_y is None else [test_y])])
        names: tuple[str, ...] = ()
    else:
        codes, names = _named(train_y, test_y, classes, places[1])
    parts = Part(train_x, codes[: len(train_x)], places[0])
    held = None if test_x is None else Part(test_x, codes[len(train_x) :], places[2])
    shape = train_x.shape[1:]
    samples = Samples(
        name,
        source,
        parts,
        held,
        names,
        inputs,
        image_shape=(shape[0], shape[1]) if len(shape) == 2 else None,
        labels="" if classes is not None or not classed else places[1],
        task=task,
        target="" if classed else target.strip() or "target",
    )
    return as_rules_1(samples) if rules == OLD_RULES else samples


def _array(values: ArrayLike, where: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except (TypeError, ValueError) as error:
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


def value_array(values: NDArray[Any], samples: int, where: object) -> NDArray[Any]:
    """Return numbers to predict, one for each sample, as float64.

    Raises
    ------
    UserError
        When they are not as many, or not all of them finite numbers.
    """
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.dtype.kind not in "iuf":
        raise UserError(
            "what is to be predicted must be numbers",
            where=where,
            expected="numbers, or task='classification'",
            found=values.dtype,
        )
    if values.shape != (samples,):
        raise UserError(
            "there must be one number for each sample",
            where=where,
            expected=f"shape ({samples},)",
            found=values.shape,
        )
    if not np.isfinite(values).all():
        raise UserError(
            "a number to predict is missing, or not finite",
            where=where,
            expected="finite numbers",
            found=values[~np.isfinite(values)][0],
        )
    return read_only(values.astype(np.float64))


def label_array(labels: NDArray[Any], samples: int, where: object) -> NDArray[Any]:
    """Return labels, one for each sample: int64 where they are whole, other numbers, or words.

    Raises
    ------
    UserError
        When they are not as many, or neither numbers, truth values nor words.
    """
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    labels = _objects(labels)
    if labels.dtype.kind not in "biufSUT":
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
        if not np.isfinite(labels).all():
            raise UserError(
                "a label is missing, or not finite",
                where=where,
                expected="whole numbers or words",
                found=labels[~np.isfinite(labels)][0],
            )
        with np.errstate(invalid="ignore"):
            whole = labels.astype(np.int64)
        return whole if np.array_equal(whole, labels) else labels
    if labels.dtype.kind == "b":
        return np.where(labels, "true", "false")
    if labels.dtype.kind in "iu":
        large = labels.dtype.kind == "u" and labels.max() > np.iinfo(np.int64).max
        return labels.astype(np.str_ if large else np.int64)
    return _words(labels, where)


def _objects(labels: NDArray[Any]) -> NDArray[Any]:
    """Return what pandas has as objects, words mostly, as an array of one kind."""
    if labels.dtype.kind != "O":
        return labels
    kinds = {type(label) for label in labels.ravel()}
    may_be: tuple[tuple[type, ...], ...] = ((str,), (bool, np.bool_), (int, np.integer))
    alike = any(all(issubclass(kind, one) for kind in kinds) for one in may_be)
    return np.array(labels.tolist()) if alike else labels


def _words(labels: NDArray[Any], where: object) -> NDArray[Any]:
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "backslashreplace")
    labels = np.char.strip(labels.astype(np.str_))
    if (labels == "").any():
        raise UserError("a label is missing", where=where, expected="a word")
    return labels


def _named(
    train: NDArray[Any],
    test: NDArray[Any] | None,
    names: Sequence[str] | None,
    where: str,
) -> tuple[IntArray, tuple[str, ...]]:
    """Return the class of each sample, and what the classes are called."""
    labels = train
    if test is not None:
        if (kinds := {train.dtype.kind, test.dtype.kind}) == {"i", "f"}:  # 1 is 1.0 then
            train, test = (part.astype(np.float64) for part in (train, test))
        elif len(kinds) > 1:
            train, test = (part.astype(np.str_) for part in (train, test))
        labels = np.concatenate([train, test])
    if labels.dtype.kind == "f":
        labels = labels.astype(np.str_)
    if names is not None:
        return _numbers_of(labels, names, where)
    if labels.dtype.kind == "i" and labels.min() >= 0 and labels.max() < MAX_CLASSES:
        # Much quicker than sorting, and it does not load a library for masks.
        found: NDArray[Any] = np.flatnonzero(np.bincount(labels))
        numbers = np.empty(MAX_CLASSES, np.int64)
        numbers[found] = np.arange(len(found))
        numbers = numbers[labels]
    else:
        found, numbers = np.unique(labels, return_inverse=True)
    words = [str(label) for label in found[: MAX_CLASSES + 1].tolist()]
    if len(found) > MAX_CLASSES:
        raise too_many(words, where)
    classes, position = sorted_classes(words)
    return read_only(position[numbers.reshape(-1)]), classes


def _numbers_of(
    labels: NDArray[Any], given: Sequence[str], where: str
) -> tuple[IntArray, tuple[str, ...]]:
    names = () if isinstance(given, str) else tuple(map(str, given))
    if len(names) < 2:
        raise UserError(
            "the classes must have a name each",
            where=where,
            expected="at least 2 names",
            found=quoted(given) if isinstance(given, str) else len(names),
        )
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UserError("two classes have the same name", where=where, found=quoted(twice))
    if labels.dtype.kind != "i":
        raise UserError(
            "labels must be the numbers of the classes that are named",
            where=where,
            expected=f"whole numbers from 0 to {len(names) - 1}",
            found=quoted(str(labels[0])),
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
            found=quoted(samples.classes[0 if numbers.min() < 0 else -1]),
        )
    test = samples.test
    return replace(
        samples,
        all=replace(samples.all, y=read_only(numbers[samples.all.y])),
        test=None if test is None else replace(test, y=read_only(numbers[test.y])),
        classes=tuple(map(str, range(int(numbers.max()) + 1))),
    )
