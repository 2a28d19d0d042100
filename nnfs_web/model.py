"""What a visitor looks at: a trained network and the pictures to try it on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data import dataset_names, read_samples
from nnfs_core.data.idx_folder import NAMES, find_file
from nnfs_core.data.mnist import FOLDER_VARIABLE, cache_folder
from nnfs_core.errors import UserError, quoted
from nnfs_core.files.meeting import Met, Visitor, meet
from nnfs_core.files.trained import USUAL_DATA, Trained, load_trained
from nnfs_core.pictures.input import PictureInput
from nnfs_core.text.numbers import percent

Array = NDArray[Any]

PICTURES = 100
"""How many of the validation pictures are offered."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A trained network with everything the page shows of it.

    Attributes
    ----------
    name : str
        What the weights are called.
    trained : Trained
    shape : tuple of int
        Rows and columns of the pictures it takes.
    classes : tuple of str
        The name of each class, or its position where the file names none.
    named : bool
        Whether these are names.
    x : ndarray of float32, shape (pictures, rows·columns)
        Held-out pictures, at most :data:`PICTURES`.
    y : ndarray of int64, shape (pictures,)
        Their true classes.
    read_as : ndarray of int64, shape (pictures,)
        What the network takes them for.
    about : str
        The network and how good it is, in one line.
    takes : PictureInput
        How a picture becomes its input.
    problem : str
        Why there are no test pictures; empty when there are.
    notes : tuple of str
        What is assumed of the weights, a line each.
    """

    name: str
    trained: Trained
    shape: tuple[int, int]
    classes: tuple[str, ...]
    named: bool
    x: Array
    y: Array
    read_as: Array
    about: str
    takes: PictureInput
    problem: str = ""
    notes: tuple[str, ...] = ()


def load_model(
    path: Path,
    name: str,
    dataset: str | None = None,
    data_dir: Path | None = None,
    activation: str | None = None,
) -> Model:
    """Load weights together with pictures they were not trained on.

    Parameters
    ----------
    path : Path
        The weights file. Which data it names is only believed when that is one of the
        program's own: a stranger's file must not choose what is read from this disk.
    name : str
        What to call it.
    dataset : str, optional
        The data to take pictures from, also a file's; by default what fits the weights.
    data_dir : Path, optional
        Where MNIST lies.
    activation : str, optional
        Of the hidden layers, whatever the file says.

    Raises
    ------
    UserError
        When the weights cannot be used. Data that is not there is no error: drawing works.
    """
    trained = load_trained(path, activation)
    takes = PictureInput.of(trained, name)
    try:
        (data, known), problem = _data(trained, takes.shape, name, dataset, data_dir), ""
    except UserError as error:
        data, known, problem = None, False, str(error)
    about, notes = _about(trained), [*trained.notes, *takes.notes]
    classes = trained.meaning.classes
    if data is not None and known:
        classes = classes or data.classes
    named = bool(classes)
    if not named:
        classes = tuple(f"class {position}" for position in range(trained.sizes[-1]))
        notes.append("classes are counted from 0, in the order of the network's outputs")
    if data is None:
        none, no_classes = np.empty((0, trained.sizes[0]), np.float32), np.empty(0, np.int64)
        x, y, read_as = none, no_classes, no_classes
    else:
        with np.errstate(all="ignore"):
            read_as = trained.network.predict(trained.parameters, data.x).argmax(axis=1)
        right = float((read_as == data.y).mean())
        which = "" if data.part == "all" else f"{data.part} "
        about += f"; reads {percent(right, 2)} of {len(read_as):,} {which}pictures of {data.name}"
        notes += data.notes
        shown = np.flatnonzero(data.y >= 0)[:PICTURES]
        x, y, read_as = data.x[shown], data.y[shown], read_as[shown]
    return Model(
        name,
        trained,
        takes.shape,
        classes,
        named,
        x,
        y,
        read_as,
        about,
        takes,
        problem,
        tuple(notes),
    )


def _data(
    trained: Trained,
    shape: tuple[int, int],
    name: str,
    dataset: str | None,
    data_dir: Path | None,
) -> tuple[Met, bool]:
    """Return data to take pictures from, and whether it is known to be that of the weights."""
    said = trained.dataset if trained.dataset in dataset_names() else None
    spec = dataset or said
    known = spec is not None
    if spec is None and trained.dataset is None and trained.meaning.data is None:
        spec = USUAL_DATA.get(trained.sizes[0])
    if spec is None and trained.dataset is not None:
        what = quoted(trained.dataset)
        raise UserError(f"the weights were trained on {what}; --dataset says where that is")
    if spec is None:
        raise UserError("what the weights were trained on is not known; --dataset says so")
    if spec == "mnist" and dataset is None and data_dir is None and not _mnist_is_here():
        raise UserError(
            "MNIST is not on this computer; start with --dataset mnist to download it, or name "
            f"its folder with --data-dir DIR or {FOLDER_VARIABLE}"
        )
    visitor = Visitor.of(trained, name)
    samples = read_samples(spec, data_dir, None, visitor.reading().rules)
    if samples.image_shape not in (None, shape):
        raise UserError("its pictures have another shape than those of the weights", where=spec)
    met = meet(visitor, spec, samples, dtype=trained.parameters.flat.dtype)
    if not (met.y >= 0).any():
        raise UserError("none of its classes is known to the network", where=met.name)
    return met, known


def _mnist_is_here() -> bool:
    folder = cache_folder()
    cached = folder is not None and all(find_file(folder, name) for name in NAMES)
    return FOLDER_VARIABLE in os.environ or cached


def _about(trained: Trained) -> str:
    kind = trained.network.activation.name
    return f"{' → '.join(map(str, trained.sizes))}, {kind}"
