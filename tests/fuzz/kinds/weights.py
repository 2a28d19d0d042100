"""Weights files."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np

from nnfs_core.checkpoint import Weights, load_weights, save_weights
from nnfs_core.trained import load_trained
from tests.fuzz.content import Content, arrays_of, of_array, of_number
from tests.fuzz.damage_zip import damage_zip


def numbers(chance: Random) -> np.random.Generator:
    return np.random.default_rng(chance.randrange(2**32))


def some_weights(chance: Random, inputs: int | None = None) -> Weights:
    """Return a network of any size and type."""
    draw = numbers(chance)
    sizes = [inputs or chance.randrange(1, 30)]
    sizes += [chance.randrange(1, 12) for _ in range(chance.randrange(1, 5))]
    kinds = [np.float32, np.float64, np.float16]
    weights = [
        draw.normal(0, 10.0 ** chance.randrange(-3, 4), (out, into)).astype(chance.choice(kinds))
        for into, out in pairwise(sizes)
    ]
    biases = [draw.normal(0, 1, len(matrix)).astype(chance.choice(kinds)) for matrix in weights]
    said = {"dataset": chance.choice(("digits", "ä☃.csv")), "layers": sizes[1:-1]}
    return Weights(
        tuple(weights),
        tuple(biases),
        chance.choice((None, 0.0, 1.0, chance.random())),
        chance.choice((None, said)),
    )


def content(weights: Weights) -> Content:
    accuracy = weights.test_acc
    return {
        "layers": [
            [of_array(matrix), of_array(bias)]
            for matrix, bias in zip(weights.weights, weights.biases, strict=True)
        ],
        "test_acc": None if accuracy is None else of_number(accuracy),
        "experiment": weights.experiment,
    }


def write(chance: Random, folder: Path) -> tuple[Path, Content]:
    path, weights = folder / "weights.npz", some_weights(chance)
    save_weights(path, weights)
    return path, content(weights)


def damage(chance: Random, path: Path) -> None:
    path.write_bytes(damage_zip(chance, path.read_bytes()))


def read(path: Path) -> Content:
    found = content(load_weights(path))
    load_trained(path)
    return found


def meaning(path: Path) -> Content:
    arrays = arrays_of(path)
    names = {name for name in arrays if name[:1] in {"W", "B"} and name[1:].isdecimal()}
    count = max(int(name[1:]) for name in names if name[1] != "0")
    layers = []
    for layer in range(1, count + 1):
        bias = arrays[f"B{layer}"]
        layers.append([of_array(arrays[f"W{layer}"]), of_array(bias.reshape(len(bias)))])
    accuracy, experiment = None, None
    if "test_acc" in arrays:
        accuracy = of_number(arrays["test_acc"].item())
    if "experiment" in arrays:
        text = arrays["experiment"]
        plain = text.tobytes().decode() if text.dtype == np.uint8 else text.item()
        experiment = json.loads(plain)
    return {"layers": layers, "test_acc": accuracy, "experiment": experiment}
