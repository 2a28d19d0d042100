"""The samples: pick the one that is shown, and see what the network says of its neighbours."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QPainter, QPen
from PyQt6.QtWidgets import QPushButton, QSizePolicy, QWidget

from nnfs_core.training import EpochFrame
from visualizer.context import ViewContext
from visualizer.icons import icon
from visualizer.images import indexed_image
from visualizer.panels.base import Command, Panel
from visualizer.theme import DARK, Palette, colour_table, font, unit_levels
from visualizer.widgets import ComboBox, row

TALL = 840
"""Height of a view in which the samples have room below the form."""

TILE, GAP, CAPTION = 40.0, 8.0, 16.0


class Gallery(QWidget):
    """A page of samples with the class the network gives each, right or wrong."""

    chosen = pyqtSignal(int)
    """A row of the part was clicked."""

    answered = pyqtSignal()
    """The page, or the network's answers to it, may have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 60)
        self.setAccessibleName("Samples with the network's answer")
        self._palette: Palette = DARK
        self._frame: EpochFrame | None = None
        self._context: ViewContext | None = None
        self._rows = np.empty(0, int)
        self.page = np.empty(0, int)
        self.predicted = np.empty(0, int)
        self._image: QImage | None = None
        self._image_of: object = None

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(320, 180)

    def show_frame(self, frame: EpochFrame, context: ViewContext, rows: np.ndarray) -> None:
        """Take a frame, and the rows of the part that may be shown."""
        self._frame, self._context, self._rows = frame, context, rows
        self._prepare()
        self.update()

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        self.update()

    def resizeEvent(self, event) -> None:
        """Show as many as there is room for."""
        super().resizeEvent(event)
        self._prepare()

    def _grid(self) -> tuple[int, int, float, float]:
        """Return tiles across and down, and the distances from one to the next."""
        across = max(1, int((self.width() + GAP) / (TILE + GAP)))
        down = max(1, int(self.height() / (TILE + CAPTION + GAP)))
        return across, down, (self.width() + GAP) / across, self.height() / down

    def _prepare(self) -> None:
        if self._frame is None or self._context is None:
            return
        context, run = self._context, self._context.run
        across, down, *_ = self._grid()
        size = across * down
        at = int(np.searchsorted(self._rows, context.chosen.index))
        start = at // size * size
        self.page = self._rows[start : start + size]
        x, _ = run.samples(context.chosen.part)
        key = (id(run), context.chosen.part, self.page.tobytes(), self._palette.name)
        if key != self._image_of:
            self._image_of = key
            shape = run.dataset.image_shape or _strip(x.shape[1])
            levels = np.zeros((len(self.page), shape[0] * shape[1]), np.uint8)
            levels[:, : x.shape[1]] = unit_levels(x[self.page])
            self._image = indexed_image(
                levels.reshape(-1, shape[1]), colour_table("grey", self._palette)
            )
        probabilities = run.network.predict(self._frame.parameters, x[self.page])
        self.predicted = probabilities.argmax(axis=1)
        self.answered.emit()

    def _tile(self, number: int) -> QRectF:
        across, _, right, below = self._grid()
        row, column = divmod(number, across)
        side = min(right - GAP, below - CAPTION - GAP / 2) - 3
        return QRectF(round(column * right) + 1.5, round(row * below) + 1.5, side, side)

    def paintEvent(self, event) -> None:
        """Paint the page."""
        if self._context is None or self._image is None or not len(self.page):
            return
        painter = QPainter(self)
        palette, context = self._palette, self._context
        classes, (_, labels) = context.run.dataset.classes, context.run.samples(context.chosen.part)
        rows = self._image.height() // len(self.page)
        for number, (index, predicted) in enumerate(
            zip(self.page.tolist(), self.predicted.tolist(), strict=True)
        ):
            tile = self._tile(number)
            painter.drawImage(
                tile, self._image, QRectF(0, number * rows, self._image.width(), rows)
            )
            right = predicted == labels[index]
            chosen = index == context.sample.index and context.sample.part != "drawn"
            if chosen:
                painter.setPen(QPen(QColor(palette.accent), 2))
                painter.drawRect(tile.adjusted(-1, -1, 1, 1))
            painter.setFont(font(11, bold=not right))
            painter.setPen(QColor(palette.dim if right else palette.bad))
            caption = QRectF(tile.left() - 4, tile.bottom() + 2, tile.width() + 8, CAPTION - 2)
            text = painter.fontMetrics().elidedText(
                classes[predicted], Qt.TextElideMode.ElideRight, round(tile.width() - 10)
            )
            # Colour alone would not tell everyone: a wrong answer also carries a cross.
            painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, text if right else f"× {text}")

    def mousePressEvent(self, event) -> None:
        """Choose the sample under the mouse."""
        for number, index in enumerate(self.page.tolist()):
            if self._tile(number).contains(QPointF(event.position())):
                self.chosen.emit(index)


