"""One followed sample: its picture, and the probability of each class over the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QIcon, QPixmap
from PyQt6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nnfs_core.text.numbers import chance
from visualizer.kit.epoch_plot import EpochPlot, ShareAxis
from visualizer.kit.plot_title import PlotTitle
from visualizer.kit.widgets import flat_button, label, row
from visualizer.state.context import Sample
from visualizer.style.icons import icon
from visualizer.style.images import indexed_image
from visualizer.style.lengths import keep
from visualizer.style.text_size import factor, scaled
from visualizer.style.theme import DARK, Palette, colour_table, font, unit_levels

PICTURE = 56
"""Side of the picture, with text at 100 %."""

RIVALS = 2
"""Classes that are named beside the true one."""

NOTICED, NAMED = 0.05, 0.2
"""Probabilities that a class must have reached to be called a rival, and to have its name beside
its curve."""


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a sample beside its numbers.

    Attributes
    ----------
    where : str
        How it is called: ``"test #12"``.
    classes : sequence of str
    shape : (rows, columns), optional
        Of its picture, where it is one.
    """

    where: str
    classes: Sequence[str]
    shape: tuple[int, int] | None


class Card(QWidget):
    """A sample with its curves."""

    chosen = pyqtSignal()
    """The picture was clicked."""

    closed = pyqtSignal()
    """The sample is not to be followed any more."""

    probed = pyqtSignal(object)
    """The epoch under the mouse, or None."""

    clicked = pyqtSignal(int)
    """An epoch was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.picture = QToolButton()
        self.picture.setProperty("flat", True)
        keep(self.picture, "setFixedSize", PICTURE + 8, PICTURE + 8)
        self.picture.clicked.connect(self.chosen)
        self.close_card = flat_button("")
        keep(self.close_card, "setFixedSize", 20, 18)
        self.close_card.setStyleSheet("padding: 0; min-height: 0")
        self.close_card.clicked.connect(self.closed)
        self.title = PlotTitle()
        self.plot = EpochPlot("", ShareAxis("left"))
        self.plot.sentence = lambda: f"{self.title.describe()}."
        self.rest = self.plot.plot(connect="finite")
        self.true = self.plot.plot()
        self.rivals = [self.plot.plot() for _ in range(RIVALS)]
        self.names = [pg.TextItem() for _ in range(RIVALS)]
        for name in self.names:
            name.setZValue(4)
            self.plot.addItem(name, ignoreBounds=True)
        self.changes = pg.ScatterPlotItem(size=9, pen=None)
        self.dots = pg.ScatterPlotItem(size=7, pen=None)
        self.true.setZValue(3)
        for marks in (self.changes, self.dots):
            marks.setZValue(6)
            self.plot.addItem(marks)
        beside = QVBoxLayout()
        beside.setSpacing(0)
        beside.addLayout(row(self.title, self.close_card, spacing=2))
        beside.addWidget(self.plot, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        keep(layout, "setSpacing", 4)
        self.name = label("", "dim")
        self.name.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        keep(self.name, "setFixedWidth", PICTURE + 8)
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self.picture)
        left.addWidget(self.name)
        left.addStretch(1)
        layout.addLayout(left)
        layout.addLayout(beside, 1)
        self.sample: Sample | None = None
        self._about = About("", (), None)
        self.epochs = np.empty(0, np.int64)
        self.probabilities = np.empty((0, 0))
        self.strongest: tuple[int, ...] = ()
        self.shown, self.last = 0, 1
        self.probe: int | None = None
        self._palette: Palette = DARK
        self.plot.pointed.connect(self._on_pointed)
        self.plot.clicked.connect(self._on_clicked)

    def take(
        self, sample: Sample, where: str, classes: Sequence[str], shape: tuple[int, int] | None
    ) -> None:
        """Take a sample.

        Parameters
        ----------
        sample : Sample
            Of the data.
        where : str
            How it is called: ``"test #12"``.
        classes : sequence of str
        shape : (rows, columns), optional
            Of its picture, where it is one.
        """
        self.sample, self._about = sample, About(where, classes, shape)
        assert sample.label is not None, "it is of the data"
        self.forget()
        self._write_name()
        self.picture.setToolTip(f"Show {where}")
        self.picture.setAccessibleName(f"Show {where}, of class {classes[int(sample.label)]}")
        self.close_card.setToolTip(f"Follow {where} no longer")
        self.close_card.setAccessibleName(f"Follow {where} no longer")
        self.plot.setAccessibleName(f"Probabilities of {where} over the epochs")
        self._paint_picture()

    def forget(self) -> None:
        """Draw nothing until the answer is there: what was drawn is of another sample or epoch."""
        nothing = np.empty((0, len(self._about.classes)))
        self.draw(np.empty(0, np.int64), nothing, self.shown, self.last)

    def _write_name(self) -> None:
        """Write the class below the picture, as much of it as there is room for."""
        assert self.sample is not None and self.sample.label is not None, "it is of the data"
        name = f"class {self._about.classes[int(self.sample.label)]}"
        self.name.setToolTip(name)
        self.name.ensurePolished()
        elided, room = Qt.TextElideMode.ElideRight, scaled(PICTURE + 8)
        self.name.setText(self.name.fontMetrics().elidedText(name, elided, room))

    def draw(self, epochs: np.ndarray, probabilities: np.ndarray, shown: int, last: int) -> None:
        """Draw the curves.

        Parameters
        ----------
        epochs : ndarray of int, shape (epochs,)
        probabilities : ndarray, shape (epochs, classes)
        shown, last : int
            The shown epoch, and the end of the axis.
        """
        assert self.sample is not None and self.sample.label is not None, "a sample comes first"
        self.epochs, self.probabilities = epochs, probabilities
        self.shown, self.last = shown, last
        self.plot.show_epoch(shown)
        self.plot.set_ranges(last, 0.0, 1.0)
        true = int(self.sample.label)
        # Numbers that have become too large leave epochs without an answer.
        peaks = np.fmax.reduce(probabilities, axis=0, initial=0.0)
        peaks[true] = 0.0
        order = np.argsort(-peaks, kind="stable")[:RIVALS]
        self.strongest = tuple(int(one) for one in order if peaks[one] >= NOTICED)
        self.true.setData(epochs, probabilities[:, true])
        for place, (curve, name) in enumerate(zip(self.rivals, self.names, strict=True)):
            seen = place < len(self.strongest)
            curve.setVisible(seen)
            name.setVisible(seen and self._place_name(name, self.strongest[place], last))
            if seen:
                curve.setData(epochs, probabilities[:, self.strongest[place]])
        self._draw_rest(true)
        self._draw_changes(true)
        self._draw_dots(true)
        self.write()

    def _place_name(self, name: pg.TextItem, rival: int, last: int) -> bool:
        """Write a rival's name at its peak; False where there is nothing worth a name, or no room.

        Every rival is named in the title too.
        """
        at = int(np.nanargmax(self.probabilities[:, rival]))
        x, y = float(self.epochs[at]), float(self.probabilities[at, rival])
        others = [
            other.pos() for other in self.names[: self.names.index(name)] if other.isVisible()
        ]
        near = any(abs(o.x() - x) < 0.06 * last and abs(o.y() - y) < 0.3 for o in others)
        if y < NAMED or near:
            return False
        if name.toPlainText() != self._about.classes[rival]:
            name.setText(self._about.classes[rival])
        name.setAnchor((float(x > 0.8 * last), 0.0 if y > 0.6 else 1.0))
        name.setPos(x, y)
        return True

    def _draw_rest(self, true: int) -> None:
        """Draw every other class as one thin line with gaps."""
        others = [k for k in range(len(self._about.classes)) if k not in (true, *self.strongest)]
        table = np.full((len(others), len(self.epochs) + 1), np.nan)
        table[:, :-1] = self.probabilities[:, others].T
        x = np.tile(
            np.append(self.epochs, self.epochs[-1:] if len(self.epochs) else 0), len(others)
        )
        self.rest.setData(x.astype(float), table.ravel())

    @property
    def right(self) -> np.ndarray:
        """Whether the network names the true class, shape (epochs,); not where it names none."""
        if not len(self.probabilities):
            return np.empty(0, bool)
        named = ~np.isnan(self.probabilities).any(axis=1)
        return named & (self.probabilities.argmax(axis=1) == self.sample.label)

    def _draw_changes(self, true: int) -> None:
        """Mark where the answer becomes right, or wrong again."""
        right = self.right
        at = np.flatnonzero(right[1:] != right[:-1]) + 1
        at = at[~np.isnan(self.probabilities[at, true])]
        good, bad = pg.mkBrush(self._palette.good), pg.mkBrush(self._palette.bad)
        self.changes.setData(
            x=self.epochs[at],
            y=self.probabilities[at, true],
            symbol=["t1" if one else "t" for one in right[at]],
            brush=[good if one else bad for one in right[at]],
        )

    def _draw_dots(self, true: int) -> None:
        at = int(np.searchsorted(self.epochs, self.shown))
        known = at < len(self.epochs) and self.epochs[at] == self.shown
        classes = (*self.strongest[::-1], true) if known else ()
        classes = tuple(one for one in classes if not np.isnan(self.probabilities[at, one]))
        colours = dict(zip((true, *self.strongest), self._colours(), strict=False))
        self.dots.setData(
            x=[self.shown] * len(classes),
            y=[self.probabilities[at, one] for one in classes],
            brush=[pg.mkBrush(colours[one]) for one in classes],
        )

    def _colours(self) -> tuple[str, ...]:
        palette = self._palette
        return palette.good, palette.bad, palette.active

    def show_probe(self, epoch: int | None) -> None:
        """Mark and read out an epoch; None: the shown one."""
        self.probe = epoch
        self.plot.show_probe(epoch)
        self.write()

    def write(self) -> None:
        """Write the probabilities at the epoch that is read out."""
        if self.sample is None or self.sample.label is None:
            return
        epoch = self.shown if self.probe is None else self.probe
        at = int(np.searchsorted(self.epochs, epoch))
        dim = self._palette.dim
        ways: tuple[tuple[tuple[str, str], ...], ...]
        where = () if self.probe is None else ((f"epoch {self.probe:,}", dim),)
        near = () if self.probe is None else ((f"{self.probe:,}:", dim),)
        if at < len(self.epochs) and self.epochs[at] == epoch:
            full, short = self._answer(at, "right ", "× wrong: "), self._answer(at, "", "× ")
            ways = ((*where, *full), (*near, *full), (*near, *short), (*near, *short[:2]))
        else:
            ways = ((*where, ("not known here", dim)) if where else (),)
        self.title.show_fitting(self._about.where, *ways)

    def _answer(self, at: int, right: str, wrong: str) -> tuple[tuple[str, str], ...]:
        """Write what the network says: its answer first, then the true class, then rivals."""
        assert self.sample is not None and self.sample.label is not None, "it is of the data"
        row_, palette = self.probabilities[at], self._palette
        true, answer = int(self.sample.label), int(row_.argmax())
        colours = dict(zip((true, *self.strongest), self._colours(), strict=False))
        named = list(dict.fromkeys((answer, true, *self.strongest)))
        texts = [
            (f"{self._about.classes[one]}: {chance(row_, one)}", colours.get(one, palette.bad))
            for one in named
        ]
        first, colour = texts[0]
        texts[0] = ((right if answer == true else wrong) + first, colour)
        return tuple(texts)

    def _paint_picture(self) -> None:
        x = self.sample.x
        rows, columns = self._about.shape or _strip(x.size)
        levels = np.zeros(rows * columns, np.uint8)
        levels[: x.size] = unit_levels(x)
        image = indexed_image(levels.reshape(rows, columns), colour_table("grey", self._palette))
        ratio = max(1, -(-2 * scaled(PICTURE) // max(rows, columns)))
        # Larger than it is shown, by whole pixels, so that it stays crisp on fine screens.
        self.picture.setIcon(QIcon(QPixmap.fromImage(image.scaled(columns * ratio, rows * ratio))))

    def _on_pointed(self, where: tuple[float, float] | None) -> None:
        self.probed.emit(None if where is None else self.plot.snapped(where[0], self.epochs))

    def _on_clicked(self) -> None:
        if self.probe is not None:
            self.clicked.emit(self.probe)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        self.title.apply_palette(palette)
        self.plot.apply_palette(palette)
        self.close_card.setIcon(icon("close", palette.dim))
        good, *rivals = self._colours()
        # Round ends, or the joints of a curve of straight lines would show.
        one = factor()
        pen = pg.mkPen(good, width=3 * one)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        self.true.setPen(pen)
        for curve, name, colour in zip(self.rivals, self.names, rivals, strict=True):
            curve.setPen(pg.mkPen(colour, width=1.6 * one))
            name.setColor(colour)
            name.setFont(font(11, bold=True))
        self.rest.setPen(pg.mkPen(palette.dim, width=0.8 * one))
        self.changes.setSize(9 * one)
        self.dots.setSize(7 * one)
        self.picture.setIconSize(QSize(scaled(PICTURE), scaled(PICTURE)))
        self.picture.setStyleSheet(f"padding: 0; qproperty-iconSize: {scaled(PICTURE)}px")
        if self.sample is not None and self.sample.label is not None:
            self._paint_picture()
            self._write_name()
            self._draw_changes(int(self.sample.label))
            self._draw_dots(int(self.sample.label))
            self.write()


def _strip(features: int) -> tuple[int, int]:
    rows = max(1, int(np.sqrt(features)))
    return rows, -(-features // rows)
