"""The kinds of files that are made, by name."""

from __future__ import annotations

import importlib
from pathlib import Path
from random import Random
from typing import Protocol, cast

from tests.fuzz.content import Content

NAMES = (
    *("runs", "weights", "foreign", "experiments", "tables", "idx", "arrays", "pictures"),
    "uploads",
)


class Kind(Protocol):
    """One reader, and how files for it are made. Each is a module of this package."""

    def write(self, chance: Random, folder: Path) -> tuple[Path, Content]:
        """Write a good file, and return it with what is in it."""
        ...

    def damage(self, chance: Random, path: Path) -> None:
        """Do something to a file that nobody would do who wrote it."""
        ...

    def read(self, path: Path) -> Content:
        """Read a file as the program does."""
        ...

    def meaning(self, path: Path) -> Content:
        """Read a file in another way, with the libraries themselves."""
        ...


def kind(name: str) -> Kind:
    """Return a kind by its name."""
    return cast(Kind, importlib.import_module(f"{__name__}.{name}"))


def make(name: str, seed: int, number: int, folder: Path) -> tuple[Path, Content]:
    """Make a file; what it holds is known only of good ones, else it is None."""
    chance = Random(f"{name} {seed} {number}")
    maker = kind(name)
    path, written = maker.write(chance, folder)
    if number % 5 == 0:  # every fifth is left as it is
        return path, written
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        maker.damage(chance, path)
    return path, None
