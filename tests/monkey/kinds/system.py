"""What the system does to a program: kills a part of it, or asks it to end."""

from __future__ import annotations

import os
import signal

import numpy as np
import psutil

from tests.monkey.kind import Arguments, kind
from tests.monkey.world import World


def _where_it_trains(world: World, rng: np.random.Generator) -> Arguments | None:
    return {} if psutil.Process().children() else None


@kind("kill training", 0.3, _where_it_trains)
def kill_training(world: World) -> None:
    """Kill the process that trains; the window has to go on without it."""
    for child in psutil.Process().children():
        child.kill()


@kind("ask to end", 0.1)
def ask_to_end(world: World) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@kind("ask to end, over a dialog", 0.15, where="dialog")
def ask_to_end_over_a_dialog(world: World) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
