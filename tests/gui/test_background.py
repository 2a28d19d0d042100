"""Work beside the window: the newest of each kind, handed over in the window's thread."""

from __future__ import annotations

import threading

import pytest
from PyQt6.QtCore import QThread

from visualizer.jobs.background import AtOnce, Background


@pytest.fixture
def background(qapp):
    one = Background()
    yield one
    one.close()


def test_a_job_is_done_elsewhere_and_handed_over_here(background, qtbot):
    done = []
    background.submit(
        "sum",
        lambda: (sum(range(10)), QThread.currentThread()),
        lambda result: done.append((*result, QThread.currentThread())),
    )
    qtbot.waitUntil(lambda: len(done) == 1)
    total, worked, handed = done[0]
    assert total == 45
    assert worked is background and handed is not background


def test_only_the_newest_of_a_kind_is_done(background, qtbot):
    begun, go_on, done = threading.Event(), threading.Event(), []

    def first():
        begun.set()
        assert go_on.wait(10)
        return "first"

    background.submit("a", first, done.append)
    assert begun.wait(10)
    assert background.is_busy("a") and not background.is_busy("b")
    for number in range(5):
        background.submit("a", lambda number=number: number, done.append)
    background.submit("b", lambda: "other", done.append)
    assert background.is_busy("b")
    go_on.set()
    qtbot.waitUntil(lambda: len(done) == 3)
    assert done == ["first", 4, "other"]
    qtbot.waitUntil(lambda: not background.is_busy("a") and not background.is_busy("b"))


def test_what_goes_wrong_in_a_job_is_raised_where_it_is_seen(background, qtbot):
    def job():
        raise ArithmeticError("a number too many")

    with qtbot.captureExceptions() as raised:
        background.submit("a", job, lambda result: None)
        qtbot.waitUntil(lambda: len(raised) == 1)
    assert raised[0][0] is ArithmeticError
    # One failure is no reason to stop.
    done = []
    background.submit("a", lambda: 1, done.append)
    qtbot.waitUntil(lambda: done == [1])


def test_nothing_is_handed_over_after_the_end(background):
    begun, go_on, done = threading.Event(), threading.Event(), []

    def job():
        begun.set()
        assert go_on.wait(10)

    background.submit("a", job, done.append)
    background.submit("b", lambda: 1, done.append)
    assert begun.wait(10)
    threading.Timer(0.05, go_on.set).start()
    background.close()
    assert background.isFinished() and done == []
    background.submit("a", lambda: 1, done.append)
    assert done == [] and not background.isRunning()


def test_a_picture_in_one_go_waits_for_its_jobs():
    done, work = [], AtOnce()
    work.submit("a", lambda: 7, done.append)
    assert done == [7] and not work.is_busy("a")
    work.close()
