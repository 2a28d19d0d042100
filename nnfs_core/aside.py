"""Work that nothing can stop, done aside: who waits for it can be stopped all the same."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import TypeVar

from nnfs_core.progress import Look, Stopped

EVERY = 0.02
"""Seconds between two looks while the work is waited for."""

MANY = 2**20
"""Items from which sorting or shuffling them takes so long that one may want to give it up."""

Result = TypeVar("Result")


def aside(job: Callable[[Look], Result], look: Look) -> Result:
    """Do a job in a thread of its own and wait for it, looking now and then whether to go on.

    For calls into libraries that take long and cannot be divided: decoding some pictures, waiting
    for a server. A job that is given up is not killed: it ends by itself, a little later, and
    what it comes to is forgotten. A program that ends meanwhile does not wait for it. So a job
    must leave nothing behind that has to be tidied up, and must not touch what others use.

    Parameters
    ----------
    job : callable
        Is given a look of its own, which raises :class:`Stopped` once the job is given up.
    look : callable
        Called all the while; what it raises gives the job up.

    Raises
    ------
    BaseException
        What the job raises, or what ``look`` does.
    """
    given_up, done = Event(), Event()
    results: list[Result] = []
    errors: list[BaseException] = []

    def look_inside() -> None:
        if given_up.is_set():
            raise Stopped

    def run() -> None:
        try:
            results.append(job(look_inside))
        except BaseException as error:
            if not given_up.is_set():
                errors.append(error)
        finally:
            done.set()

    Thread(target=run, name="aside", daemon=True).start()
    try:
        while not done.wait(EVERY):
            look()
    except BaseException:
        given_up.set()
        raise
    if errors:
        raise errors.pop()
    return results.pop()
