"""Trained weights that ship with the program.

Each ``NAME.npz`` is what ``python3 dev.py weights`` makes of the experiment in ``NAME.toml``
beside it, the same bytes every time on the same machine.
"""

from __future__ import annotations

from pathlib import Path

from nnfs_core.errors import UserError
from nnfs_core.files.trained import Trained, load_trained

__all__ = ["load_shipped", "shipped", "shipped_file"]

FOLDER = Path(__file__).parent


def shipped() -> list[str]:
    """Return the names of the weights there are."""
    return sorted(path.stem for path in FOLDER.glob("*.npz"))


def shipped_file(name: str) -> Path:
    """Return the file of shipped weights.

    Raises
    ------
    UserError
        When there are none of this name.
    """
    if name not in shipped():
        raise UserError("there are no such weights", expected=", ".join(shipped()), found=name)
    return FOLDER / f"{name}.npz"


def load_shipped(name: str) -> Trained:
    """Load shipped weights by name.

    Raises
    ------
    UserError
        When there are none of this name.
    """
    return load_trained(shipped_file(name))
