"""Is the network well: units that have stopped to learn, gradients, updates, distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data.base import Dataset
from nnfs_core.diagnose.histogram import Histogram
from nnfs_core.experiment import Experiment
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.network import Network
from nnfs_core.model.parameters import Parameters
from nnfs_core.training.step import next_step
from nnfs_core.training.trainer import TrainState

Array = NDArray[Any]

PROBED = 512
"""Training samples that units are probed with: the first ones, the same ones always."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a network is at one epoch; one entry for each layer, the output last.

    Attributes
    ----------
    unresponsive : ndarray, shape (layers,)
        Share of dead or saturated units, see
        :class:`~nnfs_core.model.activations.Unresponsive`; nan where there is no
        such thing: in the output, and with the identity.
    gradients : ndarray, shape (layers,)
        ‖g‖₂ of the layer's weights and biases, of the gradient of the next step; nan where it is
        not finite.
    updates : ndarray, shape (layers,)
        ‖ΔW‖₂ / ‖W‖₂ of the layer's weights, ΔW being what the next step changes; nan where it is
        not finite, as with weights that are all zero.
    weights, activations : tuple of Histogram
        Of the layer's weights; and of its activations for the probed samples.
    """

    unresponsive: Array
    gradients: Array
    updates: Array
    weights: tuple[Histogram, ...]
    activations: tuple[Histogram, ...]


class Probe:
    """Examines states of one run. Belongs to one thread at a time.

    Parameters
    ----------
    experiment : Experiment
    network : Network
    dataset : Dataset
        Of its training part the first :data:`PROBED` rows are shown to the network.
    """

    def __init__(self, experiment: Experiment, network: Network, dataset: Dataset) -> None:
        self._experiment, self._network, self._dataset = experiment, network, dataset
        rows = np.asarray(dataset.train_x[:PROBED], experiment.dtype)
        self._x = np.ascontiguousarray(rows.T)[None]
        self._work = network.workspace(len(rows), self._x.dtype)

    def examine(self, state: TrainState) -> Health:
        """Return how the network is in a state of the run."""
        network, work = self._network, self._work
        step = next_step(self._experiment, network, self._dataset, state)
        with np.errstate(all="ignore"):
            logits = network.forward(step.before, self._x, work)
            work.output.compute(logits, np.zeros_like(logits))
            return Health(
                self._unresponsive(),
                _finite([_norm(*pair) for pair in _layers(step.gradient)]),
                _finite(
                    [
                        _norm(after - before) / _norm(before)
                        for before, after in zip(
                            step.before.weights, step.after.weights, strict=True
                        )
                    ]
                ),
                tuple(Histogram.of(weights, signed=True) for weights in step.before.weights),
                (
                    *(_activations(a, self._experiment.activation) for a in work.a[:-1]),
                    _answers(work.output.answers, self._network.task.reach),
                ),
            )

    def _unresponsive(self) -> Array:
        how, work = ACTIVATIONS[self._experiment.activation].unresponsive, self._work
        shares = np.full(len(work.z), np.nan)
        if how is not None:
            for layer, (z, a) in enumerate(zip(work.z[:-1], work.a, strict=False)):
                shares[layer] = how.share(z, a)
        shares.flags.writeable = False
        return shares


def _layers(parameters: Parameters) -> list[tuple[Array, Array]]:
    return list(zip(parameters.weights, parameters.biases, strict=True))


def _norm(*parts: Array) -> np.float64:
    """Return the Euclidean norm of all numbers of some arrays, summed up in float64."""
    squares = np.sum([np.square(part, dtype=np.float64).sum() for part in parts])
    if np.isinf(squares):
        # Not what it is of, but its square may be too large.
        size = np.max([np.abs(part).max(initial=0.0) for part in parts])
        if np.isfinite(size):
            return np.float64(size * _norm(*(part / size for part in parts)))
    return np.float64(np.sqrt(squares))


def _finite(values: list[np.float64]) -> Array:
    numbers = np.array(values)
    numbers[~np.isfinite(numbers)] = np.nan
    numbers.flags.writeable = False
    return numbers


def _answers(answers: Array, reach: float) -> Histogram:
    if np.isfinite(reach):
        return Histogram.of(answers, signed=False, reach=reach)
    return Histogram.of(answers, signed=True)


def _activations(a: Array, kind: str) -> Histogram:
    activation = ACTIVATIONS[kind]
    reach = activation.high if activation.bounded else None
    return Histogram.of(a, signed=activation.signed, reach=reach)
