"""The numbers of an epoch in the bar at the top: which one, its loss, its score."""

from __future__ import annotations

import math
from collections.abc import Iterator

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget

from nnfs_core.model.tasks import ACCURACY
from nnfs_core.text.numbers import NONE, loss_text
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.widgets import Reading, label, zeros
from visualizer.state.context import ViewContext

WIDEST_LOSS, WIDEST_SHARE = ("0.0000000", "0.00×10⁻⁰⁰", "0.0×10⁻⁰⁰⁰"), ("000.0 %", ">00.0 %")
"""The widest texts of a loss and of a share, with zeros for digits: they have room from the
start, so that nothing beside them moves."""


class RunNumbers:
    """Holds the texts, each with its name; the bar lays them out."""

    def __init__(self) -> None:
        self.epoch_name = label("epoch", "dim")
        self.epoch = Reading("0", "number")
        # Beside the total, also while it is shorter.
        self.epoch.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.of_total = Reading(
            "/ 0", "dim", "Epochs the run is meant to last; it can go on beyond"
        )
        self.loss = Reading("–", "number", room=WIDEST_LOSS)
        self.loss_name = label("loss", "dim")
        self.accuracy = Reading("–", "number", room=WIDEST_SHARE)
        self.accuracy_name = label("validation accuracy", "dim")
        self._measured = "validation", ACCURACY
        self._short = False

    def __iter__(self) -> Iterator[tuple[QWidget, ...]]:
        """Go through what stands together, from left to right."""
        yield self.epoch_name, self.epoch, self.of_total
        yield self.loss_name, self.loss
        yield self.accuracy_name, self.accuracy

    def shorten(self, short: bool) -> None:
        """Write names as short as they can be, or in full."""
        self._short = short
        self._write_accuracy_name()

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> bool:
        """Show the numbers of an epoch; say whether they need more room than before."""
        metrics = frame.metrics
        self.epoch.setText(f"{frame.epoch:,}")
        self.of_total.setText(f"/ {context.total:,}")
        wider = self.epoch.keep_room(zeros(f"{context.total:,}"))
        self.loss.setText(loss_text(metrics.train_loss))
        mini = frame.state.batches > 0
        self.loss_name.setToolTip(
            "Running mean of the epoch, while the weights were changing"
            if mini
            else "Mean over all training samples, at these very weights"
        )
        measured = context.run.dataset.validation_name, context.run.network.task.score
        if measured != self._measured:
            self._measured = measured
            self._write_accuracy_name()
        reached, score = metrics.validation_score, measured[1]
        self.accuracy.setText(NONE if math.isnan(reached) else score.written(reached, 1))
        return wider

    def _write_accuracy_name(self) -> None:
        part, score = self._measured
        if self._short:
            part = {"validation": "val."}.get(part, part)
        self.accuracy_name.setText(f"{part} {score.title}")
