"""``predict``: what trained weights see in pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnfs_core.errors import PLACE, UserError, one_line
from nnfs_core.files import user_path
from nnfs_core.images import Prepared, input_shape, prepare
from nnfs_core.picture_file import read_grey
from nnfs_core.trained import Trained, load_trained

MANY = 12
"""From this many classes on, only the likeliest are printed."""


def print_predictions(weights: Path, images: Sequence[Path], as_json: bool) -> int:
    """Print the class and the probabilities of each picture.

    Parameters
    ----------
    weights : Path
        The weights file; its network must take square pictures.
    images : sequence of Path
        The picture files. All are read before anything is printed.

    Raises
    ------
    UserError
        When the weights or one of the pictures cannot be used.
    """
    path = user_path(weights)
    trained = load_trained(path)
    shape = input_shape(trained.sizes[0])
    if shape is None:
        raise UserError(
            "the network does not take square pictures",
            where=path,
            expected="a square number of inputs, such as 784",
            found=trained.sizes[0],
        )
    files = [user_path(image) for image in images]
    pictures = [_prepared(file, shape) for file in files]
    probabilities = _probabilities(path, trained, pictures)
    if as_json:
        print(json.dumps(_report(files, pictures, probabilities)))
    else:
        _print_table(files, pictures, probabilities)
    return 0


def _prepared(file: Path, shape: tuple[int, int]) -> Prepared:
    grey = read_grey(file)
    try:
        return prepare(grey, shape)
    except UserError as error:
        raise UserError(str(error), where=file) from None


def _probabilities(path: Path, trained: Trained, pictures: Sequence[Prepared]) -> list[list[float]]:
    x = np.stack([picture.pixels.ravel() for picture in pictures])
    with np.errstate(all="ignore"):
        found = trained.network.predict(trained.parameters, x)
    if not np.isfinite(found).all():
        raise UserError(
            "the weights are too large: the network's numbers are not finite", where=path
        )
    return [[float(p) for p in row] for row in found]


def _report(
    files: Sequence[Path], pictures: Sequence[Prepared], probabilities: list[list[float]]
) -> list[dict[str, object]]:
    return [
        {
            "image": str(file),
            "predicted": row.index(max(row)),
            "probabilities": row,
            "preparation": list(picture.steps),
        }
        for file, picture, row in zip(files, pictures, probabilities, strict=True)
    ]


def _print_table(
    files: Sequence[Path], pictures: Sequence[Prepared], probabilities: list[list[float]]
) -> None:
    for file, picture, row in zip(files, pictures, probabilities, strict=True):
        order = sorted(range(len(row)), key=lambda k: -row[k])
        print(
            f"{one_line(str(file), PLACE)}  →  {order[0]}  ({row[order[0]]:.1%})".replace("%", " %")
        )
        for step in picture.steps:
            print(f"  {step}")
        shown = order[:MANY] if len(row) > MANY else range(len(row))
        digits = len(str(len(row) - 1))
        for k in shown:
            bar = "█" * math.floor(row[k] * 30 + 0.5)
            print(f"  {k:>{digits}}  {row[k]:>7.2%}  {bar}".replace("%", " %").rstrip())
