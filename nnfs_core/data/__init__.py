"""Where samples come from.

Every module of this package that defines ``SOURCE`` is a place data can come
from; adding one is adding a file.
"""

from __future__ import annotations

import difflib
import functools
from pathlib import Path

from nnfs_core.data.base import Dataset, Progress, Source
from nnfs_core.data.prepared import prepared
from nnfs_core.data.reading import RULES, Reading
from nnfs_core.data.samples import Samples
from nnfs_core.disk.whole import user_path
from nnfs_core.errors import UserError
from nnfs_core.registry import members

__all__ = [
    "Dataset",
    "Progress",
    "Reading",
    "Samples",
    "Source",
    "dataset_names",
    "load_dataset",
    "read_samples",
    "sources",
]


@functools.cache
def sources() -> tuple[Source, ...]:
    """Return every source, named ones before those that open a kind of file."""
    return tuple(sorted(members(__name__, "SOURCE"), key=lambda source: not _is_word(source)))


def dataset_names() -> list[str]:
    """Return the words that select a dataset; any file or folder of data does too."""
    return [source.name for source in sources() if _is_word(source)]


def load_dataset(
    spec: str | Path,
    data_dir: Path | None = None,
    progress: Progress | None = None,
    reading: Reading = Reading(),  # noqa: B008 - frozen
) -> Dataset:
    """Load a dataset by name, or from a file or folder.

    Parameters
    ----------
    spec : str or Path
        A name (``"digits"``, ``"mnist"``), or the path of a file or folder;
        ``~`` is the home folder.
    data_dir : Path, optional
        Where datasets that are not part of the program already lie, so that
        nothing is downloaded.
    progress : callable, optional
        Called while something long is read or downloaded.
    reading : Reading, optional
        What an experiment says of how it is to be read, and by which rules.

    Raises
    ------
    UserError
        When nothing goes by that name, or what does cannot be used.
    """
    return prepared(read_samples(spec, data_dir, progress, reading.rules), reading, progress)


def read_samples(
    spec: str | Path,
    data_dir: Path | None = None,
    progress: Progress | None = None,
    rules: int = RULES,
) -> Samples:
    """Read a dataset as it is written, neither split nor scaled.

    Parameters
    ----------
    spec, data_dir, progress
        As for :func:`load_dataset`.
    rules : int
        By which it is read.

    Raises
    ------
    UserError
        As for :func:`load_dataset`.
    """
    text = str(user_path(spec)) if str(spec).startswith("~") else str(spec)
    for source in sources():
        if source.matches(text):
            return source.read(text, data_dir, progress, rules)
    near = difflib.get_close_matches(text.lower(), dataset_names(), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    suffixes = [source.name for source in sources() if not _is_word(source)]
    raise UserError(
        f"there is no dataset {text!r}{hint}",
        expected=f"{', '.join(dataset_names())}, a folder, or a file ending in "
        f"{', '.join(suffixes)}",
    )


def _is_word(source: Source) -> bool:
    return source.name[0].isalnum()
