"""Trained weights in a file: ``W1``, ``B1``, ``W2``, ``B2``, … and what they mean, in an ``.npz``.

docs/weights-file.md describes the format; :mod:`nnfs_core.files.foreign_weights` knows how other
programs call the same things.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core import __version__
from nnfs_core.data.base import Dataset
from nnfs_core.disk.arrays import Arrays, open_arrays
from nnfs_core.disk.json_text import read_json
from nnfs_core.disk.whole import atomic_write, user_path
from nnfs_core.errors import UserError, quoted
from nnfs_core.experiment import Experiment
from nnfs_core.files.foreign_weights import read_layers
from nnfs_core.files.meaning import UNKNOWN, Meaning
from nnfs_core.files.meaning_arrays import (
    MAX_TEXT,
    arrays_of,
    check_meaning,
    read_meaning,
    text_of,
    whole_number,
)
from nnfs_core.history.run import Fingerprint
from nnfs_core.model.parameters import Parameters

Array = NDArray[np.floating[Any]]

FORMAT = "nnfs-weights"
VERSION = 3
"""Of the format. Version 2 knew classes alone. Files of version 1 and those of the original program
do not say theirs."""

_EXPECTED = "a weights file (.npz with W1, B1, W2, B2, …, or .safetensors)"


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What a trained network has learned, and where it came from.

    Attributes
    ----------
    weights : tuple of ndarray, shape (units_out, units_in)
        One matrix a layer, the input side first, read-only when loaded.
    biases : tuple of ndarray, shape (units_out,)
        One vector a layer.
    test_acc : float, or None
        Share of validation samples it gets right, 0…1, when known.
    experiment : dict, or None
        The experiment that made it, as plain JSON values; not yet validated, but its layers, where
        it names them, are these.
    meaning : Meaning
        Of the inputs and outputs, as far as it is known.
    notes : tuple of str
        What had to be assumed to read them, a line each.
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    test_acc: float | None = None
    experiment: dict[str, Any] | None = None
    meaning: Meaning = UNKNOWN
    notes: tuple[str, ...] = ()

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of the input and of each layer."""
        return (self.weights[0].shape[1], *(len(bias) for bias in self.biases))


def learned(
    parameters: Parameters,
    experiment: Experiment,
    dataset: Dataset,
    accuracy: float,
    data: Fingerprint | None = None,
) -> Weights:
    """Return what is saved of a network that was trained here.

    Parameters
    ----------
    parameters : Parameters
    experiment : Experiment
        What it was trained by.
    dataset : Dataset
        What it was trained on.
    accuracy : float
        Share of validation samples it gets right; NaN where it is not known. Of a network that
        says no classes it is not kept.
    data : Fingerprint, optional
        That of the dataset, where it is known already: taking it reads all of the data.
    """
    return Weights(
        parameters.weights,
        parameters.biases,
        None if math.isnan(accuracy) or not dataset.classes else accuracy,
        experiment.to_dict(),
        Meaning.of(dataset, data or Fingerprint.of(dataset)),
    )


def save_weights(path: str | Path, weights: Weights) -> None:
    """Write weights to exactly the name given, whole or not at all.

    Parameters
    ----------
    path : str or Path
        The file; no suffix is added.
    weights : Weights
        What to write.

    Raises
    ------
    UserError
        When the file cannot be written, or could not be loaded again: a number
        is not finite, or the layers do not fit each other or what is said of them.
    """
    where = user_path(path)
    check_layers_are_dense((weights.experiment or {}).get("layers", ()), where)
    _check_layers(where, weights.weights, weights.biases)
    _check_said(where, weights)
    entries: dict[str, Any] = {
        "format": np.array(FORMAT),
        "version": np.int64(VERSION),
        "program": np.array(__version__),
    }
    for layer, (weight, bias) in enumerate(zip(weights.weights, weights.biases, strict=True), 1):
        entries[f"W{layer}"] = weight
        entries[f"B{layer}"] = bias.reshape(-1, 1)
    if weights.test_acc is not None:
        entries["test_acc"] = np.float64(weights.test_acc)
    if weights.experiment is not None:
        entries["experiment"] = np.array(json.dumps(weights.experiment))
    entries |= arrays_of(weights.meaning)
    # through memory: a disk that fills up under an open zip leaves it unclosable
    buffer = io.BytesIO()
    np.savez(buffer, **entries)
    with atomic_write(path) as file:
        file.write(buffer.getbuffer())


def check_layers_are_dense(hidden: Iterable[object], where: Path) -> None:
    """Refuse to write weights of other layers than dense ones.

    Parameters
    ----------
    hidden : iterable of int or str
        The hidden layers, as an experiment lists them.

    Raises
    ------
    UserError
    """
    others = [layer for layer in hidden if isinstance(layer, str)]
    if others:
        raise UserError(
            "a weights file holds dense layers alone; a run file keeps this network (--save-run)",
            where=where,
            found=f"a layer {quoted(others[0])}",
        )


