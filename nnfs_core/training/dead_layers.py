r"""Dead layers: hidden layers that no gradient comes through any more, not for any sample.

The backward pass reaches a hidden layer as δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ f′(Zˡ), one number for each unit
and training sample. A unit is *blocked* when its δ is 0 whatever the errors above it are: when

- its slope f′(z) is exactly 0 for every training sample. So it is with relu where z ≤ 0; with
  tanh and sigmoid where the result is so near to its end that it rounds to it; never with
  leaky_relu and identity;
- or it gives exactly 0 for every training sample, and every weight that leads on from it is 0.
  Then those weights have no gradient either, and stay 0. All weights zero at the start do that.

A layer is dead when every unit of it is blocked. Then its gradient and those of all layers below
are exactly 0, with mini-batches that of each batch. What it gives depends on these layers alone,
so with plain gradient descent it stays dead for ever. Only what goes on without a gradient can
still move its weights: momentum that is left, and weight decay.

A gradient that is exactly 0 proves nothing of the kind: a network that has learned its samples so
well that every error rounds to 0 is not dead. So this looks at slopes, not at gradients. A dead
layer does make the gradient of the biases of the first layer 0, which costs nothing to see: where
it is not, nobody need look further.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.model.network import Network, Workspace
from nnfs_core.model.parameters import Parameters
from nnfs_core.passes.batches import Block
from nnfs_core.passes.full_pass import Passer
from nnfs_core.progress import Look, go_on

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class DeadLayer:
    """A hidden layer that is dead.

    Attributes
    ----------
    layer : int
        0 for the first one.
    units : int
    silent : bool
        Whether every unit gives exactly 0 for every training sample.
    flat : bool
        Whether every slope is exactly 0; otherwise some units give 0 and lead nowhere.
    """

    layer: int
    units: int
    silent: bool
    flat: bool


def silent_layers(gradient: Parameters) -> int:
    """Return how many layers, from the first on, have biases whose gradient is exactly 0.

    No more than these can be dead. It makes no array.
    """
    count = 0
    for bias in gradient.biases:
        if np.count_nonzero(bias):
            break
        count += 1
    return count


class _Seen:
    """What a pass over blocks has seen of a hidden layer's units, each shape (units,).

    Parameters
    ----------
    leading_on : ndarray, shape (units above, units)
        The weights of the layer above.
    """

    def __init__(self, leading_on: Array) -> None:
        units = leading_on.shape[1]
        self.slopes, self.speaks = np.zeros(units, bool), np.zeros(units, bool)
        self.leads_nowhere = ~leading_on.any(axis=0)

    @property
    def blocked(self) -> Array:
        return ~self.slopes | (~self.speaks & self.leads_nowhere)

    def look(self, network: Network, work: Workspace, layer: int) -> None:
        slope, a = work.slope[layer], work.a[layer]
        network.activation.slope(work.z[layer], a, slope)
        # What is no number has a slope of 0, and proves nothing.
        self.slopes |= slope.any(axis=1) | np.isnan(a).any(axis=1)
        self.speaks |= a.any(axis=1)


def dead_layers(
    passer: Passer, parameters: Parameters, blocks: Iterable[Block], look: Look = go_on
) -> tuple[DeadLayer, ...]:
    """Return which hidden layers are dead, from the first on.

    One pass forward, which ends with the first block that shows that none is.

    Parameters
    ----------
    passer : Passer
    parameters : Parameters
        With the inputs of the first layer in the order of the blocks.
    blocks : iterable of Block
        All training samples.
    look : callable
        Called before each block, and may raise.
    """
    seen = [_Seen(leading_on) for leading_on in parameters.weights[1:]]
    for block in blocks:
        if all(not one.blocked.all() for one in seen):
            return ()
        look()
        work = passer.forward(parameters, block)
        for layer, one in enumerate(seen):
            one.look(passer.network, work, layer)
    return tuple(
        DeadLayer(layer, len(one.slopes), not one.speaks.any(), not one.slopes.any())
        for layer, one in enumerate(seen)
        if one.blocked.all()
    )
