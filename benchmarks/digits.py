"""The default experiment, digits: epochs a second, headless."""

from __future__ import annotations

from pathlib import Path

from benchmarks import Row, spread
from benchmarks.peers import Ours, Task
from benchmarks.peers.jax_jit import Jax, JaxScan
from benchmarks.peers.plain import Plain
from benchmarks.peers.pytorch import PyTorch
from benchmarks.turns import EPOCHS_PER_SECOND, REST, compare, take_turns
from nnfs_core.data import load_dataset
from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment, presets
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording


class Bare(Ours):
    """The experiment as it is, validation and all, with nothing kept."""

    name = "nothing kept"

    def __init__(self, experiment: Experiment, data: Dataset) -> None:
        super().__init__(Task(experiment, data, []))


class Metrics(Bare):
    """The metrics of every epoch are kept."""

    name = "metrics kept"

    def __init__(self, experiment: Experiment, data: Dataset) -> None:
        super().__init__(experiment, data)
        self._recording = Recording(Budget.for_run(self._trainer))
        self._recording.append(self._trainer.metrics)
        self._recording.keyframes.offer(self._trainer)

    def epoch(self) -> None:
        self._recording.append(self._trainer.step_epoch())


class Keyframes(Metrics):
    """Also keyframes, as the window keeps them, and `nnfs train` where a run file is asked for."""

    name = "metrics and keyframes kept"

    def epoch(self) -> None:
        super().epoch()
        self._recording.keyframes.offer(self._trainer)


def measure(data_dir: Path | None, small: bool = False) -> list[Row]:
    """Measure it; ``small`` for a few epochs only."""
    data, digits = load_dataset("digits", data_dir), presets()["digits"]
    rounds, rest = (2, 0.0) if small else (9, REST)
    rows: list[Row] = []
    for batch, some, others in (
        (None, 500, (Plain, PyTorch, Jax)),
        (32, 25, (Plain, PyTorch, Jax, JaxScan)),
    ):
        experiment, epochs = digits.but(batch_size=batch), 2 if small else some
        label = "full batch" if batch is None else f"batch {batch}"
        rows += recording(experiment, data, label, rounds, epochs, rest)
        task = Task.of(experiment, data)
        label, epochs = f"{label}, without validation", max(2, epochs // 5)
        rows += compare(task, others, EPOCHS_PER_SECOND, rounds, epochs, {}, label, rest)
    return rows


def recording(
    experiment: Experiment, data: Dataset, label: str, rounds: int, epochs: int, rest: float
) -> list[Row]:
    """Train with and without a recording, in turn."""
    kinds = (Bare, Metrics, Keyframes)
    peers = [kind(experiment, data) for kind in kinds]
    timings = take_turns(peers, rounds, epochs, rest=rest, losses=False)
    rows = []
    for kind, timing in zip(kinds, timings, strict=True):
        rates = [1 / seconds for seconds in timing.seconds]
        costs = [100 * (ratio - 1) for ratio in timing.against(timings[0])]
        row = Row(f"{label}: {kind.name}", spread(rates, "epochs/s"), numbers={"epochs/s": rates})
        if kind is not Bare:
            told = f"keeping costs {spread(costs, '%', 2)}"
            numbers = {"epochs/s": rates, "cost in %": costs}
            row = Row(row.what, row.figure, told, "≤ 3 %", numbers)
        rows.append(row)
    return rows
