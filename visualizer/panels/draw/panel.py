"""The drawing pad: what the network makes of one's own hand, at every epoch."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PyQt6.QtCore import QRect, Qt, QTimer
from PyQt6.QtGui import QGuiApplication, QImage
from PyQt6.QtWidgets import QFileDialog, QWidget

from nnfs_core.errors import UserError
from nnfs_core.explain.stages import Stage
from nnfs_core.pictures.file import READ_SUFFIXES
from nnfs_core.pictures.prepare import Prepared, prepare
from nnfs_core.progress import Look
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.answer import Answer
from visualizer.kit.qt_path import python_path
from visualizer.kit.widgets import label
from visualizer.panels.base import Command, Panel
from visualizer.panels.draw.board import Board
from visualizer.panels.draw.controls import PadControls
from visualizer.panels.draw.picture_source import name_of, pasted, read
from visualizer.panels.draw.vectors import Drawing, Picture
from visualizer.state.context import RunInfo, ViewContext
from visualizer.state.intents import ShowDrawing
from visualizer.state.player import PICTURES_PER_SECOND
from visualizer.style.theme import Palette

READING = "draw: picture"


class DrawPanel(Panel):
    """A pad, what the network is given of it, and what it answers at the shown epoch."""

    key, title, order = "draw", "Draw", 9
    of_classes = True
    about = "and see what it says"

    def __init__(self) -> None:
        super().__init__()
        self.board = Board()
        self.pad, self.answer = self.board.pad, self.board.answer
        self.controls = PadControls(self.pad)
        self.useless = label("", "dim")
        self.useless.setWordWrap(True)
        self.useless.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.useless.hide()
        self.body.addWidget(self.board, 1)
        self.body.addWidget(self.useless, 1)
        self.body.addWidget(self.controls)
        self._context: ViewContext | None = None
        self._frame: EpochFrame | None = None
        self._run: RunInfo | None = None
        self._shape: tuple[int, int] | None = None
        self._prepared: Prepared | None = None
        self._told: Drawing | None = None
        self._adopted = self._shown = False
        self._reading: object = None
        self._moving = QTimer(self)
        self._moving.setSingleShot(True)
        self._moving.setInterval(round(1000 / PICTURES_PER_SECOND))
        self._moving.timeout.connect(self.tell)
        self.pad.changed.connect(self._on_pad_changed)
        self.pad.settled.connect(self.tell)
        self.board.again.clicked.connect(self.tell)
        self.controls.open.clicked.connect(self.choose_picture)
        self.controls.meant.activated.connect(self._on_meant)

    def takes_part(self, stage: Stage) -> bool:
        """Take part while a drawing has no class: slow motion asks for one, and it is said here."""
        return self.now is not None and self.now.sample.label is None

    # What is shown

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Show what the network of the frame answers to what is on the pad."""
        self.notice(context)
        self._frame = frame
        if self._shape is None:
            return
        known = context.drawing
        source = known.source if known is not None else None
        if isinstance(source, Drawing) and source is not self._told:
            self._adopt(source)
        elif known is None and self._adopted:
            self._adopt(None)
        self._show()

    def notice(self, context: ViewContext) -> None:
        """Know the run, also while out of sight."""
        self._context = context
        if context.run is not self._run:
            self._frame = None
            self._take_run(context)
        self._shown = context.sample.part == "drawn"

    def _adopt(self, drawing: Drawing | None) -> None:
        """Show what was drawn on another pad: this one is in a picture of the window."""
        self._told, self._adopted = drawing, drawing is not None
        self.pad.replace(drawing or Drawing())
        self._prepare()

    def _take_run(self, context: ViewContext) -> None:
        run = context.run
        self._run, self._shape = run, run.dataset.image_shape
        drawable = self._shape is not None
        self.board.setVisible(drawable)
        self.controls.setVisible(drawable)
        self.useless.setVisible(not drawable)
        self.header.subtitle.set_text("")
        if not drawable:
            self.useless.setText(
                f"{run.dataset.name} has {run.dataset.features} numbers for each sample, not a "
                "picture: there is nothing to draw for this network."
            )
            return
        classes = run.dataset.classes
        self.pad.set_hint(
            ("Draw a digit" if all(map(str.isdecimal, classes)) else "Draw here")
            + "\nor drop a picture"
        )
        self.controls.show_classes(classes)
        self._prepare()
        if self._shown and context.drawing is None:
            # It was made for another network; for this one, once this frame has been shown.
            self._moving.start()

    def _show(self) -> None:
        """Show the pad's drawing and the answer to it."""
        if self._context is None or self._frame is None or self._shape is None:
            return
        drawing, context = self.pad.drawing, self._context
        shown = self._shown and not drawing.is_empty
        self.board.set_away(not drawing.is_empty and not shown and self._told is not None)
        label = self._label(drawing)
        self.controls.show_state(label)
        prepared = self._prepared
        pixels = None if prepared is None else prepared.pixels
        steps, doubts = ((), ()) if prepared is None else (prepared.steps, prepared.doubts)
        self.answer.show_prepared(pixels, steps, self._shape, doubts)
        self._write_steps()
        if pixels is not None:
            if shown and context.sample.source is self._told:
                trace = context.trace
            else:
                # The drawing goes ahead of the pictures, or waits while a sample is shown.
                trace = context.run.network.trace(self._frame.parameters, pixels.ravel())
            classes = context.run.dataset.classes
            self.answer.show_answer(Answer(trace.answers, classes, label))

    def _write_steps(self) -> None:
        """Say how the picture was prepared, what is doubtful about it first.

        Below the pad, or in the header if it is low.
        """
        doubts = (f"doubtful: {doubt}" for doubt in self.answer.doubts)
        words = " · ".join([*doubts, *self.answer.steps])
        self.board.steps.setText(words)
        if self._reading is None:
            self.header.subtitle.set_text("" if self.board.has_room_for_steps else words)

    def resizeEvent(self, event) -> None:
        """Find the place for the words again."""
        super().resizeEvent(event)
        self._write_steps()

    def _label(self, drawing: Drawing) -> int | None:
        """Return what a drawing is meant to be, if these data have such a class."""
        classes = len(self._run.dataset.classes) if self._run is not None else 0
        return drawing.label if drawing.label is not None and drawing.label < classes else None

    def _prepare(self) -> None:
        """Prepare what is on the pad as the data was."""
        self._prepared = None
        drawing = self.pad.drawing
        if self._shape is not None and not drawing.is_empty:
            try:
                self._prepared = prepare(drawing.grey(), self._shape)
            except UserError:
                return  # Nothing of it is on the pad, or of its paper's own shade.
            self._prepared.pixels.flags.writeable = False

    # What is drawn

    def _on_pad_changed(self) -> None:
        # The hand is faster than the display.
        if not self._moving.isActive():
            self._moving.start()

    def tell(self) -> None:
        """Show what is on the pad to the network, everywhere."""
        self._moving.stop()
        if self._shape is None:
            return
        self._prepare()
        drawing = self.pad.drawing
        if self._prepared is None:
            self._told = None
            self.intent.emit(ShowDrawing(None, None, None))
        else:
            self._told, self._adopted = drawing, False
            pixels = self._prepared.pixels.ravel()
            self.intent.emit(ShowDrawing(pixels, self._label(drawing), drawing))
        self._show()

    def _on_meant(self) -> None:
        self.pad.replace(self.pad.drawing.with_label(self.controls.meant.currentData()))
        self.tell()

    # Pictures

    def first_thing(self) -> tuple[QWidget, QRect]:
        """Return the pad."""
        return self.pad, self.pad.rect()

    def choose_picture(self) -> None:
        """Ask for a picture's file and open it."""
        wanted = " ".join(f"*{suffix}" for suffix in sorted(READ_SUFFIXES))
        path, _ = QFileDialog.getOpenFileName(
            self, "Open a picture", "", f"Pictures ({wanted});;All files (*)"
        )
        if path:
            self.open_picture(python_path(path))

    def paste(self) -> None:
        """Take the picture that is on the clipboard."""
        try:
            self.open_picture(pasted(QGuiApplication.clipboard().mimeData()))
        except UserError as error:
            self.failed.emit(str(error))

    def open_picture(self, source: Path | QImage) -> bool:
        """Read a picture beside the window and put it on the pad; ``failed`` tells if it cannot."""
        run, shape = self._run, self._shape
        if run is None or shape is None:
            found = "no run" if run is None else f"{run.dataset.features} features a sample"
            error = UserError(
                "cannot be shown to this network",
                where=name_of(source),
                expected="data that are pictures",
                found=found,
            )
            self.failed.emit(str(error))
            return True
        token = self._reading = object()
        self.header.subtitle.set_text(f"reading {name_of(source)} …")
        self.wanted.emit()
        self.background.submit(
            READING,
            partial(_tried, source, shape, self.background.look),
            partial(self._on_read, token),
            partial(self._on_read_failed, token),
        )
        return True

    def _on_read_failed(self, token: object) -> None:
        if token is self._reading:
            self._reading = None
            self._show()

    def _on_read(self, token: object, result: Picture | UserError) -> None:
        if token is not self._reading:
            return  # Another one was asked for since.
        self._reading = None
        if isinstance(result, UserError):
            self.failed.emit(str(result))
            self._show()
        else:
            self.pad.put(Drawing(picture=result))

    # Keys

    def begin(self) -> None:
        """Bring the pad into sight and give it the keys."""
        self.wanted.emit()
        self.pad.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_again(self) -> None:
        """Show the drawing to the network again, after a sample of the data."""
        if self.pad.drawing.is_empty:
            self.said.emit("nothing has been drawn yet")
        else:
            self.wanted.emit()
            self.tell()

    def commands(self) -> list[Command]:
        """Draw, take back, open and paste."""
        return [
            ("draw", "Draw: the pad", ["D"], self.begin),
            ("draw again", "Show the drawing to the network again", ["Shift+D"], self.show_again),
            ("undo stroke", "Take the last stroke back", ["U"], self.pad.undo),
            ("redo stroke", "Draw it again", ["Ctrl+U"], self.pad.redo),
            ("clear pad", "Clear the pad", ["Shift+U"], self.pad.clear),
            ("thinner", "Thinner brush", ["["], lambda: self.controls.nudge(-1)),
            ("thicker", "Thicker brush", ["]"], lambda: self.controls.nudge(+1)),
            ("open picture", "Open a picture for the pad…", ["Ctrl+I"], self.choose_picture),
            ("paste", "Paste a picture", ["Ctrl+V"], self.paste),
        ]

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.board.apply_palette(palette)
        self.controls.apply_palette(palette)


def _tried(source: Path | QImage, shape: tuple[int, int], look: Look) -> Picture | UserError:
    """Read a picture, or return why it cannot be: an error raised in a thread is a defect."""
    try:
        return read(source, shape, look)
    except UserError as error:
        return error


PANEL = DrawPanel
