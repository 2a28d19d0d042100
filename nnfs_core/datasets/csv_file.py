"""Tables as text: Kaggle's form, a ``label`` column beside the pixels."""

from __future__ import annotations

from pathlib import Path

from nnfs_core.datasets.base import Dataset, Progress
from nnfs_core.datasets.csv_table import read_table
from nnfs_core.datasets.prepare import read_only, split, square_shape, unit_scaled, value_range
from nnfs_core.errors import UserError

MIN_SAMPLES = 10


class CsvFile:
    """A header line with a column named ``label``; every other column is an input."""

    name = ".csv"
    summary = "a table with a column named label; every other column is a pixel"

    def matches(self, spec: str) -> bool:
        """Say whether ``spec`` has the suffix, perhaps gzipped."""
        return spec.lower().removesuffix(".gz").endswith(self.name)

    def load(self, spec: str, data_dir: Path | None, progress: Progress | None) -> Dataset:
        """Load the file; a fixed fifth of its rows is held out.

        The whole file decides how values are scaled: see
        :func:`~nnfs_core.datasets.prepare.value_range`. Labels may be numbers or
        words; the classes are the distinct ones, sorted.
        """
        table = read_table(spec, progress)
        samples = len(table.values)
        if samples < MIN_SAMPLES:
            raise UserError(
                "too few samples",
                where=table.path,
                expected=f"at least {MIN_SAMPLES}",
                found=samples,
            )
        if len(table.classes) < 2:
            raise UserError(
                "there is nothing to tell apart",
                where=table.path,
                expected="at least 2 different labels",
                found=f"only {table.classes[0]!r}",
            )
        low, high = value_range(table.values, table.path)
        train, held_out = split(samples)
        return Dataset(
            name=table.path.name,
            train_x=unit_scaled(table.values[train], low, high),
            train_y=read_only(table.labels[train]),
            validation_x=unit_scaled(table.values[held_out], low, high),
            validation_y=read_only(table.labels[held_out]),
            classes=table.classes,
            image_shape=square_shape(table.values.shape[1]),
            source=f"file {table.path}",
        )


SOURCE = CsvFile()
