"""What every data source gives: a :class:`Dataset`; and how one is written: a :class:`Source`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nnfs_core.progress import Progress

__all__ = ["Dataset", "FloatArray", "IntArray", "Progress", "Source"]

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Labelled samples, split once and for all into a training part and a held-out part.

    Attributes
    ----------
    name : str
        What the data is called on screen: ``"digits"``, or a file's name.
    train_x, validation_x : ndarray of float32, shape (samples, features)
        Inputs scaled to 0…1, one sample a row, C-contiguous and read-only.
    train_y, validation_y : ndarray of int64, shape (samples,)
        Class numbers 0 … len(classes) − 1, read-only.
    classes : tuple of str
        The name of each class.
    image_shape : tuple of int, or None
        ``(rows, columns)`` when a sample is a picture.
    held_out : str
        What the held-out part is: ``"validation"``, or ``"test"`` where the
        source itself brings a test set.
    source : str
        Where it came from and under which licence, one line.
    """

    name: str
    train_x: FloatArray
    train_y: IntArray
    validation_x: FloatArray
    validation_y: IntArray
    classes: tuple[str, ...]
    image_shape: tuple[int, int] | None
    held_out: str = "validation"
    source: str = ""

    @property
    def features(self) -> int:
        """Number of inputs of one sample."""
        return int(self.train_x.shape[1])


class Source(Protocol):
    """One place data can come from. A module of this package defines one as ``SOURCE``."""

    name: str
    """The word that selects it (``digits``), or the suffix it opens (``.csv``)."""

    summary: str
    """One line for help texts."""

    def matches(self, spec: str) -> bool:
        """Say whether this source is the one for ``spec``, a name or a path."""
        ...

    def load(self, spec: str, data_dir: Path | None, progress: Progress | None) -> Dataset:
        """Load it, calling ``progress`` between two pieces of work, where there is one.

        Raises
        ------
        UserError
            For anything wrong with the data, naming the file and the place.
        """
        ...
