"""What a viewer holds of the run that it shows: it changes as one, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject

from nnfs_core.data.reading import Reading
from nnfs_core.explain.stages import Stage
from nnfs_core.history.recording import Recording
from nnfs_core.model.places import Place
from nnfs_core.training.trainer import EpochFrame, Trainer
from visualizer.state.branches import Branches
from visualizer.state.context import RunInfo
from visualizer.state.preparation import Prepared
from visualizer.state.seek_thread import SeekThread
from visualizer.state.selection import Selection
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
    kept : Branches
    frame, pin : EpochFrame or None
        The epoch that is shown, and the one it is compared with.
    live : bool
        Whether the newest epoch is shown and followed.
    opened : Path or None
        The file the run was read from.
    total : int
        Epochs the run is meant to last.
    selected : Selection
        The sample, place and stage that are shown.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: RunInfo | None = None
        self.recording = Recording()
        self.kept = Branches()
        self.frame: EpochFrame | None = None
        self.pin: EpochFrame | None = None
        self.live = True
        self.opened: Path | None = None
        self.total = 0
        self.selected = Selection()
        self._trainer: Trainer | None = None
        self._thread: TrainingThread | None = None
        self._seeker: SeekThread | None = None
        self._newest_frame: EpochFrame | None = None
        self._target = 0
        self._pinned: Recording | None = None
        self._previous: Prepared | None = None
        self._dataset_key: tuple[str, Path | None, Reading] | None = None
        self._names = tuple(vars(self))

    def _held(self) -> dict[str, Any]:
        """Return what is held now, by name."""
        return {name: getattr(self, name) for name in self._names}

    def _hold(self, held: dict[str, Any]) -> None:
        """Hold again what was held then."""
        for name, value in held.items():
            setattr(self, name, value)

    @property
    def branches(self) -> list[Recording]:
        """All branches of the run, the shown one among them."""
        return list(self.kept)

    @property
    def selection(self) -> Place | None:
        """The number that is explained."""
        return self.selected.place

    @selection.setter
    def selection(self, place: Place | None) -> None:
        self.selected = self.selected.at(place)

    @property
    def stage(self) -> Stage | None:
        """The stage of slow motion."""
        return self.selected.stage

    @stage.setter
    def stage(self, stage: Stage | None) -> None:
        self.selected = self.selected.in_stage(stage)
