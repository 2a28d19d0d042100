"""Layers on their own: what they compute, where their numbers lie, how they are named."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.model.layers import Dense, FirstDense, all_samples, layer_of
from nnfs_core.model.parameters import Layout, Parameters
from nnfs_core.model.places import Place

SAMPLES = 12


def arrays(layer: Dense, seed: int = 0) -> Parameters:
    layout = Layout((layer.inputs, layer.units), (layer.shape,))
    return Parameters.over(np.random.default_rng(seed).normal(size=layout.count()), layout)


@pytest.mark.parametrize("stack", [1, 3, 4])
@pytest.mark.parametrize("used", [7, 5, 1])
def test_the_first_layer_computes_what_any_dense_one_does(stack, used):
    """Only in another way: products of a stack, and no further than the inputs are not zero."""
    rng = np.random.default_rng(1)
    plain, first = Dense(7, 3), FirstDense(7, 3)
    (own,) = arrays(plain).layers
    x = np.zeros((7, SAMPLES))
    x[:used] = rng.normal(size=(used, SAMPLES))
    each = SAMPLES // stack
    stacked = np.ascontiguousarray(x[:used].reshape(used, stack, each).swapaxes(0, 1))
    delta = rng.normal(size=(3, SAMPLES))
    z, other = np.empty((3, SAMPLES)), np.empty((3, SAMPLES))
    buffers = first.buffers(SAMPLES, np.float64, stack, other)
    gradient, another = arrays(plain, 2), arrays(plain, 3)

    plain.forward(own, x, z, None)
    plain.backward(own, x, delta, gradient.layers[0], None)
    for _ in range(2):  # what was left in its buffers changes nothing
        first.forward(own, stacked, other, buffers)
        first.backward(own, stacked, delta, another.layers[0], buffers)
        np.testing.assert_allclose(other, z, rtol=0, atol=1e-12)
        np.testing.assert_allclose(another.flat, gradient.flat, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(z, own.weights @ x + own.biases[:, None])
    assert not another.weights[0][:, used:].any()


def test_a_stack_is_put_together_where_a_layer_needs_all_samples():
    x = np.arange(24.0).reshape(2, 12)
    stacked = x.reshape(2, 3, 4).swapaxes(0, 1)
    np.testing.assert_array_equal(all_samples(stacked), x)
    assert all_samples(x[None]).base is not None, "one product is taken as it is"


class TestLayout:
    def test_sizes_say_enough_of_dense_layers(self):
        layout = Layout.of((5, 4, 3))
        assert layout.shapes == ((4, 5, 4), (3, 4, 3)) and Layout.of(layout) is layout
        assert (layout.count(), layout.count(0), layout.count(1)) == (24 + 15, 0, 24)
        assert Experiment(layers=(4,)).initial((5, 4, 3)).layout == layout

    def test_arrays_lie_one_after_the_other_and_are_views(self):
        layout = Layout((3, 3, 3, 2), ((3, 1, 3), (3, 0, 0), (2, 3, 2)))
        parameters = Parameters.over(np.arange(layout.count(), dtype=float), layout)
        assert [weights.shape for weights in parameters.weights] == [(3, 1), (3, 0), (2, 3)]
        assert [len(biases) for biases in parameters.biases] == [3, 0, 2]
        assert parameters.weights[2].ravel().tolist() == [6, 7, 8, 9, 10, 11]
        assert parameters.layers[2].column.ravel().tolist() == [12, 13]
        parameters.flat[6] = -1
        assert parameters.layers[2].weights[0, 0] == -1

    @pytest.mark.parametrize(
        ("place", "fits"),
        [
            (Place("input", source=2), True),
            (Place("input", source=3), False),
            (Place("loss"), True),
            (Place("weight", 0, 2, 0), True),
            (Place("weight", 0, 2, 1), False),
            (Place("weight", 1, 0, 0), False),
            (Place("bias", 1, 0), False),
            (Place("bias", 2, 1), True),
            (Place("unit", 1, 2), True),
            (Place("unit", 2, 2), False),
            (Place("unit", 3, 0), False),
            (Place("unit", -1, 0), False),
        ],
    )
    def test_a_place_is_an_array_and_where_in_it(self, place, fits):
        layout = Layout((3, 3, 3, 2), ((3, 1, 3), (3, 0, 0), (2, 3, 2)))
        assert place.fits(layout) is fits


class TestNames:
    def test_units_alone_are_a_dense_layer(self):
        assert layer_of(4, 7) == layer_of("dense 4", 7) == Dense(7, 4)
        assert Experiment(layers=("4", "dense 5", 6)).layers == (4, 5, 6)

    @pytest.mark.parametrize("spec", ["gone", "", "dense", "dense ten", "dense 4 5"])
    def test_what_is_no_layer_is_refused(self, spec):
        with pytest.raises(UserError, match=r"no such layer|a dense layer has units"):
            layer_of(spec, 7)

    @pytest.mark.parametrize("layers", [["gone"], ["0"], [0], [1.5], [""], ["dense 0"]])
    def test_an_experiment_says_what_a_layer_can_be(self, layers):
        with pytest.raises(UserError, match="whole numbers from 1 to 100000"):
            Experiment.of({"layers": layers}, "here")
