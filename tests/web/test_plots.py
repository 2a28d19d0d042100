"""What the page shows are the network's own numbers, computed here by the formulas alone."""

from __future__ import annotations

import io
import re
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from nnfs_core.data import load_dataset
from nnfs_core.data.scale import Scale
from nnfs_core.errors import UserError
from nnfs_core.files.meaning import Meaning
from nnfs_core.files.weights import Weights, load_weights, save_weights
from nnfs_core.shipped import shipped_file
from nnfs_web import plots
from nnfs_web.answer import answer_picture, answer_sample
from nnfs_web.model import PICTURES, load_model
from nnfs_web.pictures import data_url, decoded, png
from tests.core.drawn import digit

from .plain import probabilities


@pytest.fixture(scope="module")
def model():
    return load_model(shipped_file("digits"), "digits")


def saved(tmp_path, *sizes, scale=1.0, **more):
    """Random weights in a file."""
    rng = np.random.default_rng(0)
    layers = list(pairwise(sizes))
    weights = tuple(rng.normal(0, scale, (out, into)) for into, out in layers)
    path = tmp_path / "own.npz"
    save_weights(path, Weights(weights, tuple(rng.normal(0, 1, n) for n in sizes[1:]), **more))
    return path


@pytest.mark.parametrize("index", [0, 7, 99])
def test_bars_are_the_probabilities(model, index):
    data = load_dataset("digits")
    expected = probabilities(load_weights(shipped_file("digits")), data.validation_x[index])
    answer = answer_sample(model, index)
    shares = re.findall(r'data-share="([^"]+)"', plots.probabilities(answer))
    np.testing.assert_allclose([float(share) for share in shares], expected, atol=1e-5)
    widths = re.findall(r"width:([\d.]+)%", plots.probabilities(answer))
    np.testing.assert_allclose([float(w) / 100 for w in widths], expected, atol=1e-4)
    assert answer.truth == data.validation_y[index]


def test_the_verdict_says_right_or_wrong_in_words(model):
    wrong = int(np.nonzero(model.read_as != model.y)[0][0])
    for index, word in ((wrong, "Wrong"), (0, "Right")):
        said = plots.verdict(answer_sample(model, index))
        assert f"reads <b>{model.read_as[index]}</b>" in said
        assert f"{word}: it is {model.y[index]}." in said
    assert "it is" not in plots.verdict(answer_picture(model, digit(3)))


def test_doubts_are_said_with_the_verdict(model):
    one = digit(2)
    assert "Doubtful" not in plots.result(answer_picture(model, one))
    answer = answer_picture(model, np.hstack([one, one]))
    assert answer.doubts == ("2 shapes stand side by side, and all are read as one character",)
    assert f"Doubtful: {answer.doubts[0]}." in plots.verdict(answer)


def test_strips_show_every_hidden_unit(model):
    weights = load_weights(shipped_file("digits"))
    x = model.x[5].astype(np.float64)
    strips = plots.activations(answer_sample(model, 5)).split("<figure>")[1:]
    assert len(strips) == 2
    for strip, w, b in zip(strips, weights.weights, weights.biases, strict=False):
        x = np.tanh(w @ x + b)
        told = re.findall(r"unit \d+: ([^<]+)</title>", strip)
        found = [float(text.replace("−", "-")) for text in told]
        np.testing.assert_allclose(found, x, rtol=6e-3)
        shares = re.findall(r"--nnfs-active\) ([\d.]+)%", strip)
        np.testing.assert_allclose([float(share) for share in shares], 100 * np.abs(x), atol=0.06)
        assert "<span>−1</span><span>0</span><span>1</span>" in strip


def test_units_without_sign_have_the_layers_own_scale(tmp_path):
    model = load_model(saved(tmp_path, 64, 5, 10), "own", "digits")
    answer = answer_sample(model, 0)
    strip = plots.activations(answer)
    largest = f"{answer.trace.a[0].max():.3g}"
    assert f"<span>0</span><span>{largest}</span>" in strip
    assert "--nnfs-active) 100.0%" in strip and "--nnfs-negative" not in strip


def test_no_hidden_layers_are_said(tmp_path):
    model = load_model(saved(tmp_path, 64, 10), "own", "digits")
    assert "no hidden layers" in plots.activations(answer_sample(model, 0))


def test_large_layers_and_many_classes_are_cut_short_and_said(tmp_path):
    model = load_model(saved(tmp_path, 64, 300, 26), "own")
    assert "classes" in model.problem  # the digits have ten
    shown = plots.result(answer_picture(model, digit(2)))
    assert shown.count("<rect") == 256 and "300 units, the first 256 shown" in shown
    assert shown.count("<tr") == 12 and "and 14 classes less likely" in shown


