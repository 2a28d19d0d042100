"""Tables as text: Kaggle's form, a ``label`` column beside the pixels."""

from __future__ import annotations

from pathlib import Path

from nnfs_core.data.base import Progress
from nnfs_core.data.csv_table import LABEL, read_table
from nnfs_core.data.samples import Part, Samples


class CsvFile:
    """A header line with a column named ``label``; every other column is an input."""

    name = ".csv"
    summary = "a table with a column named label; every other column is an input"

    def matches(self, spec: str) -> bool:
        """Say whether ``spec`` has the suffix, perhaps gzipped."""
        return spec.lower().removesuffix(".gz").endswith(self.name)

    def read(
        self, spec: str, data_dir: Path | None, progress: Progress | None, rules: int
    ) -> Samples:
        """Read the file.

        Labels may be numbers or words; the classes are the distinct ones, in the order a person
        would put them.
        """
        table = read_table(spec, progress, rules)
        return Samples(
            table.path.name,
            f"file {table.path}",
            Part(table.values, table.labels, str(table.path)),
            None,
            table.classes,
            table.inputs,
            labels=f"{table.path}, column {LABEL}",
        )


SOURCE = CsvFile()
