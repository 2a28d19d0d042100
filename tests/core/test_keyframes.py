"""Keyframes stay under their budget for ever, and the ones that must stay do."""

from __future__ import annotations

import sys
import threading
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from nnfs_core.experiment import Experiment
from nnfs_core.history.keyframes import (
    LARGEST_FIRST_STRIDE,
    OVERHEAD,
    Budget,
    Keyframes,
    state_bytes,
)
from nnfs_core.history.recording import Mark, Recording
from nnfs_core.recipe import Recipe
from nnfs_core.training.metrics import EpochMetrics
from nnfs_core.training.trainer import Trainer, TrainState

from .plain import make_dataset

PARAMETERS = 100
SIZE = 2 * 4 * PARAMETERS + OVERHEAD


def state(epoch: int, learning_rate: float = 0.1) -> TrainState:
    """Make a state with arrays of its own, as a trainer would."""
    drawing = {
        "bit_generator": "PCG64",
        "state": {"state": 2**127 + epoch, "inc": 2**126 + 1},
        "has_uint32": 0,
        "uinteger": 0,
    }
    metrics = EpochMetrics(epoch, 1.0, 0.5, 1.0, 0.5, 1e-3, 0.1)
    numbers = np.full((2, PARAMETERS), epoch, np.float32)
    recipe = replace(Recipe.of(Experiment()), learning_rate=learning_rate)
    return TrainState(epoch, epoch, numbers, drawing, metrics, recipe)


def filled(budget: Budget, epochs: int) -> Keyframes:
    keyframes = Keyframes(budget)
    for epoch in range(epochs):
        if epoch % budget.stride == 0:
            keyframes.add(state(epoch))
    return keyframes


def epochs_of(keyframes: Keyframes) -> list[int]:
    return [each.epoch for each in keyframes]


def test_thinning_doubles_the_distance():
    budget = Budget(8 * SIZE)
    keyframes = filled(budget, 9)
    assert (epochs_of(keyframes), budget.stride) == ([0, 2, 4, 6, 8], 2)
    keyframes = filled(Budget(8 * SIZE), 100)
    stride = keyframes.budget.stride
    assert stride == 16
    assert epochs_of(keyframes) == list(range(0, 100, stride))
    assert keyframes.budget.used == len(keyframes) * SIZE


def test_nearest():
    keyframes = Keyframes(Budget())
    with pytest.raises(LookupError, match="no keyframe at or before epoch 7"):
        keyframes.nearest(7)
    for epoch in (3, 9, 6):  # pins come in any order
        keyframes.add(state(epoch))
    assert [keyframes.nearest(epoch).epoch for epoch in (3, 5, 6, 8, 9, 99)] == [3, 3, 6, 6, 9, 9]
    with pytest.raises(LookupError):
        keyframes.nearest(2)


def test_what_is_kept_stays_until_the_last_reason_is_gone():
    budget = Budget(4 * SIZE)
    keyframes = Keyframes(budget)
    keyframes.add(state(0))
    keyframes.add(state(3), keep=True)
    keyframes.add(state(3, 0.2), keep=True)
    keyframes.release(3)
    assert keyframes.kept == {3}
    for epoch in range(4, 64):
        if epoch % budget.stride == 0:
            keyframes.add(state(epoch))
    assert keyframes.nearest(3).learning_rate == 0.2
    assert keyframes.nearest(4).epoch in (3, 4)
    keyframes.release(3)
    keyframes.release(3)  # once too often is no matter
    keyframes.release(17)
    keyframes.thin(1024)
    assert (epochs_of(keyframes), keyframes.kept) == ([0], frozenset())
    keyframes.add(state(3), keep=True)
    assert keyframes.kept == {3}


def test_more_kept_than_the_budget_holds_is_kept_all_the_same():
    budget = Budget(4 * SIZE)
    keyframes = Keyframes(budget)
    for epoch in range(10):
        keyframes.add(state(epoch), keep=epoch % 2 == 1)
    assert epochs_of(keyframes) == [0, 1, 3, 5, 7, 9]
    assert budget.used == 6 * SIZE


def test_branches_share_what_they_have_in_common():
    budget = Budget(100 * SIZE)
    first = filled(budget, 10)
    second = first.until(4)
    assert (epochs_of(second), budget.used) == ([0, 1, 2, 3, 4], 10 * SIZE)
    second.add(state(4, 0.2), keep=True)  # the fork's own, with another learning rate
    assert budget.used == 11 * SIZE
    assert (first.nearest(4).learning_rate, second.nearest(4).learning_rate) == (0.1, 0.2)
    budget.leave(first)
    assert budget.used == 5 * SIZE
    budget.leave(second)
    assert budget.used == 0


def test_all_branches_are_thinned_together():
    budget = Budget(12 * SIZE)
    first = filled(budget, 10)
    second = first.until(9)
    for epoch in range(10, 40):
        if epoch % budget.stride == 0:
            second.add(state(epoch))
    assert budget.stride == 4
    assert epochs_of(first) == [0, 4, 8]
    assert epochs_of(second) == list(range(0, 40, 4))
    assert budget.used == 10 * SIZE


