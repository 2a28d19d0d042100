"""What a run takes in memory after so many epochs, in a process that does nothing else."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from benchmarks.programs import Figures, answer, memory_now, peak_memory
from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.training.trainer import Trainer


def measure(epochs: list[int], budget: int) -> Figures:
    """Train a tiny network under a budget and look at the process's memory after some epochs.

    Parameters
    ----------
    epochs : list of int
        When to look, in order.
    budget : int
        Bytes of keyframes.
    """
    x = np.random.default_rng(0).random((16, 4), np.float32)
    y = np.arange(16) % 2
    data = Dataset("tiny", x, y, x[:0], y[:0], ("0", "1"), None)
    trainer = Trainer(Experiment(layers=(4,), learning_rate=0.01), data)
    recording, figures = Recording(Budget(budget)), {"now": [], "peak": [], "held": []}
    recording.append(trainer.metrics)
    recording.keyframes.offer(trainer)
    for before, after in pairwise([0, *epochs]):
        for _ in range(after - before):
            recording.append(trainer.step_epoch())
            recording.keyframes.offer(trainer)
        figures["now"].append(memory_now())
        figures["peak"].append(peak_memory())
        figures["held"].append(recording.keyframes.budget.used / 2**20)
    metrics = len(recording) * recording.columns.itemsize * len(recording.columns) / 2**20
    return {**figures, "keyframes": len(recording.keyframes), "metrics": metrics}


if __name__ == "__main__":
    answer(measure)
