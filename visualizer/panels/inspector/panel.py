"""The inspector: why a number has its value, with the real numbers of the formula."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QWidget

from nnfs_core.explain import Explanation, Subject, explain
from nnfs_core.explain.stages import Stage
from nnfs_core.model.places import Place
from nnfs_core.training.step import next_step
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.place_names import full_name
from visualizer.kit.widgets import ComboBox, flat_button
from visualizer.panels.base import Command, Panel
from visualizer.panels.inspector.formula_view import FormulaView
from visualizer.panels.inspector.formulas import BETWEEN, LONGEST_LINE, Typesetter
from visualizer.panels.inspector.forward import LOSS
from visualizer.panels.inspector.page import page_html
from visualizer.panels.inspector.writer import Writer
from visualizer.state.context import RunInfo, ViewContext
from visualizer.state.intents import ChoosePlace
from visualizer.style.icons import icon
from visualizer.style.text_size import factor, scaled
from visualizer.style.theme import Palette

AT_ONCE = 50_000
"""Parameters up to which an explanation takes about a millisecond, and no thread is needed."""

MEDIUM, WIDE = 520, 800
"""From these widths two parts of a page stand side by side, and three."""

WORDS, TALL_WORDS = 80, 130
"""Height of a column's sentences, in a wide page and in a narrower one."""

NORMAL, LARGE = 13, 15
"""Size of the letters in a narrow and in a wide panel; logical pixels like the widths."""

FEW, MORE, MOST = 6, 12, 40
"""Terms of a sum that are named: at least in a narrow panel, from a medium width on, at most."""

