"""Handwritten digits of 8 × 8 pixels, part of the program: no download, no waiting."""

from __future__ import annotations

from pathlib import Path

from nnfs_core.datasets.base import Dataset, Progress
from nnfs_core.datasets.prepare import class_names, class_numbers, read_only, split
from nnfs_core.datasets.scale import Scale
from nnfs_core.npz import open_npz

FILE = Path(__file__).with_name("digits.npz")
LEVELS = 16
"""A pixel counts the inked cells of a 4 × 4 block: 0…16."""


class Digits:
    """1,797 digits of 13 writers, a fixed fifth of them held out."""

    name = "digits"
    summary = "1,797 handwritten digits, 8 × 8 pixels, built in"

    def matches(self, spec: str) -> bool:
        """Say whether ``spec`` is the name."""
        return spec == self.name

    def load(self, spec: str, data_dir: Path | None, progress: Progress | None) -> Dataset:
        """Load it from the program itself."""
        with open_npz(FILE) as archive:
            images, labels = archive.read("images"), archive.read("labels")
        train, held_out = split(len(images))
        scale = Scale(0, LEVELS)
        numbers = class_numbers(labels, len(images), FILE)
        train_y, validation_y = read_only(numbers[train]), read_only(numbers[held_out])
        return Dataset(
            name=self.name,
            train_x=scale.applied(images, FILE, train),
            train_y=train_y,
            validation_x=scale.applied(images, FILE, held_out),
            validation_y=validation_y,
            classes=class_names(train_y, validation_y, FILE),
            image_shape=(images.shape[1], images.shape[2]),
            source="Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, "
            "UCI Machine Learning Repository, 1998, doi 10.24432/C50P49, CC BY 4.0",
        )


SOURCE = Digits()
