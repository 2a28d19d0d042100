"""The bar at the bottom: the whole run from epoch 0 on, and any epoch of it to go to."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolTip,
    QWidget,
)

from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.widgets import label, row
from visualizer.state.context import ViewContext
from visualizer.style.lengths import keep
from visualizer.style.painting import Painted, saved
from visualizer.style.text_size import factor, scaled
from visualizer.style.theme import DARK, Palette

HINT = "Space train · ←→ step · Home first · End live · F1 keys"
SHORT_HINT = "Space · ←→ · F1 keys"

RADIUS = 7.0
"""Of the knob, in logical pixels with text at 100 %."""

RIBBON = ((-3.5, 4.0), (3.5, 4.0), (3.5, 14.0), (0.0, 11.0), (-3.5, 14.0))
"""Corners of a bookmark, from the middle of the line."""

NEAR = 5.0
"""Logical pixels from a mark within which the mouse means the mark, with text at 100 %."""


class Track(Painted, QWidget):
    """A line from the first epoch to the last, with marks, and a knob at the shown epoch."""

    epoch_chosen = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Timeline")
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.shown, self.newest, self.total = 0, 0, 1
        self.sought: int | None = None
        self.share = 0.0
        self.marks: list[tuple[int, str, str]] = []
        """Epoch, kind and text of what is marked: ``change``, ``fork``, ``saved``,
        ``diverged``, ``dead``, ``revived``, ``best``, ``pin`` and
        ``bookmark``."""

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(scaled(400), scaled(30))

    def x_of(self, epoch: float) -> float:
        """Return where an epoch lies, in pixels."""
        radius = RADIUS * factor()
        return radius + (self.width() - 2 * radius) * epoch / max(1, self.total)

    def epoch_at(self, x: float) -> int:
        """Return the recorded epoch nearest to a place."""
        radius = RADIUS * factor()
        share = (x - radius) / max(1.0, self.width() - 2 * radius)
        return max(0, min(self.newest, round(share * self.total)))

    def show_context(self, context: ViewContext) -> None:
        """Take the length of the run and its marks."""
        recording = context.recording
        self.newest, self.total = context.newest, max(context.total, context.newest, 1)
        self.marks = [
            (mark.epoch, mark.kind, mark.text)
            for mark in recording.marks
            if mark.epoch <= self.newest
        ]
        best = recording.best_until(self.newest)
        if best is not None and self.newest > 0:
            score = context.run.network.task.score
            reached = score.written(recording[best].validation_score, 1)
            validation_name = context.run.dataset.validation_name
            words = f"best {validation_name} {score.title}: {reached}"
            self.marks.append((best, "best", words))
        if context.pin is not None and context.pin_here:
            self.marks.append((context.pin.epoch, "pin", "pinned"))
        self.marks += [
            (one.epoch, "bookmark", f"bookmark {one.name}" + (f": {one.note}" if one.note else ""))
            for one in recording.bookmarks
            if one.epoch <= self.newest
        ]
        self.update()

    def paint(self, painter: QPainter) -> None:
        """Paint the line, the marks and the knob."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        palette, middle = self._palette, self.height() / 2
        one = factor()
        radius = RADIUS * one
        left, newest, end = self.x_of(0), self.x_of(self.newest), self.x_of(self.total)
        knob = self.x_of(self.shown if self.sought is None else self.sought)
        for until, colour in ((end, palette.line), (newest, palette.dim), (knob, palette.accent)):
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(left, middle - 2 * one, until - left, 4 * one), 2, 2)
        for epoch, kind, _ in self.marks:
            self._paint_mark(painter, self.x_of(epoch), kind)
        circle = QRectF(knob - radius, middle - radius, 2 * radius, 2 * radius)
        if self.sought is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.text))
            painter.drawEllipse(circle)
            return
        # Not there yet: a ring that closes as the replay comes nearer.
        painter.setBrush(QColor(palette.panel))
        painter.setPen(QPen(QColor(palette.dim), 2 * one))
        ring = circle.adjusted(one, one, -one, -one)
        painter.drawEllipse(ring)
        painter.setPen(QPen(QColor(palette.accent), 2 * one))
        painter.drawArc(ring, 90 * 16, -round(360 * 16 * self.share))

    def _paint_mark(self, painter: QPainter, x: float, kind: str) -> None:
        """Paint a mark: its lengths are those with text at 100 %, around where it is."""
        with saved(painter):
            painter.translate(x, self.height() / 2)
            painter.scale(factor(), factor())
            self._paint_shape(painter, kind)

    def _paint_shape(self, painter: QPainter, kind: str) -> None:
        palette = self._palette
        colours = {
            "change": palette.change,
            "fork": palette.dim,
            "saved": palette.text,
            "diverged": palette.bad,
            "dead": palette.bad,
            "revived": palette.good,
            "best": palette.good,
            "pin": palette.pin,
            "bookmark": palette.accent,
        }
        colour = QColor(colours[kind])
        # A shape of its own for each kind, since colours alone do not tell everyone apart.
        if kind == "change":
            painter.setPen(QPen(colour, 2))
            painter.drawLine(QPointF(0, -8), QPointF(0, 8))
        elif kind == "fork":
            painter.setPen(QPen(colour, 2))
            painter.drawLine(QPointF(0, 0), QPointF(0, 9))
        elif kind == "diverged":
            painter.setPen(QPen(colour, 2))
            painter.drawLine(QPointF(-4, -12), QPointF(4, -4))
            painter.drawLine(QPointF(4, -12), QPointF(-4, -4))
        elif kind in ("dead", "revived"):
            # A minus and a plus.
            painter.setPen(QPen(colour, 2))
            painter.drawLine(QPointF(-4, -8), QPointF(4, -8))
            if kind == "revived":
                painter.drawLine(QPointF(0, -12), QPointF(0, -4))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            top = -12.0
            if kind == "saved":
                painter.drawRect(QRectF(-3, top + 1, 6, 6))
            elif kind == "bookmark":
                # A ribbon, below the line.
                painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in RIBBON]))
            elif kind == "pin":
                painter.drawEllipse(QRectF(-3.5, top, 7, 7))
            else:
                corners = [QPointF(-4.5, top), QPointF(4.5, top), QPointF(0, top + 7)]
                painter.drawPolygon(QPolygonF(corners))

    def describe(self) -> str:
        """Say where the run stands, to those who cannot see it."""
        marks = "".join(f" At epoch {epoch:,}: {text}." for epoch, _, text in self.marks if text)
        return (
            f"Epoch {self.shown:,} of {self.total:,} is shown; {self.newest:,} are trained.{marks}"
        )

    def mousePressEvent(self, event) -> None:
        """Go to the epoch under the mouse, or to the mark it means."""
        x = event.position().x()
        near = [epoch for epoch, _, _ in self.marks if abs(self.x_of(epoch) - x) <= NEAR * factor()]
        self.epoch_chosen.emit(min(near[0], self.newest) if near else self.epoch_at(x))

    def mouseMoveEvent(self, event) -> None:
        """Drag the knob, or say what is under the mouse."""
        x = event.position().x()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.epoch_chosen.emit(self.epoch_at(x))
            return
        texts = [
            f"epoch {epoch:,}: {text}"
            for epoch, _, text in self.marks
            if abs(self.x_of(epoch) - x) <= NEAR * factor()
        ]
        text = "\n".join(texts) or f"epoch {self.epoch_at(x):,}"
        QToolTip.showText(event.globalPosition().toPoint(), text, self)


