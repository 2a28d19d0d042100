"""Work that panels have done beside the window: the newest job of each kind, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition
from typing import Any

from PyQt6.QtCore import QThread, pyqtSignal

from nnfs_core.progress import Stopped

Job = Callable[[], Any]
Done = Callable[[Any], object]
Failed = Callable[[], object]


def nothing() -> None:
    """Do nothing when a job has failed: nobody waits for it."""


class AtOnce:
    """Does every job right where it is asked for: for pictures that are drawn in one go."""

    def submit(self, kind: object, job: Job, done: Done, failed: Failed = nothing) -> None:
        """Do a job and hand its result over."""
        try:
            result = job()
        except Exception:
            failed()
            raise
        done(result)

    def is_busy(self, kind: object) -> bool:
        """Say whether a job is being done: never, once :meth:`submit` has returned."""
        return False

    def look(self) -> None:
        """Go on: a job that is done at once is not given up."""

    def close(self) -> None:
        """End; there is nothing to end."""


class Background(QThread):
    """Does jobs in a thread of its own and hands their results back to the window's.

    A job must not touch widgets, and one that takes long calls :meth:`look`. A newer job of the
    same kind takes the place of one that has not begun; the result of one that has is still
    handed over.
    """

    _finished = pyqtSignal(object, object)
    _failed = pyqtSignal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._changed = Condition()
        self._waiting: dict[object, tuple[Job, Done, Failed]] = {}
        self._working_on: object = None
        self._closing = False
        self._finished.connect(self._on_finished)
        self._failed.connect(self._on_failed)

    def submit(self, kind: object, job: Job, done: Done, failed: Failed = nothing) -> None:
        """Have a job done.

        Parameters
        ----------
        kind : hashable
            What the job is for; only its newest one matters.
        job : callable
            Called without arguments, in the thread.
        done : callable
            Called with the job's result, in the window's thread.
        failed : callable, optional
            Called there when the job has raised an error, before that is reported: who waits
            for the job must not wait for ever.
        """
        if self._closing:
            return
        with self._changed:
            self._waiting[kind] = (job, done, failed)
            self._changed.notify_all()
        if not self.isRunning():
            self.start(QThread.Priority.LowPriority)

    def is_busy(self, kind: object) -> bool:
        """Say whether a job of a kind waits or is being done."""
        with self._changed:
            return kind in self._waiting or self._working_on == kind

    def look(self) -> None:
        """Say whether the job that calls it is to go on; long ones do so now and then.

        Raises
        ------
        Stopped
            When it is not.
        """
        if self._closing:
            raise Stopped

    def close(self) -> None:
        """End the thread; the job under way gives up, and nothing is handed over any more."""
        with self._changed:
            self._closing = True
            self._waiting.clear()
            self._changed.notify_all()
        self.wait()

    def run(self) -> None:
        """Do what is asked for, until closed."""
        while True:
            with self._changed:
                self._working_on = None
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if self._closing:
                    return
                kind = next(iter(self._waiting))
                self._working_on = kind
                job, done, failed = self._waiting.pop(kind)
            try:
                result = job()
            except Stopped:
                continue
            except Exception as error:
                self._failed.emit(failed, error)
            else:
                self._finished.emit(done, result)

    def _on_finished(self, done: Done, result: object) -> None:
        if not self._closing:
            done(result)

    def _on_failed(self, failed: Failed, error: Exception) -> None:
        # In the window's thread, where the program's own hook shows it.
        if not self._closing:
            failed()
            raise error
