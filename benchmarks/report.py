"""Figures kept as JSON, tables written into a page as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BEGIN = "<!-- tables: written by dev.py bench -->"
END = "<!-- end of the tables -->"

NEW_PAGE = f"# Performance\n\n{BEGIN}\n{END}\n"

Results = dict[str, dict[str, Any]]
"""Of each benchmark: title, date, seconds, machine, rows."""


def read(path: Path | None) -> Results:
    """Return the results that are kept in a file; none where there is none.

    Raises
    ------
    ValueError
        When the file holds something else.
    """
    if path is None or not path.exists():
        return {}
    results = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(results, dict) or not all(
        isinstance(result, dict) and {"title", "machine", "rows"} <= result.keys()
        for result in results.values()
    ):
        raise ValueError("no results of a benchmark")
    return results


def write(path: Path, results: Results) -> None:
    """Keep results in a file."""
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def damage(figures: Path | None, page: Path | None) -> str:
    """Say in one line what is wrong with the files that results shall go to; "" if nothing is."""
    try:
        read(figures)
    except (OSError, ValueError) as error:
        return f"{figures} cannot be added to ({error}); remove it, or name another file by --json"
    for path in (figures, page):
        if path and not path.parent.is_dir():
            return f"{path}: there is no folder {path.parent}"
    if page and page.exists():
        try:
            text = page.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            return f"{page} cannot be read: {error}"
        if not 0 <= text.find(BEGIN) < text.find(END):
            return f"{page} has no place for tables (expected the lines {BEGIN} and {END})"
    return ""


def tables_into(page: Path, results: Results) -> None:
    """Write the tables between the two marks of a page, over those that are there.

    A page that is not there yet is made.
    """
    text = page.read_text(encoding="utf-8") if page.exists() else NEW_PAGE
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n\n{markdown(results)}\n{END}{after}", encoding="utf-8")


def markdown(results: Results) -> str:
    """Return all tables as Markdown, each kind of machine described once."""
    parts, last = [], {}
    for result in results.values():
        machine = result["machine"]
        parts.append(f"### {result['title'].rstrip('.')}\n")
        when = f"Measured on {result['date']}" if "date" in result else "Measured"
        parts.append(f"{when} {'on the same' if machine == last else _told(machine)}.\n")
        last = machine
        parts.append("| what | figure | ratio | target |\n|---|---|---|---|")
        for row in result["rows"]:
            cells = (_cell(row[name]) for name in ("what", "figure", "ratio", "target"))
            parts.append(f"| {' | '.join(cells)} |")
        parts.append("")
    return "\n".join(parts)


def _told(machine: Mapping[str, str]) -> str:
    named = [name for name in machine if name not in ("processor", "system", "BLAS")]
    libraries = ", ".join(f"{name} {machine[name]}" for name in named)
    return f"on {machine['processor']}, {machine['system']}, {libraries}, {machine['BLAS']}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
