"""Going back: how long a past epoch takes to find, and what memory that takes."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks import Row
from benchmarks.programs import call
from nnfs_core.data import load_dataset
from nnfs_core.data.base import Dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment, presets
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.history.replay import Replayer
from nnfs_core.training.trainer import Trainer


def measure(data_dir: Path | None, small: bool = False) -> list[Row]:
    """Measure it; ``small`` for a few epochs only."""
    digits = load_dataset("digits")
    epochs, times = (40, 5) if small else (10_000, 300)
    rows = seeks(
        "digits", presets()["digits"], digits, epochs, times, "≤ 50 ms at the 99th percentile"
    )
    rows += memory(*((20, 60) if small else (10_000, 1_000_000)))
    if small:
        return rows
    try:
        mnist = load_dataset("mnist", data_dir)
    except UserError as error:
        return [*rows, Row("mnist-adam", f"left out: {error}")]
    target = "≤ 1.5 epochs at the 99th percentile"
    return rows + seeks("mnist-adam", presets()["mnist-adam"], mnist, 100, 50, target)


def record(trainer: Trainer, epochs: int, recording: Recording) -> None:
    """Train and record."""
    recording.append(trainer.metrics)
    recording.keyframes.offer(trainer)
    for _ in range(epochs):
        recording.append(trainer.step_epoch())
        recording.keyframes.offer(trainer)


def seeks(
    name: str, experiment: Experiment, data: Dataset, epochs: int, times: int, target: str
) -> list[Row]:
    """Seek to random epochs of a recorded run."""
    trainer = Trainer(experiment, data)
    recording = Recording(Budget.for_run(trainer))
    record(trainer, epochs, recording)
    replayer, took = Replayer(trainer.arranged), []
    for epoch in np.random.default_rng(0).integers(0, epochs + 1, times).tolist():
        started = perf_counter()
        replayer.state(recording, epoch)
        took.append(1e3 * (perf_counter() - started))
    middle, worst = np.percentile(took, [50, 99])
    epoch_time = 1e3 * median(recording.column("seconds")[1:].tolist())
    budget = recording.keyframes.budget
    return [
        Row(
            f"{name}, {epochs:,} epochs: seek, median / 99th percentile",
            f"{middle:.1f} / {worst:.1f} ms = {worst / epoch_time:.2f} epochs "
            f"of {epoch_time:.2f} ms",
            target=target,
            numbers={"seeks": took, "epoch": epoch_time},
        ),
        Row(
            f"{name}: keyframes",
            f"{len(recording.keyframes):,}, {budget.used / 2**20:.0f} MiB, every {budget.stride}",
            target=f"≤ {budget.limit // 2**20} MiB",
            numbers={"MiB": budget.used / 2**20, "stride": budget.stride},
        ),
    ]


def memory(early: int, late: int) -> list[Row]:
    """Train a tiny network for long under a small budget."""
    budget = 2**20
    found = call("memory", {"epochs": [early, late], "budget": budget})
    kept = Row(
        f"{late:,} epochs: keyframes, of a budget of {budget // 2**20} MiB",
        f"{found['held'][-1]:.2f} MiB, {found['keyframes']:,} of them",
        target=f"≤ {budget // 2**20} MiB",
        numbers={"MiB": found["held"]},
    )
    what = f"memory of the process after {early:,} / {late:,} epochs"
    first, last = found["now"]
    if first is None:
        return [kept, Row(what, "left out: this system does not say how much a process has")]
    rest = last - first - found["metrics"]
    return [
        kept,
        Row(
            what,
            f"{first:.0f} / {last:.0f} MiB; the metrics of all epochs are "
            f"{found['metrics']:.0f} MiB of it, and {rest:+.0f} MiB is all else",
            target="flat but for the metrics",
            numbers={"MiB": found["now"], "peak": found["peak"], "metrics": found["metrics"]},
        ),
    ]
