"""Keras' form of a dataset: ``x_train``, ``y_train``, ``x_test``, ``y_test`` in one ``.npz``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.datasets.base import Dataset, Progress
from nnfs_core.datasets.prepare import (
    check_numbers,
    class_names,
    class_numbers,
    square_shape,
)
from nnfs_core.datasets.scaling import Extent, column_scale, one_scale
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

        The training part decides how both parts are scaled, so that values of the test part
        may lie outside 0…1. Pictures are scaled by
        :func:`~nnfs_core.datasets.scaling.one_scale`, rows of numbers column by column by
        :func:`~nnfs_core.datasets.scaling.column_scale`; rows of as many pixels as make a
        square are pictures too.
        """
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
        train_x, test_x = _samples(train_x, f"{path}, x_train"), _samples(test_x, f"{path}, x_test")
        shape = train_x.shape[1:]
        if test_x.shape[1:] != shape:
            raise UserError(
                "x_test does not fit x_train", where=path, expected=shape, found=test_x.shape[1:]
            )
        where_x, where_test, what = f"{path}, x_train", f"{path}, x_test", f"Scaling {path.name}"
        extent = Extent.of(train_x, None, progress, what)
        image = _image_shape(train_x, extent)
        scale = (column_scale if image is None else one_scale)(extent, where_x)
        train_y = class_numbers(train_y, len(train_x), f"{path}, y_train")
        test_y = class_numbers(test_y, len(test_x), f"{path}, y_test")
        return Dataset(
            name=path.name,
            train_x=scale.applied(train_x, where_x, None, progress, what),
            train_y=train_y,
            validation_x=scale.applied(test_x, where_test, None, progress, what),
            validation_y=test_y,
            classes=class_names(train_y, test_y, path),
            image_shape=image,
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


def _image_shape(x: NDArray[Any], extent: Extent) -> tuple[int, int] | None:
    """Return the shape of a sample that is a picture, or that may be one laid out in a row."""
    if x.ndim == 3:
        return x.shape[1], x.shape[2]
    shape = square_shape(x.shape[1])
    return shape if shape is not None and extent.are_pixels else None
