"""Which pictures a trained network takes, and how one becomes its input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data.scale import Scale
from nnfs_core.errors import UserError, shortened
from nnfs_core.files.meaning import Meaning
from nnfs_core.files.trained import Trained
from nnfs_core.pictures.prepare import input_shape


@dataclass(frozen=True, slots=True)
class PictureInput:
    """Which pictures a network takes.

    Attributes
    ----------
    shape : tuple of int
        Rows and columns.
    scale : Scale or None
        By which the training pictures became inputs; None where it is not known.
    notes : tuple of str
        What is assumed of them, a line each.
    """

    shape: tuple[int, int]
    scale: Scale | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, trained: Trained, where: object) -> PictureInput:
        """Find out which pictures a network takes, from what its file says.

        Parameters
        ----------
        trained : Trained
        where : object
            The file, for messages.

        Raises
        ------
        UserError
            When it was trained on a table, or its inputs cannot be pictures.
        """
        meaning, inputs = trained.meaning, trained.sizes[0]
        values = "values from 0 to 1, light on dark,"
        if meaning.image_shape is not None:
            notes = () if meaning.scale else (f"{values} are assumed: the file names no scale",)
            return cls(meaning.image_shape, meaning.scale, notes)
        if (table := _as_table(meaning)) is not None:
            raise UserError(
                "the network was trained on a table",
                where=where,
                expected="one that was trained on pictures",
                found=table,
            )
        shape = input_shape(inputs)
        if shape is None:
            raise UserError(
                "the network does not take square pictures",
                where=where,
                expected="a square number of inputs, such as 784",
                found=inputs,
            )
        what = f"pictures of {shape[1]}×{shape[0]}{'' if meaning.scale else f' with {values}'}"
        note = f"{what} are assumed: the file does not say what its {inputs} inputs are"
        return cls(shape, meaning.scale, (note,))

    def x(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return a picture as the network takes it, shape (rows·columns,).

        Pictures that share one scale are 0…1 after it, from the background to the strongest ink,
        as a prepared one is. Where each pixel has a scale of its own, the picture is first given
        the values that the training pictures were written with.

        Parameters
        ----------
        pixels : ndarray, shape (rows, columns)
            0…1, light on dark.
        """
        flat: NDArray[Any] = pixels.ravel()
        if self.scale is None or not self.scale.by_column:
            return flat
        low, high = np.min(self.scale.low), np.max(self.scale.high)
        written = low * (1 - flat.astype(np.float64)) + high * flat
        scaled = self.scale.applied(written[None], "the picture", dtype=np.float64)
        return scaled.reshape(-1)


def _as_table(meaning: Meaning) -> str | None:
    """Return by what one sees that the samples are no pictures, where one does."""
    if meaning.inputs:
        return f"inputs {shortened(', '.join(meaning.inputs), 100)}"
    if meaning.scale is not None and meaning.scale.by_column:
        return "a scale for each input"
    if meaning.data is not None and meaning.data.image_shape is None:
        return f"samples of {meaning.data.features} numbers"
    return None
