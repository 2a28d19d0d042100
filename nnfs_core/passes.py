"""One pass over a batch: forward and backward, block by block, to the mean gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.batches import Block
from nnfs_core.network import Network, Parameters, Workspace


def pass_over(
    network: Network,
    parameters: Parameters,
    blocks: Iterable[Block],
    samples: int,
    weight_decay: float,
    gradient: Parameters,
    scratch: NDArray[Any],
    after_block: Callable[[Workspace], object],
) -> tuple[float, int]:
    """Compute the gradient of a batch; return the summed loss and how many samples are right.

    Parameters
    ----------
    network : Network
    parameters : Parameters
    blocks : iterable of Block
        The samples of the batch.
    samples : int
        How many they are.
    weight_decay : float
        λ of the penalty (λ/2)·Σ w² over the weights; it pulls on the gradient, and is not in
        the loss.
    gradient : Parameters
        Receives the mean over the samples, with λ·w added to the weights' part.
    scratch : ndarray, shape (parameters,)
        Free to use.
    after_block : callable
        Called after each block with its workspace; it may raise.
    """
    loss, correct = 0.0, 0
    gradient.flat.fill(0)
    for block in blocks:
        x, targets, work = block.x, block.targets, block.work
        work.output.read(network.forward(parameters, x, work), targets)
        loss += network.loss.value(work.output, targets)
        correct += work.output.correct(targets)
        network.backward(parameters, x, targets, work, gradient)
        after_block(work)
    np.divide(gradient.flat, samples, out=gradient.flat)
    if weight_decay:
        np.multiply(parameters.flat, weight_decay, out=scratch)
        penalty = Parameters.over(scratch, network.sizes)
        for into, pull in zip(gradient.weights, penalty.weights, strict=True):
            np.add(into, pull, out=into)
    return loss, correct
