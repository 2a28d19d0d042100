"""Work shared by a few threads: NumPy lets go of the interpreter lock inside its operations."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable
from functools import cache, partial
from queue import SimpleQueue
from threading import Thread

MOST = 4
"""More threads would wait for each other: one at a time can call NumPy, or read from memory."""

WORTH_A_THREAD = 30_000_000
"""Multiplications of a pass over samples from which two threads are quicker than one with all of
it. Not measured where it runs: batches are cut by it, and sums are to be the same everywhere."""


@cache
def processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def share(work: Callable[[int, int], None], jobs: int, threads: int) -> None:
    """Have jobs 0, 1, 2, … done, each by whichever thread is free.

    Parameters
    ----------
    work : callable
        ``work(thread, job)`` with ``thread`` from 0, which is this one; two threads never have
        the same number at the same time. What it raises is raised here, when all have come to rest.
    jobs : int
    threads : int
        At most so many take part. With one, the jobs are done here and in order.
    """
    if jobs == 1 or threads == 1:
        for job in range(jobs):
            work(0, job)
        return
    waiting = iter(range(jobs))  # next() of it is one step, whichever thread takes it

    def take(thread: int) -> None:
        for job in waiting:
            work(thread, job)

    helpers = _take_helpers(min(threads, jobs) - 1)
    for thread, helper in enumerate(helpers, start=1):
        # The context carries along which warnings of NumPy are wanted.
        helper.tasks.put(partial(contextvars.copy_context().run, take, thread))
    errors: list[BaseException | None] = []
    try:
        take(0)
    finally:
        errors += [helper.answers.get() for helper in helpers]
        _idle.extend(helpers)
    for error in errors:
        if error is not None:
            raise error


class Prefetch:
    """Something that another thread does meanwhile, where one is free; else this one, at the end.

    Parameters
    ----------
    task : callable
    """

    def __init__(self, task: Callable[[], object]) -> None:
        self._task = task
        self._helpers = _take_helpers(1) if processors() > 1 else []
        for helper in self._helpers:
            helper.tasks.put(task)

    def finish(self) -> None:
        """Wait until it is done; call it once. Raises what the task has raised."""
        if not self._helpers:
            self._task()
            return
        (helper,) = self._helpers
        error = helper.answers.get()
        _idle.append(helper)
        if error is not None:
            raise error


class _Helper(Thread):
    """A thread that waits for something to do.

    Two queues wake a thread in a third of the time that an executor takes, and a step of a small
    network does not take much longer than that.
    """

    def __init__(self) -> None:
        super().__init__(name="nnfs-helper", daemon=True)
        self.tasks: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self.answers: SimpleQueue[BaseException | None] = SimpleQueue()
        self.start()

    def run(self) -> None:
        """Do one thing after the other."""
        while True:
            task = self.tasks.get()
            try:
                task()
            except BaseException as error:
                self.answers.put(error)
            else:
                self.answers.put(None)
            del task  # and with it what it has worked on


_idle: list[_Helper] = []
_to_be_made = iter(range(MOST - 1))


def _take_helpers(wanted: int) -> list[_Helper]:
    """Take helpers that have nothing to do; none that another trainer is using.

    Several threads may be here at once: to pop, and to call next(), is one step each.
    """
    found: list[_Helper] = []
    while len(found) < wanted:
        try:
            found.append(_idle.pop())
        except IndexError:
            if next(_to_be_made, None) is None:
                break
            found.append(_Helper())
    return found
