"""Arrays that begin where a line of the processor's cache does.

Vector instructions read up to 64 bytes at a time, and a line of the cache has as many. Where an
array begins in the middle of a line, each of them reads from two lines, and an operation on arrays
that are in cache takes up to twice as long. NumPy by itself begins at a multiple of 16 bytes.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

LINE = 64
"""Bytes of a line of the cache."""


def empty(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return an array that holds anything, as :func:`numpy.empty` does."""
    dtype = np.dtype(dtype)
    size = prod(shape) * dtype.itemsize
    room = np.empty(size + LINE, np.uint8)
    start = -room.ctypes.data % LINE
    return room[start : start + size].view(dtype).reshape(shape)


def zeros(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return an array of zeros."""
    array = empty(shape, dtype)
    array.fill(0)
    return array


def copy(array: NDArray[Any]) -> NDArray[Any]:
    """Return a copy, in C order."""
    result = empty(array.shape, array.dtype)
    np.copyto(result, array)
    return result


def rows(count: int, size: int, dtype: DTypeLike) -> NDArray[Any]:
    """Return zeros, shape (count, size), of which every row begins with a line.

    Between the rows there may be some room that belongs to none.
    """
    line = LINE // np.dtype(dtype).itemsize
    return zeros((count, -(-size // line) * line), dtype)[:, :size]
