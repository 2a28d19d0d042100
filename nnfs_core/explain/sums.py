"""A sum of many products, with the largest of them named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnfs_core.model.places import Place


@dataclass(frozen=True, slots=True)
class Term:
    """A weight times a number.

    Attributes
    ----------
    weight_place, value_place : Place
        Where the two factors stand.
    weight, value : float
    product : float
    """

    weight_place: Place
    value_place: Place
    weight: float
    value: float
    product: float


@dataclass(frozen=True, slots=True)
class WeightedSum:
    """Σ w·v.

    Attributes
    ----------
    terms : tuple of Term
        Those with the largest absolute products, the largest first.
    rest : float
        The sum of all other products.
    rest_count : int
        How many they are.
    total : float
    """

    terms: tuple[Term, ...]
    rest: float
    rest_count: int
    total: float


def weighted_sum(
    weights: NDArray[np.float64],
    values: NDArray[np.float64],
    places: Callable[[int], tuple[Place, Place]],
    most: int,
) -> WeightedSum:
    """Take a sum of products apart.

    Parameters
    ----------
    weights, values : ndarray, shape (terms,)
    places : callable
        Gives the places of the two factors of a term by its number.
    most : int
        How many terms are named at most. Products of zero are not.
    """
    products = weights * values
    chosen = largest(products, most)
    others = np.ones(len(products), bool)
    others[chosen] = False
    terms = (
        Term(*places(k), float(weights[k]), float(values[k]), float(products[k])) for k in chosen
    )
    return WeightedSum(
        tuple(terms),
        float(products[others].sum()),
        len(products) - len(chosen),
        float(products.sum()),
    )


def largest(values: NDArray[np.float64], most: int) -> list[int]:
    """Return where the largest absolute values stand that are not zero, the largest first."""
    sizes = np.abs(values)
    if len(sizes) > most:
        candidates = np.argpartition(-sizes, most - 1)[:most]
    else:
        candidates = np.arange(len(sizes))
    ordered = candidates[np.lexsort((candidates, -sizes[candidates]))]
    return [int(k) for k in ordered if sizes[k] > 0]
