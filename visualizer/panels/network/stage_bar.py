"""The strip of slow motion: which stage, what happens in it, and the buttons to go on."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QColor, QPainter
from PyQt6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from nnfs_core.text.numbers import setting
from visualizer.kit.widgets import ComboBox, flat_button, label, row
from visualizer.style.icons import icon
from visualizer.style.painting import Painted
from visualizer.style.theme import DARK, Palette

PACES = (0.7, 1.5, 3.0, 6.0)
"""Seconds from one stage to the next while they are played."""

LINES = 3
"""Lines there is always room for: most captions need fewer in a window of the usual size."""


class StageTrack(Painted, QWidget):
    """A short line for each stage; those that were shown are bright. A click goes to one."""

    chosen = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(10)
        self.setAccessibleName("Stages of the step")
        self.setToolTip("Stages of one training step; click one to go there")
        self.count, self.at = 1, 0

    def show_stage(self, at: int, count: int) -> None:
        """Show that a stage, counted from 0, is the present one of so many."""
        if (at, count) != (self.at, self.count):
            self.at, self.count = at, count
            self.update()

    def paint(self, painter: QPainter) -> None:
        """Paint a rounded line for each stage."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        width = self.width() / self.count
        for stage in range(self.count):
            colour = self._palette.accent if stage <= self.at else self._palette.dim
            painter.setOpacity(1.0 if stage == self.at else 0.5 if stage < self.at else 0.3)
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(stage * width, 3, width - 4, 4), 2, 2)

    def describe(self) -> str:
        """Say which stage is shown, to those who cannot see it."""
        return f"Stage {self.at + 1} of {self.count}."

    def mousePressEvent(self, event) -> None:
        """Go to the stage that was clicked."""
        if event.button() == Qt.MouseButton.LeftButton:
            stage = int(event.position().x() / self.width() * self.count)
            self.chosen.emit(min(max(stage, 0), self.count - 1))


class StageBar(QFrame):
    """Says what a stage is, and asks for others. It is only there in slow motion."""

    next_wanted = pyqtSignal()
    previous_wanted = pyqtSignal()
    close_wanted = pyqtSignal()
    stage_wanted = pyqtSignal(int)
    """A stage counted from 0."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("StageBar")
        self.track = StageTrack()
        self.track.chosen.connect(self.stage_wanted)
        self.head = label("", "title")
        self.caption = label("", "caption")
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.setWordWrap(True)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.previous = flat_button("Previous stage  (,)")
        self.play = flat_button("Play the stages of this step, or stop  (Shift+M)")
        self.next = flat_button("Next stage; after the last one the next epoch  (.)")
        self.close_bar = flat_button("Leave slow motion  (M)")
        self.pace = ComboBox(flat=True)
        for seconds in PACES:
            self.pace.addItem(f"{setting(seconds)} s a stage", seconds)
        self.pace.setCurrentIndex(1)
        self.pace.setToolTip("How long each stage is shown while they are played")
        self.pace.setAccessibleName("Time for each stage")
        self.pace.currentIndexChanged.connect(self._on_pace_changed)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.next_wanted)
        self.previous.clicked.connect(self.previous_wanted)
        self.next.clicked.connect(self.next_wanted)
        self.play.clicked.connect(lambda: self.set_playing(not self.playing))
        self.close_bar.clicked.connect(self.close_wanted)
        self._palette: Palette = DARK
        self._fitted_width = self._tallest = 0
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 4, 6, 6)
        layout.setSpacing(2)
        layout.addWidget(self.track)
        layout.addLayout(
            row(
                self.head,
                1,
                self.previous,
                self.play,
                self.next,
                self.pace,
                self.close_bar,
                spacing=4,
            )
        )
        layout.addWidget(self.caption)
        self._fit()
        self.hide()

    @property
    def playing(self) -> bool:
        """Whether stages follow each other by themselves."""
        return self._timer.isActive()

    def set_playing(self, playing: bool) -> None:
        """Go on by itself at the chosen pace, beginning at once; or stop."""
        if playing == self.playing:
            return
        if playing:
            self._timer.start(round(1000 * self.pace.currentData()))
            self.next_wanted.emit()
        else:
            self._timer.stop()
        self._show_icons()

    def start_playing(self) -> None:
        """Go on by itself, giving the present stage its time first."""
        self._timer.start(round(1000 * self.pace.currentData()))
        self._show_icons()

    def show_stage(self, at: int, count: int, name: str, caption: str, *, more: bool) -> None:
        """Show a stage.

        Parameters
        ----------
        at, count : int
            Which one, counted from 0, and of how many.
        name, caption : str
            The caption in rich text.
        more : bool
            Whether anything follows: another stage, or another epoch.
        """
        self.track.show_stage(at, count)
        self.head.setText(f"{at + 1} of {count} · {name}")
        if caption != self.caption.text():
            self.caption.setText(caption)
            self._fit()
        self.previous.setEnabled(at > 0)
        self.next.setEnabled(more)
        self.play.setEnabled(more)
        self.show()

    def leave(self) -> None:
        """Stop and go out of sight."""
        self.set_playing(False)
        self._fitted_width = 0
        self.hide()

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        self.track.apply_palette(palette)
        self.previous.setIcon(icon("previous", palette.text))
        self.next.setIcon(icon("next", palette.text))
        self.close_bar.setIcon(icon("close", palette.dim))
        self._show_icons()

    def resizeEvent(self, event) -> None:
        """Give the caption its room again."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Keep room for usual captions, so that the diagram stands still.

        A longer one gets more, and what it got is kept for the others in this width.
        """
        margins = self.layout().contentsMargins()
        room = max(self.width() - margins.left() - margins.right(), 100)
        if room != self._fitted_width:
            self._fitted_width = room
            self._tallest = LINES * (self.caption.fontMetrics().lineSpacing() + 1)
        self._tallest = max(self._tallest, self.caption.heightForWidth(room))
        self.caption.setFixedHeight(self._tallest)

    def sizeHint(self) -> QSize:
        """Return as much width as there is, and the height of the captions."""
        return QSize(400, super().sizeHint().height())

    def _show_icons(self) -> None:
        name = "pause" if self.playing else "play"
        self.play.setIcon(icon(name, self._palette.text))

    def _on_pace_changed(self) -> None:
        if self.playing:
            self._timer.start(round(1000 * self.pace.currentData()))
