"""``predict``: what trained weights see in pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_cli.notes import print_notes
from nnfs_core.disk.whole import user_path
from nnfs_core.errors import PLACE, UserError, one_line
from nnfs_core.files.trained import Trained, load_trained
from nnfs_core.pictures.file import read_grey
from nnfs_core.pictures.input import PictureInput
from nnfs_core.pictures.prepare import Prepared, prepare
from nnfs_core.text.numbers import chance

MANY = 12
"""From this many classes on, only the likeliest are printed."""

NAME, CELL = 200, 24
"""Characters of a class's name in the answer, and in the list of probabilities."""


def print_predictions(
    weights: Path, images: Sequence[Path], as_json: bool, activation: str | None = None
) -> int:
    """Print the class and the probabilities of each picture.

    Parameters
    ----------
    weights : Path
        The weights file; its network must take pictures.
    images : sequence of Path
        The picture files. All are read before anything is printed.
    activation : str, optional
        Of the hidden layers, whatever the file says.

    Raises
    ------
    UserError
        When the weights or one of the pictures cannot be used.
    """
    path = user_path(weights)
    trained = load_trained(path, activation)
    takes = PictureInput.of(trained, path)
    files = [user_path(image) for image in images]
    pictures = [_prepared(file, takes.shape) for file in files]
    x = np.stack([takes.x(picture.pixels) for picture in pictures])
    probabilities = _probabilities(path, trained, x)
    notes = [*trained.notes, *takes.notes]
    if as_json:
        print(json.dumps(_report(files, pictures, probabilities, trained, notes)))
    else:
        _print_table(files, pictures, probabilities, trained)
        print_notes(notes)
    return 0


def _prepared(file: Path, shape: tuple[int, int]) -> Prepared:
    grey = read_grey(file)
    try:
        return prepare(grey, shape)
    except UserError as error:
        raise UserError(str(error), where=file) from None


def _probabilities(path: Path, trained: Trained, x: NDArray[Any]) -> list[list[float]]:
    with np.errstate(all="ignore"):
        found = trained.network.predict(trained.parameters, x)
    if not np.isfinite(found).all():
        raise UserError(
            "the weights are too large: the network's numbers are not finite", where=path
        )
    return [[float(p) for p in row] for row in found]


def _report(
    files: Sequence[Path],
    pictures: Sequence[Prepared],
    probabilities: list[list[float]],
    trained: Trained,
    notes: list[str],
) -> list[dict[str, object]]:
    classes = trained.meaning.classes
    best = [row.index(max(row)) for row in probabilities]
    return [
        {
            "image": str(file),
            "class": classes[position] if classes else None,
            "position": position,
            "predicted": position,
            "classes": list(classes) or None,
            "probabilities": row,
            "preparation": list(picture.steps),
            "notes": notes,
            "doubts": list(picture.doubts),
        }
        for file, picture, row, position in zip(files, pictures, probabilities, best, strict=True)
    ]


def _print_table(
    files: Sequence[Path],
    pictures: Sequence[Prepared],
    probabilities: list[list[float]],
    trained: Trained,
) -> None:
    names = trained.meaning.classes or tuple(map(str, range(trained.sizes[-1])))
    cells = [one_line(name, CELL) for name in names]
    width = max(map(len, cells))
    aligned = ">" if all(cell.isdecimal() for cell in cells) else "<"
    for file, picture, row in zip(files, pictures, probabilities, strict=True):
        order = sorted(range(len(row)), key=lambda k: -row[k])
        answer = one_line(trained.name_of(order[0]), NAME)
        print(f"{one_line(str(file), PLACE)}  →  {answer}  ({chance(row, order[0])})")
        for step in picture.steps:
            print(f"  {step}")
        if not trained.meaning.classes:
            print("  classes are counted from 0, in the order of the network's outputs")
        for doubt in picture.doubts:
            print(f"  doubtful: {doubt}")
        shown = order[:MANY] if len(row) > MANY else range(len(row))
        for k in shown:
            bar = "█" * math.floor(row[k] * 30 + 0.5)
            print(f"  {cells[k]:{aligned}{width}}  {chance(row, k, 2):>8}  {bar}".rstrip())
