"""How wide the columns of panels are, and how high the panels in them."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget

from visualizer.panels.experiment.panel import ExperimentForm
from visualizer.style.text_size import factor, scaled
from visualizer.view.panel_dock import Host, PanelDock
from visualizer.view.workspaces import Columns, Workspace

MARGIN = 8
"""Between parts of a view, and around them, in logical pixels."""

BELOW_FORM = 248
"""Height that what stands below the form needs, with text at 100 %."""


class ColumnSizes:
    """Sizes the columns: the sides keep their widths, the centre takes what is left.

    Parameters
    ----------
    view : QWidget
    host : Host
    docks : dict of str to PanelDock
        Every panel's by the panel's key.
    room : QWidget
        What the host stands in.
    """

    def __init__(
        self, view: QWidget, host: Host, docks: dict[str, PanelDock], room: QWidget
    ) -> None:
        self._view, self._host, self._docks, self._room = view, host, docks, room

    def share_out(
        self, workspace: Workspace, columns: Columns, stacks: dict[str, list[PanelDock]]
    ) -> None:
        """Give every column its first width, and every panel in it its first height."""
        # The sides keep their width; the centre takes what a wider window brings.
        room = max(self._view.width(), 1000) - 2 * MARGIN
        widths = self.first(workspace, room)
        seen = {
            area: [dock for dock in stack if not dock.isHidden()] for area, stack in stacks.items()
        }
        seen = {area: stack for area, stack in seen.items() if stack}
        sides = sum(widths[area] + MARGIN for area in seen if area != "centre")
        widths["centre"] = room - sides
        self._host.resizeDocks(
            [stack[0] for stack in seen.values()],
            [max(1, widths[area]) for area in seen],
            Qt.Orientation.Horizontal,
        )
        for area, stack in seen.items():
            # Qt keeps to sizes that add up to what there is; others it stretches as it likes.
            high = max(self._view.height(), 600) - scaled(160) - (len(stack) - 1) * MARGIN
            shares = [
                row.share
                for row, dock in zip(columns[area], stacks[area], strict=True)
                if dock in stack
            ]
            heights = [max(1, high * share // sum(shares)) for share in shares]
            form = stack[0].panel
            if isinstance(form, ExperimentForm) and len(stack) > 1:
                # The form whole, where that leaves room for what stands below.
                wanted = max(1, min(form.whole_height, high - scaled(BELOW_FORM)))
                heights = [wanted, *(max(1, high - wanted) for _ in stack[1:])]
            self._host.resizeDocks(stack, heights, Qt.Orientation.Vertical)

    def first(self, workspace: Workspace, room: int) -> dict[str, int]:
        """Return the widths of the columns at the sides, in a view with so much room."""
        wide = room > scaled(1250)
        widths = workspace.widths if wide else workspace.narrow
        return {area: scaled(width) for area, width in widths.items()}

    def edges(self, workspace: Workspace) -> dict[str, PanelDock]:
        """Return one panel of each column that is in its place and can be seen."""
        nowhere = Qt.DockWidgetArea.NoDockWidgetArea
        found = {}
        for area, rows in workspace.places(self._view.height() / factor()).items():
            docks = [self._docks[key] for row in rows for key in row.keys]
            # Also in the middle of going back to another arrangement, when none has its place.
            there = [
                dock
                for dock in docks
                if dock.in_sight
                and not dock.isFloating()
                and self._host.dockWidgetArea(dock) != nowhere
            ]
            if there:
                found[area] = there[0]
        return found

    def widths(self, workspace: Workspace) -> dict[str, int]:
        """Return how wide each column is that can be seen."""
        return {area: dock.width() for area, dock in self.edges(workspace).items()}

    def keep(self, edges: dict[str, PanelDock], widths: dict[str, int]) -> None:
        """Give the sides these widths and the centre what is left."""
        sides = [area for area in edges if area != "centre"]
        rest = self._room.width() - sum(widths[area] + MARGIN for area in sides)
        wanted = [max(1, rest if area == "centre" else widths[area]) for area in edges]
        self._host.resizeDocks(list(edges.values()), wanted, Qt.Orientation.Horizontal)

    def widen(self, workspace: Workspace, widths: dict[str, int], times: float) -> None:
        """Make the columns at the sides as much wider as text is, as far as the centre bears it."""
        edges = self.edges(workspace)
        if "centre" not in edges or edges.keys() != widths.keys():
            return
        wanted = {area: round(widths[area] * times) for area in edges if area != "centre"}
        most = int(0.6 * self._room.width())
        down = min(1.0, most / max(1, sum(wanted.values())))
        self.keep(edges, {area: round(width * down) for area, width in wanted.items()})
