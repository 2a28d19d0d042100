"""What a viewer holds of the run that it shows: it changes as one, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject

from nnfs_core.data.reading import Reading
from nnfs_core.explain.stages import Stage
from nnfs_core.history.recording import Recording
from nnfs_core.model.places import Place
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import EpochFrame
from visualizer.state.branches import Branches
from visualizer.state.context import RunInfo
from visualizer.state.preparation import Prepared
from visualizer.state.selection import Selection
from visualizer.state.time_cursor import TimeCursor
from visualizer.state.training_control import TrainingControl


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
    control : TrainingControl
        Training: its thread, and what it says.
    cursor : TimeCursor
        Going through time: its thread, and the epoch that is looked for.
    selected : Selection
        The sample, place and stage that are shown.
    """

    def __init__(
        self, control: TrainingControl, cursor: TimeCursor, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.control, self.cursor = control, cursor
        for part in (control, cursor):
            part.setParent(self)
        self.run: RunInfo | None = None
        self.recording = Recording()
        self.kept = Branches()
        self.frame: EpochFrame | None = None
        self.pin: EpochFrame | None = None
        self.live = True
        self.opened: Path | None = None
        self.total = 0
        self.selected = Selection()
        self._arranged: Arranged | None = None
        self._newest_frame: EpochFrame | None = None
        self._pinned: Recording | None = None
        self._previous: Prepared | None = None
        self._dataset_key: tuple[str, Path | None, Reading] | None = None
        self._names = tuple(name for name in vars(self) if name not in ("control", "cursor"))

    def _held(self) -> dict[str, Any]:
        """Return what is held now, by name."""
        held = {name: getattr(self, name) for name in self._names}
        cursor = self.cursor
        return held | {
            "thread": self.control.thread,
            "seeker": cursor.seeker,
            "target": cursor.target,
        }

    def _hold(self, held: dict[str, Any]) -> None:
        """Hold again what was held then."""
        for name in self._names:
            setattr(self, name, held[name])
        self.control.thread = held["thread"]
        self.cursor.seeker, self.cursor.target = held["seeker"], held["target"]

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
