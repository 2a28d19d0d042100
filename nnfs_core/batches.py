"""Samples cut into blocks that a pass can take: small, cache-sized, laid out for the product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.network import Workspace

Array = NDArray[Any]

BLOCK_BYTES = 4 * 2**20
"""Size of a block with its activations: small enough to be in cache still on the way back."""

COPIED = 32 * 2**20
"""Bytes of data up to which a copy with samples as columns is made: the product with the weights
reads it several times as fast, and small data is all that a second copy is cheap for."""

SMALL_PRODUCT = 1_000_000
"""Multiplications up to which OpenBLAS takes its small-matrix kernels, which skip packing."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some samples, with the arrays that a pass over them writes to.

    Attributes
    ----------
    x : ndarray, shape (stack, features, samples)
    targets : ndarray, shape (stack, classes, samples)
        One-hot.
    work : Workspace
        Shared by all blocks of one shape.
    """

    x: Array
    targets: Array
    work: Workspace


def one_hot(labels: Array, classes: int, dtype: Any) -> Array:
    """Return one-hot targets, shape (classes, samples)."""
    targets = np.zeros((classes, len(labels)), dtype)
    targets[labels, np.arange(len(labels))] = 1
    return targets


def _block_shape(sizes: tuple[int, ...], itemsize: int) -> tuple[int, int]:
    """Choose a block's shape, (stack, samples of one product), for a network of these sizes."""
    chunk = min(4000, max(500, BLOCK_BYTES // (sum(sizes) * itemsize)))
    small = SMALL_PRODUCT // max(into * out for into, out in pairwise(sizes))
    # Whole vectors of samples: the kernels are several times slower on an odd rest.
    small -= small % 16
    # Products of a few samples each would be small too, but nothing but overhead.
    return (chunk // small, small) if 50 <= small < chunk else (1, chunk)


def samples_at_once(sizes: tuple[int, ...], itemsize: int, batch_size: int | None) -> int:
    """Return the samples of one product, of a full batch (None) or of a mini-batch."""
    _, each = _block_shape(sizes, itemsize)
    return each if batch_size is None else min(each, batch_size)


def steps_of_epoch(samples: int, batch_size: int | None) -> int:
    """Return how many updates an epoch takes, with full batch (None) or mini-batches."""
    return 1 if batch_size is None else -(-samples // min(batch_size, samples))


class Blocks:
    """A fixed set of samples as blocks, for full-batch training and for evaluation.

    Parameters
    ----------
    x : ndarray, shape (samples, features)
        C-contiguous, in the dtype of the run; large data is read where it lies.
    labels : ndarray of int, shape (samples,)
    sizes : tuple of int
        The network's.
    """

    def __init__(self, x: Array, labels: Array, sizes: tuple[int, ...]) -> None:
        self.samples = len(x)
        targets = one_hot(labels, sizes[-1], x.dtype)
        self._blocks = list(_cut(x, targets, sizes, copy=x.nbytes <= COPIED))

    def __iter__(self) -> Iterator[Block]:
        return iter(self._blocks)


def _cut(
    x: Array, targets: Array, sizes: tuple[int, ...], *, copy: bool = False
) -> Iterator[Block]:
    total, features, classes = len(x), x.shape[1], sizes[-1]
    stack, each = _block_shape(sizes, x.itemsize)
    workspaces: dict[tuple[int, int], Workspace] = {}
    at = 0
    while at < total:
        left = total - at
        shape = (min(stack, left // each), each) if left >= each else (1, left)
        if shape not in workspaces:
            workspaces[shape] = Workspace(sizes, *shape, x.dtype)
        end = at + shape[0] * shape[1]
        rows = x[at:end].reshape(*shape, features)
        x_columns = rows.swapaxes(1, 2)
        if copy:
            x_columns = np.ascontiguousarray(x_columns)
        # Targets are small: their own contiguous copy makes every pass over them quicker.
        block_targets = targets[:, at:end].reshape(classes, *shape).swapaxes(0, 1)
        yield Block(x_columns, np.ascontiguousarray(block_targets), workspaces[shape])
        at = end


class Batches:
    """Mini-batches in a new random order every epoch.

    Parameters
    ----------
    x, labels : ndarray
        As for :class:`Blocks`.
    batch_size : int
        Samples of a batch; the last one of an epoch holds what is left.
    """

    def __init__(self, x: Array, labels: Array, sizes: tuple[int, ...], batch_size: int) -> None:
        self._x, self._targets = x, np.ascontiguousarray(one_hot(labels, sizes[-1], x.dtype).T)
        self._order = np.arange(len(x))
        self._size = min(batch_size, len(x))
        self._rows: dict[int, tuple[Array, Array]] = {}
        self._cut: dict[int, list[Block]] = {}
        for size in {self._size, len(x) % self._size} - {0}:
            rows = np.zeros((size, x.shape[1]), x.dtype)
            targets = np.zeros((size, sizes[-1]), x.dtype)
            self._rows[size] = rows, targets
            self._cut[size] = list(_cut(rows, targets.T, sizes))

    def __len__(self) -> int:
        return steps_of_epoch(len(self._x), self._size)

    def shuffled(self, generator: np.random.Generator) -> Iterator[tuple[int, list[Block]]]:
        """Go through all samples in a new order; give each batch's size and blocks.

        The order depends on the generator's state alone, not on earlier orders, so
        that the state is all one has to keep to repeat an epoch.
        """
        _shuffle(self._order, generator)
        for at in range(0, len(self._order), self._size):
            chosen = self._order[at : at + self._size]
            rows, targets = self._rows[len(chosen)]
            # mode="clip" is what makes take write straight into `out` without a copy between.
            self._x.take(chosen, axis=0, out=rows, mode="clip")
            self._targets.take(chosen, axis=0, out=targets, mode="clip")
            blocks = self._cut[len(chosen)]
            self._lay_targets(targets, blocks)
            yield len(chosen), blocks

    @staticmethod
    def _lay_targets(targets: Array, blocks: list[Block]) -> None:
        at = 0
        for block in blocks:
            stack, classes, samples = block.targets.shape
            end = at + stack * samples
            np.copyto(
                block.targets, targets[at:end].reshape(stack, samples, classes).swapaxes(1, 2)
            )
            at = end


def first_batch(
    x: Array,
    labels: Array,
    sizes: tuple[int, ...],
    batch_size: int,
    dtype: Any,
    generator: np.random.Generator,
) -> tuple[NDArray[np.intp], list[Block]]:
    """Return the first batch that :meth:`Batches.shuffled` would give, and its rows.

    Only the rows of the batch are copied, whatever the size of the data.

    Parameters
    ----------
    x : ndarray, shape (samples, features)
        In any dtype.
    labels, sizes, batch_size
        As for :class:`Batches`.
    dtype : dtype
        Of the run.
    generator : Generator
        In the state in which the epoch starts.
    """
    order = np.empty(len(x), np.intp)
    _shuffle(order, generator)
    chosen = order[: min(batch_size, len(x))].copy()
    rows = np.ascontiguousarray(x[chosen], dtype)
    # As in Batches: samples lie in rows, targets in columns, and blocks are cut from both.
    return chosen, list(_cut(rows, one_hot(labels[chosen], sizes[-1], dtype), sizes))


def _shuffle(order: Array, generator: np.random.Generator) -> None:
    order[:] = np.arange(len(order))
    generator.shuffle(order)
