"""What the process of the program is to do, handed to it as one argument."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """What the child is to do.

    Attributes
    ----------
    log, trace, zoo : str
        Files to write actions and native crashes to; the folder with files to open.
    seed, count : int
        What the actions are drawn from, and how many.
    replay : str or None
        A log to take the actions from instead.
    process : bool
        Train in a process of its own, as the program does.
    collector : bool
        Leave cycles to Python's own collector instead of the program's.
    plant : str or None
        A function that breaks something first, as ``module:function``, to try the monkey.
    """

    log: str
    trace: str
    zoo: str
    seed: int = 0
    count: int = 0
    replay: str | None = None
    process: bool = True
    collector: bool = False
    plant: str | None = None

    def words(self) -> str:
        """Write it as one argument."""
        return json.dumps(asdict(self))
