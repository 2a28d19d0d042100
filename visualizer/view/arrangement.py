"""Where panels stand: in their first places, as they were moved, in drawers, or one alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from PyQt6.QtCore import QByteArray, QCoreApplication, QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QTabBar, QWidget
from PyQt6.sip import isdeleted

from visualizer.style.text_size import factor, text_size
from visualizer.view.column_sizes import ColumnSizes
from visualizer.view.drawers import DrawerHandles
from visualizer.view.panel_dock import Host, PanelDock
from visualizer.view.sized_arrangements import SizedArrangements
from visualizer.view.workspaces import DRAWERS, EXPLAIN, Columns, Workspace

LAYOUT_VERSION = 3
"""Rises when an arrangement kept before can no longer be restored."""


class Arrangement(QObject):
    """Puts the panels of a view in their places.

    Parameters
    ----------
    view : QWidget
        Whose size decides what panels share, and what is a drawer.
    host : Host
    docks : dict of str to PanelDock
        Every panel's by the panel's key.
    handles : DrawerHandles
    room : QWidget
        What the host stands in.
    """

    changed = pyqtSignal()
    """Panels got other places, or one of them has all the room, or none any more."""

    def __init__(
        self,
        view: QWidget,
        host: Host,
        docks: dict[str, PanelDock],
        handles: DrawerHandles,
        room: QWidget,
    ) -> None:
        super().__init__(view)
        self._view, self._host, self._docks = view, host, docks
        self._handles = handles
        self._sizes = ColumnSizes(view, host, docks, room)
        self.workspace = EXPLAIN
        self.alone = False
        """Whether panels are shown without what stands around them."""
        # What is a drawer only since the view is narrow, and what of that was closed for it.
        self._tight: set[str] = set()
        self._folded: set[str] = set()
        self._keeping = False
        self._before_maximised: QByteArray | None = None
        self._text_size = text_size()
        self._by_text_size = SizedArrangements(host)
        handles.toggled.connect(self.toggle_drawer)

    def arrange(self, workspace: Workspace | None = None) -> None:
        """Put every panel in its first place, in the workspace that is shown or in another."""
        self._before_maximised = None
        self.workspace = workspace or self.workspace
        self._tight = set(self._drawers) - set(self.workspace.drawers)
        self._folded = set(self._tight)
        self.changed.emit()
        host, docks = self._host, self._docks
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
        short = self.workspace.is_lowest(self._view.height() / factor())
        for dock in docks.values():
            # As the text of a tab, where there are many.
            dock.name(short=short)
        self._sizes.share_out(self.workspace, columns, stacks)
        self.changed.emit()
        self.show_handles()
        self.show_titles()

    @property
    def _drawers(self) -> tuple[str, ...]:
        """Panels that are drawers in this workspace, at this width."""
        return self.workspace.drawers_in(self._view.width() / factor())

    def show_handles(self) -> None:
        """Offer the panels that are drawers here, if anything stands around panels."""
        self._handles.show_drawers(() if self.alone else self._drawers)

    def toggle_drawer(self, key: str) -> None:
        """Open a drawer beside the panels, or close it."""
        widths = self.widths()
        if self._docks[key].isHidden():
            self.bring_forward(key)
        else:
            self._docks[key].close()
        edges = self._sizes.edges(self.workspace)
        if "centre" in edges:
            first = self._sizes.first(self.workspace, self._view.width())
            self._sizes.keep(edges, first | widths)

    def bring_forward(self, key: str) -> None:
        """Bring a panel into sight: open it, and put it on top of its tabs."""
        if self.is_maximised and self._docks[key].isHidden():
            self.restore_panels()
        self._docks[key].show()
        self._docks[key].raise_()

    def show_tabs(self) -> None:
        """Show the tabs of panels that share a place; off screen Qt leaves that to later.

        Also rows of tabs that an earlier arrangement had, which it would take away later.
        """
        docked = [dock for dock in self._docks.values() if dock.in_sight and not dock.isFloating()]
        tops = {(dock.x(), dock.width(), dock.y()) for dock in docked}
        for tabs in self._host.findChildren(QTabBar):
            box = tabs.geometry()
            tabs.setVisible((box.x(), box.width(), box.bottom() + 1) in tops)

    def show_titles(self) -> None:
        """Leave out the title of a panel whose tab says it."""
        if any(isdeleted(dock) for dock in self._docks.values()):
            return  # the program ends, and Qt takes one after the other away
        for dock in self._docks.values():
            others = [] if dock.isFloating() else self._host.tabifiedDockWidgets(dock)
            said = any(not (other.isHidden() or other.isFloating()) for other in others)
            dock.panel.header.title.setVisible(not said)

    def state(self) -> QByteArray:
        """Return how the panels are arranged, to be kept or given to another view."""
        return self._before_maximised or self._host.saveState(LAYOUT_VERSION)

    def restore(self, state: QByteArray) -> bool:
        """Arrange the panels as another view had them; False if that is from another version."""
        restored = self._host.restoreState(state, LAYOUT_VERSION)
        self.show_titles()
        return restored

    def toggle_maximised(self, key: str) -> None:
        """Give one panel all the room, or go back to how it was."""
        if self._before_maximised is not None:
            shown = not self._docks[key].isHidden()
            self.restore_panels()
            if shown:
                return
        self._before_maximised = self._host.saveState(LAYOUT_VERSION)
        for other, dock in self._docks.items():
            dock.setVisible(other == key)
        self.changed.emit()
        self.show_titles()

    def restore_panels(self) -> None:
        """Go back from one maximised panel."""
        state, self._before_maximised = self._before_maximised, None
        if state is not None:
            self.changed.emit()
            self._host.restoreState(state, LAYOUT_VERSION)
            self.show_titles()

    @property
    def is_maximised(self) -> bool:
        """Whether one panel has all the room."""
        return self._before_maximised is not None

    @property
    def _first_places(self) -> tuple[Columns, tuple[str, ...]]:
        """Where panels first stand in a view as large as this, and which are drawers."""
        return self.workspace.places(self._view.height() / factor()), self._drawers

    def _is_as_arranged(self) -> bool:
        """Say whether panels still share the places that they were first put in."""
        if self.is_maximised:
            return False
        for row in itertools.chain.from_iterable(self._arranged_as[0].values()):
            docks = [self._docks[key] for key in row.keys]
            if any(dock.isFloating() for dock in docks):
                return False
            beside = self._host.tabifiedDockWidgets(docks[0])
            if {dock for dock in beside if not dock.isHidden()} != set(docks[1:]):
                return False
            if docks[0].isHidden() and row.keys[0] not in DRAWERS:
                return False
        return True

    def _fold_drawers(self) -> None:
        """Close what too narrow a view has made a drawer; open it again when it is none."""
        if self.is_maximised or self.alone:
            return
        tight = set(self._drawers) - set(self.workspace.drawers)
        before, self._tight = self._tight, tight
        for key in sorted(tight - before):
            if not self._docks[key].isHidden():
                self.toggle_drawer(key)
                self._folded.add(key)
        for key in sorted(self._folded - tight):
            self._folded.discard(key)
            if self._docks[key].isHidden():
                self.toggle_drawer(key)

    def show_drawer(self, key: str) -> None:
        """Have a handle say whether its drawer is open."""
        if not isdeleted(self._docks[key]) and not isdeleted(self._handles):
            self._handles.show_open(key, not self._docks[key].isHidden())

    def follow(self, before: dict[str, int], *, first: bool) -> None:
        """Give what a wider view brings to the centre; the sides keep their widths.

        Parameters
        ----------
        before : dict of str to int
            :meth:`widths` before the view got another size.
        first : bool
            Whether it had none before.
        """
        edges = {
            area: dock for area, dock in self._sizes.edges(self.workspace).items() if area in before
        }
        if "centre" in edges and not first and not self._keeping:
            # What follows may resize this once more, where panels are smaller than they can be.
            self._keeping = True
            layout = self._view.layout()
            assert layout is not None, "it was laid out when it was made"
            layout.activate()
            self._sizes.keep(edges, before)
            self._keeping = False
        self._fold_drawers()

    def widths(self) -> dict[str, int]:
        """Return how wide each column is that can be seen."""
        return self._sizes.widths(self.workspace)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Have panels stand where they do, while their style or the size of text is changed."""
        widths = self.widths()
        if self._text_size != text_size():
            self._by_text_size.leave(self._text_size)
        first, untouched = self._arranged_as, self._is_as_arranged()
        yield
        if self._text_size == text_size():
            return
        # Panels have new least sizes, which Qt would ask them for later.
        for _ in range(3):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        times = text_size() / self._text_size
        self._text_size = text_size()
        anew = first != self._first_places and untouched
        if anew:
            self.arrange()
        if not self._by_text_size.arrive(text_size()) and not anew:
            self._sizes.widen(self.workspace, widths, times)
        self.show_handles()
