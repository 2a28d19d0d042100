"""What somebody looks at in a run: a sample or a drawing, a number, a stage, samples to follow."""

from __future__ import annotations

from functools import partial

import numpy as np
from PyQt6.QtCore import pyqtSignal

from nnfs_core.explain.stages import Stage
from nnfs_core.model.places import Place
from visualizer.state.context import Part, Sample
from visualizer.state.staged_run import StagedRun


class ChosenRun(StagedRun):
    """Lets a person choose what every picture of a run is about."""

    changed = pyqtSignal(str, object, object)
    """The person has changed something: what, and how it is taken back and done again."""

    def select_sample(self, part: Part, index: int) -> None:
        """Show this sample everywhere."""
        if self.run is None:
            return
        count = len(self.run.samples(part)[0])
        if count:
            self.selected = self.selected.of_data(part, index % count)
            self._show()

    def show_drawing(
        self, x: np.ndarray | None, label: int | None = None, source: object = None
    ) -> None:
        """Show something drawn to the network, everywhere; None: the chosen sample again.

        Parameters
        ----------
        x : ndarray of float32, shape (features,), or None
            Prepared as the data is.
        label : int or None
            The class it is meant to be, if somebody has said.
        source : object
            What it was prepared from, for the pad.
        """
        if self.run is None or (x is not None and x.size != self.run.dataset.features):
            return
        drawing = None if x is None else Sample("drawn", 0, x, label, source)
        self.selected = self.selected.drawn(drawing)
        self._show()

    def select_place(self, place: Place | None) -> None:
        """Point at a number of the network, to have it explained; None: at nothing."""
        if self.run is not None and (place is None or place.fits(self.run.network.sizes)):
            self.selection = place
            self._show()

    def show_stage(self, stage: Stage | None) -> None:
        """Show one stage of the training step that follows the shown epoch; None: all of it."""
        if stage is not None:
            self.control.pause()
            self.cursor.stop_playing()
        self.stage = stage
        self._show()

    def toggle_followed(self, part: Part, index: int) -> None:
        """Follow the probabilities of a sample over the epochs, or no longer."""
        if self.run is None or not 0 <= index < len(self.run.samples(part)[0]):
            return
        self.selected = self.selected.following(part, index)
        self._show()
        again = partial(self.toggle_followed, part, index)
        name = f"{self.run.part_name(part)} #{index}"
        followed = (part, index) in self.selected.followed
        what = f"following {name}" if followed else f"no longer following {name}"
        self.changed.emit(what, again, again)
