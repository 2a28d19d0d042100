"""The inspector: why a number has its value, with the real numbers of the formula."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from nnfs_core.microscope import Explanation, Subject, explain
from nnfs_core.places import Place
from nnfs_core.stages import Stage
from nnfs_core.step import next_step
from nnfs_core.training import EpochFrame
from visualizer.context import RunInfo, ViewContext
from visualizer.icons import icon
from visualizer.inspector.formula_view import FormulaView
from visualizer.inspector.formulas import Typesetter
from visualizer.inspector.forward import LOSS
from visualizer.inspector.page import page_html
from visualizer.inspector.writer import Writer
from visualizer.panels.base import Command, Panel
from visualizer.place_names import full_name
from visualizer.theme import Palette
from visualizer.widgets import flat_button

AT_ONCE = 50_000
"""Parameters up to which an explanation takes about a millisecond, and no thread is needed."""

WIDE, NORMAL, LARGE = 800, 13, 15
"""From this width the parts of a page stand side by side, in larger letters; logical pixels."""

FEW, MORE = 6, 12
"""Terms of a sum that are named, in a narrow and in a wide panel."""

REMEMBERED = 100
"""How many places one can go back."""


@dataclass(frozen=True, slots=True)
class Found:
    """An explanation with what it is of."""

    frame: EpochFrame
    context: ViewContext
    explanation: Explanation


class InspectorPanel(Panel):
    """Explains the number that was pointed at: forward, loss, backward, update."""

    key, title, area, order, tab = "inspector", "Inspector", "right", 2, 0
    share = 7
    interval = 0.4

    def __init__(self) -> None:
        super().__init__()
        self.view = FormulaView("Explanation of the chosen number")
        self.back_button = flat_button("Back  (Backspace)")
        self.header.add_control(self.back_button)
        self.body.setContentsMargins(12, 0, 4, 8)
        self.body.addWidget(self.view)
        self.view.place_followed.connect(self.place_chosen)
        self.back_button.clicked.connect(self.back)
        self.back_button.hide()
        self._run: RunInfo | None = None
        self._selection: Place | None = None
        self._been: list[Place | None] = []
        self._going_back = False
        self._shown: tuple[EpochFrame, ViewContext] | None = None
        self._found: Found | None = None
        self._page_of: object = None

    def takes_part(self, stage: Stage) -> bool:
        """Take part in every stage: all of them are explained here."""
        return True

    def commands(self) -> list[Command]:
        """Show the inspector, and go back in it."""
        return [
            ("inspector", "Inspector: why a number has its value", ["I"], self.wanted.emit),
            ("inspector back", "Inspector: back to the number before", ["Backspace"], self.back),
        ]

    def back(self) -> None:
        """Go back to what was explained before."""
        if self._been:
            self._going_back = True
            self.place_chosen.emit(self._been.pop())
            self._going_back = False
            self._show_back()

    def notice(self, context: ViewContext) -> None:
        """Remember where the person has been; come into sight when pointed to a new place."""
        if context.run is not self._run:
            self._run, self._selection, self._been = context.run, context.selection, []
            self._show_back()
        elif context.selection != self._selection:
            if not self._going_back:
                self._been = [*self._been[-REMEMBERED:], self._selection]
            self._selection = context.selection
            self._show_back()
            if context.selection is not None:
                self.wanted.emit()

    @property
    def _is_wide(self) -> bool:
        return self.width() >= WIDE

    def _show_back(self) -> None:
        self.back_button.setVisible(bool(self._been))
        if self._been and self._run is not None:
            name = full_name(self._been[-1] or LOSS, self._run)
            self.back_button.setToolTip(f"Back to {name}  (Backspace)")

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Explain the chosen number at an epoch; the loss where none is chosen."""
        self.notice(context)
        self._shown = (frame, context)
        place = context.selection or LOSS
        learns = place.kind in ("weight", "bias")
        batches = learns and context.run.experiment.batch_size is not None
        work = partial(_explain, frame, context, place, MORE if self._is_wide else FEW)
        if batches or frame.parameters.flat.size > AT_ONCE:
            self.background.submit(self.key, work, self._on_explained)
        else:
            self._on_explained(work())

    def _on_explained(self, found: Found) -> None:
        if self._shown is None or not _still_shown(found, *self._shown):
            return
        self._found = found
        self._write()

    def _write(self) -> None:
        if self._found is None:
            return
        context, place = self._found.context, self._found.explanation.place
        wide = self._is_wide
        ink = Typesetter(self.palette_now, LARGE if wide else NORMAL)
        page = Writer(self._found.explanation, self._found.frame, context, ink)
        key = (id(context.run), context.selection)
        self.view.show_page(page_html(page, wide=wide), same=key == self._page_of)
        self._page_of = key
        self.header.subtitle.set_text(full_name(place, context.run))

    def resizeEvent(self, event) -> None:
        """Set the page for the new width."""
        super().resizeEvent(event)
        before = event.oldSize().width()
        if (before >= WIDE) != self._is_wide and self._shown is not None:
            self.show_frame(*self._shown)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.back_button.setIcon(icon("previous", palette.dim))
        self.view.apply_palette(palette)
        self._write()


def _explain(frame: EpochFrame, context: ViewContext, place: Place, most: int) -> Found:
    """Work the explanation out; it may be in a thread beside the window's."""
    run, sample = context.run, context.sample
    step = None
    if place.kind in ("weight", "bias"):
        step = next_step(run.experiment, run.network, run.dataset, frame.state)
    explanation = explain(
        run.experiment,
        run.network,
        frame,
        run.first_frame.parameters,
        Subject(sample.x, sample.label, sample.part, sample.index),
        place,
        step,
        len(run.dataset.train_x),
        most,
    )
    return Found(frame, context, explanation)


def _still_shown(found: Found, frame: EpochFrame, context: ViewContext) -> bool:
    """Say whether an explanation is of what is shown, or of a moment ago while it trains."""
    then = found.context
    same = (
        then.run is context.run
        and then.recording is context.recording
        and then.selection == context.selection
        and (then.sample.part, then.sample.index, then.sample.label)
        == (context.sample.part, context.sample.index, context.sample.label)
    )
    return same and (found.frame.epoch == frame.epoch or (then.live and context.live))


PANEL = InspectorPanel
