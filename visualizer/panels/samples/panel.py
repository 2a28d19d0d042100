"""The samples: pick the one that is shown, and read what the network answers to it."""

from __future__ import annotations

from functools import partial

import numpy as np
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QPushButton, QSizePolicy

from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.answer import Answer, AnswerColumns, AnswerLine, answer_of
from visualizer.kit.widgets import ComboBox, row
from visualizer.panels.base import Command, Panel
from visualizer.panels.samples.gallery import Gallery, wrong_rows
from visualizer.state.context import Part, RunInfo, ViewContext
from visualizer.state.intents import ChooseSample
from visualizer.style.icons import icon
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette

ROOMY = 240
"""Height of the panel from which it also has a bar for each class, with text at 100 %."""

WRONG = "wrong"
"""What the combo box holds for the samples that the network gets wrong."""

AGAIN = 250
"""Milliseconds from one search for wrong answers to the next, while a run trains."""


class SamplesPanel(Panel):
    """Previous, next, random, by class; and a page of samples to click."""

    key, title, order = "samples", "Samples", 8

    def __init__(self) -> None:
        super().__init__()
        self.previous = QPushButton()
        self.previous.setToolTip("Previous sample  (P)")
        self.previous.setAccessibleName("Previous sample")
        self.next = QPushButton()
        self.next.setToolTip("Next sample  (N)")
        self.next.setAccessibleName("Next sample")
        self.random = QPushButton()
        self.random.setToolTip("Any sample  (R)")
        self.random.setAccessibleName("Any sample")
        self.classes = ComboBox()
        self.classes.setToolTip("Only samples of one class, or those that are answered wrong")
        self.classes.setAccessibleName("Which samples are shown")
        self.classes.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        keep(self.classes, "setMaximumWidth", 180)
        self.part = ComboBox(flat=True)
        self.part.setToolTip("Which part of the data the samples come from")
        self.part.setAccessibleName("Part of the data")
        for button in (self.previous, self.next, self.random):
            keep(button, "setFixedWidth", 30)
            button.setStyleSheet("padding: 0")
        self.knobs = {"classes": self.classes}
        self.gallery = Gallery()
        self.answer = AnswerLine("The network's answer to the chosen sample")
        self.bars = AnswerColumns()
        self.bars.hide()
        controls = row(self.previous, self.next, self.random, self.classes, spacing=4)
        controls.addStretch(0)
        self.body.addLayout(controls)
        self.body.addWidget(self.answer)
        self.body.addWidget(self.bars)
        self.header.add_control(self.part)
        self.body.addWidget(self.gallery, 1)
        self.previous.clicked.connect(lambda: self.go(-1))
        self.gallery.answered.connect(self._on_answered)
        self.next.clicked.connect(lambda: self.go(+1))
        self.random.clicked.connect(self.pick_random)
        self.classes.activated.connect(self._on_filter_changed)
        self.part.activated.connect(self._on_filter_changed)
        self.gallery.chosen.connect(self._choose)
        self.header.subtitle.resized.connect(self._write_counts)
        # Less than all of it: the bars fold away.
        keep(self, "setMinimumHeight", 134)
        self._context: ViewContext | None = None
        """What is chosen now, known also out of sight; what is drawn is of ``_shown``."""

        self._shown: tuple[EpochFrame, ViewContext] | None = None
        self._run: object = None
        self._asked: tuple[Part, int] | None = None
        self._wrong: np.ndarray | None = None
        self._wrong_of: tuple[RunInfo, Part, EpochFrame] | None = None
        self._searching = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN)
        self._again.timeout.connect(self._search)
        self._generator = np.random.default_rng()
        self._counts: tuple[str, ...] = ("",)

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Show the page the chosen sample is on, answered by the network of the frame."""
        self.notice(context)
        self._shown = (frame, context)
        self._search()
        self._show()

    def notice(self, context: ViewContext) -> None:
        """Know what is chosen, also while out of sight: the keys go on from there."""
        before = self._context.chosen if self._context is not None else None
        if context.run is not self._run:
            before = self._shown = None
            self._fill(context)
        self._context = context
        sample = context.chosen
        assert sample is not None, "there is always a sample of the data"
        here = (sample.part, sample.index)
        if before is not None and here == (before.part, before.index):
            return
        self.part.setCurrentIndex(self.part.findData(sample.part))
        wanted = self.classes.currentData()
        if wanted == WRONG:
            fits = here == self._asked or self._is_wrong(sample.index)
        else:
            fits = wanted in (None, sample.label)
        if not fits:
            self.classes.setCurrentIndex(0)  # It was chosen somewhere else.

    def _show(self) -> None:
        """Show the page, and the answer to what is shown to the network."""
        if self._shown is None:
            return
        frame, context = self._shown
        self.gallery.nothing = (
            f"no wrong answers in the {context.run.part_name(context.chosen.part)} part at epoch "
            f"{self._wrong_of[2].epoch:,}"
            if self._wrong_of is not None
            else "looking for wrong answers …"
        )
        self.gallery.show_frame(frame, context, self._rows(context.chosen.part))
        drawn = context.sample.part == "drawn"
        answer = answer_of(context.run, context.trace.answers, context.sample.label)
        if drawn:
            self.answer.show_hint(
                "a drawing is shown; choose a sample to go back",
                "a drawing is shown; choose a sample",
                "a drawing is shown",
            )
        else:
            self.answer.show_answer(answer)
        self.bars.show_answer(answer if isinstance(answer, Answer) else None)
        self._show_bars()

    def _on_answered(self) -> None:
        if self._shown is not None and not self._shown[1].run.classed:
            self._counts = (self.gallery.distance, "")
            self._write_counts()
            return
        right, page = self.gallery.right, self.gallery.page
        self._counts = (f"{right} of {len(page)} right", f"{right}/{len(page)}", "")
        if self.classes.currentData() == WRONG and self._wrong_of is not None:
            # They are looked for now and then; the answers are those of the shown epoch.
            of = f"wrong at epoch {self._wrong_of[2].epoch:,}"
            self._counts = (f"{of}, now {self._counts[0]}", f"{of}, now {self._counts[1]}", of, "")
        self._write_counts()

    def _write_counts(self) -> None:
        """Say how many of the page are right, as far as there is room: no stump of it."""
        subtitle = self.header.subtitle
        metrics, room = subtitle.fontMetrics(), subtitle.width()
        fitting = (text for text in self._counts if metrics.horizontalAdvance(text) <= room)
        laid_out = self.header.isVisible()
        subtitle.set_text(next(fitting, "") if laid_out else self._counts[0])

    def resizeEvent(self, event) -> None:
        """Show bars where there is room for them."""
        super().resizeEvent(event)
        self._show_bars()

    def _show_bars(self) -> None:
        self.bars.setVisible(self.bars.answer is not None and self.height() >= scaled(ROOMY))

    # Which samples

    def _choose(self, index: int) -> None:
        self._asked = (self.part.currentData(), index)
        self.intent.emit(ChooseSample(*self._asked))

    def _is_wrong(self, index: int) -> bool:
        return self._wrong is not None and index in self._wrong

    def _search(self) -> None:
        """Find the wrong answers of the shown frame, beside the window: data may be large."""
        if self._shown is None or self.classes.currentData() != WRONG:
            return
        frame, context = self._shown
        of = (context.run, context.chosen.part, frame)
        known = self._wrong_of
        if known is not None and all(new is old for new, old in zip(of, known, strict=True)):
            return
        if known is None or known[0] is not of[0] or known[1] != of[1]:
            self._wrong = self._wrong_of = None  # Rows of other data.
        if not self._searching and not self._again.isActive():
            self._searching = True
            self.background.submit(
                "wrong answers",
                partial(wrong_rows, *of, self.background.look),
                partial(self._on_found, of),
                self._on_search_failed,
            )

    def _on_search_failed(self) -> None:
        self._searching = False

    def _on_found(self, of: tuple[RunInfo, Part, EpochFrame], rows: np.ndarray) -> None:
        self._searching = False
        if self._shown is None:
            return
        frame, context = self._shown
        if of[0] is not context.run or of[1] != context.chosen.part:
            self._search()
            return
        first = self._wrong is None
        self._wrong, self._wrong_of = rows, of
        if of[2] is not frame:
            self._again.start()
        if self.classes.currentData() == WRONG:
            chosen = context.chosen
            assert chosen is not None, "there is always a sample of the data"
            if first and len(rows) and not self._is_wrong(chosen.index):
                at = int(np.searchsorted(rows, chosen.index)) % len(rows)
                self._choose(int(rows[at]))
            self._show()

    def _fill(self, context: ViewContext) -> None:
        self._run, run = context.run, context.run
        self.classes.clear()
        self.classes.setVisible(run.classed)
        self.classes.addItem("every class", None)
        data = run.dataset
        present = (
            set(data.train_y.tolist()) | set(data.validation_y.tolist()) if run.classed else ()
        )
        for number, name in enumerate(run.dataset.classes):
            if number in present:
                self.classes.addItem(f"class {name}", number)
        self.classes.addItem("wrong answers", WRONG)
        self.part.clear()
        for part in ("validation", "train"):
            if len(run.samples(part)[0]):
                self.part.addItem(run.part_name(part), part)

    def _rows(self, part: Part) -> np.ndarray:
        """Return the rows of a part that may be shown: all, of one class, or answered wrong."""
        _, labels = self._context.run.samples(part)
        wanted = self.classes.currentData()
        if wanted == WRONG:
            return np.empty(0, int) if self._wrong is None else self._wrong
        return np.arange(len(labels)) if wanted is None else np.flatnonzero(labels == wanted)

    def go(self, by: int) -> None:
        """Go to the next sample of the class, or the one before."""
        if self._context is None:
            return
        rows = self._rows(self.part.currentData())
        if not len(rows):
            return
        at = int(np.searchsorted(rows, self._context.chosen.index))
        if by > 0 and (at == len(rows) or rows[at] != self._context.chosen.index):
            by -= 1  # The chosen one is not among them: the first after it is the next.
        self._choose(int(rows[(at + by) % len(rows)]))

    def pick_random(self) -> None:
        """Go to any sample of the class."""
        if self._context is not None and len(rows := self._rows(self.part.currentData())):
            self._choose(int(self._generator.choice(rows)))

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
        if self.classes.currentData() == WRONG:
            self._on_wrong_wanted()
            return
        part = self.part.currentData()
        if not len(self._rows(part)):
            self.classes.setCurrentIndex(0)  # None of this class in this part.
        self._choose(int(self._rows(part)[0]))

    def _on_wrong_wanted(self) -> None:
        part = self.part.currentData()
        self._wrong = self._wrong_of = None
        if self._context.chosen.part != part:
            self._choose(0)  # Of the other part, until a wrong one is found.
        self._search()
        self._show()

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.previous.setIcon(icon("previous", palette.text))
        self.next.setIcon(icon("next", palette.text))
        self.random.setIcon(icon("random", palette.text))
        for part in (self.gallery, self.answer, self.bars):
            part.apply_palette(palette)
        self._show_bars()


PANEL = SamplesPanel
