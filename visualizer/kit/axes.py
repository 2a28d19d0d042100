"""Axes that plots over the epochs share, and plots that describe themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyqtgraph as pg

from visualizer.kit.glossary_tips import explain
from visualizer.style.images import round_up
from visualizer.style.painting import described
from visualizer.style.text_size import scaled
from visualizer.style.theme import font

# Thick smooth curves as short straight lines: many times as fast as stroking one path.
pg.setConfigOptions(antialias=True, segmentedLineMode="on")


class EpochAxis(pg.AxisItem):
    """Epochs along the bottom: whole numbers only."""

    def tickValues(self, low, high, size):
        """Choose four to six round steps, whole epochs, with both ends of the axis in."""
        step = round(round_up((high - low) / max(2, min(5, size / scaled(60))), (1, 2, 5)))
        step = max(1, step)
        return [(step, [float(tick) for tick in range(0, int(high) + 1, step)])]

    def tickStrings(self, values, scale, spacing):
        """Write epochs in full, with a thousands separator."""
        return [f"{round(value):,}" for value in values]


def dress_axis(axis: pg.AxisItem, *, offset: int, apart: int) -> None:
    """Give an axis its font at this size of text.

    Parameters
    ----------
    offset, apart : int
        Logical pixels from the axis to its numbers, and by which a number may reach beyond it.
    """
    axis.setStyle(
        tickFont=font(11),
        tickLength=0,
        tickTextOffset=scaled(offset),
        hideOverlappingLabels=scaled(apart),
    )
    axis.label.setFont(font(11))


class DescribedPlot(pg.PlotWidget):
    """A plot that can say in a sentence what is drawn in it."""

    sentence: Callable[[], str] = staticmethod(lambda: "")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        described.add(self)
        explain(self.viewport())

    def words_shown(self) -> str:
        """Return the words on the axes."""
        axes = (self.getAxis(side) for side in ("left", "bottom"))
        return " ".join(axis.labelText for axis in axes)

    def describe(self) -> str:
        """Say what is drawn, to those who cannot see it."""
        return self.sentence()
