"""What a viewer holds of the run that it shows: it changes as one, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject

from nnfs_core.data.base import Dataset
from nnfs_core.data.reading import Reading
from nnfs_core.explain.stages import Stage
from nnfs_core.history.recording import Recording
from nnfs_core.model.places import Place
from nnfs_core.training.trainer import EpochFrame, Trainer
from visualizer.state.context import Part, RunInfo, Sample
from visualizer.state.preparation import Prepared
from visualizer.state.seek_thread import SeekThread
from visualizer.state.training_thread import TrainingThread


class HeldRun(QObject):
    """Everything that belongs to one run, and what was chosen in it.

    What is set here, and nothing else, is put back when another run cannot be shown.

    Attributes
    ----------
    run : RunInfo or None
        None until there is a first one.
    recording : Recording
        The branch that is shown.
    branches : list of Recording
    frame, pin : EpochFrame or None
        The epoch that is shown, and the one it is compared with.
    live : bool
        Whether the newest epoch is shown and followed.
    opened : Path or None
        The file the run was read from.
    total : int
        Epochs the run is meant to last.
    selection : Place or None
        The number that is explained.
    stage : Stage or None
        The stage of slow motion.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: RunInfo | None = None
        self.recording = Recording()
        self.branches: list[Recording] = []
        self.frame: EpochFrame | None = None
        self.pin: EpochFrame | None = None
        self.live = True
        self.opened: Path | None = None
        self.total = 0
        self.selection: Place | None = None
        self.stage: Stage | None = None
        self._trainer: Trainer | None = None
        self._thread: TrainingThread | None = None
        self._seeker: SeekThread | None = None
        self._newest_frame: EpochFrame | None = None
        self._target = 0
        self._pinned: Recording | None = None
        self._deleted: list[tuple[int, Recording]] = []
        self._previous: Prepared | None = None
        self._dataset_key: tuple[str, Path | None, Reading] | None = None
        self._sample: tuple[Part, int] = ("held out", 0)
        self._drawing: Sample | None = None
        self._pad: Sample | None = None
        self._followed: list[tuple[Part, int]] = []
        self._names = tuple(vars(self))

    def _held(self) -> dict[str, Any]:
        """Return what is held now, by name."""
        return {name: getattr(self, name) for name in self._names}

    def _hold(self, held: dict[str, Any]) -> None:
        """Hold again what was held then."""
        for name, value in held.items():
            setattr(self, name, value)

    def _choose_in(self, run: RunInfo) -> None:
        """Let go of what was chosen in the run that is held and is not in another one."""
        part, index = self._sample
        if index >= len(run.samples(part)[0]):
            self._sample = ("held out" if len(run.dataset.validation_x) else "train", 0)
        if self._pad is not None and not _readable(self._pad, run.dataset):
            self._drawing = self._pad = None
        self.selection, self.stage = None, None
        other = self.run is None or self.run.experiment.dataset != run.experiment.dataset
        self._followed = [
            (part, row)
            for part, row in ([] if other else self._followed)
            if row < len(run.samples(part)[0])
        ]


def _readable(drawing: Sample, dataset: Dataset) -> bool:
    """Say whether a network for some data can be shown a drawing."""
    named = drawing.label is None or drawing.label < len(dataset.classes)
    return named and drawing.x.size == dataset.features and dataset.image_shape is not None
