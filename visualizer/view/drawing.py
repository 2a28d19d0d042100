"""Which panel draws an epoch when: what can be seen, and while a run trains one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import ceil
from time import perf_counter

from PyQt6.QtCore import QObject, Qt, QTimer
from PyQt6.QtWidgets import QWidget

from nnfs_core.training.trainer import EpochFrame
from visualizer.panels.base import Choices
from visualizer.panels.experiment.panel import ExperimentForm
from visualizer.state.context import RunInfo, ViewContext
from visualizer.view.covers import Covers
from visualizer.view.panel_dock import PanelDock
from visualizer.view.strip import Strip
from visualizer.view.timeline import Timeline
from visualizer.view.transport_bar import TransportBar


class Drawing(QObject):
    """Draws epochs in the parts of a view.

    Parameters
    ----------
    view : QWidget
    bars : tuple of (TransportBar, Timeline, Strip)
        Draw every epoch, before the panels do.
    form : ExperimentForm
        Takes a run before anything is drawn of it.
    docks : dict of str to PanelDock
    """

    def __init__(
        self,
        view: QWidget,
        bars: tuple[TransportBar, Timeline, Strip],
        form: ExperimentForm,
        docks: dict[str, PanelDock],
    ) -> None:
        super().__init__(view)
        self._bars, self._form, self._docks = bars, form, docks
        self.covers = Covers()
        self.last: tuple[EpochFrame, ViewContext] | None = None
        """The epoch that is shown, and what is looked at."""
        self.drawn: dict[str, tuple[EpochFrame, ViewContext]] = {}
        """What each panel shows, by its key."""
        self._run: RunInfo | None = None
        self._training = False
        # From when on a panel may show something new while a run trains.
        self._due: dict[str, float] = {}
        # A timer of its own fires when what was posted before is dealt with, painting too.
        self.turns = QTimer(self)
        self.turns.setSingleShot(True)
        self.turns.setTimerType(Qt.TimerType.PreciseTimer)
        self.turns.timeout.connect(self._take_turn)
        self.arrivals = QTimer(self)
        self.arrivals.setSingleShot(True)
        self.arrivals.timeout.connect(self.draw_arrivals)

    def show_run(self, run: RunInfo) -> None:
        """Take a new run; panels that cannot draw it say so by standing aside."""
        # What has failed is tried again with the next frame, and covered until then.
        self._run = run if self._try(self._form, lambda: self._form.show_run(run)) else None
        for dock in self._docks.values():
            dock.panel.take_title(run)
            dock.name()

    def show(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw an epoch in everything that can be seen, or have its turn come."""
        before, self.last = self.last, (frame, context)
        if context.run is not self._run:
            self.show_run(context.run)
        for bar in self._bars:
            if self._try(bar, partial(bar.show_frame, frame, context)):
                self.covers.uncover(bar)
        # What stands still says things that are no longer so when it begins to move.
        begins = before is None or before[0].epoch == 0
        moving = self._training and context.live and not begins
        if before is None or before[1].choice != context.choice:
            self._due.clear()  # somebody waits for it
        stage = context.stage
        for dock in self._docks.values():
            panel = dock.panel
            panel.latest = self.last
            if not panel.cannot_show(context.run):
                self._try(panel, partial(panel.notice, context))
            panel.set_dimmed(stage is not None and not panel.takes_part(stage))
            if not (moving and panel.interval):
                self._due[panel.key] = perf_counter() + panel.interval
                self.draw(dock)
        if moving:
            self._await_turn()

    def draw(self, dock: PanelDock) -> None:
        """Draw the last epoch in one panel, if it can be seen."""
        if self.last is not None and dock.in_sight:
            frame, context = self.drawn[dock.panel.key] = self.last
            panel = dock.panel
            if panel is self._form and self._run is not context.run:
                return
            if why := panel.cannot_show(context.run):
                self.covers.cover(panel, why, calm=True)
            elif self._try(panel, partial(panel.show_frame, frame, context)):
                self.covers.uncover(panel)

    def _late(self) -> list[PanelDock]:
        """Return which panels do not show the last epoch yet, the one that may first, first."""
        late = [
            dock
            for key, dock in self._docks.items()
            if dock.in_sight and self.drawn.get(key) is not self.last
        ]
        return sorted(late, key=lambda dock: self._due.get(dock.panel.key, 0.0))

    def _await_turn(self) -> None:
        """Have the next of the panels that are drawn less often drawn when it is due."""
        for dock in self._late()[:1]:
            wait = self._due.get(dock.panel.key, 0.0) - perf_counter()
            self.turns.start(max(0, ceil(1000 * wait)))

    def _take_turn(self) -> None:
        # One at a time: all of them at once would be too long for a key or the mouse to wait.
        for dock in self._late()[:1]:
            self._due[dock.panel.key] = perf_counter() + dock.panel.interval
            self.draw(dock)
        self._await_turn()

    def choose(self, choices: Mapping[str, Choices]) -> None:
        """Show what was chosen to be seen in the panels of another view, where it can be seen."""
        for key, dock in self._docks.items():
            last = self.last
            if dock.in_sight and last is not None and not dock.panel.cannot_show(last[1].run):
                self._try(dock.panel, partial(dock.panel.choose, choices.get(key, {})))

    def draw_arrivals(self) -> None:
        """Draw the shown epoch in what has come into sight: Qt does not tell of all that does."""
        for dock in self._docks.values():
            has_turns = self.turns.isActive() and dock.panel.interval
            if dock.in_sight and not self._shows_this(dock) and not has_turns:
                self.draw(dock)

    def show_progress(self, context: ViewContext) -> None:
        """Take note that the run has gone on while another epoch is looked at."""
        if self.last is None:
            return
        self.last = (self.last[0], context)
        _, timeline, _ = self._bars
        self._try(timeline, partial(timeline.show_progress, context))
        for dock in self._docks.values():
            if dock.panel.cannot_show(context.run):
                continue
            if dock.in_sight and self._shows_this(dock):
                self._try(dock.panel, partial(dock.panel.show_progress, context))
            else:
                # It shows another epoch, or another run: progress of this one is not for it.
                self.draw(dock)

    def _shows_this(self, dock: PanelDock) -> bool:
        """Say whether a panel shows the last epoch, of the same run and branch."""
        if self.last is None or dock.panel.key not in self.drawn:
            return False
        (frame, context), (drawn, then) = self.last, self.drawn[dock.panel.key]
        return drawn is frame and then.run is context.run and then.recording is context.recording

    def catch_up(self, dock: PanelDock) -> None:
        """Draw the shown epoch in a panel that shows another one."""
        if self.drawn.get(dock.panel.key) is not self.last:
            self.draw(dock)

    def show_training(self, training: bool) -> None:
        """Say whether epochs are being trained: panels that are drawn less often catch up."""
        self._training = training
        if not training and self.last is not None:
            self.turns.stop()
            for dock in self._late():
                self.draw(dock)

    def _try(self, part: QWidget, show: Callable[[], object]) -> bool:
        epoch = None if self.last is None else self.last[0].epoch
        return self.covers.tried(part, epoch, show)
