"""The accuracy over the epochs."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from nnfs_core.numbers_text import figures_of
from visualizer.panels.curves import CurvesPanel
from visualizer.text_size import scaled


class PercentAxis(pg.AxisItem):
    """From 0 to 100 %, in steps of 20 or 50."""

    def tickValues(self, low, high, size):
        """Choose the ticks."""
        step = 20 if size > scaled(90) else 50
        return [(step, [float(tick) for tick in range(0, 101, step)])]


class AccuracyPanel(CurvesPanel):
    """Share of each part of the data that is classified correctly, in per cent."""

    key, title, order = "accuracy", "Accuracy", 6
    about = "how many it gets right; higher is better"
    measure = "accuracy"

    def value_axis(self) -> pg.AxisItem:
        """Make the axis."""
        axis = PercentAxis("left")
        axis.setLabel("% correct")
        return axis

    def values(self, column: np.ndarray) -> np.ndarray:
        """Turn shares into per cent."""
        return column * 100

    def written(self, value: float) -> str:
        """Write per cent with one decimal."""
        return figures_of(value)

    def range_for(self, low: float, high: float) -> tuple[float, float]:
        """Show nothing to everything always, so that heights mean the same in every run."""
        return 0.0, 100.0


PANEL = AccuracyPanel
