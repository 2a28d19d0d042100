"""The view-model: which run there is, whether it trains, and which epoch and sample are shown.

It knows no widgets. Views listen to its signals and are projections of what they carry.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PyQt6.QtCore import QObject, QThread, QTimer, pyqtSignal

from nnfs_core.datasets import load_dataset
from nnfs_core.datasets.base import Dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.network import Network, Trace
from nnfs_core.recording import Recording
from nnfs_core.training import EpochFrame, Trainer, TrainState
from visualizer.training_thread import TrainingThread

Part = Literal["train", "held out"]

PICTURES_PER_SECOND = 30
"""Most new pictures a second: smooth to the eye, and training keeps its speed."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of the data.

    Attributes
    ----------
    part : str
        ``"train"`` or ``"held out"``.
    index : int
        Its row in that part.
    x : ndarray, shape (features,)
    label : int
        The true class.
    """

    part: Part
    index: int
    x: np.ndarray
    label: int


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class RunInfo:
    """What stays the same over a whole run. Every run is itself only, whatever it holds."""

    experiment: Experiment
    name: str
    dataset: Dataset
    network: Network
    first_frame: EpochFrame

    def samples(self, part: Part) -> tuple[np.ndarray, np.ndarray]:
        """Return the inputs (samples, features) and labels (samples,) of a part."""
        data = self.dataset
        if part == "train":
            return data.train_x, data.train_y
        return data.validation_x, data.validation_y

    def sample(self, part: Part, index: int) -> Sample:
        """Return one sample of a part."""
        x, y = self.samples(part)
        return Sample(part, index, x[index], int(y[index]))

    def part_name(self, part: Part) -> str:
        """Return what a part is called on screen."""
        return "train" if part == "train" else self.dataset.held_out


@dataclass(frozen=True, slots=True)
class ViewContext:
    """What a panel draws a frame with: the run, its history, and the chosen sample.

    Attributes
    ----------
    run : RunInfo
    recording : Recording
        Metrics of every epoch so far.
    total : int
        Epochs the run is meant to last.
    sample : Sample
    trace : Trace
        The sample's way through the network of the shown frame.
    """

    run: RunInfo
    recording: Recording
    total: int
    sample: Sample
    trace: Trace


class Preparation(QThread):
    """Loads the data and makes the trainer, so that the window never stands still."""

    progress = pyqtSignal(str, object, object)
    ready = pyqtSignal(object)
    failed = pyqtSignal(str)

    def __init__(
        self, experiment: Experiment, name: str, data_dir: Path | None, known: Dataset | None
    ) -> None:
        super().__init__()
        self.name = name
        self._experiment, self._data_dir, self._known = experiment, data_dir, known

    def run(self) -> None:
        """Load and make; exactly one of ``ready`` and ``failed`` follows."""
        try:
            data = self._known or load_dataset(
                self._experiment.dataset, self._data_dir, self._on_progress
            )
            self.ready.emit(Trainer(self._experiment, data))
        except UserError as error:
            self.failed.emit(str(error))
        except MemoryError:
            self.failed.emit(f"{self._experiment.dataset}: not enough memory for this run")

    def _on_progress(self, what: str, done: int, total: int) -> None:
        if self.isInterruptionRequested():
            raise UserError("loading was given up", where=self._experiment.dataset)
        self.progress.emit(what, done, total)


class Viewer(QObject):
    """One run at a time, live."""

    run_started = pyqtSignal(object)
    """A new run, as :class:`RunInfo`; its first frame follows as ``shown``."""

    shown = pyqtSignal(object, object)
    """What to draw: an EpochFrame and a :class:`ViewContext`."""

    training_changed = pyqtSignal(bool)
    learning_rate_changed = pyqtSignal(float)
    speed_changed = pyqtSignal(object)
    total_changed = pyqtSignal(int)
    preparing = pyqtSignal(str, object, object)
    """What is being loaded, how far, of how much; an empty text when nothing is any more."""

    failed = pyqtSignal(str)
    """One line for the person: what could not be done, and why."""

    def __init__(self, data_dir: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.data_dir = data_dir
        self.run: RunInfo | None = None
        self.recording = Recording()
        self.frame: EpochFrame | None = None
        self.total = 0
        self.rate: float | None = None
        self.training = False
        self._trainer: Trainer | None = None
        self._initial: TrainState | None = None
        self._thread: TrainingThread | None = None
        self._preparation: Preparation | None = None
        self._preparations: set[Preparation] = set()
        self._dataset_key: tuple[str, Path | None] | None = None
        self._train_when_ready = False
        self._keep_every: int | None = None
        self._sample: tuple[Part, int] = ("held out", 0)
        self._waiting: EpochFrame | None = None
        self._next_picture = QTimer(self)
        self._next_picture.setSingleShot(True)
        self._next_picture.setInterval(round(1000 / PICTURES_PER_SECOND))
        self._next_picture.timeout.connect(self._show_waiting)

    # Runs

    def start(self, experiment: Experiment, name: str, *, train: bool = False) -> None:
        """Prepare a new run in the background, then show it; ``failed`` tells if that cannot be."""
        self.cancel_preparation()
        self._train_when_ready = train
        key = (experiment.dataset, self.data_dir)
        known = self.run.dataset if self.run is not None and key == self._dataset_key else None
        preparation = self._preparation = Preparation(experiment, name, self.data_dir, known)
        preparation.progress.connect(self._on_preparation_progress)
        preparation.failed.connect(self._on_preparation_failed)
        preparation.ready.connect(self._on_preparation_ready)
        preparation.finished.connect(self._on_preparation_finished)
        self._preparations.add(preparation)
        self.preparing.emit(f"loading {experiment.dataset}", 0, 0)
        preparation.start()

    def start_now(self, experiment: Experiment, name: str) -> None:
        """Prepare a new run at once and show it; for data that is there in a moment.

        Raises
        ------
        UserError
            When the data cannot be loaded.
        """
        self.adopt(Trainer(experiment, load_dataset(experiment.dataset, self.data_dir)), name)

    def adopt(self, trainer: Trainer, name: str) -> None:
        """Show the run of a trainer that is ready."""
        self._end_thread()
        self._trainer, self._initial = trainer, trainer.state()
        self._dataset_key = (trainer.experiment.dataset, self.data_dir)
        self.run = RunInfo(
            trainer.experiment, name, trainer.dataset, trainer.network, trainer.frame()
        )
        part, index = self._sample
        if index >= len(self.run.samples(part)[0]):
            self._sample = ("held out" if len(trainer.dataset.validation_x) else "train", 0)
        self._set_total(trainer.experiment.epochs)
        self._begin()

    def restart(self) -> None:
        """Go back to the same initial weights."""
        if self._trainer is None or self._initial is None or self.run is None:
            return
        self._end_thread()
        self._trainer.restore(self._initial)
        self._set_total(self.run.experiment.epochs)
        self._begin()

    def cancel_preparation(self) -> None:
        """Forget the run that is being prepared, if one is."""
        if self._preparation is not None:
            # It may be in the middle of a read, so it ends when it can, unheard.
            self._preparation.requestInterruption()
            self._preparation = None
            self.preparing.emit("", 0, 0)

    def close(self) -> None:
        """End every thread; the viewer can be thrown away then."""
        self.cancel_preparation()
        for preparation in self._preparations:
            preparation.wait()
        self._end_thread()

    # Training

    def train(self) -> None:
        """Train until the total; beyond it, for as many epochs again."""
        if self._thread is None or self.run is None:
            return
        if len(self.recording) > self.total:
            self._set_total(self.total + self.run.experiment.epochs)
        self._thread.train(self.total)

    def pause(self) -> None:
        """Stop after the epoch under way."""
        if self._thread is not None:
            self._thread.pause()

    def toggle(self) -> None:
        """Train, or pause."""
        if self.training:
            self.pause()
        else:
            self.train()

    def step(self, epochs: int = 1) -> None:
        """Train exactly so many epochs and show each one."""
        if self._thread is None:
            return
        if self.training:
            self._thread.pause()
            return
        self._set_total(max(self.total, self._thread.step(epochs)))

    def advance_now(self, *, show: bool = True) -> EpochFrame | None:
        """Train one epoch here, without a thread: for pictures made headless.

        Parameters
        ----------
        show : bool
            Build the epoch's frame, show and return it; it takes time.

        Raises
        ------
        NotFiniteError
            When the numbers stop being finite.
        """
        assert self._trainer is not None, "a run comes first"
        self._end_thread()
        self.recording.append(self._trainer.step_epoch())
        if not show:
            return None
        self.frame = self._trainer.frame()
        self._show()
        return self.frame

    def set_rate(self, epochs_per_second: float | None) -> None:
        """Train at most so many epochs a second; None: as fast as it goes."""
        self.rate = epochs_per_second
        if self._thread is not None:
            self._thread.set_rate(epochs_per_second)
        self.speed_changed.emit(epochs_per_second)

    def set_learning_rate(self, learning_rate: float) -> None:
        """Go on with another learning rate from the next epoch."""
        if self._thread is not None:
            self._thread.set_learning_rate(learning_rate)
            self.learning_rate_changed.emit(learning_rate)

    def keep_every(self, epochs: int | None) -> None:
        """Show every so-many-th epoch without fail, so that it can be recorded."""
        self._keep_every = epochs
        if self._thread is not None:
            self._thread.keep_every(epochs)

    # What is shown

    @property
    def context(self) -> ViewContext:
        """What the present frame is drawn with."""
        assert self.run is not None and self.frame is not None, "a run comes first"
        sample = self.run.sample(*self._sample)
        trace = self.run.network.trace(self.frame.parameters, sample.x)
        return ViewContext(self.run, self.recording, self.total, sample, trace)

    def select_sample(self, part: Part, index: int) -> None:
        """Show this sample everywhere."""
        if self.run is None:
            return
        count = len(self.run.samples(part)[0])
        if count:
            self._sample = (part, index % count)
            self._show()

    def _begin(self) -> None:
        assert self._trainer is not None and self.run is not None
        self.recording = Recording()
        self.recording.append(self._trainer.metrics)
        self.frame, self._waiting = self._trainer.frame(), None
        thread = self._thread = TrainingThread(self._trainer, self.recording)
        thread.epoch_finished.connect(self._on_epoch_finished)
        thread.training_changed.connect(self._on_thread_training)
        thread.failed.connect(self._on_thread_failed)
        thread.set_rate(self.rate)
        thread.keep_every(self._keep_every)
        self.run_started.emit(self.run)
        self.learning_rate_changed.emit(self._trainer.learning_rate)
        self._show()
        thread.start()
        if self._train_when_ready:
            self._train_when_ready = False
            self.train()

    def _end_thread(self) -> None:
        thread, self._thread = self._thread, None
        self._next_picture.stop()
        if thread is not None:
            thread.close()
            self._waiting = None
        if self.training:
            self._on_training_changed(False)

    def _set_total(self, total: int) -> None:
        self.total = total
        self.total_changed.emit(total)

    def _on_preparation_progress(self, what: str, done: int, total: int) -> None:
        if self.sender() is self._preparation:
            self.preparing.emit(what, done, total)

    def _on_preparation_finished(self) -> None:
        self._preparations.discard(self.sender())

    def _on_preparation_failed(self, message: str) -> None:
        if self.sender() is not self._preparation:
            return
        self._preparation = None
        self._train_when_ready = False
        self.preparing.emit("", 0, 0)
        self.failed.emit(message)

    def _on_preparation_ready(self, trainer: Trainer) -> None:
        preparation = self._preparation
        if preparation is None or self.sender() is not preparation:
            return
        self._preparation = None
        self.preparing.emit("", 0, 0)
        self.adopt(trainer, preparation.name)

    def _on_training_changed(self, training: bool) -> None:
        self.training = training
        self.training_changed.emit(training)

    def _on_thread_training(self, training: bool) -> None:
        # A word that was still under way when its run ended is not about this run.
        if self.sender() is self._thread:
            self._on_training_changed(training)

    def _on_thread_failed(self, message: str) -> None:
        if self.sender() is self._thread:
            self.failed.emit(message)

    def _on_epoch_finished(self, frame: EpochFrame) -> None:
        if self.sender() is not self._thread:
            return
        self._waiting = frame
        if not self._next_picture.isActive():
            self._show_waiting()

    def _show_waiting(self) -> None:
        if self._waiting is None or self._thread is None:
            return
        self.frame, self._waiting = self._waiting, None
        self._next_picture.start()
        self._show()
        self._thread.take()

    def _show(self) -> None:
        if self.frame is not None:
            self.shown.emit(self.frame, self.context)
