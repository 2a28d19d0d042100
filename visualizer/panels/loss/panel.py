"""The loss over the epochs, on a logarithmic axis."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg

from nnfs_core.text.numbers import tick_text
from nnfs_core.training.trainer import EpochFrame
from visualizer.panels.curves import CurvesPanel
from visualizer.state.context import ViewContext
from visualizer.style.text_size import factor

STEPS = (1.0, 2.0, 5.0)

APART, MOST = 14, 12
"""Pixels between two numbers of the axis at least, with text at 100 %, and how many numbers there
may be."""

EDGE = 5.5
"""Pixels from the end of the axis within which a number would not be drawn."""


class LogAxis(pg.AxisItem):
    """Losses, written as they are at 1, 2 and 5 times the powers of ten."""

    def tickValues(self, low, high, size):
        """Choose the ticks: powers of ten, and 5 and 2 times those where there is room."""
        decades = range(math.floor(low), math.ceil(high) + 1)
        pixel = (high - low) / max(size, 1)
        gap = max(APART * factor() * pixel, (high - low) / MOST)
        edge = EDGE * factor() * pixel
        chosen: list[float] = []
        for step in (1.0, 5.0, 2.0) if high - low < 3.2 else (1.0,):
            for tick in (decade + math.log10(step) for decade in decades):
                inside = low + edge <= tick <= high - edge
                if inside and all(abs(tick - other) >= gap for other in chosen):
                    chosen.append(tick)
        return [(1.0, sorted(chosen))]

    def tickStrings(self, values, scale, spacing):
        """Write the loss itself, not its logarithm."""
        # From its digits and its exponent: the tick after the largest number is none.
        decades = [math.floor(value + 1e-9) for value in values]
        digits = [10 ** (value - decade) for value, decade in zip(values, decades, strict=True)]
        return [tick_text(d, e) for d, e in zip(digits, decades, strict=True)]


class LossPanel(CurvesPanel):
    """Mean loss of each part of the data, epoch by epoch."""

    key, title, order = "loss", "Loss", 5
    about = "how wrong it is; lower is better"
    measure = "loss"

    def value_axis(self) -> pg.AxisItem:
        """Make the logarithmic axis."""
        return LogAxis("left")

    def values(self, column: np.ndarray) -> np.ndarray:
        """Take the logarithm; a loss of zero is drawn at the smallest number there is."""
        return np.log10(np.maximum(column, np.finfo(np.float32).tiny))

    def range_for(self, low: float, high: float) -> tuple[float, float]:
        """Round outwards to the next 1, 2 or 5 times a power of ten; a decade at least."""
        return _round(min(low, high - 1), down=True), _round(high, down=False)

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw the curves, and say which loss they are of."""
        loss = context.run.network.loss.title
        running = "" if context.run.experiment.batch_size is None else ", running mean of the epoch"
        self.header.subtitle.set_text(f"{loss}{running}")
        # Cross-entropy with the natural logarithm is measured in nats; a squared error in nothing.
        entropy = context.run.experiment.loss == "cross-entropy"
        # Short: there is no room for more along a low axis.
        name = "nats, log" if entropy else "log scale"
        if self.axes["left"].labelText != name:
            self.axes["left"].setLabel(name)
            # pyqtgraph centres a name when the axis is resized, not when the name is changed.
            self.axes["left"].resizeEvent(None)
        super().show_frame(frame, context)


def _round(log: float, *, down: bool) -> float:
    decade = math.floor(log)
    marks = [decade + math.log10(step) for step in (*STEPS, 10.0)]
    if down:
        return max(mark for mark in marks if mark <= log + 1e-12)
    return min(mark for mark in marks if mark >= log - 1e-12)


PANEL = LossPanel
