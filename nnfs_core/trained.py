"""A trained network, ready to be asked: what a weights file holds, put together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnfs_core.activations import ACTIVATIONS
from nnfs_core.checkpoint import Weights, load_weights
from nnfs_core.datasets import Dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.losses import LOSSES
from nnfs_core.network import Network, Parameters


@dataclass(frozen=True, slots=True)
class Trained:
    """A network together with what it has learned.

    Attributes
    ----------
    experiment : Experiment or None
        What it was trained by; None for a file that does not say.
    """

    network: Network
    parameters: Parameters
    experiment: Experiment | None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of the input and of each layer."""
        return self.network.sizes


def load_trained(path: Path) -> Trained:
    """Load a network from a weights file.

    A file that does not hold its experiment, as the original program writes it, is taken
    for what that program trains: relu and cross-entropy.

    Raises
    ------
    UserError
        When the file is not what it should be.
    """
    weights = load_weights(path)
    experiment = None if weights.experiment is None else Experiment.of(weights.experiment, path)
    parameters = joined(weights)
    activation, loss = "relu", "cross-entropy"
    if experiment is not None:
        activation, loss = experiment.activation, experiment.loss
    network = Network(parameters.sizes, ACTIVATIONS[activation], LOSSES[loss])
    return Trained(network, parameters, experiment)


def joined(weights: Weights) -> Parameters:
    """Lay a file's layers into one flat array, in float32 or, where it has any, float64."""
    layers = zip(weights.weights, weights.biases, strict=True)
    flat = np.concatenate([part.ravel() for layer in layers for part in layer])
    sizes = (weights.weights[0].shape[1], *(len(bias) for bias in weights.biases))
    return Parameters.over(flat.astype(np.result_type(flat, np.float32)), sizes)


def check_fit(path: Path, sizes: tuple[int, ...], dataset: Dataset) -> None:
    """Refuse weights whose first and last layer are made for other data."""
    last = len(sizes) - 1
    for name, found, expected, what in (
        ("W1", sizes[0], dataset.features, "inputs"),
        (f"W{last}", sizes[-1], len(dataset.classes), "classes"),
    ):
        if found != expected:
            raise UserError(
                f"{name} does not fit {dataset.name}",
                where=path,
                expected=f"{expected} {what}",
                found=found,
            )
