"""What a person wants, as panels hand it up: frozen, through one signal.

An intent knows what it asks of the viewer, so that another kind of it is a class here and whoever
sends it, and nothing between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from nnfs_core.explain.stages import Stage
from nnfs_core.model.places import Place
from visualizer.state.context import Part

if TYPE_CHECKING:
    from visualizer.state.viewer import Viewer


class Intent(Protocol):
    """Something that a person wants of a run."""

    def carry_out(self, viewer: Viewer) -> None:
        """Ask it of the viewer."""
        ...


@dataclass(frozen=True, slots=True)
class ChooseSample:
    """Show a sample everywhere: its part and its row."""

    part: Part
    index: int

    def carry_out(self, viewer: Viewer) -> None:
        """See :class:`Intent`."""
        viewer.select_sample(self.part, self.index)


@dataclass(frozen=True, slots=True)
class ChooseEpoch:
    """Show an epoch."""

    epoch: int

    def carry_out(self, viewer: Viewer) -> None:
        """See :class:`Intent`."""
        viewer.seek(self.epoch)


@dataclass(frozen=True, slots=True)
class ChoosePlace:
    """Point at a number of the network, or at nothing."""

    place: Place | None

    def carry_out(self, viewer: Viewer) -> None:
        """See :class:`Intent`."""
        viewer.select_place(self.place)


@dataclass(frozen=True, slots=True)
class ChooseStage:
    """Show a stage of the next step in slow motion, or all of it."""

    stage: Stage | None

    def carry_out(self, viewer: Viewer) -> None:
        """See :class:`Intent`."""
        viewer.show_stage(self.stage)


@dataclass(frozen=True, slots=True)
class StepOn:
    """Go on by an epoch."""

    def carry_out(self, viewer: Viewer) -> None:
        """See :class:`Intent`."""
        viewer.step()


@dataclass(frozen=True, slots=True)
class Follow:
    """Follow a sample over the epochs, or no longer: its part and its row."""

    part: Part
    index: int

    def carry_out(self, viewer: Viewer) -> None:
        """See :class:`Intent`."""
        viewer.toggle_followed(self.part, self.index)


@dataclass(frozen=True, slots=True, eq=False)
class ShowDrawing:
    """Show the network something drawn, or the chosen sample again.

    Attributes
    ----------
    x : ndarray, shape (features,), or None
        Prepared as the data is.
    label : int or None
        The class it is meant to be.
    source : object
        What it was prepared from.
    """

    x: np.ndarray | None
    label: int | None = None
    source: object = None

    def carry_out(self, viewer: Viewer) -> None:
        """See :class:`Intent`."""
        viewer.show_drawing(self.x, self.label, self.source)
