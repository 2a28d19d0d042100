"""Figures measured side by side; see run.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what was measured, what came out, and what it should be at the least."""

    what: str
    figure: str
    target: str = ""
