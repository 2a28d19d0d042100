"""The network: parameters, forward pass and backward pass, written out by hand.

Samples are columns, as on paper. For a block of n samples, with A⁰ = X of shape
``(features, n)``, layer l = 1 … L has

    Zˡ = Wˡ Aˡ⁻¹ + bˡ                    Wˡ: (units_out, units_in), bˡ: (units_out,)
    Aˡ = f(Zˡ)                           hidden layers
    P  = softmax(Zᴸ)                     output layer; what comes after Zᴸ is the task's

and with δˡ = ∂ΣL/∂Zˡ, the sum over the block's samples,

    δᴸ = ∂loss/∂Zᴸ                       p − t for cross-entropy
    δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ f′(Zˡ)
    ∂ΣL/∂Wˡ = δˡ (Aˡ⁻¹)ᵀ                 ∂ΣL/∂bˡ = Σ_samples δˡ

(Rumelhart, Hinton, Williams 1986; notation of Nielsen, *Neural Networks and Deep
Learning*, chapter 2).

The inputs alone carry a leading *stack* axis, (stack, features, each) with n = stack · each:
products of a stack are done one by one in C, each small enough for kernels that are quicker.
They may also hold only the first so many features, where all later ones are zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.compute import aligned
from nnfs_core.errors import UserError
from nnfs_core.model.activations import ACTIVATIONS, Activation
from nnfs_core.model.initializers import INITIALIZERS
from nnfs_core.model.tasks import Loss, Output, Task

Array = NDArray[Any]

MAX_PARAMETERS = 50_000_000
"""Training holds up to two dozen arrays of this size, which is 4.8 GB in float32: the numbers of a
run twice, and a gradient for each group of blocks and each thread; see
:mod:`nnfs_core.passes.full_pass`. More ends many a machine's process before any error can."""


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
    columns : tuple of ndarray, each of shape (units_out, 1)
        The biases as columns, to be added to samples in columns.
    """

    flat: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    columns: tuple[Array, ...]

    @classmethod
    def over(cls, flat: Array, sizes: tuple[int, ...]) -> Self:
        """Lay the layers of a network of these sizes over a flat array."""
        weights, biases, columns, at = [], [], [], 0
        for into, out in pairwise(sizes):
            weights.append(flat[at : at + out * into].reshape(out, into))
            at += out * into
            biases.append(bias := flat[at : at + out])
            columns.append(bias[:, None])
            at += out
        return cls(flat, tuple(weights), tuple(biases), tuple(columns))

    @classmethod
    def room(cls, sizes: tuple[int, ...], dtype: DTypeLike) -> Self:
        """Make room for them, with anything in it."""
        return cls.over(aligned.empty((cls.count(sizes),), dtype), sizes)

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
    def initial(cls, sizes: tuple[int, ...], initializer: str, seed: int, dtype: str) -> Self:
        """Draw the parameters that a run starts from.

        Parameters
        ----------
        sizes : tuple of int
            Units of the input and of each layer.
        initializer : str
            One of :data:`~nnfs_core.model.initializers.INITIALIZERS`.
        seed : int
        dtype : str
            ``"float32"`` or ``"float64"``.
        """
        layers = INITIALIZERS[initializer](sizes, seed)
        parts = [part.ravel() for layer in layers for part in layer]
        return cls.over(np.concatenate(parts).astype(dtype), sizes)


class Workspace:
    """Every array one forward and backward pass needs for a block of samples.

    Made once per shape and used for block after block, so that a pass allocates nothing.

    Parameters
    ----------
    sizes : tuple of int
        Units of the input and of each layer.
    samples : int
        Of a block.
    dtype : dtype
    output : Output
        Of the network's task, for as many samples.
    stack : int
        In how many products the block's inputs go; it divides ``samples``.

    Attributes
    ----------
    z, a : list of ndarray, each of shape (units, samples)
        Pre-activations of each layer, activations of each hidden layer.
    output : Output
    """

    def __init__(
        self,
        sizes: tuple[int, ...],
        samples: int,
        dtype: DTypeLike,
        output: Output,
        stack: int = 1,
    ) -> None:
        self.z = [aligned.empty((units, samples), dtype) for units in sizes[1:]]
        self.a = [aligned.empty((units, samples), dtype) for units in sizes[1:-1]]
        self.output = output
        self.first_z = self._stacked(self.z[0], stack)
        self._stack, self._features = stack, sizes[0]

    @staticmethod
    def _stacked(array: Array, stack: int) -> Array:
        """View (units, samples) as (stack, units, each)."""
        units, samples = array.shape
        return array.reshape(units, stack, samples // stack).swapaxes(0, 1)

    @cached_property
    def delta(self) -> list[Array]:
        """δˡ of each layer, shape (units, samples). Only a backward pass makes them."""
        return [aligned.empty(z.shape, z.dtype) for z in self.z]

    @cached_property
    def first_delta(self) -> Array:
        """δ¹, shape (stack, units, each)."""
        return self._stacked(self.delta[0], self._stack)

    @cached_property
    def slope(self) -> list[Array]:
        """f′(Zˡ) of each hidden layer, shape (units, samples)."""
        return [aligned.empty(a.shape, a.dtype) for a in self.a]

    def partial(self, used: int) -> Array:
        """Room for δ¹ (A⁰)ᵀ of each product of the stack, shape (stack, units, used)."""
        units = len(self.z[0])
        return self._partial[: self._stack * units * used].reshape(self._stack, units, used)

    @cached_property
    def _partial(self) -> Array:
        return aligned.empty((self._stack * len(self.z[0]) * self._features,), self.z[0].dtype)


@dataclass(frozen=True, slots=True)
class Trace:
    """What the network computes for one sample, from the input to its answers.

    Attributes
    ----------
    x : ndarray, shape (features,)
    z, a : tuple of ndarray, each of shape (units,)
        Pre-activations and activations of each layer; ``a[-1]`` are the answers.
    """

    x: Array
    z: tuple[Array, ...]
    a: tuple[Array, ...]

    @property
    def answers(self) -> Array:
        """What the network says: the probability of each class, or a value; shape (outputs,)."""
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
    task : Task
        What the output means.
    """

    def __init__(
        self, sizes: tuple[int, ...], activation: Activation, loss: Loss, task: Task
    ) -> None:
        self.sizes = sizes
        self.activation = activation
        self.loss = loss
        self.task = task

    @classmethod
    def of(cls, sizes: tuple[int, ...], activation: str, loss: str, task: Task) -> Self:
        """Make a network of these sizes, with functions that are named.

        Raises
        ------
        UserError
            When the loss is not one of the task's, or it would have more than
            :data:`MAX_PARAMETERS` parameters.
        """
        if (count := Parameters.count(sizes)) > MAX_PARAMETERS:
            raise UserError(
                f"a network {' → '.join(map(str, sizes))} is too large",
                expected=f"at most {MAX_PARAMETERS:,} weights and biases",
                found=f"{count:,}",
            )
        if loss not in task.losses:
            raise UserError(
                f"the loss {loss} is not for {task.name}",
                expected=" or ".join(task.losses),
                found=loss,
            )
        return cls(sizes, ACTIVATIONS[activation], task.losses[loss], task)

    def workspace(self, samples: int, dtype: DTypeLike, stack: int = 1) -> Workspace:
        """Make every array that a pass over a block of samples needs."""
        return Workspace(self.sizes, samples, dtype, self.task.output(samples, dtype), stack)

    def forward(self, parameters: Parameters, x: Array, work: Workspace) -> Array:
        """Compute Z and A of every layer for a block; return the logits Zᴸ.

        Parameters
        ----------
        x : ndarray, shape (stack, used, each)
            All inputs, or the first ones, when the others are zero.
        work : Workspace
            Of the block's shape; receives Z and A.
        """
        first, active = parameters.weights[0], work.a
        used = x.shape[1]
        np.matmul(first if used == first.shape[1] else first[:, :used], x, out=work.first_z)
        for layer, z in enumerate(work.z):
            if layer:
                np.matmul(parameters.weights[layer], active[layer - 1], out=z)
            np.add(z, parameters.columns[layer], out=z)
            if layer < len(active):
                self.activation.value(z, active[layer])
        return work.z[-1]

    def backward(
        self,
        parameters: Parameters,
        x: Array,
        targets: Array,
        work: Workspace,
        out: Parameters,
        scale: float = 1,
    ) -> None:
        """Write the block's gradient, summed over its samples, to ``out``.

        Follows a :meth:`forward` of the same block and :meth:`Output.read
        <nnfs_core.model.tasks.task.Output.read>` of its logits.

        Parameters
        ----------
        x : ndarray, shape (stack, used, each)
        targets : ndarray, shape (outputs, samples)
            What the output is to be, as :meth:`Task.targets
            <nnfs_core.model.tasks.task.Task.targets>` gives it.
        scale : float
            What to multiply with: 1/n to get the mean over n samples. It is put where the errors
            start from, which are far fewer numbers than the gradient.
        """
        errors = work.delta[-1]
        self.loss.gradient(work.output, targets, out=errors)
        if scale != 1:
            np.multiply(errors, scale, out=errors)
        for layer in reversed(range(len(work.z))):
            delta, gradient = work.delta[layer], out.weights[layer]
            np.add.reduce(delta, axis=1, out=out.biases[layer])
            if layer:
                np.matmul(delta, work.a[layer - 1].T, out=gradient)
                below, slope = work.delta[layer - 1], work.slope[layer - 1]
                np.matmul(parameters.weights[layer].T, delta, out=below)
                self.activation.slope(work.z[layer - 1], work.a[layer - 1], slope)
                np.multiply(below, slope, out=below)
            else:
                self._input_gradient(x, work, gradient)

    @staticmethod
    def _input_gradient(x: Array, work: Workspace, out: Array) -> None:
        used, columns = x.shape[1], x.swapaxes(1, 2)
        if len(x) == 1:
            np.matmul(work.delta[0], columns[0], out=out[:, :used])
        else:
            partial = work.partial(used)
            np.matmul(work.first_delta, columns, out=partial)
            np.add.reduce(partial, axis=0, out=out[:, :used])
        if used < out.shape[1]:
            out[:, used:] = 0

    def trace(self, parameters: Parameters, x: Array) -> Trace:
        """Follow one sample, shape (features,), through the network.

        Where training keeps its numbers finite, those of another sample may still not be: then
        they are infinite, and probabilities nan.
        """
        x = np.asarray(x, parameters.flat.dtype)
        work = self.workspace(1, parameters.flat.dtype)
        answers = self._answers(parameters, x[None, :, None], work)
        z = tuple(layer[:, 0] for layer in work.z)
        a = (*(layer[:, 0] for layer in work.a), answers[:, 0])
        return Trace(x, z, a)

    def predict(self, parameters: Parameters, x: Array) -> Array:
        """Return the answers, shape (samples, outputs), to samples (samples, features).

        Probabilities of classes, or values: ``task`` says how they are meant.
        """
        parts = [
            self._answers(
                parameters,
                np.asarray(rows, parameters.flat.dtype).T[None],
                self.workspace(len(rows), parameters.flat.dtype),
            ).T
            for rows in _slices(x)
        ]
        return np.concatenate(parts) if parts else np.empty((0, self.sizes[-1]))

    def _answers(self, parameters: Parameters, x: Array, work: Workspace) -> Array:
        with np.errstate(all="ignore"):
            logits = self.forward(parameters, x, work)
            work.output.read(logits, np.zeros_like(logits))
        return work.output.answers


def _slices(x: Array, rows: int = 1000) -> Iterator[Array]:
    return (x[at : at + rows] for at in range(0, len(x), rows))
