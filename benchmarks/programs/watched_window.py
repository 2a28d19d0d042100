"""The window as ``main.py --play`` opens it, at full speed, watched from inside.

Nothing of the program is changed: its window and its thread are replaced by ones that also look
at the clock. What is counted:

- *epochs* as each one ends in the process that trains them;
- *pictures*: paintings of the whole window after which another epoch is to be seen;
- the *age* of a picture: from the end of its epoch to the end of the painting that shows it, when
  it has been handed to the X server. Plots may be painted in a second go; the *whole* age is that
  of the last painting before the next picture;
- *stalls*: how long the window's thread did not come to serve a timer that is due every
  millisecond. While epochs are counted for the speed, that timer is off;
- *pause*: from when the key's action is put into the queue of events, by another thread and at a
  random moment, to when the training thread stands, or has heard that the process does.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from threading import Timer
from time import perf_counter

import numpy as np
from PyQt6.QtCore import QMetaObject, QObject, Qt, QTimer

import visualizer.app
import visualizer.state.training_control
from benchmarks.programs import Figures, answer
from benchmarks.programs.epoch_ends import EpochEnds
from benchmarks.programs.headless import rate
from nnfs_core.experiment import presets
from nnfs_core.leaving import leave
from nnfs_core.model.places import Place
from visualizer.state.training_thread import TrainingThread
from visualizer.view.transport_bar import SPEEDS
from visualizer.window.main_window import MainWindow

LEFT_OUT = 1.0
"""Seconds at the beginning in which a stall does not count: the window is just appearing."""

PATIENCE = 60
"""Seconds in which data is loaded and training begins."""

FOLLOWED = (0, 5, 12, 37)
"""Samples that the panel of followed ones shows."""


class Watch(QObject):
    """Goes through the parts of the measurement and keeps what was seen.

    Parameters
    ----------
    warm, seconds : float
        How long nothing is measured; how long speed is, and after that stalls.
    pauses : int
        How often pause is pressed.
    front : str
        The panel that is brought to the front of its tabs.
    ends : EpochEnds
    """

    def __init__(
        self, warm: float, seconds: float, pauses: int, front: str, ends: EpochEnds
    ) -> None:
        super().__init__()
        self.warm, self.seconds, self.pauses, self.front = warm, seconds, pauses, front
        self.ends = ends
        self.painted: list[tuple[int, float]] = []
        self.whole: list[tuple[int, float]] = []
        self.paintings = 0
        self.beats: list[float] = []
        self.figures: Figures = {}
        self.problem = "the window was closed before anything was measured"
        self._shown = self._seen = -1
        self._pressed = 0.0
        self._stood: list[float] = []
        self._told: list[float] = []
        self._random = np.random.default_rng(0)
        self._heart = QTimer(self)
        self._heart.setTimerType(Qt.TimerType.PreciseTimer)
        self._heart.setInterval(1)
        self._heart.timeout.connect(lambda: self.beats.append(perf_counter()))
        self._begun = False

    def attach(self, window: MainWindow) -> None:
        """Watch a window, from when it trains."""
        self.window, self.viewer = window, window.viewer
        self.viewer.run_started.connect(self._on_run_started)
        QTimer.singleShot(1000 * PATIENCE, self._if_nothing_happens)
        self.viewer.shown.connect(self._on_shown)
        self.viewer.training_changed.connect(self._on_training_changed)

    # What happens, as it happens

    def on_standing(self, training: bool) -> None:
        """Note that training stands; called by the training thread."""
        if not training:
            self._stood.append(perf_counter())

    def on_painted(self) -> None:
        """Note that what was to be painted has been."""
        self.paintings += 1
        if self._shown != self._seen:
            self._seen = self._shown
            self.painted.append((self._seen, perf_counter()))
            self.whole.append(self.painted[-1])
        elif self.whole:
            self.whole[-1] = (self._seen, perf_counter())

    def _on_run_started(self) -> None:
        # The inspector has something to explain then.
        QTimer.singleShot(0, lambda: self.viewer.select_place(Place("unit", 0, 0)))

    def _on_shown(self, frame) -> None:
        self._shown = frame.epoch

    # One part after the other

    def _on_training_changed(self, training: bool) -> None:
        if training and not self._begun:
            self._begun = True
            self.window.view.arrangement.bring_forward(self.front)
            if self.front == "followed":
                for row in FOLLOWED:
                    self.viewer.toggle_followed("validation", row)
            self.problem = "the run ended before the measurement did"
            self._after(min(LEFT_OUT, self.warm), self._heart.start)
            self._after(self.warm, self._begin_speed)
        elif not training and self._pressed:
            if not self._stood:
                self.problem = "the thread that trains is not the one that is watched"
                self.window.close()
                return
            self._on_paused()

    def _if_nothing_happens(self) -> None:
        if not self._begun:
            self.problem = f"nothing was trained in the first {PATIENCE} s"
            self.window.close()

    def _after(self, seconds: float, then) -> None:
        def unless_ended() -> None:
            try:
                if self.viewer.training:
                    then()
                    return
            except Exception as error:
                self.problem = f"the measurement failed: {error!r}"
            self.window.close()

        timer = Qt.TimerType.PreciseTimer
        QTimer.singleShot(round(1000 * seconds), timer, unless_ended)

    def _begin_speed(self) -> None:
        self._heart.stop()
        self.early, self.beats = np.diff(self.beats), []
        self._started, self._paintings = perf_counter(), self.paintings
        self._clocks = time.thread_time(), time.process_time()
        self._after(self.seconds, self._begin_stalls)

    def _begin_stalls(self) -> None:
        stopped, start = perf_counter(), self._started
        ends, ages = self.ends.all(), self._ages(self.painted, start, stopped)
        if sum(end >= start for end in ends) < 2 or not ages:
            # From one end of an epoch to another one, and at least one of them seen, however
            # long that takes.
            self._after(0.2, self._begin_stalls)
            return
        took = stopped - start
        painting, process = time.thread_time() - self._clocks[0], time.process_time()
        pictures = [(epoch, at) for epoch, at in self.painted if start <= at < stopped]
        self.figures = {
            "rate": rate(ends, start, stopped),
            "pictures": len(pictures) / took,
            "paintings": (self.paintings - self._paintings) / took,
            "ages": ages,
            # Of the same pictures: one may be whole only after the measurement has ended.
            "whole ages": self._ages(self.whole, start, stopped),
            "window's thread": painting / took,
            "ms of the window's thread per picture": 1e3 * painting / max(1, len(pictures)),
            "all threads of the window's process": (process - self._clocks[1]) / took,
            "in sight": [key for key, dock in self.window.view.docks.items() if dock.in_sight],
            "size": [self.window.width(), self.window.height()],
        }
        # From here to the end, however few beats there are between.
        self.beats = [perf_counter()]
        self._heart.start()
        self._after(self.seconds, self._end_stalls)

    def _ages(self, seen: list[tuple[int, float]], start: float, stop: float) -> list[float]:
        """Return median, 99th percentile and greatest age of pictures, in ms; none if none.

        Parameters
        ----------
        seen : list of (int, float)
            Epoch and time of each picture: :attr:`painted`, or :attr:`whole`.
        start, stop : float
            Pictures that were painted from and before these times count.
        """
        ages = [
            1e3 * (at - float(self.ends.times[epoch]))
            for (epoch, at), (_, painted) in zip(seen, self.painted, strict=True)
            if start <= painted < stop and self.ends.times[epoch]
        ]
        return np.percentile(ages, [50, 99, 100]).tolist() if ages else []

    def _end_stalls(self) -> None:
        self._heart.stop()
        gaps = 1e3 * np.diff([*self.beats, perf_counter()])
        self.figures |= {
            "stalls": [*np.percentile(gaps, [50, 99]).tolist(), float(gaps.max())],
            "worst stall while warming up": 1e3 * float(self.early.max(initial=0)),
            "stalls over 50 ms": int((gaps > 50).sum()),
        }
        self._press()

    def _press(self) -> None:
        # At a random moment of an epoch, by a thread that waits for nobody: as a hand would.
        epoch = 1 / self.figures["rate"]
        wait = 0.2 + float(self._random.random()) * max(0.2, epoch)
        action = self.window.commands.named["toggle"]

        def press() -> None:
            self._pressed = perf_counter()
            QMetaObject.invokeMethod(action, "trigger", Qt.ConnectionType.QueuedConnection)

        self._hand = Timer(wait, press)
        self._hand.daemon = True
        self._hand.start()

    def _on_paused(self) -> None:
        self._told.append(1e3 * (perf_counter() - self._pressed))
        self._stood[-1] = 1e3 * (self._stood[-1] - self._pressed)
        self._pressed = 0.0
        if len(self._told) < self.pauses:
            self.window.commands.named["toggle"].trigger()
            self._press()
            return
        self.figures |= {"pauses": self._stood, "pauses until it is seen": self._told}
        self.problem = ""
        self.window.close()


def measure(
    preset: str,
    epochs: int,
    data_dir: str | None,
    warm: float,
    seconds: float,
    pauses: int,
    front: str,
) -> Figures:
    """Open the window, let it train, and close it.

    Parameters
    ----------
    preset : str
    epochs : int
        How long the run is meant to last: longer than the measurement.
    data_dir : str or None
    warm, seconds : float
        How long training goes on before speed is measured; how long that, and then stalls, are.
    pauses : int
        How often pause is pressed, at least once.
    front : str
        The panel that is brought to the front of its tabs.
    """
    folder = tempfile.TemporaryDirectory(prefix="nnfs-bench-")
    ends = EpochEnds(f"{folder.name}/ends", epochs)
    ends.note_in_processes()
    watch = Watch(warm, seconds, pauses, front, ends)

    class WatchedWindow(MainWindow):
        def __init__(self, *given) -> None:
            super().__init__(*given)
            watch.attach(self)

        def event(self, event) -> bool:
            kind = event.type()
            done = super().event(event)
            if kind == event.Type.UpdateRequest:
                watch.on_painted()
            return done

    class WatchedThread(TrainingThread):
        def __init__(self, *given) -> None:
            super().__init__(*given)
            # Called where it is emitted, in the thread that trains.
            self.training_changed.connect(watch.on_standing, Qt.ConnectionType.DirectConnection)

    visualizer.app.MainWindow = WatchedWindow
    visualizer.state.training_control.TrainingThread = WatchedThread
    # As fast as it goes, as if it had been chosen last time; otherwise as when it was first opened,
    # whatever a window before this one has remembered here.
    visualizer.app.application()
    kept = visualizer.app.settings()
    kept.clear()
    kept.setValue("workspace", "explain")  # where most panels are in sight
    kept.setValue("speed", SPEEDS.index(None))
    kept.sync()
    experiment = presets()[preset].but(epochs=epochs)
    data = None if data_dir is None else Path(data_dir)
    visualizer.app.open_window(experiment, preset, data, play=True)
    folder.cleanup()
    if watch.problem:
        raise SystemExit(watch.problem)
    return watch.figures


if __name__ == "__main__":
    answer(measure)
    leave(0)
