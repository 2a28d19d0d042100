"""The bar at the top: run the run, and read the numbers that matter."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from PyQt6.QtCore import QRect, QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpacerItem,
    QToolButton,
    QWidget,
)

from nnfs_core.text.numbers import speed_text
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.widgets import Reading, label
from visualizer.state.context import ViewContext
from visualizer.style.icons import icon
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled
from visualizer.style.theme import DARK, Palette
from visualizer.view.run_numbers import RunNumbers

SPEEDS: tuple[float | None, ...] = (1, 2, 5, 10, 20, 30, 60, 100, 200, 500, 1000, None)
"""Epochs per second that the slider offers; None is as fast as it goes."""

COMPACT = 1200
"""Logical pixels, with text at 100 %, below which the bar leaves out words, or earlier where its
numbers are long."""

GAP = 16
"""Between parts of the bar, in logical pixels; half of it where there is little room."""

LEAST = 1060
"""Logical pixels that are enough without them, with text at 100 %."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the main button depends on.

    Attributes
    ----------
    training, pausing, playing : bool
    live : bool
        Whether the newest epoch is shown.
    done, total : int
        The shown epoch, and how many the run is meant to last.
    """

    training: bool = False
    pausing: bool = False
    playing: bool = False
    live: bool = True
    done: int = 0
    total: int = 0


class TransportBar(QFrame):
    """Restart, train or pause, step, speed; epoch, loss, accuracy; record, export, keys."""

    speed_chosen = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("Bar")
        self.setAccessibleName("The bar at the top")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._choosing = False
        self._palette: Palette = DARK
        self._standing = Standing()
        self.restart = QToolButton()
        self.restart.setToolTip(
            "Restart from the same initial weights; this run stays as a branch  (Ctrl+Home)"
        )
        self.back = QToolButton()
        self.back.setToolTip("Go back one epoch  (←, or Shift+← for ten)")
        self.train = QPushButton("Train")
        self.train.setProperty("primary", True)
        self.step = QToolButton()
        self.step.setToolTip("Go on one epoch: train it if it is new  (→, or Shift+→ for ten)")
        self.speed = QSlider(Qt.Orientation.Horizontal)
        self.speed.setRange(0, len(SPEEDS) - 1)
        self.speed.setPageStep(1)
        self.speed.setToolTip("Epochs per second  (− and +)")
        self.speed_label = label("", "dim")
        keep(self.speed_label, "setMinimumWidth", 84)
        self.numbers = RunNumbers()
        self.record = QToolButton()
        self.record.setCheckable(True)
        self.record.setToolTip("Record every k-th epoch as a PNG  (Ctrl+R)")
        self.export = QPushButton("Export PNG")
        self.export.setAccessibleName("Export PNG")
        self.export.setToolTip("Save the picture of this epoch  (Ctrl+E)")
        # Small, and it shows only while something is recorded.
        self.recorded = Reading("", "dim")
        self.recorded.hide()
        self.keys = QToolButton()
        self.keys.setText("?")
        self.keys.setToolTip("All keys  (F1)")
        names = {
            self.restart: "Restart",
            self.back: "Back one epoch",
            self.step: "Step one epoch",
            self.speed: "Speed",
            self.record: "Record",
            self.keys: "Keys",
        }
        for widget, name in names.items():
            widget.setAccessibleName(name)
        self._lay_out()
        # What is left out where there is no room, the first first: all of it has a key, and what
        # is pressed is in a menu too.
        self._foldable: tuple[tuple[QWidget, ...], ...] = (
            (self.speed_label,),
            (self.record, self.export),
            (self.keys,),
            (self.numbers.of_total,),
            (self.numbers.loss_name, self.numbers.loss),
            (self.speed,),
            (self.restart,),
            (self.back, self.step),
            (self.numbers.accuracy_name, self.numbers.accuracy),
        )
        self._use_words(compact=False)
        self.speed.valueChanged.connect(self._on_speed_moved)
        self.show_speed(None)
        self.show_training(False)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        keep(layout, "setContentsMargins", 12, 8, 12, 8)
        for button in (self.restart, self.back, self.train, self.step):
            layout.addWidget(button)
        self._gaps = [QSpacerItem(GAP, 0) for _ in range(4)]
        layout.addItem(self._gaps[0])
        layout.addWidget(self.speed)
        layout.addWidget(self.speed_label)
        layout.addStretch(1)
        for pair, gap in zip(self.numbers, self._gaps[1:], strict=True):
            for text in pair:
                layout.addWidget(text, 0, Qt.AlignmentFlag.AlignVCenter)
            layout.addItem(gap)
        layout.addWidget(self.recorded)
        for button in (self.record, self.export, self.keys):
            layout.addWidget(button)

    def resizeEvent(self, event) -> None:
        """Leave out words where there is no room for them."""
        super().resizeEvent(event)
        self._choose_words()

    def _choose_words(self) -> None:
        if self._choosing:
            return  # what is shown and hidden meanwhile may resize the bar
        self._choosing = True
        layout = self.layout()
        assert layout is not None, "the bar is laid out when it is made"
        narrow = self.width() < scaled(COMPACT)
        for fold in range(int(narrow), len(self._foldable) + 2):
            self._fold_up(fold)
            if layout.minimumSize().width() <= self.width():
                break
        self._choosing = False

    def _fold_up(self, fold: int) -> None:
        """Leave out words, and then one part after the other."""
        self._use_words(compact=fold > 0)
        for at, group in enumerate(self._foldable):
            for widget in group:
                widget.setVisible(at >= fold - 1)

    def _use_words(self, *, compact: bool) -> None:
        self.export.setText("" if compact else "Export PNG")
        self.speed.setFixedWidth(scaled(64 if compact else 120))
        for gap in self._gaps:
            gap.changeSize(scaled(GAP // 2 if compact else GAP), 0)
        self.train.setMinimumWidth(scaled(96 if compact else 112))
        self.numbers.shorten(compact)
        if (layout := self.layout()) is not None:
            layout.setSpacing(scaled(4 if compact else 8))
            layout.invalidate()

    def minimumSizeHint(self) -> QSize:
        """Return the least size: what there is no room for is left out."""
        needed = (self.train, self.numbers.epoch_name, self.numbers.epoch)
        width = sum(widget.minimumSizeHint().width() + scaled(8) for widget in needed)
        return QSize(width + scaled(64), self._height())

    def sizeHint(self) -> QSize:
        """Return the size in which there is room for what is shown now."""
        return QSize(super().sizeHint().width(), self._height())

    def _height(self) -> int:
        """Return the height of every part, seen or left out.

        A bar of another height would lay out the window again while it chooses, without end.
        """
        margins = self.contentsMargins() + self.layout().contentsMargins()
        parts = (part for part in self.children() if isinstance(part, QWidget))
        high = max(part.sizeHint().height() for part in parts)
        return high + margins.top() + margins.bottom()

    def numbers_area(self) -> QRect:
        """Return where the numbers of the epoch stand: between the speed and the buttons."""
        before = [w for w in (self.train, self.step, self.speed, self.speed_label) if self._has(w)]
        after = [w for w in (self.recorded, self.record, self.export, self.keys) if self._has(w)]
        left = before[-1].geometry().right() + 8
        right = after[0].x() - 8 if after else self.width()
        return QRect(left, 1, max(0, right - left), self.height() - 2)

    def _has(self, widget: QWidget) -> bool:
        return widget.isVisibleTo(self)

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Show the numbers of an epoch."""
        self._stand(live=context.live, done=frame.epoch, total=context.total)
        if self.numbers.show_frame(frame, context):
            self._choose_words()

    def _stand(self, **changes: Any) -> None:
        self._standing = replace(self._standing, **changes)
        self._write_train()

    def show_training(self, training: bool) -> None:
        """Turn Train into Pause and back."""
        self._stand(training=training, pausing=False)

    def show_pausing(self) -> None:
        """Say that training is about to stop."""
        self._stand(pausing=True)

    def show_playing(self, playing: bool) -> None:
        """Turn Replay into Stop and back."""
        self._stand(playing=playing)

    def show_recorded(self, pictures: int, where: str) -> None:
        """Show how many pictures a recording has so far, and where; nothing where there is none."""
        self.recorded.setText(f"{pictures:,}" if where else "")
        self.recorded.setToolTip(where)
        self.recorded.setVisible(bool(where))
        tip = "Record every k-th epoch as a PNG  (Ctrl+R)"
        self.record.setToolTip(f"Stop recording: {where}  (Ctrl+R)" if where else tip)

    def show_speed(self, rate: float | None) -> None:
        """Show a speed."""
        at = min(
            range(len(SPEEDS)),
            key=lambda k: abs((SPEEDS[k] or math.inf) - rate) if rate else SPEEDS[k] is not None,
        )
        self.speed.blockSignals(True)
        self.speed.setValue(at)
        self.speed.blockSignals(False)
        self.speed_label.setText(speed_text(rate))

    def nudge_speed(self, by: int) -> None:
        """Move the speed one mark up or down."""
        self.speed.setValue(self.speed.value() + by)

    def _on_speed_moved(self, at: int) -> None:
        self.speed_label.setText(speed_text(SPEEDS[at]))
        self.speed_chosen.emit(SPEEDS[at])

    def _state(self) -> tuple[str, str, str]:
        """Return what the main button says, its icon and its tooltip."""
        at = self._standing
        if not at.live:
            if at.playing:
                return "Stop", "pause", "Stop playing  (Space)"
            return "Replay", "play", "Play the recorded epochs from here at this speed  (Space)"
        if at.training and at.pausing:
            return "Pausing…", "pause", "The epoch under way ends, or is trained anew later"
        if at.training:
            return "Pause", "pause", "Stop after this epoch  (Space)"
        if 0 < at.total <= at.done:
            tip = "Go on beyond the total, for as many epochs again  (Space)"
            return "Continue", "play", tip
        return "Train", "play", "Train until the total  (Space)"

    def _write_train(self) -> None:
        text, name, tooltip = self._state()
        if self.train.text() != text or self.train.icon().isNull():
            self.train.setText(text)
            self.train.setToolTip(tooltip)
            self.train.setIcon(icon(name, self._palette.on_accent))

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        icons = {
            self.restart: "restart",
            self.back: "back",
            self.step: "step",
            self.export: "export",
        }
        for button, name in icons.items():
            button.setIcon(icon(name, palette.text))
        self.record.setIcon(icon("record", palette.bad))
        self._choose_words()
        self.train.setIcon(icon(self._state()[1], palette.on_accent))
