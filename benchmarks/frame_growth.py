"""Growth: what a new picture of the whole window costs as the network's layers double in width."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks import Row, spread
from benchmarks.programs import call
from benchmarks.x_window import SIZE

WIDTHS, SMALL_WIDTHS = (16, 32, 64, 128, 256, 512, 1024), (4, 8)
PARTS = {
    "tell": "copying and telling the frame, in the process that trains",
    "hear": "rebuilding it",
    "context": "the sample's trace",
    "explain": "explanations, in a thread beside the window's",
    "show": "preparing the panels",
    "paint": "painting",
}


def measure(data_dir: Path | None, small: bool = False) -> list[Row]:
    """Measure it, off screen, with every panel drawing every frame.

    A small network's explanations are worked out while the panels are prepared, and belong to that.
    """
    rows, before = [], 0.0
    settings = {"what": "grow", "samples": 50, "size": SIZE}
    settings |= {"inputs": [8, 8], "frames": 2} if small else {"inputs": [28, 28], "frames": 15}
    inputs = settings["inputs"][0] * settings["inputs"][1]
    for width in SMALL_WIDTHS if small else WIDTHS:
        found = call("pictures", {**settings, "width": width})
        parts = {name: [1e3 * seconds for seconds in found[name]] for name in PARTS}
        whole = [sum(times) for times in zip(*parts.values(), strict=True)]
        grown = f"{median(whole) / before:.2f} × the one before" if before else ""
        before = median(whole)
        middles = {name: median(times) for name, times in parts.items()}
        said = ", ".join(f"{PARTS[name]} {time:.3g}" for name, time in middles.items() if time)
        rows.append(
            Row(
                f"{inputs}-{width}-{width}-10: a new picture",
                f"{spread(whole)} ms: {said}",
                grown,
                numbers={**parts, "whole": whole, "parameters": found["parameters"]},
            )
        )
    return rows
