"""The network: parameters, forward pass and backward pass, written out by hand.

Samples are columns, as on paper. For a block of n samples, with A⁰ = X of shape
``(features, n)``, layer l = 1 … L has

    Zˡ = Wˡ Aˡ⁻¹ + bˡ                    Wˡ: (units_out, units_in), bˡ: (units_out,)
    Aˡ = f(Zˡ)                           hidden layers
    P  = softmax(Zᴸ)                     output layer

and with δˡ = ∂ΣL/∂Zˡ, the sum over the block's samples,

    δᴸ = ∂loss/∂Zᴸ                       p − t for cross-entropy
    δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ f′(Zˡ)
    ∂ΣL/∂Wˡ = δˡ (Aˡ⁻¹)ᵀ                 ∂ΣL/∂bˡ = Σ_samples δˡ

(Rumelhart, Hinton, Williams 1986; notation of Nielsen, *Neural Networks and Deep
Learning*, chapter 2). Every array may carry a leading *stack* axis, (stack, units, n):
products of a stack are done one by one in C, each small enough to stay in cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.activations import ACTIVATIONS, Activation
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.initializers import INITIALIZERS
from nnfs_core.losses import LOSSES, Loss, Output

Array = NDArray[Any]

MAX_PARAMETERS = 50_000_000
"""Training holds up to a dozen arrays of this size. More ends the process before any error can."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Weights and biases of all layers, as views of one flat array.

    Also the shape of everything that has one number per parameter: gradients,
    the optimizers' running averages, updates.

    Attributes
    ----------
    flat : ndarray, shape (parameters,)
        W¹, b¹, W², b², … one after the other.
    weights : tuple of ndarray, each of shape (units_out, units_in)
    biases : tuple of ndarray, each of shape (units_out,)
    """

    flat: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    @classmethod
    def over(cls, flat: Array, sizes: tuple[int, ...]) -> Self:
        """Lay the layers of a network of these sizes over a flat array."""
        weights, biases, at = [], [], 0
        for into, out in pairwise(sizes):
            weights.append(flat[at : at + out * into].reshape(out, into))
            at += out * into
            biases.append(flat[at : at + out])
            at += out
        return cls(flat, tuple(weights), tuple(biases))

    @staticmethod
    def count(sizes: tuple[int, ...]) -> int:
        """Return how many parameters a network of these sizes has."""
        return sum(out * into + out for into, out in pairwise(sizes))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of the input and of each layer."""
        return (self.weights[0].shape[1], *(len(bias) for bias in self.biases))

    def frozen_copy(self) -> Self:
        """Return a read-only copy that no later epoch changes."""
        flat = self.flat.copy()
        flat.flags.writeable = False
        return type(self).over(flat, self.sizes)

    @classmethod
    def initial(cls, experiment: Experiment, sizes: tuple[int, ...]) -> Self:
        """Draw the parameters a run of ``experiment`` starts from."""
        layers = INITIALIZERS[experiment.initializer](sizes, experiment.seed)
        parts = [part.ravel() for layer in layers for part in layer]
        return cls.over(np.concatenate(parts).astype(experiment.dtype), sizes)


class Workspace:
    """Every array one forward and backward pass needs for a block of samples.

    Made once per shape and used for block after block, so that a pass allocates nothing.

    Parameters
    ----------
    sizes : tuple of int
        Units of the input and of each layer.
    stack, samples : int
        Shape of a block: ``stack`` products of ``samples`` samples each.
    dtype : dtype
    """

    def __init__(self, sizes: tuple[int, ...], stack: int, samples: int, dtype: DTypeLike) -> None:
        def arrays(units: tuple[int, ...]) -> list[Array]:
            return [np.empty((stack, n, samples), dtype) for n in units]

        self.z = arrays(sizes[1:])
        self.a = arrays(sizes[1:-1])
        self.output = Output.empty((stack, sizes[-1], samples), np.dtype(dtype))
        self._sizes, self._stack, self._dtype = sizes, stack, dtype

    @cached_property
    def delta(self) -> list[Array]:
        """δˡ of each layer, shape (stack, units, samples). Only a backward pass makes them."""
        return [np.empty_like(z) for z in self.z]

    @cached_property
    def slope(self) -> list[Array]:
        """f′(Zˡ) of each hidden layer, shape (stack, units, samples)."""
        return [np.empty_like(a) for a in self.a]

    @cached_property
    def partial(self) -> list[Array]:
        """δˡ (Aˡ⁻¹)ᵀ of each product of the stack, shape (stack, units_out, units_in)."""
        return [
            np.empty((self._stack, out, into), self._dtype) for into, out in pairwise(self._sizes)
        ]

    @cached_property
    def bias_sum(self) -> list[Array]:
        """Σ_samples δˡ of each layer, shape (units,)."""
        return [np.empty(out, self._dtype) for out in self._sizes[1:]]


