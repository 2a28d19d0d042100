"""The whole network on one page, as one writes it down on paper. Everything else is this, faster.

A sample x goes forward through every layer, and the way back gives every weight its gradient:

    zˡ = Wˡ·aˡ⁻¹ + bˡ        aˡ = relu(zˡ)        a⁰ = x
    p  = softmax(zᴸ)         L  = −ln p of the true class
    δᴸ = p − t               δˡ = (Wˡ⁺¹ᵀ·δˡ⁺¹) · relu′(zˡ)
    ∂L/∂Wˡ = δˡ·aˡ⁻¹ᵀ        ∂L/∂bˡ = δˡ          W ← W − η · ∂L/∂W

Samples are columns, so one product does it for all of them, and the gradient is the mean. Nothing
here is quick or guarded; the tests hold :class:`~nnfs_core.training.trainer.Trainer` equal to it.

    python -m nnfs_core.plain        learns the digits, in some seconds
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Layer = tuple[Array, Array]
"""Weights W, shape (units out, units in), and biases b, shape (units out, 1)."""


def initial(sizes: tuple[int, ...], seed: int = 0) -> list[Layer]:
    """Draw weights of the size that keeps activations as large as the input (He et al. 2015)."""
    draw = np.random.default_rng(seed)
    return [
        (draw.normal(0, np.sqrt(2 / inputs), (units, inputs)), np.zeros((units, 1)))
        for inputs, units in itertools.pairwise(sizes)
    ]


def relu(z: Array) -> Array:
    """Pass on what is above zero."""
    return np.maximum(z, 0)


def softmax(z: Array) -> Array:
    """Turn the sums of the outputs into shares of 1; the largest is taken off, to stay finite."""
    powers = np.exp(z - z.max(axis=0))
    shares: Array = powers / powers.sum(axis=0)
    return shares


def forward(layers: list[Layer], x: Array) -> tuple[list[Array], list[Array]]:
    """Return z and a of every layer for samples x, shape (features, samples); a begins with x."""
    zs, activations = [], [x]
    for number, (weights, biases) in enumerate(layers, 1):
        zs.append(weights @ activations[-1] + biases)
        last = number == len(layers)
        activations.append(softmax(zs[-1]) if last else relu(zs[-1]))
    return zs, activations


def loss(p: Array, t: Array) -> float:
    """Return the mean of −ln p of the true class; t has a 1 there and 0 elsewhere."""
    return float(-np.mean(np.log((p * t).sum(axis=0))))


def backward(
    layers: list[Layer], zs: list[Array], activations: list[Array], t: Array
) -> list[Layer]:
    """Return the gradient of the loss with respect to every weight and bias, the chain rule."""
    samples = t.shape[1]
    delta = (activations[-1] - t) / samples
    gradients: list[Layer] = []
    for number in reversed(range(len(layers))):
        gradients.insert(0, (delta @ activations[number].T, delta.sum(axis=1, keepdims=True)))
        if number:
            delta = (layers[number][0].T @ delta) * (zs[number - 1] > 0)
    return gradients


def update(layers: list[Layer], gradients: list[Layer], rate: float) -> list[Layer]:
    """Take a step against the gradient, of the learning rate's length."""
    return [
        (weights - rate * by_weights, biases - rate * by_biases)
        for (weights, biases), (by_weights, by_biases) in zip(layers, gradients, strict=True)
    ]


def train(layers: list[Layer], x: Array, t: Array, rate: float, epochs: int) -> list[Layer]:
    """Train with all samples at once; return the layers after so many epochs."""
    for epoch in range(epochs + 1):
        zs, activations = forward(layers, x)
        if epoch % 50 == 0:
            right = np.mean(activations[-1].argmax(axis=0) == t.argmax(axis=0))
            print(f"epoch {epoch:>4}   loss {loss(activations[-1], t):.4f}   right {right:.1%}")
        if epoch < epochs:
            layers = update(layers, backward(layers, zs, activations, t), rate)
    return layers


def main() -> None:
    """Learn the digits that ship with the program, and say how many unknown ones are right."""
    from nnfs_core.data import load_dataset

    data = load_dataset("digits")
    x, t = data.train_x.T.astype(float), np.eye(10)[data.train_y].T
    layers = train(initial((64, 10, 10)), x, t, rate=0.5, epochs=300)
    p = forward(layers, data.validation_x.T.astype(float))[1][-1]
    right = np.mean(p.argmax(axis=0) == data.validation_y)
    print(f"of {p.shape[1]} digits it has never seen, {right:.1%} are right")


if __name__ == "__main__":
    main()
