"""Loading data, and making a trainer for it or for a saved run, in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from PyQt6.QtCore import QThread, pyqtSignal

from nnfs_core.data import load_dataset
from nnfs_core.data.base import Dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.history.dead_watch import mark_dead
from nnfs_core.history.keyframes import DEFAULT_LIMIT, Budget
from nnfs_core.history.recording import Recording
from nnfs_core.progress import Progress, Stopped, looking
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import Trainer
from visualizer.jobs.failures import failures, in_words
from visualizer.state.weights_source import WeightsSource, trainer_from

if TYPE_CHECKING:
    from nnfs_core.history.run import Run

REPORT_EVERY = 0.05
"""Seconds between two reports of how far it is."""


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


class Preparation(QThread):
    """Prepares one run, so that the window never stands still.

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

    progress = pyqtSignal(str, object, object)
    ready = pyqtSignal(object)
    """A :class:`Prepared`."""

    failed = pyqtSignal(str)

    def __init__(
        self,
        source: Experiment | Path | WeightsSource,
        name: str,
        data_dir: Path | None,
        known: Dataset | None,
        limit: int = DEFAULT_LIMIT,
    ) -> None:
        super().__init__()
        self._source, self._name, self._data_dir = source, name, data_dir
        self._known, self._limit = known, limit
        self._stopped = False
        self._reported = 0.0

    def stop(self) -> None:
        """Have it given up, a few milliseconds from now; neither signal follows then."""
        self._stopped = True

    def run(self) -> None:
        """Prepare; exactly one of ``ready`` and ``failed`` follows, unless it is stopped."""
        try:
            self.ready.emit(self._prepared())
        except Stopped:
            pass
        except UserError as error:
            self.failed.emit(str(error))
        except MemoryError:
            one = getattr(self._source, "dataset", None) or self._source
            self.failed.emit(f"{one}: not enough memory for this run")
        except Exception as error:
            what = f"{self._name}: cannot be prepared"
            self.failed.emit(f"{what}: {in_words(error)}")
            failures().report(error, what)

    def _prepared(self) -> Prepared:
        if isinstance(self._source, Experiment):
            source = self._source
            data = self._known or load_dataset(
                source.dataset, self._data_dir, self._on_progress, source.reading()
            )
            return Prepared.new(
                Trainer(self._source, data, look=self._look), self._name, self._limit
            )
        if isinstance(self._source, WeightsSource):
            trainer = trainer_from(self._source, self._data_dir, self._on_progress)
            made = Prepared.new(trainer, self._name, self._limit)
            return replace(made, weights=self._source)
        return open_run(self._source, self._load, self._limit, self._on_progress)

    def _load(self, run: Run) -> Dataset:
        from nnfs_core.files.meeting import data_of

        return data_of(run, run.experiment.dataset, self._data_dir, self._on_progress)

    def _look(self) -> None:
        if self._stopped:
            raise Stopped

    def _on_progress(self, what: str, done: int, total: int) -> None:
        self._look()
        # It is called a thousand times a second, and the window has something else to do.
        now = perf_counter()
        if now - self._reported > REPORT_EVERY:
            self._reported = now
            self.progress.emit(what, done, total)


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
