"""Plain NumPy in float32, as anyone would write it: one sample a row, a line for a formula."""

from __future__ import annotations

import numpy as np

from benchmarks.peers import Array, Layers, Peer, Task


class Plain(Peer):
    """Gradient descent, with full batch or mini-batches."""

    name = "plain NumPy, float32"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        assert task.experiment.optimizer == "sgd"
        # Weights are kept as (units_in, units_out), the way rows want them.
        self._weights = [np.ascontiguousarray(w.T, np.float32) for w, _ in task.layers]
        self._biases = [bias.astype(np.float32) for _, bias in task.layers]
        self._x, self._targets = task.dataset.train_x, task.one_hot()
        self._orders = task.orders()

    def epoch(self) -> None:
        if self.task.experiment.batch_size is None:
            self._step(self._x, self._targets)
            return
        for chosen in self.task.batches(next(self._orders)):
            self._step(self._x[chosen], self._targets[chosen])

    def _step(self, x: Array, targets: Array) -> None:
        activations = [x]
        for number, (weights, bias) in enumerate(zip(self._weights, self._biases, strict=True)):
            z = activations[-1] @ weights + bias
            last = number == len(self._weights) - 1
            activations.append(z if last else np.maximum(z, 0))
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        delta = (powers / powers.sum(axis=1, keepdims=True) - targets) / np.float32(len(x))
        rate = np.float32(self.task.experiment.learning_rate)
        for number in reversed(range(len(self._weights))):
            weights, below = self._weights[number], activations[number]
            gradient, bias_gradient = below.T @ delta, delta.sum(axis=0)
            if number:
                delta = (delta @ weights.T) * (below > 0)
            self._weights[number] = weights - rate * gradient
            self._biases[number] -= rate * bias_gradient

    def layers(self) -> Layers:
        return [(w.T, bias) for w, bias in zip(self._weights, self._biases, strict=True)]
