"""One training step in slow motion: its stages, and what one sample brings to each of them.

For one sample with input x = a⁰ and loss L, forward and then backward,

    zˡ = Wˡ aˡ⁻¹ + bˡ,   aˡ = f(zˡ),   p = softmax(zᴸ),
    δˡ = ∂L/∂zˡ,   ∂L/∂Wˡ = δˡ (aˡ⁻¹)ᵀ,   ∂L/∂bˡ = δˡ

as in :mod:`nnfs_core.model.network`. The gradient of a batch is the mean of those of its samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nnfs_core.model.network import Network
from nnfs_core.model.parameters import Parameters
from nnfs_core.text.layers import layer_name


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a training step.

    Attributes
    ----------
    kind : str
        ``input``, ``forward`` and ``backward`` of one layer, ``loss``, or ``update``.
    layer : int
        0 for the first layer after the input; −1 where the stage is of no one layer.
    """

    kind: Literal["input", "forward", "loss", "backward", "update"]
    layer: int = -1

    def name(self, layers: int) -> str:
        """Return what the stage is called in a network of so many layers after the input."""
        if self.kind in ("forward", "backward"):
            return f"{self.kind}, {layer_name(self.layer, layers)}"
        return self.kind


def stages(layers: int, *, labelled: bool = True) -> tuple[Stage, ...]:
    """Return the stages of a step of a network with so many layers after the input.

    Parameters
    ----------
    layers : int
    labelled : bool
        Whether the sample has a class. Without one there is no loss to go back from: the
        stages end where it would be.
    """
    there = (
        Stage("input"),
        *(Stage("forward", layer) for layer in range(layers)),
        Stage("loss"),
    )
    if not labelled:
        return there
    back = (Stage("backward", layer) for layer in reversed(range(layers)))
    return (*there, *back, Stage("update"))


@dataclass(frozen=True, slots=True)
class SamplePass:
    """One sample's loss and its gradient, as a training step works them out.

    Attributes
    ----------
    loss : float
        Of this sample, without weight decay: of the step's own logits, but worked out in
        float64. A loss of 10⁻⁹ is 0 in float32, which has no number between 1 − 10⁻⁹ and 1.
    gradient : Parameters
        ∂L/∂w of this sample's loss. Its biases are δˡ = ∂L/∂zˡ of each layer.
    true_delta : float
        δ of the true class, or of the value, worked out as the loss is. The gradient's own may have
        been rounded to 0.
    """

    loss: float
    gradient: Parameters
    true_delta: float

    @property
    def delta(self) -> tuple[NDArray[Any], ...]:
        """δˡ = ∂L/∂zˡ of each layer, each of shape (units,)."""
        return self.gradient.biases


def sample_pass(
    network: Network, parameters: Parameters, x: NDArray[Any], label: float
) -> SamplePass:
    """Take one sample through the network and back, with the arithmetic of training.

    Parameters
    ----------
    x : ndarray, shape (features,)
    label : int or float
        The true class, or the true value in the data's own units.
    """
    dtype = parameters.flat.dtype
    work, task = network.workspace(1, dtype), network.task
    column = np.asarray(x, dtype)[None, :, None]
    targets = task.targets(np.array([label]), dtype)
    exact = task.targets(np.array([label]), np.float64)[:, 0]
    true = int(exact.argmax())
    gradient = Parameters.over(np.zeros_like(parameters.flat), network.layout)
    # What does not fit is infinite, as in training.
    with np.errstate(all="ignore"):
        work.output.compute(network.forward(parameters, column, work), targets)
        loss = network.loss.value(work.output, targets)
        network.backward(parameters, column, targets, work, gradient)
        delta, logits = float(gradient.biases[-1][true]), work.z[-1].astype(np.float64).ravel()
        if np.isfinite(logits).all():
            loss = task.exact_loss(network.loss, logits, exact)
            delta = float(task.exact_gradient(network.loss, logits, exact)[true])
    return SamplePass(loss, gradient, delta)
