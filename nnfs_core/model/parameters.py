"""The numbers a network learns: the arrays of all layers, as views of one flat array."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple, Self

from numpy.typing import DTypeLike, NDArray

from nnfs_core.compute import aligned

Array = NDArray[Any]

Shape = tuple[int, int, int]
"""Of the arrays of one layer: rows and columns of its weights, and how many biases. A layer that
has no weights has rows without columns."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the arrays of each layer lie in a flat array: W¹, b¹, W², b², … one after the other.

    Attributes
    ----------
    sizes : tuple of int
        Units of the input, and of each layer.
    shapes : tuple of tuple of int
        Rows and columns of each layer's weights, and how many biases it has.
    """

    sizes: tuple[int, ...]
    shapes: tuple[Shape, ...]

    @staticmethod
    def of(layout: Layout | tuple[int, ...]) -> Layout:
        """Return a layout, given as one or as the sizes of a network of dense layers."""
        return layout if isinstance(layout, Layout) else _dense(layout)

    def count(self, layers: int | None = None) -> int:
        """Return how many numbers there are, in all layers or in the first so many."""
        return sum(rows * columns + biases for rows, columns, biases in self.shapes[:layers])


@cache
def _dense(sizes: tuple[int, ...]) -> Layout:
    return Layout(sizes, tuple((out, into, out) for into, out in pairwise(sizes)))


class LayerArrays(NamedTuple):
    """What one layer learns, or one number for each of it.

    Attributes
    ----------
    weights : ndarray, shape (rows, columns)
    biases : ndarray, shape (biases,)
    column : ndarray, shape (biases, 1)
        The biases as a column, to be added to samples in columns.
    """

    weights: Array
    biases: Array
    column: Array


@dataclass(frozen=True, slots=True)
class Parameters:
    """Weights and biases of all layers, as views of one flat array.

    Also the shape of everything that has one number per parameter: gradients,
    the optimizers' running averages, updates.

    Attributes
    ----------
    flat : ndarray, shape (parameters,)
        W¹, b¹, W², b², … one after the other.
    layout : Layout
    layers : tuple of LayerArrays
    weights : tuple of ndarray, each of shape (rows, columns)
        With dense layers (units_out, units_in).
    biases : tuple of ndarray, each of shape (biases,)
        With dense layers (units_out,).
    """

    flat: Array
    layout: Layout
    layers: tuple[LayerArrays, ...]
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    @classmethod
    def over(cls, flat: Array, layout: Layout | tuple[int, ...]) -> Self:
        """Lay a network's layers over a flat array.

        Parameters
        ----------
        flat : ndarray, shape (parameters,)
        layout : Layout, or tuple of int
            The sizes say enough of a network of dense layers.
        """
        layout, at, layers = Layout.of(layout), 0, []
        for rows, columns, count in layout.shapes:
            weights = flat[at : at + rows * columns].reshape(rows, columns)
            at += rows * columns
            biases = flat[at : at + count]
            at += count
            layers.append(LayerArrays(weights, biases, biases[:, None]))
        return cls(
            flat,
            layout,
            tuple(layers),
            tuple(layer.weights for layer in layers),
            tuple(layer.biases for layer in layers),
        )

    @classmethod
    def allocate(cls, layout: Layout | tuple[int, ...], dtype: DTypeLike) -> Self:
        """Allocate them, with anything in it."""
        return cls.over(aligned.empty((Layout.of(layout).count(),), dtype), layout)

    @staticmethod
    def count(layout: Layout | tuple[int, ...]) -> int:
        """Return how many parameters a network has."""
        return Layout.of(layout).count()

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of the input and of each layer."""
        return self.layout.sizes

    def frozen_copy(self) -> Self:
        """Return a read-only copy that no later epoch changes."""
        flat = self.flat.copy()
        flat.flags.writeable = False
        return type(self).over(flat, self.layout)
