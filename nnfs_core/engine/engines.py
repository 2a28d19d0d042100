"""Where an engine can run, by the name a person chooses it by."""

from __future__ import annotations

from nnfs_core.engine.carrier import Carrier, InProcess
from nnfs_core.engine.pipe import Pipe

ENGINES: dict[str, type[Carrier]] = {"process": Pipe, "thread": InProcess}
"""In a process of its own, so that drawing does not slow training down; or in the window's own
process, in the thread that steers it."""

USUAL = "process"


def carrier_to(engine: str) -> Carrier:
    """Return what reaches an engine of this name; one that has a process starts it when needed."""
    return ENGINES[engine]()
