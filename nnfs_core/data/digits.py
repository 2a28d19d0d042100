"""Handwritten digits of 8 × 8 pixels, part of the program: no download, no waiting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nnfs_core.data.arrays import arrays
from nnfs_core.data.base import Progress
from nnfs_core.data.samples import Samples
from nnfs_core.data.scale import Scale
from nnfs_core.disk.npz import open_npz

FILE = Path(__file__).with_name("digits.npz")
LEVELS = 16
"""A pixel counts the inked cells of a 4 × 4 block: 0…16."""

SOURCE_LINE = (
    "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, "
    "UCI Machine Learning Repository, 1998, doi 10.24432/C50P49, CC BY 4.0"
)


class Digits:
    """1,797 digits of 13 writers, a fixed fifth of them for validation."""

    name = "digits"
    summary = "1,797 handwritten digits, 8 × 8 pixels, built in"

    def matches(self, spec: str) -> bool:
        """Say whether ``spec`` is the name."""
        return spec == self.name

    def read(
        self, spec: str, data_dir: Path | None, progress: Progress | None, rules: int
    ) -> Samples:
        """Read it from the program itself."""
        with open_npz(FILE) as archive:
            images, labels = archive.read("images"), archive.read("labels")
        samples = arrays(images, labels, None, self.name, where=str(FILE), source=SOURCE_LINE)
        return replace(samples, scale=Scale(0, LEVELS), in_proportion=False)


SOURCE = Digits()
