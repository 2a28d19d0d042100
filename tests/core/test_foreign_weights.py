"""Weights from elsewhere: understood where there is no doubt, said where there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnfs_core.files.weights import load_weights
from tests.core.foreign_files import (
    Pair,
    keras,
    network,
    own,
    save,
    sklearn,
    torch,
    turned,
)
from tests.core.refusals import refusal


def check(path: Path, layers: list[Pair]) -> tuple[str, ...]:
    """Make sure that a file holds these layers, and return what is said of them."""
    weights = load_weights(path)
    assert weights.sizes == (layers[0][0].shape[1], *(len(bias) for _, bias in layers))
    for (weight, bias), mine, vector in zip(layers, weights.weights, weights.biases, strict=True):
        np.testing.assert_array_equal(mine, weight)
        np.testing.assert_array_equal(vector, bias)
    return weights.notes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.npz"


LAYERS = network(4, 6, 5, 3)


@pytest.mark.parametrize("kind", [own, torch, sklearn, keras])
def test_the_usual_names_are_understood_and_nothing_is_said(path: Path, kind: Any) -> None:
    save(path, kind(LAYERS))
    assert check(path, LAYERS) == ()
    save(path, {name.lower(): array for name, array in kind(LAYERS).items()})
    assert check(path, LAYERS) == ()


def test_a_state_dict_in_safetensors(tmp_path: Path) -> None:
    path = save(tmp_path / "w.safetensors", torch(LAYERS))
    assert check(path, LAYERS) == ()
    # What is in it decides, not its name.
    path.rename(tmp_path / "w.npz")
    assert check(tmp_path / "w.npz", LAYERS) == ()
    assert check(save(path, sklearn(LAYERS)), LAYERS) == ()


@pytest.mark.parametrize(
    ("kind", "keeper"),
    [(own, "this program"), (torch, "PyTorch"), (sklearn, "scikit-learn"), (keras, "Keras")],
)
def test_transposed_weights_are_seen_by_their_shapes_used_and_said(
    path: Path, kind: Any, keeper: str
) -> None:
    save(path, turned(kind(LAYERS)))
    (note,) = check(path, LAYERS)
    assert "as the shapes show, and used as that" in note and keeper in note
    usual = keeper in ("this program", "PyTorch")
    stored = "(units_in, units_out)" if usual else "(units_out, units_in)"
    assert f"stored as {stored}" in note


def test_the_rows_of_biases_that_go_with_transposed_weights(path: Path) -> None:
    arrays = {
        name: array.T if name[0] == "W" else array[None] for name, array in own(LAYERS).items()
    }
    save(path, arrays)
    assert "(units_in, units_out)" in check(path, LAYERS)[0]


SQUARE = network(4, 4, 4)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (own, "taken as (units_out, units_in), as this program keeps them"),
        (torch, "taken as (units_out, units_in), as PyTorch keeps them"),
        (sklearn, "taken as (units_in, units_out), as scikit-learn keeps them"),
        (keras, "taken as (units_in, units_out), as Keras keeps them"),
    ],
)
def test_square_layers_lie_as_the_names_have_it_and_that_is_said(
    path: Path, kind: Any, said: str
) -> None:
    save(path, kind(SQUARE))
    (note,) = check(path, SQUARE)
    assert said in note and "the other way round too" in note


def test_square_layers_of_this_program_are_in_no_doubt(path: Path) -> None:
    save(path, {**own(SQUARE), "experiment": "{}"})
    assert check(path, SQUARE) == ()
    save(path, {**own(SQUARE), "format": "nnfs-weights", "version": 2})
    assert check(path, SQUARE) == ()


@pytest.mark.parametrize(
    "names",
    [
        ["fc1.", "fc2.", "fc3.", "fc10."],
        [f"net.{at}." for at in (0, 2, 4, 11)],
        ["1.2.", "1.10.", "2.1.", "10.0."],
        ["layers.0.linear.", "layers.1.linear.", "layers.2.linear.", "layers.10.linear."],
    ],
)
@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_layers_follow_the_numbers_in_their_names(
    tmp_path: Path, names: list[str], suffix: str
) -> None:
    layers = network(5, 7, 7, 7, 2)
    arrays = torch(layers, names)
    shuffled = dict(sorted(arrays.items(), reverse=True))
    path = save(tmp_path / f"w.{suffix}", shuffled)
    assert check(path, layers) == ()


def test_layers_whose_names_are_words(path: Path, tmp_path: Path) -> None:
    layers = network(5, 7, 7, 7, 2)
    names = ["first.", "second.", "third.", "zlast."]
    assert check(save(path, torch(layers, names)), layers) == ()
    # In the file's order they make a network, in that of their names they do not.
    names = ["input.", "hidden.", "also.", "output."]
    (note,) = check(save(path, torch(layers, names)), layers)
    assert note == "the layers are taken in the file's order: input, hidden, also, output"
    # Both orders make one, and the two differ.
    names = ["a.", "two.", "three.", "zlast."]
    (note,) = check(save(path, torch(layers, names)), layers)
    assert "the file's order: a, two, three, zlast" in note
    # A .safetensors file has no order of its own.
    other = save(tmp_path / "w.safetensors", torch(layers, names))
    (note,) = check(other, [layers[at] for at in (0, 2, 1, 3)])
    assert note == "the layers are taken in the names' order: a, three, two, zlast"
    save(other, torch(layers, ["input.", "hidden.", "also.", "output."]))
    refusal(lambda: load_weights(other), "does not fit; layers are taken in the order of their na")
    # Where the shapes leave one order, that is it.
    names = ["layers.0.", "layers.1.", "head."]
    save(other, torch(LAYERS, names))
    (note,) = check(other, LAYERS)
    assert note == "the layers are taken in the only order that fits: layers.0, layers.1, head"
    many = network(5, *[7] * 40, 2)
    save(other, torch(many, [f"z{at}." for at in range(40)] + ["a."]))
    refusal(lambda: load_weights(other), "does not fit; layers are taken in the order of their na")


def test_a_layer_without_bias_has_none_and_that_is_said(path: Path) -> None:
    arrays = torch(LAYERS)
    del arrays["2.bias"]
    expected = [LAYERS[0], (LAYERS[1][0], np.zeros(5, np.float32)), LAYERS[2]]
    save(path, arrays)
    assert check(path, expected) == ("2.weight: there is no bias in the file; 0 is used",)
    save(path, {f"arr_{at}": weight.T for at, (weight, _) in enumerate(LAYERS)})
    none = [(weight, np.zeros(len(weight), np.float32)) for weight, _ in LAYERS]
    assert check(path, none) == ("arr_0, arr_1, arr_2: there is no bias in the file; 0 is used",)


def test_coefs_in_one_array(path: Path) -> None:
    (layer,) = network(4, 3)
    save(path, {"coefs_": [layer[0].T], "intercepts_": [layer[1]]})
    assert check(path, [layer]) == ()


def test_what_else_is_in_the_file_is_said(path: Path) -> None:
    save(path, {**torch(LAYERS), "epoch": np.int64(3), "test_acc": np.float64(0.5)})
    assert check(path, LAYERS) == ("epoch in the file is not used",)
    assert load_weights(path).test_acc == 0.5


def objects(arrays: list[np.ndarray]) -> np.ndarray:
    found = np.empty(len(arrays), object)
    found[:] = arrays
    return found


NORM = np.ones(6, np.float32)


@pytest.mark.parametrize(
    ("arrays", "parts"),
    [
        ({"kernel": np.ones((3, 4))}, ("W1 is missing", "coefs_0", "arr_0", "0.weight", "kernel")),
        ({"0.weight": np.ones((6, 1, 5, 5))}, ("0.weight belongs to no dense layer",)),
        ({**torch(LAYERS), "1.weight": NORM, "1.bias": NORM}, ("1.weight belongs to no dense",)),
        ({**torch(LAYERS), "1.running_mean": NORM}, ("1.running_mean belongs to no dense",)),
        ({**torch(LAYERS), "0.bias": np.ones((3, 2))}, ("0.bias belongs to no dense layer",)),
        ({**torch(LAYERS), "0.bias": NORM[:5]}, ("0.bias does not fit", "found (5,)")),
        ({**torch(LAYERS), "2.weight": np.ones((5, 7))}, ("2.weight does not fit", "(5, 6)")),
        ({**torch(LAYERS), "0.weight": np.ones((6, 4), int)}, ("0.weight has the wrong type",)),
        ({**torch(LAYERS), "0.weight": np.full((6, 4), np.nan)}, ("W1 holds", "not finite")),
        ({**keras(LAYERS), "arr_6": NORM}, ("arr_6 belongs to no dense layer",)),
        ({"arr_0": np.ones((3, 3, 1, 8)), "arr_1": np.ones(8)}, ("arr_0 belongs to no dense",)),
        ({"arr_0": np.ones((4, 3)), "arr_2": np.ones((3, 2))}, ("arr_1 is missing",)),
        ({**sklearn(LAYERS), "coefs_4": np.ones((3, 2))}, ("coefs_3 is missing",)),
        ({"coefs_0": np.ones((4, 3))}, ("intercepts_0 is missing",)),
        ({"coefs_": np.ones((4, 3)), "intercepts_": np.ones(3)}, ("coefs_ belongs to no dense",)),
        # Samples and labels, as np.savez(x, y) calls them.
        ({"arr_0": np.ones((9, 4)), "arr_1": np.ones(9)}, ("may be samples and labels",)),
        (torch(network(4, 6, 1)), ("2.weight has one output", "np.vstack([0 * W, W])")),
        ({"W1": np.ones((3, 4)), "b1": np.ones(3)}, ("B1 is missing",)),
        (
            {
                "coefs_": objects([np.ones((4, 3)), np.ones((3, 2))]),
                "intercepts_": objects([np.ones(3), np.ones(2)]),
            },
            ("pickled Python objects", 'np.savez("w.npz", **{f"coefs_{i}": c for'),
        ),
        (
            {"arr_0": objects([np.ones((4, 3)), np.ones(3)])},
            ("pickled Python objects", 'np.savez("w.npz", *model.get_weights())'),
        ),
    ],
)
def test_what_is_no_network_of_dense_layers_is_refused(
    path: Path, arrays: dict[str, Any], parts: tuple[str, ...]
) -> None:
    np.savez(path, allow_pickle=True, **arrays)
    refusal(lambda: load_weights(path), path, *parts, both_sides=False)


def test_two_outputs_made_of_one_answer_as_the_one_did(path: Path) -> None:
    """The cure for a yes-or-no network: σ(z) is the softmax of 0 and z."""
    layers = network(4, 6, 1)
    (_, _), (weight, bias) = layers
    arrays = torch(layers)
    arrays["2.weight"] = np.vstack([0 * weight, weight])
    arrays["2.bias"] = np.append(0, bias)
    save(path, arrays)
    weights = load_weights(path)
    a = np.random.default_rng(1).normal(size=6)
    z = weights.weights[1] @ a + weights.biases[1]
    share = np.exp(z[1]) / np.exp(z).sum()
    assert share == pytest.approx(1 / (1 + np.exp(-(weight[0] @ a + bias[0]))))
