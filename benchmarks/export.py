"""Pictures into files: how many PNGs a second, from the command line and from the window."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks import Row, spread
from benchmarks.programs import call
from benchmarks.x_window import SIZE

FRAMES, SMALL_FRAMES = 60, 3


def measure(data_dir: Path | None, small: bool = False) -> list[Row]:
    """Measure it; nothing needs a display."""
    settings = {"preset": "digits", "frames": SMALL_FRAMES if small else FRAMES, "size": SIZE}
    rendered = call("pictures", {"what": "render", **settings})
    whole = [sum(times) for times in zip(*(rendered[p] for p in PARTS), strict=True)]
    shares = {name: [1e3 * seconds for seconds in rendered[name]] for name in PARTS}
    width, height = rendered["pixels"]
    recorded = call("pictures", {"what": "record", **settings})
    return [
        Row(
            f"digits: pictures per second that render saves, {width} × {height}",
            spread([1 / seconds for seconds in whole]),
            numbers={"seconds": whole, "bytes": rendered["bytes"]},
        ),
        Row(
            "of a picture: to train its epoch / to draw it / to pack and write it",
            " / ".join(f"{median(times):.3g}" for times in shares.values())
            + f" ms, {median(rendered['bytes']) / 1024:,.0f} KiB",
            numbers=shares,
        ),
        Row(
            f"digits: epochs per second while the window records every one, {width} × {height}",
            spread([1 / seconds for seconds in recorded["seconds"]]),
            numbers={name: recorded[name] for name in ("seconds", "files", "apart")},
        ),
    ]


PARTS = ("train", "draw", "write")
