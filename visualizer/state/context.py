"""What a panel is given beside the frame: the run, its history, the chosen sample. All frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.explain.stages import Stage
from nnfs_core.history.recording import Recording
from nnfs_core.model.network import Network, Trace
from nnfs_core.model.places import Place
from nnfs_core.text.numbers import brief
from nnfs_core.training.trainer import EpochFrame

Part = Literal["train", "validation", "drawn"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of the data, or a drawing.

    Attributes
    ----------
    part : str
        ``"train"``, ``"validation"``, or ``"drawn"``.
    index : int
        Its row in that part; 0 for a drawing.
    x : ndarray, shape (features,)
    label : int or float, or None
        The true class, or the true value in the data's own units; None for a drawing of which
        nobody has said what it is.
    source : object
        What a drawing was prepared from, for the pad; None for samples of the data.
    """

    part: Part
    index: int
    x: np.ndarray
    label: float | None
    source: object = None


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
        assert part != "drawn", "a drawing is not in the data"
        if part == "train":
            return data.train_x, data.train_y
        return data.validation_x, data.validation_y

    def sample(self, part: Part, index: int) -> Sample:
        """Return one sample of a part."""
        x, y = self.samples(part)
        return Sample(part, index, x[index], y[index].item())

    @property
    def classed(self) -> bool:
        """Whether the network says which class a sample is of, rather than a number."""
        return bool(self.dataset.classes)

    def output_name(self, unit: int) -> str:
        """Return what an output is called: its class, or the number that is predicted."""
        return self.network.task.outputs[unit]

    def true_output(self, label: float | None) -> int | None:
        """Return the output that a label is about; None without one."""
        if label is None:
            return None
        return int(label) if self.classed else 0

    def label_words(self, label: float) -> str:
        """Return what a sample is, in words: ``class 5``, or ``price 312.5``."""
        if self.classed:
            return f"class {self.dataset.classes[int(label)]}"
        return f"{self.dataset.target} {brief(label)}"

    def part_name(self, part: Part) -> str:
        """Return what a part is called on screen."""
        return self.dataset.validation_name if part == "validation" else part


@dataclass(frozen=True, slots=True)
class ViewContext:
    """What a panel draws a frame with: the run, its history, and the chosen sample.

    Attributes
    ----------
    run : RunInfo
    recording : Recording
        The branch that is shown: metrics of every epoch so far, and its marks.
    total : int
        Epochs the run is meant to last.
    sample : Sample
        What is shown to the network: of the data, or a drawing.
    trace : Trace
        The sample's way through the network of the shown frame.
    live : bool
        Whether the newest epoch is shown and followed.
    branches : tuple of Recording
        All branches of the run, the shown one among them.
    pin : EpochFrame or None
        The pinned epoch, to compare with.
    chosen : Sample or None
        The sample of the data that was chosen last, also while a drawing is shown.
    selection : Place or None
        The number that was pointed at, to be explained and lit up everywhere.
    stage : Stage or None
        The stage of slow motion; None when a whole step is shown.
    followed : tuple of Sample
        Samples of the data whose probabilities are followed over the epochs.
    drawing : Sample or None
        What is on the drawing pad, also while a sample of the data is shown.
    """

    run: RunInfo
    recording: Recording
    total: int
    sample: Sample
    trace: Trace
    live: bool = True
    branches: tuple[Recording, ...] = ()
    pin: EpochFrame | None = None
    pin_here: bool = False
    """Whether the pinned epoch is one of the shown branch."""

    chosen: Sample | None = None
    selection: Place | None = None
    stage: Stage | None = None
    followed: tuple[Sample, ...] = ()
    drawing: Sample | None = None
    rate: float | None = None
    """Epochs per second the run is held to; None: as fast as it goes."""

    until: int | None = None
    """The newest epoch that the picture knows of: a run that trains is ahead of its picture, and
    the recording of both. None: all that is recorded."""

    @property
    def newest(self) -> int:
        """The newest epoch of the shown branch, as far as the picture knows."""
        recorded = len(self.recording) - 1
        return recorded if self.until is None else min(self.until, recorded)

    @property
    def choice(self) -> tuple[object, ...]:
        """What somebody has chosen to look at: it stays the same while the run goes on."""
        # What is drawn is one object for as long as it is the same drawing.
        sample, drawn = self.sample, id(self.sample) if self.sample.part == "drawn" else None
        return (
            (id(self.run), id(self.recording), self.live),
            (sample.part, sample.index, sample.label, drawn, id(self.drawing)),
            (id(self.pin), self.selection, self.stage),
            tuple((one.part, one.index) for one in self.followed),
        )
