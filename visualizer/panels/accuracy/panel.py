"""The accuracy over the epochs."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg

from nnfs_core.text.numbers import brief, figures_of
from visualizer.kit.widgets import flat_button
from visualizer.panels.base import Command
from visualizer.panels.curves import CurvesPanel
from visualizer.state.context import ViewContext
from visualizer.style.icons import icon
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette

STEPS = (0.5, 1, 2, 5, 10, 20, 50)
"""Per cent from one number of the axis to the next."""


class PercentAxis(pg.AxisItem):
    """Per cent, in round steps; of everything in steps of 20 or 50."""

    def tickValues(self, low, high, size):
        """Choose the ticks: as many as there is room for."""
        most = max(2, size / scaled(22))
        step = next((one for one in STEPS if (high - low) / one <= most), STEPS[-1])
        first = math.ceil(low / step - 1e-9)
        ticks = [step * k for k in range(first, math.floor(high / step + 1e-9) + 1)]
        return [(step, [float(tick) for tick in ticks if 0 <= tick <= 100])]

    def tickStrings(self, values, scale, spacing):
        """Write no more decimals than the steps have."""
        return [brief(value, 3) for value in values]


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

    def __init__(self) -> None:
        super().__init__()
        self.zoom = flat_button("Zoom in to where the curve is, or show everything from 0 to 100 %")
        self.zoom.setCheckable(True)
        self.zoom.setAccessibleName("Zoom")
        self.zoom.toggled.connect(self._on_zoomed)
        self.header.add_control(self.zoom)
        self.knobs["zoom"] = self.zoom

    def commands(self) -> list[Command]:
        """Zoom."""
        return [("zoom accuracy", "Zoom the accuracy in or out", ["Z"], self.zoom.toggle)]

    def _on_zoomed(self) -> None:
        if self._context is not None:
            self._fit(self._context)

    def seen(self, context: ViewContext) -> tuple[float, float]:
        """Return the lowest and the highest accuracy of the later four fifths of the epochs."""
        first = context.newest // 5
        parts = [
            context.recording.column(f"{part}_accuracy")[first : context.newest + 1]
            for part in ("train", "validation")
        ]
        values = 100 * np.concatenate(parts)
        values = values[np.isfinite(values)]
        return (float(values.min()), float(values.max())) if values.size else (0.0, 100.0)

    def range_for(self, low: float, high: float) -> tuple[float, float]:
        """Show nothing to everything, so that heights mean the same in every run; or zoom in.

        Zoomed in, the range is in round steps, so that it holds still for a while.
        """
        if not self.zoom.isChecked() or self._context is None:
            return 0.0, 100.0
        low, high = self.seen(self._context)
        step = next((one for one in STEPS if one >= (high - low) / 4), STEPS[-1])
        low, high = step * math.floor(low / step), step * math.ceil(high / step)
        return max(0.0, low if low < high else high - step), min(100.0, high)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.zoom.setIcon(icon("zoom", palette.dim))


PANEL = AccuracyPanel
