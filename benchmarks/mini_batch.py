"""One step with mini-batches: Adam, the choosing of the batch's samples included.

A figure is a whole epoch of 12,800 of MNIST's samples divided by its steps, so that a round is
short.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks import Row
from benchmarks.peers import Peer, Task
from benchmarks.peers.jax_jit import Jax, JaxScan
from benchmarks.peers.pytorch import PyTorch, PyTorchFused
from benchmarks.peers.sklearn_mlp import ScikitLearn
from benchmarks.turns import REST, US_PER_STEP, compare
from nnfs_core.data import load_dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import presets

NETWORKS = (((10, 10), 256), ((128,), 128), ((128, 64), 32), ((512, 256), 128))
"""Hidden layers and batch."""

SMALL_ONES = NETWORKS[:2]

SAMPLES = 12_800

RATE = 1e-5
"""Learning rate of all. A step takes as long with any, and with the usual 0.001 rounding errors
grow so fast that after one epoch losses are 2 % apart, after twenty by a factor: then nobody could
see that all train the same."""

KINDS = (PyTorch, PyTorchFused, Jax, JaxScan, ScikitLearn)


def measure(data_dir: Path | None, small: bool = False) -> list[Row]:
    """Measure it; ``small`` on some of the digits, in a moment."""
    try:
        data = load_dataset("digits" if small else "mnist", data_dir)
    except UserError as error:
        return [Row("mini-batches", f"left out: {error}")]
    rounds, rest, samples = (2, 0.0, 300) if small else (9, REST, SAMPLES)
    rows: list[Row] = []
    for layers, batch in NETWORKS:
        experiment = presets()["mnist-adam"].but(
            layers=layers, batch_size=batch, learning_rate=RATE
        )
        task = Task.of(experiment, data, samples)
        limits = targets((layers, batch) in SMALL_ONES)
        rows += compare(task, KINDS, US_PER_STEP, rounds, 1, limits, rest=rest)
    return rows


def targets(small_one: bool) -> dict[type[Peer], str]:
    """Return what the design wants: half as fast again on the small ones, level with JAX."""
    least = "≥ 1.5 ×" if small_one else "≥ 1 ×"
    ahead = dict.fromkeys((PyTorch, PyTorchFused, ScikitLearn), least)
    return {**ahead, **dict.fromkeys((Jax, JaxScan), "≥ 1 ×")}
