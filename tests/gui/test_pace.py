"""How often live pictures come: what they cost decides, and whether a processor is free."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QTimer

from nnfs_core.data import load_dataset
from nnfs_core.experiment import presets
from nnfs_core.training.trainer import Trainer
from visualizer.state import pace as module
from visualizer.state.pace import LEAST_INTERVAL, SHARE, SHARE_FREE, SHARE_HERE, Pace


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    now = [100.0]
    monkeypatch.setattr(module, "thread_time", lambda: now[0])
    return now


def drawn(pace: Pace, clock, qtbot, *seconds: float) -> None:
    """Draw a picture that takes so long in each pass of the event loop."""
    pace.begin()
    assert pace.resting
    for took in (*seconds, 0.0):
        with qtbot.waitSignal(pace._passed.timeout):
            clock[0] += took
    assert not pace._passed.isActive()


def test_pictures_that_cost_little_come_at_their_rate(qapp, qtbot, clock):
    pace = Pace()
    drawn(pace, clock, qtbot, 0.004)
    assert pace.cost == pytest.approx(0.004)
    assert pace.interval == LEAST_INTERVAL


def test_what_costs_more_comes_less_often(qapp, qtbot, clock):
    pace = Pace()
    pace.suit(2, 2, apart=True)
    for _ in range(60):
        drawn(pace, clock, qtbot, 0.02)
    assert pace.interval == pytest.approx(0.02 / (2 * SHARE))
    # One picture that takes long, because something else was to be done, changes little.
    drawn(pace, clock, qtbot, 0.12)
    assert pace.cost == pytest.approx(0.04)
    for _ in range(60):
        drawn(pace, clock, qtbot, 0.001)
    assert pace.interval == pytest.approx(LEAST_INTERVAL)


def test_what_is_drawn_after_the_others_counts_too(qapp, qtbot, clock):
    pace = Pace()
    drawn(pace, clock, qtbot, 0.01, 0.002, 0.02)
    assert pace.cost == pytest.approx(0.032)
    clock[0] += 5.0  # what somebody does between two pictures is none of a picture's cost
    drawn(pace, clock, qtbot, 0.032)
    assert pace.cost == pytest.approx(0.032)


@pytest.mark.parametrize(
    ("threads", "processors", "apart", "share"),
    [
        (1, 2, True, SHARE_FREE),
        (2, 2, True, 2 * SHARE),
        (4, 4, True, 4 * SHARE),
        (2, 8, True, SHARE_FREE),
        (1, 1, True, SHARE),
        (1, 8, False, SHARE_HERE),
    ],
)
def test_the_share_depends_on_what_training_leaves(qapp, threads, processors, apart, share):
    pace = Pace()
    pace.suit(threads, processors, apart=apart)
    assert pace.share == share


def test_the_next_one_is_announced_after_the_interval(qapp, qtbot):
    pace = Pace()
    pace.least = 0.05
    with qtbot.waitSignal(pace.due):
        pace.begin()
        assert pace.resting
    assert not pace.resting
    pace.begin()
    pace.stop()
    announced = []
    pace.due.connect(lambda: announced.append(True))
    late = QTimer()
    late.setSingleShot(True)
    with qtbot.waitSignal(late.timeout):
        late.start(120)
    assert not announced


def test_a_trainer_knows_how_many_threads_it_uses():
    trainer = Trainer(presets()["digits"], load_dataset("digits"))
    assert trainer.threads == 1  # too little work to share
