"""The picture of an epoch: bars and panels, arranged. It knows frames, but no run and no thread.

The window is one, wired to the viewer; an export is another one, drawn off screen. So a
live picture, an exported one and a rendered one are the same picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from nnfs_core.training.trainer import EpochFrame
from visualizer.jobs.background import AtOnce, Background
from visualizer.kit.room import Room
from visualizer.kit.spoken import Descriptions
from visualizer.panels import panel_types
from visualizer.panels.base import Choices, Panel
from visualizer.panels.experiment.panel import ExperimentForm
from visualizer.state.context import RunInfo, ViewContext
from visualizer.style.lengths import set_again
from visualizer.style.one_painting import one_painting
from visualizer.style.theme import Palette, font, style_sheet
from visualizer.view.arrangement import Arrangement
from visualizer.view.column_sizes import MARGIN
from visualizer.view.drawers import DrawerHandles
from visualizer.view.drawing import Drawing
from visualizer.view.message_bar import MessageBar
from visualizer.view.panel_dock import Host, PanelDock
from visualizer.view.strip import Strip
from visualizer.view.timeline import Timeline
from visualizer.view.transport_bar import LEAST, TransportBar
from visualizer.view.workspaces import DRAWERS


class FrameView(QWidget):
    """Transport bar, panels, message bar and timeline.

    Parameters
    ----------
    palette : Palette
    at_once : bool
        Draw every frame whole before going on, for pictures: nothing is done in the background.
    parent : QWidget, optional
        A window that has the style of the theme.
    """

    def __init__(
        self, palette: Palette, *, at_once: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._dress(palette)
        self.setObjectName("FrameView")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFont(font())
        self.bar = TransportBar()
        self.form = ExperimentForm()
        self.messages = MessageBar()
        self.timeline = Timeline()
        self.strip = Strip()
        self.host = Host()
        self.background = AtOnce() if at_once else Background()
        panels = (self.form, *(kind() for kind in panel_types()))
        self.docks = {panel.key: PanelDock(panel) for panel in panels}
        titles = {key: self.docks[key].panel.title for key in DRAWERS}
        self.handles = DrawerHandles(titles, at_once)
        # Panels that are smaller than they can be read in are scrolled rather than cut.
        self.room = Room(self.host)
        self.arrangement = Arrangement(self, self.host, self.docks, self.handles, self.room)
        bars = (self.bar, self.timeline, self.strip)
        self.drawing = Drawing(self, bars, self.form, self.docks)
        self._connect()
        # Lies over the old picture until the one that was asked for is there.
        self.veil = QWidget(self)
        self.veil.setObjectName("Veil")
        self.veil.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.veil.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.veil.hide()
        self._lay_out()
        # Over the panels rather than between them: a message must not move what is looked at.
        self.messages.setParent(self)
        self.messages.appeared.connect(self._place_messages)
        self.descriptions = Descriptions(self)
        self.arrangement.arrange()
        self.apply_palette(palette)

    def _connect(self) -> None:
        arrangement, drawing = self.arrangement, self.drawing
        arrangement.changed.connect(self._place_strip)
        for key, dock in self.docks.items():
            panel = dock.panel
            panel.background = self.background
            panel.wanted.connect(partial(arrangement.bring_forward, key))
            dock.dockLocationChanged.connect(arrangement.show_titles)
            # Also one that was taken out from behind another: Qt took it for visible before.
            dock.topLevelChanged.connect(partial(self._on_floated, dock))
            panel.header.maximise.clicked.connect(partial(self._on_maximise, key))
            # A panel that was out of sight has missed frames.
            dock.visibilityChanged.connect(partial(self._on_visibility_changed, dock))
            dock.placed.connect(drawing.arrivals.start)
            dock.visibilityChanged.connect(partial(arrangement.show_drawer, key))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(MARGIN)
        layout.addWidget(self.bar)
        middle = QHBoxLayout()
        middle.setSpacing(MARGIN // 2)
        middle.addWidget(self.handles)
        middle.addWidget(self.room, 1)
        layout.addLayout(middle, 1)
        layout.addWidget(self.strip)
        layout.addWidget(self.timeline)

    def _on_maximise(self, key: str) -> None:
        self.arrangement.toggle_maximised(key)

    def _on_floated(self, dock: PanelDock) -> None:
        self.arrangement.show_titles()
        self.drawing.catch_up(dock)

    @property
    def panels(self) -> dict[str, Panel]:
        """Every panel by its key."""
        return {key: dock.panel for key, dock in self.docks.items()}

    def resizeEvent(self, event) -> None:
        """Give what a wider window brings to the centre; the sides keep their widths."""
        before = self.arrangement.widths()
        super().resizeEvent(event)
        self.arrangement.show_handles()
        self._place_strip()
        self._place_messages()
        self.arrangement.follow(before, first=event.oldSize().width() <= 0)

    def add_below(self, widget: QWidget) -> None:
        """Put something below everything."""
        layout = self.layout()
        assert layout is not None, "it was laid out when it was made"
        layout.addWidget(widget)

    def show_around(self, shown: bool) -> None:
        """Show what stands around the panels, or leave them alone."""
        self.arrangement.alone = not shown
        for part in (self.bar, self.timeline):
            part.setVisible(shown)
        self.arrangement.show_handles()
        self._place_strip()

    def _place_strip(self) -> None:
        """Have the strip where the workspace has one, unless a panel needs all the room."""
        wanted = self.arrangement.workspace.words and not self.arrangement.is_maximised
        # Panels come first: it is left out where they would have to be scrolled for it.
        left = self.height() - self.least_size.height() - MARGIN
        fits = self.strip.fits(self.size()) and self.strip.minimumHeight() <= left
        if (wanted and fits) == self.strip.isHidden():
            self.strip.setVisible(wanted and fits)
            self.layout().activate()
            self._place_messages()

    def _place_messages(self) -> None:
        """Put messages over the strip; without one over the panels' titles, and never over axes."""
        bar, room = self.messages, self.room.geometry()
        width = bar.width_for(self.width() - 4 * MARGIN)
        height = bar.height_for(width)
        over_strip = not self.strip.isHidden()
        top = self.strip.geometry().bottom() + 1 - height if over_strip else room.top()
        bar.setGeometry((self.width() - width) // 2, top, width, height)
        bar.raise_()

    def show_run(self, run: RunInfo) -> None:
        """Take a new run; panels that cannot draw it say so by standing aside."""
        self.drawing.show_run(run)

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw an epoch in everything that can be seen, and have it painted in one go."""
        with one_painting(self):
            self.drawing.show(frame, context)
            if isinstance(self.background, AtOnce):
                # Nobody tells a picture how fast the run is meant to go.
                self.bar.show_speed(context.rate)
        self.descriptions.ask()

    def _on_visibility_changed(self, dock: PanelDock, visible: bool) -> None:
        self.arrangement.show_titles()
        if visible:
            self.drawing.draw(dock)

    def show_progress(self, context: ViewContext) -> None:
        """Take note that the run has gone on while another epoch is looked at."""
        self.drawing.show_progress(context)

    def choose(self, choices: Mapping[str, Choices]) -> None:
        """Show what was chosen to be seen in the panels of another view, where it can be seen."""
        self.drawing.choose(choices)

    def show_seeking(self, epoch: int, share: float, slow: bool) -> None:
        """Show that a past epoch is looked for; none any more when it is negative."""
        self.timeline.show_seeking(epoch, share)
        if slow != self.veil.isVisible():
            self.veil.setGeometry(self.room.geometry())
            self.veil.setVisible(slow)
            self.veil.raise_()

    def show_training(self, training: bool) -> None:
        """Say whether epochs are being trained."""
        self.drawing.show_training(training)
        for bar in (self.bar, self.timeline, self.strip):
            bar.show_training(training)

    def _dress(self, palette: Palette) -> None:
        """Take the style of a theme, unless it is that of the window around."""
        sheet = style_sheet(palette)
        if self.parentWidget() is None and sheet != self.styleSheet():
            self.setStyleSheet(sheet)

    @property
    def least_size(self) -> QSize:
        """In which everything there is is seen at once, in logical pixels, if folded."""
        host, bars = self.host.minimumSizeHint(), (self.bar, self.timeline)
        high = sum(bar.minimumSizeHint().height() + MARGIN for bar in bars)
        wide = max(LEAST, host.width())
        return QSize(wide, host.height() + high) + QSize(2 * MARGIN, 2 * MARGIN)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme, and the size of text: where panels stand, they stay."""
        with one_painting(self):
            self._apply_palette(palette)

    def _apply_palette(self, palette: Palette) -> None:
        self.palette_now = palette
        self.setFont(font())
        with self.arrangement.kept():
            set_again()
            self._dress(palette)
            for part in (self.bar, self.handles, self.timeline, self.strip, self.messages):
                part.apply_palette(palette)
            for panel in self.panels.values():
                panel.apply_palette(palette)