@dataclass(frozen=True, slots=True)
class Trace:
    """What the network computes for one sample, from the input to the probabilities.

    Attributes
    ----------
    x : ndarray, shape (features,)
    z, a : tuple of ndarray, each of shape (units,)
        Pre-activations and activations of each layer; ``a[-1]`` are the probabilities.
    """

    x: Array
    z: tuple[Array, ...]
    a: tuple[Array, ...]

    @property
    def probabilities(self) -> Array:
        """Probability of each class, shape (classes,)."""
        return self.a[-1]

    @property
    def predicted(self) -> int:
        """The most probable class."""
        return int(np.argmax(self.a[-1]))


class Network:
    """A fully connected network; it holds no parameters and no state, only the formulas.

    Parameters
    ----------
    sizes : tuple of int
        Units of the input, of each hidden layer, and of the output.
    activation : Activation
        Of the hidden layers.
    loss : Loss
        Decides what the backward pass starts from.
    """

    def __init__(self, sizes: tuple[int, ...], activation: Activation, loss: Loss) -> None:
        self.sizes = sizes
        self.activation = activation
        self.loss = loss

    @classmethod
    def of(cls, experiment: Experiment, features: int, classes: int) -> Self:
        """Make the network an experiment describes, for data of this shape.

        Raises
        ------
        UserError
            When it would have more than :data:`MAX_PARAMETERS` parameters.
        """
        sizes = (features, *experiment.layers, classes)
        if (count := Parameters.count(sizes)) > MAX_PARAMETERS:
            raise UserError(
                f"a network {' → '.join(map(str, sizes))} is too large",
                expected=f"at most {MAX_PARAMETERS:,} weights and biases",
                found=f"{count:,}",
            )
        return cls(
            sizes,
            ACTIVATIONS[experiment.activation],
            LOSSES[experiment.loss],
        )

    def forward(self, parameters: Parameters, x: Array, work: Workspace) -> Array:
        """Compute Z and A of every layer for a block; return the logits Zᴸ.

        Parameters
        ----------
        x : ndarray, shape (stack, features, samples)
        work : Workspace
            Of the block's shape; receives Z and A.
        """
        a = x
        for z, weights, bias, out in zip(
            work.z, parameters.weights, parameters.biases, [*work.a, None], strict=True
        ):
            np.matmul(weights, a, out=z)
            np.add(z, bias[:, None], out=z)
            if out is not None:
                self.activation.value(z, out)
                a = out
        return work.z[-1]

    def backward(
        self, parameters: Parameters, x: Array, targets: Array, work: Workspace, into: Parameters
    ) -> None:
        """Add the block's gradient, summed over its samples, to ``into``.

        Follows a :meth:`forward` of the same block and :meth:`Output.read
        <nnfs_core.losses.Output.read>` of its logits.

        Parameters
        ----------
        x : ndarray, shape (stack, features, samples)
        targets : ndarray, shape (stack, classes, samples)
            One-hot.
        into : Parameters
            The gradient so far.
        """
        self.loss.gradient(work.output, targets, out=work.delta[-1])
        for layer in reversed(range(len(work.z))):
            delta, inputs = work.delta[layer], work.a[layer - 1] if layer else x
            partial = work.partial[layer]
            np.matmul(delta, inputs.swapaxes(-1, -2), out=partial)
            for product in partial:
                np.add(into.weights[layer], product, out=into.weights[layer])
            bias = into.biases[layer]
            np.add.reduce(delta, axis=(0, 2), out=work.bias_sum[layer])
            np.add(bias, work.bias_sum[layer], out=bias)
            if layer:
                below, slope = work.delta[layer - 1], work.slope[layer - 1]
                np.matmul(parameters.weights[layer].T, delta, out=below)
                self.activation.slope(work.z[layer - 1], work.a[layer - 1], slope)
                np.multiply(below, slope, out=below)

    def trace(self, parameters: Parameters, x: Array) -> Trace:
        """Follow one sample, shape (features,), through the network."""
        x = np.asarray(x, parameters.flat.dtype)
        work = Workspace(self.sizes, 1, 1, parameters.flat.dtype)
        probabilities = self._probabilities(parameters, x[None, :, None], work)
        z = tuple(layer[0, :, 0] for layer in work.z)
        a = (*(layer[0, :, 0] for layer in work.a), probabilities[0, :, 0])
        return Trace(x, z, a)

    def predict(self, parameters: Parameters, x: Array) -> Array:
        """Return the probabilities, shape (samples, classes), of samples (samples, features)."""
        parts = [
            self._probabilities(
                parameters,
                np.asarray(rows, parameters.flat.dtype).T[None],
                Workspace(self.sizes, 1, len(rows), parameters.flat.dtype),
            )[0].T
            for rows in _slices(x)
        ]
        return np.concatenate(parts) if parts else np.empty((0, self.sizes[-1]))

    def _probabilities(self, parameters: Parameters, x: Array, work: Workspace) -> Array:
        logits = self.forward(parameters, x, work)
        work.output.read(logits, np.zeros_like(logits))
        return work.output.probabilities


def _slices(x: Array, rows: int = 1000) -> Iterator[Array]:
    return (x[at : at + rows] for at in range(0, len(x), rows))
