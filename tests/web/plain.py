"""The forward pass in plain NumPy, to compare with."""

from __future__ import annotations

import numpy as np

from nnfs_core.files.weights import Weights


def probabilities(weights: Weights, x: np.ndarray) -> np.ndarray:
    """Probabilities of one sample by a network of tanh layers, in float64."""
    a = x.astype(np.float64)
    for w, b in zip(weights.weights, weights.biases, strict=True):
        z = w @ a + b
        a = np.tanh(z)
    power = np.exp(z - z.max())
    return power / power.sum()
