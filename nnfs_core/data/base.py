"""What every data source gives: a :class:`Dataset`; and how one is written: a :class:`Source`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnfs_core.data.reading import RULES, Reading
from nnfs_core.data.samples import Samples
from nnfs_core.data.scale import Floats, Scale
from nnfs_core.errors import UserError
from nnfs_core.progress import Progress

__all__ = ["Dataset", "Floats", "IntArray", "Progress", "Source"]

IntArray = NDArray[np.int64]
Targets = NDArray[Any]

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
VALIDATION_NAMES = ("validation", "test")

UNSCALED = Scale(0.0, 1.0)
"""Of inputs that are as they were written."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Labelled samples, split once and for all into a training part and a validation part.

    From arrays of one's own it is made by :meth:`from_arrays`.

    Attributes
    ----------
    name : str
        What the data is called on screen: ``"digits"``, or a file's name.
    train_x, validation_x : ndarray of float32 or float64, shape (samples, features)
        Inputs scaled to 0…1, one sample a row, C-contiguous and read-only.
    train_y, validation_y : ndarray of int64 or float64, shape (samples,)
        Class numbers 0 … len(classes) − 1; with regression values, in the data's own units.
        Read-only.
    classes : tuple of str
        The name of each class; empty with regression.
    image_shape : tuple of int, or None
        ``(rows, columns)`` when a sample is a picture.
    validation_name : str
        What the validation part is: ``"validation"``, or ``"test"`` where the
        source itself brings a test set.
    source : str
        Where it came from and under which licence, one line.
    inputs : tuple of str
        The name of each input; empty where they have none.
    scale : Scale
        By which the values that are written in the source became the inputs.
    notes : tuple of str
        What was guessed, left out or looks doubtful, one line each.
    rules : int
        By which rules it was read and split; see :mod:`nnfs_core.data.reading`.
    task : str
        What is to be said of a sample: ``"classification"`` or ``"regression"``; see
        :mod:`nnfs_core.model.tasks`.
    target : str
        With regression, what the number is called.
    target_scale : Scale
        With regression, which values become 0 and 1 for the network: the mean of the training
        part, and a standard deviation more.
    borrowed : bool
        Whether inputs, scale and classes are those of trained weights that met this data, and
        not what the data by itself would have.

    Raises
    ------
    UserError
        When the arrays do not fit each other, a value is not finite, or a label is the number of
        no class.
    """

    name: str
    train_x: Floats
    train_y: Targets
    validation_x: Floats
    validation_y: Targets
    classes: tuple[str, ...]
    image_shape: tuple[int, int] | None
    validation_name: str = "validation"
    source: str = ""
    inputs: tuple[str, ...] = ()
    scale: Scale = UNSCALED
    notes: tuple[str, ...] = ()
    rules: int = RULES
    borrowed: bool = False
    task: str = "classification"
    target: str = ""
    target_scale: Scale = UNSCALED

    def __post_init__(self) -> None:
        parts = (
            ("train", self.train_x, self.train_y),
            (self.validation_name, self.validation_x, self.validation_y),
        )
        for part, x, y in parts:
            _check_part(f"{self.name}, {part}", x, y, self.outputs, self.task)
        columns, pixels = self.features, self.image_shape
        ends = np.size(self.scale.low), np.size(self.scale.high)
        for what, expected, found in (
            (f"{self.validation_name} inputs do not fit", columns, self.validation_x.shape[1]),
            ("there must be a name for each input", columns, len(self.inputs) or columns),
            ("the scale does not fit", columns, max(ends) if max(ends) > 1 else columns),
            (
                "the pictures' shape does not fit",
                columns,
                columns if pixels is None else math.prod(pixels),
            ),
        ):
            if expected != found:
                raise UserError(what, where=self.name, expected=f"{expected} columns", found=found)
        if not self.train_x.size:
            raise UserError("there is nothing to learn from", where=self.name)
        if len(set(self.classes)) < len(self.classes):
            raise UserError("two classes have the same name", where=self.name)
        if self.validation_name not in VALIDATION_NAMES:
            raise UserError(
                "the validation part is called something else",
                where=self.name,
                expected=" or ".join(VALIDATION_NAMES),
                found=self.validation_name,
            )

    @classmethod
    def from_arrays(
        cls,
        x: ArrayLike,
        y: ArrayLike,
        *,
        test: tuple[ArrayLike, ArrayLike] | None = None,
        classes: Sequence[str] | None = None,
        inputs: Sequence[str] = (),
        name: str = "arrays",
        image: str = "auto",
        dtype: str = "float32",
        task: str = "classification",
        target: str = "target",
    ) -> Dataset:
        """Make a dataset of arrays, split and scaled as a file with the same content is.

        Parameters
        ----------
        x : array of numbers, shape (samples, columns) or (samples, rows, columns)
            Pictures where there are three sides.
        y : array, shape (samples,)
            Whole numbers, truth values or words; the classes are the distinct ones, in order,
            and called as they are written. With regression finite numbers, in any unit.
        test : pair of arrays, optional
            What to hold out; without it a fifth of each class is.
        classes : sequence of str, optional
            Names of the classes 0, 1, …; ``y`` then holds their numbers.
        inputs : sequence of str, optional
            Names of the columns.
        name : str
            What the data is called on screen.
        image : str
            Whether a row is a picture: ``"auto"``, ``"none"``, or ``"ROWSxCOLUMNS"``.
        dtype : str
            ``"float32"`` or ``"float64"``.
        task : str
            ``"classification"``, or ``"regression"`` where ``y`` is a number to predict.
        target : str
            With regression, what that number is called.

        Raises
        ------
        UserError
            Saying what cannot be meant: shapes that do not fit, labels that are measurements,
            values that are not finite.
        """
        from nnfs_core.data.arrays import arrays
        from nnfs_core.data.prepared import prepared

        samples = arrays(
            x,
            y,
            test,
            name,
            classes=classes,
            inputs=tuple(map(str, inputs)),
            task=task,
            target=target,
        )
        return prepared(samples, Reading(image, dtype))

    @property
    def outputs(self) -> int:
        """Number of outputs of a network that learns this: one for each class, or one."""
        return len(self.classes) or 1

    @property
    def features(self) -> int:
        """Number of inputs of one sample."""
        return int(self.train_x.shape[1])


def _check_part(where: str, x: NDArray[Any], y: NDArray[Any], classes: int, task: str) -> None:
    if not isinstance(x, np.ndarray) or x.ndim != 2 or x.dtype not in FLOATS:
        raise UserError(
            "inputs have the wrong shape or type",
            where=where,
            expected="an array of float32 or float64, of shape (samples, columns)",
            found=_described(x),
        )
    kinds, numbers = ("f", "float64") if task != "classification" else ("iu", "whole numbers")
    if not isinstance(y, np.ndarray) or y.shape != x.shape[:1] or y.dtype.kind not in kinds:
        raise UserError(
            "labels do not fit the inputs",
            where=where,
            expected=f"an array of {numbers} of shape ({len(x)},)",
            found=_described(y),
        )
    # Both are NaN where one of the values is.
    if x.size and not (np.isfinite(x.min()) and np.isfinite(x.max())):
        raise UserError("an input is not a finite number", where=where)
    if task != "classification":
        if len(y) and not (np.isfinite(y.min()) and np.isfinite(y.max())):
            raise UserError("a number to predict is not finite", where=where)
        return
    if len(y) and not 0 <= (wrong := _farthest(y, classes)) < classes:
        raise UserError(
            "a label is the number of no class",
            where=where,
            expected=f"0 to {classes - 1}",
            found=wrong,
        )


def _described(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    return f"a {type(value).__name__}"


def _farthest(y: NDArray[Any], classes: int) -> int:
    low, high = int(y.min()), int(y.max())
    return low if low < 0 else high


class Source(Protocol):
    """One place data can come from. A module of this package defines one as ``SOURCE``."""

    name: str
    """The word that selects it (``digits``), or the suffix it opens (``.csv``)."""

    summary: str
    """One line for help texts."""

    def matches(self, spec: str) -> bool:
        """Say whether this source is the one for ``spec``, a name or a path."""
        ...

    def read(
        self, spec: str, data_dir: Path | None, progress: Progress | None, rules: int
    ) -> Samples:
        """Read it, calling ``progress`` between two pieces of work, where there is one.

        What it holds is given as it is written there; :func:`~nnfs_core.data.prepared.prepared`
        splits and scales it.

        Raises
        ------
        UserError
            For anything wrong with the data, naming the file and the place.
        """
        ...
