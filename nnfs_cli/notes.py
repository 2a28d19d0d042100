"""What had to be assumed, said beside the answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from nnfs_core.errors import one_line


def print_notes(notes: Iterable[str], file: TextIO | None = None) -> None:
    """Print each note in a line, to stdout by default: it belongs to the figure above it."""
    for note in notes:
        print(one_line(f"note: {note}"), file=file)
