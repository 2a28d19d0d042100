"""What a source holds, as it is written there: before it is split and scaled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data.scale import Scale


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some samples of a source.

    Attributes
    ----------
    x : ndarray of numbers, shape (samples, columns) or (samples, rows, columns)
    y : ndarray of int64 or float64, shape (samples,)
        Numbers of the source's classes, or the numbers to predict.
    where : str
        The place, for messages.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    where: str


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Everything a source holds.

    Attributes
    ----------
    name, source : str
        As for :class:`~nnfs_core.data.base.Dataset`.
    all : Part
        Training samples, and where ``test`` is None, those for validation too.
    test : Part or None
        What the source itself sets apart for testing.
    classes : tuple of str
        The distinct labels in order.
    inputs : tuple of str
        The name of each column; empty where the source has none.
    image_shape : tuple of int, or None
        Where the source says that its samples are pictures.
    scale : Scale or None
        Where the source itself has one: its pixels are of a known depth.
    in_proportion : bool
        Whether the validation part has each class in proportion; a source always split otherwise
        stays as it was.
    labels : str
        The place of the labels, where the classes are called as the labels are written; empty
        where somebody has named the classes.
    task, target : str
        As for :class:`~nnfs_core.data.base.Dataset`.
    """

    name: str
    source: str
    all: Part
    test: Part | None
    classes: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    scale: Scale | None = None
    in_proportion: bool = True
    labels: str = ""
    task: str = "classification"
    target: str = ""

    @property
    def classed(self) -> bool:
        """Whether samples have classes, rather than numbers to predict."""
        return self.task == "classification"

    @property
    def columns(self) -> int:
        """Numbers of a sample."""
        return int(np.prod(self.all.x.shape[1:]))
