"""Run files that were tampered with: taken apart, changed, and put together with new hashes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Members = dict[str, bytes]


def members(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def array(data: bytes) -> np.ndarray:
    return np.load(io.BytesIO(data), allow_pickle=False)


def npy(values: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(values))
    return buffer.getvalue()


def header(shape: tuple[int, ...], dtype: str, data: bytes) -> bytes:
    """Return an array that claims a shape, whatever its data."""
    buffer = io.BytesIO()
    fields = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, fields)
    return buffer.getvalue() + data


def put_together(
    path: Path, parts: Members, *, rehash: bool = True, method: int = zipfile.ZIP_STORED
) -> None:
    if rehash and "run.json" in parts:
        document = json.loads(parts["run.json"])
        document["blake2b"] = {
            name.removesuffix(".npy"): hashlib.blake2b(data, digest_size=32).hexdigest()
            for name, data in parts.items()
            if name.endswith(".npy")
        }
        parts = {**parts, "run.json": json.dumps(document).encode()}
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def forge(path: Path, change: Callable[[Members], None], **options: Any) -> None:
    parts = members(path)
    change(parts)
    put_together(path, parts, **options)


def document(change: Callable[[dict[str, Any]], object]) -> Callable[[Members], None]:
    """Return a change of ``run.json``."""

    def apply(parts: Members) -> None:
        values = json.loads(parts["run.json"])
        change(values)
        parts["run.json"] = json.dumps(values).encode()

    return apply


def values(name: str, change: Callable[[np.ndarray], object]) -> Callable[[Members], None]:
    """Return a change of an array: in place, or by the one that is returned."""

    def apply(parts: Members) -> None:
        before = array(parts[f"{name}.npy"]).copy()
        after = change(before)
        parts[f"{name}.npy"] = npy(before if after is None else after)

    return apply


def rates_alone(parts: Members) -> None:
    """Make of a file what was written before version 4: of recipes it had the learning rate."""
    recipes = array(parts.pop("states-recipes.npy"))
    parts["states-rates.npy"] = npy(recipes[:, 0].copy())
