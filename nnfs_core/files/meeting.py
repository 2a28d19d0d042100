"""Where trained weights meet data: whose columns, whose classes, whose scale, and which samples.

The weights' own, wherever they name them: what a network was given is what it understands.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.data import dataset_names, load_dataset, read_samples
from nnfs_core.data.base import Dataset, IntArray
from nnfs_core.data.doubts import names
from nnfs_core.data.prepare import read_only
from nnfs_core.data.prepared import divided, prepared, understood
from nnfs_core.data.reading import AUTO, OLD_RULES, RULES, Reading
from nnfs_core.data.samples import Part, Samples
from nnfs_core.data.scale import Scale
from nnfs_core.errors import UserError, quoted
from nnfs_core.experiment import Experiment
from nnfs_core.files.meaning import Meaning
from nnfs_core.files.trained import Trained, check_fit
from nnfs_core.history.run import Fingerprint, Run
from nnfs_core.progress import Progress, looking
from nnfs_core.text.numbers import brief

PARTS = ("training", "validation", "test", "all")
"""What can be asked for."""

FAR = 1.0
"""How far beyond 0…1 scaled values of other data may lie before it is said."""

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


@dataclass(frozen=True, slots=True)
class Visitor:
    """A trained network that is to meet data.

    Attributes
    ----------
    meaning : Meaning
    sizes : tuple of int
        Its inputs, and the units of each layer.
    experiment : Experiment or None
        What it was trained by.
    dataset : str or None
        The data it was trained on, as its file names it.
    where : object
        Its file, for messages.
    """

    meaning: Meaning
    sizes: tuple[int, ...]
    experiment: Experiment | None = None
    dataset: str | None = None
    where: object = "the weights"

    @classmethod
    def of(cls, trained: Trained, where: object) -> Visitor:
        """Return a trained network that comes from a file."""
        return cls(trained.meaning, trained.sizes, trained.experiment, trained.dataset, where)

    @property
    def is_of_unknown_data(self) -> bool:
        """Whether nothing says what it was trained on."""
        return self.meaning.data is None and self.dataset is None

    @property
    def file(self) -> str | None:
        """The name of the file it was trained on, where there is nothing else to tell it by."""
        named = self.dataset is not None and self.dataset not in dataset_names()
        return Path(str(self.dataset)).name if named and self.meaning.data is None else None

    def reading(self, image: str = AUTO) -> Reading:
        """Return how its data was read, or how data is read for it where nothing says."""
        if self.experiment is None:
            return Reading(image, rules=self.meaning.rules or RULES)
        kind = self.experiment.image if image == AUTO else image
        return Reading(kind, self.experiment.dtype, self.meaning.rules or OLD_RULES)


def meet(
    visitor: Visitor,
    spec: str,
    samples: Samples,
    part: str | None = None,
    *,
    image: str = AUTO,
    dtype: DTypeLike = np.float32,
    progress: Progress | None = None,
) -> Met:
    """Bring samples into the form that a network was trained with.

    The very data that was trained on, recognised by its fingerprint, is split as it was, and the
    validation part is taken. Of any other data every sample is taken; where its source
    sets a test part apart, that. Weights that do not say what they were trained on may have been
    trained on data of the program's own, so of that the validation part is taken; and those that
    name a file, but carry no fingerprint of it, on one that is called alike.

    Parameters
    ----------
    visitor : Visitor
    spec : str
        Where the samples were found: without a fingerprint, their name is all to tell by.
    samples : Samples
    part : str, optional
        Which samples instead: one of :data:`PARTS`.
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
    reading = visitor.reading(image)
    if visitor.meaning.task != "classification" or not samples.classed:
        raise UserError(
            "a network that predicts a number cannot be measured on files yet; nnfs_core.evaluate "
            "measures it on a Dataset",
            where=visitor.where,
        )
    own = _own(visitor, spec, samples, reading, progress)
    if own is not None:
        return _of_own(own, part, dtype, _by_name_alone(visitor, samples))
    bridge = _Bridge.between(visitor, samples, reading, progress)
    notes = [*bridge.notes]
    if visitor.is_of_unknown_data:
        if part is None and samples.test is None and samples.name in dataset_names():
            part = "validation"  # it may well have been trained on these
        taken = f", so {bridge.lends} are taken" if bridge.lends else ""
        notes.insert(0, f"the weights do not say what they were trained on{taken}")
    elif bridge.lends:
        notes.insert(0, f"the weights do not name everything, so {bridge.lends} are taken")
    if part is None and samples.test is None and visitor.file is not None:
        moved = visitor.file == samples.name
        part = "validation" if moved else None
        what = (
            "since it has the same name, what was its validation part then is measured"
            if moved
            else f"this is taken for other data than {visitor.file}, all of it"
        )
        notes.insert(0, f"the weights carry no fingerprint of their data: {what}")
    bridge = replace(bridge, notes=tuple(notes))
    return _of_other(bridge, part, reading, dtype, progress)


