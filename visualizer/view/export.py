"""Any frame of any run as a PNG, drawn by the same panels that draw the window."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PyQt6.QtCore import QBuffer, QByteArray, QCoreApplication, QEvent, QSize, Qt
from PyQt6.QtGui import QColor, QImage, QImageWriter
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from nnfs_core import __version__
from nnfs_core.disk.whole import atomic_write
from nnfs_core.errors import UserError
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.cover import Cover
from visualizer.panels import panel_types
from visualizer.panels.base import Choices, Panel
from visualizer.panels.experiment.panel import ExperimentForm
from visualizer.state.context import ViewContext
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette, font, style_sheet
from visualizer.view.caption import Caption
from visualizer.view.column_sizes import MARGIN
from visualizer.view.frame_view import FrameView
from visualizer.view.workspaces import EXPLAIN, Workspace

SMALLEST, LARGEST, MOST_PIXELS = 64, 16_384, 120_000_000

LONGEST_GROWN = 4096
"""Logical pixels of a side of what is drawn larger than it was asked for: of a long and narrow
picture the long side would be drawn so large that each takes seconds."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What an export shows.

    Attributes
    ----------
    size : tuple of int
        Width and height in logical pixels.
    ratio : float
        Pixels of the file for each logical pixel.
    panel : str or None
        The key of one panel; None for the whole window.
    palette : Palette
    workspace : Workspace
        Where panels stand.
    arrangement : QByteArray or None
        How the panels of the window are arranged in it; None for their first places.
    choices : dict
        What was chosen to be seen in the panels, by their keys.
    header : bool
        Whether a single panel has its header.
    """

    size: tuple[int, int]
    ratio: float
    palette: Palette
    panel: str | None = None
    arrangement: QByteArray | None = None
    choices: Mapping[str, Choices] = field(default_factory=dict)
    workspace: Workspace = EXPLAIN
    header: bool = True

    def __post_init__(self) -> None:
        """Refuse sizes no picture can have.

        Raises
        ------
        UserError
            Naming the size and what is possible.
        """
        width, height = self.pixels
        shown = f"{self.size[0]}×{self.size[1]} at ratio {self.ratio:g}"
        if min(width, height) < SMALLEST or max(width, height) > LARGEST:
            raise UserError(
                "not a usable picture size",
                where="size",
                expected=f"{SMALLEST} to {LARGEST:,} pixels on each side",
                found=shown,
            )
        if width * height > MOST_PIXELS:
            raise UserError(
                "the picture would be too large",
                where="size",
                expected=f"at most {MOST_PIXELS // 10**6} million pixels",
                found=shown,
            )

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the file."""
        return round(self.size[0] * self.ratio), round(self.size[1] * self.ratio)


