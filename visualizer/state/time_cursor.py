"""Going through time: which epoch is looked for, and playing what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count

from PyQt6.QtCore import QObject, pyqtSignal

from nnfs_core.history.recording import Recording
from nnfs_core.training.arranged import Arranged
from visualizer.state.player import Player
from visualizer.state.seek_thread import SeekThread

NOTICED = 0.1
"""Seconds from which waiting for a past epoch is shown (Card, Robertson, Mackinlay 1991)."""


class TimeCursor(QObject):
    """Asks for epochs of the past, one at a time, and for the next one while it plays.

    What a thread found before it was let go of, and comes later, is dropped.

    Attributes
    ----------
    seeker : SeekThread or None
    target : int
        The epoch that is looked for, or shown.
    """

    found = pyqtSignal(object, object)
    """A recording, and a frame of it."""

    seeking = pyqtSignal(int, float, bool)
    """The epoch that is looked for, the share that is done, and whether it takes so long that
    one notices; −1 when it is found or forgotten."""

    failed = pyqtSignal(int, str)
    """The epoch that cannot be shown, and why."""

    next_wanted = pyqtSignal(int)
    """So many epochs on, please: it plays."""

    playing_changed = pyqtSignal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.seeker: SeekThread | None = None
        self.target = 0
        self._numbers = count(1)
        self._slow = self._sought = False
        self._player = Player(self)
        self._player.advance.connect(self.next_wanted)
        self._player.changed.connect(self.playing_changed)

    def made_for(self, run: Arranged) -> SeekThread:
        """Make a thread that is not started yet."""
        seeker = SeekThread(run)
        seeker.number = next(self._numbers)
        for signal, heard in (
            (seeker.found, self.found.emit),
            (seeker.progressed, self._on_progressed),
            (seeker.failed, self.failed.emit),
        ):
            signal.connect(partial(self._hear, seeker.number, heard))
        return seeker

    def start(self) -> None:
        """Start the thread that is held, unless it runs."""
        if self.seeker is not None and not self.seeker.isRunning():
            self.seeker.start()

    def end(self) -> None:
        """End playing, and the thread."""
        self._player.stop()
        seeker, self.seeker = self.seeker, None
        if seeker is not None:
            seeker.close()

    def seek(self, recording: Recording, epoch: int) -> None:
        """Look for an epoch of the past."""
        assert self.seeker is not None, "a thread comes first"
        self.target = epoch
        replayed = epoch - recording.keyframes.nearest(epoch).epoch
        self._slow, self._sought = replayed * recording[epoch].seconds > NOTICED, True
        self.seeking.emit(epoch, 0.0, self._slow)
        self.seeker.request(recording, epoch)

    def complete(self, recording: Recording, epoch: int) -> None:
        """Find out what led to an epoch that is there already; nobody waits for it."""
        self._sought = False
        if self.seeker is not None:
            self.seeker.request(recording, epoch)

    def forget(self) -> None:
        """Look for nothing any more."""
        if self.seeker is not None:
            self.seeker.forget()
            self.say_found()

    def say_found(self) -> None:
        """Say that nothing is looked for any more."""
        self._sought = False
        self.seeking.emit(-1, 1.0, False)

    @property
    def playing(self) -> bool:
        """Whether the recorded run is being played."""
        return self._player.playing

    def play(self, rate: float | None, epochs: int) -> None:
        """Play at so many epochs a second; None: a run of so many ``epochs`` in ten seconds."""
        self._player.play(rate, epochs)

    def stop_playing(self) -> None:
        """Play no more."""
        self._player.stop()

    def _hear(self, number: int, heard: Callable[..., object], *told: object) -> None:
        """Pass on what the thread says that is held, and drop what one says that is gone."""
        if self.seeker is not None and self.seeker.number == number:
            heard(*told)

    def _on_progressed(self, done: int, total: int) -> None:
        if self._sought:
            self.seeking.emit(self.target, done / total, self._slow)
