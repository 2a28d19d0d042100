"""Tables as text: Kaggle's form, a ``label`` column beside the pixels."""

from __future__ import annotations

from pathlib import Path

from nnfs_core.datasets.base import Dataset, Progress
from nnfs_core.datasets.csv_table import read_table
from nnfs_core.datasets.prepare import check_numbers, read_only, split, square_shape
from nnfs_core.datasets.scaling import Extent, column_scale, one_scale
from nnfs_core.errors import UserError, quoted
from nnfs_core.progress import looking

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
                found=f"only {quoted(table.classes[0])}",
            )
        check_numbers(samples, len(table.classes), f"{table.path}, its classes")
        values, what = table.values, f"Scaling {table.path.name}"
        train, held_out = split(samples, looking(progress, what))
        shape = square_shape(values.shape[1])
        if shape is not None:
            extent = Extent.of(values, None, progress, what)
            shape = shape if extent.are_pixels else None
        if shape is not None:
            scale = one_scale(extent, table.path)
        else:
            scale = column_scale(Extent.of(values, train, progress, what), table.path)
        return Dataset(
            name=table.path.name,
            train_x=scale.applied(values, table.path, train, progress, what),
            train_y=read_only(table.labels[train]),
            validation_x=scale.applied(values, table.path, held_out, progress, what),
            validation_y=read_only(table.labels[held_out]),
            classes=table.classes,
            image_shape=shape,
            source=f"file {table.path}",
        )


SOURCE = CsvFile()
