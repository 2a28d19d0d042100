"""A folder of IDX files: pictures and labels, to train with and to test with."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data.arrays import arrays
from nnfs_core.data.base import Progress
from nnfs_core.data.idx import read_idx
from nnfs_core.data.samples import Samples
from nnfs_core.data.scale import Scale
from nnfs_core.disk.whole import is_folder, unreadable
from nnfs_core.errors import UserError

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


LISTED = 1000
"""Files of a folder that are looked at to say what is in it."""


class Parts(NamedTuple):
    """The four arrays, in the order of :data:`NAMES`, as read."""

    train_images: NDArray[Any]
    train_labels: NDArray[Any]
    test_images: NDArray[Any]
    test_labels: NDArray[Any]


def find_file(folder: Path, name: str) -> Path | None:
    """Return where one of :data:`NAMES` lies in a folder, in any of its spellings."""
    for spelling in (name, name.replace("-idx", ".idx")):
        for file in (folder / spelling, folder / f"{spelling}.gz"):
            if file.is_file():
                return file
    return None


def read_folder(folder: Path, progress: Progress | None = None) -> Parts:
    """Read the four files of a folder, calling ``progress`` between two pieces.

    Raises
    ------
    UserError
        When it is no folder, a file is missing, or one cannot be read.
    """
    if not is_folder(folder):
        raise UserError("there is no such folder", where=folder, expected=_EXPECTED)
    try:
        files = [find_file(folder, name) for name in NAMES]
        missing = [name for name, file in zip(NAMES, files, strict=True) if file is None]
        # Some folders hold more files than anybody waits for.
        inside = sorted(entry.name for entry in islice(folder.iterdir(), LISTED))
    except OSError as error:
        raise unreadable(folder, error) from error
    if missing:
        more = f" and {len(inside) - 6} more" if 6 < len(inside) < LISTED else ""
        more = " and many more" if len(inside) == LISTED else more
        raise UserError(
            f"{', '.join(missing)} missing",
            where=folder,
            expected=_EXPECTED,
            found=", ".join(inside[:6]) + more if inside else "an empty folder",
        )
    return Parts(*(read_idx(file, progress) for file in files if file is not None))


_EXPECTED = f"{', '.join(NAMES)}, each plain or .gz"


def idx_samples(parts: Parts, name: str, where: object, source: str, rules: int) -> Samples:
    """Return the samples that four arrays make.

    Raises
    ------
    UserError
        When they are not pictures of one shape with a label each.
    """
    for images, part in ((parts.train_images, NAMES[0]), (parts.test_images, NAMES[2])):
        if images.ndim != 3 or images.dtype != np.uint8 or not images.size:
            raise UserError(
                f"{part} holds no pictures",
                where=where,
                expected="bytes of shape (samples, rows, columns)",
                found=f"{images.dtype.name} of shape {images.shape}",
            )
    shape = parts.train_images.shape[1:]
    if parts.test_images.shape[1:] != shape:
        raise UserError(
            "test pictures have another shape than training pictures",
            where=where,
            expected=shape,
            found=parts.test_images.shape[1:],
        )
    train_x, train_y, *test = parts
    samples = arrays(
        train_x,
        train_y,
        (test[0], test[1]),
        name,
        where=str(where),
        keys=NAMES,
        source=source,
        rules=rules,
    )
    return replace(samples, scale=Scale(0, 255))


class IdxFolder:
    """Any folder with files named as MNIST's are; also when one of them is named."""

    name = "-ubyte"
    summary = "a folder of IDX files named as MNIST's, or one of them"

    def matches(self, spec: str) -> bool:
        """Say whether ``spec`` is a folder or an IDX file."""
        return bool(spec) and (is_folder(spec) or spec.removesuffix(".gz").endswith(self.name))

    def read(
        self, spec: str, data_dir: Path | None, progress: Progress | None, rules: int
    ) -> Samples:
        """Read the folder, or the folder the file is in."""
        folder = Path(spec) if is_folder(spec) else Path(spec).parent
        name = folder.resolve().name or str(folder)
        parts = read_folder(folder, progress)
        return idx_samples(parts, name, folder, f"IDX files in {folder}", rules)


SOURCE = IdxFolder()