class FrameExporter:
    """Draws frames off screen, in a view of its own, one after the other.

    Raises
    ------
    UserError
        When there is no such panel, or the picture is too long and narrow for what it shows.
    """

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._view: FrameView | PanelView
        if picture.panel is None:
            self._view = FrameView(picture.palette, at_once=True)
        else:
            self._view = PanelView(picture.panel, picture.palette, header=picture.header)
        view = self._view
        view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        # Nobody sees it, so the program must not go on because of it.
        view.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        least = view.least_size.expandedTo(view.minimumSize())
        # A size in which nothing would be legible is drawn larger and scaled down.
        width, height = picture.size
        grow = max(1.0, least.width() / width, least.height() / height)
        if grow > 1 and grow * max(width, height) > LONGEST_GROWN:
            self.close()
            raise UserError(
                "too long and narrow for what it shows",
                where="size",
                expected=f"at least {least.width()}×{least.height()}, or less long",
                found=f"{width}×{height}",
            )
        self._ratio = picture.ratio / grow
        view.resize(QSize(round(width * grow), round(height * grow)))
        view.show()
        if isinstance(view, FrameView):
            view.arrangement.arrange(picture.workspace)
            if picture.arrangement is not None:
                view.arrangement.restore(picture.arrangement)
        self._settled = False

    def bring_forward(self, keys: Iterable[str]) -> None:
        """Put panels on top of their tabs; a single panel is there anyway."""
        if isinstance(self._view, FrameView):
            for key in keys:
                self._view.arrangement.bring_forward(key)

    def present(self, frame: EpochFrame, context: ViewContext, words: str) -> None:
        """Draw the panels alone from now on, as presenter mode shows them, with a caption."""
        if isinstance(self._view, FrameView):
            caption = Caption()
            self._view.show_around(False)
            self._view.add_below(caption)
            caption.show_frame(frame, context)
            caption.words.setText(words)
            caption.show()

    def image(self, frame: EpochFrame, context: ViewContext) -> QImage:
        """Draw a frame."""
        self._view.show_frame(frame, context)
        if not self._settled:
            self._view.choose(self.picture.choices)
            self._view.show_frame(frame, context)
        # New texts have new widths; off screen nobody else delivers the layouts' requests.
        for _ in range(3):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        if isinstance(self._view, FrameView):
            self._view.arrangement.show_tabs()
        if not self._settled:
            # Plots settle their axes while they are painted for the first time.
            self._paint()
            self._settled = True
        image = self._paint()
        metrics = frame.metrics
        texts = {
            "Software": f"NNFS Visualizer {__version__}",
            "epoch": str(frame.epoch),
            "loss": repr(metrics.train_loss),
            "experiment": json.dumps(
                context.run.experiment.to_dict() | {"name": context.run.name}, sort_keys=True
            ),
        }
        for key, text in texts.items():
            image.setText(key, text)
        return image

    def _paint(self) -> QImage:
        image = QImage(*self.picture.pixels, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(self._ratio)
        # A size that is no whole number of pixels leaves part of a row at the edge.
        image.fill(QColor(self.picture.palette.background))
        self._view.render(image)
        image.setDevicePixelRatio(1.0)
        return image

    def save(self, frame: EpochFrame, context: ViewContext, path: Path) -> Path:
        """Draw a frame into a PNG file, which appears whole or not at all.

        Raises
        ------
        UserError
            When it cannot be written.
        """
        save_png(self.image(frame, context), path)
        return path

    def close(self) -> None:
        """Free the view."""
        self._view.close()
        self._view.deleteLater()


def frame_name(epoch: int) -> str:
    """Return the file name of a recorded epoch: ``frame-000037.png``."""
    return f"frame-{epoch:06d}.png"


def save_png(image: QImage, path: Path) -> None:
    """Write a PNG that appears under its name only once it is complete.

    Raises
    ------
    UserError
        When it cannot be written: no such folder, not allowed, disk full.
    """
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    if not writer.write(image):
        raise UserError("cannot be written", where=path, found=writer.errorString())
    with atomic_write(path) as file:
        file.write(buffer.data().data())


class PanelView(QWidget):
    """One panel alone, with its header or without, for a picture of it."""

    def __init__(self, key: str, palette: Palette, *, header: bool = True) -> None:
        super().__init__()
        self.setObjectName("FrameView")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFont(font())
        kinds: dict[str, type[Panel]] = {kind.key: kind for kind in panel_types()}
        kinds[ExperimentForm.key] = ExperimentForm
        if key not in kinds:
            raise UserError("no such panel", where=key, expected=", ".join(kinds), found=key)
        self.panel = kinds[key]()
        top = self.panel.header
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(0)
        layout.addWidget(top)
        layout.addWidget(self.panel, 1)
        if not header:
            # What belongs to the panel and stands in its header is left out with it.
            top.hide()
            self.panel.layout().setContentsMargins(*(scaled(12) for _ in range(4)))
        self.setStyleSheet(style_sheet(palette))
        self.panel.apply_palette(palette)

    @property
    def least_size(self) -> QSize:
        """In which everything there is is seen at once, in logical pixels."""
        return self.minimumSizeHint()

    def choose(self, choices: Mapping[str, Choices]) -> None:
        """Show what was chosen to be seen in a panel of this kind."""
        self.panel.choose(choices.get(self.panel.key, {}))

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw a frame."""
        if isinstance(self.panel, ExperimentForm):
            self.panel.show_run(context.run)
        self.panel.take_title(context.run)
        if why := self.panel.cannot_show(context.run):
            Cover(self.panel).say(why, calm=True)
        else:
            self.panel.show_frame(frame, context)
