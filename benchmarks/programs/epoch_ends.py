"""When each epoch ended, in a file that the window and whoever trains for it have in memory.

The window may have another process do the training. That one is not changed either: Python
itself lets it begin with hooks/sitecustomize.py, which notes the time when an epoch has ended.
"""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter

import numpy as np

HOOKS = Path(__file__).resolve().parent / "hooks"


class EpochEnds:
    """The clock at the end of each epoch: of all processes the same one, on Linux.

    Parameters
    ----------
    file : str
        Made anew if ``epochs`` are given, and opened otherwise.
    epochs : int, optional
        The last one that can be noted.
    """

    def __init__(self, file: str, epochs: int | None = None) -> None:
        if epochs is not None:
            np.zeros(epochs + 1).tofile(file)
        self._file = file
        self.times = np.asarray(np.memmap(file, np.float64, mode="r+"))

    def note(self, trainer: type) -> None:
        """Note the ends of epochs of all trainers of a class."""
        step, times = trainer.step_epoch, self.times

        def step_epoch(*own):
            metrics = step(*own)
            times[metrics.epoch] = perf_counter()
            return metrics

        trainer.step_epoch = step_epoch

    def note_in_processes(self) -> None:
        """Have processes that are started from now on note theirs."""
        os.environ["EPOCH_ENDS"] = self._file
        known = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(HOOKS), known)))

    def all(self) -> list[float]:
        """Return all that have ended so far, in order."""
        return self.times[self.times > 0].tolist()
