"""The weights files in ``data``, one of each version of the format, and what is in them.

Each was written once, by the program of its time, and is never written again: what this program
must still read is what they are, not what it would write today.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from nnfs_core.data.scale import Scale
from nnfs_core.files.meaning import Meaning
from nnfs_core.history.run import Fingerprint

FOLDER = Path(__file__).with_name("data")
SIZES = (64, 3, 10)
TEST_ACC = 0.125


def file(version: int) -> Path:
    """Return the file of a version; 0 is the original program's."""
    return FOLDER / f"weights-version-{version}.npz"


def layers(dtype: Any) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Return weights and biases by a formula: multiples of 1/64, which every type holds."""
    weights, biases = [], []
    for units_in, units_out in itertools.pairwise(SIZES):
        count = np.arange(units_out * units_in)
        weights.append(((count * 37 % 129 - 64) / 64).reshape(units_out, units_in).astype(dtype))
        biases.append(((np.arange(units_out) * 11 % 65 - 32) / 64).astype(dtype))
    return tuple(weights), tuple(biases)


CLASSES = ("zero", "one", "two", "three", "four", "fünf", "six", "seven", "eight", "nine")
MEANING = Meaning(
    CLASSES,
    tuple(f"p{number}" for number in range(64)),
    (4, 16),
    Scale(0.0, 16.0),
    Fingerprint("mine.npz", 64, 80, 20, CLASSES, (4, 16), "0123456789abcdef" * 4),
    "test",
    1,
)
"""Of the file of version 2."""
