"""JSON from strangers, read as strictly as TOML is."""

from __future__ import annotations

import json
from typing import Any

from nnfs_core.errors import quoted


def read_json(text: str | bytes) -> Any:
    """Return what a JSON text holds.

    Raises
    ------
    ValueError
        In one line, when it is no JSON, names something twice, or is nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        # Readers differ in which of the two they take.
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ValueError(f"{quoted(name)} is there twice")
            seen.add(name)
    return values
