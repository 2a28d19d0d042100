"""The picture of an epoch: bars and panels, arranged. It knows frames, but no run and no thread.

The window is one, wired to the viewer; an export is another one, drawn off screen. So a
live picture, an exported one and a rendered one are the same picture.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from math import ceil
from time import perf_counter

from PyQt6.QtCore import QByteArray, QCoreApplication, QEvent, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QMainWindow,
    QTabBar,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from PyQt6.sip import isdeleted

from nnfs_core.training.trainer import EpochFrame
from visualizer.jobs.background import AtOnce, Background
from visualizer.jobs.failures import failures, in_words
from visualizer.kit.cover import Cover
from visualizer.kit.room import Room
from visualizer.kit.spoken import Descriptions
from visualizer.panels import panel_types
from visualizer.panels.base import Choices, Panel
from visualizer.panels.experiment.panel import ExperimentForm
from visualizer.state.context import RunInfo, ViewContext
from visualizer.style.lengths import set_again
from visualizer.style.one_painting import one_painting
from visualizer.style.text_size import factor, scaled, text_size
from visualizer.style.theme import Palette, font, style_sheet
from visualizer.view.dock_tabs import TabGuard
from visualizer.view.drawers import DrawerHandles
from visualizer.view.message_bar import MessageBar
from visualizer.view.sized_arrangements import SizedArrangements
from visualizer.view.strip import Strip
from visualizer.view.timeline import Timeline
from visualizer.view.transport_bar import LEAST, TransportBar
from visualizer.view.workspaces import DRAWERS, EXPLAIN, Columns, Workspace

MARGIN = 8
SMALLEST = (320, 200)
"""Width and height that are left for panels, when there is none, with text at 100 %."""

LAYOUT_VERSION = 3
BELOW_FORM = 248
"""Height that what stands below the form needs, with text at 100 %."""


class PanelDock(QDockWidget):
    """A panel that can be moved, floated, closed and brought back."""

    placed = pyqtSignal()
    """It was shown, moved or resized: it may have come into sight."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel.title)
        self.panel = panel
        self.setObjectName(f"dock-{panel.key}")
        self.setTitleBarWidget(panel.header)
        self.setWidget(panel)
        panel.header.close_panel.clicked.connect(self.close)
        self._retired = self._short = False
        # A panel that floats is a window of its own: what is dropped there is for all of it.
        self.topLevelChanged.connect(self.setAcceptDrops)

    def name(self, *, short: bool | None = None) -> None:
        """Write the panel's title on its tab.

        Parameters
        ----------
        short : bool, optional
            Whether the short one; as before by default.
        """
        self._short = self._short if short is None else short
        panel = self.panel
        title = panel.header.title.text()
        short_title = panel.short_title if title == panel.title else ""
        self.setWindowTitle((self._short and short_title) or title)

    def retire(self) -> None:
        """Be gone for good, since the window was closed.

        Whatever would still bring a panel forward, such as a dialog that is answered later, would
        leave a window that belongs to nothing, and a program that does not end.
        """
        self._retired = True
        self.hide()

    def setVisible(self, visible: bool) -> None:
        """Show or hide it, whoever asks for that; Qt does when it restores an arrangement."""
        super().setVisible(visible and not self._retired)

    def dragEnterEvent(self, event) -> None:
        """Have the window say whether it takes what is dragged."""
        self.parentWidget().window().dragEnterEvent(event)

    def dropEvent(self, event) -> None:
        """Give the window what is dropped."""
        self.parentWidget().window().dropEvent(event)

    @property
    def in_sight(self) -> bool:
        """Whether the panel can be seen. Qt moves a tab that is not on top far to the left."""
        return self.isVisible() and (self.isFloating() or self.geometry().right() >= 0)

    def event(self, event) -> bool:
        """Tell of every change after which it may be in sight."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Show, QEvent.Type.Move, QEvent.Type.Resize):
            self.placed.emit()
        return done

    def enterEvent(self, event) -> None:
        """Offer maximise and close."""
        super().enterEvent(event)
        self.panel.header.show_buttons(True)

    def leaveEvent(self, event) -> None:
        """Be quiet again."""
        super().leaveEvent(event)
        self.panel.header.show_buttons(False)


class Host(QMainWindow):
    """What the panels are docked in."""

    def minimumSizeHint(self) -> QSize:
        """Leave room to bring a panel back to, also when all are closed or float."""
        return super().minimumSizeHint().expandedTo(QSize(*map(scaled, SMALLEST)))


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
        self.workspace = EXPLAIN
        self.host = Host()
        self.host.setWindowFlags(Qt.WindowType.Widget)
        self.host.setDockNestingEnabled(True)
        self.host.setDocumentMode(True)
        self.host.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.host.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks
        )
        TabGuard(self.host)
        self.background = AtOnce() if at_once else Background()
        self.docks: dict[str, PanelDock] = {}
        self._run: RunInfo | None = None
        self._training = False
        self._keeping = self._alone = False
        # What is a drawer only since the view is narrow, and what of that was closed for it.
        self._tight: set[str] = set()
        self._folded: set[str] = set()
        self._last: tuple[EpochFrame, ViewContext] | None = None
        self._covers: dict[QWidget, list[Cover]] = {}
        # What each panel shows, and from when on it may show something new while a run trains.
        self._drawn: dict[str, tuple[EpochFrame, ViewContext]] = {}
        self._due: dict[str, float] = {}
        # A timer of its own fires when what was posted before is dealt with, painting too.
        self._turns = QTimer(self)
        self._turns.setSingleShot(True)
        self._turns.setTimerType(Qt.TimerType.PreciseTimer)
        self._turns.timeout.connect(self._take_turn)
        self._arrivals = QTimer(self)
        self._arrivals.setSingleShot(True)
        self._arrivals.timeout.connect(self._draw_arrivals)
        for panel in (self.form, *(kind() for kind in panel_types())):
            dock = self.docks[panel.key] = PanelDock(panel)
            panel.background = self.background
            panel.wanted.connect(partial(self.bring_forward, panel.key))
            dock.dockLocationChanged.connect(self._show_titles)
            # Also one that was taken out from behind another: Qt took it for visible before.
            dock.topLevelChanged.connect(partial(self._on_floated, dock))
            panel.header.maximise.clicked.connect(
                lambda _, key=panel.key: self.toggle_maximised(key)
            )
            # A panel that was out of sight has missed frames.
            dock.visibilityChanged.connect(partial(self._on_visibility_changed, dock))
            dock.placed.connect(self._arrivals.start)
            dock.visibilityChanged.connect(partial(self._on_drawer, panel.key))
        titles = {key: self.docks[key].panel.title for key in DRAWERS}
        self.handles = DrawerHandles(titles, at_once)
        self.handles.toggled.connect(self.toggle_drawer)
        # Lies over the old picture until the one that was asked for is there.
        self.veil = QWidget(self)
        self.veil.setObjectName("Veil")
        self.veil.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.veil.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.veil.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(MARGIN)
        layout.addWidget(self.bar)
        # Panels that are smaller than they can be read in are scrolled rather than cut.
        self.room = Room(self.host)
        middle = QHBoxLayout()
        middle.setSpacing(MARGIN // 2)
        middle.addWidget(self.handles)
        middle.addWidget(self.room, 1)
        layout.addLayout(middle, 1)
        layout.addWidget(self.strip)
        layout.addWidget(self.timeline)
        # Over the panels rather than between them: a message must not move what is looked at.
        self.messages.setParent(self)
        self.messages.appeared.connect(self._place_messages)
        self.descriptions = Descriptions(self)
        self._before_maximised: QByteArray | None = None
        self._text_size = text_size()
        self._by_text_size = SizedArrangements(self.host)
        self.arrange()
        self.apply_palette(palette)

    @property
    def panels(self) -> dict[str, Panel]:
        """Every panel by its key."""
        return {key: dock.panel for key, dock in self.docks.items()}

    def arrange(self, workspace: Workspace | None = None) -> None:
        """Put every panel in its first place, in the workspace that is shown or in another."""
        self._before_maximised = None
        self.workspace = workspace or self.workspace
        self._tight = set(self._drawers) - set(self.workspace.drawers)
        self._folded = set(self._tight)
        self._place_strip()
        host, docks = self.host, self.docks
        self._arranged_as = self._first_places
        columns = self._arranged_as[0]
        # Columns first, rows after, tabs last: what comes later lies inside what was before.
        rows = {
            area: [[docks[key] for key in row.keys] for row in columns[area]] for area in columns
        }
        stacks = {area: [row[0] for row in rows[area]] for area in columns}
        placed = [dock for stack in rows.values() for row in stack for dock in row]
        others = [dock for dock in docks.values() if dock not in placed]
        for dock in docks.values():
            dock.setFloating(False)
            host.removeDockWidget(dock)
        tops = [stack[0] for stack in stacks.values()]
        host.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, tops[0])
        for before, dock in pairwise(tops):
            host.splitDockWidget(before, dock, Qt.Orientation.Horizontal)
        for stack in stacks.values():
            for above, dock in pairwise(stack):
                host.splitDockWidget(above, dock, Qt.Orientation.Vertical)
        last = list(rows)[-1]
        rows[last][-1] += others  # closed, and a tab of the last place once they are opened
        for row in itertools.chain.from_iterable(rows.values()):
            for dock in row[1:]:
                host.tabifyDockWidget(row[0], dock)
        for dock in placed:
            dock.setVisible(dock.panel.key not in self._drawers)
        for dock in others:
            dock.hide()
        for row in itertools.chain.from_iterable(rows.values()):
            row[0].raise_()
        short = self.workspace.is_lowest(self.height() / factor())
        for dock in docks.values():
            # As the text of a tab, where there are many.
            dock.name(short=short)
        self._resize_docks(columns, stacks)
        self._place_strip()
        self._show_handles()
        self._show_titles()

    def _resize_docks(self, columns: Columns, stacks: dict[str, list[PanelDock]]) -> None:
        # The sides keep their width; the centre takes what a wider window brings.
        room = max(self.width(), 1000) - 2 * MARGIN
        widths = self._side_widths(room)
        seen = {
            area: [dock for dock in stack if not dock.isHidden()] for area, stack in stacks.items()
        }
        seen = {area: stack for area, stack in seen.items() if stack}
        sides = sum(widths[area] + MARGIN for area in seen if area != "centre")
        widths["centre"] = room - sides
        self.host.resizeDocks(
            [stack[0] for stack in seen.values()],
            [max(1, widths[area]) for area in seen],
            Qt.Orientation.Horizontal,
        )
        for area, stack in seen.items():
            # Qt keeps to sizes that add up to what there is; others it stretches as it likes.
            high = max(self.height(), 600) - scaled(160) - (len(stack) - 1) * MARGIN
            shares = [
                row.share
                for row, dock in zip(columns[area], stacks[area], strict=True)
                if dock in stack
            ]
            heights = [max(1, high * share // sum(shares)) for share in shares]
            if stack[0].panel is self.form and len(stack) > 1:
                # The form whole, where that leaves room for what stands below.
                wanted = max(1, min(self.form.whole_height, high - scaled(BELOW_FORM)))
                heights = [wanted, *(max(1, high - wanted) for _ in stack[1:])]
            self.host.resizeDocks(stack, heights, Qt.Orientation.Vertical)

    def _side_widths(self, room: int) -> dict[str, int]:
        """Return the widths of the columns at the sides, in a view with so much room."""
        wide = room > scaled(1250)
        widths = self.workspace.widths if wide else self.workspace.narrow
        return {area: scaled(width) for area, width in widths.items()}

    @property
    def _drawers(self) -> tuple[str, ...]:
        """Panels that are drawers in this workspace, at this width."""
        return self.workspace.drawers_in(self.width() / factor())

    def _show_handles(self) -> None:
        self.handles.show_drawers(() if self._alone else self._drawers)

    def toggle_drawer(self, key: str) -> None:
        """Open a drawer beside the panels, or close it."""
        widths = {area: dock.width() for area, dock in self._edges().items()}
        if self.docks[key].isHidden():
            self.bring_forward(key)
        else:
            self.docks[key].close()
        edges = self._edges()
        if "centre" in edges:
            self._keep_sides(edges, self._side_widths(self.width()) | widths)

    def _edges(self) -> dict[str, PanelDock]:
        """Return one panel of each column that is in its place and can be seen."""
        nowhere = Qt.DockWidgetArea.NoDockWidgetArea
        found = {}
        for area, rows in self.workspace.places(self.height() / factor()).items():
            docks = [self.docks[key] for row in rows for key in row.keys]
            # Also in the middle of going back to another arrangement, when none has its place.
            there = [
                dock
                for dock in docks
                if dock.in_sight
                and not dock.isFloating()
                and self.host.dockWidgetArea(dock) != nowhere
            ]
            if there:
                found[area] = there[0]
        return found

    def _keep_sides(self, edges: dict[str, PanelDock], widths: dict[str, int]) -> None:
        """Give the sides these widths and the centre what is left."""
        sides = [area for area in edges if area != "centre"]
        rest = self.room.width() - sum(widths[area] + MARGIN for area in sides)
        wanted = [max(1, rest if area == "centre" else widths[area]) for area in edges]
        self.host.resizeDocks(list(edges.values()), wanted, Qt.Orientation.Horizontal)

    def bring_forward(self, key: str) -> None:
        """Bring a panel into sight: open it, and put it on top of its tabs."""
        if self.is_maximised and self.docks[key].isHidden():
            self.restore_panels()
        self.docks[key].show()
        self.docks[key].raise_()

    def show_tabs(self) -> None:
        """Show the tabs of panels that share a place; off screen Qt leaves that to later.

        Also rows of tabs that an earlier arrangement had, which it would take away later.
        """
        docked = [dock for dock in self.docks.values() if dock.in_sight and not dock.isFloating()]
        tops = {(dock.x(), dock.width(), dock.y()) for dock in docked}
        for tabs in self.host.findChildren(QTabBar):
            box = tabs.geometry()
            tabs.setVisible((box.x(), box.width(), box.bottom() + 1) in tops)

    def _show_titles(self) -> None:
        """Leave out the title of a panel whose tab says it."""
        if any(isdeleted(dock) for dock in self.docks.values()):
            return  # the program ends, and Qt takes one after the other away
        for dock in self.docks.values():
            others = [] if dock.isFloating() else self.host.tabifiedDockWidgets(dock)
            said = any(not (other.isHidden() or other.isFloating()) for other in others)
            dock.panel.header.title.setVisible(not said)

    def resizeEvent(self, event) -> None:
        """Give what a wider window brings to the centre; the sides keep their widths."""
        edges = self._edges()
        widths = {area: dock.width() for area, dock in edges.items()}
        super().resizeEvent(event)
        self._show_handles()
        self._place_strip()
        self._place_messages()
        if "centre" in edges and event.oldSize().width() > 0 and not self._keeping:
            # What follows may resize this once more, where panels are smaller than they can be.
            self._keeping = True
            self.layout().activate()
            self._keep_sides(edges, widths)
            self._keeping = False
        self._fold_drawers()

    def add_below(self, widget: QWidget) -> None:
        """Put something below everything."""
        layout = self.layout()
        assert layout is not None, "it was laid out when it was made"
        layout.addWidget(widget)

    def show_around(self, shown: bool) -> None:
        """Show what stands around the panels, or leave them alone."""
        self._alone = not shown
        for part in (self.bar, self.timeline):
            part.setVisible(shown)
        self._show_handles()
        self._place_strip()

    def _place_strip(self) -> None:
        """Have the strip where the workspace has one, unless a panel needs all the room."""
        wanted = self.workspace.words and not self.is_maximised
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

    def arrangement(self) -> QByteArray:
        """Return how the panels are arranged, to be kept or given to another view."""
        return self._before_maximised or self.host.saveState(LAYOUT_VERSION)

    def restore_arrangement(self, state: QByteArray) -> bool:
        """Arrange the panels as another view had them; False if that is from another version."""
        restored = self.host.restoreState(state, LAYOUT_VERSION)
        self._show_titles()
        return restored

    def toggle_maximised(self, key: str) -> None:
        """Give one panel all the room, or go back to how it was."""
        if self._before_maximised is not None:
            shown = not self.docks[key].isHidden()
            self.restore_panels()
            if shown:
                return
        self._before_maximised = self.host.saveState(LAYOUT_VERSION)
        for other, dock in self.docks.items():
            dock.setVisible(other == key)
        self._place_strip()
        self._show_titles()

    def restore_panels(self) -> None:
        """Go back from one maximised panel."""
        state, self._before_maximised = self._before_maximised, None
        if state is not None:
            self._place_strip()
            self.host.restoreState(state, LAYOUT_VERSION)
            self._show_titles()

    @property
    def is_maximised(self) -> bool:
        """Whether one panel has all the room."""
        return self._before_maximised is not None

    def show_run(self, run: RunInfo) -> None:
        """Take a new run; panels that cannot draw it say so by standing aside."""
        # What has failed is tried again with the next frame, and covered until then.
        self._run = run if self._try(self.form, lambda: self.form.show_run(run)) else None
        for dock in self.docks.values():
            dock.panel.take_title(run)
            dock.name()

    def _try(self, part: QWidget, show: Callable[[], object]) -> bool:
        """Have a part of the view show something: should it fail, the others still do.

        What a part shows that has failed may be half of one epoch and half of another, so it is
        covered until it can show an epoch again.
        """
        try:
            show()
        except Exception as error:
            title = part.title if isinstance(part, Panel) else part.accessibleName()
            epoch = "an epoch" if self._last is None else f"epoch {self._last[0].epoch:,}"
            words, why = f"{title} cannot show {epoch}", in_words(error)
            failures().report(error, words)
            self._cover(part, f"{words}.\n{why}")
            return False
        return True

    def _cover(self, part: QWidget, text: str, *, calm: bool = False) -> None:
        """Hide the numbers of a part, and say why in their place."""
        if part not in self._covers:
            self._covers[part] = [Cover(part, getattr(part, "numbers_area", None))]
            if isinstance(part, Panel):
                self._covers[part].append(Cover(part.header, part.header.numbers_area))
        covers = self._covers[part]
        covers[0].say(text, calm=calm)
        for other in covers[1:]:
            other.say("")

    def _uncover(self, part: QWidget) -> None:
        for cover in self._covers.get(part, ()):
            cover.hide()

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw an epoch in everything that can be seen, and have it painted in one go."""
        with one_painting(self):
            self._show_frame(frame, context)
        self.descriptions.ask()

    def _show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        before, self._last = self._last, (frame, context)
        if context.run is not self._run:
            self.show_run(context.run)
        for bar in (self.bar, self.timeline, self.strip):
            if self._try(bar, partial(bar.show_frame, frame, context)):
                self._uncover(bar)
        if isinstance(self.background, AtOnce):
            # Nobody tells a picture how fast the run is meant to go.
            self.bar.show_speed(context.rate)
        # What stands still says things that are no longer so when it begins to move.
        begins = before is None or before[0].epoch == 0
        moving = self._training and context.live and not begins
        if before is None or before[1].choice != context.choice:
            self._due.clear()  # somebody waits for it
        stage = context.stage
        for dock in self.docks.values():
            panel = dock.panel
            panel.latest = self._last
            if not panel.cannot_show(context.run):
                self._try(panel, partial(panel.notice, context))
            panel.set_dimmed(stage is not None and not panel.takes_part(stage))
            if not (moving and panel.interval):
                self._due[panel.key] = perf_counter() + panel.interval
                self._draw(dock)
        if moving:
            self._await_turn()

    def _draw(self, dock: PanelDock) -> None:
        """Draw the last epoch in one panel, if it can be seen."""
        if self._last is not None and dock.in_sight:
            frame, context = self._drawn[dock.panel.key] = self._last
            panel = dock.panel
            if panel is self.form and self._run is not context.run:
                return
            if why := panel.cannot_show(context.run):
                self._cover(panel, why, calm=True)
            elif self._try(panel, partial(panel.show_frame, frame, context)):
                self._uncover(panel)

    def _late(self) -> list[PanelDock]:
        """Return which panels do not show the last epoch yet, the one that may first, first."""
        late = [
            dock
            for key, dock in self.docks.items()
            if dock.in_sight and self._drawn.get(key) is not self._last
        ]
        return sorted(late, key=lambda dock: self._due.get(dock.panel.key, 0.0))

    def _await_turn(self) -> None:
        """Have the next of the panels that are drawn less often drawn when it is due."""
        for dock in self._late()[:1]:
            wait = self._due.get(dock.panel.key, 0.0) - perf_counter()
            self._turns.start(max(0, ceil(1000 * wait)))

    def _take_turn(self) -> None:
        # One at a time: all of them at once would be too long for a key or the mouse to wait.
        for dock in self._late()[:1]:
            self._due[dock.panel.key] = perf_counter() + dock.panel.interval
            self._draw(dock)
        self._await_turn()

    def choose(self, choices: Mapping[str, Choices]) -> None:
        """Show what was chosen to be seen in the panels of another view, where it can be seen."""
        for key, dock in self.docks.items():
            last = self._last
            if dock.in_sight and last is not None and not dock.panel.cannot_show(last[1].run):
                self._try(dock.panel, partial(dock.panel.choose, choices.get(key, {})))

    def _on_floated(self, dock: PanelDock) -> None:
        self._show_titles()
        if self._drawn.get(dock.panel.key) is not self._last:
            self._draw(dock)

    def _draw_arrivals(self) -> None:
        """Draw the shown epoch in what has come into sight: Qt does not tell of all that does."""
        for dock in self.docks.values():
            has_turns = self._turns.isActive() and dock.panel.interval
            if dock.in_sight and not self._shows_this(dock) and not has_turns:
                self._draw(dock)

    def _on_drawer(self, key: str) -> None:
        if not isdeleted(self.docks[key]) and not isdeleted(self.handles):
            self.handles.show_open(key, not self.docks[key].isHidden())

    def _on_visibility_changed(self, dock: PanelDock, visible: bool) -> None:
        self._show_titles()
        if visible:
            self._draw(dock)

    def show_progress(self, context: ViewContext) -> None:
        """Take note that the run has gone on while another epoch is looked at."""
        if self._last is None:
            return
        self._last = (self._last[0], context)
        self._try(self.timeline, partial(self.timeline.show_progress, context))
        for dock in self.docks.values():
            if dock.panel.cannot_show(context.run):
                continue
            if dock.in_sight and self._shows_this(dock):
                self._try(dock.panel, partial(dock.panel.show_progress, context))
            else:
                # It shows another epoch, or another run: progress of this one is not for it.
                self._draw(dock)

    def _shows_this(self, dock: PanelDock) -> bool:
        """Say whether a panel shows the last epoch, of the same run and branch."""
        if self._last is None or dock.panel.key not in self._drawn:
            return False
        (frame, context), (drawn, then) = self._last, self._drawn[dock.panel.key]
        return drawn is frame and then.run is context.run and then.recording is context.recording

    def show_seeking(self, epoch: int, share: float, slow: bool) -> None:
        """Show that a past epoch is looked for; none any more when it is negative."""
        self.timeline.show_seeking(epoch, share)
        if slow != self.veil.isVisible():
            self.veil.setGeometry(self.room.geometry())
            self.veil.setVisible(slow)
            self.veil.raise_()

    def show_training(self, training: bool) -> None:
        """Say whether epochs are being trained."""
        self._training = training
        if not training and self._last is not None:
            # Panels that are drawn less often catch up.
            self._turns.stop()
            for dock in self._late():
                self._draw(dock)
        self.bar.show_training(training)
        self.timeline.show_training(training)
        self.strip.show_training(training)

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
        widths = {area: dock.width() for area, dock in self._edges().items()}
        if self._text_size != text_size():
            self._by_text_size.leave(self._text_size)
        first, untouched = self._arranged_as, self._is_as_arranged()
        set_again()
        self._dress(palette)
        self.bar.apply_palette(palette)
        self.handles.apply_palette(palette)
        self.timeline.apply_palette(palette)
        self.strip.apply_palette(palette)
        self.messages.apply_palette(palette)
        for panel in self.panels.values():
            panel.apply_palette(palette)
        if self._text_size != text_size():
            # Panels have new least sizes, which Qt would ask them for later.
            for _ in range(3):
                QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            times = text_size() / self._text_size
            self._text_size = text_size()
            anew = first != self._first_places and untouched
            if anew:
                self.arrange()
            if not self._by_text_size.arrive(text_size()) and not anew:
                self._widen_sides(widths, times)
            self._show_handles()

    @property
    def _first_places(self) -> tuple[Columns, tuple[str, ...]]:
        """Where panels first stand in a view as large as this, and which are drawers."""
        return self.workspace.places(self.height() / factor()), self._drawers

    def _is_as_arranged(self) -> bool:
        """Say whether panels still share the places that they were first put in."""
        if self.is_maximised:
            return False
        for row in itertools.chain.from_iterable(self._arranged_as[0].values()):
            docks = [self.docks[key] for key in row.keys]
            if any(dock.isFloating() for dock in docks):
                return False
            beside = self.host.tabifiedDockWidgets(docks[0])
            if {dock for dock in beside if not dock.isHidden()} != set(docks[1:]):
                return False
            if docks[0].isHidden() and row.keys[0] not in DRAWERS:
                return False
        return True

    def _fold_drawers(self) -> None:
        """Close what too narrow a view has made a drawer; open it again when it is none."""
        if self.is_maximised or self._alone:
            return
        tight = set(self._drawers) - set(self.workspace.drawers)
        before, self._tight = self._tight, tight
        for key in sorted(tight - before):
            if not self.docks[key].isHidden():
                self.toggle_drawer(key)
                self._folded.add(key)
        for key in sorted(self._folded - tight):
            self._folded.discard(key)
            if self.docks[key].isHidden():
                self.toggle_drawer(key)

    def _widen_sides(self, widths: dict[str, int], times: float) -> None:
        """Make the columns at the sides as much wider as text is, as far as the centre bears it."""
        edges = self._edges()
        if "centre" not in edges or edges.keys() != widths.keys():
            return
        wanted = {area: round(widths[area] * times) for area in edges if area != "centre"}
        most = int(0.6 * self.room.width())
        down = min(1.0, most / max(1, sum(wanted.values())))
        self._keep_sides(edges, {area: round(width * down) for area, width in wanted.items()})
