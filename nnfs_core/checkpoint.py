"""Trained weights in a file: ``W1``, ``B1``, ``W2``, ``B2``, … in one ``.npz``."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.errors import UserError
from nnfs_core.files import atomic_write, user_path
from nnfs_core.json_text import read_json
from nnfs_core.network import MAX_PARAMETERS
from nnfs_core.npz import Npz, open_npz

Array = NDArray[np.floating[Any]]

_PARAMETER = re.compile(r"[WB][1-9][0-9]{0,3}")

MAX_NUMBERS = 8 * MAX_PARAMETERS + 2**16
"""Bytes of all weights and biases; an array may unpack to far more than its file has."""

MAX_TEXT = 4 * 2**20
"""Bytes of everything else that is read."""

_EXPECTED = "a weights file (.npz with W1, B1, W2, B2, …)"


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
        Share of held-out samples it gets right, 0…1, when known.
    experiment : dict, or None
        The experiment that made it, as plain JSON values; not yet validated.
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    test_acc: float | None = None
    experiment: dict[str, Any] | None = None


def save_weights(path: str | Path, weights: Weights) -> None:
    """Write weights to exactly the name given, whole or not at all.

    The file holds ``W1`` (units_out, units_in), ``B1`` (units_out, 1), ``W2``,
    …, and, where known, ``test_acc`` and ``experiment`` (JSON text).

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
        is not finite, or the layers do not fit each other.
    """
    _check_layers(user_path(path), weights.weights, weights.biases)
    entries: dict[str, Any] = {}
    for layer, (weight, bias) in enumerate(zip(weights.weights, weights.biases, strict=True), 1):
        entries[f"W{layer}"] = weight
        entries[f"B{layer}"] = bias.reshape(-1, 1)
    if weights.test_acc is not None:
        entries["test_acc"] = np.float64(weights.test_acc)
    if weights.experiment is not None:
        entries["experiment"] = np.array(json.dumps(weights.experiment))
    # through memory: a disk that fills up under an open zip leaves it unclosable
    buffer = io.BytesIO()
    np.savez(buffer, **entries)
    with atomic_write(path) as file:
        file.write(buffer.getbuffer())


def load_weights(path: str | Path) -> Weights:
    """Read weights written by :func:`save_weights` or by the original program.

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
        When anything about the file is not as described.
    """
    with open_npz(path, _EXPECTED) as archive:
        found = sorted(name for name in archive.names if _PARAMETER.fullmatch(name))
        layers = max((int(name[1:]) for name in found), default=1)
        _check_size(archive, found)
        pairs = [
            (_floats(archive, f"W{layer}"), _floats(archive, f"B{layer}"))
            for layer in range(1, layers + 1)
        ]
        weights = tuple(weight for weight, _ in pairs)
        biases = tuple(_vector(bias) for _, bias in pairs)
        _check_layers(archive.path, weights, biases)
        return Weights(weights, biases, _test_acc(archive), _experiment(archive))


def _check_size(archive: Npz, names: list[str]) -> None:
    """Refuse more numbers than any network here may have, before they are unpacked."""
    size = sum(archive.member(name).file_size for name in names)
    if size > MAX_NUMBERS:
        raise UserError(
            "holds too many numbers",
            where=archive.path,
            expected=f"at most {MAX_PARAMETERS:,} weights and biases",
            found=f"{size / 2**30:.1f} GiB",
        )


def _floats(archive: Npz, name: str) -> Array:
    array = archive.read(name)
    if array.dtype.kind != "f" or array.dtype.itemsize > 8:
        raise UserError(
            f"{name} has the wrong type",
            where=archive.path,
            expected="floating-point numbers of at most 64 bits",
            found=array.dtype,
        )
    # ascontiguousarray() would make a vector of a single number.
    native = array.astype(array.dtype.newbyteorder("="), order="C", copy=False)
    native.flags.writeable = False
    return native


def _vector(bias: Array) -> Array:
    return bias[:, 0] if bias.ndim == 2 and bias.shape[1] == 1 else bias


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


def _test_acc(archive: Npz) -> float | None:
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


def _experiment(archive: Npz) -> dict[str, Any] | None:
    if "experiment" not in archive.names:
        return None
    array = archive.read("experiment", MAX_TEXT)
    try:
        text = array.tobytes().decode() if array.dtype == np.uint8 else str(array.item())
        experiment = read_json(text)
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
