"""Time added up: of what happens now and then, and of what panels have worked out elsewhere."""

from __future__ import annotations

from time import perf_counter

from visualizer.jobs.background import AtOnce


class Stopwatch:
    """Adds up the seconds that pass inside its ``with`` blocks."""

    def __init__(self) -> None:
        self._sum = self._begun = 0.0

    def __enter__(self) -> None:
        self._begun = perf_counter()

    def __exit__(self, *_) -> None:
        self._sum += perf_counter() - self._begun

    def take(self) -> float:
        """Return the sum and begin anew."""
        total, self._sum = self._sum, 0.0
        return total


class TimedAtOnce(AtOnce):
    """Does what panels want worked out beside the window right away, and times it."""

    def __init__(self) -> None:
        self.watch = Stopwatch()

    def submit(self, kind, job, done) -> None:
        """Do a job under the watch; what is done with its result belongs to the window."""
        with self.watch:
            result = job()
        done(result)
