"""Data in one ``.npz``, as Keras has it."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from nnfs_core.datasets import load_dataset
from tests.fuzz.content import Content, arrays_of, of_array
from tests.fuzz.damage_zip import damage_zip
from tests.fuzz.kinds.weights import numbers

NAMES = ("x_train", "y_train", "x_test", "y_test")


def write(chance: Random, folder: Path) -> tuple[Path, Content]:
    draw, side = numbers(chance), chance.randrange(4, 7)
    train, test = chance.randrange(5, 20), chance.randrange(2, 9)
    kind = chance.choice((np.uint8, np.int64, np.float32, np.float64))
    shape = chance.choice(((side, side), (side * side,), (side, side, 1)))
    pixels = [draw.integers(0, 256, (count, *shape)).astype(kind) for count in (train, test)]
    pixels[0].flat[:2] = 0, 255
    labels = [np.arange(count) % 3 for count in (train, test)]
    labels = [one.reshape(chance.choice(((-1,), (-1, 1)))) for one in labels]
    path = folder / "data.npz"
    arrays = dict(zip(NAMES, (pixels[0], labels[0], pixels[1], labels[1]), strict=True))
    (np.savez_compressed if chance.random() < 0.5 else np.savez)(path, **arrays)
    return path, _content(arrays)


def _content(arrays: dict[str, Any]) -> Content:
    """Return labels as they are, and inputs with their scale taken off: 0 … 255 of the range."""
    found = []
    for name in NAMES:
        array = np.asarray(arrays[name])
        if name.startswith("y"):
            found.append([int(label) for label in array.ravel()])
        else:
            found.append(array.reshape(len(array), -1).astype(np.float64).shape)
    train = np.asarray(arrays["x_train"], np.float64).reshape(len(arrays["x_train"]), -1)
    return [*map(list, found), of_array(_ranks(train))]


def _ranks(values: Any) -> Any:
    """Return the order of numbers within each column: what no scale changes."""
    return np.argsort(values, axis=0, kind="stable").astype(np.int64)


def damage(chance: Random, path: Path) -> None:
    path.write_bytes(damage_zip(chance, path.read_bytes()))


def read(path: Path) -> Content:
    data = load_dataset(path)
    for inputs in (data.train_x, data.validation_x):
        assert inputs.dtype == np.float32 and np.isfinite(inputs).all()
    parts = (data.train_x, data.train_y, data.validation_x, data.validation_y)
    return _content(dict(zip(NAMES, parts, strict=True)))


def meaning(path: Path) -> Content:
    return _content(arrays_of(path))