def test_pictures_are_whole(model):
    pixels = model.x[0].reshape(8, 8)
    read = np.asarray(Image.open(io.BytesIO(png(pixels))))
    np.testing.assert_array_equal(read, np.rint(pixels * 255))
    assert decoded(data_url(pixels)) == png(pixels)
    for damaged in ("", "hello", "data:image/png;base64,§", "data:text/html;base64,AAAA"):
        with pytest.raises(UserError, match="did not arrive whole"):
            decoded(damaged)


def test_what_a_model_says_of_itself(model):
    right = np.mean(model.read_as == model.y)
    assert len(model.x) == PICTURES == len(model.y)
    assert right >= 0.95
    assert model.about.startswith("64 → 32 → 32 → 10, tanh; reads 98.06 % of 360 validation")


def test_weights_that_take_no_pictures_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"^own: the network does not take square pictures"):
        load_model(saved(tmp_path, 7, 3), "own")


def test_a_file_does_not_choose_what_is_read_from_the_disk(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("not,a,dataset\n")
    path = saved(tmp_path, 64, 10, experiment={"dataset": str(secret), "layers": []})
    model = load_model(path, "own")
    assert model.problem.startswith("the weights were trained on") and len(model.x) == 0
    # With a word of who serves the page it is shown other pictures.
    model = load_model(path, "own", "digits")
    assert model.problem == "" and len(model.x) == PICTURES
    assert model.classes == tuple("0123456789")
    assert any(note.startswith("pictures of 8×8") for note in model.notes)


def test_classes_without_names_are_positions_and_what_is_assumed_is_said(tmp_path):
    model = load_model(saved(tmp_path, 64, 5, 10), "own")
    answer = answer_sample(model, 0)
    k = answer.trace.predicted
    said = plots.verdict(answer)
    assert f"reads <b>class {k}</b> of 10 (" in said and " %, the file names none)." in said
    assert plots.probabilities(answer).count('<th scope="row">class ') == 10
    notes = [note.partition(":")[0] for note in model.notes]
    assert notes == [
        "relu is assumed",
        "pictures of 8×8 with values from 0 to 1, light on dark, are assumed",
        "classes are counted from 0, in the order of the network's outputs",
        "the weights do not say what they were trained on, so the scale and classes of digits are "
        "taken",
    ]
    said = load_model(saved(tmp_path, 64, 5, 10), "own", activation="tanh")
    assert "tanh" in said.about and said.notes == model.notes[1:]


def test_answers_are_in_the_words_of_the_weights(tmp_path):
    names = tuple(f"<{k}>" for k in range(1, 11))
    path = saved(tmp_path, 64, 10, meaning=Meaning(names, (), (4, 16), Scale(0, 1)))
    model = load_model(path, "own")
    assert model.notes == () and model.shape == (4, 16)
    assert "another shape" in model.problem and len(model.x) == 0
    answer = answer_picture(model, digit(7))
    assert answer.pixels.shape == (4, 16)
    assert f"reads <b>&lt;{answer.trace.predicted + 1}&gt;</b>" in plots.verdict(answer)
    path = saved(tmp_path, 64, 10, meaning=Meaning(names, (), (8, 8), Scale(0, 1)))
    assert (
        "none of its classes is known to the network" in load_model(path, "own", "digits").problem
    )
    path = saved(tmp_path, 64, 10, meaning=Meaning(inputs=tuple(map(str, range(64)))))
    with pytest.raises(UserError, match="own: the network was trained on a table"):
        load_model(path, "own")


def test_mnist_is_not_downloaded_unasked(tmp_path, monkeypatch):
    monkeypatch.delenv("NNFS_DATA_DIR", raising=False)
    monkeypatch.setattr("nnfs_web.model.cache_folder", lambda: tmp_path)
    model = load_model(saved(tmp_path, 784, 5, 10, scale=0.05), "own")
    assert "MNIST is not on this computer" in model.problem and "--data-dir" in model.problem
    answer = answer_picture(model, digit(4))
    assert answer.pixels.shape == (28, 28) and answer.classes[9] == "class 9"


def test_numbers_that_are_not_finite_are_said(tmp_path):
    path = tmp_path / "large.npz"
    matrices = (np.full((3, 64), 1e200), np.full((10, 3), 1e200))
    save_weights(path, Weights(matrices, (np.zeros(3), np.zeros(10))))
    model = load_model(path, "own")
    with pytest.raises(UserError, match="own: the weights are too large"):
        answer_sample(model, 0)


def test_no_such_picture(model):
    with pytest.raises(UserError, match=r"expected 0 … 99, found -1"):
        answer_sample(model, -1)