def load_weights(path: str | Path) -> Weights:
    """Read weights written by :func:`save_weights`, by the original program, or elsewhere.

    Parameters
    ----------
    path : str or Path
        The file. Biases may have shape (units_out, 1) or (units_out,); arrays
        with other names are ignored.

    Returns
    -------
    Weights
        With the floating-point type the file has.

    Raises
    ------
    UserError
        When anything about the file is not as described, or it was written by a newer program.
    """
    with open_arrays(path, _EXPECTED) as archive:
        version = _version(archive)
        experiment = _experiment(archive)
        if version >= 2:
            archive.size("W1")  # it says what it is: nothing is guessed by other names
        layers = read_layers(archive, known=version >= 2 or experiment is not None)
        _check_layers(archive.path, layers.weights, layers.biases)
        meaning = read_meaning(archive) if version >= 2 else UNKNOWN
        weights = Weights(
            layers.weights,
            layers.biases,
            _test_acc(archive),
            experiment,
            meaning,
            layers.notes,
        )
        _check_said(archive.path, weights)
        return weights


def _version(archive: Arrays) -> int:
    """Return the version of the format; 1 for files from before there were any."""
    if "format" not in archive.names:
        return 1
    name = text_of(archive, "format")
    if name != FORMAT:
        raise UserError(
            "is no weights file",
            where=archive.path,
            expected=f"format {FORMAT}",
            found=quoted(name),
        )
    version = whole_number(archive, "version", 1)
    if version > VERSION:
        program = text_of(archive, "program") if "program" in archive.names else ""
        by = f" by program {program}" if re.fullmatch(r"[0-9A-Za-z.+!_-]{1,40}", program) else ""
        raise UserError(
            f"was written in version {version} of the format{by}; this program reads up to "
            f"{VERSION}, a newer one is needed",
            where=archive.path,
        )
    return version


def _check_said(path: Path, weights: Weights) -> None:
    """Refuse what is said of layers that are others."""
    sizes = weights.sizes
    check_meaning(weights.meaning, sizes[0], sizes[-1], path)
    said = (weights.experiment or {}).get("layers")
    if said is not None and said != list(sizes[1:-1]) and said != sizes[1:-1]:
        raise UserError(
            "the experiment is that of another network",
            where=path,
            expected=f"hidden layers {list(sizes[1:-1])}, as the arrays have them",
            found=said,
        )


def _check_layers(path: Path, weights: tuple[Array, ...], biases: tuple[Array, ...]) -> None:
    """Refuse layers that do not make a network."""

    def check(name: str, holds: bool, expected: object, found: object) -> None:
        if not holds:
            raise UserError(f"{name} does not fit", where=path, expected=expected, found=found)

    check("the number of biases", len(weights) == len(biases) > 0, len(weights), len(biases))
    units_in = None
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True), 1):
        check(f"W{layer}", weight.ndim == 2, "shape (units_out, units_in)", weight.shape)
        units_out = weight.shape[0]
        if units_in is not None:
            check(
                f"W{layer}",
                weight.shape[1] == units_in,
                f"shape ({units_out}, {units_in}), one column for each row of W{layer - 1}",
                weight.shape,
            )
        check(f"B{layer}", bias.shape == (units_out,), f"shape ({units_out}, 1)", bias.shape)
        for name, array in ((f"W{layer}", weight), (f"B{layer}", bias)):
            if not np.isfinite(array).all():
                raise UserError(
                    f"{name} holds a number that is not finite",
                    where=path,
                    expected="finite numbers",
                    found=array[~np.isfinite(array)][0],
                )
        units_in = units_out


def _test_acc(archive: Arrays) -> float | None:
    if "test_acc" not in archive.names:
        return None
    array = archive.read("test_acc", MAX_TEXT)
    number = float(array.item()) if array.dtype.kind in "fiu" and array.size == 1 else array
    if not isinstance(number, float) or not 0 <= number <= 1:
        found = number if isinstance(number, float) else f"{array.dtype} of shape {array.shape}"
        raise UserError(
            "test_acc is not an accuracy",
            where=archive.path,
            expected="one number from 0 to 1",
            found=found,
        )
    return number


def _experiment(archive: Arrays) -> dict[str, Any] | None:
    if "experiment" not in archive.names:
        return None
    try:
        experiment = read_json(text_of(archive, "experiment", "JSON text"))
    except UserError:
        raise
    except ValueError as error:
        raise UserError(
            f"experiment cannot be read: {error}", where=archive.path, expected="JSON text"
        ) from error
    if not isinstance(experiment, dict):
        raise UserError(
            "experiment cannot be read",
            where=archive.path,
            expected="a JSON object",
            found=type(experiment).__name__,
        )
    return experiment
