"""JAX: one compiled step, its state donated, the data passed as arguments.

Optimizers are written out, since JAX itself has none.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.peers import Layers, Peer, Task, block_size


class Jax(Peer):
    """A compiled step for each batch, in the layout that was fastest of those tried.

    Samples are rows as they lie in memory; from the first product on they are columns, which
    the compiler takes more quickly than the usual rows.
    """

    name = "JAX jit"
    requires = "jax"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        import jax
        import jax.numpy as jnp

        self._batch = task.experiment.batch_size
        self._x = jax.device_put(task.dataset.train_x)
        self._targets = jax.device_put(self._laid_out(task.one_hot()))
        parameters = [
            (jnp.asarray(w, jnp.float32), jnp.asarray(b, jnp.float32)) for w, b in task.layers
        ]
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        adam = task.experiment.optimizer == "adam"
        self._state = (
            (parameters, zeros, jax.tree.map(jnp.copy, zeros), 0) if adam else (parameters,)
        )
        self._orders = task.orders()
        self._compile()

    def _laid_out(self, one_hot):
        """Give targets as columns for full batch; rows of a mini-batch are chosen first."""
        return one_hot if self._batch is not None else np.ascontiguousarray(one_hot.T)

    def _compile(self) -> None:
        import jax

        step = partial(_step, self.task.experiment)

        def on_rows(state, x, targets, chosen):
            return step(state, x[chosen], targets[chosen].T)

        self._step = jax.jit(step if self._batch is None else on_rows, donate_argnums=0)

    def epoch(self) -> None:
        import jax

        if self._batch is None:
            self._state, _ = self._step(self._state, self._x, self._targets)
        else:
            for chosen in self.task.batches(next(self._orders).astype(np.int32)):
                self._state, _ = self._step(self._state, self._x, self._targets, chosen)
        jax.block_until_ready(self._state)

    def layers(self) -> Layers:
        return [(np.array(weights), np.array(bias)) for weights, bias in self._state[0]]


class JaxBlocks(Jax):
    """Full batch in blocks that stay in cache, their gradients summed in one compiled loop."""

    name = "JAX jit, blocks summed by lax.scan"

    def _laid_out(self, one_hot):
        size = block_size(len(one_hot))
        self._x = self._x.reshape(-1, size, self._x.shape[1])
        return np.ascontiguousarray(one_hot.reshape(-1, size, one_hot.shape[1]).swapaxes(1, 2))

    def _compile(self) -> None:
        import jax
        import jax.numpy as jnp

        def step(state, x, targets):
            def add(total, block):
                found = jax.value_and_grad(_loss)(state[0], *block)
                return jax.tree.map(jnp.add, total, found), None

            nothing = (0.0, jax.tree.map(jnp.zeros_like, state[0]))
            total, _ = jax.lax.scan(add, nothing, (x, targets))
            loss, gradient = jax.tree.map(lambda part: part / len(x), total)
            return _update(self.task.experiment, state, gradient), loss

        self._step = jax.jit(step, donate_argnums=0)


class JaxScan(Jax):
    """All mini-batches of an epoch in one compiled loop, so that Python is asked once an epoch."""

    name = "JAX jit, the epoch in lax.scan"

    def _compile(self) -> None:
        import jax

        step = partial(_step, self.task.experiment)

        def whole(state, x, targets, order):
            def one(state, chosen):
                return step(state, x[chosen], targets[chosen].T)

            return jax.lax.scan(one, state, order)

        self._whole = jax.jit(whole, donate_argnums=0)

    def epoch(self) -> None:
        import jax

        order, size = next(self._orders).astype(np.int32), min(self._batch, len(self._x))
        even = len(order) - len(order) % size
        pieces = [order[:even].reshape(-1, size), order[even:].reshape(1, -1)]
        for rows in pieces[: 1 + (even < len(order))]:
            self._state, _ = self._whole(self._state, self._x, self._targets, rows)
        jax.block_until_ready(self._state)


def _loss(parameters, x, targets):
    """Return the mean loss of samples in rows, with targets in columns."""
    import jax
    import jax.numpy as jnp

    (weights, bias), *rest = parameters
    z = jnp.einsum("of,nf->on", weights, x) + bias[:, None]
    for weights, bias in rest:
        z = weights @ jax.nn.relu(z) + bias[:, None]
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(z, axis=0) * targets, axis=0))


def _step(experiment, state, x, targets):
    import jax

    loss, gradient = jax.value_and_grad(_loss)(state[0], x, targets)
    return _update(experiment, state, gradient), loss


def _update(experiment, state, gradient):
    import jax
    import jax.numpy as jnp

    rate = experiment.learning_rate
    if experiment.optimizer == "sgd":
        return (jax.tree.map(lambda w, g: w - rate * g, state[0], gradient),)
    parameters, m, v, count = state
    beta1, beta2, count = experiment.beta1, experiment.beta2, count + 1
    m = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, m, gradient)
    v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, v, gradient)
    one, two = 1 - beta1**count, 1 - beta2**count

    def moved(w, m, v):
        return w - rate * (m / one) / (jnp.sqrt(v / two) + experiment.epsilon)

    return jax.tree.map(moved, parameters, m, v), m, v, count