def test_held_and_hold():
    budget = Budget(5 * SIZE)
    keyframes = filled(budget, 4)
    keyframes.add(state(3), keep=True)
    other = Keyframes(Budget(5 * SIZE))
    other.hold(keyframes.held())
    assert epochs_of(other) == [0, 1, 2, 3]
    assert (other.kept, other.budget.used) == ({3}, 4 * SIZE)
    # A second branch with the same states takes nothing more, so nothing is thinned.
    Keyframes(other.budget).hold(keyframes.held())
    assert (other.budget.used, other.budget.stride) == (4 * SIZE, 1)
    small = Keyframes(Budget(2 * SIZE))
    small.hold(keyframes.held())
    assert epochs_of(small) == [0, 3]


def test_the_first_distance_depends_on_the_work():
    data = make_dataset()
    trainer = Trainer(Experiment(layers=(2,), epochs=100_000), data)
    assert Budget.for_run(trainer).stride == LARGEST_FIRST_STRIDE
    large = Trainer(Experiment(layers=(5000, 10)), make_dataset(samples=300))
    budget = Budget.for_run(large, 12345)
    assert (budget.stride, budget.limit) == (1, 12345)


@pytest.mark.parametrize(
    ("epochs", "stride"), [(1, 1), (300, 1), (511, 1), (512, 2), (1000, 3), (4096, 16), (5000, 16)]
)
def test_a_short_run_has_enough_keyframes_to_see_what_happens(epochs, stride):
    trainer = Trainer(Experiment(layers=(2,), epochs=epochs), make_dataset())
    assert Budget.for_run(trainer).stride == stride
    large = Trainer(Experiment(layers=(5000, 10), epochs=epochs), make_dataset(samples=300))
    assert Budget.for_run(large).stride == 1


def test_only_epochs_whose_turn_it_is_are_kept():
    trainer = Trainer(Experiment(layers=(2,)), make_dataset())
    keyframes = Keyframes(Budget(stride=3))
    for _ in range(8):
        keyframes.offer(trainer)
        trainer.step_epoch()
    assert epochs_of(keyframes) == [0, 3, 6]
    assert keyframes.budget.used == sum(map(state_bytes, keyframes))


def test_memory_stays_under_the_budget_for_ever():
    limit = 4 * 2**20
    keyframes = Keyframes(Budget(limit))

    def run(epochs: range) -> None:
        for epoch in epochs:
            if epoch % keyframes.budget.stride == 0:
                keyframes.add(state(epoch))

    tracemalloc.start()
    try:
        run(range(5000))
        tracemalloc.reset_peak()
        run(range(5000, 1_000_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.1 * limit
    assert keyframes.budget.used <= limit
    # And they are as close together as the budget allows, but for the last halving.
    assert len(keyframes) > limit // SIZE // 3


def test_memory_of_a_real_run_stays_under_the_budget():
    trainer = Trainer(Experiment(layers=(3,), optimizer="adam"), make_dataset(samples=8))
    limit = 2**20
    recording = Recording(Budget(limit))
    tracemalloc.start()
    try:
        recording.append(trainer.metrics)
        recording.keyframes.offer(trainer)
        for _ in range(6000):
            recording.append(trainer.step_epoch())
            recording.keyframes.offer(trainer)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    table = recording.columns.nbytes
    assert recording.keyframes.budget.stride > 1
    assert peak < limit + 4 * table + 2**18


@pytest.fixture
def busy_threads():
    """Let threads take turns so often that they meet in the middle of everything."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_looking_up_while_another_thread_adds_and_thins(busy_threads):
    budget = Budget(50 * SIZE)
    recording = Recording(budget)
    keyframes = recording.keyframes
    keyframes.add(state(0))
    rounds, done, wrong = 300, threading.Event(), []

    def look() -> None:
        generator = np.random.default_rng(0)
        try:
            for at in range(rounds):
                epoch = int(generator.integers(0, 5000))
                found = keyframes.nearest(epoch)
                if found.epoch > epoch or found.numbers[0, 0] != found.epoch:
                    wrong.append((epoch, found.epoch))
                branch = keyframes.until(epoch)
                if epochs_of(branch)[-1] > epoch:
                    wrong.append(("branch", epoch))
                budget.leave(branch)
                recording.mark(Mark(at, "saved", ""))
                if (epochs := epochs_of(keyframes)) != sorted(set(epochs)):
                    wrong.append(("order", epochs))
        finally:
            done.set()

    thread = threading.Thread(target=look)
    thread.start()
    changes = epoch = 0
    while not done.is_set():
        epoch += 1
        if epoch % budget.stride == 0:
            keyframes.add(state(epoch))
        if epoch % 5000 == 0 and changes < 20:
            keyframes.add(state(epoch), keep=True)
            recording.mark(Mark(epoch, "change", ""))
            changes += 1
    thread.join()
    assert not wrong
    kinds = [mark.kind for mark in recording.marks]
    assert (kinds.count("saved"), kinds.count("change")) == (rounds, changes)
    assert len(keyframes.kept) == changes
    assert budget.used == len(keyframes) * SIZE <= budget.limit
