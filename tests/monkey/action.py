"""One thing that the monkey does, as data: a line of the log it is replayed from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Action:
    """What is done, to what, and how long it is waited afterwards.

    Attributes
    ----------
    kind : str
        A name of :data:`tests.monkey.kind.KINDS`.
    arguments : dict
        What JSON can hold: widgets by their paths, points as shares of a widget's size.
    wait : int
        Milliseconds from its beginning to the next one.
    """

    kind: str
    arguments: dict[str, Any]
    wait: int

    def line(self) -> str:
        """Write it as one line."""
        return json.dumps({"do": self.kind, "with": self.arguments, "wait": self.wait})

    @classmethod
    def of(cls, line: str) -> Action:
        """Read it from its line."""
        words = json.loads(line)
        return cls(words["do"], words["with"], words["wait"])


def read_log(path: Path) -> list[Action]:
    """Read a log; a last line that was torn off when the program died is left out."""
    lines = path.read_text("utf-8").split("\n")
    return [Action.of(line) for line in lines[:-1] if line]


def write_log(path: Path, actions: Iterable[Action]) -> None:
    """Write a log that can be replayed."""
    path.write_text("".join(action.line() + "\n" for action in actions), "utf-8")
