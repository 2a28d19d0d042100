"""JAX: one compiled step, its state donated, the data passed as arguments.

Optimizers are written out, since JAX itself has none. Of the layouts tried, the quickest is
taken: for narrow networks activations with samples in columns, for wide ones in rows. The data
has its samples in rows for both, as it lies in memory.
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers import Array, Layers, Peer, Task, block_size

NARROW = 32
"""Units of the widest hidden layer up to which columns are quicker."""


class Jax(Peer):
    """A compiled step for each batch."""

    name = "JAX jit"
    requires = "jax"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        import jax
        import jax.numpy as jnp

        self._batch = task.experiment.batch_size
        self._columns = max(len(bias) for _, bias in task.layers[:-1]) <= NARROW
        self._x = jax.device_put(self._laid_out_x(task.dataset.train_x))
        self._targets = jax.device_put(self._laid_out_targets(task.one_hot()))
        parameters = [
            (jnp.asarray(weights, jnp.float32), jnp.asarray(bias, jnp.float32))
            for weights, bias in task.layers
        ]
        if task.experiment.optimizer == "adam":
            m, v = (jax.tree.map(jnp.zeros_like, parameters) for _ in range(2))
            self._state = (parameters, m, v, 0)
        else:
            self._state = (parameters,)
        self._orders = task.orders()
        self._compile()

    def _laid_out_x(self, x: Array) -> Array:
        return x

    def _laid_out_targets(self, one_hot: Array) -> Array:
        # With mini-batches rows are chosen first, and turned into columns afterwards.
        whole = self._batch is None and self._columns
        return np.ascontiguousarray(one_hot.T) if whole else one_hot

    def _compile(self) -> None:
        import jax

        step = self._one_step if self._batch is None else self._step_on
        self._step = jax.jit(step, donate_argnums=0)

    def _one_step(self, state, x, targets):
        """Give the state after a step on these samples, and their mean loss."""
        import jax

        loss, gradient = jax.value_and_grad(self._loss)(state[0], x, targets)
        return _updated(self.task.experiment, state, gradient), loss

    def _step_on(self, state, x, targets, chosen):
        """Do the same with some samples of all."""
        targets = targets[chosen]
        return self._one_step(state, x[chosen], targets.T if self._columns else targets)

    def _loss(self, parameters, x, targets):
        return (_loss_in_columns if self._columns else _loss_in_rows)(parameters, x, targets)

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

    def _laid_out_x(self, x: Array) -> Array:
        return x.reshape(-1, block_size(len(x)), x.shape[1])

    def _laid_out_targets(self, one_hot: Array) -> Array:
        blocks = one_hot.reshape(-1, block_size(len(one_hot)), one_hot.shape[1])
        return np.ascontiguousarray(blocks.swapaxes(1, 2)) if self._columns else blocks

    def _one_step(self, state, x, targets):
        import jax
        import jax.numpy as jnp

        def add(total, block):
            found = jax.value_and_grad(self._loss)(state[0], *block)
            return jax.tree.map(jnp.add, total, found), None

        nothing = (0.0, jax.tree.map(jnp.zeros_like, state[0]))
        total, _ = jax.lax.scan(add, nothing, (x, targets))
        loss, gradient = jax.tree.map(lambda part: part / len(x), total)
        return _updated(self.task.experiment, state, gradient), loss


class JaxScan(Jax):
    """All mini-batches of an epoch in one compiled loop, so that Python is asked once an epoch."""

    name = "JAX jit, the epoch in lax.scan"

    def _compile(self) -> None:
        import jax

        def whole(state, x, targets, order):
            def one(state, chosen):
                return self._step_on(state, x, targets, chosen)

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


def _loss_in_columns(parameters, x, targets):
    """Return the mean loss; from the first product on, samples are columns, like ``targets``."""
    import jax
    import jax.numpy as jnp

    (weights, bias), *rest = parameters
    z = jnp.einsum("of,nf->on", weights, x) + bias[:, None]
    for weights, bias in rest:
        z = weights @ jax.nn.relu(z) + bias[:, None]
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(z, axis=0) * targets, axis=0))


def _loss_in_rows(parameters, x, targets):
    """Return the mean loss; samples are rows throughout."""
    import jax
    import jax.numpy as jnp

    (weights, bias), *rest = parameters
    z = x @ weights.T + bias
    for weights, bias in rest:
        z = jax.nn.relu(z) @ weights.T + bias
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(z) * targets, axis=1))


def _updated(experiment, state, gradient):
    """Return the state after a step of gradient descent or Adam."""
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
