"""Named arrays in a file of either form, ``.npz`` or ``.safetensors``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from nnfs_core.disk.npz import open_npz
from nnfs_core.disk.pickled import check_readable, first_bytes
from nnfs_core.disk.safetensors_file import Safetensors, is_safetensors
from nnfs_core.disk.whole import existing_file


class Arrays(Protocol):
    """An open file of named arrays."""

    @property
    def path(self) -> Path:
        """The file it was opened from."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its arrays, in the file's order."""
        ...

    @property
    def order_is_given(self) -> bool:
        """Whether that order is the one in which they were given to be written."""
        ...

    def describe_names(self) -> str:
        """Return the names as a phrase for an error message."""
        ...

    def size(self, name: str) -> int:
        """Return how many bytes an array takes."""
        ...

    def shape(self, name: str) -> tuple[int, ...]:
        """Return an array's shape."""
        ...

    def read(self, name: str, most: int | None = None) -> NDArray[Any]:
        """Return an array, read-only, of at most so many bytes."""
        ...


@contextmanager
def open_arrays(path: str | Path, expected: str) -> Iterator[Arrays]:
    """Open a file of arrays without trusting it; what is in it says of which form it is.

    Parameters
    ----------
    path : str or Path
        The file.
    expected : str
        What it should be, for messages.

    Raises
    ------
    UserError
        When it is absent or damaged, or has to be converted first.
    """
    path = existing_file(path, expected)
    start = first_bytes(path)
    if is_safetensors(start, path.stat().st_size):
        yield Safetensors(path)
        return
    check_readable(path, start)
    with open_npz(path, expected) as archive:
        yield archive
