"""Weights as other programs save them, written here without those programs."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

Pair = tuple[np.ndarray, np.ndarray]
TYPES = {"float64": "F64", "float32": "F32", "float16": "F16", "int64": "I64"}


def network(*sizes: int, seed: int = 0, dtype: Any = np.float32) -> list[Pair]:
    """Return weights (units_out, units_in) and biases of each layer."""
    rng = np.random.default_rng(seed)
    return [
        (rng.normal(size=(after, before)).astype(dtype), rng.normal(size=after).astype(dtype))
        for before, after in itertools.pairwise(sizes)
    ]


def own(layers: list[Pair]) -> dict[str, np.ndarray]:
    return {
        f"{letter}{at}": array
        for at, pair in enumerate(layers, 1)
        for letter, array in zip("WB", pair, strict=True)
    }


def torch(layers: list[Pair], names: Any = None) -> dict[str, np.ndarray]:
    names = names or [f"{2 * at}." for at in range(len(layers))]
    return {
        f"{name}{part}": array
        for name, pair in zip(names, layers, strict=True)
        for part, array in zip(("weight", "bias"), pair, strict=True)
    }


def sklearn(layers: list[Pair]) -> dict[str, np.ndarray]:
    found = {f"coefs_{at}": weight.T for at, (weight, _) in enumerate(layers)}
    return found | {f"intercepts_{at}": bias for at, (_, bias) in enumerate(layers)}


def keras(layers: list[Pair]) -> dict[str, np.ndarray]:
    arrays = [array for weight, bias in layers for array in (weight.T, bias)]
    return {f"arr_{at}": array for at, array in enumerate(arrays)}


def turned(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the same with every matrix the other way round."""
    return {name: array.T for name, array in arrays.items()}


def safetensors(arrays: Mapping[str, np.ndarray], **more: Any) -> bytes:
    """Return a file as its format says; ``more`` goes into the header."""
    header, data = dict(more), b""
    for name, array in sorted(arrays.items()):
        content = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        ends = [len(data), len(data) + len(content)]
        kind = TYPES[array.dtype.name]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": ends}
        data += content
    return with_header(header, data)


def with_header(header: object, data: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def save(path: Path, arrays: Mapping[str, Any]) -> Path:
    """Save as the name ends."""
    if path.suffix == ".safetensors":
        path.write_bytes(safetensors(arrays))
    else:
        np.savez(path, **arrays)
    return path
