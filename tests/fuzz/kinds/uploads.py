"""What is sent to the page in the browser: weights and pictures."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from nnfs_core.errors import UserError
from nnfs_core.files.meaning import UNKNOWN
from nnfs_core.files.weights import save_weights
from nnfs_core.shipped import shipped_file
from tests.fuzz.content import Content, arrays_of, of_array
from tests.fuzz.kinds import pictures, weights


@cache
def _page() -> Any:
    from nnfs_web.model import load_model
    from nnfs_web.page import Page

    return Page({"digits": load_model(shipped_file("digits"), "digits")})


def write(chance: Random, folder: Path) -> tuple[Path, Content]:
    if chance.random() < 0.4:
        path, _ = pictures.write(chance, folder)
        return path, None  # some pictures are too empty to be answered, and some are not
    path = folder / "own.npz"
    one = replace(weights.some_weights(chance, chance.choice((16, 64, 49))), experiment=None)
    if one.meaning.image_shape is None:  # the page reads pictures, no tables
        one = replace(one, meaning=UNKNOWN)
    save_weights(path, one)
    return path, [of_array(_flat(one))]


def _flat(one: Any) -> Any:
    parts = [part.ravel() for layer in zip(one.weights, one.biases, strict=True) for part in layer]
    return np.concatenate(parts).astype(np.result_type(*parts, np.float32))


def damage(chance: Random, path: Path) -> None:
    (weights if path.suffix == ".npz" else pictures).damage(chance, path)


def read(path: Path) -> Content:
    from nnfs_web.page import Visit

    page, visit = _page(), Visit("digits", sample=0)
    if path.suffix != ".npz":
        after, html = page.on_picture(visit, {"path": str(path)})
        assert isinstance(html, str) and html
        if after is visit:
            raise _said(html, path)
        return pictures.content(path, after.grey)[:2]
    after, _, line, *_ = page.on_weights(visit, {"path": str(path)})
    if after.own is None:
        assert after == visit
        raise _said(line, path)
    assert page.shown(after)
    return [of_array(after.own.trained.parameters.flat)]


def _said(html: str, path: Path) -> UserError:
    """Return as an error what the page says in a line; it names no place of the server's."""
    assert 'role="alert"' in html and "Traceback" not in html
    assert str(path.parent) not in html, html
    return UserError(html.rpartition('role="alert">')[2].replace("</p>", " "))


def meaning(path: Path) -> Content:
    if path.suffix != ".npz":
        return pictures.meaning(path)[:2]
    arrays = arrays_of(path)
    count = sum(name[:1] == "W" and name[1:].isdecimal() for name in arrays)
    parts = [arrays[f"{letter}{layer}"].ravel() for layer in range(1, count + 1) for letter in "WB"]
    flat = np.concatenate(parts)
    return [of_array(flat.astype(np.result_type(flat, np.float32)))]
