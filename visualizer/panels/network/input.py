"""The picture of the shown sample, alone or under the saliency of its predicted class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtGui import QImage

from nnfs_core.explain.saliency import saliency
from nnfs_core.training.trainer import EpochFrame
from visualizer.panels.network.layout import Column
from visualizer.state.context import ViewContext
from visualizer.style.images import colour_image, indexed_image, largest, round_up
from visualizer.style.theme import (
    LEVELS,
    Palette,
    colour_table,
    diverging,
    diverging_levels,
    grey,
    unit_levels,
)


@dataclass(frozen=True, slots=True, eq=False)
class InputPicture:
    """The input as an image, one pixel for each number.

    Attributes
    ----------
    image : QImage
    scale : float or None
        The gradient of full colour, if one is drawn over the input.
    symbol, rise : str, ndarray of shape (features,) or None
        The gradient that is drawn over the input, and what it is called.
    """

    image: QImage
    scale: float | None = None
    symbol: str = ""
    rise: NDArray[Any] | None = None


def plain_picture(context: ViewContext, column: Column, palette: Palette) -> InputPicture:
    """Return the sample in grey."""
    levels = _arranged(unit_levels(context.sample.x), context, column)
    return InputPicture(indexed_image(levels, colour_table("grey", palette)))


def saliency_picture(
    frame: EpochFrame, context: ViewContext, column: Column, palette: Palette
) -> InputPicture:
    """Return the sample in grey under the gradient of the predicted class's logit.

    Each pixel goes from its grey towards the colour of its sign by the share |∂z/∂x| / scale,
    so that full colour is a gradient of the printed scale.
    """
    run, predicted = context.run, context.trace.predicted
    rise = saliency(run.network, frame.parameters, context.trace, predicted)
    scale = round_up(largest(rise))
    below = grey()[unit_levels(context.sample.x)].astype(float)
    level = diverging_levels(rise, scale).astype(float) - LEVELS // 2
    table = diverging(palette)
    ends = np.where(level[:, None] < 0, table[0], table[-1])
    share = np.abs(level[:, None]) / (LEVELS // 2)
    colours = np.rint(below + share * (ends - below)).astype(np.uint8)
    symbol = f"∂z({run.output_name(predicted)})/∂x"
    image = colour_image(_arranged(colours, context, column))
    return InputPicture(image, scale, symbol, rise)


def _arranged(cells: NDArray[np.uint8], context: ViewContext, column: Column) -> NDArray[np.uint8]:
    """Put a value, or a colour, for each input where the input lies."""
    shape = context.run.dataset.image_shape
    if shape is not None:
        return cells.reshape(*shape, *cells.shape[1:])
    if column.grid is None:
        return cells.reshape(len(cells), 1, *cells.shape[1:])
    # Features without a picture fill a grid column by column.
    rows, columns = column.grid
    filled = np.zeros((rows * columns, *cells.shape[1:]), cells.dtype)
    filled[: len(cells)] = cells
    return filled.reshape(columns, rows, *cells.shape[1:]).swapaxes(0, 1)
