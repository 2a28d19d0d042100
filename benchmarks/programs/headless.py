"""Training without a window, plain or recorded as the window records it."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from benchmarks.programs import Figures, answer


def measure(
    preset: str, epochs: int, data_dir: str | None, warm: float, seconds: float, recorded: bool
) -> Figures:
    """Train for a while and count.

    Parameters
    ----------
    preset : str
    epochs : int
        How long the run is meant to last; it decides how many states are kept.
    data_dir : str or None
    warm, seconds : float
        How long before, and while, epochs are counted.
    recorded : bool
        Whether metrics and keyframes are kept.
    """
    from nnfs_core.data import load_dataset
    from nnfs_core.experiment import presets
    from nnfs_core.history.keyframes import Budget
    from nnfs_core.history.recording import Recording
    from nnfs_core.training.trainer import Trainer

    experiment = presets()[preset].but(epochs=epochs)
    data = load_dataset(experiment.dataset, None if data_dir is None else Path(data_dir))
    trainer, ends = Trainer(experiment, data), []
    recording = Recording(Budget.for_run(trainer))
    recording.append(trainer.metrics)
    recording.keyframes.add(trainer.state(), keep=True)
    started = perf_counter()
    while True:
        metrics = trainer.step_epoch()
        if recorded:
            recording.append(metrics)
            recording.keyframes.offer(trainer)
        now = perf_counter()
        ends.append(now)
        if now - started >= warm + seconds:
            break
    return {"rate": rate(ends, started + warm, started + warm + seconds), "epochs": len(ends)}


def rate(ends: list[float], start: float, stop: float) -> float:
    """Return epochs per second from the first end of an epoch after ``start`` to the last one.

    From end to end, so that long epochs are not counted by halves. An epoch that was under way
    at ``stop`` counts; where only one has ended, so does the time before it.
    """
    known = [end for end in ends if end >= start]
    known = known[: 1 + sum(end < stop for end in known)]
    if len(known) < 2:
        before = [end for end in ends if end < start]
        known = [*before[-1:], *known]
    if len(known) < 2:
        raise ValueError("fewer than two epochs ended; measure for longer")
    return (len(known) - 1) / (known[-1] - known[0])


if __name__ == "__main__":
    answer(measure)
