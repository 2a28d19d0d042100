"""Figures measured side by side; see run.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

OTHER_KERNELS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Variables by which some machines have NumPy use other kernels than the processor's own: users
get what is measured without them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what was measured, what came out, and what it should be.

    Attributes
    ----------
    what : str
    figure : str
        With its unit, and its spread where it was measured more than once.
    ratio : str
        Against a peer measured in turn with it in the same run.
    target : str
        Of the design, where it names one.
    numbers : mapping
        The figures behind the text, for the JSON file.
    """

    what: str
    figure: str
    ratio: str = ""
    target: str = ""
    numbers: Mapping[str, float | str | Sequence[float]] = field(default_factory=dict)


def spread(values: Sequence[float], unit: str = "", digits: int = 3) -> str:
    """Say the median, and the least and the greatest in brackets."""

    def word(value: float) -> str:
        return f"{value:,.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"

    text = f"{word(median(values))} ({word(min(values))} … {word(max(values))})"
    return f"{text} {unit}".strip()
