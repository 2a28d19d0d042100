"""The last errors are kept as text, few and short, and nothing of the program is kept with them."""

from __future__ import annotations

import gc
import threading
from weakref import ref

import pytest

from visualizer.jobs.recent_errors import KEPT, LONGEST, forget_errors, recent_errors, remember


@pytest.fixture(autouse=True)
def _nothing_kept():
    forget_errors()
    yield
    forget_errors()


def failed(message: str = "no such thing", held: object = None) -> Exception:
    """Return an exception that was raised, in a frame that holds something."""
    try:
        raise IndexError(message)
    except IndexError as error:
        return error


def test_an_exception_is_kept_with_its_traceback():
    remember(failed())
    (kept,) = recent_errors()
    assert kept.message == "IndexError: no such thing"
    assert "in failed" in kept.text and kept.text.endswith(kept.message)
    assert kept.times == 1 and kept.first == kept.last > 0


def test_the_cause_is_kept_too():
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("outer") from error
    except ValueError as error:
        remember(error)
    (kept,) = recent_errors()
    assert "KeyError: 'inner'" in kept.text and kept.message == "ValueError: outer"


def test_nothing_that_failed_is_kept_alive():
    class Painter:
        pass

    painter = Painter()
    gone = ref(painter)
    remember(failed(held=painter))
    del painter
    gc.collect()
    assert gone() is None
    assert recent_errors()


def test_the_same_error_again_is_counted():
    for _ in range(1000):
        remember(failed())
    remember("the disk is full")
    first, second = recent_errors()
    assert (first.times, second.times) == (1000, 1)
    assert first.last >= first.first


def test_the_oldest_of_many_is_dropped():
    for number in range(3 * KEPT):
        remember(f"error {number}")
    assert [kept.text for kept in recent_errors()] == [
        f"error {number}" for number in range(2 * KEPT, 3 * KEPT)
    ]


def test_a_long_error_is_shortened_in_the_middle():
    remember(failed("start" + "x" * 10 * LONGEST + "end"))
    (kept,) = recent_errors()
    assert len(kept.text) < LONGEST + 10 and len(kept.message) < LONGEST + 10
    assert "in failed" in kept.text and kept.text.endswith("end")


def test_telling_a_person_of_it_adds_nothing():
    remember(failed())
    remember("something in the program failed: IndexError: no such thing")
    assert len(recent_errors()) == 1
    remember("something else")
    assert len(recent_errors()) == 2


def test_an_exception_that_cannot_be_written_is_kept():
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("cannot say")

    remember(Mute())
    assert "Mute" in recent_errors()[0].text


def test_threads_may_fail_at_once():
    threads = [
        threading.Thread(target=lambda: [remember(failed()) for _ in range(200)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(kept.times for kept in recent_errors()) == 1600
