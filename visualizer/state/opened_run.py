"""Runs that are asked for: prepared in the background, and put on stage when they are ready."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from nnfs_core.data import dataset_names, load_dataset
from nnfs_core.data.base import Dataset
from nnfs_core.engine.carrier import Carrier
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.training.trainer import Trainer
from visualizer.jobs.failures import failures, in_words
from visualizer.state.branched_run import BranchedRun
from visualizer.state.loader import Loader
from visualizer.state.preparation import Preparation, Prepared
from visualizer.state.weights_source import WeightsSource


class OpenedRun(BranchedRun):
    """Starts and opens runs, one at a time: what is asked for last is what comes."""

    preparing = pyqtSignal(str, object, object)
    """What is being loaded, how far, of how much; an empty text when nothing is any more."""

    failed = pyqtSignal(str)
    """One line for the person: what could not be done, and why."""

    weights_opened = pyqtSignal(object, object)
    """A :class:`~visualizer.state.weights_source.WeightsSource`, and the run that starts there."""

    weights_failed = pyqtSignal(object, str)
    """The same, and why it could not be opened on that data."""

    def __init__(self, carrier: Carrier | None = None, parent: QObject | None = None) -> None:
        super().__init__(carrier, parent)
        self.loader = Loader(self)
        self.loader.progress.connect(self.preparing)
        self.loader.ready.connect(self._on_prepared)
        self.loader.failed.connect(self._on_preparation_failed)
        self._train_when_ready = False
        self._weights_wanted: WeightsSource | None = None
        self._asked: tuple[Experiment, str] | None = None

    def train(self) -> None:
        """Train until the total."""
        raise NotImplementedError

    def start(self, experiment: Experiment, name: str, *, train: bool = False) -> None:
        """Prepare a new run in the background, then show it; ``failed`` tells if that cannot be."""
        self._asked = experiment, name
        key = (experiment.dataset, self.data_dir, experiment.reading())
        # A file may have changed since; what has a name of its own does not.
        same = self.run is not None and key == self._dataset_key
        # What was made for weights from elsewhere is not as the data is by itself.
        same = same and not (self.run is not None and self.run.dataset.borrowed)
        named = experiment.dataset in dataset_names()
        known = self.run.dataset if self.run is not None and same and named else None
        self._prepare(experiment, name, known, f"loading {experiment.dataset}", train)

    def start_with(self, data_dir: Path) -> None:
        """Try the run again that was asked for last, with data from a folder."""
        self.data_dir = data_dir
        if self._asked is not None:
            self.start(*self._asked)

    def open(self, path: Path, *, train: bool = False) -> None:
        """Open the file of a run in the background, then show it; ``failed`` tells if it cannot."""
        self._prepare(path, path.stem, None, f"opening {path.name}", train)

    def open_weights(self, source: WeightsSource, *, train: bool = False) -> None:
        """Open trained weights in the background, as the start of a run.

        ``weights_opened`` or ``weights_failed`` follows.
        """
        path = source.path
        self._prepare(source, path.stem, None, f"opening {path.name}", train)

    def _prepare(
        self,
        source: Experiment | Path | WeightsSource,
        name: str,
        known: Dataset | None,
        what: str,
        train: bool,
    ) -> None:
        self._weights_wanted = source if isinstance(source, WeightsSource) else None
        self._train_when_ready = train
        limit = self.keyframe_limit
        self.loader.start(Preparation(source, name, self.data_dir, known, limit), what)

    def start_now(self, experiment: Experiment, name: str) -> None:
        """Prepare a new run at once and show it; for data that is there in a moment.

        Raises
        ------
        UserError
            When the data cannot be loaded.
        """
        data = load_dataset(experiment.dataset, self.data_dir, reading=experiment.reading())
        self.adopt(Trainer(experiment, data), name)

    def adopt_run(self, prepared: Prepared) -> None:
        """Show a run that is ready, and train it where that was asked for with it."""
        super().adopt_run(prepared)
        if self._train_when_ready:
            self._train_when_ready = False
            self.train()

    def bring_back(self) -> None:
        """Show the run again that was replaced last; the present one is kept in its place."""
        if self._previous is not None:
            self._bringing_back = True
            try:
                self._on_prepared(self._previous)
            finally:
                self._bringing_back = False

    def _on_prepared(self, prepared: Prepared) -> None:
        try:
            self.adopt_run(prepared)
        except Exception as error:
            what = f"{prepared.name} cannot be shown"
            self._on_preparation_failed(f"{what}: {in_words(error)}")
            if not isinstance(error, UserError | MemoryError):
                failures().report(error, what)
            return
        if prepared.weights is not None:
            self.weights_opened.emit(prepared.weights, prepared)

    def cancel_preparation(self) -> None:
        """Forget the run that is being prepared, if one is."""
        self.loader.cancel()

    def _on_preparation_failed(self, message: str) -> None:
        self._train_when_ready = False
        if self._weights_wanted is not None:
            self.weights_failed.emit(self._weights_wanted, message)
        else:
            self.failed.emit(message)
