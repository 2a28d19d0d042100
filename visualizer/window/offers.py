"""What the window offers in a line: a run that was left behind, a report, a run from before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QGuiApplication

from nnfs_core.errors import one_line
from nnfs_core.history.dead_watch import said
from nnfs_core.history.recording import Mark
from visualizer.state.autosave import Autosave
from visualizer.state.kept_runs import KeptRun
from visualizer.state.viewer import Viewer
from visualizer.view.frame_view import FrameView
from visualizer.window.crash_trace import Crash, CrashTrace
from visualizer.window.report import report

UNFINISHED, COPY = "A run was left unfinished", "Copy a report"

LONGEST_NAME = 60
"""Characters of a run's name that are shown in a line with other things."""


class Offers(QObject):
    """Speaks in the message bar of what can be had back.

    Parameters
    ----------
    viewer : Viewer
    view : FrameView
    """

    def __init__(self, viewer: Viewer, view: FrameView) -> None:
        super().__init__(view)
        self._viewer, self._view = viewer, view
        self._autosave: Autosave | None = None
        self._crash_trace: CrashTrace | None = None
        self._said_dead: str | None = None
        viewer.died.connect(self.died)
        viewer.replaced.connect(self.replaced)

    def withdraw_dead(self) -> None:
        """Say no more that a layer is dead: the strip says it."""
        if self._said_dead is not None and not self._view.strip.isHidden():
            self._view.messages.withdraw(self._said_dead)

    def save_last(self) -> None:
        """Save what has not been, as the window closes."""
        if self._autosave is not None:
            self._autosave.save_last()

    def use_autosave(self, autosave: Autosave) -> None:
        """Save on closing what has not been, and offer to open it again."""
        self._autosave = autosave
        autosave.noted.connect(self._view.messages.show_note)

    def open_last(self) -> None:
        """Open the run that was closed last, here or in another window."""
        if self._autosave is None:
            self._view.messages.show_note("no run has been kept")
            return
        self._autosave.open_last()

    def replaced(self, name: str) -> None:
        """Offer the run back that another one has taken the place of."""
        name = one_line(name, LONGEST_NAME)
        self._view.messages.show_offer(
            f"The run before, {name}, is kept until the next one  (Ctrl+Z).",
            {"Bring it back": self._viewer.bring_back},
            passing=True,
        )

    def died(self, mark: Mark | None) -> None:
        """Say that a layer is dead, where no strip does, until another branch is shown."""
        messages, before = self._view.messages, self._said_dead
        self._said_dead = None if mark is None else said(mark)
        if before is not None and before != self._said_dead:
            messages.withdraw(before)
        if not self._view.strip.isHidden():
            return  # it says so
        if mark is not None and self._said_dead is not None and before != self._said_dead:
            text = f"Go to epoch {mark.epoch:,}"
            messages.show_offer(self._said_dead, {text: lambda: self._viewer.seek(mark.epoch)})

    def left_behind(
        self, runs: list[KeptRun], autosave: Autosave, *, crashed: bool = False
    ) -> None:
        """Offer the runs of programs that did not end well: one, and when it is discarded the next.

        Parameters
        ----------
        runs : list of KeptRun
            The newest first.
        crashed : bool
            Whether the last program crashed, and a report of that is offered too.
        """
        if not runs:
            return
        kept, *others = runs
        when = datetime.fromtimestamp(kept.modified).strftime("%d %B, %H:%M")

        def discard() -> None:
            autosave.discard(kept)
            self.left_behind([one for one in others if one.file is not None], autosave)

        def copy_first() -> None:
            # What is to become of the run is asked again when the note has gone.
            self.left_behind(runs, autosave)
            self.copy_report()

        said = "The program crashed and left a run unfinished" if crashed else UNFINISHED
        answers: dict[str, Callable[[], object]] = {
            "Open it": lambda: autosave.open(kept),
            "Discard": discard,
        }
        if crashed:
            answers[COPY] = copy_first
        self._view.messages.show_offer(f"{said} ({when}).", answers)

    def crash(self, crash: Crash) -> None:
        """Say that the program crashed, and offer what is known of it."""
        when = datetime.fromtimestamp(crash.when).strftime("%d %B, %H:%M")
        self._view.messages.show_offer(
            f"The program crashed ({when}). A report of it can be copied; nothing is sent.",
            {COPY: self.copy_report},
        )

    def use_crash_trace(self, crash_trace: CrashTrace) -> None:
        """Put the trace of the last crash into reports."""
        self._crash_trace = crash_trace

    def copy_report(self) -> None:
        """Put a report on this program, its last errors and its last crash on the clipboard."""
        crash = self._crash_trace.last() if self._crash_trace is not None else None
        text = report(QGuiApplication.platformName(), crash)
        QGuiApplication.clipboard().setText(text)
        lines = text.count("\n")
        self._view.messages.show_note(
            f"A report of {lines} lines is on the clipboard; nothing is sent."
        )
