"""Every benchmark, one table each: ``python3 dev.py bench [NAME …] [--json FILE]``.

Each module beside this one that defines ``measure(data_dir) -> list[Row]`` is a benchmark.
Figures are medians and percentiles of one run on one machine; nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import platform
import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# What users get: some machines choose other kernels through the environment.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)


def main() -> None:
    """Run the benchmarks that are named, or all of them."""
    from rich.console import Console
    from rich.table import Table

    names = [
        module.name
        for module in pkgutil.iter_modules([str(ROOT / "benchmarks")])
        if module.name != "run"
    ]
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--data-dir", type=Path, help="the folder that holds MNIST's files")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    given = parser.parse_args()
    for name in given.names:
        if name not in names:
            parser.error(f"no such benchmark: {name} (expected one of {', '.join(names)})")
    console, results = Console(), {}
    for name in given.names or names:
        module = importlib.import_module(f"benchmarks.{name}")
        rows = module.measure(given.data_dir)
        table = Table(
            "what",
            "figure",
            "ratio",
            "target",
            title=module.__doc__.splitlines()[0],
            title_justify="left",
        )
        for row in rows:
            table.add_row(row.what, row.figure, row.ratio, row.target)
        console.print(table)
        results[name] = [asdict(row) for row in rows]
    if given.json is not None:
        machine = {"python": platform.python_version(), "cores": os.cpu_count()}
        given.json.write_text(json.dumps({"machine": machine, "results": results}, indent=2))


if __name__ == "__main__":
    main()
