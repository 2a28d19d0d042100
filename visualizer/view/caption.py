"""One line below panels that stand alone: which epoch they show."""

from __future__ import annotations

import math

from PyQt6.QtWidgets import QHBoxLayout, QWidget

from nnfs_core.text.numbers import loss_text
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.widgets import label
from visualizer.state.context import ViewContext
from visualizer.style.lengths import keep


class Caption(QWidget):
    """One line below the panels: which epoch this is, and which bookmark."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What is presented")
        self.epoch, self.words = label("", "title"), label("", "")
        layout = QHBoxLayout(self)
        keep(layout, "setContentsMargins", 8, 0, 8, 2)
        keep(layout, "setSpacing", 20)
        layout.addWidget(self.epoch)
        layout.addWidget(self.words, 1)
        self.hide()

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Write the numbers of an epoch."""
        metrics = frame.metrics
        parts = [f"epoch {frame.epoch:,}", f"loss {loss_text(metrics.train_loss)}"]
        if not math.isnan(metrics.validation_score):
            validation_name = context.run.dataset.validation_name
            score = context.run.network.task.score
            parts.append(f"{validation_name} {score.named(metrics.validation_score)}")
        self.epoch.setText("  ·  ".join(parts))
