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
from nnfs_cli.progress import with_bar
from nnfs_core.data import Progress, read_samples
from nnfs_core.data.reading import AUTO
from nnfs_core.disk.whole import user_path
from nnfs_core.errors import UserError, one_line
from nnfs_core.files.meeting import Met, Visitor, meet
from nnfs_core.files.trained import load_trained
from nnfs_core.model.network import Network, Parameters
from nnfs_core.passes.batches import Blocks
from nnfs_core.passes.full_pass import Passer
from nnfs_core.text.numbers import loss_text, percent


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a network does on some samples.

    Attributes
    ----------
    loss : float
        Mean over the samples.
        Over those whose class the network knows; NaN where there is none.
    confusion : ndarray of int, shape (classes, classes)
        Row: the true class; column: the predicted one.
    unknown : int
        Samples of classes that the network does not know: all of them wrong.
    """

    loss: float
    confusion: NDArray[np.int64]
    unknown: int = 0

    @property
    def samples(self) -> int:
        """How many there were."""
        return int(self.confusion.sum()) + self.unknown

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
        Negative where the network does not know the class.

    Raises
    ------
    UserError
        When the numbers are not finite.
    """
    classes, loss = network.sizes[-1], 0.0
    counts = np.zeros(classes * classes, np.int64)
    known = labels >= 0
    unknown = int((~known).sum())
    if unknown:
        x, labels = x[known], labels[known]
    if not len(x):
        return Evaluation(math.nan, counts.reshape(classes, classes), unknown)
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
    return Evaluation(loss / len(x), counts.reshape(classes, classes), unknown)


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be measured.

    Attributes
    ----------
    spec : str, optional
        The dataset; by default the one the weights were trained on, where the file says so.
    data_dir : Path, optional
        Where MNIST lies.
    part : str, optional
        Which of its samples; see :func:`~nnfs_core.files.meeting.meet`.
    image : str
        Whether a row is a picture, where nothing says.
    activation : str, optional
        Of the hidden layers, whatever the file says.
    """

    spec: str | None = None
    data_dir: Path | None = None
    part: str | None = None
    image: str = AUTO
    activation: str | None = None


def print_evaluation(weights: Path, question: Question, *, as_json: bool) -> int:
    """Measure trained weights on some data, and print what comes out.

    Raises
    ------
    UserError
        When weights or data cannot be used, or do not fit each other.
    """
    path = user_path(weights)
    trained = load_trained(path, question.activation)
    spec = question.spec or trained.dataset
    if spec is None:
        raise UserError("the weights do not say what they were trained on; --dataset is needed")
    visitor = Visitor.of(trained, path)
    rules = visitor.reading().rules
    dtype = trained.parameters.flat.dtype

    def meeting(progress: Progress | None) -> Met:
        samples = read_samples(spec, question.data_dir, progress, rules)
        return meet(
            visitor,
            spec,
            samples,
            question.part,
            image=question.image,
            dtype=dtype,
            progress=progress,
        )

    met = with_bar(meeting)
    result = measure(trained.network, trained.parameters, met.x, met.y)
    notes = (*trained.notes, *met.notes)
    if as_json:
        report = {
            "weights": str(path),
            "dataset": met.name,
            "part": met.part,
            "trained_on_it": met.own,
            "samples": result.samples,
            "accuracy": result.accuracy,
            "loss": None if math.isnan(result.loss) else result.loss,
            "classes": list(met.classes),
            "confusion": result.confusion.tolist(),
            "unknown_classes": met.unknown,
            "notes": list(notes),
        }
        print(json.dumps(report))
        return 0
    if met.part == "all":
        which = f"all {result.samples} samples of {met.name}"
    else:
        which = f"{result.samples} {met.part} samples of {met.name}"
    if not met.own and trained.meaning.data is not None:
        which += ", not the data it was trained on last"  # what came before is not known
    loss = "" if math.isnan(result.loss) else f"  loss {loss_text(result.loss)}"
    print(f"{percent(result.accuracy, 2)} of {one_line(which)}{loss}")
    print_notes(notes)
    return 0
