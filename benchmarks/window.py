"""Training with the window open and every panel live, against training without one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic

from benchmarks import Row, spread
from benchmarks.programs import Figures, call
from benchmarks.x_window import SIZE, XScreen, missing
from nnfs_core.data import load_dataset
from nnfs_core.errors import UserError

FRONT = "weights"
"""The panel that is on top of its tabs, unless a plan says otherwise."""

OTHER_TABS = ("health", "confusion", "followed")
"""Panels that lie behind it at first: each is measured in front of it as well."""


class Unlike(Exception):
    """Two windows that should be compared did not show the same."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and for how long.

    Attributes
    ----------
    preset : str
    rounds : int
        Each one trains headless, in the window, and without recording, in turn.
    warm, seconds : float
        How long a process trains before its speed is measured; how long that is.
    pauses : int
        How often pause is pressed in each round.
    front : str
        The panel that is brought to the front of its tabs.
    spare : float
        How many times as many epochs the run has as are thought to be trained.
    """

    preset: str
    rounds: int
    warm: float
    seconds: float
    pauses: int
    front: str = FRONT
    spare: float = 2.0

    @property
    def name(self) -> str:
        """The preset, and what is in front where that is another panel than usual."""
        return self.preset if self.front == FRONT else f"{self.preset}, {self.front} in front"


PLANS = (
    Plan("digits", 3, 4.0, 6.0, 6),
    *(Plan("digits", 1, 3.0, 5.0, 2, tab) for tab in OTHER_TABS),
    Plan("mnist-original", 2, 4.0, 8.0, 6),
    Plan("mnist-adam", 2, 4.0, 10.0, 3),
)
LONG = 450
"""Seconds after which a plan has only one round: on a slow machine, too, all of it is to take less
than ten minutes."""

SMALL = (Plan("digits", 1, 0.3, 0.5, 1, spare=50.0),)
"""So short that the speed is no more than a guess; its run must not end before all was seen."""


def measure(data_dir: Path | None, small: bool = False) -> list[Row]:
    """Measure it."""
    lacking = missing()
    if lacking:
        return [Row("training in the window ÷ headless", lacking)]
    rows, late = [], monotonic() + LONG
    with XScreen() as screen:
        for plan in SMALL if small else PLANS:
            if plan.preset.startswith("mnist"):
                try:
                    load_dataset("mnist", data_dir)
                except UserError as error:
                    rows.append(Row(plan.name, f"left out: {error}"))
                    continue
            try:
                rows += rows_of(plan, data_dir, screen, late)
            except Unlike as error:
                rows.append(Row(plan.name, f"failed: {error}"))
    return rows


def rows_of(plan: Plan, data_dir: Path | None, screen: XScreen, late: float) -> list[Row]:
    """Measure one plan: headless, in the window, plain, and again, each in a new process.

    Parameters
    ----------
    late : float
        The time, of ``time.monotonic``, from which no round is begun but the first.

    Raises
    ------
    Unlike
        When the windows are not all of the same size, with the same panels.
    """
    settings = {
        "preset": plan.preset,
        "data_dir": None if data_dir is None else str(data_dir.resolve()),
        "warm": plan.warm,
        "seconds": plan.seconds,
    }
    epochs = enough(plan, settings)
    settings["epochs"] = epochs
    headless, windows, plain = [], [], []
    for number in range(plan.rounds):
        if number and monotonic() > late:
            break
        headless.append(call("headless", settings | {"recorded": True})["rate"])
        watched = {"pauses": plan.pauses, "front": plan.front}
        windows.append(call("watched_window", settings | watched, screen.environment))
        plain.append(call("headless", settings | {"recorded": False})["rate"])
        check_alike(plan, windows)
    return rows_from(plan, epochs, headless, windows, plain)


def enough(plan: Plan, settings: Figures) -> int:
    """Return epochs that outlast the measurement: about twice as many as will be trained, usually.

    Not many more than that: the axes of the curves are as long as the run is meant to be.
    """
    trial = {"epochs": 10**6, "warm": 0.2, "seconds": plan.seconds / 4, "recorded": True}
    rate = call("headless", settings | trial)["rate"]
    longest = plan.warm + 2 * plan.seconds + plan.pauses * (1 + 2 / rate)
    return math.ceil(plan.spare * rate * longest) + 10


def check_alike(plan: Plan, windows: Sequence[Figures]) -> None:
    """See to it that every round measures the same window.

    Raises
    ------
    Unlike
        When one has another size than it should, not the panel in front that it should, or other
        panels than the one of the first round.
    """
    expected = windows[0]["in sight"]
    for number, found in enumerate(windows, 1):
        size, panels = tuple(found["size"]), found["in sight"]
        if size != SIZE:
            raise Unlike(f"the window of round {number} is {size}, expected {SIZE}")
        behind = {FRONT, *OTHER_TABS} - {plan.front}
        if plan.front not in panels or behind & set(panels):
            raise Unlike(f"round {number} shows {panels}, expected {plan.front} in front")
        if panels != expected:
            raise Unlike(f"round {number} shows {panels}, the first one {expected}")


def rows_from(
    plan: Plan,
    epochs: int,
    headless: Sequence[float],
    windows: Sequence[Figures],
    plain: Sequence[float],
) -> list[Row]:
    """Write down what was measured."""
    name, rates = plan.name, [figures["rate"] for figures in windows]
    ratios = [rate / other for rate, other in zip(rates, headless, strict=True)]
    against_plain = [rate / other for rate, other in zip(rates, plain, strict=True)]
    seen = ", ".join(windows[0]["in sight"])
    width, height = windows[0]["size"]
    rows = [
        Row(
            f"{name}: epochs per second in the window ({width} × {height}; {seen})",
            spread(rates),
            f"{spread(ratios)} × headless, recorded as in the window",
            "≥ 0.95",
            {
                "window": rates,
                "headless": list(headless),
                "ratios": ratios,
                "epochs": epochs,
                "in sight": seen,
            },
        ),
        Row(
            f"{name}: epochs per second headless, recorded / plain",
            f"{spread(headless)} / {spread(plain)}",
            f"{spread(against_plain)} × plain training, for the window",
            numbers={"headless": list(headless), "plain": list(plain), "ratios": against_plain},
        ),
    ]
    pictures = [figures["pictures"] for figures in windows]
    # A picture shows an epoch: there are no more of them than of those.
    target = "≥ 30" if median(rates) >= 30 else f"one an epoch: {median(rates):.3g}"
    rows.append(
        Row(
            f"{name}: new pictures per second",
            spread(pictures),
            target=target,
            numbers={
                "pictures": pictures,
                **{
                    key: [figures[key] for figures in windows]
                    for key in (
                        "paintings",
                        "window's thread",
                        "ms of the window's thread per picture",
                        "all threads of the window's process",
                    )
                },
            },
        )
    )
    ages = [figures["ages"] for figures in windows]
    whole = [figures["whole ages"] for figures in windows]
    rows.append(
        Row(
            f"{name}: age of a picture, median / 99th percentile",
            f"{spread([age[0] for age in ages])} / {spread([age[1] for age in ages])} ms",
            numbers={
                **by_place("", ages, ("median", "99th percentile", "oldest")),
                **by_place("whole, ", whole, ("median", "99th percentile", "oldest")),
            },
        )
    )
    stalls = [figures["stalls"] for figures in windows]
    early = [figures["worst stall while warming up"] for figures in windows]
    rows.append(
        Row(
            f"{name}: stall of the window, 99th percentile / worst",
            f"{spread([stall[1] for stall in stalls])} / {spread([stall[2] for stall in stalls])} "
            f"ms; {spread(early)} ms in the first {plan.warm:g} s",
            target="none over 50 ms",
            numbers={
                **by_place("", stalls, ("median", "99th percentile", "worst")),
                "worst while warming up": early,
                "over 50 ms": [figures["stalls over 50 ms"] for figures in windows],
            },
        )
    )
    pauses = [pause for figures in windows for pause in figures["pauses"]]
    told = [pause for figures in windows for pause in figures["pauses until it is seen"]]
    epoch = 1e3 / median(rates)
    rows.append(
        Row(
            f"{name}: from pressing pause to standing still, median / longest",
            f"{median(pauses):.3g} / {max(pauses):.3g} ms, of {len(pauses)}; "
            f"an epoch takes {epoch:.3g} ms",
            target="≤ 200 ms" if epoch < 200 else f"within an epoch: ≤ {epoch:.0f} ms",
            numbers={"pauses": pauses, "until the window says so": told},
        )
    )
    return rows


def by_place(
    prefix: str, triples: Sequence[Sequence[float]], names: Sequence[str]
) -> dict[str, list[float]]:
    """Turn a list of triples into three lists with names."""
    return {
        prefix + name: [triple[place] for triple in triples] for place, name in enumerate(names)
    }
