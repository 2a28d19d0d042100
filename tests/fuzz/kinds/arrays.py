"""Data in one ``.npz``, as Keras has it."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from nnfs_core.data import load_dataset
from tests.fuzz.content import Content, arrays_of
from tests.fuzz.damage_zip import damage_zip
from tests.fuzz.kinds.weights import numbers

NAMES = ("x_train", "y_train", "x_test", "y_test")


def write(chance: Random, folder: Path) -> tuple[Path, Content]:
    draw, side = numbers(chance), chance.randrange(4, 10)
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
    """Return the labels, and the inputs scaled as the README says, worked out once more."""
    train, test = (np.asarray(arrays[name]) for name in ("x_train", "x_test"))
    train, test = (one[..., 0] if one.ndim == 4 else one for one in (train, test))
    inputs = [one.reshape(len(one), -1).astype(np.float64) for one in (train, test)]
    low, high = inputs[0].min(), inputs[0].max()
    whole = low >= 0 and high <= 255 and (inputs[0] == inputs[0].round()).all()
    square = inputs[0].shape[1] in {side * side for side in range(8, 12)}
    picture = train.ndim == 3 or (square and whole and high > 1)
    if not picture:
        low, high = inputs[0].min(axis=0), inputs[0].max(axis=0)
    elif low >= 0:
        high = max(1.0, 255.0 if 128 <= high <= 255 else high)
        low = 0.0
    # Half of everything, so that the widest range there is has a width.
    with np.errstate(all="ignore"):
        scaled = [(one / 2 - low / 2) / (high / 2 - low / 2) for one in inputs]
    scaled = [np.where(low == high, 0.0, one) for one in scaled]
    labels = [np.asarray(arrays[name]).ravel().tolist() for name in ("y_train", "y_test")]
    if len({isinstance(label, str) for part in labels for label in part}) > 1:
        labels = [[str(label) for label in part] for part in labels]
    classes = sorted({label for part in labels for label in part})
    return _listed(*([classes.index(label) for label in part] for part in labels), *scaled)


def _listed(*parts: Any) -> Content:
    return [np.asarray(part).ravel().tolist() for part in parts]


def same(found: Content, written: Content) -> bool:
    """Compare labels, and inputs as far as float32 goes."""
    return found[:2] == written[:2] and all(
        len(one) == len(other) and np.allclose(one, other, rtol=1e-5, atol=1e-6)
        for one, other in zip(found[2:], written[2:], strict=True)
    )


def damage(chance: Random, path: Path) -> None:
    path.write_bytes(damage_zip(chance, path.read_bytes()))


def read(path: Path) -> Content:
    data = load_dataset(path)
    for inputs in (data.train_x, data.validation_x):
        assert inputs.dtype == np.float32 and np.isfinite(inputs).all()
    return _listed(data.train_y, data.validation_y, data.train_x, data.validation_x)


def meaning(path: Path) -> Content:
    return _content(arrays_of(path))
