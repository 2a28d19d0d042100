"""Keras' form of a dataset: ``x_train``, ``y_train``, ``x_test``, ``y_test`` in one ``.npz``."""

from __future__ import annotations

import math
from pathlib import Path

from nnfs_core.data.arrays import arrays
from nnfs_core.data.base import Progress
from nnfs_core.data.prepare import check_numbers
from nnfs_core.data.samples import Samples
from nnfs_core.disk.npz import open_npz
from nnfs_core.errors import UserError

KEYS = ("x_train", "y_train", "x_test", "y_test")


class NpzFile:
    """Pictures or rows of numbers with labels, already split by their maker."""

    name = ".npz"
    summary = "a file with x_train, y_train, x_test and y_test, as Keras has them"

    def matches(self, spec: str) -> bool:
        """Say whether ``spec`` has the suffix."""
        return spec.lower().endswith(self.name)

    def read(
        self, spec: str, data_dir: Path | None, progress: Progress | None, rules: int
    ) -> Samples:
        """Read the file. The classes are called as the labels are written."""
        with open_npz(spec, f"an .npz file with {', '.join(KEYS)}", progress) as archive:
            path = archive.path
            missing = [key for key in KEYS if key not in archive.names]
            if missing:
                raise UserError(
                    f"{', '.join(missing)} missing",
                    where=path,
                    expected=", ".join(KEYS),
                    found=archive.describe_names(),
                )
            for key in KEYS[::2]:
                shape = archive.shape(key)
                check_numbers(shape[0] if shape else 1, math.prod(shape[1:]), f"{path}, {key}")
            train_x, train_y, test_x, test_y = (archive.read(key) for key in KEYS)
        return arrays(
            train_x,
            train_y,
            (test_x, test_y),
            path.name,
            where=str(path),
            keys=KEYS,
            source=f"file {path}",
            rules=rules,
        )


SOURCE = NpzFile()
