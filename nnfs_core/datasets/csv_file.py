"""Tables as text: Kaggle's form, a ``label`` column beside the pixels."""

from __future__ import annotations

from pathlib import Path

from nnfs_core.datasets.base import Dataset, Progress
from nnfs_core.datasets.csv_table import read_table
from nnfs_core.datasets.prepare import read_only, split, square_shape
from nnfs_core.datasets.scaling import are_pixels, column_scale, one_scale
from nnfs_core.errors import UserError

MIN_SAMPLES = 10


class CsvFile:
    """A header line with a column named ``label``; every other column is an input."""

    name = ".csv"
    summary = "a table with a column named label; every other column is an input"

    def matches(self, spec: str) -> bool:
        """Say whether ``spec`` has the suffix, perhaps gzipped."""
        return spec.lower().removesuffix(".gz").endswith(self.name)

    def load(self, spec: str, data_dir: Path | None, progress: Progress | None) -> Dataset:
        """Load the file; a fixed fifth of its rows is held out.

        As many pixels as make a square are a picture, and all of them are scaled alike: see
        :func:`~nnfs_core.datasets.scaling.one_scale`. Any other table is scaled column by
        column to 0…1, by what the training part has: held-out values may lie outside. See
        :func:`~nnfs_core.datasets.scaling.column_scale`. Labels may be numbers or
        words; the classes are the distinct ones, in the order a person would put them.
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
        train, held_out = split(samples)
        shape = square_shape(table.values.shape[1])
        if shape is not None and not are_pixels(table.values):
            shape = None
        if shape is not None:
            scale = one_scale(table.values, table.path)
        else:
            scale = column_scale(table.values[train], table.path)
        return Dataset(
            name=table.path.name,
            train_x=scale.applied(table.values[train], table.path),
            train_y=read_only(table.labels[train]),
            validation_x=scale.applied(table.values[held_out], table.path),
            validation_y=read_only(table.labels[held_out]),
            classes=table.classes,
            image_shape=shape,
            source=f"file {table.path}",
        )


SOURCE = CsvFile()
