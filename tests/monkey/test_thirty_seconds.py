"""Half a minute of the monkey, with fixed seeds; ``python3 dev.py monkey`` goes on for longer."""

from __future__ import annotations

import sys

import pytest

from tests.monkey.order import Order
from tests.monkey.watch import run
from tests.monkey.xserver import missing, x_server
from tests.monkey.zoo import make_zoo

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="signals and displays as Linux has them"
)

COUNT = 300
"""Actions that take about half a minute on two cores."""


@pytest.fixture
def order(tmp_path):
    """Actions of a fixed seed."""
    zoo = tmp_path / "zoo"
    zoo.mkdir()
    make_zoo(zoo)

    def make(seed, **how):
        return Order("", "", str(zoo), seed=seed, count=COUNT, **how)

    return make


def test_offscreen(order, tmp_path):
    outcome = run(order(20, process=False), tmp_path / "run")
    assert outcome.findings == []
    assert len(outcome.actions) == COUNT


@pytest.mark.skipif(missing(), reason="not installed: Xvfb")
def test_in_a_real_x_window(order, tmp_path):
    with x_server() as display:
        outcome = run(order(21, process=True), tmp_path / "run", display)
    assert outcome.findings == []
    assert len(outcome.actions) == COUNT
