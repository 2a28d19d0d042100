"""Keras' form of a dataset: ``x_train``, ``y_train``, ``x_test``, ``y_test`` in one ``.npz``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.datasets.base import Dataset, Progress
from nnfs_core.datasets.prepare import (
    class_names,
    class_numbers,
    square_shape,
    unit_scaled,
    value_range,
)
from nnfs_core.errors import UserError
from nnfs_core.npz import open_npz

KEYS = ("x_train", "y_train", "x_test", "y_test")


class NpzFile:
    """Pictures or rows of numbers with class numbers, already split by their maker."""

    name = ".npz"
    summary = "a file with x_train, y_train, x_test and y_test, as Keras has them"

    def matches(self, spec: str) -> bool:
        """Say whether ``spec`` has the suffix."""
        return spec.lower().endswith(self.name)

    def load(self, spec: str, data_dir: Path | None, progress: Progress | None) -> Dataset:
        """Load the file.

        The training part decides how both parts are scaled: see
        :func:`~nnfs_core.datasets.prepare.value_range`.
        """
        with open_npz(spec, f"an .npz file with {', '.join(KEYS)}") as archive:
            path = archive.path
            missing = [key for key in KEYS if key not in archive.names]
            if missing:
                raise UserError(
                    f"{', '.join(missing)} missing",
                    where=path,
                    expected=", ".join(KEYS),
                    found=archive.describe_names(),
                )
            train_x, train_y, test_x, test_y = (archive.read(key) for key in KEYS)
        train_x, test_x = _samples(train_x, f"{path}, x_train"), _samples(test_x, f"{path}, x_test")
        shape = train_x.shape[1:]
        if test_x.shape[1:] != shape:
            raise UserError(
                "x_test does not fit x_train", where=path, expected=shape, found=test_x.shape[1:]
            )
        low, high = value_range(train_x, f"{path}, x_train")
        train_y = class_numbers(train_y, len(train_x), f"{path}, y_train")
        test_y = class_numbers(test_y, len(test_x), f"{path}, y_test")
        return Dataset(
            name=path.name,
            train_x=_scaled(train_x, low, high, f"{path}, x_train"),
            train_y=train_y,
            validation_x=_scaled(test_x, low, high, f"{path}, x_test"),
            validation_y=test_y,
            classes=class_names(train_y, test_y, path),
            image_shape=(shape[0], shape[1]) if len(shape) == 2 else square_shape(shape[0]),
            held_out="test",
            source=f"file {path}",
        )


SOURCE = NpzFile()


def _samples(x: NDArray[Any], where: str) -> NDArray[Any]:
    """Return samples of shape (n, rows, columns) or (n, features)."""
    if x.dtype.kind not in "biuf":
        raise UserError("holds no numbers", where=where, expected="numbers", found=x.dtype)
    if x.ndim == 4 and x.shape[3] == 1:
        x = x[..., 0]
    if x.ndim not in {2, 3}:
        raise UserError(
            "has the wrong shape",
            where=where,
            expected="(samples, rows, columns) or (samples, features)",
            found=x.shape,
        )
    return x.view(np.uint8) if x.dtype.kind == "b" else x


def _scaled(x: NDArray[Any], low: float, high: float, where: str) -> NDArray[np.float32]:
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = unit_scaled(x.reshape(len(x), -1), low, high)
    if not np.isfinite(scaled).all():
        raise UserError(
            "a value is not finite, or far outside those of x_train",
            where=where,
            expected=f"values like {low:g} to {high:g}",
        )
    return scaled
