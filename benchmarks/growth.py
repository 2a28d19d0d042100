"""How the time of an epoch grows, full batch, as samples, width and depth double."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import Row, spread
from benchmarks.peers import Ours, Task
from benchmarks.turns import REST, take_turns
from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment

Case = tuple[str, int, tuple[int, ...]]
"""What it is called, samples, hidden layers."""

SAMPLES: list[Case] = [
    (f"{samples:,} samples, 784-10-10", samples, (10,))
    for samples in (7_500, 15_000, 30_000, 60_000)
]
WIDTH: list[Case] = [
    (f"784-{units}-10, 5,000 samples", 5_000, (units,)) for units in (16, 32, 64, 128, 256, 512)
]
DEPTH: list[Case] = [
    (f"{depth} × 64 hidden units, 5,000 samples", 5_000, (64,) * depth) for depth in (1, 2, 4, 8)
]

SIDE = 28
"""Rows and columns of a picture."""

EXPERIMENT = Experiment(dataset="noise", learning_rate=0.001)


def measure(data_dir: Path | None, small: bool = False) -> list[Row]:
    """Measure it on noise that is like MNIST; ``small`` on a hundredth of the samples."""
    rounds, rest = (2, 0.0) if small else (7, REST)
    rows: list[Row] = []
    for cases in (SAMPLES, WIDTH, DEPTH):
        data = made_data(max(samples for _, samples, _ in cases) // (100 if small else 1))
        experiments = [EXPERIMENT.but(layers=layers) for *_, layers in cases]
        counts = [samples // (100 if small else 1) for _, samples, _ in cases]
        rows += doublings([name for name, *_ in cases], experiments, data, counts, rounds, rest)
    return rows


def made_data(samples: int, classes: int = 10) -> Dataset:
    """Make noise with MNIST's shape, and with its zeros.

    What an epoch costs does not depend on what the pixels are, but for zeros, of which many are
    left out. As in MNIST, 19 % of the pixels are not zero, most of them in the middle and hardly
    any at the border, and samples use the first 52 % of the features, sorted by use, on average.
    Height, width and edge of the bump were chosen for that.
    """
    generator = np.random.default_rng(0)
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    chance = 0.84 * np.exp(-((np.hypot(rows, columns) / 8) ** 4)).astype(np.float32).ravel()
    x = generator.random((samples, SIDE * SIDE), np.float32)
    # Below its chance a pixel is there: what is left of the number says how bright it is.
    x = np.where(x < chance, x / chance, np.float32(0))
    y = generator.integers(0, classes, samples)
    return Dataset("noise", x, y, x[:0], y[:0], tuple(map(str, range(classes))), None)


def doublings(
    names: list[str],
    experiments: list[Experiment],
    data: Dataset,
    samples: list[int],
    rounds: int,
    rest: float,
) -> list[Row]:
    """Measure some sizes in turn, each the double of the one before."""
    pairs = zip(experiments, samples, strict=True)
    peers = [Ours(Task.of(experiment, data, count)) for experiment, count in pairs]
    timings = take_turns(peers, rounds, 2, rest=rest, losses=False)
    rows = []
    for number, (name, timing) in enumerate(zip(names, timings, strict=True)):
        times = [1e3 * seconds for seconds in timing.seconds]
        if number == 0:
            rows.append(Row(name, spread(times, "ms"), numbers={"ms": times}))
            continue
        ratios = timing.against(timings[number - 1])
        told, numbers = f"{spread(ratios)} × the row above", {"ms": times, "ratio": ratios}
        rows.append(Row(name, spread(times, "ms"), told, "about 2 × at most", numbers))
    return rows
