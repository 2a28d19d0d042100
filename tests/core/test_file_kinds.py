"""What a file is opened as: weights are told from data by their names, or by their shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnfs_core.disk.kinds import kind_of
from tests.core.refusals import refusal


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.nnfs", "run"),
        ("a.NNFS", "run"),
        ("a.toml", "experiment"),
        ("a.json", "experiment"),
        ("a.safetensors", "weights"),
        ("a.pt", "weights"),
        ("a.pkl", "weights"),
        ("a.csv", "data"),
        ("folder", "data"),
    ],
)
def test_most_files_say_by_their_name_what_they_are(name, kind):
    assert kind_of(Path(name)) == kind


@pytest.mark.parametrize(
    ("arrays", "kind"),
    [
        ({"W1": (3, 4), "B1": (3, 1)}, "weights"),
        ({"w1": (3, 4), "b1": (3,)}, "weights"),
        ({"fc1.weight": (3, 4), "fc1.bias": (3,)}, "weights"),
        ({"coefs_0": (4, 3), "intercepts_0": (3,)}, "weights"),
        ({"x_train": (9, 4), "y_train": (9,), "x_test": (2, 4), "y_test": (2,)}, "data"),
        ({"images": (9, 4, 4), "labels": (9,)}, "data"),
        # What Keras' get_weights() gives: (inputs, units), (units,), …
        ({"arr_0": (64, 10), "arr_1": (10,)}, "weights"),
        ({"arr_0": (64, 10), "arr_1": (10,), "arr_2": (10, 10), "arr_3": (10,)}, "weights"),
        # Samples and labels: as many of one as of the other.
        ({"arr_0": (50, 4), "arr_1": (50,)}, "data"),
        ({"arr_0": (50, 8, 8), "arr_1": (50,)}, "data"),
        ({"arr_0": (50, 50), "arr_1": (50,)}, "either"),
        ({"arr_0": (50, 4)}, "data"),
        ({"arr_0": (50, 4), "arr_1": (50, 1)}, "data"),
    ],
)
def test_arrays_are_told_apart_by_names_and_shapes(tmp_path, arrays, kind):
    path = tmp_path / "a.npz"
    np.savez(path, **{name: np.ones(shape) for name, shape in arrays.items()})
    assert kind_of(path) == kind


def test_what_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(b"nothing of the kind")
    refusal(lambda: kind_of(path), path, "cannot be read")
