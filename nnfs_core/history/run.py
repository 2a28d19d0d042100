"""A run as a whole: its experiment, its branches, where each stands, and the data it saw."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from pydantic import Field

from nnfs_core import __version__
from nnfs_core.data.base import Dataset
from nnfs_core.data.reading import RULES, Reading
from nnfs_core.data.scale import Scale
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.progress import Look, go_on, pieces
from nnfs_core.training.trainer import TrainState

Count = Annotated[int, Field(ge=1, le=2**48)]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a dataset is recognised by, wherever it is kept.

    Attributes
    ----------
    name : str
        What it was called; it may be called something else elsewhere.
    features, train : int
        Inputs of a sample; samples of the training part.
    validation : int
        Samples of the validation part.
    classes : tuple of str
        Empty where a number is to be predicted.
    image_shape : tuple of int, or None
    blake2b : str
        Of shape and bytes of all inputs and labels, 32 bytes in hexadecimal; see docs/run-file.md.
    task, target : str
        What is to be said of a sample; see :class:`~nnfs_core.data.base.Dataset`.
    """

    name: str
    features: Count
    train: Count
    validation: Annotated[int, Field(ge=0, le=2**48)]
    classes: tuple[str, ...]
    image_shape: tuple[Count, Count] | None
    blake2b: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    task: str = "classification"
    target: str = ""

    def __post_init__(self) -> None:
        if self.task == "classification" and not self.classes:
            raise ValueError("classes: there must be one at least")

    @classmethod
    def of(cls, dataset: Dataset, look: Look = go_on) -> Self:
        """Take a dataset's fingerprint. It reads all of the data: about 0.5 GB a second.

        Parameters
        ----------
        dataset : Dataset
        look : callable
            Called every few milliseconds; what it raises gives this up.
        """
        return cls(
            dataset.name,
            dataset.features,
            len(dataset.train_x),
            len(dataset.validation_x),
            dataset.classes,
            dataset.image_shape,
            _digest(dataset, look),
            dataset.task,
            dataset.target,
        )

    @property
    def outputs(self) -> int:
        """Number of outputs of a network that learns the data."""
        return len(self.classes) or 1

    def check(self, dataset: Dataset, look: Look = go_on) -> None:
        """Make sure that a dataset is the one this was taken of.

        Parameters
        ----------
        dataset : Dataset
        look : callable
            As for :meth:`of`.

        Raises
        ------
        UserError
            Naming the first thing in which they differ.
        """
        pairs = {
            "number of inputs": (self.features, dataset.features),
            "number of training samples": (self.train, len(dataset.train_x)),
            f"number of {dataset.validation_name} samples": (
                self.validation,
                len(dataset.validation_x),
            ),
            "task": (self.task, dataset.task),
            "list of classes": (_listed(self.classes), _listed(dataset.classes)),
            "shape of pictures": (self.image_shape or "none", dataset.image_shape or "none"),
        }
        for what, (expected, found) in pairs.items():
            if expected != found:
                raise UserError(
                    f"is not the data of the run: the {what} differs",
                    where=dataset.name,
                    expected=expected,
                    found=found,
                )
        if (found := _digest(dataset, look)) != self.blake2b:
            raise UserError(
                "is not the data of the run: it has the same shape but other numbers",
                where=dataset.name,
                expected=f"BLAKE2b {self.blake2b[:12]}…",
                found=f"{found[:12]}…",
            )


def _listed(names: tuple[str, ...]) -> str:
    text = ", ".join(names)
    return text if len(text) <= 80 else f"{len(names)}: {text[:70]}…"


def _digest(dataset: Dataset, look: Look) -> str:
    digest = hashlib.blake2b(digest_size=32)
    for array, kind in (
        (dataset.train_x, dataset.train_x.dtype.newbyteorder("<")),
        (dataset.train_y, "<f8" if dataset.task != "classification" else "<i8"),
        (dataset.validation_x, dataset.validation_x.dtype.newbyteorder("<")),
        (dataset.validation_y, "<f8" if dataset.task != "classification" else "<i8"),
    ):
        digest.update(f"{array.shape}".encode())
        for piece in pieces(len(array), array[:1].nbytes):
            look()
            digest.update(np.ascontiguousarray(array[piece], kind).data)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Borrowed:
    """What of a run's data is that of weights that met it; see :mod:`nnfs_core.files.meeting`.

    Attributes
    ----------
    inputs : tuple of str
        The names of their columns.
    scale : Scale
    """

    inputs: tuple[str, ...]
    scale: Scale

    @classmethod
    def of(cls, dataset: Dataset) -> Self | None:
        """Return it, or None for data that is as it is by itself."""
        return cls(dataset.inputs, dataset.scale) if dataset.borrowed else None


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A run with all its branches.

    Attributes
    ----------
    experiment : Experiment
    name : str
        What it is called on screen: a preset's name, or a file's.
    total : int
        Epochs the run is meant to last.
    recordings : tuple of Recording
        The branches, at least one; all share one budget, and no two have the same name.
    newest : tuple of TrainState
        Where each branch ends: training it further goes on from there.
    active : int
        The branch that is shown.
    data : Fingerprint
        Of the data it was trained on.
    program : str
        Version of the program that made it.
    rules : int
        By which the data was read and split; see :mod:`nnfs_core.data.reading`.
    borrowed : Borrowed or None
        Where weights from elsewhere met the data: what was theirs.
    """

    experiment: Experiment
    name: str
    total: int
    recordings: tuple[Recording, ...]
    newest: tuple[TrainState, ...]
    active: int
    data: Fingerprint
    program: str = __version__
    rules: int = RULES
    borrowed: Borrowed | None = None

    @property
    def reading(self) -> Reading:
        """How the data is read again as it was."""
        return self.experiment.reading(self.rules)

    @property
    def budget(self) -> Budget:
        """What the keyframes of all branches share."""
        return self.recordings[0].keyframes.budget


def check_dataset(run: Run, dataset: Dataset, look: Look = go_on) -> None:
    """Make sure that a run can go on with a dataset: it must be the one it was trained on.

    Parameters
    ----------
    run : Run
    dataset : Dataset
    look : callable
        As for :meth:`Fingerprint.of`.

    Raises
    ------
    UserError
        Naming the first thing in which they differ.
    """
    run.data.check(dataset, look)
