"""Where trained weights meet data: whose columns, whose classes, whose scale, and which samples.

The weights' own, wherever they name them: what a network was given is what it understands.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.datasets import load_dataset, read_samples
from nnfs_core.datasets.base import Dataset, IntArray
from nnfs_core.datasets.doubts import names
from nnfs_core.datasets.prepare import read_only
from nnfs_core.datasets.prepared import divided, prepared
from nnfs_core.datasets.reading import AUTO, OLD_RULES, RULES, Reading
from nnfs_core.datasets.samples import Part, Samples
from nnfs_core.errors import UserError, quoted
from nnfs_core.experiment import Experiment
from nnfs_core.meaning import Meaning
from nnfs_core.progress import Progress, looking
from nnfs_core.run import Fingerprint, Run

PARTS = ("training", "validation", "test", "all")
"""What can be asked for."""

FAR = 1.0
"""How far beyond 0…1 scaled values of other data may lie before it is said."""

NO_SCALE = "the weights name no scale: that of this data is used"

UNKNOWN = -1
"""The class of a sample whose class the network does not know."""


@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """Samples as a network takes them.

    Attributes
    ----------
    name : str
        What the data is called.
    part : str
        Which of its samples these are: one of :data:`PARTS`.
    own : bool
        Whether it is the very data that the network was trained on.
    x : ndarray, shape (samples, inputs)
        In the network's order and scale.
    y : ndarray of int64, shape (samples,)
        The network's number of each sample's class, or :data:`UNKNOWN`.
    classes : tuple of str
        The name of each output.
    unknown : dict of str to int
        Classes that the network does not know, and how many samples have them.
    notes : tuple of str
        What was assumed, not needed or not known, one line each.
    """

    name: str
    part: str
    own: bool
    x: NDArray[Any]
    y: IntArray
    classes: tuple[str, ...]
    unknown: dict[str, int]
    notes: tuple[str, ...]


def meet(
    meaning: Meaning,
    sizes: tuple[int, ...],
    experiment: Experiment | None,
    samples: Samples,
    part: str | None = None,
    *,
    same_name: bool = False,
    image: str = "auto",
    dtype: DTypeLike = np.float32,
    progress: Progress | None = None,
) -> Met:
    """Bring samples into the form that a network was trained with.

    The very data that was trained on, recognised by its fingerprint, is split as it was, and the
    part that was held out is taken. Of any other data every sample is taken; where its source
    sets a test part apart, that.

    Parameters
    ----------
    meaning : Meaning
        Of the network.
    sizes : tuple of int
        Its inputs, and the units of each layer.
    experiment : Experiment or None
        What it was trained by.
    samples : Samples
    part : str, optional
        Which samples instead: one of :data:`PARTS`.
    same_name : bool
        Whether the data is found where the experiment's was: without a fingerprint there is
        nothing else to tell by.
    image : str
        Whether a sample is a picture, where no experiment says.
    dtype : dtype
        Of the network.
    progress : callable, optional
        Called between two pieces of work.

    Raises
    ------
    UserError
        When they do not fit: columns are missing, or there is no such part.
    """
    reading = _reading(meaning, experiment, image)
    own = _own(meaning, samples, reading, same_name, progress)
    if own is not None:
        notes: list[str] = []
        if meaning.data is None:
            notes.append(
                "the weights carry no fingerprint of their data: taken for the data they were "
                "trained on, since it has the same name"
            )
        return _of_own(own, part, dtype, notes)
    return _of_other(meaning, sizes, samples, part, reading, dtype, progress)


def dataset_for(
    meaning: Meaning,
    sizes: tuple[int, ...],
    experiment: Experiment | None,
    samples: Samples,
    *,
    same_name: bool = False,
    reading: Reading | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Make a dataset that trained weights can be trained further on.

    Their own data is what it was. Any other is split as it would be by itself, but scaled as the
    network's was, with its columns and its classes; samples of classes that it does not know are
    left out, which is said.

    Parameters
    ----------
    meaning, sizes, experiment, samples, same_name, progress
        As for :func:`meet`.
    reading : Reading, optional
        How other data is read, instead of as the weights' own was.

    Raises
    ------
    UserError
        When they do not fit.
    """
    how = reading or _reading(meaning, experiment, "auto")
    own = _own(meaning, samples, how, same_name, progress)
    if own is not None:
        return own
    notes: list[str] = []
    columns = _columns(meaning, sizes[0], samples, notes)
    scale, shape, what = meaning.scale, meaning.image_shape, f"Scaling {samples.name}"
    if scale is None:
        notes.append(NO_SCALE)
        by_itself = prepared(samples, how, progress)
        scale, shape = by_itself.scale, shape or by_itself.image_shape
    classes, numbers = _classes(meaning, sizes[-1], samples, notes)
    train, held_out, said = divided(samples, how.rules, progress)
    notes += said
    parts = [(samples.all, train), (samples.all, held_out)]
    if samples.test is not None:
        parts = [(samples.all, train), (samples.test, np.arange(len(samples.test.y)))]
    known = [(one, rows[numbers[one.y[rows]] != UNKNOWN]) for one, rows in parts]
    if lost := sum(len(rows) for _, rows in parts) - sum(len(rows) for _, rows in known):
        there = [name for name, at in zip(samples.classes, numbers, strict=True) if at == UNKNOWN]
        notes.append(
            f"left out {lost:,} samples of class {names(there)}, which the network does not know"
        )
    if not len(known[0][1]):
        raise UserError(
            "none of its classes is known to the network",
            where=samples.name,
            expected=names(list(classes)),
            found=names(list(samples.classes)),
        )
    x = [
        scale.applied(_chosen(one.x, columns), one.where, rows, progress, what, how.dtype)
        for one, rows in known
    ]
    y = [read_only(numbers[one.y[rows]]) for one, rows in known]
    return Dataset(
        samples.name,
        x[0],
        y[0],
        x[1],
        y[1],
        classes,
        shape,
        "validation" if samples.test is None else "test",
        samples.source,
        meaning.inputs or samples.inputs,
        scale,
        tuple(notes),
        how.rules,
        borrowed=True,
    )


