"""What a layer is: one step of a network, forward and back."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnfs_core.model.initializers import Draw
from nnfs_core.model.parameters import LayerArrays, Shape

Array = NDArray[Any]


class Layer(Protocol):
    """One step of a network. It holds no parameters and no state, only the formulas.

    Samples are columns: what comes in has shape (inputs, samples), what goes out (units, samples).
    Every array that a pass needs is given to it; a training loop allocates nothing. A class of
    layers has a ``name``, the word that selects it, and ``of(inputs, words)``, which makes one of
    what stands behind that name.
    """

    @property
    def inputs(self) -> int:
        """Numbers of a sample that come in."""

    @property
    def units(self) -> int:
        """Numbers of a sample that go out."""

    @property
    def shape(self) -> Shape:
        """Rows and columns of its weights, and how many biases it has."""

    @property
    def activated(self) -> bool:
        """Whether a hidden one is followed by the network's activation function."""

    @property
    def any_order(self) -> bool:
        """Whether it may come first where the inputs have an order of their own.

        Then what comes in is of shape (stack, used, each): only the first inputs in that order
        where the others are zero, as a stack of products; see
        :class:`~nnfs_core.model.layers.dense.StackedInputs`.
        """

    def initial(self, draw: Draw) -> tuple[Array, Array]:
        """Return the weights and the biases to start from, in float64.

        Parameters
        ----------
        draw : callable
            ``draw(rows, columns)`` gives weights and biases as the experiment's initializer does.
        """

    def buffers(self, samples: int, dtype: DTypeLike, stack: int, z: Array) -> Any:
        """Return what it needs beside what it is given, for a block of samples; kept for later.

        Parameters
        ----------
        stack : int
            In how many products the inputs come, where it is the first layer.
        z : ndarray, shape (units, samples)
            What :meth:`forward` will be given to write to.
        """

    def forward(self, own: LayerArrays, x: Array, z: Array, buffers: Any) -> None:
        """Write what it computes of ``x`` to ``z``.

        Parameters
        ----------
        own : LayerArrays
            Its parameters.
        x : ndarray, shape (inputs, samples)
        z : ndarray, shape (units, samples)
        """

    def backward(
        self, own: LayerArrays, x: Array, delta: Array, gradient: LayerArrays, buffers: Any
    ) -> None:
        """Write ∂ΣL/∂w of its parameters, summed over the samples, to ``gradient``.

        Parameters
        ----------
        x : ndarray, shape (inputs, samples)
            As it came in.
        delta : ndarray, shape (units, samples)
            ∂ΣL/∂z.
        """

    def pass_back(self, own: LayerArrays, delta: Array, below: Array, buffers: Any) -> None:
        """Write ∂ΣL/∂x to ``below``, shape (inputs, samples). Follows :meth:`backward`."""


def all_samples(x: Array) -> Array:
    """Return inputs that come as a stack, shape (stack, inputs, each), as (inputs, samples)."""
    return x[0] if len(x) == 1 else np.concatenate(list(x), axis=1)
