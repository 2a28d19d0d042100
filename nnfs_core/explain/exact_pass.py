"""One sample's way through the network and back, in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnfs_core.model.network import Network
from nnfs_core.model.parameters import Parameters

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ExactPass:
    """Every number of a sample's forward and backward pass.

    Attributes
    ----------
    network : Network
    parameters : Parameters
        In float64, the very numbers of the run.
    x : ndarray, shape (features,)
    z, a : tuple of ndarray, each of shape (units,)
        Pre-activations and activations of each layer; ``a[-1]`` are the answers.
    slope : tuple of ndarray, each of shape (units,)
        f′(z) of each hidden layer.
    label : int or float, or None
        The true class, or the true value in the data's own units; without it there is no loss and
        no way back.
    target : ndarray, shape (outputs,), or None
        What the output is to be for that.
    loss : float or None
    delta : tuple of ndarray, each of shape (units,)
        ∂L/∂z of each layer; empty without a label.
    activation_gradient : tuple of ndarray, each of shape (units,)
        ∂L/∂x first, then ∂L/∂a of each hidden layer; empty without a label.
    """

    network: Network
    parameters: Parameters
    x: Vector
    z: tuple[Vector, ...]
    a: tuple[Vector, ...]
    slope: tuple[Vector, ...]
    label: float | None
    target: Vector | None
    loss: float | None
    delta: tuple[Vector, ...]
    activation_gradient: tuple[Vector, ...]

    def inputs(self, layer: int) -> Vector:
        """Return what a layer reads: the sample, or the activations of the layer before."""
        return self.x if layer == 0 else self.a[layer - 1]


def follow(
    network: Network, parameters: Parameters, x: ArrayLike, label: float | None
) -> ExactPass:
    """Follow a sample, shape (features,), forward, and back if what it is is known."""
    double = Parameters.over(parameters.flat.astype(np.float64), parameters.layout)
    sample = np.asarray(x, np.float64)
    z = forward_from(network, double, 0, first(double, sample))
    a = [activated(network, layer) for layer in z[:-1]]
    slope = [np.empty_like(layer) for layer in a]
    for out, layer, active in zip(slope, z, a, strict=False):
        network.activation.slope(layer, active, out)
    task, target = network.task, None
    loss, delta, activation_gradient = None, list[Vector](), list[Vector]()
    if label is not None:
        target = task.targets(np.array([label]), np.float64)[:, 0]
        loss = task.exact_loss(network.loss, z[-1], target)
        delta = [task.exact_gradient(network.loss, z[-1], target)]
        for number in reversed(range(len(z))):
            activation_gradient.insert(0, double.weights[number].T @ delta[0])
            if number:
                delta.insert(0, activation_gradient[0] * slope[number - 1])
    return ExactPass(
        network,
        double,
        sample,
        tuple(z),
        (*a, task.exact(z[-1])),
        tuple(slope),
        label,
        target,
        loss,
        tuple(delta),
        tuple(activation_gradient),
    )


def first(parameters: Parameters, x: Vector) -> Vector:
    """Return the pre-activations of the first layer, shape (units,)."""
    z: Vector = parameters.weights[0] @ x + parameters.biases[0]
    return z


def activated(network: Network, z: Vector) -> Vector:
    """Return f(z) of a hidden layer."""
    a = np.empty_like(z)
    network.activation.value(z, a)
    return a


def forward_from(network: Network, parameters: Parameters, layer: int, z: Vector) -> list[Vector]:
    """Go on from the pre-activations of a layer; return those of it and of all that follow."""
    result = [z]
    for weights, bias in zip(
        parameters.weights[layer + 1 :], parameters.biases[layer + 1 :], strict=True
    ):
        result.append(weights @ activated(network, result[-1]) + bias)
    return result
