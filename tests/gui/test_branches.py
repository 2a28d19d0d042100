"""The branches of a run, as plain values."""

from __future__ import annotations

from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from visualizer.state import branches as module
from visualizer.state.branches import Branches


def named(*names: str) -> list[Recording]:
    recordings = [Recording() for _ in names]
    for recording, name in zip(recordings, names, strict=True):
        recording.name = name
    return recordings


def test_what_is_deleted_comes_back_where_it_stood():
    a, b, c = named("a", "b", "c")
    every = Branches((a, b, c))
    fewer = every.without(a).without(c)
    assert list(fewer) == [b] and list(every) == [a, b, c]
    assert list(fewer.again(a)) == [a, b]
    assert list(fewer.again()) == [b, c] and list(fewer.again().again()) == [a, b, c]
    assert every.again() is every and fewer.again(b) is fewer


def test_a_name_is_free_of_those_that_may_come_back_too():
    a, b = named("branch", "branch 2")
    one = Branches((a, b)).without(b)
    assert one.free_name("branch") == "branch 3" and one.free_name("other") == "other"


def test_others_say_by_its_new_name_that_they_came_from_it():
    a, b, c = named("a", "b", "c")
    b.origin, c.origin = ("a", 3), ("a", 5)
    Branches((a, b, c)).without(c).rename(a, "first")
    assert (a.name, b.origin, c.origin) == ("first", ("first", 3), ("first", 5))


def test_the_oldest_that_could_come_back_leaves_the_budget(monkeypatch):
    monkeypatch.setattr(module, "MOST_DELETED", 2)
    gone: list[object] = []
    monkeypatch.setattr(Budget, "leave", lambda budget, keyframes: gone.append(keyframes))
    recordings = named(*"abcd")
    every = Branches(tuple(recordings))
    for one in recordings[:3]:
        every = every.without(one)
    assert gone == [recordings[0].keyframes]
    assert [one.name for _, one in every.deleted] == ["b", "c"]
