"""scikit-learn's MLPClassifier, one epoch a call of ``partial_fit``.

It draws its own first weights, so they are replaced after a call that only makes them, and its
own order, so the samples are handed over in the order of the others and it does not shuffle.
Checks of what it is given are switched off, as for someone who knows the data. Its Adam adds ε
before it corrects v, as the paper proposes for speed; where gradients are not tiny this is the
same.
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers import Layers, Peer, Task


class ScikitLearn(Peer):
    """Adam on the cross-entropy, without its default penalty."""

    name = "scikit-learn MLPClassifier"
    requires = "sklearn"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        from sklearn.neural_network import MLPClassifier

        experiment, data = task.experiment, task.dataset
        assert experiment.optimizer == "adam" and experiment.batch_size is not None
        self._model = MLPClassifier(
            tuple(len(bias) for _, bias in task.layers[:-1]),
            activation="relu",
            solver="adam",
            alpha=0.0,
            batch_size=min(experiment.batch_size, len(data.train_y)),
            learning_rate_init=experiment.learning_rate,
            beta_1=experiment.beta1,
            beta_2=experiment.beta2,
            epsilon=experiment.epsilon,
            shuffle=False,
        )
        classes = len(data.classes)
        first = slice(self._model.batch_size)
        self._model.partial_fit(
            data.train_x[first], data.train_y[first], classes=np.arange(classes)
        )
        for weights, bias, (first_weights, first_bias) in zip(
            self._model.coefs_, self._model.intercepts_, task.layers, strict=True
        ):
            weights[...], bias[...] = first_weights.T, first_bias
        del self._model._optimizer  # made anew, with its averages at zero, by the next call
        self._x, self._y = np.empty_like(data.train_x), np.empty_like(data.train_y)
        self._orders = task.orders()

    def epoch(self) -> None:
        from sklearn import config_context

        order, data = next(self._orders), self.task.dataset
        np.take(data.train_x, order, axis=0, out=self._x, mode="clip")
        np.take(data.train_y, order, out=self._y, mode="clip")
        with config_context(assume_finite=True, skip_parameter_validation=True):
            self._model.partial_fit(self._x, self._y)

    def layers(self) -> Layers:
        pairs = zip(self._model.coefs_, self._model.intercepts_, strict=True)
        return [(weights.T.copy(), bias.copy()) for weights, bias in pairs]