def _strip(features: int) -> tuple[int, int]:
    rows = max(1, int(np.sqrt(features)))
    return rows, -(-features // rows)


class SamplesPanel(Panel):
    """Previous, next, random, by class; and a page of samples to click."""

    key, title, area, order, tab = "samples", "Samples", "right", 2, 0
    share = 2
    interval = 0.1

    @classmethod
    def home(cls, height: int) -> tuple[str, int]:
        """Stand below the form where there is room for both."""
        return ("left", 1) if height >= TALL else ("right", 2)

    def __init__(self) -> None:
        super().__init__()
        self.previous = QPushButton()
        self.previous.setToolTip("Previous sample  (P)")
        self.previous.setAccessibleName("Previous sample")
        self.next = QPushButton()
        self.next.setToolTip("Next sample  (N)")
        self.next.setAccessibleName("Next sample")
        self.random = QPushButton("random")
        self.random.setToolTip("Any sample  (R)")
        self.classes = ComboBox()
        self.classes.setToolTip("Only samples of this class")
        self.classes.setAccessibleName("Class of the samples")
        self.part = ComboBox(flat=True)
        self.part.setToolTip("Which part of the data the samples come from")
        self.part.setAccessibleName("Part of the data")
        for button in (self.previous, self.next):
            button.setFixedWidth(34)
            button.setStyleSheet("padding: 0")
        self.gallery = Gallery()
        self.body.addLayout(row(self.previous, self.next, self.random, self.classes, 1, spacing=6))
        self.header.add_control(self.part)
        self.body.addWidget(self.gallery, 1)
        self.previous.clicked.connect(lambda: self.go(-1))
        self.gallery.answered.connect(self._on_answered)
        self.next.clicked.connect(lambda: self.go(+1))
        self.random.clicked.connect(self.pick_random)
        self.classes.activated.connect(self._on_filter_changed)
        self.part.activated.connect(self._on_filter_changed)
        self.gallery.chosen.connect(
            lambda index: self.sample_chosen.emit(self.part.currentData(), index)
        )
        self._context: ViewContext | None = None
        self._run: object = None
        self._generator = np.random.default_rng()

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Show the page the chosen sample is on, answered by the network of the frame."""
        if context.run is not self._run:
            self._fill(context)
        self._context = context
        sample = context.chosen
        self.part.setCurrentIndex(self.part.findData(sample.part))
        if self.classes.currentData() not in (None, sample.label):
            self.classes.setCurrentIndex(0)
        self.gallery.show_frame(frame, context, self._rows())

    def _on_answered(self) -> None:
        if self._context is not None:
            _, labels = self._context.run.samples(self._context.chosen.part)
            page, predicted = self.gallery.page, self.gallery.predicted
            right = int(np.count_nonzero(predicted == labels[page]))
            self.header.subtitle.set_text(f"{right} of {len(page)} right")

    def _fill(self, context: ViewContext) -> None:
        self._run, run = context.run, context.run
        self.classes.clear()
        self.classes.addItem("every class", None)
        present = set(run.dataset.train_y.tolist()) | set(run.dataset.validation_y.tolist())
        for number, name in enumerate(run.dataset.classes):
            if number in present:
                self.classes.addItem(f"class {name}", number)
        self.part.clear()
        for part in ("held out", "train"):
            if len(run.samples(part)[0]):
                self.part.addItem(run.part_name(part), part)

    def _rows(self) -> np.ndarray:
        _, labels = self._context.run.samples(self.part.currentData())
        wanted = self.classes.currentData()
        return np.arange(len(labels)) if wanted is None else np.flatnonzero(labels == wanted)

    def go(self, by: int) -> None:
        """Go to the next sample of the class, or the one before."""
        if self._context is None:
            return
        rows = self._rows()
        if not len(rows):
            return
        at = int(np.searchsorted(rows, self._context.chosen.index))
        self.sample_chosen.emit(self.part.currentData(), int(rows[(at + by) % len(rows)]))

    def pick_random(self) -> None:
        """Go to any sample of the class."""
        if self._context is not None and len(rows := self._rows()):
            self.sample_chosen.emit(self.part.currentData(), int(self._generator.choice(rows)))

    def commands(self) -> list[Command]:
        """Walk through the samples."""
        return [
            ("previous", "Previous sample", ["P"], lambda: self.go(-1)),
            ("next", "Next sample", ["N"], lambda: self.go(+1)),
            ("random", "Random sample", ["R"], self.pick_random),
        ]

    def _on_filter_changed(self) -> None:
        if self._context is None:
            return
        if not len(self._rows()):
            self.classes.setCurrentIndex(0)  # None of this class in this part.
        self.sample_chosen.emit(self.part.currentData(), int(self._rows()[0]))

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.previous.setIcon(icon("previous", palette.text))
        self.next.setIcon(icon("next", palette.text))
        self.gallery.apply_palette(palette)


PANEL = SamplesPanel
