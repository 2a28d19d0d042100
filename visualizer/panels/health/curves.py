"""One number for each layer of the network, over the epochs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt

from nnfs_core.text.layers import layer_name
from visualizer.kit.epoch_plot import PowerAxis, ShareAxis
from visualizer.panels.health.plot import HealthPlot
from visualizer.style.text_size import factor
from visualizer.style.theme import LAYERS, Palette, layer_colour

Written = tuple[Callable[[float], str], Callable[[float], str], Callable[[float], str]]
"""Ways to write a number, from the longest to the shortest."""


def layer_style(layer: int, palette: Palette) -> Qt.PenStyle:
    """Return how a layer's curve is drawn: dashed, then dotted, where colours begin again."""
    styles = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
    return styles[min(layer // len(LAYERS[palette.name]), len(styles) - 1)]


ASIDE = 0.15
"""Opacity of curves while another one stands out."""


class LayerCurves(HealthPlot):
    """One number for each layer, over the epochs.

    Parameters
    ----------
    name, unit : str
    written : three callables
        Write a number for the title, at length and shorter, as there is room.
    guide : int, optional
        A customary value, as an exponent of ten; the axis is logarithmic then.
    log : bool
    """

    def __init__(
        self, name: str, unit: str, written: Written, *, log: bool, guide: int | None = None
    ) -> None:
        super().__init__(name, PowerAxis("left") if log else ShareAxis("left"), unit)
        self._written, self._log = written, log
        self.curves: list[pg.PlotDataItem] = []
        self.dots = pg.ScatterPlotItem(size=7, pen=None)
        self.dots.setZValue(6)
        self.plot.addItem(self.dots)
        self.alone = pg.ScatterPlotItem(size=4, pen=None)
        self.alone.setZValue(3)
        self.plot.addItem(self.alone)
        self.guide: pg.InfiniteLine | None = None
        if guide is not None:
            self.guide = pg.InfiniteLine(guide, angle=0, movable=False)
            self.plot.addItem(self.guide, ignoreBounds=True)
        self._guide_at = guide
        self.values = np.empty((0, 0))
        self._coloured_for = 0
        """How many layers the curves have the colours of."""

        self.hidden: frozenset[int] = frozenset()

    def drawn(self, values: np.ndarray) -> np.ndarray:
        """Turn numbers into what is drawn; 0 has no place on a logarithmic axis."""
        if not self._log:
            return values
        return np.log10(values, out=np.full_like(values, np.nan), where=values > 0)

    def draw(
        self,
        epochs: np.ndarray,
        values: np.ndarray,
        shown: int,
        last: int,
        hidden: frozenset[int],
    ) -> None:
        """Draw the curves.

        Parameters
        ----------
        epochs : ndarray of int, shape (epochs,)
        values : ndarray, shape (epochs, layers)
            nan where there is none.
        shown, last : int
            The shown epoch, and the end of the axis.
        hidden : frozenset of int
            Layers that are left out.
        """
        self.epochs, self.values, self.shown, self.hidden = epochs, values, shown, hidden
        drawn = self.drawn(values)
        layers = self._layers
        while len(self.curves) < layers:
            self.curves.append(self.plot.plot(connect="finite"))
        if self._coloured_for != layers:
            self._colour()
        for layer, curve in enumerate(self.curves):
            seen = layer < layers and layer not in hidden and not np.isnan(drawn[:, layer]).all()
            curve.setVisible(seen)
            if seen:
                curve.setData(epochs, drawn[:, layer])
        self._show_alone(drawn)
        self.plot.show_epoch(shown)
        left = [layer for layer in range(layers) if layer not in hidden]
        self.plot.set_ranges(last, *self._range(drawn[:, left] if layers else drawn))
        self._show_dots(drawn)
        self.footnote.setText(self._about_zeros(left))
        self.footnote.setVisible(bool(self.footnote.text()))
        self._place_note()
        self.write()

    def stress(self, layer: int | None) -> None:
        """Have the curve of one layer stand out, the others step back; None: all alike."""
        for at, curve in enumerate(self.curves):
            curve.setOpacity(1.0 if layer in (None, at) else ASIDE)
            curve.setZValue(4 if at == layer else 2)

    @property
    def _layers(self) -> int:
        return self.values.shape[1] if self.values.ndim == 2 else 0

    def _colour_of(self, layer: int) -> str:
        return layer_colour(layer, self._layers, self.palette_now)

    def _show_alone(self, drawn: np.ndarray) -> None:
        """Draw a dot where a value has none beside it: a line needs two."""
        known = np.isfinite(drawn)
        beside = np.zeros_like(known)
        beside[1:] |= known[:-1]
        beside[:-1] |= known[1:]
        at, layers = np.nonzero(known & ~beside)
        kept = [place for place, layer in enumerate(layers) if layer not in self.hidden]
        at, layers = at[kept], layers[kept]
        brushes = [pg.mkBrush(self._colour_of(layer)) for layer in layers.tolist()]
        self.alone.setData(x=self.epochs[at], y=drawn[at, layers], brush=brushes)

    def _about_zeros(self, layers: list[int]) -> str:
        """Say where values are 0, which has no place on a logarithmic axis."""
        if not self._log or not layers or not len(self.values):
            return ""
        zero = self.values[:, layers] == 0
        if not zero.any():
            return ""
        some = zero.any(axis=1)
        first = int(np.flatnonzero(some)[0])
        which = "0" if zero[some].all() else "some 0"
        if len(layers) > 1 and zero.any(axis=0).sum() == 1:
            name = layer_name(layers[int(zero.any(axis=0).argmax())], self.values.shape[1])
            which = f"{name} is 0"
        when = "from" if some[first:].all() else "at times from"
        if first == 0 and some.all():
            return f"{which} at every epoch: not on a log axis"
        return f"{which} {when} epoch {self.epochs[first]:,} on: not on a log axis"

    def _range(self, drawn: np.ndarray) -> tuple[float, float]:
        if not self._log:
            return 0.0, 1.0
        known = drawn[np.isfinite(drawn)]
        low, high = (known.min(), known.max()) if len(known) else (-2.0, 0.0)
        if self._guide_at is not None:
            low, high = min(low, self._guide_at), max(high, self._guide_at)
        low, high = np.floor(low), np.ceil(high)
        return float(low), float(max(high, low + 2))

    def _show_dots(self, drawn: np.ndarray) -> None:
        """Mark the shown epoch; at epoch 0 the dots are all there is."""
        at = int(np.searchsorted(self.epochs, self.shown))
        if at == len(self.epochs) or self.epochs[at] != self.shown:
            self.dots.setData(x=[], y=[])
            return
        layers = [
            layer
            for layer in range(drawn.shape[1])
            if layer not in self.hidden and not np.isnan(drawn[at, layer])
        ]
        self.dots.setData(
            x=[self.shown] * len(layers),
            y=drawn[at, layers],
            brush=[pg.mkBrush(self._colour_of(layer)) for layer in layers],
        )

    def write(self) -> None:
        """Write the values of each layer at the epoch that is read out."""
        at, dim = self.at, self.palette_now.dim
        where: tuple[tuple[str, str], ...] = ()
        near: tuple[tuple[str, str], ...] = ()
        if self.probe is not None:
            where, near = ((f"epoch {self.probe:,}", dim),), ((f"{self.probe:,}:", dim),)
        if at is None and self.probe is not None:
            self.title.show_fitting(self.name, (*where, ("not known here", dim)))
            return
        values = [] if at is None else self.values[at].tolist()
        full, short, shortest = (
            tuple(
                (written(value), self._colour_of(layer))
                for layer, value in enumerate(values)
                if layer not in self.hidden and not np.isnan(value)
            )
            for written in self._written
        )
        self.title.show_fitting(
            self.name, (*where, *full), (*near, *full), (*near, *short), (*near, *shortest)
        )

    def _colour(self) -> None:
        self._coloured_for = self._layers
        for layer, curve in enumerate(self.curves):
            style = layer_style(layer, self.palette_now)
            curve.setPen(pg.mkPen(self._colour_of(layer), width=2 * factor(), style=style))

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self._colour()
        self.dots.setSize(7 * factor())
        self.alone.setSize(4 * factor())
        if self.guide is not None:
            self.guide.setPen(pg.mkPen(palette.dim, width=1, style=Qt.PenStyle.DotLine))
        drawn = self.drawn(self.values) if self.values.size else np.empty((0, 0))
        self._show_dots(drawn)
        self._show_alone(drawn)
        self.write()
