"""Damage to values: one of them becomes an extreme, another type, or is gone."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONG, CONTROL = "W" * 5000, "a\0b\x1b[31m\n\u202e\ufffd\u2028<b>%s{0}"
EXTREMES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 255, 2**31 - 1, 2**31, 2**32, 2**48, 2**53 + 1, 2**63),
    *(2**64, 10**30, -(10**30), 10**400, 0.0, -0.0, 0.5, 1.0, 1e-320, 1e308, -1e308),
    *(float("nan"), float("inf"), "", "0", "nan", "run", LONG, CONTROL, "\ud800", "ä☃"),
    *([], {}, [0], [[]], {"a": 1}, [None] * 50, [1] * 2000),
)


def extreme(chance: Random) -> Any:
    """Return a value that is hardly ever meant."""
    return chance.choice(EXTREMES)


def damage_tree(chance: Random, tree: Any) -> Any:
    """Change one value somewhere in lists and dictionaries, in place where that can be."""
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    if not keys:
        return extreme(chance)
    key = chance.choice(keys)
    inside = tree[key]
    if isinstance(inside, dict | list) and inside and chance.random() < 0.8:
        tree[key] = damage_tree(chance, inside)
        return tree
    what = chance.randrange(6)
    if what == 0:
        del tree[key]
    elif what == 1 and isinstance(tree, list):
        tree.insert(key, chance.choice(tree))
    elif what == 1:
        tree[chance.choice(("", "name", "x" * 300, "\ud800"))] = extreme(chance)
    elif what == 2 and isinstance(inside, int | float):
        tree[key] = inside + chance.choice((-1, 1, 0.5))
    elif what == 3:
        other = chance.choice(keys)
        tree[key], tree[other] = tree[other], tree[key]
    else:
        tree[key] = extreme(chance)
    return tree


def damage_text(chance: Random, text: str) -> bytes:
    """Damage a text as text: deep, doubled, in another encoding."""
    what = chance.randrange(8)
    if what == 0:
        return text.encode("utf-16")
    if what == 1:
        return text.encode("utf-8-sig", "surrogatepass")
    if what == 2:
        return text.encode("latin-1", "replace")
    if what == 3:
        return (chance.choice("[{(") * chance.choice((10, 5000, 200_000)) + text).encode()
    if what == 4:
        lines = text.splitlines(keepends=True)
        chance.shuffle(lines)
        return "".join(lines).encode()
    if what == 5:  # something is there twice
        lines = text.splitlines(keepends=True)
        lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines or [""]))
        return "".join(lines).encode()
    if what == 6:
        return text.replace("1", "9" * chance.choice((20, 400, 5000)), 1).encode()
    at = chance.randrange(len(text) + 1)
    return (
        text[:at] + chance.choice((CONTROL, "\0", '"', "'", "#", "\\u0000")) + text[at:]
    ).encode()


def as_json(tree: Any) -> str:
    """Write what JSON can hold, and a little more: numbers that are none, halves of letters."""
    return json.dumps(tree)


def damage_array(chance: Random, array: NDArray[Any]) -> NDArray[Any]:
    """Change a number, the type or the shape of an array."""
    changed = array.copy()
    what = chance.randrange(8)
    if what < 4 and changed.size:
        place = tuple(chance.randrange(side) for side in changed.shape)
        if changed.dtype.kind == "f":
            values = (np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, 1e308, 3e38, 5e-324, 0.5)
            with np.errstate(over="ignore"):
                changed[place] = chance.choice(values)
        elif changed.dtype.kind in "iu":
            kind = np.iinfo(changed.dtype)
            changed[place] = chance.choice((kind.min, kind.max, 0, 1, kind.max // 2))
        return changed
    if what == 4:
        kinds = ("<f2", "<f4", ">f4", "<f8", ">f8", "<i4", ">i8", "|u1", "<c8", "<U3", "|b1")
        with np.errstate(all="ignore"):
            try:
                return changed.astype(chance.choice(kinds))
            except ValueError:
                return changed
    if what == 5:
        return changed.ravel() if chance.random() < 0.5 else changed.T.copy(order="F")
    if what == 6 and changed.ndim and len(changed):
        return np.delete(changed, chance.randrange(len(changed)), axis=0)
    return changed[None] if chance.random() < 0.5 else np.concatenate([np.atleast_1d(changed)] * 2)
