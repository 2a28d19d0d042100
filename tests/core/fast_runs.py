"""Every preset at learning rates up to far too large: the runs that numbers and pictures are of.

There are 2,800 combinations of preset, rate, optimizer, activation, loss and type. The cases here
are few, but every pair of values of any two of these is in one of them, which is where faults of
such programs lie (Kuhn, Wallace, Gallo 2004, “Software fault interactions”).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

import numpy as np

from nnfs_core.data import load_dataset
from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment, presets
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.tasks.classification import LOSSES
from nnfs_core.optimizers import optimizers
from nnfs_core.training.trainer import EpochFrame, NotFiniteError, Trainer

DIMENSIONS = (
    tuple(presets()),
    (1.0, 10.0, 100.0, 1e3, 1e4),
    tuple(sorted(optimizers())),
    tuple(sorted(ACTIVATIONS)),
    tuple(sorted(LOSSES)),
    ("float32", "float64"),
)

Case = tuple[str, float, str, str, str, str]


def all_pairs(dimensions: tuple[tuple, ...]) -> list[tuple]:
    """Choose combinations until every pair of values of two dimensions is in one.

    Always one of those with the most pairs that are missing, the first of them.
    """

    def pairs(values: tuple) -> set:
        return set(combinations(enumerate(values), 2))

    missing = set().union(*(pairs(values) for values in product(*dimensions)))
    chosen, every = [], [(values, pairs(values)) for values in product(*dimensions)]
    while missing:
        values, found = max(every, key=lambda one: len(one[1] & missing))
        chosen.append(values)
        missing -= found
    return chosen


CASES: list[Case] = all_pairs(DIMENSIONS)

WILD: list[Case] = [
    ("digits", 1e4, "sgd", "identity", "cross-entropy", "float32"),
    ("digits-deep", 1e4, "momentum", "leaky_relu", "cross-entropy", "float32"),
    ("digits-deep", 1e4, "sgd", "relu", "cross-entropy", "float64"),
    ("mnist-adam", 1e4, "sgd", "identity", "cross-entropy", "float32"),
    ("mnist-original", 1e4, "momentum", "relu", "cross-entropy", "float32"),
]
"""Runs that end in infinities within a few epochs."""


def name(case: Case) -> str:
    return "-".join(f"{value:g}" if isinstance(value, float) else value for value in case)


@cache
def pictures() -> Dataset:
    """Ten blurred shapes of 28 × 28 pixels with empty borders, in place of MNIST."""
    generator = np.random.default_rng(0)
    shapes = np.zeros((10, 28, 28))
    shapes[:, 4:-4, 4:-4] = generator.random((10, 20, 20)) < 0.3

    def part(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = generator.integers(0, 10, count)
        x = shapes[labels].reshape(count, 784) * generator.uniform(0.3, 1, (count, 784))
        return x.astype(np.float32), labels

    return Dataset("shapes", *part(256), *part(64), tuple("0123456789"), (28, 28), "test")


@dataclass(frozen=True)
class FastRun:
    """A run up to where its numbers stop being finite, or for some epochs.

    Attributes
    ----------
    trainer : Trainer
        At the last good epoch.
    frames : list of EpochFrame
        Of every epoch.
    ended : bool
        Whether the next epoch has no finite numbers.
    """

    trainer: Trainer
    frames: list[EpochFrame]
    ended: bool

    @property
    def experiment(self) -> Experiment:
        return self.trainer.experiment


@cache
def fast_run(case: Case) -> FastRun:
    """Train a case until it fails: 20 epochs at most, 3 with mini-batches."""
    preset, rate, optimizer, activation, loss, dtype = case
    experiment = presets()[preset].but(
        learning_rate=rate, optimizer=optimizer, activation=activation, loss=loss, dtype=dtype
    )
    data = load_dataset("digits") if experiment.dataset == "digits" else pictures()
    trainer = Trainer(experiment, data)
    frames, ended = [trainer.frame()], True
    with suppress(NotFiniteError):
        for _ in range(20 if experiment.batch_size is None else 3):
            trainer.step_epoch()
            frames.append(trainer.frame())
        ended = False
    return FastRun(trainer, frames, ended)
