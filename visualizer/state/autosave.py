"""Saving the run without being asked: soon after its first epochs, then now and then.

What a program that was killed has saved is offered at the next start; after a good end it can
still be opened by hand. See :mod:`visualizer.state.kept_runs` for where the files are.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from nnfs_core.disk.own_folders import own_folder
from nnfs_core.disk.whole import unwritable
from nnfs_core.errors import UserError
from visualizer.state.kept_runs import KeptRun, clear, kept_runs
from visualizer.state.viewer import Viewer
from visualizer.state.writing import Snapshot

FIRST, EVERY = 1.0, 20.0
"""Seconds from the first epochs to the first save, and from one save to the next in the end:
until then it is each time twice as long, so that little is lost of what is young."""

SHARE = 0.02
"""Of the time, that saving may take: large runs on slow disks are saved less often."""

RETRY, RETRY_MOST = 5.0, 300.0
"""Seconds after which is tried again what has failed: each time twice as long, at most so long."""


def folder() -> Path | None:
    """Return where the files are, in a folder of the user's own; None where a user has none."""
    own = own_folder("data")
    return None if own is None else own / "autosave"


class Autosave(QObject):
    """Saves what is new in a run, and knows what the programs before have left.

    Parameters
    ----------
    viewer : Viewer
    where : Path or None
        The folder; it is made with the first save. None: nothing can be saved.
    """

    noted = pyqtSignal(str)
    """One line: what came of a wish."""

    def __init__(self, viewer: Viewer, where: Path | None) -> None:
        super().__init__(viewer)
        self._viewer, self._where = viewer, where
        self._place: KeptRun | None = None
        # The run before the present one is not let go of until there is something of this one.
        self._before: KeptRun | None = None
        self._opening: KeptRun | None = None
        self._saved: object = None
        self._saving: object = None
        self._wait, self._retry = FIRST, RETRY
        self._failing = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.save)
        viewer.run_started.connect(self._on_run_started)
        viewer.training_changed.connect(self._on_changed)
        viewer.branches_changed.connect(self._on_changed)
        viewer.loader.failed.connect(self._on_opening_failed)
        viewer.saver.saved.connect(self._on_saved)
        viewer.saver.thin_failed.connect(self._on_failed)

    # Saving

    @property
    def path(self) -> Path | None:
        """The file of the present run, once something of it has been saved."""
        return self._place.unfinished if self._place is not None else None

    def save(self) -> None:
        """Save, if there is something that the last file does not hold."""
        viewer = self._viewer
        self._timer.stop()
        others = viewer.saver.busy
        if self._is_new and not others:
            try:
                path = self._claimed()
            except UserError as error:
                self._on_failed(str(error))
                return
            self._saving = self._now
            viewer.save(path, thin=True)
        if others or not viewer.saver.busy:  # nothing will follow that tries again
            self._wait_on()

    def _claimed(self) -> Path:
        """Return where to save to, made again if somebody has removed it."""
        if self._where is None:
            raise UserError("there is no home folder to save runs in")
        try:
            if self._place is None or not self._place.make():
                self._place = KeptRun.new(self._where)
        except OSError as error:
            raise unwritable(Path(error.filename or self._where), error) from error
        return self._place.unfinished

    def save_last(self) -> None:
        """Have saved what is new, after what is being saved: the program is about to end."""
        if self._is_new and self._viewer.saver.busy:
            with suppress(UserError):  # said before, or nobody is there to be told
                self._viewer.save(self._claimed(), thin=True)
        else:
            self.save()
        self._timer.stop()

    @property
    def _now(self) -> object:
        """What would be saved; compared with what was."""
        viewer = self._viewer
        branches = [
            (one.name, len(one), one.marks, one.bookmarks, one.visible) for one in viewer.branches
        ]
        return viewer.run, viewer.recording.name, branches

    @property
    def _is_new(self) -> bool:
        learned = any(len(branch) > 1 for branch in self._viewer.branches)
        return learned and self._now != self._saved

    def _wait_on(self) -> None:
        """Save again after a while, if there will be something to save."""
        if not self._timer.isActive() and (self._viewer.training or self._is_new):
            self._timer.start(round(1000 * (self._retry if self._failing else self._wait)))

    def _on_changed(self) -> None:
        self._wait_on()

    def _on_saved(self, snapshot: Snapshot) -> None:
        if snapshot.path != self.path:
            return
        self._saved = self._saving
        self._wait = max(min(2 * self._wait, EVERY), self._viewer.saver.seconds / SHARE)
        if self._failing:
            self._failing, self._retry = False, RETRY
            self._viewer.noted.emit("autosave works again")
        self._end_before()  # one is written after the other, so of that one nothing is under way
        self._wait_on()

    def _on_failed(self, message: str) -> None:
        # Said once: a full disk is bad enough without a reminder every few seconds.
        if self._failing:
            self._retry = min(2 * self._retry, RETRY_MOST)
        else:
            self._failing, self._retry = True, RETRY
            self._viewer.failed.emit(f"autosave does not work, and is tried again: {message}")
        self._wait_on()

    # What was left

    def left_behind(self) -> list[KeptRun]:
        """Return the runs of programs that did not end well, the newest first; clear up."""
        return [] if self._where is None else clear(self._where)

    def open(self, kept: KeptRun) -> None:
        """Open a run that was left behind; it goes on in the same file."""
        if not self._take(kept):
            self.noted.emit("that run is open in another window, or was discarded there")

    def discard(self, kept: KeptRun) -> None:
        """Remove what was left unfinished of a run, unless another window has it by now."""
        if self._claim(kept):
            kept.discard()
        else:
            self.noted.emit("that run is open in another window: it was not discarded")

    def open_last(self) -> None:
        """Open the newest run that is kept and not open anywhere."""
        kept = [one for one in kept_runs(self._where) if one.file] if self._where else []
        own = {one.folder for one in (self._place, self._opening) if one is not None}
        others = [one for one in kept if one.folder not in own]
        if any(self._take(one) for one in others):
            return
        elsewhere = "is open in another window" if others else "is open already"
        self.noted.emit(f"the run of last time {elsewhere}" if kept else "no run has been kept")

    def _take(self, kept: KeptRun) -> bool:
        if not self._claim(kept):
            return False
        if kept.file is None:
            kept.let_go()
            return False
        self._give_back()
        self._opening = kept
        self._viewer.open(kept.file)
        return True

    def _claim(self, kept: KeptRun) -> bool:
        before = self._before
        if before is not None and before.folder == kept.folder and not self._viewer.saver.busy:
            self._end_before()  # so that it can be taken as any other
        try:
            return kept.claim()
        except OSError:
            return False

    def _end_before(self) -> None:
        if self._before is not None:
            self._before.end()
            self._before = None

    def _give_back(self) -> None:
        if self._opening is not None:
            self._opening.let_go()
            self._opening = None

    def _on_opening_failed(self) -> None:
        self._give_back()

    def _on_run_started(self) -> None:
        opened, taken = self._viewer.opened, None
        if self._opening is not None and opened is not None and opened == self._opening.file:
            taken, self._opening = self._opening, None
        self._give_back()
        if self._place is not None:
            self._end_before()
            self._before = self._place
        self._place = taken
        if taken is not None and not self._viewer.saver.busy:
            self._end_before()
        # What was read from a file is there already.
        self._saved = self._now if opened is not None else None
        self._wait = FIRST
        self._timer.stop()
        self._wait_on()

    # The end

    def finish(self, *, wished: bool) -> None:
        """End, when everything that was to be saved has been.

        Parameters
        ----------
        wished : bool
            Whether a person has closed the program. If not, the run is offered at the next start.
        """
        self._timer.stop()
        self._give_back()
        for kept in (self._before, self._place):
            if kept is not None and wished:
                kept.end()
            elif kept is not None:
                kept.let_go()
        self._before = self._place = None
        if self._where is not None:
            clear(self._where)
