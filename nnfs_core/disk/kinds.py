"""What a file is, by its name and by what it says of itself, before it is opened."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from nnfs_core.disk.npz import Npz, open_npz

Kind = Literal["run", "experiment", "weights", "data", "either"]
"""``"either"``: arrays that can be the weights of a layer as well as samples and labels."""

WEIGHTS_SUFFIXES = (".safetensors", ".pt", ".pth", ".pkl", ".pickle", ".joblib", ".h5", ".keras")
"""Weights of other programs; those that cannot be opened say what to do."""

_NAMES = re.compile(
    r"[wb][1-9][0-9]*|.*[._]?(weight|bias)|(coefs|intercepts)_?[0-9]*", re.ASCII | re.IGNORECASE
)
_UNNAMED = re.compile(r"arr_[0-9]+", re.ASCII)


def kind_of(path: Path) -> Kind:
    """Say what a file or folder is to be opened as.

    Raises
    ------
    UserError
        When an archive of arrays cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".nnfs":
        return "run"
    if suffix in (".toml", ".json"):
        return "experiment"
    if suffix in WEIGHTS_SUFFIXES:
        return "weights"
    if suffix != ".npz":
        return "data"
    with open_npz(path, "weights or data (.npz)") as archive:
        return _kind_of_arrays(archive)


def _kind_of_arrays(archive: Npz) -> Kind:
    """Tell weights from samples: by their names, where these say nothing by their shapes."""
    if any(_NAMES.fullmatch(name) for name in archive.names):
        return "weights"
    if not archive.names or not all(_UNNAMED.fullmatch(name) for name in archive.names):
        return "data"
    first = [archive.shape(f"arr_{at}") for at in range(2) if f"arr_{at}" in archive.names]
    if len(first) < 2:
        return "data"
    matrix, vector = first
    if len(matrix) != 2 or len(vector) != 1:
        return "data"
    rows, columns = matrix
    of_rows, of_columns = vector == (rows,), vector == (columns,)
    if of_rows and of_columns:
        return "either"
    return "data" if of_rows else "weights"
