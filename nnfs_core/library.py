"""The package as a library: a network trained, measured, asked, saved and opened, a line each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnfs_core import registry
from nnfs_core.data import Dataset, load_dataset, read_samples, sources
from nnfs_core.data.scale import Scale
from nnfs_core.diagnose.evaluation import Evaluation, ValueEvaluation, measure
from nnfs_core.disk.whole import user_path
from nnfs_core.errors import UserError
from nnfs_core.experiment import CHOICES, Experiment, optimizer_names
from nnfs_core.files import weights as weights_file
from nnfs_core.files.meaning import Meaning
from nnfs_core.files.meeting import Visitor, meet
from nnfs_core.files.trained import Trained, load_trained
from nnfs_core.history.run import Fingerprint
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.tasks import task_of
from nnfs_core.optimizers import optimizers
from nnfs_core.training.metrics import EpochMetrics
from nnfs_core.training.trainer import Trainer


def train(
    experiment: Experiment | None = None,
    dataset: Dataset | None = None,
    on_epoch: Callable[[EpochMetrics], object] | None = None,
) -> Trained:
    """Train a network from its beginning to the last epoch of an experiment.

    Parameters
    ----------
    experiment : Experiment, optional
        By default the small digits.
    dataset : Dataset, optional
        By default what the experiment names.
    on_epoch : callable, optional
        Called with the metrics after every epoch, and before the first one.

    Returns
    -------
    Trained
        What was learned, with what its inputs and outputs mean.

    Raises
    ------
    UserError
        When the data cannot be loaded, or numbers stop being finite.
    """
    experiment = experiment or Experiment()
    if dataset is None:
        dataset = load_dataset(experiment.dataset, reading=experiment.reading())
    experiment, _ = experiment.fitted(task_of(dataset))
    trainer = Trainer(experiment, dataset)
    if on_epoch is not None:
        on_epoch(trainer.metrics)
    while trainer.epoch < experiment.epochs:
        metrics = trainer.step_epoch()
        if on_epoch is not None:
            on_epoch(metrics)
    meaning = Meaning.of(dataset, Fingerprint.of(dataset))
    parameters = trainer.parameters.frozen_copy()
    return Trained(trainer.network, parameters, experiment, dataset.name, meaning)


def evaluate(
    trained: Trained, data: Dataset | str | Path | None = None, part: str | None = None
) -> Evaluation | ValueEvaluation:
    """Measure a network on data.

    Parameters
    ----------
    trained : Trained
    data : Dataset, or name or path of data, optional
        By default what it was trained on, where that is known. A name or a path is read and
        brought into the network's own columns, classes and scale. A dataset must have its scale
        already, as the one that it was trained on has.
    part : str, optional
        ``"train"``, ``"validation"`` or ``"all"``. By default what it was not trained on.

    Raises
    ------
    UserError
        When the data cannot be read, or does not fit.
    """
    if isinstance(data, Dataset):
        _check_scale(trained, data)
        parts = {
            "train": (data.train_x, data.train_y),
            "validation": (data.validation_x, data.validation_y),
            "all": (
                np.concatenate([data.train_x, data.validation_x]),
                np.concatenate([data.train_y, data.validation_y]),
            ),
        }
        wanted = part or ("validation" if len(data.validation_y) else "train")
        if wanted not in parts:
            raise UserError("there is no such part", expected=", ".join(parts), found=wanted)
        x, y = parts[wanted]
        return measure(trained.network, trained.parameters, x, y)
    spec = data or trained.dataset
    if spec is None:
        raise UserError("the weights do not say what they were trained on; name the data")
    visitor = Visitor.of(trained, "the network")
    samples = read_samples(str(spec), None, None, visitor.reading().rules)
    met = meet(visitor, str(spec), samples, part, dtype=trained.parameters.flat.dtype)
    return measure(trained.network, trained.parameters, met.x, met.y)


def predict(trained: Trained, x: ArrayLike, *, scaled: bool = False) -> NDArray[Any]:
    """Return the probability of each class for some samples, or the value that is predicted.

    Parameters
    ----------
    trained : Trained
    x : array_like, shape (samples, features) or (features,)
        In the units of the data, as its file has them: pixels from 0 to 255, metres, years.
    scaled : bool
        Whether they have the network's scale already, as the samples of a
        :class:`~nnfs_core.data.base.Dataset` do.

    Returns
    -------
    ndarray, shape (samples, outputs)
        Probabilities, columns in the order of ``trained.meaning.classes``; with regression one
        column of values, in the data's own units.

    Raises
    ------
    UserError
        When there are too few or too many numbers, or the scale is not known.
    """
    rows = np.atleast_2d(np.asarray(x))
    rows = rows.reshape(len(rows), -1)
    if rows.shape[1] != trained.sizes[0]:
        raise UserError(
            "these samples do not fit the network",
            expected=f"{trained.sizes[0]} numbers each",
            found=rows.shape[1],
        )
    if not scaled:
        if trained.meaning.scale is None:
            raise UserError(
                "nothing says which scale the network has; give samples in it, with scaled=True"
            )
        rows = trained.meaning.scale.applied(rows, "x", dtype=trained.parameters.flat.dtype)
    answers = trained.network.predict(trained.parameters, rows)
    return trained.network.task.values(answers)


def save_weights(path: str | Path, trained: Trained) -> None:
    """Write what was learned into a file that says what it means.

    Raises
    ------
    UserError
        When it cannot be written, or could not be opened again.
    """
    experiment = None if trained.experiment is None else trained.experiment.to_dict()
    parameters = trained.parameters
    weights_file.save_weights(
        path,
        weights_file.Weights(
            parameters.weights, parameters.biases, None, experiment, trained.meaning
        ),
    )


def load_weights(path: str | Path, activation: str | None = None) -> Trained:
    """Open trained weights: ours, and those of PyTorch, Keras and scikit-learn.

    Parameters
    ----------
    path : str or Path
    activation : str, optional
        Of the hidden layers, where the file does not say.

    Raises
    ------
    UserError
        When there is no such file, or something in it is wrong.
    """
    return load_trained(user_path(path), activation)


def register(thing: Any) -> None:
    """Add an optimizer, an activation or a source of data to what experiments can name.

    Parameters
    ----------
    thing : Optimizer, Activation or Source
        As docs/extending.md describes them.

    Raises
    ------
    UserError
        When it is none of them, or there is one called alike.
    """
    kinds = ("ACTIVATION", "OPTIMIZER", "SOURCE")
    kind = next((one for one in kinds if registry.is_one(one, thing)), None)
    if kind is None:
        raise UserError(
            "this is nothing that can be added",
            expected="an optimizer, an activation or a source of data, see docs/extending.md",
            found=type(thing).__name__,
        )
    known: Any = ACTIVATIONS if kind == "ACTIVATION" else optimizers()
    if kind == "SOURCE":
        known = {source.name: source for source in sources()}
    if thing.name in known:
        raise UserError(f"there is already one called {thing.name}")
    if kind == "SOURCE":
        registry.keep(kind, thing)
        sources.cache_clear()
        return
    known[thing.name] = thing
    CHOICES["activation"] = tuple(ACTIVATIONS)
    CHOICES["optimizer"] = optimizer_names()


def _outputs(task: str, count: int) -> str:
    return f"{count} classes" if task == "classification" else f"a number ({task})"


def _check_scale(trained: Trained, data: Dataset) -> None:
    own: Scale | None = trained.meaning.scale
    task, shape = trained.network.task.name, (data.features, data.outputs)
    if data.task != task or shape != (trained.sizes[0], trained.sizes[-1]):
        raise UserError(
            "this data does not fit the network",
            expected=f"{trained.sizes[0]} inputs and {_outputs(task, trained.sizes[-1])}",
            found=f"{data.features} and {_outputs(data.task, data.outputs)}",
        )
    names = trained.meaning.classes
    if own is not None and (data.scale != own or (names and data.classes != names)):
        raise UserError(
            "this data has another scale or other classes than the network's; give its name or "
            "its file instead, which is brought into the network's"
        )
