"""Passes over data, block by block: forward and backward to the mean gradient, or forward alone."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.batches import Block, Blocks
from nnfs_core.network import Network, Parameters, Workspace

AfterBlock = Callable[[Workspace, Parameters], object]

MOST_THREADS = 4
"""More of them would wait for each other: one at a time can call NumPy, or read from memory."""

WORTH_A_THREAD = 30_000_000
"""Multiplications of a pass from which waking a second thread costs next to nothing."""


@dataclass(slots=True)
class Tally:
    """What a pass over some blocks has come to.

    Attributes
    ----------
    loss : float
        Summed over the samples.
    correct : int
        Samples classified correctly.
    """

    loss: float = 0.0
    correct: int = 0

    def add(self, other: Tally) -> None:
        """Add what another pass has come to."""
        self.loss += other.loss
        self.correct += other.correct


class Passer:
    """Takes blocks through a network, one after the other. Belongs to one thread at a time.

    Parameters
    ----------
    network : Network
    dtype : dtype
    """

    def __init__(self, network: Network, dtype: DTypeLike) -> None:
        self.network = network
        self._dtype = dtype
        self._workspaces: dict[tuple[int, int], Workspace] = {}
        self._gradient: Parameters | None = None

    def forward(self, parameters: Parameters, block: Block) -> Workspace:
        """Take a block forward, up to the softmax; the arrays hold until the next call."""
        shape = block.samples, len(block.x)
        work = self._workspaces.get(shape)
        if work is None:
            samples, stack = shape
            work = Workspace(self.network.sizes, samples, self._dtype, stack)
            self._workspaces[shape] = work
        work.output.read(self.network.forward(parameters, block.x, work), block.targets)
        return work

    def evaluate(self, parameters: Parameters, blocks: Sequence[Block]) -> Tally:
        """Take blocks forward, and count."""
        tally = Tally()
        for block in blocks:
            self._count(tally, self.forward(parameters, block), block)
        return tally

    def learn(
        self,
        parameters: Parameters,
        blocks: Sequence[Block],
        samples: int,
        gradient: Parameters,
        after_block: AfterBlock,
    ) -> Tally:
        """Take blocks forward and backward; write their gradient to ``gradient``, and count.

        Parameters
        ----------
        blocks : sequence of Block
            One at least.
        samples : int
            What the summed gradient is divided by.
        after_block : callable
            Called after each block with its arrays and the gradient so far; it may raise.
        """
        tally = Tally()
        for number, block in enumerate(blocks):
            work = self.forward(parameters, block)
            self._count(tally, work, block)
            out = self._spare() if number else gradient
            self.network.backward(parameters, block.x, block.targets, work, out, 1 / samples)
            if number:
                np.add(gradient.flat, out.flat, out=gradient.flat)
            after_block(work, gradient)
        return tally

    def _count(self, tally: Tally, work: Workspace, block: Block) -> None:
        tally.loss += self.network.loss.value(work.output, block.targets)
        tally.correct += work.output.correct(block.targets)

    def _spare(self) -> Parameters:
        if self._gradient is None:
            sizes = self.network.sizes
            self._gradient = Parameters.over(np.empty(Parameters.count(sizes), self._dtype), sizes)
        return self._gradient


class Crew:
    """Takes a fixed set of samples through a network, by as many threads as pay.

    The set's groups of blocks go to whichever thread is free, and what they come to is added
    up in the order of the groups: the sums do not depend on who did what, or on how many.

    Parameters
    ----------
    network : Network
    blocks : Blocks
    dtype : dtype
    """

    def __init__(self, network: Network, blocks: Blocks, dtype: DTypeLike) -> None:
        sizes = network.sizes
        self.blocks = blocks
        work = blocks.samples * Parameters.count(sizes)
        threads = min(MOST_THREADS, processors(), len(blocks.groups))
        self._passers = [
            Passer(network, dtype) for _ in range(threads if work >= WORTH_A_THREAD else 1)
        ]

        def room() -> Parameters:
            return Parameters.over(np.empty(Parameters.count(sizes), dtype), sizes)

        self._ordered = None if blocks.features is None else room()
        self._several = len(blocks.groups) > 1 or self._ordered is not None
        self._room = room
        self._gradients: list[Parameters] = []

    @property
    def threads(self) -> int:
        """How many threads go through the samples."""
        return len(self._passers)

    def evaluate(self, parameters: Parameters) -> Tally:
        """Take all samples forward."""
        ordered = self._in_order(parameters)
        return self._all(lambda passer, _, group: passer.evaluate(ordered, group), self._passers)

    def learn(
        self,
        parameters: Parameters,
        gradient: Parameters,
        after_block: AfterBlock,
        *,
        alone: bool = False,
    ) -> Tally:
        """Take all samples forward and backward; write the mean gradient to ``gradient``.

        Parameters
        ----------
        after_block : callable
            As for :meth:`Passer.learn`; called by the thread that took the block.
        alone : bool
            Have it all done by this thread, so that blocks come in order.
        """
        groups, samples = self.blocks.groups, self.blocks.samples
        if not self._several:
            return self._passers[0].learn(parameters, groups[0], samples, gradient, after_block)
        if not self._gradients:
            self._gradients = [self._room() for _ in groups]
        ordered, sums = self._in_order(parameters), self._gradients
        tally = self._all(
            lambda passer, number, group: passer.learn(
                ordered, group, samples, sums[number], after_block
            ),
            self._passers[:1] if alone else self._passers,
        )
        for part in sums[1:]:
            np.add(sums[0].flat, part.flat, out=sums[0].flat)
        self.blocks.from_order(sums[0], gradient)
        return tally

    def _in_order(self, parameters: Parameters) -> Parameters:
        if self._ordered is None:
            return parameters
        return self.blocks.to_order(parameters, self._ordered)

    def _all(
        self, take: Callable[[Passer, int, list[Block]], Tally], passers: list[Passer]
    ) -> Tally:
        groups = self.blocks.groups
        tallies: list[Tally | None] = [None] * len(groups)
        waiting = iter(enumerate(groups))  # next() of it is one step, whichever thread takes it

        def work(passer: Passer) -> None:
            for number, group in waiting:
                tallies[number] = take(passer, number, group)

        mine, *others = passers
        helpers = [
            # The context carries along which warnings of NumPy are wanted.
            _helpers().submit(contextvars.copy_context().run, work, passer)
            for passer in others
        ]
        try:
            work(mine)
        finally:
            for helper in helpers:
                if not helper.cancel():
                    helper.exception()  # waits; not raised before all have come to rest
        for helper in helpers:
            if not helper.cancelled():
                helper.result()
        total = Tally()
        for tally in tallies:
            assert tally is not None
            total.add(tally)
        return total


@cache
def _helpers() -> ThreadPoolExecutor:
    """Threads that wait for something to do; shared by all that train at the same time."""
    return ThreadPoolExecutor(MOST_THREADS - 1, "nnfs-pass")


@cache
def processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def add_decay(
    gradient: Parameters, parameters: Parameters, weight_decay: float, scratch: NDArray[Any]
) -> None:
    """Add the pull λ·w of the penalty (λ/2)·Σ w² to the gradient of the weights.

    The penalty pulls on the gradient, and is not in the loss.

    Parameters
    ----------
    weight_decay : float
        λ.
    scratch : ndarray, shape (parameters,)
        Free to use.
    """
    if not weight_decay:
        return
    np.multiply(parameters.flat, weight_decay, out=scratch)
    penalty = Parameters.over(scratch, parameters.sizes)
    for into, pull in zip(gradient.weights, penalty.weights, strict=True):
        np.add(into, pull, out=into)
