"""Peers measured in turn: every round asks each of them once, so that drift hits all alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isnan
from statistics import median
from time import perf_counter, process_time, sleep

from benchmarks import Row, spread
from benchmarks.peers import Ours, Peer, Task, cores, is_there

REST = 0.05
"""Seconds before a turn: a matrix library's thread goes on spinning for some 30 ms after its
last product, on a processor that the next one needs."""

SAME = 1e-4
"""How far a loss may be from ours, as a share of it, to be called the same."""


@dataclass(slots=True)
class Timing:
    """What one peer took.

    Attributes
    ----------
    seconds : list of float
        Of an epoch, one for each round.
    busy : list of float
        Processors kept busy, on average over a turn.
    first_loss, last_loss : float
        After the first epoch of all, and after the last.
    epochs : int
        Trained in all.
    """

    seconds: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    first_loss: float = 0.0
    last_loss: float = 0.0
    epochs: int = 0

    def against(self, other: Timing) -> list[float]:
        """Return how many times as long as ``other`` this took, round by round."""
        return [a / b for a, b in zip(self.seconds, other.seconds, strict=True)]


def take_turns(
    peers: Sequence[Peer], rounds: int, epochs: int, *, rest: float = REST, losses: bool = True
) -> list[Timing]:
    """Measure some peers in turn.

    Parameters
    ----------
    peers : sequence of Peer
        Fresh ones.
    rounds : int
    epochs : int
        Timed in a turn, after one that is not.
    rest : float
        Seconds before each turn.
    losses : bool
        Whether to compute them; else they stay 0.
    """
    timings = [Timing() for _ in peers]
    for peer, timing in zip(peers, timings, strict=True):
        peer.begin()
        peer.epoch()  # compiles, starts threads, touches memory for the first time
        timing.first_loss = peer.task.loss(peer.layers()) if losses else 0.0
    for _ in range(rounds):
        for peer, timing in zip(peers, timings, strict=True):
            sleep(rest)
            peer.begin()
            peer.epoch()  # wakes the threads and fills the caches
            at, busy = perf_counter(), process_time()
            for _ in range(epochs):
                peer.epoch()
            took = perf_counter() - at
            timing.busy.append((process_time() - busy) / took)
            timing.seconds.append(took / epochs)
    for peer, timing in zip(peers, timings, strict=True):
        timing.epochs = 1 + rounds * (1 + epochs)
        timing.last_loss = peer.task.loss(peer.layers()) if losses else 0.0
    return timings


@dataclass(frozen=True, slots=True)
class Unit:
    """How a time is told.

    Attributes
    ----------
    name : str
    of : callable
        ``of(seconds of an epoch, steps of an epoch)`` gives the figure.
    """

    name: str
    of: Callable[[float, int], float]


MS_PER_EPOCH = Unit("ms", lambda seconds, steps: 1e3 * seconds)
US_PER_STEP = Unit("µs", lambda seconds, steps: 1e6 * seconds / steps)
EPOCHS_PER_SECOND = Unit("epochs/s", lambda seconds, steps: 1 / seconds)


def compare(
    task: Task,
    kinds: Sequence[type[Peer]],
    unit: Unit,
    rounds: int,
    epochs: int,
    targets: Mapping[type[Peer], str],
    label: str = "",
    rest: float = REST,
) -> list[Row]:
    """Measure ours and others on one task, and tell it row by row.

    Parameters
    ----------
    kinds : sequence of type
        Ours comes first by itself.
    targets : mapping
        What the design wants of the ratio, for some of the kinds.
    label : str
        What the task is called, if not by its sizes.
    """
    label = label or task.name
    present = [kind for kind in kinds if is_there(kind)]
    timings = take_turns([kind(task) for kind in (Ours, *present)], rounds, epochs, rest=rest)
    ours, *others = timings
    rows = [Row(f"{label}: ours", _figure(ours, unit, task), numbers=_numbers(ours, unit, task))]
    measured = dict(zip(present, others, strict=True))
    for kind in kinds:
        what, target = f"{label}: {kind.name}", targets.get(kind, "")
        if kind not in measured:
            rows.append(Row(what, f"left out: {kind.requires} is not installed", target=target))
            continue
        timing = measured[kind]
        ratios = timing.against(ours)
        rows.append(
            Row(
                what,
                _figure(timing, unit, task),
                f"ours is {spread(ratios)} × as fast",
                target,
                {**_numbers(timing, unit, task), "ratio": ratios},
            )
        )
    names = [Ours.name, *(kind.name for kind in present)]
    return [*rows, same_loss(label, names, timings), threads(label, names, timings)]


def same_loss(label: str, names: Sequence[str], timings: Sequence[Timing]) -> Row:
    """Tell how far the losses are from ours, early and at the end, and whether that is the same.

    Rounding errors grow with every step of training, so what shows that all train the same is
    the loss after the first epoch.
    """
    first = [timing.first_loss for timing in timings]
    last = [timing.last_loss for timing in timings]
    early, late = _furthest(first)[0] <= SAME, _furthest(last)[0] <= SAME
    verdict = "not the same: some do not train as ours does"
    if early:
        verdict = "the same" if late else "the same after epoch 1; rounding errors have grown since"
    told = "; ".join(_told(losses, names) for losses in (first, last))
    return Row(
        f"{label}: loss after epoch 1, and after epoch {timings[0].epochs}",
        told,
        verdict,
        f"within {SAME:g} of ours after epoch 1",
        {"names": list(names), "first loss": first, "last loss": last},
    )


def _furthest(losses: Sequence[float]) -> tuple[float, int]:
    """Return the largest distance from the first loss, as a share of it, and whose it is."""
    apart = [abs(loss / losses[0] - 1) for loss in losses]
    # What is no number is as far from it as can be.
    return max((inf if isnan(far) else far, number) for number, far in enumerate(apart))


def _told(losses: Sequence[float], names: Sequence[str]) -> str:
    apart, at = _furthest(losses)
    whose = f" ({names[at]})" if apart else ""
    return f"{losses[0]:.6f}, others within {apart:.1e} of it{whose}"


def threads(label: str, names: Sequence[str], timings: Sequence[Timing]) -> Row:
    """Tell how many processors each really kept busy."""
    busy = [median(timing.busy) for timing in timings]
    told = ", ".join(f"{name} {share:.1f}" for name, share in zip(names, busy, strict=True))
    return Row(f"{label}: processors kept busy, of {cores()}", told, numbers={"busy": busy})


def _figure(timing: Timing, unit: Unit, task: Task) -> str:
    return spread([unit.of(seconds, task.steps) for seconds in timing.seconds], unit.name)


def _numbers(timing: Timing, unit: Unit, task: Task) -> dict[str, list[float]]:
    return {unit.name: [unit.of(seconds, task.steps) for seconds in timing.seconds]}
