"""The folders where this program keeps files of its own for the person who runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def own_folder(kind: Literal["cache", "data"]) -> Path | None:
    """Return the folder for what can be fetched again, or for what cannot.

    Returns
    -------
    Path or None
        It need not be there yet. None for a person of whom the system knows no home folder.
    """
    import platformdirs

    find = platformdirs.user_cache_dir if kind == "cache" else platformdirs.user_data_dir
    try:
        folder = Path(find("nnfs-visualizer", appauthor=False))
    except RuntimeError:  # what it says where there is no home, from version 4.4 on
        return None
    # Before, "~" stayed as it is, and would be a folder wherever one stands.
    return folder if folder.is_absolute() else None
