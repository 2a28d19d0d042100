"""Pieces of work in threads of their own, each under a number.

What is told under a number that nobody waits for any more is dropped. So who starts a piece of work
need not ask, whenever something comes, which of its threads it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from time import perf_counter
from typing import Any

from PyQt6.QtCore import QObject, QThread, pyqtSignal

from nnfs_core.errors import UserError
from nnfs_core.progress import Progress, Stopped
from visualizer.jobs.failures import failures, in_words

REPORT_EVERY = 0.05
"""Seconds between two reports of how far a piece of work is."""

Work = Callable[[Progress], Any]
"""Is given a function to call now and then, with what is done, how far, of how much; that raises
:class:`~nnfs_core.progress.Stopped` when the work is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has become of a piece of work.

    Attributes
    ----------
    result : object
        What it has returned.
    error : str
        One line: why there is no result; empty where there is one.
    stopped : bool
        Whether it was given up.
    """

    result: Any = None
    error: str = ""
    stopped: bool = False


class _Thread(QThread):
    """Does one piece of work."""

    told = pyqtSignal(int, object, object)

    def __init__(self, number: int, work: Work, what: str) -> None:
        super().__init__()
        self.number, self._work, self._what = number, work, what
        self.wanted = True
        self.outcome = Outcome(stopped=True)
        self._reported = 0.0

    def run(self) -> None:
        self.outcome = self._done()
        self._work = _nothing  # what it knows may be large
        self.told.emit(self.number, self.outcome, None)

    def _done(self) -> Outcome:
        try:
            return Outcome(self._work(self._progress))
        except Stopped:
            return Outcome(stopped=True)
        except UserError as error:
            return Outcome(error=str(error))
        except Exception as error:
            failed = f"{self._what}: {in_words(error)}"
            failures().report(error, self._what)
            return Outcome(error=failed)

    def _progress(self, what: str, done: int, total: int) -> None:
        if not self.wanted:
            raise Stopped
        # It is called a thousand times a second, and the window has something else to do.
        now = perf_counter()
        if now - self._reported > REPORT_EVERY:
            self._reported = now
            self.told.emit(self.number, None, (what, done, total))


def _nothing(progress: Progress) -> None:
    """Do nothing any more."""


@dataclass(slots=True)
class _Waiting:
    """Who waits for a piece of work."""

    done: Callable[[Any], object]
    failed: Callable[[str], object]
    progressed: Callable[[str, int, int], object] | None


class Runner(QObject):
    """Starts pieces of work, and hands on what they tell, in its own thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = count(1)
        self._threads: dict[int, _Thread] = {}
        self._waiting: dict[int, _Waiting] = {}
        self._closed = False

    def start(
        self,
        work: Work,
        done: Callable[[Any], object],
        failed: Callable[[str], object],
        *,
        what: str,
        progressed: Callable[[str, int, int], object] | None = None,
    ) -> int:
        """Start a piece of work; return its number, 0 where nothing is begun any more.

        Parameters
        ----------
        work : callable
        done : callable
            Called with the result, unless it is forgotten before.
        failed : callable
            Called with one line that says why there is none.
        what : str
            What it is, for an error that nobody has foreseen: ``"run.nnfs: not saved"``.
        progressed : callable, optional
            Called now and then with how far it is.
        """
        if self._closed:
            return 0
        number = next(self._numbers)
        thread = self._threads[number] = _Thread(number, work, what)
        self._waiting[number] = _Waiting(done, failed, progressed)
        thread.told.connect(self._on_told)
        thread.finished.connect(partial(self._threads.pop, number, None))
        thread.start()
        return number

    @property
    def running(self) -> frozenset[int]:
        """The numbers of all work that has not ended yet, what is forgotten among it."""
        return frozenset(number for number, one in self._threads.items() if not one.isFinished())

    def forget(self, number: int) -> None:
        """Have work given up at its next look, unheard."""
        self._waiting.pop(number, None)
        if number in self._threads:
            self._threads[number].wanted = False

    def wait(self, number: int) -> Outcome | None:
        """Wait until work has ended; what it has come to is returned, and not told any more."""
        self._waiting.pop(number, None)
        thread = self._threads.get(number)
        if thread is None:
            return None
        thread.wait()
        return thread.outcome

    def close(self) -> None:
        """Give all work up, and wait until it has ended. Nothing is begun after that."""
        self._closed = True
        for number in list(self._threads):
            self.forget(number)
        for thread in list(self._threads.values()):
            thread.wait()

    def _on_told(self, number: int, outcome: Outcome | None, progress: Any) -> None:
        waiting = self._waiting.get(number)
        if waiting is None:
            return
        if outcome is None:
            if waiting.progressed is not None:
                waiting.progressed(*progress)
            return
        del self._waiting[number]
        if outcome.stopped:
            return
        if outcome.error:
            waiting.failed(outcome.error)
        else:
            waiting.done(outcome.result)
