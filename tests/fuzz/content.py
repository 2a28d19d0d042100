"""What was read, in a form that goes through JSON and can be compared."""

from __future__ import annotations

import contextlib
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

Content = Any
"""Lists, dictionaries, texts and numbers."""


def of_array(array: NDArray[Any]) -> Content:
    """Return type, shape and a hash of all numbers, whatever the order of bytes in memory."""
    plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    digest = hashlib.blake2b(plain.tobytes(), digest_size=16).hexdigest()
    return [plain.dtype.str.replace("|", "<"), list(array.shape), digest]


def arrays_of(path: Path) -> dict[str, NDArray[Any]]:
    """Read the arrays of an archive with the libraries themselves.

    A member that cannot be read is left out: what needs it cannot be read then.
    """
    found = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".npy"):
                with contextlib.suppress(Exception), archive.open(member) as file:
                    array = npy.read_array(io.BytesIO(file.read()), allow_pickle=False)
                    found[member.filename.removesuffix(".npy")] = array
    return found


def of_number(value: float) -> str:
    """Return a number to the last bit; nan is nan."""
    return float(value).hex()
