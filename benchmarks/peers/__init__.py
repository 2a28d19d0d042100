"""The libraries that are measured beside this one, each written the way its users would, and well.

Every peer starts from the same weights, sees the same batches in the same order, counts in
float32 (only the recipe does not) and may use the same number of threads, so all of them
have to reach the same loss.
"""

from __future__ import annotations

import importlib.util
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.training.trainer import Trainer

Array = NDArray[Any]

Layers = list[tuple[Array, Array]]
"""Weights ``(units_out, units_in)`` and biases ``(units_out,)`` of each layer."""


def cores() -> int:
    """Return how many processors this process may use: the number of threads of every peer.

    JAX can be told in no other way; it makes as many threads as the process may use processors.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Task:
    """What all of them train: ReLU between the layers, softmax and cross-entropy at the end.

    Attributes
    ----------
    experiment : Experiment
        With ``sgd`` or ``adam``.
    dataset : Dataset
        Its validation part is empty: nobody validates.
    layers : list of (weights, biases)
        To start from; float64, so that each can take them into its own precision.
    """

    experiment: Experiment
    dataset: Dataset
    layers: Layers

    @classmethod
    def of(cls, experiment: Experiment, dataset: Dataset, samples: int | None = None) -> Task:
        """Take the weights that the experiment draws, and the first ``samples`` of the data."""
        data = replace(
            dataset,
            train_x=np.ascontiguousarray(dataset.train_x[:samples]),
            train_y=np.ascontiguousarray(dataset.train_y[:samples]),
            validation_x=dataset.validation_x[:0],
            validation_y=dataset.validation_y[:0],
        )
        parameters = Trainer(experiment, data).parameters
        pairs = zip(parameters.weights, parameters.biases, strict=True)
        return cls(
            experiment, data, [(w.astype(np.float64), b.astype(np.float64)) for w, b in pairs]
        )

    @property
    def name(self) -> str:
        """Units of all layers, and the batch: ``784-10-10``, ``784-128-10 b128``."""
        first, batch = self.layers[0][0].shape[1], self.experiment.batch_size
        sizes = "-".join(map(str, [first, *(len(bias) for _, bias in self.layers)]))
        return sizes if batch is None else f"{sizes} b{batch}"

    @property
    def steps(self) -> int:
        """Updates of one epoch."""
        batch = self.experiment.batch_size
        return 1 if batch is None else -(-len(self.dataset.train_y) // batch)

    def one_hot(self) -> Array:
        """Return the targets, float32, shape (samples, classes)."""
        return np.eye(len(self.dataset.classes), dtype=np.float32)[self.dataset.train_y]

    def orders(self) -> Iterator[Array]:
        """Draw the order of the samples for one epoch after the other, as the trainer does."""
        generator = np.random.default_rng([self.experiment.seed, 1])
        while True:
            order = np.arange(len(self.dataset.train_y))
            generator.shuffle(order)
            yield order

    def batches(self, order: Array) -> Iterator[Array]:
        """Cut an order into batches."""
        size = self.experiment.batch_size or len(order)
        return (order[at : at + size] for at in range(0, len(order), size))

    def loss(self, layers: Layers) -> float:
        """Return the mean loss of all samples, in float64 and shared with nobody."""
        a = self.dataset.train_x.astype(np.float64)
        for number, (weights, bias) in enumerate(layers):
            a = np.maximum(a, 0) if number else a
            a = a @ weights.astype(np.float64).T + bias
        a -= a.max(axis=1, keepdims=True)
        log_p = a - np.log(np.exp(a).sum(axis=1, keepdims=True))
        return float(-log_p[np.arange(len(a)), self.dataset.train_y].mean())


class Peer(ABC):
    """One of those who take turns.

    Parameters
    ----------
    task : Task
    """

    name = ""
    requires = ""
    """The module without which it is left out."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._blas: dict[str, int] | None = None

    def begin(self) -> None:
        """Get ready for a turn, outside the time: the matrix library's threads are everybody's."""
        for library in ThreadpoolController().lib_controllers:
            if library.user_api == "blas":
                threads = cores() if self._blas is None else self._blas.get(library.filepath, 1)
                library.set_num_threads(threads)

    def keep_threads(self) -> None:
        """Keep the threads as they were set just now: this peer chooses them by itself."""
        pools = ThreadpoolController().info()
        self._blas = {p["filepath"]: p["num_threads"] for p in pools if p["user_api"] == "blas"}

    @abstractmethod
    def epoch(self) -> None:
        """Train one epoch to its end."""

    @abstractmethod
    def layers(self) -> Layers:
        """Return the weights and biases as they are now."""


class Ours(Peer):
    """The trainer of this program. Beside what the others do, it keeps loss and accuracy."""

    name = "ours"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._trainer = Trainer(task.experiment, task.dataset)
        self.keep_threads()

    def epoch(self) -> None:
        self._trainer.step_epoch()

    def layers(self) -> Layers:
        parameters = self._trainer.parameters
        pairs = zip(parameters.weights, parameters.biases, strict=True)
        return [(weights.copy(), bias.copy()) for weights, bias in pairs]


def is_there(peer: type[Peer]) -> bool:
    """Say whether a peer can take part."""
    return not peer.requires or importlib.util.find_spec(peer.requires) is not None


def block_size(samples: int, most: int = 1000) -> int:
    """Return the largest number of samples, at most ``most``, that divides all of them evenly."""
    return next(size for size in range(min(most, samples), 0, -1) if samples % size == 0)
