"""``doctor``: what is installed, what is missing, and what to do about it, printed."""

from __future__ import annotations

from pathlib import Path

from nnfs_core.errors import one_line
from visualizer.window.installation import examine


def doctor(data_dir: Path | None = None) -> int:
    """Print the report.

    Returns
    -------
    int
        Exit status: 0 when a window, or at least ``render``, works here, else 1.
    """
    from rich.console import Console
    from rich.text import Text

    sections, ok = examine(data_dir)
    console = Console(highlight=False, emoji=False)
    width = max(len(finding.name) for _, findings in sections for finding in findings)
    for title, findings in sections:
        console.print(Text(title, "bold"))
        for finding in findings:
            mark, style = ("ok  ", "green") if not finding.advice else ("note", "yellow")
            if finding.fatal:
                mark, style = "bad ", "red"
            line = Text.assemble(
                ("  " + mark, style),
                (f"  {finding.name:{width}}  ", "dim"),
                one_line(finding.value),
            )
            # Soft-wrapped, so that a command can be copied in one piece.
            console.print(line, soft_wrap=True)
            if finding.advice:
                console.print(Text(f"{'':{width + 10}}-> {finding.advice}"), soft_wrap=True)
        console.print()
    return 0 if ok else 1