class Timeline(QFrame):
    """The track, whether the picture is live, and the way on from a past epoch."""

    epoch_chosen = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("Bar")
        self.setAccessibleName("The timeline")
        self.track = Track()
        self.track.epoch_chosen.connect(self.epoch_chosen)
        self.end = label("", "dim")
        self.live = QPushButton()
        self.live.setToolTip("Show the newest epoch and follow the run  (End)")
        self.live.setAccessibleName("Live")
        self.branches = QPushButton()
        self.branches.setToolTip("Branches of this run: switch, rename, show, delete  (Alt+B)")
        self.branches.setAccessibleName("Branches")
        self.branches.hide()
        self.fork = QPushButton("Train from here")
        self.fork.setToolTip("Go on from this epoch in a new branch; the old one stays  (F)")
        self.hint = label(HINT, "dim")
        self._palette: Palette = DARK
        self._training, self._is_live = False, True
        layout = QHBoxLayout(self)
        keep(layout, "setContentsMargins", 12, 6, 12, 6)
        keep(layout, "setSpacing", 8)
        layout.addWidget(label("0", "dim"))
        layout.addWidget(self.track, 1)
        layout.addWidget(self.end)
        keep(self.end, "setContentsMargins", 0, 0, 4, 0)
        layout.addWidget(self.branches)
        layout.addWidget(self.live)
        # One in the place of the other: a line that changed its length under the mouse, while
        # the knob is dragged, would show other epochs than the ones that are meant.
        self._way_on = QStackedWidget()
        self._way_on.addWidget(self.hint)
        page = QWidget()
        page.setLayout(row(self.fork, 1))
        self._way_on.addWidget(page)
        layout.addWidget(self._way_on)
        keep(self.live, "setMinimumWidth", 116)
        self._write_state()

    def resizeEvent(self, event) -> None:
        """Leave the line its room."""
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """Return the least size: the hint is left out there."""
        return QSize(scaled(320), super().minimumSizeHint().height())

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Show where the frame lies in its run."""
        self.track.shown = frame.epoch
        self.show_progress(context)

    def show_progress(self, context: ViewContext) -> None:
        """Show how far the run has come, whatever epoch is looked at."""
        self.track.show_context(context)
        self.end.setText(f"{context.total:,}")
        several = len(context.branches) > 1
        self.branches.setVisible(several)
        if several and self.branches.text() != context.recording.name:
            self.branches.setText(context.recording.name)
        if context.live != self._is_live:
            self._is_live = context.live
            self._arrange()
            self._write_state()

    def show_seeking(self, epoch: int, share: float) -> None:
        """Show that an epoch is looked for; none any more when it is negative."""
        self.track.sought = epoch if epoch >= 0 else None
        self.track.share = share
        self.track.update()
        if epoch >= 0 and self._is_live:
            self._is_live = False
            self._arrange()
            self._write_state()

    def show_training(self, training: bool) -> None:
        """Say whether epochs are being trained."""
        self._training = training
        self._write_state()

    def _arrange(self) -> None:
        self._way_on.setCurrentIndex(0 if self._is_live else 1)
        width = self.width() / factor()
        self.hint.setText(HINT if width > 1300 else SHORT_HINT if width > 700 else "")

    def _write_state(self) -> None:
        palette = self._palette
        if not self._is_live:
            colour = palette.good if self._training else palette.dim
            text = "● training on" if self._training else "● go live"
        elif self._training:
            colour, text = palette.good, "● live"
        else:
            colour, text = palette.text, "● live, paused"
        if self.live.text() != text:
            self.live.setText(text)
        style = f"color: {colour}"
        if self.live.styleSheet() != style:
            self.live.setStyleSheet(style)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        self.track.apply_palette(palette)
        self._arrange()
        self._write_state()
