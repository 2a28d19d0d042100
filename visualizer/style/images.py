"""Arrays as pictures: indexed images, and the scales that their colours stand for."""

from __future__ import annotations

import math
import sys
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtGui import QImage

from visualizer.state.context import RunInfo


def indexed_image(levels: NDArray[np.uint8], table: list[int]) -> QImage:
    """Return a picture of colour indices, shape (rows, columns), one pixel for each.

    The image keeps its own copy: Qt would read freed memory otherwise.
    """
    rows, columns = levels.shape
    # Each row of a QImage starts at a multiple of four bytes.
    padded = np.zeros((rows, -(-columns // 4) * 4), np.uint8)
    padded[:, :columns] = levels
    image = QImage(padded.tobytes(), columns, rows, padded.shape[1], QImage.Format.Format_Indexed8)
    image.setColorTable(table)
    return image.copy()


def colour_image(colours: NDArray[np.uint8]) -> QImage:
    """Return a picture of colours, shape (rows, columns, 3), one pixel for each."""
    rows, columns, _ = colours.shape
    padded = np.full((rows, columns, 4), 255, np.uint8)
    padded[..., :3] = colours
    return QImage(
        padded.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGBA8888
    ).copy()


def round_up(value: float, steps: tuple[float, ...] = (1, 1.5, 2, 3, 5, 7)) -> float:
    """Return the next number, at least as large, that is a step times a power of ten; 0 stays 0.

    What is not a number counts as 0. Where the next one would not be finite, it is the largest
    number there is; and there is none below the smallest with all its digits.
    """
    if not value > 0:
        return 0.0
    value = min(max(value, sys.float_info.min), sys.float_info.max)
    decade = 10.0 ** math.floor(math.log10(value))
    found = next(step * decade for step in (*steps, 10) if step * decade >= value * (1 - 1e-9))
    return min(found, sys.float_info.max)


def largest(values: NDArray) -> float:
    """Return the largest absolute value that is a finite number; 0 where there is none."""
    found = float(np.abs(values).max(initial=0.0))
    if math.isfinite(found):
        return found
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


_fixed_scales: WeakKeyDictionary[RunInfo, tuple[float, ...]] = WeakKeyDictionary()


def fixed_weight_scale(run: RunInfo, layer: int) -> float:
    """Return the weight that has full colour in a run, the same from first to last epoch.

    Five standard deviations of the layer's initial weights, rounded up by :func:`round_up`;
    1 where all weights start at zero. So growth is seen as growth.
    """
    if run not in _fixed_scales:
        first = run.first_frame.parameters.weights
        _fixed_scales[run] = tuple(round_up(5.0 * _deviation(weights)) or 1.0 for weights in first)
    return _fixed_scales[run][layer]


def _deviation(weights: NDArray) -> float:
    """Return the standard deviation of numbers, also of those whose squares do not fit."""
    size = largest(weights)
    if size == 0 or 1e-15 < size < 1e15:
        return float(weights.std())
    return float((weights / size).std()) * size