def data_of(
    run: Run, spec: str, data_dir: Path | None = None, progress: Progress | None = None
) -> Dataset:
    """Load the data of a saved run as it was read when the run was made.

    Parameters
    ----------
    run : Run
    spec : str
        Where it is now.
    data_dir, progress
        As for :func:`~nnfs_core.datasets.load_dataset`.

    Raises
    ------
    UserError
        When it cannot be loaded. Whether it is that data, ``check_dataset`` says.
    """
    if run.borrowed is None:
        return load_dataset(spec, data_dir, progress, run.reading)
    samples = read_samples(spec, data_dir, progress, run.rules)
    meaning = Meaning(
        run.data.classes, run.borrowed.inputs, run.data.image_shape, run.borrowed.scale
    )
    sizes = (run.data.features, len(run.data.classes))
    return dataset_for(meaning, sizes, None, samples, reading=run.reading, progress=progress)


def _reading(meaning: Meaning, experiment: Experiment | None, image: str) -> Reading:
    """Return how the network's data was read."""
    if experiment is None:
        return Reading(image, rules=meaning.rules or RULES)
    kind = experiment.image if image == AUTO else image
    return Reading(kind, experiment.dtype, meaning.rules or OLD_RULES)


def _own(
    meaning: Meaning,
    samples: Samples,
    reading: Reading,
    same_name: bool,
    progress: Progress | None,
) -> Dataset | None:
    """Return the dataset that the network was trained on, if these are its samples."""
    if meaning.data is None and not same_name:
        return None
    if meaning.data is not None:
        train, held_out, _ = divided(samples, reading.rules, progress)
        counts = len(train), len(held_out) if samples.test is None else len(samples.test.x)
        if counts != (meaning.data.train, meaning.data.validation):
            return None
    try:
        dataset = prepared(samples, reading, progress)
    except UserError:
        return None
    if meaning.data is None:
        return dataset
    look = looking(progress, f"Comparing {samples.name}")
    same = Fingerprint.of(dataset, look).blake2b == meaning.data.blake2b
    return dataset if same and dataset.classes == meaning.data.classes else None


def _of_own(dataset: Dataset, part: str | None, dtype: DTypeLike, notes: list[str]) -> Met:
    there = {
        "training": (dataset.train_x, dataset.train_y),
        dataset.held_out: (dataset.validation_x, dataset.validation_y),
    }
    wanted = part or dataset.held_out
    if part is None and not len(dataset.validation_y):
        raise UserError(
            "all of it was trained on, nothing was held out; --part training measures that",
            where=dataset.name,
        )
    if wanted == "all":
        x = np.concatenate([one[0] for one in there.values()])
        y = np.concatenate([one[1] for one in there.values()])
    else:
        x, y = _part_of(there, wanted, dataset.name)
    if part in ("training", "all"):
        notes.append("the network was trained on these samples: it may know them by heart")
    return Met(
        dataset.name, wanted, True, x.astype(dtype, copy=False), y, dataset.classes, {},
        tuple(notes),
    )  # fmt: skip


def _part_of(there: dict[str, Any], wanted: str, name: str) -> Any:
    if wanted not in there or not len(there[wanted][1]):
        found = [part for part, (_, y) in there.items() if len(y)]
        raise UserError(
            f"there is no {wanted} part",
            where=name,
            expected=", ".join([*found, "all"]),
            found=wanted,
        )
    return there[wanted]


