"""Start: from the process to the first complete picture, and its memory, against an empty plot."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from time import monotonic

from benchmarks import Row, spread
from benchmarks.programs import Figures, call
from benchmarks.x_window import XScreen, missing

ROUNDS, SMALL_ROUNDS = 9, 1
HEAVIEST = 10

OURS = {"empty": False, "arguments": []}
EMPTY = {"empty": True, "arguments": []}


def measure(data_dir: Path | None, small: bool = False) -> list[Row]:
    """Measure it."""
    lacking = missing()
    if lacking:
        return [Row("start", lacking)]
    with XScreen() as screen:

        def started(which: Figures) -> Figures:
            screen.forget()
            settings = {**which, "started": monotonic()}
            return call("first_picture", settings, screen.environment)

        for which in (OURS, EMPTY):
            # Compiles what has not been yet, lists the fonts, and brings files into memory: what
            # is measured are the starts after that one.
            started(which)
        ours, empty = [], []
        for _ in range(SMALL_ROUNDS if small else ROUNDS):
            ours.append(started(OURS))
            empty.append(started(EMPTY))
        heaviest = imports(screen)
    return rows_from(ours, empty, heaviest)


def imports(screen: XScreen) -> dict[str, float]:
    """Return the packages whose own modules take longest to import, in ms, heaviest first."""
    screen.forget()
    settings = {**OURS, "started": monotonic()}
    said = call("first_picture", settings, screen.environment, ("-X", "importtime"))["said"]
    times = import_times(said)
    return dict(times.most_common(HEAVIEST))


def import_times(said: str) -> Counter[str]:
    """Add up by package what Python says of imports: the time of each module itself, in ms."""
    times: Counter[str] = Counter()
    for line in said.splitlines():
        own, *others = line.removeprefix("import time:").split("|")
        if len(others) == 2 and own.strip().isdigit():
            times[others[1].strip().split(".")[0]] += int(own) / 1000
    return times


def told_sizes(ours: list[Figures], empty: list[Figures]) -> str:
    """Say how large the pictures were: one size where all had the same."""
    mine, other = (
        " and ".join(sorted({"{} × {}".format(*figures["size"]) for figures in measured}))
        for measured in (ours, empty)
    )
    return f"both {mine}" if mine == other else f"{mine} / {other}"


def rows_from(ours: list[Figures], empty: list[Figures], heaviest: dict[str, float]) -> list[Row]:
    """Write down what was measured."""
    sizes, rows = told_sizes(ours, empty), []
    for what, key, scale, unit in (
        ("process start to first picture (nothing remembered, caches warm)", "seconds", 1e3, "ms"),
        ("peak memory then", "memory", 1.0, "MiB"),
    ):
        mine = [scale * figures[key] for figures in ours]
        other = [scale * figures[key] for figures in empty]
        ratios = [one / two for one, two in zip(mine, other, strict=True)]
        rows.append(
            Row(
                f"{what}: the window / an empty pyqtgraph window, {sizes}",
                f"{spread(mine)} / {spread(other)} {unit}",
                f"{spread(ratios)} ×",
                "≤ 2 ×",
                {"ours": mine, "empty": other, "ratios": ratios},
            )
        )
    parts = {
        f"{name}, {key}": [1e3 * figures[key] for figures in measured]
        for name, measured in (("ours", ours), ("empty", empty))
        for key in ("event loop", "painted", "seconds")
    }
    until = " / ".join(spread(parts[f"ours, {key}"]) for key in ("event loop", "painted"))
    rows.append(
        Row("process start to event loop / to first painting", f"{until} ms", numbers=parts)
    )
    said = ", ".join(f"{name} {time:.0f}" for name, time in heaviest.items())
    rows.append(
        Row(
            "imports: each package's own modules, one start that was timed by Python",
            f"{said} ms",
            numbers=heaviest,
        )
    )
    return rows
