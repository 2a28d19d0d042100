"""Weights and gradients of every layer, as pictures with their scale."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QLabel, QScrollArea, QToolButton

from nnfs_core.explain.stages import Stage
from nnfs_core.model.places import Place
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.widgets import ComboBox, flat_button, label
from visualizer.panels.base import Choices, Command, Panel
from visualizer.panels.weights.canvas import SIDES, MatrixCanvas
from visualizer.panels.weights.lenses import LENSES, SCALES, is_pinned
from visualizer.state.context import ViewContext
from visualizer.state.intents import ChoosePlace
from visualizer.style.icons import icon
from visualizer.style.lengths import keep
from visualizer.style.theme import Palette

KEYS = {"left": "L", "right": "Shift+L"}
"""The key that goes to the next lens of a column."""

FIRST = {"left": "value", "right": "gradient"}
"""What a column shows unless somebody chooses something else."""


COMPARES = "change"
"""The lens that compares with the pinned epoch."""


class LensBox(ComboBox):
    """A flat box for the longest of its texts: what is beside it stays where it is."""

    def __init__(self) -> None:
        super().__init__(flat=True)

    def sizeHint(self) -> QSize:
        """Ask for the width of the longest text, and room for the chevron."""
        measure = self.fontMetrics().horizontalAdvance
        width = max((measure(self.itemText(at)) for at in range(self.count())), default=0) + 30
        return QSize(width, super().sizeHint().height())


class WeightsPanel(Panel):
    """Every weight and every gradient of the network, layer by layer."""

    key, title, order = "weights", "Weights and gradients", 1
    short_title = "Weights"
    about = "what each unit looks for: blue is for it, orange against"
    about_yields = True

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.pages: dict[str, QToolButton] = {}
        self.canvas = MatrixCanvas()
        self.canvas.pointed_at.connect(lambda one: self.intent.emit(ChoosePlace(one)))
        self.canvas.laid_out.connect(self._show_pages)
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.canvas)
        keep(scroll, "setMinimumSize", 240, 120)
        scroll.viewport().setAutoFillBackground(False)
        self.canvas.setAutoFillBackground(False)
        self.body.addWidget(scroll)
        self.lenses: dict[str, LensBox] = {}
        self._marks: dict[str, QLabel] = {}
        for side in SIDES:
            self._add_lens(side)
        self.scale = LensBox()
        for mode, explanation in SCALES.items():
            self.scale.addItem(f"scale {mode}", mode)
            self.scale.setItemData(self.scale.count() - 1, explanation, Qt.ItemDataRole.ToolTipRole)
        self.scale.setToolTip("What full colour stands for  (C)")
        self.scale.setAccessibleName("Colour scale")
        self.scale.currentIndexChanged.connect(self._on_scale_changed)
        self.header.add_control(self.scale)
        for name, tip, turn in (
            ("units back", "The units before  (PgUp)", partial(self.canvas.page, -1)),
            ("units", "The next units  (PgDn)", partial(self.canvas.page, +1)),
            ("layers back", "The layers before  (Shift+PgUp)", partial(self.canvas.turn, -1)),
            (
                "layers",
                "The next layers; the output stays  (Shift+PgDn)",
                partial(self.canvas.turn, +1),
            ),
        ):
            button = self.pages[name] = flat_button(tip)
            button.setAccessibleName(tip.split("  ")[0])
            button.clicked.connect(turn)
            button.hide()
            self.header.add_control(button)
        self.knobs = {**self.lenses, "scale": self.scale}
        self._pin: EpochFrame | None = None
        self._compare = False
        self._selected: Place | None = None

    def _add_lens(self, side: str) -> None:
        mark = self._marks[side] = label("", "dim", f"The {side} column")
        box = self.lenses[side] = LensBox()
        for lens in LENSES.values():
            box.addItem(lens.name, lens.key)
            tip = Qt.ItemDataRole.ToolTipRole
            box.setItemData(box.count() - 1, lens.explanation, tip)
        box.setCurrentIndex(box.findData(FIRST[side]))
        box.setToolTip(f"What the {side} column shows of the weights  ({KEYS[side]})")
        box.setAccessibleName(f"Lens of the {side} column")
        box.currentIndexChanged.connect(partial(self._on_lens_changed, side))
        self.header.add_control(mark)
        self.header.add_control(box)

    def lasting_choices(self) -> Choices:
        """See :class:`Panel`: there is no pin next time, and nothing to compare with."""
        chosen = self.choices()
        return {name: value for name, value in chosen.items() if value != COMPARES}

    def takes_part(self, stage: Stage) -> bool:
        """See :class:`Panel`: the canvas dims what a stage leaves alone by itself."""
        return stage.kind in {"forward", "backward", "update"}

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw the frame through both lenses."""
        self._follow_pin(frame, context)
        self.canvas.show_frame(frame, context)
        self._show_selected(context)
        text = "each row is one unit"
        if context.run.dataset.image_shape is not None:
            text = "hidden 1: each tile is one unit in the shape of the input, its bias below"
        shows_gradient = any(lens.key == "gradient" for lens in self.canvas.lens.values())
        if frame.state.batches and shows_gradient:
            text += " · gradient: mean over the epoch's batches"
        self._text = text
        self._show_pages()

    def _show_pages(self) -> None:
        """Offer the pages that there are, and say which is shown."""
        units, layers = self.canvas.units_shown, self.canvas.layers_shown
        for name, button in self.pages.items():
            button.setVisible((layers if "layers" in name else units) is not None)
        text = self._text
        if units is not None:
            text = f"units {units[0]:,} to {units[1]:,} of {units[2]:,} · {text}"
        if layers is not None:
            text = f"layers, page {layers[0]} of {layers[1]} · {text}"
        self.header.subtitle.set_text(text)

    def _follow_pin(self, frame: EpochFrame, context: ViewContext) -> None:
        if context.pin is not self._pin:
            # Who pins an epoch wants to compare others with it; without a pin there is nothing to.
            self._pin, self._compare = context.pin, context.pin is not None
            if context.pin is None:
                for side, box in self.lenses.items():
                    if box.currentData() == COMPARES:
                        box.setCurrentIndex(box.findData(FIRST[side]))
        if self._compare and not is_pinned(frame, context):
            self._compare = False
            self.lenses["left"].setCurrentIndex(self.lenses["left"].findData(COMPARES))

    def _show_selected(self, context: ViewContext) -> None:
        if context.selection != self._selected:
            self._selected = context.selection
            if self.canvas.framed and self.canvas.height() > self._scroll.viewport().height():
                centre = self.canvas.framed[0].center()
                self._scroll.ensureVisible(round(centre.x()), round(centre.y()), 24, 48)

    def commands(self) -> list[Command]:
        """Change the lenses and the scale, and leaf through the units of a wide layer."""
        page, turn = self.canvas.page, self.canvas.turn
        return [
            ("units", "Next units of a wide layer", ["PgDown"], partial(page, +1)),
            ("units back", "Units before", ["PgUp"], partial(page, -1)),
            (
                "layers",
                "Next layers of a deep network",
                ["Shift+PgDown"],
                partial(self.canvas.turn, +1),
            ),
            ("layers back", "Layers before", ["Shift+PgUp"], partial(turn, -1)),
            *(
                (
                    f"{side} lens",
                    f"Next lens of the {side} weights: value, gradient, update, change, log₁₀",
                    [KEYS[side]],
                    partial(self._next, self.lenses[side]),
                )
                for side in SIDES
            ),
            (
                "scale",
                "Next colour scale of the weights: fixed, per layer, network",
                ["C"],
                partial(self._next, self.scale),
            ),
        ]

    def _next(self, box: ComboBox) -> None:
        box.setCurrentIndex((box.currentIndex() + 1) % box.count())
        self.wanted.emit()

    def _on_lens_changed(self, side: str) -> None:
        self.canvas.set_lens(side, self.lenses[side].currentData())

    def _on_scale_changed(self) -> None:
        self.canvas.set_scale_mode(self.scale.currentData())

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        for side, mark in self._marks.items():
            mark.setPixmap(icon(f"{side} column", palette.dim).pixmap(14, 14))
        for name, button in self.pages.items():
            button.setIcon(icon("previous" if "back" in name else "next", palette.dim))
        self.canvas.apply_palette(palette)


PANEL = WeightsPanel
