"""Cycles are collected in the window's thread alone."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from visualizer.jobs.garbage import GarbageCollector


class Knot:
    """Something that only the cycle collector can free."""

    def __init__(self, freed: list[int]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: freed.append(threading.get_ident()))


@pytest.fixture
def collector(qapp):
    was = gc.isenabled()
    one = GarbageCollector(qapp)
    one.start()
    yield one
    one.stop()
    one.deleteLater()
    if not was:
        gc.disable()


def make_garbage(freed: list[int], knots: int) -> None:
    keep = []
    for _ in range(knots):
        Knot(freed)
        keep.append([[]])  # allocations are what makes Python collect


def test_what_another_thread_leaves_is_freed_in_this_one(collector, qtbot):
    freed: list[int] = []
    thread = threading.Thread(target=make_garbage, args=(freed, 5000))
    thread.start()
    thread.join()
    assert freed == [], "the other thread must not collect"
    qtbot.waitUntil(lambda: len(freed) == 5000)
    assert set(freed) == {threading.get_ident()}


def test_it_is_given_back(qapp):
    was = gc.isenabled()
    one = GarbageCollector(qapp)
    one.start()
    assert not gc.isenabled()
    one.stop()
    assert gc.isenabled()
    one.deleteLater()
    if not was:
        gc.disable()


def test_nothing_is_collected_while_there_is_little(collector):
    gc.collect()
    before = [stage["collections"] for stage in gc.get_stats()]
    for _ in range(10):
        collector.check()
    assert [stage["collections"] for stage in gc.get_stats()] == before
