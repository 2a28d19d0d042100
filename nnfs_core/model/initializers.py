"""How a network's parameters are drawn before the first epoch. To add a way, add an entry here.

Sources: He et al. 2015 (arXiv:1502.01852), Glorot and Bengio 2010.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Layer = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Weights ``(units_out, units_in)`` and biases ``(units_out,)`` of one layer."""

Initializer = Callable[[tuple[int, ...], int], Iterator[Layer]]
"""``initializer(sizes, seed)`` yields the layers in order, in float64."""


def _shapes(sizes: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    return ((out, into) for into, out in pairwise(sizes))


def _uniform(sizes: tuple[int, ...], seed: int) -> Iterator[Layer]:
    # The legacy generator on purpose: the original network drew W1, B1, W2, B2 in
    # this order from RandomState(42), and its published weights start from there.
    legacy = np.random.RandomState(seed)
    for out, into in _shapes(sizes):
        weights = legacy.rand(out, into) - 0.5
        yield weights, (legacy.rand(out, 1) - 0.5)[:, 0]


def _he(sizes: tuple[int, ...], seed: int) -> Iterator[Layer]:
    generator = np.random.default_rng(seed)
    for out, into in _shapes(sizes):
        yield generator.normal(0.0, np.sqrt(2.0 / into), (out, into)), np.zeros(out)


def _xavier(sizes: tuple[int, ...], seed: int) -> Iterator[Layer]:
    generator = np.random.default_rng(seed)
    for out, into in _shapes(sizes):
        limit = np.sqrt(6.0 / (into + out))
        yield generator.uniform(-limit, limit, (out, into)), np.zeros(out)


def _zeros(sizes: tuple[int, ...], seed: int) -> Iterator[Layer]:
    for out, into in _shapes(sizes):
        yield np.zeros((out, into)), np.zeros(out)


INITIALIZERS: dict[str, Initializer] = {
    "he": _he,
    "xavier": _xavier,
    "uniform": _uniform,
    "zeros": _zeros,
}
"""Every initializer by name.

``he``
    w ~ N(0, 2 / units_in), b = 0; made for ReLU.
``xavier``
    w ~ U(−l, l), l = √(6 / (units_in + units_out)), b = 0; made for tanh and sigmoid.
``uniform``
    w, b ~ U(−½, ½), the original network's draw, number for number.
``zeros``
    w = b = 0; all units stay alike for ever, which is worth watching once.
"""
