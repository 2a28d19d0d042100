"""Schedules: how the learning rate goes on while training does. A table; an entry adds one.

Each is a share of the learning rate that depends on the number of the epoch and the experiment's
settings alone, so that any epoch comes back as it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Schedule:
    """One of them.

    Attributes
    ----------
    name : str
    formula : str
    settings : tuple of str
        Which fields of an experiment it looks at: the form shows those.
    share : callable
        ``share(experiment, epoch)`` of the learning rate in an epoch, from 1 on; above 0.
    """

    name: str
    formula: str
    settings: tuple[str, ...]
    share: Callable[[Any, int], float]


def _rise(experiment: Any, epoch: int) -> float:
    return float(min(1.0, epoch / experiment.warmup))


def _step(experiment: Any, epoch: int) -> float:
    drops = (epoch - 1) // int(experiment.drop_every)
    return _rise(experiment, epoch) * float(experiment.drop_to) ** drops


def _cosine(experiment: Any, epoch: int) -> float:
    # After its end it stays at the last epoch's rate, which is small and not 0.
    total = experiment.schedule_epochs or experiment.epochs
    gone = min(epoch - 1, total - 1) / total
    return _rise(experiment, epoch) * (1 + math.cos(math.pi * gone)) / 2


SCHEDULES = {
    schedule.name: schedule
    for schedule in (
        Schedule("constant", "η", (), lambda experiment, epoch: 1.0),
        Schedule("warm-up", "η · min(1, n / warm-up)", ("warmup",), _rise),
        Schedule(
            "step-decay",
            "η · drop^⌊(n − 1) / every⌋, after a warm-up",
            ("warmup", "drop_every", "drop_to"),
            _step,
        ),
        # Loshchilov, Hutter 2017 (SGDR), without its restarts.
        Schedule(
            "cosine",
            "η · (1 + cos(π (n − 1) / N)) / 2, after a warm-up",
            ("warmup", "schedule_epochs"),
            _cosine,
        ),
    )
}
"""Every schedule by name."""
