"""The network: the chosen sample, its activations, and the connections that carry most."""

from __future__ import annotations

from functools import partial
from typing import Any, get_args

from PyQt6.QtCore import QRect, Qt
from PyQt6.QtWidgets import QSlider, QToolButton, QWidget

from nnfs_core.explain.stages import Stage
from nnfs_core.training.step import Step, next_step
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.widgets import flat_button
from visualizer.panels.base import Command, Panel
from visualizer.panels.network.canvas import DiagramCanvas
from visualizer.panels.network.hits import Direction
from visualizer.panels.network.stage_bar import StageBar
from visualizer.panels.network.stage_captions import caption, order, position
from visualizer.state.context import ViewContext
from visualizer.state.intents import ChoosePlace, ChooseStage, StepOn
from visualizer.style.icons import icon
from visualizer.style.theme import Palette

__all__ = ["PANEL", "DiagramCanvas", "NetworkPanel"]

MOST_EDGES = 600

PICTURES = "a picture goes in on the left, the answer comes out on the right"
NUMBERS = "numbers go in on the left, the answer comes out on the right"


class NetworkPanel(Panel):
    """Sample, hidden activations and probabilities, joined by the strongest connections."""

    key, title, order = "network", "Network", 0
    about = PICTURES

    def __init__(self) -> None:
        super().__init__()
        self.canvas = DiagramCanvas()
        self.canvas.setParent(self)
        self.canvas.pointed.connect(lambda one: self.intent.emit(ChoosePlace(one)))
        self.bar = StageBar()
        self.bar.next_wanted.connect(self._on_next_wanted)
        self.bar.previous_wanted.connect(self.previous_stage)
        self.bar.close_wanted.connect(self.toggle_slow_motion)
        self.bar.stage_wanted.connect(self._on_stage_wanted)
        self.edges = QSlider(Qt.Orientation.Horizontal)
        self.edges.setRange(0, MOST_EDGES)
        self.edges.setValue(100)
        self.edges.setSingleStep(10)
        self.edges.setPageStep(50)
        self.edges.setFixedWidth(96)
        self.edges.setToolTip("How many connections are drawn, the strongest first")
        self.edges.setAccessibleName("Connections drawn")
        self.edges.valueChanged.connect(self._on_edges_changed)
        self.saliency = self._toggle(
            "Saliency: how the logit of the predicted class depends on each input  (Y)",
            self.canvas.set_saliency,
        )
        self.slow = self._toggle(
            "Slow motion: one training step, stage by stage  (M)", self._on_slow_clicked
        )
        self.header.add_control(self.edges)
        self.knobs = {"edges": self.edges, "saliency": self.saliency}
        self.body.setContentsMargins(4, 0, 8, 6)
        self.body.addWidget(self.canvas, 1)
        self.body.addWidget(self.bar)
        self._connections = 0
        self._frame: EpochFrame | None = None
        self._context: ViewContext | None = None
        self._step: Step | None = None
        self._step_of: object = None
        self._awaited: int | None = None
        """The epoch that was asked for here."""

    def _toggle(self, tooltip: str, slot: Any) -> QToolButton:
        button = flat_button(tooltip)
        button.setCheckable(True)
        button.toggled.connect(slot)
        self.header.add_control(button)
        return button

    def takes_part(self, stage: Stage) -> bool:
        """Take part in every stage."""
        return True

    def commands(self) -> list[Command]:
        """Return slow motion, saliency, and moving what is pointed at."""
        moves: list[Command] = [
            (
                f"point {direction}",
                f"Select the unit or pixel {where}",
                [f"Ctrl+{direction.capitalize()}"],
                partial(self._move, direction),
            )
            for direction, where in zip(
                get_args(Direction),
                ("above", "below", "to the left, or of the layer before", "to the right"),
                strict=True,
            )
        ]
        return [
            ("slow motion", "Slow motion of a training step, or leave it", ["M"], self._press_slow),
            ("next stage", "Next stage; then the next epoch", ["."], self.next_stage),
            ("previous stage", "Previous stage", [","], self.previous_stage),
            ("play stages", "Play the stages, or stop", ["Shift+M"], self.toggle_playing),
            ("saliency", "Saliency over the input, or not", ["Y"], self.saliency.toggle),
            *moves,
            (
                "next weight",
                "Select the next weight of the selected unit, the strongest first",
                ["Ctrl+Shift+Down"],
                partial(self._walk, +1),
            ),
            (
                "previous weight",
                "Select the weight before, or the bias",
                ["Ctrl+Shift+Up"],
                partial(self._walk, -1),
            ),
            (
                "select nothing",
                "Select nothing",
                ["Ctrl+Backspace"],
                lambda: self.intent.emit(ChoosePlace(None)),
            ),
        ]

    # Pictures

    def first_thing(self) -> tuple[QWidget, QRect] | None:
        """Return the middle unit of the first layer."""
        area = self.canvas.unit_area()
        return None if area is None else (self.canvas, area)

    def notice(self, context: ViewContext) -> None:
        """Stop playing the stages when they are left, also while out of sight."""
        if context.stage is None:
            self.bar.set_playing(False)

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw the sample's way through the network of the frame."""
        if self._frame is not None and frame.epoch not in (self._frame.epoch, self._awaited):
            # The run is trained, replayed or gone through: its epochs are what moves now.
            self.bar.set_playing(False)
        self._awaited = None if frame.epoch == self._awaited else self._awaited
        self._frame, self._context = frame, context
        self.slow.blockSignals(True)
        self.slow.setChecked(context.stage is not None)
        self.slow.blockSignals(False)
        if context.stage is None:
            self.bar.leave()
            self.canvas.lent = 0
            # What the strip took is given back before anything is painted.
            self.body.activate()
            self._step_of = self._step = None
        else:
            self._ask_for_step(frame, context)
        self._draw()

    def _draw(self) -> None:
        frame, context = self._frame, self._context
        assert frame is not None and context is not None, "a frame comes first"
        picture = context.run.dataset.image_shape is not None
        self.header.subtitle.introduce(PICTURES if picture else NUMBERS)
        self.canvas.show_frame(frame, context)
        self._connections = sum(weights.size for weights in frame.parameters.weights)
        if context.stage is not None:
            self._show_stage(context, frame.epoch)
        self._write_subtitle()

    def _show_stage(self, context: ViewContext, epoch: int) -> None:
        among, at = order(context), position(context)
        self.bar.show_stage(
            at,
            len(among),
            among[at].name(len(context.run.network.sizes) - 1),
            caption(
                context,
                self.canvas.passed,
                self._step,
                self.canvas.change,
                epoch,
                self._frame.state.batches if self._frame is not None else 0,
            ),
            more=context.sample.label is not None or at + 1 < len(among),
        )
        # The strip has come or gone: what is painted next is in the right size already.
        self.canvas.lent = self.bar.sizeHint().height() + self.body.spacing()
        self.body.activate()

    def _ask_for_step(self, frame: EpochFrame, context: ViewContext) -> None:
        """Have the step that follows the frame worked out, if it is not known."""
        if self._step_of is frame.state:
            return
        self._step_of, self._step = frame.state, None
        self.canvas.show_step(None)
        run, state = context.run, frame.state

        def job() -> Step:
            return next_step(run.experiment, run.network, run.dataset, state)

        def done(step: Step) -> None:
            if self._step_of is state:
                self._step = step
                self.canvas.show_step(step)
                self._draw()

        self.background.submit("slow motion", job, done)

    def _write_subtitle(self) -> None:
        content = self.canvas.content
        what = "weight × activation" if content is None else content.subject
        context = self._context
        if context is not None and context.stage == Stage("input"):
            self.header.subtitle.set_text("the input, before any connection")
            return
        self.header.subtitle.set_text(
            f"strongest {self.canvas.edges_drawn} of {self._connections:,} connections · {what}"
        )

    def _on_edges_changed(self, wanted: int) -> None:
        self.canvas.set_edges(wanted)
        self._write_subtitle()

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.canvas.apply_palette(palette)
        self.bar.apply_palette(palette)
        self.saliency.setIcon(icon("saliency", palette.dim))
        self.slow.setIcon(icon("slow", palette.dim))

    @property
    def _now(self) -> ViewContext | None:
        """What is shown, also while this panel is out of sight."""
        return self.now or self._context

    # Slow motion

    def _press_slow(self) -> None:
        self.wanted.emit()
        self.toggle_slow_motion()

    def toggle_slow_motion(self) -> None:
        """Show a step stage by stage, beginning with the input; or the whole step again."""
        if (context := self._now) is not None:
            self.intent.emit(ChooseStage(Stage("input") if context.stage is None else None))

    def _on_slow_clicked(self, wanted: bool) -> None:
        self.intent.emit(ChooseStage(Stage("input") if wanted else None))

    def next_stage(self) -> None:
        """Go on by a stage; after the last one, to the next epoch."""
        context = self._now
        if context is None:
            return
        if context.stage is None:
            self._press_slow()
            return
        among, at = order(context), position(context)
        if at + 1 < len(among):
            self.intent.emit(ChooseStage(among[at + 1]))
            # The step is over: who wants to see the next one says so.
            if at + 2 == len(among):
                self.bar.set_playing(False)
        elif context.sample.label is not None:
            self._awaited = None if self._frame is None else self._frame.epoch + 1
            self.intent.emit(ChooseStage(among[0]))
            self.intent.emit(StepOn())

    def _on_next_wanted(self) -> None:
        # Slow motion may have been left meanwhile, with this panel out of sight.
        if self._now is not None and self._now.stage is not None:
            self.next_stage()
        else:
            self.bar.leave()

    def previous_stage(self) -> None:
        """Go back by a stage."""
        context = self._now
        if context is not None and context.stage is not None:
            self.intent.emit(ChooseStage(order(context)[max(0, position(context) - 1)]))

    def toggle_playing(self) -> None:
        """Play the stages, from the first one if there was none; or stop."""
        context = self._now
        if context is None:
            return
        if context.stage is None:
            self._press_slow()
            self.bar.start_playing()
        else:
            self.bar.set_playing(not self.bar.playing)

    def _on_stage_wanted(self, at: int) -> None:
        if (context := self._now) is not None:
            self.intent.emit(ChooseStage(order(context)[at]))

    # What is pointed at

    def _catch_up(self) -> ViewContext | None:
        """Have the diagram of what is shown, also while it is out of sight, and return that."""
        if self.latest is not None and self.latest[1] is not self._context:
            self.show_frame(*self.latest)
        return self._context

    def _move(self, direction: Direction) -> None:
        context = self._catch_up()
        if context is not None:
            place = self.canvas.moved(context.selection, direction)
            self.intent.emit(ChoosePlace(place or context.selection))

    def _walk(self, step: int) -> None:
        context = self._catch_up()
        if context is not None:
            place = self.canvas.next_weight(context.selection, step)
            self.intent.emit(ChoosePlace(place or context.selection))


PANEL = NetworkPanel
