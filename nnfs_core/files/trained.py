"""A trained network, ready to be asked: what a weights file holds, put together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnfs_core.data import Dataset
from nnfs_core.data.scale import Scale
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment, not_usable
from nnfs_core.files.meaning import UNKNOWN, Meaning
from nnfs_core.files.weights import Weights, load_weights
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.network import Network
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.tasks import Classification, Task, task_of

USUAL_DATA = {64: "digits", 784: "mnist"}
"""What a network of so many inputs was trained on, most likely, when its file does not say."""

DIGITS = tuple("0123456789")

OWN_DATA = {
    "digits": Meaning(DIGITS, (), (8, 8), Scale(0, 16), validation_name="validation"),
    "mnist": Meaning(DIGITS, (), (28, 28), Scale(0, 255), validation_name="test"),
}
"""What the program's own data means, for weights from before files said so themselves."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A network together with what it has learned.

    Attributes
    ----------
    experiment : Experiment or None
        What it was trained by; None for a file that does not say.
    dataset : str or None
        What it was trained on, as the file names it.
    meaning : Meaning
        Of its inputs and outputs, as far as the file says.
    notes : tuple of str
        What had to be assumed, or is other than the file says; a line each, to be shown beside
        whatever the network answers.
    """

    network: Network
    parameters: Parameters
    experiment: Experiment | None
    dataset: str | None = None
    meaning: Meaning = UNKNOWN
    notes: tuple[str, ...] = ()

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of the input and of each layer."""
        return self.network.sizes

    def name_of(self, position: int) -> str:
        """Return the name of a class, or where the file names none what there is to say.

        Parameters
        ----------
        position : int
            Of the output, counted from 0.
        """
        if self.meaning.classes:
            return self.meaning.classes[position]
        return f"class {position} of {self.sizes[-1]} (the file names none)"


def usual_data(trained: Trained) -> str | None:
    """Return the data that a network is tried on when nobody says which."""
    if trained.dataset is not None:
        return trained.dataset
    if trained.meaning.data is not None or trained.meaning.inputs:
        return None
    return USUAL_DATA.get(trained.sizes[0])


def load_trained(path: Path, activation: str | None = None, default: str = "relu") -> Trained:
    """Load a network from a weights file.

    Parameters
    ----------
    path : Path
    activation : str, optional
        Of the hidden layers, whatever the file says.
    default : str
        The activation that is assumed where the file names none. The original program's do not,
        and theirs is relu.

    Raises
    ------
    UserError
        When the file is not what it should be, or there is no such activation.
    """
    if activation is not None and activation not in ACTIVATIONS:
        raise not_usable("activation", activation, "--activation")
    weights = load_weights(path)
    said, sizes = weights.experiment, weights.sizes
    experiment = None
    if said is not None:
        experiment = Experiment.of({"layers": list(sizes[1:-1]), **said}, path)
    named = experiment.activation if experiment and said and "activation" in said else None
    dataset = experiment.dataset if experiment and said and "dataset" in said else None
    notes = list(weights.notes)
    if activation is None and named is None and len(sizes) > 2:
        notes.append(
            f"{default} is assumed: the file names no activation (--activation says otherwise)"
        )
    elif None not in (activation, named) and activation != named:
        notes.append(f"{activation} is used as --activation says, though the file names {named}")
    meaning = _meaning(weights, dataset)
    task = _task(meaning, sizes[-1])
    loss = experiment.loss if experiment else next(iter(task.losses))
    return Trained(
        Network.of(sizes[0], sizes[1:-1], sizes[-1], activation or named or default, loss, task),
        joined(weights),
        experiment,
        dataset,
        meaning,
        tuple(notes),
    )


def _task(meaning: Meaning, outputs: int) -> Task:
    """Return what the outputs of a file's network say; classes, where it says nothing."""
    if meaning.task == Classification.name and not meaning.classes:
        return Classification.into(outputs)
    return task_of(meaning)


def _meaning(weights: Weights, dataset: str | None) -> Meaning:
    own = OWN_DATA.get(dataset or "")
    if weights.meaning != UNKNOWN or own is None or own.image_shape is None:
        return weights.meaning
    rows, columns = own.image_shape
    fits = (rows * columns, len(own.classes)) == (weights.sizes[0], weights.sizes[-1])
    return own if fits else UNKNOWN


def joined(weights: Weights) -> Parameters:
    """Lay a file's layers into one flat array, in float32 or, where it has any, float64."""
    layers = zip(weights.weights, weights.biases, strict=True)
    flat = np.concatenate([part.ravel() for layer in layers for part in layer])
    return Parameters.over(flat.astype(np.result_type(flat, np.float32)), weights.sizes)


def check_fit(where: object, sizes: tuple[int, ...], dataset: Dataset) -> None:
    """Refuse weights whose first and last layer are made for other data."""
    last = len(sizes) - 1
    for name, found, expected, what in (
        ("W1", sizes[0], dataset.features, "inputs"),
        (f"W{last}", sizes[-1], dataset.outputs, "classes" if dataset.classes else "outputs"),
    ):
        if found != expected:
            raise UserError(
                f"{name} does not fit {dataset.name}",
                where=where,
                expected=f"{expected} {what}",
                found=found,
            )
