"""Loading data, and making a trainer for it or for a saved run, in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nnfs_core.data import load_dataset
from nnfs_core.data.base import Dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.history.dead_watch import mark_dead
from nnfs_core.history.keyframes import DEFAULT_LIMIT, Budget
from nnfs_core.history.recording import Recording
from nnfs_core.progress import Progress, looking
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import Trainer
from visualizer.state.weights_source import WeightsSource, trainer_from

if TYPE_CHECKING:
    from nnfs_core.history.run import Run


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that is ready to be shown; the state of each branch's newest epoch is known."""

    arranged: Arranged
    name: str
    branches: Sequence[Recording]
    active: Recording
    total: int
    path: Path | None = None
    """The file it was read from."""

    weights: WeightsSource | None = None
    """The weights that it starts from, where some were opened."""

    @classmethod
    def new(cls, trainer: Trainer, name: str, limit: int = DEFAULT_LIMIT) -> Prepared:
        """Return a run that has not been trained yet."""
        recording = Recording(Budget.for_run(trainer, limit))
        recording.append(trainer.metrics)
        state = trainer.state()
        recording.keyframes.add(state, keep=True)
        recording.stand(state)
        mark_dead(recording, trainer, state)
        return cls(trainer.arranged, name, [recording], recording, trainer.experiment.epochs)


class Preparation:
    """What is to be prepared, so that the window never stands still.

    Parameters
    ----------
    source : Experiment, Path or WeightsSource
        What to run, the file of a run, or weights to start from.
    name : str
        What a new run is called.
    data_dir : Path or None
        Where data is looked for.
    known : Dataset or None
        The data, where it is there already.
    limit : int
        Bytes of keyframes.
    """

    def __init__(
        self,
        source: Experiment | Path | WeightsSource,
        name: str,
        data_dir: Path | None,
        known: Dataset | None,
        limit: int = DEFAULT_LIMIT,
    ) -> None:
        self.name = name
        self._source, self._data_dir = source, data_dir
        self._known, self._limit = known, limit

    def prepare(self, progress: Progress) -> Prepared:
        """Prepare; it takes seconds for large data, and calls ``progress`` now and then.

        Raises
        ------
        UserError
            When it cannot be.
        """
        try:
            return self._prepared(progress)
        except MemoryError:
            one = getattr(self._source, "dataset", None) or self._source
            raise UserError(f"{one}: not enough memory for this run") from None

    def _prepared(self, progress: Progress) -> Prepared:
        if isinstance(self._source, Experiment):
            source = self._source
            data = self._known or load_dataset(
                source.dataset, self._data_dir, progress, source.reading()
            )
            trainer = Trainer(source, data, look=looking(progress, f"arranging {source.dataset}"))
            return Prepared.new(trainer, self.name, self._limit)
        if isinstance(self._source, WeightsSource):
            trainer = trainer_from(self._source, self._data_dir, progress)
            made = Prepared.new(trainer, self.name, self._limit)
            return replace(made, weights=self._source)

        def load(run: Run) -> Dataset:
            from nnfs_core.files.meeting import data_of

            return data_of(run, run.experiment.dataset, self._data_dir, progress)

        return open_run(self._source, load, self._limit, progress)


def open_run(
    path: Path,
    load: Callable[[Run], Dataset],
    limit: int = DEFAULT_LIMIT,
    progress: Progress | None = None,
) -> Prepared:
    """Read the file of a run and make its trainer.

    Parameters
    ----------
    load : callable
        Loads the run's data, read as it was then.
    progress : callable, optional
        Called between two pieces of work.

    Raises
    ------
    UserError
        When the file is not a run's, or its data is not there or is other data.
    """
    from nnfs_core.files.runfile import check_dataset, load_run

    run = load_run(path, limit, progress)
    data = load(run)
    look = looking(progress, f"Opening {path.name}")
    check_dataset(run, data, look)
    trainer = Trainer(run.experiment, data, state=run.newest[run.active], look=look)
    for branch, newest in zip(run.recordings, run.newest, strict=True):
        if branch is not run.recordings[run.active]:
            # As if it had been left here: this is where one comes back to it.
            branch.keyframes.add(newest, keep=True)
        mark_dead(branch, trainer, newest, look)
    active = run.recordings[run.active]
    active.stand(run.newest[run.active])
    return Prepared(trainer.arranged, run.name, run.recordings, active, run.total, path)
