"""Weights files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import asdict, fields
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from nnfs_core.data.scale import Scale
from nnfs_core.files.meaning import Meaning
from nnfs_core.files.trained import load_trained
from nnfs_core.files.weights import Weights, load_weights, save_weights
from nnfs_core.history.run import Fingerprint
from tests.fuzz.content import Content, arrays_of, of_array, of_number
from tests.fuzz.damage_values import as_json, damage_text, damage_tree
from tests.fuzz.damage_zip import damage_zip, members, npy, put_together

WORDS = ("no", "yes", "ä☃", "a, b", *"cdefghijklm")


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
        some_meaning(chance, sizes[0], sizes[-1]),
    )


def some_meaning(chance: Random, inputs: int, outputs: int) -> Meaning:
    """Return what a network of this size may mean, any of it unknown."""
    classes = tuple(f"{word}{at}" for at, word in zip(range(outputs), WORDS, strict=False))
    draw = numbers(chance)
    low = draw.normal(size=inputs)
    rows = chance.choice([side for side in range(1, inputs + 1) if inputs % side == 0])
    shape = chance.choice((None, (rows, inputs // rows)))
    data = Fingerprint("ä☃", inputs, 80, 20, classes, shape, f"{chance.randrange(16**64):064x}")
    scales = None, Scale(-1.0, 0.5), Scale(low, low + draw.integers(0, 3, inputs))
    return Meaning(
        chance.choice(((), classes)),
        chance.choice(((), tuple(f"input {at}" for at in range(inputs)))),
        shape,
        chance.choice(scales),
        chance.choice((None, data)),
        chance.choice(("", "validation", "test")),
        chance.choice((None, 0, 3)),
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
        "meaning": _content(weights.meaning),
    }


def _content(meaning: Meaning) -> Content:
    scale, data, target = meaning.scale, meaning.data, meaning.target_scale
    return {
        "classes": list(meaning.classes),
        "inputs": list(meaning.inputs),
        "image_shape": None if meaning.image_shape is None else list(meaning.image_shape),
        "scale": None if scale is None else of_array(np.array([scale.low, scale.high])),
        "data": None if data is None else json.loads(json.dumps(asdict(data))),
        "held_out": meaning.validation_name,
        "rules": meaning.rules,
        "task": meaning.task,
        "target": meaning.target,
        "target_scale": None if target is None else of_array(np.array([target.low, target.high])),
    }


def write(chance: Random, folder: Path) -> tuple[Path, Content]:
    path, weights = folder / "weights.npz", some_weights(chance)
    save_weights(path, weights)
    return path, content(weights)


def damage(chance: Random, path: Path) -> None:
    data = path.read_bytes()
    try:
        parts = members(data)
    except Exception:  # it is damaged already
        path.write_bytes(damage_zip(chance, data))
        return
    texts = [at for at, (name, _) in enumerate(parts) if name in ("data.npy", "experiment.npy")]
    if not texts or chance.random() < 0.7:
        path.write_bytes(damage_zip(chance, data))
        return
    at = chance.choice(texts)
    try:
        tree = json.loads(str(np.load(io.BytesIO(parts[at][1]), allow_pickle=False)))
    except Exception:
        path.write_bytes(damage_zip(chance, data))
        return
    text = as_json(damage_tree(chance, tree))
    if chance.random() < 0.3:
        content = np.frombuffer(damage_text(chance, text), np.uint8)
    else:
        content = np.array(text)
    parts[at] = (parts[at][0], npy(content))
    path.write_bytes(put_together(parts))


def read(path: Path) -> Content:
    found = content(load_weights(path))
    load_trained(path)
    return found


def meaning(path: Path) -> Content:
    arrays = arrays_of(path)
    said = "format" in arrays
    if said:
        assert arrays["format"].item() == "nnfs-weights" and 1 <= int(arrays["version"].item()) <= 3
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
    return {
        "layers": layers,
        "test_acc": accuracy,
        "experiment": experiment,
        "meaning": _meaning(arrays if said and int(arrays["version"].item()) >= 2 else {}),
    }


def _meaning(arrays: dict[str, Any]) -> Content:
    def found(name: str, read: Callable[[Any], Content], absent: Content) -> Content:
        return read(arrays[name]) if name in arrays else absent

    def text(array: Any) -> str:
        return array.tobytes().decode() if array.dtype == np.uint8 else str(array.item())

    def data(array: Any) -> Content:
        known = json.loads(text(array))
        # A file of version 2 knew classes alone.
        known = {"task": "classification", "target": ""} | known
        return {field.name: known[field.name] for field in fields(Fingerprint)}

    return {
        "classes": found("classes", np.ndarray.tolist, []),
        "inputs": found("inputs", np.ndarray.tolist, []),
        "image_shape": found("image_shape", np.ndarray.tolist, None),
        "scale": found("scale", lambda array: of_array(array.astype(np.float64)), None),
        "data": found("data", data, None),
        "held_out": found("held_out", text, ""),
        "rules": found("rules", lambda array: int(array.item()), None),
        "task": found("task", text, "classification"),
        "target": found("target", text, ""),
        "target_scale": found(
            "target_scale", lambda array: of_array(array.astype(np.float64)), None
        ),
    }
