"""Which numbers blew up first, when an epoch ends in infinities."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from nnfs_core.model.network import Array, Workspace
from nnfs_core.model.parameters import Parameters
from nnfs_core.text.layers import layer_name


class FirstNotFinite:
    """Looks at every number of a repeated epoch, in the order they are computed.

    Attributes
    ----------
    place : str or None
        The first numbers that were not finite: ``"the pre-activations of hidden 1"``.
    """

    def __init__(self) -> None:
        self.place: str | None = None

    def after_pass(self, work: Workspace, gradient: Parameters) -> None:
        """Look at a block's forward pass, then at its backward pass."""
        self._look("the pre-activations", enumerate(work.z), len(work.z))
        # Finite logits can still lie further apart than the largest number there is.
        what, array = work.output.between
        self._look(what, [(len(work.z) - 1, array)], len(work.z))
        backward = list(enumerate(work.delta))[::-1]
        self._look("the back-propagated errors", backward, len(work.z))
        self.after_sum(gradient)

    def after_sum(self, gradient: Parameters) -> None:
        """Look at the gradient of some blocks, or of all."""
        layers = len(gradient.weights)
        self._look("the weight gradients", list(enumerate(gradient.weights))[::-1], layers)

    def after_update(self, parameters: Parameters) -> None:
        """Look at the weights an update has made."""
        layers = len(parameters.weights)
        self._look("the weights", enumerate(parameters.weights), layers)
        self._look("the biases", enumerate(parameters.biases), layers)

    def _look(self, what: str, arrays: Iterable[tuple[int, Array]], layers: int) -> None:
        for layer, array in arrays:
            if self.place is None and not np.isfinite(array).all():
                self.place = f"{what} of {layer_name(layer, layers)}"
