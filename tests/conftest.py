"""What holds for every test."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from nnfs_core.leaving import leave

STATUS = pytest.StashKey[int]()

SLOW = ("benchmarks", "fuzz", "monkey")
KINDS = {
    "core": pytest.mark.core,
    "gui": pytest.mark.gui,
    **dict.fromkeys(SLOW, pytest.mark.slow),
}
"""What a test is marked with, by the folder of ``tests/`` it stands in."""

# On a busy machine anything can take long: how fast something is, is measured elsewhere.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Programs that tests start are to hear of these, also when whoever started the tests does not:
# what nohup starts, or a shell in the background, inherits that they are ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let it be chosen where the windows of the tests have their runs trained."""
    parser.addoption("--engine", choices=("thread", "process"), default="thread")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test with its kind: ``-m core`` runs those of the library alone."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in KINDS:
            item.add_marker(KINDS[folder])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep how it went for the very end."""
    session.config.stash[STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End as the program does where there were windows."""
    if STATUS in config.stash and "PyQt6.QtCore" in sys.modules:
        leave(config.stash[STATUS])