MANNERS = {"words, formulas": (True, True), "words": (True, False), "formulas": (False, True)}
"""Ways to explain, and whether each has sentences and formulas."""

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

    key, title, order = "inspector", "Inspector", 7
    about = "why a number has its value"
    about_yields = True
    interval = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.view = FormulaView("Explanation of the chosen number")
        self.manner = ComboBox(flat=True)
        for manner in MANNERS:
            self.manner.addItem(manner, manner)
        self.manner.setToolTip("Words, formulas, or both  (Shift+I)")
        self.manner.setAccessibleName("Words or formulas")
        self.manner.currentIndexChanged.connect(self._on_manner)
        self.knobs["manner"] = self.manner
        self.header.add_control(self.manner)
        self.back_button = flat_button("Back  (Backspace)")
        self.header.add_control(self.back_button)
        self.body.setContentsMargins(12, 0, 4, 8)
        self.body.addWidget(self.view)
        self.view.place_followed.connect(lambda one: self.intent.emit(ChoosePlace(one)))
        self.back_button.clicked.connect(self.back)
        application = QApplication.instance()
        assert isinstance(application, QApplication), "there are no widgets without it"
        application.focusChanged.connect(self._on_focus_changed)
        self.back_button.hide()
        self._run: RunInfo | None = None
        self._selection: Place | None = None
        self._been: list[tuple[Place | None, int]] = []
        self._link = 0
        self._going_back = False
        self._shown: tuple[EpochFrame, ViewContext] | None = None
        self._found: Found | None = None
        self._page_of: object = None
        self._room: object = None

    def takes_part(self, stage: Stage) -> bool:
        """Take part in every stage: all of them are explained here."""
        return True

    def commands(self) -> list[Command]:
        """Show the inspector, and go back in it."""
        return [
            (
                "inspector",
                "Inspector: to the links of why a number has its value",
                ["I"],
                self.enter,
            ),
            ("inspector manner", "Words, formulas, or both", ["Shift+I"], self._next_manner),
            ("inspector back", "Inspector: back to the number before", ["Backspace"], self.back),
        ]

    def _on_manner(self) -> None:
        if self._shown is not None:
            self.show_frame(*self._shown)  # there is room for more terms, or for fewer

    def _next_manner(self) -> None:
        self.manner.setCurrentIndex((self.manner.currentIndex() + 1) % len(MANNERS))

    def enter(self) -> None:
        """Come into sight, with the keyboard on the first link of the page."""
        self.wanted.emit()
        self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.view.mark_link()

    def back(self) -> None:
        """Go back to what was explained before, and to the link that was followed there."""
        if self._been:
            self._going_back = True
            place, self._link = self._been.pop()
            self.intent.emit(ChoosePlace(place))
            self._going_back = False
            self._show_back()

    def _on_focus_changed(self, old: QWidget | None, now: QWidget | None) -> None:
        """Mark a link for who comes with Tab; take no focus from what only went out of sight."""
        if now not in (self.view, self.back_button):
            return
        if old is not None and not old.isVisible():
            now.clearFocus()
        elif now is self.view and self.view.came_with is not None:
            self.view.mark_link(last=self.view.came_with == Qt.FocusReason.BacktabFocusReason)

    def notice(self, context: ViewContext) -> None:
        """Remember where the person has been; come into sight when pointed to a new place."""
        if context.run is not self._run:
            self._run, self._selection, self._been = context.run, context.selection, []
            self._show_back()
        elif context.selection != self._selection:
            if not self._going_back:
                followed = max(0, self.view.link_number())
                self._been = [*self._been[-REMEMBERED:], (self._selection, followed)]
                self._link = 0
            self._selection = context.selection
            self._show_back()
            if context.selection is not None:
                self.wanted.emit()

    @property
    def _is_wide(self) -> bool:
        return self.width() >= scaled(WIDE)

    @property
    def _columns(self) -> int:
        """How many parts of a page stand side by side."""
        return 3 if self._is_wide else 2 if self.width() >= scaled(MEDIUM) else 1

    @property
    def _terms(self) -> int:
        """How many terms of a sum there is room for.

        A wide page has one sum in each column below some 240 pixels of other things; a narrow one
        has two, one below the other, beside some 360 pixels.
        """
        # As high as it would be with text at 100 %.
        high, side_by_side = round(self.height() / factor()), self._columns > 1
        above = (WORDS if self._is_wide else TALL_WORDS) if self._has_words else 0
        fit = (high - 240 - above) // 22 if side_by_side else (high - 360 - above) // 40
        return max(MORE if self._is_wide else FEW, min(MOST, fit))

    @property
    def _has_words(self) -> bool:
        return list(MANNERS.values())[self.manner.currentIndex()][0]

    def _show_back(self) -> None:
        self.back_button.setVisible(bool(self._been))
        if self._been and self._run is not None:
            name = full_name(self._been[-1][0] or LOSS, self._run)
            self.back_button.setToolTip(f"Back to {name}  (Backspace)")

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Explain the chosen number at an epoch; the loss where none is chosen."""
        self.notice(context)
        self._shown = (frame, context)
        place = context.selection or LOSS
        learns = place.kind in ("weight", "bias")
        batches = learns and frame.state.recipe.batch_size is not None
        work = partial(_explain, frame, context, place, self._terms)
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
        ink = Typesetter(self.palette_now, scaled(LARGE if wide else NORMAL))
        words, formulas = list(MANNERS.values())[self.manner.currentIndex()]
        found = self._found.explanation
        page = Writer(found, self._found.frame, context, ink, words, formulas)
        key = (id(context.run), context.selection)
        html = page_html(page, room=self.view.width(), columns=self._columns)
        self.view.show_page(html, same=key == self._page_of, link=self._link)
        self._page_of = key
        self.header.show_epoch(self._found.frame.epoch)
        self.header.subtitle.set_text(full_name(place, context.run))

    def resizeEvent(self, event) -> None:
        """Set the page for the new width."""
        super().resizeEvent(event)
        room = self._terms, self._columns, self.view.width() // scaled(LONGEST_LINE + BETWEEN)
        if room != self._room and self._shown is not None:
            self.show_frame(*self._shown)
        self._room = room

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
