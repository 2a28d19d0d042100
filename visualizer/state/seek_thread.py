"""The thread that goes back in time: replays what is asked for, the newest request first."""

from __future__ import annotations

from functools import partial
from threading import Condition
from time import perf_counter

from PyQt6.QtCore import QThread, pyqtSignal

from nnfs_core.history.recording import Recording
from nnfs_core.history.replay import Replayer
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import NotFiniteError
from visualizer.jobs.failures import failures, in_words

REPORT_EVERY = 0.05
"""Seconds between two reports of a long replay."""

UNNOTICED = 0.02
"""Seconds of replaying for which a picture need not come in two parts."""

Request = tuple[Recording, int]


class SeekThread(QThread):
    """Finds states of a run's recordings. A new request makes an unfinished one moot.

    Parameters
    ----------
    run : Arranged

    Attributes
    ----------
    number : int
        By which whoever holds it knows it from others.
    """

    found = pyqtSignal(object, object)
    """The recording, and the :class:`~nnfs_core.training.trainer.EpochFrame` that was wanted. Where
    it takes long to find out what its last epoch changed, it comes again when that is known."""

    progressed = pyqtSignal(int, int)
    """Epochs replayed, and of how many, while that takes long."""

    failed = pyqtSignal(int, str)
    """The epoch that was asked for, and one line: why it cannot be shown."""

    def __init__(self, run: Arranged) -> None:
        super().__init__()
        self._replayer = Replayer(run)
        self._layout = run.network.layout
        self.number = 0
        self._changed = Condition()
        self._wanted: Request | None = None
        self._closing = False
        self._reported = 0.0

    def request(self, recording: Recording, epoch: int) -> None:
        """Ask for an epoch; what was asked for before and is not done yet is forgotten."""
        with self._changed:
            if self._wanted is not None:
                self._replayer.cancel()
            self._wanted = (recording, epoch)
            self._changed.notify_all()

    def forget(self) -> None:
        """Ask for nothing any more."""
        with self._changed:
            self._wanted = None

    def close(self) -> None:
        """End the thread and wait until it has ended."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._replayer.cancel()
        self.wait()

    def run(self) -> None:
        """Find what is asked for, until closed."""
        while (request := self._next()) is not None:
            _, epoch = request
            self._reported = perf_counter()
            try:
                self._find(request)
            except NotFiniteError as error:
                # The states of a file need not lead where it says they led.
                self._finish(request)
                self.failed.emit(epoch, f"epoch {epoch:,} cannot be shown again: {error}")
            except Exception as error:
                # The picture that is there stays, and other epochs may still be asked for.
                self._finish(request)
                what = f"epoch {epoch:,} cannot be shown"
                self.failed.emit(epoch, f"{what}: {in_words(error)}")
                failures().report(error, what)

    def _find(self, request: Request) -> None:
        recording, epoch = request
        replayer, moot, layout = self._replayer, partial(self._moot, request), self._layout
        first = epoch == 0 or self._late_to_know_the_change(recording, epoch)
        if first:
            state = replayer.state(recording, epoch, moot)
            if state is None or not self._is_wanted(request):
                return
            self.found.emit(recording, state.frame(layout))
            if epoch == 0:
                self._finish(request)
                return
            # The picture stands; nobody waits for the rest of it.
            moot = partial(self._moot, request, quiet=True)
        # The epoch before first: the one that is asked for is then a single step away.
        before = replayer.state(recording, epoch - 1, moot)
        state = before and replayer.state(recording, epoch, moot)
        if state is not None and before is not None and self._finish(request):
            self.found.emit(recording, state.frame(layout, before))

    def _late_to_know_the_change(self, recording: Recording, epoch: int) -> bool:
        """Say whether the epoch is at hand while the one before it takes a replay one notices."""
        keyframes = recording.keyframes
        if keyframes.nearest(epoch).epoch != epoch:
            return False
        replayed = epoch - keyframes.nearest(epoch - 1).epoch
        return replayed * recording[epoch].seconds > UNNOTICED

    def _next(self) -> Request | None:
        with self._changed:
            while self._wanted is None and not self._closing:
                self._changed.wait()
            return None if self._closing else self._wanted

    def _is_wanted(self, request: Request) -> bool:
        with self._changed:
            return self._wanted is request

    def _finish(self, request: Request) -> bool:
        """Take a request off; False when it is not wanted any more."""
        with self._changed:
            if self._wanted is not request:
                return False
            self._wanted = None
            return True

    def _moot(self, request: Request, done: int, total: int, *, quiet: bool = False) -> bool:
        now = perf_counter()
        if not quiet and now - self._reported > REPORT_EVERY:
            self._reported = now
            self.progressed.emit(done, total)
        return self._closing or self._wanted is not request
