"""What goes into a network and what comes out of it: all that an answer needs beside weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from nnfs_core.data.base import Dataset
from nnfs_core.data.scale import Scale
from nnfs_core.history.run import Fingerprint


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the inputs and outputs of a network mean. What is empty or None is not known.

    Attributes
    ----------
    classes : tuple of str
        The name of each output, in order.
    inputs : tuple of str
        The name of each input, in order; also empty for data whose inputs have no names.
    image_shape : tuple of int, or None
        Rows and columns of a sample that is a picture.
    scale : Scale or None
        By which a value as it is written became a value that the network was given.
    data : Fingerprint or None
        Of the data it was trained on.
    validation_name : str
        What the validation part of that data is: ``"validation"`` or ``"test"``.
    rules : int or None
        By which rules the data was read and split; see
        :data:`nnfs_core.data.reading.RULES`.
    task, target, target_scale
        What the output is to say, as for :class:`~nnfs_core.data.base.Dataset`.
    """

    classes: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    scale: Scale | None = None
    data: Fingerprint | None = None
    validation_name: str = ""
    rules: int | None = None
    task: str = "classification"
    target: str = ""
    target_scale: Scale | None = None

    @property
    def outputs(self) -> int:
        """Number of outputs, as far as it is known; 0 where it is not."""
        return 1 if self.task != "classification" else len(self.classes)

    @classmethod
    def of(cls, dataset: Dataset, data: Fingerprint) -> Self:
        """Return the meaning of what is trained on a dataset.

        Parameters
        ----------
        dataset : Dataset
        data : Fingerprint
            That of the dataset; taking it reads all of the data.
        """
        return cls(
            dataset.classes,
            dataset.inputs,
            dataset.image_shape,
            dataset.scale,
            data,
            dataset.validation_name,
            dataset.rules,
            dataset.task,
            dataset.target,
            dataset.target_scale if dataset.task != "classification" else None,
        )


UNKNOWN = Meaning()
"""Of a file that says nothing."""
