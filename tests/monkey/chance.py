"""Draws from a generator that give what JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")


def pick(rng: np.random.Generator, among: Sequence[Item]) -> Item:
    """Draw one, each as likely as the others."""
    return among[int(rng.integers(len(among)))]


def weighted(rng: np.random.Generator, weights: Mapping[Item, float]) -> Item:
    """Draw a key, as likely as its weight is large."""
    keys, shares = list(weights), np.array(list(weights.values()), float)
    return keys[int(rng.choice(len(keys), p=shares / shares.sum()))]


def whole(rng: np.random.Generator, low: int, high: int) -> int:
    """Draw a whole number from ``low`` to ``high``, both of them possible."""
    return int(rng.integers(low, high + 1))


def share(rng: np.random.Generator) -> float:
    """Draw a number from 0 to 1, with so many digits that a log can be read."""
    return round(float(rng.random()), 4)


def likely(rng: np.random.Generator, probability: float) -> bool:
    """Say yes with a probability."""
    return bool(rng.random() < probability)
