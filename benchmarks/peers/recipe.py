"""The original recipe: two layers, full batch, float64 weights on float32 pixels.

A product of a float64 and a float32 matrix first copies the float32 one to float64. Twice an
epoch that is all of the data, and it is most of this recipe's time.
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers import Layers, Peer, Task


class Recipe(Peer):
    """One epoch as the original does it, samples as columns, nothing kept between epochs."""

    name = "the original recipe (float64 · float32)"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        (w1, b1), (w2, b2) = task.layers
        self._parameters = w1.copy(), b1[:, None].copy(), w2.copy(), b2[:, None].copy()
        self._x = task.dataset.train_x.T
        self._one_hot = task.one_hot().T

    def epoch(self) -> None:
        w1, b1, w2, b2 = self._parameters
        x, one_hot, m = self._x, self._one_hot, self._x.shape[1]

        z1 = w1.dot(x) + b1
        a1 = np.maximum(z1, 0)
        z2 = w2.dot(a1) + b2
        powers = np.exp(z2 - z2.max(axis=0))
        a2 = powers / powers.sum(axis=0)

        dz2 = a2 - one_hot
        dw2 = 1 / m * dz2.dot(a1.T)
        db2 = 1 / m * dz2.sum(axis=1, keepdims=True)
        dz1 = w2.T.dot(dz2) * (z1 > 0)
        dw1 = 1 / m * dz1.dot(x.T)
        db1 = 1 / m * dz1.sum(axis=1, keepdims=True)

        rate = self.task.experiment.learning_rate
        self._parameters = w1 - rate * dw1, b1 - rate * db1, w2 - rate * dw2, b2 - rate * db2

    def layers(self) -> Layers:
        w1, b1, w2, b2 = self._parameters
        return [(w1, b1[:, 0]), (w2, b2[:, 0])]
