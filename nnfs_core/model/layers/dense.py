"""Fully connected: every unit sees every number that comes in.

Z = W X + b                W: (units, inputs), b: (units,)
∂ΣL/∂W = Δ Xᵀ              ∂ΣL/∂b = Σ_samples δ
∂ΣL/∂X = Wᵀ Δ
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.compute import aligned
from nnfs_core.errors import UserError, quoted
from nnfs_core.model.initializers import Draw
from nnfs_core.model.parameters import LayerArrays, Shape

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Dense:
    """A dense layer.

    Parameters
    ----------
    inputs, units : int
    """

    name: ClassVar[str] = "dense"
    activated: ClassVar[bool] = True
    any_order: ClassVar[bool] = False

    inputs: int
    units: int

    @classmethod
    def of(cls, inputs: int, words: tuple[str, ...]) -> Dense:
        """Make one of what stands behind its name: ``dense 10``."""
        if len(words) != 1 or not words[0].isdecimal():
            raise UserError("a dense layer has units", expected="dense 10", found=_said(words))
        return cls(inputs, int(words[0]))

    @property
    def shape(self) -> Shape:
        """A row of weights for each unit, and a bias."""
        return self.units, self.inputs, self.units

    def initial(self, draw: Draw) -> tuple[Array, Array]:
        """Draw weights and biases."""
        return draw(self.units, self.inputs)

    def buffers(self, samples: int, dtype: DTypeLike, stack: int, z: Array) -> Any:
        """Return what the product with a stack needs; other products need nothing."""
        return None

    def forward(self, own: LayerArrays, x: Array, z: Array, buffers: Any) -> None:
        """Z = W X + b."""
        np.matmul(own.weights, x, out=z)
        np.add(z, own.column, out=z)

    def backward(
        self, own: LayerArrays, x: Array, delta: Array, gradient: LayerArrays, buffers: Any
    ) -> None:
        """∂ΣL/∂b = Σ δ and ∂ΣL/∂W = Δ Xᵀ."""
        np.add.reduce(delta, axis=1, out=gradient.biases)
        np.matmul(delta, x.T, out=gradient.weights)

    def pass_back(self, own: LayerArrays, delta: Array, below: Array, buffers: Any) -> None:
        """∂ΣL/∂X = Wᵀ Δ."""
        np.matmul(own.weights.T, delta, out=below)


class StackedInputs:
    """Buffers for the product with the inputs of a block.

    The inputs alone carry a leading *stack* axis, (stack, features, each) with samples =
    stack · each: products of a stack are done one by one in C, each small enough for kernels that
    are quicker. They may also hold only the first so many features, where all later ones are zero.

    Parameters
    ----------
    layer : Dense
    stack : int
    z : ndarray, shape (units, samples)
    """

    def __init__(self, layer: Dense, stack: int, z: Array) -> None:
        self._layer, self._stack = layer, stack
        self.z = _stacked(z, stack)
        self._delta: Array | None = None
        self._partial: Array | None = None

    def delta(self, delta: Array) -> Array:
        """View δ, shape (units, samples), as (stack, units, each)."""
        if self._delta is None:
            self._delta = _stacked(delta, self._stack)
        return self._delta

    def partial(self, used: int) -> Array:
        """Buffers for Δ Xᵀ of each product of the stack, shape (stack, units, used)."""
        units, stack = self._layer.units, self._stack
        if self._partial is None:
            size = stack * units * self._layer.inputs
            self._partial = aligned.empty((size,), self.z.dtype)
        return self._partial[: stack * units * used].reshape(stack, units, used)


def _stacked(array: Array, stack: int) -> Array:
    """View (units, samples) as (stack, units, each)."""
    units, samples = array.shape
    return array.reshape(units, stack, samples // stack).swapaxes(0, 1)


class FirstDense(Dense):
    """A dense layer whose inputs are those of the network: the same sums, in a quicker way."""

    __slots__ = ()

    any_order: ClassVar[bool] = True

    def buffers(self, samples: int, dtype: DTypeLike, stack: int, z: Array) -> StackedInputs:
        """Return what the product with a stack needs."""
        return StackedInputs(self, stack, z)

    def forward(self, own: LayerArrays, x: Array, z: Array, buffers: StackedInputs) -> None:
        """Z = W X + b, of the first features alone where the others are zero."""
        weights, used = own.weights, x.shape[1]
        np.matmul(weights if used == self.inputs else weights[:, :used], x, out=buffers.z)
        np.add(z, own.column, out=z)

    def backward(
        self,
        own: LayerArrays,
        x: Array,
        delta: Array,
        gradient: LayerArrays,
        buffers: StackedInputs,
    ) -> None:
        """∂ΣL/∂b = Σ δ and ∂ΣL/∂W = Δ Xᵀ, the sum over the stack; 0 where the inputs are zero."""
        np.add.reduce(delta, axis=1, out=gradient.biases)
        used, rows, out = x.shape[1], x.swapaxes(1, 2), gradient.weights
        if len(x) == 1:
            np.matmul(delta, rows[0], out=out[:, :used])
        else:
            partial = buffers.partial(used)
            np.matmul(buffers.delta(delta), rows, out=partial)
            np.add.reduce(partial, axis=0, out=out[:, :used])
        if used < out.shape[1]:
            out[:, used:] = 0


def _said(words: tuple[str, ...]) -> str:
    return quoted(" ".join(("dense", *words)))


LAYER = Dense
