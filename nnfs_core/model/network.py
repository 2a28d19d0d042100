"""The network: forward pass and backward pass, written out by hand.

Samples are columns, as on paper. For a block of n samples, with A⁰ = X of shape
``(features, n)``, layer l = 1 … L has

    Zˡ = Wˡ Aˡ⁻¹ + bˡ                    a dense layer: Wˡ (units_out, units_in), bˡ (units_out,)
    Aˡ = f(Zˡ)                           hidden layers
    P  = softmax(Zᴸ)                     output layer; what comes after Zᴸ is the task's

and with δˡ = ∂ΣL/∂Zˡ, the sum over the block's samples,

    δᴸ = ∂loss/∂Zᴸ                       p − t for cross-entropy
    δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ f′(Zˡ)
    ∂ΣL/∂Wˡ = δˡ (Aˡ⁻¹)ᵀ                 ∂ΣL/∂bˡ = Σ_samples δˡ

(Rumelhart, Hinton, Williams 1986; notation of Nielsen, *Neural Networks and Deep
Learning*, chapter 2). What Z and its gradients are is each layer's own business
(:mod:`nnfs_core.model.layers`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.compute import aligned
from nnfs_core.errors import UserError
from nnfs_core.model.activations import ACTIVATIONS, Activation
from nnfs_core.model.initializers import INITIALIZERS
from nnfs_core.model.layers import Dense, FirstDense, Layer, all_samples, layer_of
from nnfs_core.model.parameters import Layout, Parameters
from nnfs_core.model.tasks import Loss, Output, Task

Array = NDArray[Any]

MAX_PARAMETERS = 50_000_000
"""Training holds up to two dozen arrays of this size, which is 4.8 GB in float32: the numbers of a
run twice, and a gradient for each group of blocks and each thread; see
:mod:`nnfs_core.passes.full_pass`. More ends many a machine's process before any error can."""


class Workspace:
    """Every array one forward and backward pass needs for a block of samples.

    Made once per shape and used for block after block, so that a pass allocates nothing.

    Parameters
    ----------
    layers : tuple of Layer
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
        What each layer computes, and what it hands on: the same array where no activation
        function follows, as in the last one.
    buffers : list
        What each layer needs for itself.
    output : Output
    """

    def __init__(
        self,
        layers: tuple[Layer, ...],
        samples: int,
        dtype: DTypeLike,
        output: Output,
        stack: int = 1,
    ) -> None:
        self.z = [aligned.empty((layer.units, samples), dtype) for layer in layers]
        self.a = [
            aligned.empty(z.shape, dtype) if layer.activated and layer is not layers[-1] else z
            for layer, z in zip(layers, self.z, strict=True)
        ]
        self.buffers = [
            layer.buffers(samples, dtype, 1 if number else stack, z)
            for number, (layer, z) in enumerate(zip(layers, self.z, strict=True))
        ]
        self.output = output

    @cached_property
    def delta(self) -> list[Array]:
        """δˡ of each layer, shape (units, samples). Only a backward pass makes them."""
        return [aligned.empty(z.shape, z.dtype) for z in self.z]

    @cached_property
    def slope(self) -> list[Array]:
        """f′(Zˡ) of each hidden layer, shape (units, samples)."""
        return [aligned.empty(a.shape, a.dtype) for a in self.a[:-1]]


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


def layout_of(layers: tuple[Layer, ...]) -> Layout:
    """Return where the parameters of layers lie that follow each other."""
    sizes = (layers[0].inputs, *(layer.units for layer in layers))
    return Layout(sizes, tuple(layer.shape for layer in layers))


def drawn_parameters(
    layers: tuple[Layer, ...], initializer: str, seed: int, dtype: str
) -> Parameters:
    """Draw the parameters of layers, one layer after the other; see :meth:`Network.initial`."""
    draw = INITIALIZERS[initializer](seed)
    parts = [part.ravel() for layer in layers for part in layer.initial(draw)]
    return Parameters.over(np.concatenate(parts).astype(dtype), layout_of(layers))


