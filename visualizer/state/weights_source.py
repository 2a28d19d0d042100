"""Trained weights that are opened: in the background, on data, as the start of a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nnfs_core.data import read_samples
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.progress import Progress, looking
from nnfs_core.training.trainer import Trainer

if TYPE_CHECKING:
    from nnfs_core.files.trained import Trained


@dataclass(frozen=True, slots=True)
class WeightsSource:
    """A weights file, and what a person says beside it.

    Attributes
    ----------
    path : Path
    dataset : str or None
        The data to try it on; None for what it was trained on, as far as it says so.
    activation : str or None
        Of its hidden layers, where the file does not say.
    """

    path: Path
    dataset: str | None = None
    activation: str | None = None


def trainer_from(
    source: WeightsSource, data_dir: Path | None, progress: Progress | None = None
) -> Trainer:
    """Return a trainer that stands at the weights, before its first epoch.

    Raises
    ------
    UserError
        When the weights cannot be used, or no data is known that they fit.
    """
    # Here, because most windows never open any.
    from nnfs_core.files.meeting import Visitor, dataset_for
    from nnfs_core.files.trained import load_trained

    trained = load_trained(source.path, source.activation)
    experiment = _experiment(trained, source)
    visitor = Visitor.of(trained, source.path)
    # As the run's file will say that it was read: it is read so again.
    reading = experiment.reading(visitor.reading().rules)
    samples = read_samples(experiment.dataset, data_dir, progress, reading.rules)
    data = dataset_for(visitor, experiment.dataset, samples, reading=reading, progress=progress)
    data = replace(data, notes=(*trained.notes, *data.notes))
    look = looking(progress, f"Opening {source.path.name}")
    return Trainer(experiment, data, trained.parameters, look=look)


def _experiment(trained: Trained, source: WeightsSource) -> Experiment:
    """Return the run that goes on from the weights: their own, with the data that was chosen."""
    from nnfs_core.files.trained import usual_data

    spec = source.dataset or usual_data(trained)
    if spec is None:
        raise UserError(
            "the file does not say what it was trained on; choose the data to try it on",
            where=source.path,
        )
    activation = trained.network.activation.name
    if trained.experiment is not None:
        return trained.experiment.but(dataset=spec, activation=activation)
    return Experiment(
        dataset=spec,
        layers=trained.sizes[1:-1],
        activation=activation,
        dtype=str(trained.parameters.flat.dtype),
    )
