"""``evaluate``: what trained weights get right on samples they were not trained on."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_cli.notes import print_notes
from nnfs_cli.progress import load_with_bar
from nnfs_core.batches import Blocks
from nnfs_core.errors import UserError
from nnfs_core.files import user_path
from nnfs_core.network import Network, Parameters
from nnfs_core.numbers_text import loss_text, percent
from nnfs_core.passes import Passer
from nnfs_core.trained import check_fit, load_trained


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a network does on some samples.

    Attributes
    ----------
    loss : float
        Mean over the samples.
    confusion : ndarray of int, shape (classes, classes)
        Row: the true class; column: the predicted one.
    """

    loss: float
    confusion: NDArray[np.int64]

    @property
    def samples(self) -> int:
        """How many there were."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of them classified correctly, 0…1."""
        return float(np.trace(self.confusion)) / self.samples


def measure(network: Network, parameters: Parameters, x: Any, labels: Any) -> Evaluation:
    """Run samples through a network.

    Parameters
    ----------
    x : ndarray, shape (samples, features)
    labels : ndarray of int, shape (samples,)

    Raises
    ------
    UserError
        When the numbers are not finite.
    """
    classes, loss = network.sizes[-1], 0.0
    counts = np.zeros(classes * classes, np.int64)
    x = np.ascontiguousarray(x, parameters.flat.dtype)
    passer = Passer(network, x.dtype)
    with np.errstate(all="ignore"):
        for block in Blocks(x, labels, network.sizes, arrange=False):
            output = passer.forward(parameters, block).output
            loss += network.loss.value(output, block.targets)
            pairs = block.targets.argmax(axis=0) * classes + output.shifted.argmax(axis=0)
            counts += np.bincount(pairs, minlength=classes * classes)
    if not math.isfinite(loss):
        raise UserError("the weights are too large: the network's numbers are not finite")
    return Evaluation(loss / len(x), counts.reshape(classes, classes))


def print_evaluation(
    weights: Path,
    spec: str | None,
    data_dir: Path | None,
    as_json: bool,
    activation: str | None = None,
) -> int:
    """Measure trained weights on the held-out part of some data, and print what comes out.

    Parameters
    ----------
    weights : Path
        The file.
    spec : str, optional
        The dataset; by default the one the weights were trained on, where the file says so.
    activation : str, optional
        Of the hidden layers, whatever the file says.

    Raises
    ------
    UserError
        When weights or data cannot be used, or do not fit each other.
    """
    path = user_path(weights)
    trained = load_trained(path, activation)
    if spec is None:
        if trained.dataset is None:
            raise UserError("the weights do not say what they were trained on; --dataset is needed")
        spec = trained.dataset
    dataset = load_with_bar(spec, data_dir)
    check_fit(path, trained.sizes, dataset)
    if not len(dataset.validation_y):
        raise UserError("there are no samples to evaluate on", where=dataset.name)
    result = measure(
        trained.network, trained.parameters, dataset.validation_x, dataset.validation_y
    )
    if as_json:
        report = {
            "weights": str(path),
            "dataset": dataset.name,
            "part": dataset.held_out,
            "samples": result.samples,
            "accuracy": result.accuracy,
            "loss": result.loss,
            "classes": list(dataset.classes),
            "confusion": result.confusion.tolist(),
            "notes": list(trained.notes),
        }
        print(json.dumps(report))
        return 0
    print(
        percent(result.accuracy, 2),
        f"of {result.samples} {dataset.held_out} samples of {dataset.name}",
        f" loss {loss_text(result.loss)}",
    )
    print_notes(trained.notes)
    return 0
