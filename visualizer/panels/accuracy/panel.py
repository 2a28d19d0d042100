"""The accuracy over the epochs."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg

from nnfs_core.model.tasks import ACCURACY, Score
from nnfs_core.text.numbers import brief, figures_of
from visualizer.kit.widgets import flat_button
from visualizer.panels.base import Command
from visualizer.panels.curves import CurvesPanel
from visualizer.state.context import RunInfo, ViewContext
from visualizer.style.icons import icon
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette

STEPS = (0.5, 1, 2, 5, 10, 20, 50)
"""Per cent from one number of the axis to the next."""


class ScoreAxis(pg.AxisItem):
    """Per cent, in round steps; of everything in steps of 20 or 50. Or R², to 1 at most."""

    plain = False
    """Whether it is a score as it is, rather than a share in per cent."""

    def tickValues(self, low, high, size):
        """Choose the ticks: as many as there is room for."""
        most = max(2, size / scaled(22))
        step = next((one for one in STEPS if (high - low) / one <= most), STEPS[-1])
        first = math.ceil(low / step - 1e-9)
        ticks = [step * k for k in range(first, math.floor(high / step + 1e-9) + 1)]
        return [
            (step, [float(tick) for tick in ticks if tick <= 100 and (self.plain or tick >= 0)])
        ]

    def tickStrings(self, values, scale, spacing):
        """Write no more decimals than the steps have."""
        return [brief(value / 100 if self.plain else value, 3) for value in values]


class AccuracyPanel(CurvesPanel):
    """The score of each part of the data: what is classified correctly, in per cent, or R²."""

    _score: Score = ACCURACY
    key, title, order = "accuracy", "Accuracy", 6
    about = "how many it gets right; higher is better"
    measure = "score"

    def value_axis(self) -> pg.AxisItem:
        """Make the axis."""
        axis = ScoreAxis("left")
        axis.setLabel("% correct")
        return axis

    def values(self, column: np.ndarray) -> np.ndarray:
        """Turn shares into per cent."""
        return column * 100

    def written(self, value: float) -> str:
        """Write per cent with one decimal, or what else the score is."""
        if self._score != ACCURACY and not math.isnan(value):
            return self._score.written(value, 1)
        return figures_of(value)

    def take_title(self, run: RunInfo) -> None:
        """Name what is drawn by the task of the run."""
        score = run.network.task.score
        if score != self._score:
            self._score = score
            plain = self.axes["left"].plain = score != ACCURACY
            self.header.title.setText(score.title if plain else self.title)
            self.header.subtitle.introduce(score.sentence if plain else self.about)
            self.axes["left"].setLabel(score.title if plain else "% correct")
            self.axes["left"].picture = None

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
            context.recording.column(f"{part}_score")[first : context.newest + 1]
            for part in ("train", "validation")
        ]
        values = 100 * np.concatenate(parts)
        values = values[np.isfinite(values)]
        return (float(values.min()), float(values.max())) if values.size else (0.0, 100.0)

    def range_for(self, low: float, high: float) -> tuple[float, float]:
        """Show nothing to everything, so that heights mean the same in every run; or zoom in.

        Zoomed in, the range is in round steps, so that it holds still for a while.
        """
        plain = self._score != ACCURACY
        if not self.zoom.isChecked() or self._context is None:
            # Worse than always saying the mean, at first, is all below 0 that matters.
            return max(-100.0, min(0.0, 50 * math.floor(low / 50))) if plain else 0.0, 100.0
        low, high = self.seen(self._context)
        step = next((one for one in STEPS if one >= (high - low) / 4), STEPS[-1])
        low, high = step * math.floor(low / step), step * math.ceil(high / step)
        least = -math.inf if plain else 0.0
        return max(least, low if low < high else high - step), min(100.0, high)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.zoom.setIcon(icon("zoom", palette.dim))


PANEL = AccuracyPanel
