"""Weights as other programs name and keep them, in an ``.npz`` or a ``.safetensors`` file."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from nnfs_core.files.trained import load_trained
from nnfs_core.files.weights import load_weights
from tests.core import foreign_files
from tests.fuzz.content import Content, arrays_of, of_array
from tests.fuzz.damage_bytes import damage as damage_bytes
from tests.fuzz.damage_values import as_json, damage_text, damage_tree
from tests.fuzz.damage_zip import damage_zip

KINDS = (foreign_files.own, foreign_files.torch, foreign_files.sklearn, foreign_files.keras)


def write(chance: Random, folder: Path) -> tuple[Path, Content]:
    sizes = [chance.randrange(1, 20) for _ in range(chance.randrange(1, 5))]
    sizes += [chance.choice([side for side in range(2, 12) if side != sizes[-1]])]
    layers = foreign_files.network(
        *sizes, seed=chance.randrange(2**32), dtype=chance.choice((np.float32, np.float64))
    )
    kind = chance.choice(KINDS)
    arrays = kind(layers)
    if chance.random() < 0.3:
        arrays = foreign_files.turned(arrays)
        if len(layers) == 1 and kind is foreign_files.keras:  # these may be samples and labels
            arrays = kind(layers)
    suffix = chance.choice(("npz", "safetensors"))
    path = foreign_files.save(folder / f"weights.{suffix}", arrays)
    return path, [[of_array(weight), of_array(bias)] for weight, bias in layers]


def damage(chance: Random, path: Path) -> None:
    data = path.read_bytes()
    if path.suffix == ".npz":
        path.write_bytes(damage_zip(chance, data))
        return
    end = 8 + int.from_bytes(data[:8], "little")
    if chance.random() < 0.3 or not 8 < end <= len(data):
        path.write_bytes(damage_bytes(chance, data))
        return
    try:
        header = json.loads(data[8:end])
        header = damage_tree(chance, header) if isinstance(header, dict) else header
        text = as_json(header)
    except ValueError:  # it is damaged already
        path.write_bytes(damage_bytes(chance, data))
        return
    changed = damage_text(chance, text) if chance.random() < 0.2 else text.encode()
    rest = damage_bytes(chance, data[end:]) if chance.random() < 0.2 else data[end:]
    path.write_bytes(foreign_files.with_header(changed, rest))


def read(path: Path) -> Content:
    weights = load_weights(path)
    load_trained(path)
    pairs = zip(weights.weights, weights.biases, strict=True)
    return [[of_array(weight), of_array(bias)] for weight, bias in pairs]


def meaning(path: Path) -> Content:
    """Read the arrays by the libraries, and put them together in the one way they fit."""
    data = path.read_bytes()
    arrays = arrays_of(path) if data[8:9] != b"{" else _safetensors(data)
    return _layers(arrays)


def _safetensors(data: bytes) -> dict[str, Any]:
    end = 8 + int.from_bytes(data[:8], "little")
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
    found = {}
    for name, entry in json.loads(data[8:end]).items():
        if name == "__metadata__" or entry["dtype"] not in kinds:
            continue
        begin, stop = entry["data_offsets"]
        kind = kinds[entry["dtype"]]
        array = np.frombuffer(data[end + begin : end + stop], kind).reshape(entry["shape"])
        if entry["dtype"] == "BF16":
            array = (array.astype(np.uint32) << 16).view(np.float32)
        found[name] = array
    return found


def _layers(arrays: dict[str, Any]) -> Content:
    if any(name[:1] in {"W", "w"} and name[1:].isdecimal() for name in arrays):
        capital = any(name[:1] == "W" and name[1:].isdecimal() for name in arrays)
        w, b = "WB" if capital else "wb"
        names = [(f"{w}{at}", f"{b}{at}") for at in range(1, 99) if f"{w}{at}" in arrays]
        out_first = True
    elif any(name.startswith("coefs_") for name in arrays):
        names = [(f"coefs_{at}", f"intercepts_{at}") for at in range(99) if f"coefs_{at}" in arrays]
        out_first = False
    elif any(name.endswith("weight") for name in arrays):
        found = sorted(
            (name for name in arrays if name.endswith("weight")),
            key=lambda name: int(name.partition(".")[0]),
        )
        names, out_first = [(name, f"{name[:-6]}bias") for name in found], True
    else:
        order = sorted(
            (name for name in arrays if name.startswith("arr_")), key=lambda name: int(name[4:])
        )
        names, out_first = [], False
        for name in order:
            if arrays[name].ndim == 2:
                names.append((name, ""))
            else:
                names[-1] = (names[-1][0], name)
    layers = [(arrays[weight], arrays.get(bias)) for weight, bias in names]
    ways = [way for way in (out_first, not out_first) if _fits(layers, way)]
    return [
        [
            of_array(weight if ways[0] else weight.T),
            of_array(
                np.zeros(weight.shape[0 if ways[0] else 1], weight.dtype)
                if bias is None
                else bias.reshape(-1)
            ),
        ]
        for weight, bias in layers
    ]


def _fits(layers: list[tuple[Any, Any]], out_first: bool) -> bool:
    sides = [weight.shape if out_first else weight.shape[::-1] for weight, _ in layers]
    biases = all(
        bias is None or bias.size == out for (out, _), (_, bias) in zip(sides, layers, strict=True)
    )
    return biases and all(after[1] == before[0] for before, after in pairwise(sides))
