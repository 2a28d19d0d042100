"""The confusion matrix: which class is taken for which, and the samples it happens to."""

from __future__ import annotations

from functools import partial
from time import perf_counter

from PyQt6.QtCore import Qt

from nnfs_core.diagnose.confusion import Confusion, Examiner
from nnfs_core.progress import Look
from nnfs_core.text.numbers import percent
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.widgets import ComboBox, row
from visualizer.panels.base import Choices, Command, Panel
from visualizer.panels.confusion.canvas import MODES, ConfusionCanvas
from visualizer.panels.confusion.gallery import ConfusionGallery
from visualizer.state.context import Part, RunInfo, ViewContext
from visualizer.state.intents import ChooseSample
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette

Result = tuple[RunInfo, Part, EpochFrame, Confusion]
Counted = tuple[Result, Examiner, float]
"""A result, what it was counted with, and the seconds it took."""

ROOMY = 320
"""Width, with text at 100 %, from which there is room for pictures beside the matrix."""

SHARE = 0.1
"""Of the time while a run trains, at most so much is spent counting."""


class ConfusionPanel(Panel):
    """Counts of true against predicted classes, with the pictures of a cell beside it."""

    key, title, order = "confusion", "Confusion", 3
    of_classes = True
    about = "what is taken for what"
    about_yields = True
    interval = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.canvas, self.gallery = ConfusionCanvas(), ConfusionGallery()
        pair = row(self.canvas, self.gallery, spacing=16)
        pair.setStretch(0, 4)
        pair.setStretch(1, 3)
        self.body.addLayout(pair, 1)
        keep(self, "setMinimumSize", 190, 132)
        self.part = ComboBox(flat=True)
        self.part.setToolTip("Which part of the data is counted")
        self.part.setAccessibleName("Part of the data that is counted")
        self.mode = ComboBox(flat=True)
        for mode, explanation in MODES.items():
            self.mode.addItem(mode, mode)
            tip = Qt.ItemDataRole.ToolTipRole
            self.mode.setItemData(self.mode.count() - 1, explanation, tip)
        self.mode.setToolTip("What is printed in the cells")
        self.mode.setAccessibleName("Numbers of the confusion matrix")
        self.header.add_control(self.part)
        self.header.add_control(self.mode)
        self.knobs = {"part": self.part, "mode": self.mode}
        self.canvas.empty = "counting the answers …"
        self.canvas.cell_chosen.connect(self._on_cell_chosen)
        self.canvas.opened.connect(lambda: self.walk(+1))
        self.gallery.chosen.connect(self._on_sample_clicked)
        self.part.activated.connect(self._on_part_changed)
        self.mode.currentIndexChanged.connect(self._on_mode_changed)
        self.result: Result | None = None
        self._frame: EpochFrame | None = None
        self._context: ViewContext | None = None
        self._examiners: dict[Part, Examiner] = {}
        self._under_way = False
        self._walk_when_ready = 0

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Have the answers of the frame's network counted, unless that is done already."""
        if self._context is None or context.run is not self._context.run:
            self._begin(context.run)
        self._frame, self._context = frame, context
        self._show_current()
        self._ask()

    def choices(self) -> Choices:
        """Return the part, the numbers, and the cell whose samples are listed."""
        return super().choices() | {"cell": self.canvas.chosen}

    def choose(self, choices: Choices) -> None:
        """See :class:`Panel`."""
        part = self.part.currentData()
        super().choose(choices)
        self.canvas.choose(choices.get("cell"))
        if self.part.currentData() != part:
            self._on_part_changed()
        else:
            self._show_gallery()

    def _begin(self, run: RunInfo) -> None:
        self.part.clear()
        for part in ("validation", "train"):
            if len(run.samples(part)[0]):
                self.part.addItem(run.part_name(part), part)
        self._forget()
        self._examiners = {}
        self.canvas.choose(None)

    def _forget(self) -> None:
        self.result = None
        self.canvas.show_confusion(None, ())
        self.gallery.clear()
        self.header.subtitle.set_text("")

    def _ask(self) -> None:
        """Count in the background; one count at a time, and the newest frame after it."""
        frame, context = self._frame, self._context
        if self._under_way or frame is None or context is None:
            return
        run, part = context.run, self.part.currentData()
        if part is None:
            return
        if self.result is not None and self._is_of(self.result, run, part, frame):
            return
        self._under_way = True
        # What the job works with must not change under its hands: everything here is frozen.
        examiner = self._examiners.get(part)
        job = partial(_count, run, part, frame, examiner, self.background.look)
        self.background.submit("confusion", job, self._on_counted, self._on_count_failed)

    @staticmethod
    def _is_of(result: Result, run: RunInfo, part: Part, frame: EpochFrame) -> bool:
        known_run, known_part, known, _ = result
        # The same epoch may come again with what it changed, or from another branch.
        same = known is frame or known.state is frame.state
        return known_run is run and known_part == part and same

    def _on_count_failed(self) -> None:
        self._under_way = False

    def _on_counted(self, found: Counted) -> None:
        self._under_way = False
        result, examiner, seconds = found
        run, part, _, _ = result
        # What takes long is done less often: training goes on beside it.
        least = type(self).interval
        self.interval = max(least, seconds / SHARE)  # type: ignore[misc]
        if self._context is not None and run is self._context.run:
            self._examiners[part] = examiner
            if part == self.part.currentData():
                self.result = result
                self._show_result()
        self._ask()

    def _show_result(self) -> None:
        assert self.result is not None
        run, part, frame, confusion = self.result
        self.canvas.show_confusion(confusion, run.dataset.classes)
        text = (
            f"epoch {frame.epoch:,}: {confusion.right:,} of {len(confusion.labels):,} right, "
            f"{percent(confusion.accuracy)}"
        )
        if part == "train" and frame.state.batches:
            text += f" · running mean of the epoch {percent(frame.metrics.train_score)}"
        self.header.subtitle.set_text(text)
        self._show_gallery()
        if self._walk_when_ready:
            by, self._walk_when_ready = self._walk_when_ready, 0
            self.walk(by)

    def _show_gallery(self) -> None:
        if self.result is None:
            return
        run, part, frame, confusion = self.result
        names, cell = run.dataset.classes, self.canvas.chosen
        if cell is None:
            rows, title = confusion.errors, "Every mistake"
            empty = f"No mistake at epoch {frame.epoch:,}.\nClick a cell to see its samples."
        else:
            true, predicted = (names[number] for number in cell)
            rows = confusion.cell(*cell)
            title = f"{true} recognised" if cell[0] == cell[1] else f"{true} taken for {predicted}"
            empty = f"None at epoch {frame.epoch:,}.\nClick beside the cells to see every mistake."
        self.gallery.show_rows(run, part, confusion, rows, title, empty)
        self._show_current()

    def _show_current(self) -> None:
        if self._context is not None:
            sample = self._context.sample
            here = sample.part == self.part.currentData()
            self.gallery.show_current(sample.index if here else None)

    def _on_cell_chosen(self, cell: object) -> None:
        self._show_gallery()

    def _on_sample_clicked(self, number: int) -> None:
        self.intent.emit(ChooseSample(self.part.currentData(), number))

    def _on_part_changed(self) -> None:
        self._forget()
        self._ask()

    def _on_mode_changed(self) -> None:
        self.canvas.set_mode(self.mode.currentData())

    def walk(self, by: int) -> None:
        """Show the next of the worst samples everywhere: of the chosen cell, or every mistake."""
        if self.result is None:
            self._walk_when_ready = by
            return
        number = self.gallery.next if by > 0 else self.gallery.previous
        if number is not None:
            self._on_sample_clicked(number)

    def commands(self) -> list[Command]:
        """Show the panel, and walk through the mistakes."""
        return [
            ("confusion", "Confusion: which class is taken for which", ["X"], self.wanted.emit),
            ("mistake", "Next worst mistake", ["E"], lambda: self._walk_in_sight(+1)),
            ("mistake back", "Mistake before", ["Shift+E"], lambda: self._walk_in_sight(-1)),
        ]

    def _walk_in_sight(self, by: int) -> None:
        self.wanted.emit()
        self.walk(by)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.canvas.apply_palette(palette)
        self.gallery.apply_palette(palette)
        self._fold()

    def resizeEvent(self, event) -> None:
        """Leave the pictures out where there is room for the matrix alone."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        self.gallery.setVisible(self.width() >= scaled(ROOMY))


def _count(
    run: RunInfo, part: Part, frame: EpochFrame, examiner: Examiner | None, look: Look
) -> Counted:
    """Count the answers of one frame; the first time also lay the data out."""
    ready = examiner or Examiner(run.network, *run.samples(part), run.experiment.dtype, look)
    started = perf_counter()
    confusion = ready.confusion(frame.parameters)
    return (run, part, frame, confusion), ready, perf_counter() - started


PANEL = ConfusionPanel
