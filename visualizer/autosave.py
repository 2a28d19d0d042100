"""The run of a program that was killed, offered back at the next start.

Every program that runs keeps a file of its own beside a lock that the system takes away
when the program dies. A file whose lock is free was left behind.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from time import time
from uuid import uuid4

from PyQt6.QtCore import QLockFile, QObject, QSysInfo, QTimer

from visualizer.viewer import Viewer

SECONDS = 20
"""From one autosave to the next, while something has changed."""


def folder() -> Path:
    """Return where the files are, in a folder of the user's own."""
    from platformdirs import user_data_dir

    return Path(user_data_dir("nnfs-visualizer", appauthor=False)) / "autosave"


@dataclass(frozen=True, slots=True)
class Orphan:
    """A run that was left behind.

    Attributes
    ----------
    path : Path
    modified : float
        When it was saved, in seconds since the epoch of the clock.
    """

    path: Path
    modified: float

    def discard(self) -> None:
        """Delete it."""
        self.path.unlink(missing_ok=True)


def _is_free(lock: QLockFile) -> bool:
    if lock.tryLock(0):
        lock.unlock()
        return True
    # The number of this very process in a lock that is not its own: of an earlier program
    # that had it, before the machine or the container was started anew.
    known, process, host, _ = lock.getLockInfo()
    return known and process == os.getpid() and host == QSysInfo.machineHostName()


def orphans(where: Path, own: Path | None = None) -> list[Orphan]:
    """Return what programs that are no more have left, the newest first.

    Parameters
    ----------
    own : Path, optional
        The file of this very program.
    """
    found = []
    for rest in where.glob(".*.tmp"):
        # Of a program killed while it saved; a younger one may still be being written.
        if time() - rest.stat().st_mtime > 3600:
            rest.unlink(missing_ok=True)
    for path in where.glob("*.nnfs"):
        lock = QLockFile(str(path.with_suffix(".lock")))
        if path != own and _is_free(lock):
            found.append(Orphan(path, path.stat().st_mtime))
    return sorted(found, key=lambda orphan: -orphan.modified)


class Autosave(QObject):
    """Saves the run now and then, and removes the file when the program ends well.

    Parameters
    ----------
    viewer : Viewer
    where : Path
        The folder.
    """

    def __init__(self, viewer: Viewer, where: Path) -> None:
        super().__init__(viewer)
        self._viewer = viewer
        # Not the process's number: in a container every program has the same.
        self._path = where / f"{uuid4().hex}.nnfs"
        self._lock = QLockFile(str(self._path.with_suffix(".lock")))
        self._lock.setStaleLockTime(0)
        self._saved: object = None
        self._taking: Orphan | None = None
        viewer.run_started.connect(self._on_run_started)
        viewer.failed.connect(self._on_viewer_failed)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.save)
        try:
            where.mkdir(parents=True, exist_ok=True)
            self.works = self._lock.tryLock(0)
        except OSError:
            # Without a place to write to there is no autosave; nothing else depends on it.
            self.works = False
        if self.works:
            viewer.saver.thin_failed.connect(self._on_failed)
            self._timer.start(1000 * SECONDS)

    def save(self) -> None:
        """Save, if there is something that the last file does not hold."""
        viewer = self._viewer
        now = (id(viewer.run), len(viewer.branches), viewer.recording.name, viewer.newest)
        if self.works and viewer.newest > 0 and now != self._saved and not viewer.saver.busy:
            self._saved = now
            viewer.save(self._path, thin=True)

    def take_over(self, orphan: Orphan) -> None:
        """Open a run that was left behind; its file becomes this program's when it is there."""
        self._taking = orphan
        self._viewer.open(orphan.path)

    def _on_run_started(self) -> None:
        orphan, self._taking = self._taking, None
        if orphan is not None and self.works and self._viewer.opened == orphan.path:
            orphan.path.replace(self._path)

    def _on_viewer_failed(self) -> None:
        self._taking = None

    def _on_failed(self, message: str) -> None:
        # Said once: a full disk is bad enough without a reminder every few seconds.
        self._timer.stop()
        self._viewer.failed.emit(f"autosave is off from now on: {message}")

    @property
    def path(self) -> Path:
        """Where this program saves to."""
        return self._path

    def finish(self) -> None:
        """End well: nothing has to be offered back, but the run can be opened again by hand."""
        self._timer.stop()
        if self.works:
            if self._path.exists():
                self._path.replace(self.last)
            self._lock.unlock()

    @property
    def last(self) -> Path:
        """The run that a program ended well with: the one to be reopened."""
        return self._path.with_name("last.run")
