"""What somebody has chosen to look at, and what panels are given of it: no widgets, no threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nnfs_core.data.base import Dataset
from nnfs_core.explain.stages import Stage
from nnfs_core.history.recording import Recording
from nnfs_core.model.places import Place
from nnfs_core.training.trainer import EpochFrame
from visualizer.state.context import Part, RunInfo, Sample, ViewContext

Row = tuple[Part, int]
"""A sample of the data: its part and its row."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is chosen in a run; choosing something else makes another one.

    Attributes
    ----------
    row : tuple
        The sample of the data that was chosen last.
    pad : Sample or None
        What is on the drawing pad.
    shows_pad : bool
        Whether the network is shown what is on the pad, rather than the sample.
    place : Place or None
        The number that is explained.
    stage : Stage or None
        The stage of slow motion.
    followed : tuple
        Samples whose probabilities are followed over the epochs.
    """

    row: Row = ("validation", 0)
    pad: Sample | None = None
    shows_pad: bool = False
    place: Place | None = None
    stage: Stage | None = None
    followed: tuple[Row, ...] = ()

    def of_data(self, part: Part, index: int) -> Selection:
        """Show a sample of the data; what is on the pad stays there."""
        return replace(self, row=(part, index), shows_pad=False)

    def drawn(self, drawing: Sample | None) -> Selection:
        """Show a drawing; None: the chosen sample again, and nothing on the pad."""
        return replace(self, pad=drawing, shows_pad=drawing is not None)

    def at(self, place: Place | None) -> Selection:
        """Point at a number of the network; None: at nothing."""
        return replace(self, place=place)

    def in_stage(self, stage: Stage | None) -> Selection:
        """Show one stage of a training step; None: all of it."""
        return replace(self, stage=stage)

    def following(self, part: Part, index: int) -> Selection:
        """Follow a sample, or no longer where it is followed already."""
        row = (part, index)
        others = tuple(one for one in self.followed if one != row)
        return replace(self, followed=others if row in self.followed else (*others, row))

    def fitted(self, run: RunInfo, before: RunInfo | None) -> Selection:
        """Return what is left of this in another run: what was of the old one alone is let go of.

        Parameters
        ----------
        run : RunInfo
        before : RunInfo or None
            The run that this was chosen in.
        """
        part, index = self.row
        row = self.row
        if index >= len(run.samples(part)[0]):
            row = first_row(run)
        fits = self.pad is not None and _readable(self.pad, run.dataset)
        other = before is None or before.experiment.dataset != run.experiment.dataset
        followed = tuple(
            (part, at)
            for part, at in (() if other else self.followed)
            if at < len(run.samples(part)[0])
        )
        pad = self.pad if fits else None
        return Selection(row, pad, fits and self.shows_pad, followed=followed)


def first_row(run: RunInfo) -> Row:
    """Return the sample that is shown of a run at first: one it is not trained on, if there is."""
    return ("validation" if len(run.dataset.validation_x) else "train", 0)


def resolve(
    run: RunInfo,
    recording: Recording,
    frame: EpochFrame,
    selection: Selection,
    *,
    total: int,
    live: bool = True,
    branches: Sequence[Recording] = (),
    pin: EpochFrame | None = None,
    pin_here: bool = False,
    rate: float | None = None,
    until: int | None = None,
) -> ViewContext:
    """Return what panels draw a frame with; the window, exports and ``render`` all ask this.

    Parameters
    ----------
    run : RunInfo
    recording : Recording
        The branch that is shown.
    frame : EpochFrame
        Of the epoch that is shown.
    selection : Selection
    total, live, branches, pin, pin_here, rate, until
        As in :class:`~visualizer.state.context.ViewContext`.
    """
    chosen = run.sample(*selection.row)
    sample = selection.pad if selection.shows_pad and selection.pad is not None else chosen
    return ViewContext(
        run=run,
        recording=recording,
        total=total,
        sample=sample,
        trace=run.network.trace(frame.parameters, sample.x),
        live=live,
        branches=tuple(branches),
        pin=pin,
        pin_here=pin_here,
        chosen=chosen,
        selection=selection.place,
        stage=selection.stage,
        followed=tuple(run.sample(part, index) for part, index in selection.followed),
        drawing=selection.pad,
        rate=rate,
        until=until,
    )


def _readable(drawing: Sample, dataset: Dataset) -> bool:
    """Say whether a network for some data can be shown a drawing."""
    named = drawing.label is None or drawing.label < len(dataset.classes) or not dataset.classes
    return named and drawing.x.size == dataset.features and dataset.image_shape is not None