class Network:
    """Layers one after the other; it holds no parameters and no state, only the formulas.

    Parameters
    ----------
    layers : tuple of Layer
        Each takes as many numbers as the one before gives.
    activation : Activation
        Of the hidden layers.
    loss : Loss
        Decides what the backward pass starts from.
    task : Task
        What the output means.

    Attributes
    ----------
    sizes : tuple of int
        Units of the input, and of each layer.
    layout : Layout
        Where the parameters of each layer lie.
    is_dense : bool
        Whether all layers are dense.
    """

    def __init__(
        self, layers: tuple[Layer, ...], activation: Activation, loss: Loss, task: Task
    ) -> None:
        self.layers = layers
        self.layout = layout_of(layers)
        self.sizes = self.layout.sizes
        self._any_order = layers[0].any_order
        self.is_dense = all(isinstance(layer, Dense) for layer in layers)
        self.activation = activation
        self.loss = loss
        self.task = task

    @classmethod
    def of(
        cls,
        inputs: int,
        hidden: tuple[int | str, ...],
        outputs: int,
        activation: str,
        loss: str,
        task: Task,
    ) -> Self:
        """Make a network of these hidden layers, with functions that are named.

        Parameters
        ----------
        inputs, outputs : int
        hidden : tuple of int or str
            As an experiment lists them; see :func:`~nnfs_core.model.layers.layer_of`.

        Raises
        ------
        UserError
            When there is no such layer, the loss is not one of the task's, or it would have more
            than :data:`MAX_PARAMETERS` parameters.
        """
        layers: list[Layer] = []
        for spec in (*hidden, outputs):
            layers.append(layer_of(spec, layers[-1].units if layers else inputs))
        if isinstance(layers[0], Dense):
            layers[0] = FirstDense(layers[0].inputs, layers[0].units)
        made = tuple(layers)
        layout = layout_of(made)
        if (count := layout.count()) > MAX_PARAMETERS:
            raise UserError(
                f"a network {' → '.join(map(str, layout.sizes))} is too large",
                expected=f"at most {MAX_PARAMETERS:,} weights and biases",
                found=f"{count:,}",
            )
        if loss not in task.losses:
            raise UserError(
                f"the loss {loss} is not for {task.name}",
                expected=" or ".join(task.losses),
                found=loss,
            )
        return cls(made, ACTIVATIONS[activation], task.losses[loss], task)

    def initial(self, initializer: str, seed: int, dtype: str) -> Parameters:
        """Draw the parameters that a run starts from.

        Parameters
        ----------
        initializer : str
            One of :data:`~nnfs_core.model.initializers.INITIALIZERS`.
        seed : int
        dtype : str
            ``"float32"`` or ``"float64"``.
        """
        return drawn_parameters(self.layers, initializer, seed, dtype)

    def workspace(self, samples: int, dtype: DTypeLike, stack: int = 1) -> Workspace:
        """Make every array that a pass over a block of samples needs."""
        return Workspace(self.layers, samples, dtype, self.task.output(samples, dtype), stack)

    def forward(self, parameters: Parameters, x: Array, work: Workspace) -> Array:
        """Compute Z and A of every layer for a block; return the logits Zᴸ.

        Parameters
        ----------
        x : ndarray, shape (stack, used, each)
            All inputs; where the first layer takes that, only the first ones, when the others are
            zero.
        work : Workspace
            Of the block's shape; receives Z and A.
        """
        below = x if self._any_order else all_samples(x)
        for layer, own, z, a, buffers in zip(
            self.layers, parameters.layers, work.z, work.a, work.buffers, strict=True
        ):
            layer.forward(own, below, z, buffers)
            if a is not z:
                self.activation.value(z, a)
            below = a
        return below

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

        Follows a :meth:`forward` of the same block and :meth:`Output.compute
        <nnfs_core.model.tasks.task.Output.compute>` of its logits.

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
        delta = work.delta[-1]
        self.loss.gradient(work.output, targets, out=delta)
        if scale != 1:
            np.multiply(delta, scale, out=delta)
        for number in range(len(self.layers) - 1, 0, -1):
            layer, own, buffers = (
                self.layers[number],
                parameters.layers[number],
                work.buffers[number],
            )
            z, a, errors = work.z[number - 1], work.a[number - 1], work.delta[number - 1]
            layer.backward(own, a, delta, out.layers[number], buffers)
            layer.pass_back(own, delta, errors, buffers)
            if a is not z:
                slope = work.slope[number - 1]
                self.activation.slope(z, a, slope)
                np.multiply(errors, slope, out=errors)
            delta = errors
        first = x if self._any_order else all_samples(x)
        self.layers[0].backward(parameters.layers[0], first, delta, out.layers[0], work.buffers[0])

    def trace(self, parameters: Parameters, x: Array) -> Trace:
        """Follow one sample, shape (features,), through the network.

        Where training keeps its numbers finite, those of another sample may still not be: then
        they are infinite, and probabilities nan.
        """
        x = np.asarray(x, parameters.flat.dtype)
        work = self.workspace(1, parameters.flat.dtype)
        answers = self._answers(parameters, x[None, :, None], work)
        z = tuple(layer[:, 0] for layer in work.z)
        a = (*(layer[:, 0] for layer in work.a[:-1]), answers[:, 0])
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
            work.output.compute(logits, np.zeros_like(logits))
        return work.output.answers


def _slices(x: Array, rows: int = 1000) -> Iterator[Array]:
    return (x[at : at + rows] for at in range(0, len(x), rows))
