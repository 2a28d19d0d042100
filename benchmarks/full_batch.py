"""One epoch with full batch: MNIST's 60,000 samples, 784-10-10, gradient descent."""

from __future__ import annotations

from pathlib import Path

from benchmarks import Row
from benchmarks.peers import Task
from benchmarks.peers.jax_jit import Jax, JaxBlocks
from benchmarks.peers.plain import Plain
from benchmarks.peers.pytorch import PyTorch
from benchmarks.peers.recipe import Recipe
from benchmarks.turns import MS_PER_EPOCH, REST, compare
from nnfs_core.data import load_dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import presets

TARGETS = {Recipe: "≥ 20 ×", PyTorch: "≥ 4 ×", Jax: "≥ 1.4 ×", JaxBlocks: "≥ 1.4 ×"}


def measure(data_dir: Path | None, small: bool = False) -> list[Row]:
    """Measure it; ``small`` on the digits, in a moment."""
    try:
        data = load_dataset("digits" if small else "mnist", data_dir)
    except UserError as error:
        return [Row("784-10-10", f"left out: {error}")]
    task = Task.of(presets()["mnist-original"], data)
    kinds = (Recipe, Plain, PyTorch, Jax, JaxBlocks)
    rounds, epochs, rest = (2, 2, 0.0) if small else (9, 3, REST)
    return compare(task, kinds, MS_PER_EPOCH, rounds, epochs, TARGETS, rest=rest)