def _of_other(
    meaning: Meaning,
    sizes: tuple[int, ...],
    samples: Samples,
    part: str | None,
    reading: Reading,
    dtype: DTypeLike,
    progress: Progress | None,
) -> Met:
    notes: list[str] = []
    columns = _columns(meaning, sizes[0], samples, notes)
    scale, what = meaning.scale, f"Scaling {samples.name}"
    if scale is None:
        notes.append(NO_SCALE)
        scale = prepared(samples, reading, progress).scale
    classes, numbers = _classes(meaning, sizes[-1], samples, notes)
    taken, wanted = _taken(samples, part, reading, progress)
    x = [
        scale.applied(_chosen(one.x, columns), one.where, rows, progress, what, dtype)
        for one, rows in taken
    ]
    low, high = min(float(one.min()) for one in x), max(float(one.max()) for one in x)
    if low < -FAR or high > 1 + FAR:
        notes.append(
            f"scaled as the network's data was, values reach from {brief(low)} to {brief(high)} rather "
            "than 0 to 1: this may be other data, or written in another unit"
        )
    codes = np.concatenate([one.y if rows is None else one.y[rows] for one, rows in taken])
    y = numbers[codes]
    missing = Counter(codes[y == UNKNOWN].tolist())
    unknown = {samples.classes[code]: missing[code] for code in sorted(missing)}
    if unknown:
        notes.append(
            f"the network does not know class {names(list(unknown))}: "
            f"{sum(unknown.values()):,} samples counted as wrong"
        )
    return Met(
        samples.name,
        wanted,
        False,
        x[0] if len(x) == 1 else np.concatenate(x),
        y,
        classes,
        unknown,
        tuple(notes),
    )


def _taken(
    samples: Samples, part: str | None, reading: Reading, progress: Progress | None
) -> tuple[list[tuple[Part, IntArray | None]], str]:
    """Return which samples are measured, and which part they are."""
    if samples.test is not None:
        there: dict[str, list[tuple[Part, IntArray | None]]] = {
            "training": [(samples.all, None)],
            "test": [(samples.test, None)],
            "all": [(samples.all, None), (samples.test, None)],
        }
        wanted = part or "test"
    else:
        there = {"all": [(samples.all, None)]}
        wanted = part or "all"
        if wanted in ("training", "validation"):
            train, held_out, _ = divided(samples, reading.rules, progress)
            there |= {"training": [(samples.all, train)]}
            there |= {"validation": [(samples.all, held_out)]} if len(held_out) else {}
    if wanted not in there:
        raise UserError(
            f"there is no {wanted} part",
            where=samples.name,
            expected=", ".join(there),
            found=wanted,
        )
    return there[wanted], wanted


def _chosen(x: NDArray[Any], columns: IntArray | None) -> NDArray[Any]:
    return x if columns is None else x.reshape(len(x), -1)[:, columns]


def _columns(meaning: Meaning, inputs: int, samples: Samples, notes: list[str]) -> IntArray | None:
    """Return which columns the network takes, in its order; None for all as they come."""
    there = [name.strip() for name in samples.inputs]
    wanted = [name.strip() for name in meaning.inputs]
    pictures = meaning.image_shape is not None and samples.columns == inputs
    if there and wanted and there != wanted and not (pictures and set(there) != set(wanted)):
        return _by_name(wanted, there, samples, notes)
    if samples.columns != inputs:
        raise UserError(
            "the network takes another number of inputs",
            where=samples.name,
            expected=f"{inputs} columns",
            found=samples.columns,
        )
    if there and not wanted and meaning.image_shape is None:
        notes.append("the weights name no inputs: the columns are taken in the order they have")
    return None


def _by_name(wanted: list[str], there: list[str], samples: Samples, notes: list[str]) -> IntArray:
    where = samples.all.where
    if missing := [name for name in wanted if name not in there]:
        raise UserError(
            f"columns are missing that the network takes: {names(missing)}",
            where=where,
            expected=names(wanted),
            found=names(there),
        )
    for name in wanted:
        if there.count(name) > 1:
            raise UserError(f"two columns are called {quoted(name)}", where=where)
    if spare := [name for name in there if name not in wanted]:
        words = "column" if len(spare) == 1 else "columns"
        notes.append(f"{len(spare)} {words} not needed: {names(spare)}")
    return np.array([there.index(name) for name in wanted])


def _classes(
    meaning: Meaning, outputs: int, samples: Samples, notes: list[str]
) -> tuple[tuple[str, ...], IntArray]:
    """Return the name of each output, and the output of each class of the data."""
    if meaning.classes:
        position = {name.strip(): at for at, name in enumerate(meaning.classes)}
        found = [position.get(name.strip(), UNKNOWN) for name in samples.classes]
        return meaning.classes, np.array(found)
    if len(samples.classes) != outputs:
        raise UserError(
            "the network has another number of classes, and the weights do not name them",
            where=samples.name,
            expected=outputs,
            found=len(samples.classes),
        )
    notes.append("the weights name no classes: those of the data are taken in their order")
    return samples.classes, np.arange(outputs)
