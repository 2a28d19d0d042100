"""What data is made of, in one line: printed by the command line and shown in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnfs_core.text.numbers import brief

if TYPE_CHECKING:
    from nnfs_core.data.base import Dataset
    from nnfs_core.data.scale import Scale


def facts(dataset: Dataset) -> str:
    """Return how many samples of what there are, and how they were scaled."""
    if dataset.image_shape is None:
        kind = f"{dataset.features:,} inputs"
    else:
        rows, columns = dataset.image_shape
        kind = f"pictures of {rows}×{columns}"
    count = len(dataset.validation_y)
    validation = f"{count:,} {dataset.validation_name}" if count else "no validation"
    said = f"{len(dataset.classes)} classes" if dataset.classes else f"{dataset.target} to predict"
    return (
        f"{dataset.name}: {len(dataset.train_y):,} training and {validation} samples, {kind}, "
        f"{said}; {scaled(dataset.scale)}"
    )


def scaled(scale: Scale) -> str:
    """Return in words which values became 0 and 1."""
    if scale.by_column:
        return "each column scaled to 0…1"
    low, high = brief(float(scale.low)), brief(float(scale.high))
    if (low, high) == ("0", "1"):
        return "values as they are written"
    return f"values {low}…{high} became 0…1"


def scale_mark(scale: Scale) -> str:
    """Return the same in a few characters; nothing where values are as they are written."""
    if scale.by_column:
        return "each from 0 to 1"
    low, high = brief(float(scale.low)), brief(float(scale.high))
    return "" if (low, high) == ("0", "1") else f"{low}…{high} → 0…1"
