"""How the weights or the activations of a layer are distributed, over the epochs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QRectF

from nnfs_core.diagnose.histogram import BINS, Histogram, edges
from nnfs_core.text.numbers import brief, percent
from visualizer.kit.epoch_plot import FewTicks
from visualizer.panels.health.plot import HealthPlot
from visualizer.style.images import indexed_image, round_up
from visualizer.style.theme import LEVELS, Palette, colour_table, dense, unit_levels

FULL = 0.1
"""Share of the numbers in one bin that has full colour."""

SLOTS = 600
"""Columns of a picture over the epochs."""


class HistogramCourse(HealthPlot):
    """How some numbers of a layer are distributed, epoch by epoch: shares as colours.

    Parameters
    ----------
    name : str
    what : str
        The numbers, for the axis: ``"weight"``.
    """

    def __init__(self, name: str, what: str) -> None:
        super().__init__(name, FewTicks("left"), what)
        self._what = what
        self.image = pg.ImageItem(axisOrder="row-major")
        self.image.setZValue(-1)
        self.plot.addItem(self.image, ignoreBounds=True)
        self.histograms: Sequence[Histogram] = ()
        self.shares = np.empty((0, BINS))
        self.reach = 1.0
        self._every = 1

    def draw(
        self,
        epochs: np.ndarray,
        histograms: Sequence[Histogram],
        every: int,
        shown: int,
        last: int,
        top: float | None = None,
    ) -> None:
        """Draw the picture.

        Parameters
        ----------
        epochs : ndarray of int, shape (epochs,)
        histograms : sequence of Histogram
            One for each epoch.
        every : int
            How many epochs lie between two of them, mostly.
        shown, last : int
            The shown epoch, and the end of the axis.
        top : float, optional
            The largest value there can be; by default the largest there has been, rounded up.
        """
        self.epochs, self.histograms, self.shown, self._every = epochs, histograms, shown, every
        self.plot.show_epoch(shown)
        if not histograms:
            self.image.clear()
            self.write()
            return
        self.reach = max(histogram.reach for histogram in histograms)
        self.shares = np.stack([histogram.shares(self.reach) for histogram in histograms])
        self.shares.flags.writeable = False
        largest = max(histogram.largest for histogram in histograms)
        top = top or round_up(largest) or self.reach
        self.plot.set_ranges(last, -top if histograms[0].signed else 0.0, top)
        self._draw()
        self.write()

    def _draw(self) -> None:
        """Paint a column for each of :data:`SLOTS` equal spans, of the state that is nearest."""
        if not self.histograms:
            return
        start, end = -0.015 * self.plot.last, float(self.plot.last)
        slots = min(SLOTS, 4 * self.plot.last + 4)
        centres = start + (np.arange(slots) + 0.5) * (end - start) / slots
        middles = (self.epochs[1:] + self.epochs[:-1]) / 2
        nearest = np.searchsorted(middles, centres)
        levels = unit_levels(np.sqrt(self.shares / FULL))[nearest]
        picture = np.empty((BINS, slots, 4), np.uint8)
        picture[..., :3] = dense(self.palette_now)[levels].swapaxes(0, 1)
        # Nothing is known of what is still to come.
        picture[..., 3] = np.where(centres <= self.epochs[-1] + self._every / 2, 255, 0)
        self.image.setImage(picture, levels=None, autoLevels=False)
        low = -self.reach if self.histograms[0].signed else 0.0
        self.image.setRect(QRectF(start, low, end - start, self.reach - low))

    def _on_pointed(self, where: tuple[float, float] | None) -> None:
        super()._on_pointed(where)
        self.write()

    def write(self) -> None:
        """Write the share under the mouse, or nothing."""
        texts: tuple[tuple[str, str], ...] = ()
        if self.probe is not None:
            text, at = f"epoch {self.probe:,}", self.at
            if at is not None and self._value is not None:
                at_edges = edges(self.reach, signed=self.histograms[0].signed)
                bin_ = int(np.searchsorted(at_edges, self._value, "right")) - 1
                if 0 <= bin_ < BINS:
                    low, high = at_edges[bin_ : bin_ + 2]
                    text += (
                        f"  {brief(low, 3)} … {brief(high, 3)}: {percent(self.shares[at, bin_], 2)}"
                    )
            texts = ((text, self.palette_now.dim),)
        self.title.show_texts(self.name, texts)

    def rename(self, name: str) -> None:
        """Take another title."""
        self.name = name
        self.write()

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        ramp = indexed_image(
            np.arange(LEVELS, dtype=np.uint8)[None], colour_table("dense", palette)
        )
        self.title.show_ramp(ramp, f"0 – {brief(25 * FULL, 3)} – {percent(FULL, 0)}")
        self._draw()
        self.write()
