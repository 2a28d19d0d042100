"""The plots of the health panel, as many side by side as there is room for."""

from __future__ import annotations

from PyQt6.QtWidgets import QGridLayout, QWidget

from nnfs_core.text.numbers import brief, figures_of, percent
from visualizer.panels.health.curves import LayerCurves
from visualizer.panels.health.histograms import HistogramCourse
from visualizer.panels.health.plot import HealthPlot
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled

LEAST_WIDTH, LEAST_HEIGHT = 200, 150
"""Logical pixels below which a plot says nothing, with text at 100 %."""

SPACING = 8

GRADIENTS = (
    "The length ‖g‖₂ of the gradient of the next training step, of each layer's weights and "
    "biases: with mini-batches that of the next batch.\nMuch smaller in the first layers than in "
    "the last one, and the gradient vanishes; growing without end, and it explodes "
    "(Bengio, Simard, Frasconi 1994)."
)
UPDATES = (
    "How much the next training step changes each layer's weights: ‖ΔW‖₂ / ‖W‖₂, without the "
    "biases.\nAbout 10⁻³ (dotted) is customary; much more is unstable, much less is slow "
    "(Karpathy, CS231n notes, “Neural Networks Part 3”)."
)

PAGES = {
    1: ((0,), (1,), (2,), (3,), (4,)),
    2: ((0, 1), (2,), (3, 4)),
    3: ((0, 1, 2), (3, 4)),
}
"""Which plots stand together, by how many there is room for."""


def _percent(share: float) -> str:
    return percent(share, 0 if share in (0, 1) else 1)


def _percent_short(share: float) -> str:
    return _percent(share).replace(" ", "")


def _percent_shortest(share: float) -> str:
    return f"{figures_of(share, 0)}%"


def _short(value: float) -> str:
    return brief(value, 3)


def _shorter(value: float) -> str:
    return brief(value, 2)


def _shortest(value: float) -> str:
    return brief(value, 1)


PERCENT = (_percent, _percent_short, _percent_shortest)
NUMBER = (_short, _shorter, _shortest)


class Plots(QWidget):
    """The plots, as many at once as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        keep(self, "setMinimumSize", LEAST_WIDTH, 80)
        self.unresponsive = LayerCurves("dead units", "per cent", PERCENT, log=False)
        self.gradients = LayerCurves("gradient", "‖g‖₂", NUMBER, log=True)
        self.updates = LayerCurves("update / weight", "‖ΔW‖ / ‖W‖", NUMBER, log=True, guide=-3)
        self.weights = HistogramCourse("weights", "weight")
        self.activations = HistogramCourse("activations", "activation")
        self.curves = (self.unresponsive, self.gradients, self.updates)
        self.histograms = (self.weights, self.activations)
        self.all: tuple[HealthPlot, ...] = (*self.curves, *self.histograms)
        self.gradients.explain(GRADIENTS)
        self.updates.explain(UPDATES)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        keep(self._grid, "setSpacing", SPACING)
        self.wanted = 0
        self.seen: tuple[int, ...] = ()

    @property
    def has_room_for(self) -> int:
        """How many plots can be read at once in this size."""
        down = (self.height() + scaled(SPACING)) // scaled(LEAST_HEIGHT + SPACING)
        return self._across * max(1, down)

    @property
    def _across(self) -> int:
        return max(1, (self.width() + scaled(SPACING)) // scaled(LEAST_WIDTH + SPACING))

    @property
    def pages(self) -> tuple[tuple[int, ...], ...]:
        """The plots, by which are seen together."""
        every = (tuple(range(len(self.all))),)
        room = self.has_room_for
        return every if room >= len(self.all) else PAGES[min(3, room)]

    def arrange(self) -> None:
        """Show the page with the plot that is wanted."""
        page = next(page for page in self.pages if self.wanted in page)
        rows = self._rows(page)
        # A row holds any number of plots: in the grid each takes its part of sixty columns.
        for number, plot in enumerate(self.all):
            if number not in page:
                plot.hide()
        for at, numbers in enumerate(rows):
            span = 60 // len(numbers)
            for place, number in enumerate(numbers):
                self._grid.addWidget(self.all[number], at, place * span, 1, span)
                self.all[number].show()
        for at in range(len(self.all)):
            self._grid.setRowStretch(at, int(at < len(rows)))
        for column in range(60):
            self._grid.setColumnStretch(column, 1)
        self.seen = page

    def _rows(self, page: tuple[int, ...]) -> list[tuple[int, ...]]:
        across = self._across
        if len(page) <= across and (len(page) < 5 or self.height() < scaled(2.5 * LEAST_HEIGHT)):
            return [page]
        if len(page) == 5 and across >= 3:
            return [page[:3], page[3:]]
        return [page[at : at + across] for at in range(0, len(page), across)]
