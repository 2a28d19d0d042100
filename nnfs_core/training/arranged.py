"""A run's data as training goes through it: made once, shared by all of the run's trainers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.model.network import Network
from nnfs_core.model.tasks import task_of
from nnfs_core.passes.batches import Blocks
from nnfs_core.progress import Look, go_on, pieces

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Arranged:
    """What does not change while a run is trained, ready to be gone through.

    Attributes
    ----------
    experiment : Experiment
    dataset : Dataset
    network : Network
    train_x : ndarray, shape (samples, features)
        The training inputs in the run's precision.
    train, validation : Blocks
        The samples in blocks that a pass can take.
    """

    experiment: Experiment
    dataset: Dataset
    network: Network
    train_x: Array
    train: Blocks
    validation: Blocks

    @classmethod
    def of(cls, experiment: Experiment, dataset: Dataset, look: Look = go_on) -> Self:
        """Arrange data for a run.

        Parameters
        ----------
        look : callable
            Called between two pieces of the work, which takes seconds for large data. What it
            raises gives it up.

        Raises
        ------
        UserError
            When the experiment and the data do not fit each other.
        """
        task = task_of(dataset)
        network = experiment.network(dataset.features, task)
        sizes, dtype = network.sizes, np.dtype(experiment.dtype)
        train_x = _converted(dataset.train_x, dtype, look)
        # With mini-batches all training samples go through together only now and then. Whether
        # they have an order of their own decides in which order sums are added up: for one run it
        # is always the same, also when its recipe has another batch size by now.
        whole = experiment.batch_size is None and network.layers[0].any_order
        train = Blocks(train_x, dataset.train_y, sizes, task, arrange=whole, look=look)
        validation_x = _converted(dataset.validation_x, dtype, look)
        validation = Blocks(validation_x, dataset.validation_y, sizes, task, look=look)
        return cls(experiment, dataset, network, train_x, train, validation)

    def for_replay(self) -> Self:
        """Return the same without a validation part: what is repeated has been measured."""
        x, y = self.dataset.validation_x[:0], self.dataset.validation_y[:0]
        dataset = replace(self.dataset, validation_x=x, validation_y=y)
        sizes, task = self.network.sizes, self.network.task
        nothing = Blocks(x.astype(self.train_x.dtype), y, sizes, task)
        return replace(self, dataset=dataset, validation=nothing)


def _converted(x: Array, dtype: np.dtype[Any], look: Look) -> Array:
    """Return data of shape (samples, features) C-contiguous in a dtype, itself where it is so."""
    if x.dtype == dtype and x.flags.c_contiguous:
        return x
    converted = np.empty(x.shape, dtype)
    for piece in pieces(len(x), dtype.itemsize * x.shape[1]):
        look()
        converted[piece] = x[piece]
    return converted
