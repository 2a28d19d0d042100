"""A reader that does whatever no reader may do: to see that it is found out."""

from __future__ import annotations

import os
import time
from pathlib import Path
from random import Random

from nnfs_core.errors import UserError
from tests.fuzz.content import Content

FAULTS = ("dies", "hangs", "grows", "raises", "lies", "refuses")


def write(chance: Random, folder: Path) -> tuple[Path, Content]:
    path = folder / "file.txt"
    path.write_text(chance.choice(FAULTS))
    return path, "good"


def damage(chance: Random, path: Path) -> None:
    path.write_text(path.read_text())


def read(path: Path) -> Content:
    fault = path.read_text()
    if fault == "dies":
        os.abort()
    if fault == "hangs":
        time.sleep(3600)
    if fault == "grows":
        return [len(bytearray(2**31))]
    if fault == "raises":
        raise KeyError(fault)
    if fault == "refuses":
        raise UserError("is not what it is", where=path)
    return "something else"


def meaning(path: Path) -> Content:
    return "good"
