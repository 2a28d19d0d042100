"""Probabilities that four digits cannot tell from 1: what is missing says more."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

NEAR = 5e-4
"""Below this a probability is written as 1 minus what is missing."""


def missing_to_one(probabilities: ArrayLike, k: int) -> float | None:
    """Return 1 − p_k where p_k is to be written that way.

    Parameters
    ----------
    probabilities : array_like, shape (classes,)
        Of all classes; they sum to 1.
    k : int
        The class.

    Returns
    -------
    float or None
        The sum of all other probabilities, which has the digits that 1 − p_k would lose; None
        where p_k can be written as it is, also where nothing is missing at all.
    """
    others = float(np.delete(np.asarray(probabilities, np.float64), k).sum())
    return others if 0 < others < NEAR else None
