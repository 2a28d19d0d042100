"""From samples as they are written to a dataset: what is left out, how it is split and scaled.

Everything that decides what the numbers mean happens here, for every source alike, and is told
in :attr:`~nnfs_core.data.base.Dataset.notes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data.base import UNSCALED, Dataset, IntArray
from nnfs_core.data.classes import refuse_measurements
from nnfs_core.data.doubts import FEW, names, numbering_columns, of_classes, of_columns
from nnfs_core.data.pictures import Kind, kind_of
from nnfs_core.data.prepare import (
    check_numbers,
    read_only,
    split,
    split_in_proportion,
    square_shape,
)
from nnfs_core.data.reading import OLD_RULES, Reading
from nnfs_core.data.samples import Part, Samples
from nnfs_core.data.scale import Floats, Scale
from nnfs_core.data.scaling import Extent, column_scale, old_picture_scale, picture_scale
from nnfs_core.errors import UserError, quoted
from nnfs_core.progress import Progress, looking
from nnfs_core.text.numbers import setting


class Understood(NamedTuple):
    """What is made of samples, before any number is scaled.

    ``samples`` are those that are left when columns were left out, ``train`` and ``validation``
    numbers of them; where the source brings a test part, ``validation`` is empty.
    """

    samples: Samples
    train: IntArray
    validation: IntArray
    kind: Kind
    scale: Scale
    notes: tuple[str, ...]


def understood(samples: Samples, reading: Reading, progress: Progress | None = None) -> Understood:
    """Decide what samples mean; see :func:`prepared`."""
    _check(samples)
    old, what = reading.rules == OLD_RULES, f"Scaling {samples.name}"
    notes: list[str] = []
    if not old:
        samples, left = _without_numbering(samples)
        notes += left
    train, validation, said = divided(samples, reading.rules, progress)
    notes += said
    rows = None if samples.test is not None else train

    @cache
    def extent() -> Extent:
        return Extent.of(samples.all.x, rows, progress, what)

    kind = _old_kind(samples, progress) if old else kind_of(samples, reading, extent)
    scale = _scale_of(samples, kind, extent, old, progress)
    if not old:
        notes += [kind.note] if kind.note else []
        if kind.shape is None:
            notes += of_columns(samples, extent().lows, extent().highs)
    if not old and samples.classed:
        test_y = samples.all.y[validation] if samples.test is None else samples.test.y
        notes += of_classes(samples.classes, samples.all.y[train], test_y)
    return Understood(samples, train, validation, kind, scale, tuple(notes))


def prepared(samples: Samples, reading: Reading, progress: Progress | None = None) -> Dataset:
    """Split samples into a training part and a validation part, and scale both.

    Where the source brings a test part, that is validated with; otherwise a fifth is, each class in
    proportion; of fewer than ten samples none. Pictures have one scale, tables one for each
    column, taken from the training part.

    Parameters
    ----------
    samples : Samples
    reading : Reading
        By :data:`~nnfs_core.data.reading.OLD_RULES` as the program did before it had others.
    progress : callable, optional
        Called between two pieces of work.

    Raises
    ------
    UserError
        When there is nothing to be learned from them.
    """
    if samples.labels and reading.rules != OLD_RULES:
        refuse_measurements(samples.classes, len(samples.all.y), samples.labels)
    found = understood(samples, reading, progress)
    samples, every = found.samples, samples.test is not None
    test = samples.test or samples.all
    outputs = len(samples.classes) or 1
    check_numbers(len(found.train), outputs, f"{samples.all.where}, its classes")
    train_y = read_only(samples.all.y if every else samples.all.y[found.train])
    what = f"Scaling {samples.name}"
    dtype = "float32" if reading.rules == OLD_RULES else reading.dtype

    def scaled(part: Part, rows: IntArray) -> Floats:
        chosen = None if every else rows
        return found.scale.applied(part.x, part.where, chosen, progress, what, dtype)

    return Dataset(
        name=samples.name,
        train_x=scaled(samples.all, found.train),
        train_y=train_y,
        validation_x=scaled(test, found.validation),
        validation_y=read_only(test.y if every else test.y[found.validation]),
        classes=samples.classes,
        image_shape=found.kind.shape,
        validation_name="test" if every else "validation",
        source=samples.source,
        inputs=samples.inputs,
        scale=found.scale,
        notes=found.notes,
        rules=reading.rules,
        task=samples.task,
        target=samples.target,
        target_scale=UNSCALED if samples.classed else _target_scale(train_y, samples),
    )


def _target_scale(y: NDArray[Any], samples: Samples) -> Scale:
    """Return the mean of the numbers to predict, and a standard deviation more, as 0 and 1."""
    # Of size 1 at most, so that no square is too large.
    size = float(np.abs(y).max()) or 1.0
    mean, deviation = size * float((y / size).mean()), size * float((y / size).std())
    if not deviation > 1e-12 * size:
        raise UserError(
            "there is nothing to predict",
            where=samples.all.where,
            expected="different numbers to learn from",
            found=f"only {setting(float(y[0]))}",
        )
    return Scale(mean, mean + deviation)


def _check(samples: Samples) -> None:
    """Refuse samples of one class: there is nothing to tell apart."""
    if not samples.classed:
        return
    there = np.flatnonzero(np.bincount(samples.all.y, minlength=len(samples.classes)))
    if len(there) < 2:
        raise UserError(
            "there is nothing to tell apart",
            where=samples.all.where,
            expected="at least 2 different labels to learn from",
            found=f"only {quoted(samples.classes[there[0]])}" if len(there) else "none",
        )


def _without_numbering(samples: Samples) -> tuple[Samples, Iterator[str]]:
    """Leave out the columns that only number the rows, and say which."""
    left = numbering_columns(samples)
    if not left:
        return samples, iter(())
    stay = [at for at in range(samples.columns) if at not in left]
    part = replace(samples.all, x=samples.all.x[:, stay])
    test = None if samples.test is None else replace(samples.test, x=samples.test.x[:, stay])
    called = names([samples.inputs[at] for at in left])
    less = replace(samples, all=part, test=test, inputs=tuple(samples.inputs[at] for at in stay))
    words = "the column" if len(left) == 1 else "the columns"
    return less, iter((f"left out {words} {called}: only the rows are numbered there",))


def divided(
    samples: Samples, rules: int, progress: Progress | None = None
) -> tuple[IntArray, IntArray, list[str]]:
    """Return which samples are learned from, which are validated with, and what to say of it.

    Where the source brings a test part, all others are learned from.
    """
    labels, look = samples.all.y, looking(progress, f"Scaling {samples.name}")
    everything, nothing = np.arange(len(labels)), np.empty(0, np.int64)
    if samples.test is not None:
        return everything, nothing, []
    if not samples.classed and len(labels) >= FEW:
        return *split(len(labels), look), []
    if rules == OLD_RULES or not samples.in_proportion:
        return *split(len(labels), look), []
    if len(labels) < FEW:
        return (
            everything,
            nothing,
            [f"there are only {len(labels)} samples: none is left for validation"],
        )
    return *split_in_proportion(labels, look), []


def _old_kind(samples: Samples, progress: Progress | None) -> Kind:
    """Decide as rules 1 did: as many pixels as make a square of 4×4 or more are a picture."""
    if samples.image_shape is not None:
        return Kind(samples.image_shape)
    shape = square_shape(samples.columns)
    if shape is None:
        return Kind(None)
    extent = Extent.of(samples.all.x, None, progress, f"Scaling {samples.name}")
    return Kind(shape if extent.are_pixels else None)


def _scale_of(
    samples: Samples,
    kind: Kind,
    extent: Callable[[], Extent],
    old: bool,
    progress: Progress | None,
) -> Scale:
    where = samples.all.where
    if kind.shape is None:
        return column_scale(extent(), where)
    if samples.scale is not None:
        return samples.scale
    if not old:
        return picture_scale(extent(), where)
    # The validation part took part in it.
    whole = Extent.of(samples.all.x, None, progress, f"Scaling {samples.name}")
    return old_picture_scale(whole, where)
