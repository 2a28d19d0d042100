"""Samples in blocks that a pass can take, laid out for the product: all, or in mini-batches."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.compute import aligned, threads
from nnfs_core.compute.threads import Prefetch
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.tasks import Task
from nnfs_core.passes.block_sizes import in_one_product, products_of, spans
from nnfs_core.passes.staircase import Staircase
from nnfs_core.progress import Look, go_on, pieces

Array = NDArray[Any]

ARRANGED_FROM = 8 * 2**20
"""Bytes of data from which it is worth an order of its own; less than that is in cache anyway."""

ARRANGED_TO = 0.9
"""Share of the data that may be left for it to be worth a copy in that order."""

FILLED_AHEAD = 2**18
"""Bytes of a batch from which another thread may fetch it while the one before is learnt from."""

PARTS = 10_000
"""Mini-batches that are marked off between two looks whether to go on: a few milliseconds."""

GROUPS = 8
"""Parts that the blocks of a large set are dealt to. More than there are threads, so that one whose
processor is wanted elsewhere does not keep the others waiting; and not their number, so that
sums are added up in the same order on whatever machine."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some samples, as columns.

    Attributes
    ----------
    x : ndarray, shape (stack, used, each)
        The inputs, in products of ``each`` samples, of which no sample uses features after
        the first ``used``.
    targets : ndarray, shape (outputs, stack · each)
        What the output is to be.
    """

    x: Array
    targets: Array

    @property
    def samples(self) -> int:
        """How many samples it has."""
        return int(self.targets.shape[1])


def steps_of_epoch(samples: int, batch_size: int | None) -> int:
    """Return how many updates an epoch takes, with full batch (None) or mini-batches."""
    return 1 if batch_size is None else -(-samples // min(batch_size, samples))


class Blocks:
    """A fixed set of samples as blocks, for full-batch training and for evaluation.

    Large data with many zeros is copied in the order of its :class:`Staircase`, to read only
    what is not zero. Small data is copied with samples as columns, which the product reads
    fastest. Other data is read where it lies.

    Parameters
    ----------
    x : ndarray, shape (samples, features)
        C-contiguous, in the dtype of the run.
    y : ndarray, shape (samples,)
        Class numbers, or values.
    sizes : tuple of int
        The network's.
    task : Task
        Says what the output is to be.
    arrange : bool
        Whether it will be gone through so often that an order of its own pays.
    look : callable
        Called between two pieces of this work.

    Attributes
    ----------
    samples : int
    rows : ndarray of int, or None
        Which sample each is, in the order of the blocks; None when it is the order of ``x``.
    features : ndarray of int, or None
        Which feature each is, likewise.
    groups : tuple of list of Block
        The blocks dealt out evenly: :data:`GROUPS` of them, where there are so many blocks.
    """

    def __init__(
        self,
        x: Array,
        y: Array,
        sizes: tuple[int, ...],
        task: Task,
        *,
        arrange: bool = True,
        look: Look = go_on,
    ) -> None:
        self.samples = len(x)
        self.rows: NDArray[np.intp] | None = None
        self.features: NDArray[np.intp] | None = None
        stairs = Staircase.of(x, look) if arrange and x.nbytes >= ARRANGED_FROM else None
        if stairs is not None and stairs.filled <= ARRANGED_TO:
            self.rows, self.features = stairs.samples, stairs.features
            cut = _cut_arranged(x, y, sizes, task, stairs)
        else:
            cut = _cut(x, y, sizes, task)
        self._blocks: list[Block] = []
        for block in cut:
            look()
            self._blocks.append(block)
        self.groups = _deal(self._blocks, GROUPS)

    def __iter__(self) -> Iterator[Block]:
        return iter(self._blocks)

    def to_order(self, parameters: Parameters, out: Parameters) -> Parameters:
        """Return the parameters with the first layer's inputs in the order of the blocks.

        Parameters
        ----------
        out : Parameters
            Written to where the order is not that of the data.
        """
        if self.features is None:
            return parameters
        np.copyto(out.flat, parameters.flat)
        # mode="clip" is what makes take write straight into `out` without a copy between.
        parameters.weights[0].take(self.features, axis=1, out=out.weights[0], mode="clip")
        return out

    def from_order(self, gradient: Parameters, out: Parameters) -> None:
        """Write to ``out`` what is given in the order of the blocks."""
        np.copyto(out.flat, gradient.flat)
        if self.features is not None:
            out.weights[0][:, self.features] = gradient.weights[0]


def _deal(blocks: list[Block], most: int) -> tuple[list[Block], ...]:
    groups = [blocks[first::most] for first in range(most)]
    return tuple(group for group in groups if group)


def _cut(x: Array, y: Array, sizes: tuple[int, ...], task: Task) -> Iterator[Block]:
    for at, end in spans(len(x), sizes, x.itemsize):
        samples = end - at
        if in_one_product(samples, sizes):
            columns = aligned.copy(x[at:end].T)[None]
        else:
            columns = _columns(x[at:end], products_of(samples, sizes))
        yield Block(columns, task.targets(y[at:end], x.dtype))


def _cut_arranged(
    x: Array, y: Array, sizes: tuple[int, ...], task: Task, stairs: Staircase
) -> Iterator[Block]:
    for at, end in spans(len(x), sizes, x.itemsize):
        rows = stairs.samples[at:end]
        features = stairs.features[: max(1, stairs.used[end - 1])]
        kept = aligned.rows(len(rows), len(features), x.dtype)
        np.copyto(kept, x[rows[:, None], features])
        columns = _columns(kept, products_of(end - at, sizes))
        yield Block(columns, task.targets(y[rows], x.dtype))


def _columns(rows: Array, stack: int) -> Array:
    """View samples in rows as a stack of them in columns."""
    return rows.reshape(stack, len(rows) // stack, rows.shape[1]).swapaxes(1, 2)


class _BatchBuffers(Blocks):
    """Arrays for a batch of one size, as blocks; a batch that is much work in two halves."""

    def __init__(self, samples: int, sizes: tuple[int, ...], dtype: Any) -> None:
        self.samples, self.rows, self.features = samples, None, None
        work = samples * Parameters.count(sizes)
        halves = 2 if samples >= 2 and work >= threads.WORTH_A_THREAD else 1
        bounds = [samples * half // halves for half in range(halves + 1)]
        self._spans = [
            (start + at, start + end)
            for start, stop in pairwise(bounds)
            for at, end in spans(stop - start, sizes, np.dtype(dtype).itemsize)
        ]
        self._inputs = [aligned.zeros((end - at, sizes[0]), dtype) for at, end in self._spans]
        self._blocks = [
            Block(
                _columns(rows, products_of(len(rows), sizes)),
                aligned.zeros((sizes[-1], len(rows)), dtype),
            )
            for rows in self._inputs
        ]
        self.groups = _deal(self._blocks, halves)

    def fill(self, x: Array, targets: Array, chosen: NDArray[np.intp]) -> Blocks:
        """Copy the chosen samples; give the blocks that hold them."""
        for (at, end), rows, block in zip(self._spans, self._inputs, self._blocks, strict=True):
            x.take(chosen[at:end], axis=0, out=rows, mode="clip")
            targets.take(chosen[at:end], axis=1, out=block.targets, mode="clip")
        return self


class Batches:
    """Mini-batches in a new random order every epoch.

    Parameters
    ----------
    x, y, sizes, task
        As for :class:`Blocks`.
    batch_size : int
        Samples of a batch; the last one of an epoch holds what is left.
    look : callable
        Called between two pieces of this work.
    """

    def __init__(
        self,
        x: Array,
        y: Array,
        sizes: tuple[int, ...],
        task: Task,
        batch_size: int,
        look: Look = go_on,
    ) -> None:
        self._x, self._targets = x, task.targets(y, x.dtype, look)
        self._size = min(batch_size, len(x))
        self._sorted, self._order = np.empty(len(x), np.int64), np.empty(len(x), np.int64)
        for some in pieces(len(x), self._order.itemsize):
            look()
            self._sorted[some] = self._order[some] = np.arange(some.start, some.stop)
        self._parts: list[NDArray[np.int64]] = []
        for number, at in enumerate(range(0, len(x), self._size)):
            if number % PARTS == 0:
                look()
            self._parts.append(self._order[at : at + self._size])
        rest = len(x) % self._size

        def buffers(samples: int) -> _BatchBuffers:
            return _BatchBuffers(samples, sizes, x.dtype)

        # Two to take turns with: one is filled while the other is learnt from.
        self._turns = buffers(self._size), buffers(self._size)
        self._last = buffers(rest) if rest else None
        self._early = self._size * x.shape[1] * x.itemsize >= FILLED_AHEAD

    def __len__(self) -> int:
        return steps_of_epoch(len(self._x), self._size)

    @property
    def largest(self) -> Blocks:
        """A batch of full size."""
        return self._turns[0]

    def shuffled(self, generator: np.random.Generator) -> Generator[Blocks]:
        """Go through all samples in a new order; give each batch's blocks.

        A batch is good until the next one is asked for. Close the iterator when some are left out.

        The order depends on the generator's state alone, not on earlier orders, so
        that the state is all one has to keep to repeat an epoch.
        """
        np.copyto(self._order, self._sorted)
        generator.shuffle(self._order)
        numbers = range(len(self._parts))
        if not self._early:
            for number in numbers:
                yield self._fill(number)
            return
        batch = self._fill(0)
        for number in numbers[1:]:
            prefetch = Prefetch(partial(self._fill, number))
            try:
                yield batch
            finally:
                prefetch.finish()
            batch = self._buffers(number)
        yield batch

    def _buffers(self, number: int) -> _BatchBuffers:
        whole = len(self._parts[number]) == self._size
        return self._turns[number % 2] if whole or self._last is None else self._last

    def _fill(self, number: int) -> Blocks:
        return self._buffers(number).fill(self._x, self._targets, self._parts[number])


def first_batch(
    x: Array,
    y: Array,
    sizes: tuple[int, ...],
    task: Task,
    batch_size: int,
    dtype: Any,
    generator: np.random.Generator,
) -> tuple[NDArray[np.intp], Blocks]:
    """Return the first batch that :meth:`Batches.shuffled` would give, and its rows.

    Only the rows of the batch are copied, whatever the size of the data.

    Parameters
    ----------
    x : ndarray, shape (samples, features)
        In any dtype.
    y, sizes, task, batch_size
        As for :class:`Batches`.
    dtype : dtype
        Of the run.
    generator : Generator
        In the state in which the epoch starts.
    """
    order = np.arange(len(x))
    generator.shuffle(order)
    chosen = order[: min(batch_size, len(x))].copy()
    rows = np.ascontiguousarray(x[chosen], dtype)
    buffers, here = _BatchBuffers(len(chosen), sizes, dtype), np.arange(len(chosen))
    return chosen, buffers.fill(rows, task.targets(y[chosen], dtype), here)
