"""Measure this program side by side with what people would otherwise use.

Prints one table for each benchmark, and keeps the figures as JSON and the tables as Markdown.
Figures of benchmarks that are not asked for this time stay as they are. A figure is a median
with the least and the greatest in brackets; nothing here passes or fails. Libraries that are
not installed are left out, and the table says so.
"""

# A module of this folder with a function ``measure(data_dir, small=False) -> list[Row]`` is a
# benchmark, and the first line of its text is its title. Each one runs in a process of its own,
# so that no library's threads and memory disturb another one.

from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks import OTHER_KERNELS  # noqa: E402
from benchmarks.report import damage, read, tables_into, write  # noqa: E402
from nnfs_cli.outcome import outcome_of, wrong  # noqa: E402

ORDER = (
    "full_batch",
    "mini_batch",
    "digits",
    "window",
    "start",
    "time_machine",
    "export",
    "growth",
    "frame_growth",
)
"""The tables, as they follow each other; one that is not named here comes after them."""

Result = dict[str, Any]


def benchmarks(folder: Path = ROOT / "benchmarks") -> dict[str, str]:
    """Find all benchmarks without importing one: their names and titles, in order."""
    found = {}
    for file in folder.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        functions = {part.name for part in tree.body if isinstance(part, ast.FunctionDef)}
        if "measure" in functions:
            found[file.stem] = (ast.get_docstring(tree) or file.stem).splitlines()[0]
    places = {name: place for place, name in enumerate(ORDER)}
    return dict(sorted(found.items(), key=lambda item: (places.get(item[0], 99), item[0])))


def options(titles: Mapping[str, str]) -> argparse.ArgumentParser:
    """Describe the command line."""
    width = max(map(len, titles))
    parser = argparse.ArgumentParser(
        prog="dev.py bench",
        description=__doc__,
        epilog="benchmarks, in the order of their tables:\n"
        + "\n".join(f"  {name:{width}}  {title}" for name, title in titles.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; all by default")
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="FOLDER",
        help="the folder that holds MNIST's files, so that nothing is downloaded",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="where the figures are kept (default: benchmarks/results.json)",
    )
    parser.add_argument(
        "--markdown",
        type=Path,
        metavar="FILE",
        help="where the tables are written between two marks (default: docs/performance.md)",
    )
    parser.add_argument(
        "--small",
        action="store_true",
        help="the same code on tiny data, in a moment: to see that it works. Its figures mean "
        "nothing, and are written only where --json and --markdown say",
    )
    parser.add_argument("--one", metavar="FILE", help=argparse.SUPPRESS)  # the process of one
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks that are named, or all of them; give the exit status."""
    # NumPy reads them when it is imported, which nothing has done yet.
    for name in OTHER_KERNELS:
        os.environ.pop(name, None)
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    titles = benchmarks()
    parser = options(titles)
    given = parser.parse_args(arguments)
    for name in given.names:
        if name not in titles:
            parser.error(f"no such benchmark: {name} (expected {', '.join(titles)})")
    if given.one:
        return one(given.names[0], given.data_dir, given.small, Path(given.one))
    figures, page = given.json, given.markdown
    if not given.small:
        figures = figures or ROOT / "benchmarks" / "results.json"
        page = page or ROOT / "docs" / "performance.md"
    # An hour's figures are not to be lost over a file that cannot take them.
    problem = damage(figures, page)
    if problem:
        return wrong(problem)
    results = read(figures)
    try:
        run([name for name in titles if name in given.names or not given.names], given, results)
    except KeyboardInterrupt:
        print("interrupted; what was measured until then is kept", file=sys.stderr)
        status = 130
    else:
        status = 0
    ordered = {name: results[name] for name in titles if name in results}
    if figures and ordered:
        write(figures, ordered)
        print(f"figures: {figures}")
    if page and ordered:
        tables_into(page, ordered)
        print(f"tables: {page}")
    return status


def run(names: Sequence[str], given: argparse.Namespace, results: dict[str, Result]) -> None:
    """Run some benchmarks one after the other, and show each table as soon as it is there."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Table

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    console = Console(emoji=False, highlight=False)
    if not console.is_terminal:
        console = Console(emoji=False, highlight=False, width=160)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        bar = progress.add_task("", total=len(names))
        for name in names:
            progress.update(bar, description=f"measuring {name}")
            result = in_a_process(name, given.data_dir, given.small)
            results[name] = result
            table = Table("what", "figure", "ratio", "target", title=result["title"])
            table.title_justify = "left"
            for row in result["rows"]:
                table.add_row(row["what"], row["figure"], row["ratio"], row["target"])
            console.print(table, markup=False)
            progress.advance(bar)


def in_a_process(name: str, data_dir: Path | None, small: bool) -> Result:
    """Run one benchmark in a fresh process; where it fails, a row says why."""
    command = [sys.executable, "-m", "benchmarks.run", name]
    command += ["--data-dir", str(data_dir.absolute())] if data_dir else []
    command += ["--small"] if small else []
    with tempfile.TemporaryDirectory() as folder:
        out, log = Path(folder) / "result.json", Path(folder) / "log.txt"
        with log.open("wb") as said:
            child = subprocess.Popen(
                [*command, "--one", str(out)], cwd=ROOT, stdout=said, stderr=subprocess.STDOUT
            )
            try:
                child.wait()
            finally:
                child.terminate()
                child.wait()
        if child.returncode == 0 and out.exists():
            return json.loads(out.read_text(encoding="utf-8"))
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    from benchmarks import Row

    row = Row(name, f"failed with exit status {child.returncode}: {last}")
    return result_of(name, [asdict(row)], 0.0)


def one(name: str, data_dir: Path | None, small: bool, out: Path) -> int:
    """Run one benchmark in this process and write what came out."""
    started = perf_counter()
    module = importlib.import_module(f"benchmarks.{name}")
    rows = [asdict(row) for row in module.measure(data_dir, small=small)]
    result = result_of(name, rows, perf_counter() - started)
    out.write_text(json.dumps(result, default=float), encoding="utf-8")
    return 0


def result_of(name: str, rows: list[dict[str, Any]], seconds: float) -> Result:
    """Put rows together with where and when they were measured."""
    from benchmarks.machine import describe

    return {
        "title": benchmarks()[name],
        "date": date.today().isoformat(),
        "seconds": round(seconds, 1),
        "machine": describe(),
        "rows": rows,
    }


if __name__ == "__main__":
    sys.exit(outcome_of(main))
