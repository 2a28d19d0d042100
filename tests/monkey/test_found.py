"""What the monkey has found, in the few actions that were enough, is mended for good.

A log is made by ``python3 dev.py monkey --shorten FILE``; its name says what was wrong.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.monkey.order import Order
from tests.monkey.watch import run
from tests.monkey.zoo import make_zoo

FOUND = sorted(Path(__file__).with_name("found").glob("*.jsonl"))

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="signals and displays as Linux has them"
)


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zoo")
    make_zoo(folder)
    return folder


@pytest.mark.parametrize("log", FOUND, ids=lambda log: log.stem)
def test_it_is_not_found_again(log, zoo, tmp_path):
    outcome = run(Order("", "", str(zoo), replay=str(log)), tmp_path / "run")
    assert outcome.findings == []
    assert outcome.actions
