"""Taking turns: who is asked when, and what is made of it."""

from __future__ import annotations

import math

import pytest

from benchmarks import turns
from benchmarks.peers import Peer, Task
from benchmarks.turns import MS_PER_EPOCH, Timing, compare, same_loss, take_turns
from nnfs_core.experiment import Experiment
from tests.core.plain import make_dataset


@pytest.fixture
def task():
    return Task.of(Experiment(layers=(5,), learning_rate=0.3), make_dataset())


def test_every_round_asks_each_once_after_a_warm_up(task):
    asked = []

    class Loud(Peer):
        def __init__(self, name):
            super().__init__(task)
            self.name = name

        def begin(self):
            asked.append(f"{self.name} begins")

        def epoch(self):
            asked.append(self.name)

        def layers(self):
            return task.layers

    first, second = take_turns([Loud("a"), Loud("b")], rounds=2, epochs=3, rest=0)
    warm_up = ["a begins", "a", "b begins", "b"]
    turn = ["a begins", *4 * "a", "b begins", *4 * "b"]
    assert asked == [*warm_up, *turn, *turn]
    assert first.epochs == second.epochs == asked.count("a") == asked.count("b")
    assert len(first.seconds) == len(first.busy) == 2
    assert first.last_loss == second.last_loss == pytest.approx(task.loss(task.layers))


def test_ratios_are_of_the_same_round():
    assert Timing([6.0, 2.0]).against(Timing([3.0, 4.0])) == [2.0, 0.5]


def test_a_library_that_is_not_there_is_left_out_in_words(task):
    class Absent(Peer):
        name, requires = "Absent", "no_such_module_anywhere"

    rows = compare(task, [Absent], MS_PER_EPOCH, 1, 1, {Absent: "≥ 2 ×"}, rest=0)
    assert rows[0].what == "6-5-4: ours" and rows[0].figure.endswith("ms")
    assert rows[1].figure == "left out: no_such_module_anywhere is not installed"
    assert rows[1].target == "≥ 2 ×" and rows[1].ratio == ""


def test_more_than_one_is_ours_being_faster(task, monkeypatch):
    class Other(turns.Ours):
        name = "other"

    timings = [Timing([1e-3, 2e-3], [1.0, 1.0]), Timing([4e-3, 4e-3], [2.0, 2.0])]
    for timing in timings:
        timing.first_loss = timing.last_loss = 1.0
    monkeypatch.setattr(turns, "take_turns", lambda *_, **__: timings)
    ours, other, *_ = compare(task, [Other], MS_PER_EPOCH, 2, 1, {})
    assert ours.numbers == {"ms": [1.0, 2.0]}
    assert other.numbers == {"ms": [4.0, 4.0], "ratio": [4.0, 2.0]}
    assert other.ratio == "ours is 3 (2 … 4) × as fast"


@pytest.mark.parametrize(
    ("first", "last", "told", "verdict"),
    [
        (2.0, 1.00001, ("0.0e+00 of it;", "1.0e-05 of it (other)"), "the same"),
        (2.0, 0.9, ("0.0e+00 of it;", "1.0e-01 of it (other)"), "the same after epoch 1; rounding"),
        (2.1, 1.0, ("5.0e-02 of it (other);", "0.0e+00 of it"), "not the same"),
        (math.nan, 1.0, ("inf of it (other);", "0.0e+00 of it"), "not the same"),
        (2.0, math.nan, ("0.0e+00 of it;", "inf of it (other)"), "the same after epoch 1; roun"),
    ],
)
def test_another_loss_is_named_and_judged_by_the_first_epoch(first, last, told, verdict):
    timings = [
        Timing(first_loss=2.0, last_loss=1.0, epochs=9),
        Timing(first_loss=first, last_loss=last, epochs=9),
    ]
    row = same_loss("task", ["ours", "other"], timings)
    assert "after epoch 9" in row.what
    early, late = told
    assert row.figure == f"2.000000, others within {early} 1.000000, others within {late}"
    assert row.ratio.startswith(verdict) and (verdict != "the same" or row.ratio == verdict)
    assert row.numbers["last loss"] == pytest.approx([1.0, last], nan_ok=True)


def test_units():
    assert turns.US_PER_STEP.of(0.5, 100) == pytest.approx(5000)
    assert turns.EPOCHS_PER_SECOND.of(0.5, 100) == pytest.approx(2)