def dataset_for(
    visitor: Visitor,
    spec: str,
    samples: Samples,
    *,
    reading: Reading | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Make a dataset that trained weights can be trained further on.

    Their own data is what it was. Any other is split as it would be by itself, but scaled as the
    network's was, with its columns and its classes; samples of classes that it does not know are
    left out, which is said.

    Parameters
    ----------
    visitor, spec, samples, progress
        As for :func:`meet`.
    reading : Reading, optional
        How other data is read, instead of as the weights' own was.

    Raises
    ------
    UserError
        When they do not fit.
    """
    how = reading or visitor.reading()
    own = _own(visitor, spec, samples, how, progress)
    if own is not None:
        return replace(own, notes=(*_by_name_alone(visitor, samples), *own.notes))
    bridge = _Bridge.between(visitor, samples, how, progress)
    if bridge.lends:
        said = f"the weights do not name everything, so {bridge.lends} are taken"
        bridge = replace(bridge, notes=(said, *bridge.notes))
    return _lent(bridge, how, progress)


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
        As for :func:`~nnfs_core.data.load_dataset`.

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
    visitor = Visitor(meaning, (run.data.features, len(run.data.classes)))
    bridge = _Bridge.between(visitor, samples, run.reading, progress)
    return _lent(bridge, run.reading, progress)


def _by_name_alone(visitor: Visitor, samples: Samples) -> list[str]:
    if visitor.meaning.data is not None or samples.name in dataset_names():
        return []
    return [
        "the weights carry no fingerprint of their data: this is taken for it, since it has the "
        "same name"
    ]


def _own(
    visitor: Visitor,
    spec: str,
    samples: Samples,
    reading: Reading,
    progress: Progress | None,
) -> Dataset | None:
    """Return the dataset that the network was trained on, if these are its samples."""
    known = visitor.meaning.data
    if known is None:
        if visitor.dataset is None or visitor.dataset != spec:
            return None
        dataset = prepared(samples, reading, progress)
        check_fit(visitor.where, visitor.sizes, dataset)  # a file may hold something else by now
        return dataset
    train, validation, _ = divided(samples, reading.rules, progress)
    labels = [samples.all.y[train]]
    labels.append(samples.all.y[validation] if samples.test is None else samples.test.y)
    sizes, look = (known.train, known.validation), looking(progress, f"Comparing {samples.name}")

    def by_itself() -> Dataset | None:
        as_many = (len(labels[0]), len(labels[1])) == sizes
        return prepared(samples, reading, progress) if as_many else None

    def lent() -> Dataset | None:  # trained further on data that is not the network's first
        bridge = _Bridge.between(visitor, samples, reading, progress)
        # Samples of classes that the network does not know were left out then.
        counts = [int((bridge.numbers[part] != UNKNOWN).sum()) for part in labels]
        return _lent(bridge, reading, progress) if (counts[0], counts[1]) == sizes else None

    for make in (by_itself, lent):
        try:
            made = make()
        except UserError:
            continue
        if made is not None and Fingerprint.of(made, look).blake2b == known.blake2b:
            return made if made.classes == known.classes else None
    return None


def _of_own(dataset: Dataset, part: str | None, dtype: DTypeLike, notes: list[str]) -> Met:
    there = {
        "training": (dataset.train_x, dataset.train_y),
        dataset.validation_name: (dataset.validation_x, dataset.validation_y),
    }
    wanted = part or dataset.validation_name
    if part is None and not len(dataset.validation_y):
        raise UserError(
            "all of it was trained on, there is no validation part; --part training measures that",
            where=dataset.name,
        )
    if wanted == "all":
        x = np.concatenate([one[0] for one in there.values()])
        y = np.concatenate([one[1] for one in there.values()])
    else:
        x, y = _part_of(there, wanted, dataset.name)
    if part in ("training", "all"):
        notes = [*notes, "the network was trained on these samples: it may know them by heart"]
    x = x.astype(dtype, copy=False)
    notes = [*notes, *dataset.notes] if dataset.borrowed else notes
    return Met(dataset.name, wanted, True, x, y, dataset.classes, {}, tuple(notes))


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


@dataclass(frozen=True, slots=True, eq=False)
class _Bridge:
    """How other data becomes a network's inputs and outputs.

    ``columns`` are those that the network takes, in its order, or None for all as they come;
    ``numbers`` the output of each class of the data, or :data:`UNKNOWN`; ``lends`` says what the
    data gives to a network that does not name it.
    """

    samples: Samples
    columns: IntArray | None
    scale: Scale
    image_shape: tuple[int, int] | None
    inputs: tuple[str, ...]
    classes: tuple[str, ...]
    numbers: IntArray
    notes: tuple[str, ...]
    lends: str

    @classmethod
    def between(
        cls,
        visitor: Visitor,
        samples: Samples,
        reading: Reading,
        progress: Progress | None,
    ) -> _Bridge:
        meaning = visitor.meaning
        notes: list[str] = []
        unnamed: list[str] = []
        scale, shape = meaning.scale, meaning.image_shape
        if scale is None or not (meaning.inputs or shape):
            # What nobody says is as the data is by itself.
            by_itself = understood(samples, reading, progress)
            samples, shape = by_itself.samples, shape or by_itself.kind.shape
            notes += by_itself.notes
            if scale is None:
                scale = by_itself.scale
                unnamed.append("scale")
        if not meaning.inputs and samples.inputs and shape is None:
            unnamed.insert(0, "columns")
        columns = _columns(visitor, samples, notes)
        if not meaning.classes:
            unnamed.append("classes")
        classes, numbers = _classes(visitor, samples)
        listed = " and ".join(", ".join(unnamed).rsplit(", ", 1))
        lends = f"the {listed} of {samples.name}" if unnamed else ""
        inputs = meaning.inputs or samples.inputs
        return cls(samples, columns, scale, shape, inputs, classes, numbers, tuple(notes), lends)

    def x(
        self, part: Part, rows: IntArray | None, dtype: DTypeLike, progress: Progress | None
    ) -> NDArray[Any]:
        values = part.x
        if self.columns is not None:
            values = values.reshape(len(values), -1)[:, self.columns]
        what = f"Scaling {self.samples.name}"
        return self.scale.applied(values, part.where, rows, progress, what, dtype)


def _lent(bridge: _Bridge, reading: Reading, progress: Progress | None) -> Dataset:
    """Make a dataset of other data, without what the network does not know."""
    samples, numbers = bridge.samples, bridge.numbers
    train, validation, said = divided(samples, reading.rules, progress)
    parts = [(samples.all, train), (samples.all, validation)]
    if samples.test is not None:
        parts = [(samples.all, train), (samples.test, np.arange(len(samples.test.y)))]
    known = [(one, rows[numbers[one.y[rows]] != UNKNOWN]) for one, rows in parts]
    notes = [*bridge.notes, *said]
    if lost := sum(len(rows) for _, rows in parts) - sum(len(rows) for _, rows in known):
        there = [name for name, at in zip(samples.classes, numbers, strict=True) if at == UNKNOWN]
        notes.append(
            f"left out {_counted(lost)} of class {names(there)}, which the network does not know"
        )
    if not len(known[0][1]):
        raise UserError(
            "none of its classes is known to the network",
            where=samples.name,
            expected=names(list(bridge.classes)),
            found=names(list(samples.classes)),
        )
    dtype = "float32" if reading.rules == OLD_RULES else reading.dtype
    x = [bridge.x(one, rows, dtype, progress) for one, rows in known]
    y = [read_only(numbers[one.y[rows]]) for one, rows in known]
    return Dataset(
        samples.name,
        x[0],
        y[0],
        x[1],
        y[1],
        bridge.classes,
        bridge.image_shape,
        "validation" if samples.test is None else "test",
        samples.source,
        bridge.inputs,
        bridge.scale,
        tuple(notes),
        reading.rules,
        borrowed=True,
    )


def _counted(samples: int) -> str:
    return f"{samples:,} sample{'' if samples == 1 else 's'}"


def _of_other(
    bridge: _Bridge,
    part: str | None,
    reading: Reading,
    dtype: DTypeLike,
    progress: Progress | None,
) -> Met:
    samples, notes = bridge.samples, list(bridge.notes)
    taken, wanted = _taken(samples, part, reading, progress)
    x = [bridge.x(one, rows, dtype, progress) for one, rows in taken]
    low, high = min(float(one.min()) for one in x), max(float(one.max()) for one in x)
    if low < -FAR or high > 1 + FAR:
        notes.append(
            f"scaled as the network's data was, values reach from {brief(low)} to {brief(high)}, "
            "not from 0 to 1: this may be other data, or written in another unit"
        )
    codes = np.concatenate([one.y if rows is None else one.y[rows] for one, rows in taken])
    y = bridge.numbers[codes]
    missing = Counter(codes[y == UNKNOWN].tolist())
    unknown = {samples.classes[code]: missing[code] for code in sorted(missing)}
    if unknown:
        notes.append(
            f"the network does not know class {names(list(unknown))}: "
            f"{_counted(sum(unknown.values()))} counted as wrong"
        )
    return Met(
        samples.name,
        wanted,
        False,
        x[0] if len(x) == 1 else np.concatenate(x),
        y,
        bridge.classes,
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
            train, validation, _ = divided(samples, reading.rules, progress)
            there |= {"training": [(samples.all, train)]}
            there |= {"validation": [(samples.all, validation)]} if len(validation) else {}
    if wanted not in there:
        raise UserError(
            f"there is no {wanted} part",
            where=samples.name,
            expected=", ".join(there),
            found=wanted,
        )
    return there[wanted], wanted


def _columns(visitor: Visitor, samples: Samples, notes: list[str]) -> IntArray | None:
    """Return which columns the network takes, in its order; None for all as they come."""
    meaning, inputs = visitor.meaning, visitor.sizes[0]
    there = [name.strip() for name in samples.inputs]
    wanted = [name.strip() for name in meaning.inputs]
    shape = meaning.image_shape
    pictures = shape is not None and samples.columns == inputs
    if there and wanted and there != wanted and not (pictures and set(there) != set(wanted)):
        return _by_name(wanted, there, samples, notes)
    if samples.columns != inputs:
        raise UserError(
            f"W1 does not fit {samples.name}",
            where=visitor.where,
            expected=f"{samples.columns} inputs",
            found=inputs,
        )
    if shape is not None and samples.image_shape not in (None, shape):
        rows, columns = samples.image_shape or shape
        raise UserError(
            "its pictures have another shape than those of the weights",
            where=samples.all.where,
            expected=f"{shape[0]}×{shape[1]}",
            found=f"{rows}×{columns}",
        )
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


def _classes(visitor: Visitor, samples: Samples) -> tuple[tuple[str, ...], IntArray]:
    """Return the name of each output, and the output of each class of the data."""
    known, outputs = visitor.meaning.classes, visitor.sizes[-1]
    if known:
        position = {name.strip(): at for at, name in enumerate(known)}
        position |= {name: at for at, name in enumerate(known)}
        found = [
            position.get(name, position.get(name.strip(), UNKNOWN)) for name in samples.classes
        ]
        return known, np.array(found)
    if len(samples.classes) != outputs:
        raise UserError(
            f"W{len(visitor.sizes) - 1} does not fit {samples.name}",
            where=visitor.where,
            expected=f"{len(samples.classes)} classes",
            found=outputs,
        )
    return samples.classes, np.arange(outputs)
