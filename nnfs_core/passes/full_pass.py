"""Passes over data, block by block: forward and backward to the mean gradient, or forward alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.compute import threads
from nnfs_core.compute.threads import share
from nnfs_core.model.network import Network, Workspace
from nnfs_core.model.parameters import Parameters
from nnfs_core.passes.batches import Block, Blocks
from nnfs_core.progress import Look, go_on

AfterBlock = Callable[[Workspace, Parameters], object]


@dataclass(slots=True)
class Tally:
    """What a pass over some blocks has come to.

    Attributes
    ----------
    loss : float
        Summed over the samples.
    score : float
        What the task's score is made of, summed likewise.
    """

    loss: float = 0.0
    score: float = 0

    def add(self, other: Tally) -> None:
        """Add what another pass has come to."""
        self.loss += other.loss
        self.score += other.score


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
        """Take a block forward, up to the answers; the arrays hold until the next call."""
        shape = block.samples, len(block.x)
        work = self._workspaces.get(shape)
        if work is None:
            samples, stack = shape
            work = self.network.workspace(samples, self._dtype, stack)
            self._workspaces[shape] = work
        work.output.compute(self.network.forward(parameters, block.x, work), block.targets)
        return work

    def evaluate(
        self, parameters: Parameters, blocks: Sequence[Block], look: Look = go_on
    ) -> Tally:
        """Take blocks forward, and count; ``look`` is called before each, and may raise."""
        tally = Tally()
        for block in blocks:
            look()
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
        tally.score += work.output.tally(block.targets)

    def _spare(self) -> Parameters:
        if self._gradient is None:
            self._gradient = Parameters.allocate(self.network.sizes, self._dtype)
        return self._gradient


class Crew:
    """Takes blocks through a network, by as many threads as pay.

    The groups of blocks go to whichever thread is free, and what they come to is added
    up in the order of the groups: the sums do not depend on who did what, or on how many.

    Parameters
    ----------
    network : Network
    dtype : dtype
    """

    def __init__(self, network: Network, dtype: DTypeLike) -> None:
        self._network, self._dtype = network, dtype
        self._passers: list[Passer] = []
        self._sums: list[Parameters] = []
        self._ordered: Parameters | None = None

    def threads_for(self, blocks: Blocks) -> int:
        """Return how many threads go through these blocks."""
        work = blocks.samples * Parameters.count(self._network.layout)
        if work < threads.WORTH_A_THREAD:
            return 1
        return min(threads.MOST, threads.processors(), len(blocks.groups))

    def evaluate(self, parameters: Parameters, blocks: Blocks, look: Look = go_on) -> Tally:
        """Take all samples forward; ``look`` is called before each block, and may raise."""
        ordered = self._in_order(parameters, blocks)
        return self._all(
            lambda passer, number: passer.evaluate(ordered, blocks.groups[number], look),
            len(blocks.groups),
            self.threads_for(blocks),
        )

    def learn(
        self,
        parameters: Parameters,
        blocks: Blocks,
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
        groups, samples = blocks.groups, blocks.samples
        if len(self._sums) > len(groups):
            self._let_go()
        if len(groups) == 1 and blocks.features is None:
            return self._passer(0).learn(parameters, groups[0], samples, gradient, after_block)
        ordered = self._in_order(parameters, blocks)
        most = max(1, len(groups) - 1)
        while len(self._sums) < most:
            self._sums.append(self._allocated())
        # One group can do with `gradient`: the first, with the sum, if that is in its order.
        others = self._sums[:most]
        sums = [gradient, *others] if ordered is parameters else [*others, gradient]
        tally = self._all(
            lambda passer, number: passer.learn(
                ordered, groups[number], samples, sums[number], after_block
            ),
            len(groups),
            1 if alone else self.threads_for(blocks),
        )
        for part in sums[1 : len(groups)]:
            np.add(sums[0].flat, part.flat, out=sums[0].flat)
        if ordered is not parameters:
            blocks.from_order(sums[0], gradient)
        return tally

    def _in_order(self, parameters: Parameters, blocks: Blocks) -> Parameters:
        if blocks.features is None:
            return parameters
        if self._ordered is None:
            self._ordered = self._allocated()
        return blocks.to_order(parameters, self._ordered)

    def _let_go(self) -> None:
        """Give back the arrays of a pass over far more samples, once mini-batches follow it."""
        self._sums.clear()
        self._passers.clear()

    def _passer(self, thread: int) -> Passer:
        while len(self._passers) <= thread:
            self._passers.append(Passer(self._network, self._dtype))
        return self._passers[thread]

    def _allocated(self) -> Parameters:
        return Parameters.allocate(self._network.sizes, self._dtype)

    def _all(self, take: Callable[[Passer, int], Tally], groups: int, most: int) -> Tally:
        if groups == 1:
            return take(self._passer(0), 0)
        passers = [self._passer(thread) for thread in range(most)]
        tallies = [Tally() for _ in range(groups)]

        def work(thread: int, number: int) -> None:
            tallies[number] = take(passers[thread], number)

        share(work, groups, most)
        total = Tally()
        for tally in tallies:
            total.add(tally)
        return total


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
    penalty = Parameters.over(scratch, parameters.layout)
    for into, pull in zip(gradient.weights, penalty.weights, strict=True):
        np.add(into, pull, out=into)
