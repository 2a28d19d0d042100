"""Every optimizer against its formula, written out number by number."""

from __future__ import annotations

import threading
from math import sqrt

import numpy as np
import pytest

from nnfs_core.experiment import Experiment
from nnfs_core.model.parameters import Parameters
from nnfs_core.optimizers import optimizers, take_step
from nnfs_core.training.trainer import Trainer

from . import plain

CONSTANTS = {"momentum": 0.8, "rho": 0.7, "beta1": 0.6, "beta2": 0.95, "epsilon": 1e-3}


def by_formula(name: str, gradients: list[float], w: float, eta: float, c: dict) -> list[float]:
    """Return one parameter's value after each step."""
    path, v, s, m = [], 0.0, 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        if name == "sgd":
            w = w - eta * g
        elif name == "momentum":
            v = c["momentum"] * v + g
            w = w - eta * v
        elif name == "rmsprop":
            s = c["rho"] * s + (1 - c["rho"]) * g**2
            w = w - eta * g / (sqrt(s) + c["epsilon"])
        elif name == "adam":
            m = c["beta1"] * m + (1 - c["beta1"]) * g
            v = c["beta2"] * v + (1 - c["beta2"]) * g**2
            m_hat, v_hat = m / (1 - c["beta1"] ** t), v / (1 - c["beta2"] ** t)
            w = w - eta * m_hat / (sqrt(v_hat) + c["epsilon"])
        else:
            raise AssertionError(f"no formula here for {name}")
        path.append(w)
    return path


@pytest.mark.parametrize("name", optimizers())
def test_steps_follow_the_formula(name):
    generator = np.random.default_rng(1)
    gradients, start = generator.normal(size=(6, 5)), generator.normal(size=5)
    gradients[:, 2] = 0  # a parameter that is never pulled must not move
    experiment = Experiment(optimizer=name, dtype="float64", **CONSTANTS)
    optimizer = optimizers()[name]
    parameters, scratch = start.copy(), np.full(5, 7.0)
    slots = tuple(np.zeros(5) for _ in optimizer.slots)

    for step, gradient in enumerate(gradients, start=1):
        given = gradient.copy()
        optimizer.update(parameters, gradient, slots, scratch, experiment, 0.05, step)
        np.testing.assert_array_equal(gradient, given)
        expected = [
            by_formula(name, list(gradients[:step, k]), start[k], 0.05, CONSTANTS)[-1]
            for k in range(5)
        ]
        np.testing.assert_allclose(parameters, expected, rtol=1e-13)
    assert parameters[2] == start[2]


@pytest.mark.parametrize("name", optimizers())
def test_defaults_are_the_ones_of_the_literature(name):
    experiment = Experiment(optimizer=name)
    constants = (experiment.momentum, experiment.rho, experiment.beta1, experiment.beta2)
    assert constants == (0.9, 0.9, 0.9, 0.999)
    assert experiment.epsilon == 1e-8


@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("name", optimizers())
def test_training_follows_the_formula(name, batch_size):
    """Whole epochs: the gradients come from the plain chain rule, the steps from the formula."""
    experiment = Experiment(
        optimizer=name,
        batch_size=batch_size,
        layers=(5,),
        activation="tanh",
        learning_rate=0.02,
        weight_decay=0.1,
        dtype="float64",
        seed=4,
        **CONSTANTS,
    )
    data = plain.make_dataset()
    trainer = Trainer(experiment, data)
    sizes, start = trainer.parameters.sizes, trainer.parameters.flat.copy()
    order_of = np.random.default_rng([4, 1])
    gradients, here = [], Parameters.over(start.copy(), sizes)
    for _ in range(3):
        trainer.step_epoch()
        order = np.arange(len(data.train_y))
        if batch_size:
            order_of.shuffle(order)
        for at in range(0, len(order), batch_size or len(order)):
            chosen = order[at : at + (batch_size or len(order))]
            x, y = data.train_x[chosen], data.train_y[chosen]
            gradients.append(plain.gradient(experiment, here, x, y))
            expected = [
                by_formula(name, list(pulls), w, 0.02, CONSTANTS)[-1]
                for pulls, w in zip(np.array(gradients).T, start, strict=True)
            ]
            here = Parameters.over(np.array(expected), sizes)
        np.testing.assert_allclose(trainer.parameters.flat, here.flat, rtol=1e-10, atol=1e-13)
    assert len(gradients) == (12 if batch_size else 3)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("name", sorted(optimizers()))
def test_a_step_in_pieces_is_the_step(name, number, monkeypatch):
    """Whoever does which piece; and so many threads do take part."""
    monkeypatch.setattr("nnfs_core.optimizers.PIECE", 7)
    monkeypatch.setattr("nnfs_core.compute.threads.processors", lambda: number)
    optimizer, generator = optimizers()[name], np.random.default_rng(3)
    parameters, gradient, total = generator.normal(size=(3, 50))
    slots = tuple(generator.uniform(0.1, 1, size=(len(optimizer.slots), 50)))
    whole, averages = parameters.copy(), [slot.copy() for slot in slots]
    optimizer.update(whole, gradient, tuple(averages), np.empty(50), Experiment(), 0.1, 5)
    expected = total + gradient

    met, all_here = threading.local(), threading.Barrier(number, timeout=60)

    class Meeting:
        """The optimizer, with whose first piece each thread waits for the others."""

        def update(self, *given) -> None:
            if not getattr(met, "yes", False):
                met.yes = True
                all_here.wait()
            optimizer.update(*given)

    take_step(Meeting(), parameters, gradient, slots, np.empty(50), Experiment(), 0.1, 5, total)

    np.testing.assert_array_equal(parameters, whole)
    np.testing.assert_array_equal(slots, averages)
    np.testing.assert_array_equal(total, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [name for name in optimizers() if optimizers()[name].slots])
def test_averages_of_a_gradient_that_has_ended_do_not_fade_for_ever(name, dtype):
    """Never so small that a processor is slow with them, and no weight notices."""
    optimizer = optimizers()[name]
    count = len(optimizer.slots)
    parameters, gradient = np.ones(4, dtype), np.full(4, 1e-3, dtype)
    slots, scratch = tuple(np.zeros((count, 4), dtype)), np.empty(4, dtype)
    plain, averages = parameters.copy(), tuple(np.zeros((count, 4), dtype))
    fast = Experiment(rho=0.5, beta2=0.5)
    tiny = np.finfo(dtype).tiny
    for step in range(1, 12_000):
        take_step(optimizer, parameters, gradient, slots, scratch, fast, 0.01, step)
        optimizer.update(plain, gradient, averages, scratch, fast, 0.01, step)
        gradient[:] = 0
        smallest = np.abs(slots)
        assert step % 64 or not ((smallest > 0) & (smallest < tiny)).any()
    assert not np.any(slots)
    np.testing.assert_array_equal(parameters, plain)
