"""Saliency against central differences of logits worked out in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnfs_core.experiment import Experiment
from nnfs_core.explain.saliency import saliency
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.tasks.classification import Classification
from tests.core import plain


def network_of(activation, sizes, seed):
    """Return a random network, away from the kinks of its activation, and an input."""
    experiment = Experiment(
        layers=tuple(sizes[1:-1]), activation=activation, dtype="float64", seed=seed
    )
    network = experiment.network(sizes[0], Classification.into(sizes[-1]))
    generator = np.random.default_rng(seed)
    for _ in range(100):
        flat = generator.normal(size=Parameters.count(tuple(sizes)))
        parameters = Parameters.over(flat, tuple(sizes))
        x = generator.normal(size=sizes[0])
        hidden = plain.pre_activations(experiment, parameters, x[None])[:-1]
        if all(np.abs(z).min() > 1e-3 for z in hidden):
            break
    return experiment, network, parameters, x


@given(
    activation=st.sampled_from(sorted(plain.FUNCTIONS)),
    sizes=st.lists(st.integers(1, 7), min_size=2, max_size=5),
    seed=st.integers(0, 2**32 - 1),
    data=st.data(),
)
def test_it_is_the_central_difference_of_the_logit(activation, sizes, seed, data):
    experiment, network, parameters, x = network_of(activation, sizes, seed)
    unit = data.draw(st.integers(0, sizes[-1] - 1))
    found = saliency(network, parameters, network.trace(parameters, x), unit)
    assert found.shape == x.shape
    step = 1e-6
    for feature in range(len(x)):
        moved = np.stack([x, x])
        moved[:, feature] += (step, -step)
        up, down = plain.pre_activations(experiment, parameters, moved)[-1][:, unit]
        expected = (up - down) / (2 * step)
        assert found[feature] == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_without_hidden_layers_it_is_the_row_of_weights():
    _, network, parameters, x = network_of("relu", [5, 3], 1)
    found = saliency(network, parameters, network.trace(parameters, x), 2)
    np.testing.assert_array_equal(found, parameters.weights[0][2])
    found[:] = 0
    assert parameters.weights[0][2].all(), "a copy: the weights are nobody's to change"


def test_it_does_not_vanish_where_the_network_is_certain():
    _, network, parameters, x = network_of("tanh", [6, 5, 3], 3)
    parameters.biases[-1][1] += 60
    trace = network.trace(parameters, x)
    assert trace.answers[1] == 1
    assert np.abs(saliency(network, parameters, trace, 1)).max() > 1e-2
