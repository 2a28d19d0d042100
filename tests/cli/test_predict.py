"""``predict``: pictures as people have them, and what is no picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nnfs_core.checkpoint import Weights, save_weights
from nnfs_core.datasets import load_dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.picture_file import read_grey
from nnfs_core.training import Trainer

from .command import SEED_WEIGHTS, SHARED, call, needs_original


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> tuple[Path, Trainer]:
    """A network that knows the 8×8 digits, with its file."""
    experiment = Experiment(layers=(16,), activation="tanh", epochs=200)
    trainer = Trainer(experiment, load_dataset("digits"))
    for _ in range(200):
        trainer.step_epoch()
    path = tmp_path_factory.mktemp("weights") / "w.npz"
    layers = trainer.parameters.weights, trainer.parameters.biases
    save_weights(path, Weights(*layers, None, experiment.to_dict()))
    return path, trainer


def sample(trainer: Trainer, index: int) -> np.ndarray:
    return (trainer.dataset.validation_x[index].reshape(8, 8) * 255).astype(np.uint8)


def big(pixels: np.ndarray, times: int = 20, margin: int = 30) -> np.ndarray:
    return np.pad(np.kron(pixels, np.ones((times, times), np.uint8)), margin)


def test_a_picture_of_the_networks_size_is_taken_as_it_is(capsys, tmp_path, trained):
    path, trainer = trained
    file = tmp_path / "digit.png"
    for index in range(5):
        pixels = sample(trainer, index)
        Image.fromarray(pixels).save(file)
        report = json.loads(call(capsys, "predict", path, file, "--json").out)[0]
        expected = trainer.network.predict(trainer.parameters, pixels.reshape(1, 64) / 255)[0]
        np.testing.assert_allclose(report["probabilities"], expected, rtol=1e-5)
        assert report["predicted"] == int(expected.argmax())
        assert report["preparation"] == []
        assert report["image"] == str(file)


def ways_to_show(pixels: np.ndarray) -> dict[str, Image.Image]:
    """The same digit as people come by it: scanned, drawn, photographed, cut out."""
    ink, large = pixels, big(pixels)
    nothing = np.zeros_like(large)
    return {
        "light on dark.png": Image.fromarray(large),
        "dark on light.png": Image.fromarray(255 - large),
        "faint.png": Image.fromarray((120 + large // 5).astype(np.uint8)),
        "off centre.png": Image.fromarray(np.pad(255 - big(ink, 10, 5), ((0, 300), (70, 0)),
                                                 constant_values=255)),
        "photo.jpg": Image.fromarray(np.stack([255 - large] * 3, axis=2)),
        "black on nothing.png": Image.merge(
            "LA", [Image.fromarray(nothing), Image.fromarray(large)]
        ),
        "white on nothing.png": Image.merge(
            "LA", [Image.fromarray(nothing + 255), Image.fromarray(large)]
        ),
        "sixteen bits.png": Image.fromarray(large.astype(np.uint16) * 257),
        "palette.gif": Image.fromarray(255 - large).convert("P"),
        "inverted, small.png": Image.fromarray(255 - ink),
        "colours.bmp": Image.fromarray(np.stack([large, large // 2, large], axis=2)),
    }  # fmt: skip


@pytest.mark.parametrize("index", range(6))
def test_a_digit_is_read_however_it_comes(capsys, tmp_path, trained, index):
    path, trainer = trained
    data = trainer.dataset
    found = trainer.network.predict(trainer.parameters, data.validation_x)
    sure = np.nonzero((found.argmax(axis=1) == data.validation_y) & (found.max(axis=1) > 0.95))[0]
    pixels, expected = sample(trainer, sure[index]), data.validation_y[sure[index]]
    files = []
    for name, image in ways_to_show(pixels).items():
        files.append(tmp_path / name)
        image.save(files[-1])
    report = json.loads(call(capsys, "predict", path, *files, "--json").out)
    read = {Path(entry["image"]).name: entry["predicted"] for entry in report}
    assert read == dict.fromkeys(read, expected)
    steps = {Path(entry["image"]).name: " ".join(entry["preparation"]) for entry in report}
    light = {"dark on light.png", "off centre.png", "photo.jpg", "black on nothing.png",
             "palette.gif", "inverted, small.png"}  # fmt: skip
    assert {name for name, text in steps.items() if "inverted" in text} == light
    assert {name for name, text in steps.items() if "cropped" not in text} == {
        "inverted, small.png"
    }


def test_a_person_reads(capsys, tmp_path, trained):
    path, trainer = trained
    file = tmp_path / "digit.png"
    Image.fromarray(255 - big(sample(trainer, 0))).save(file)
    result = call(capsys, "predict", path, file)
    first, *rest = result.out.splitlines()
    entry = json.loads(call(capsys, "predict", path, file, "--json").out)[0]
    best, p = entry["predicted"], entry["probabilities"]
    assert first == f"{file}  →  {best}  ({100 * p[best]:.1f} %)"
    assert rest[0] == "  inverted, since the background is light"
    assert rest[1] == "  cropped, scaled to 8×8 and centred"
    assert len(rest) == 2 + 10
    for k, line in enumerate(rest[2:]):
        assert line.split()[:2] == [str(k), f"{100 * p[k]:.2f}"]
    assert sum(p) == pytest.approx(1)


def test_many_classes_show_the_likeliest(capsys, tmp_path):
    path, file = tmp_path / "w.npz", tmp_path / "x.png"
    biases = np.arange(26.0)
    save_weights(path, Weights((np.zeros((26, 64)),), (biases,)))
    Image.fromarray(np.eye(8, dtype=np.uint8) * 255).save(file)
    lines = call(capsys, "predict", path, file).out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [str(25 - k) for k in range(12)]


@needs_original
def test_the_originals_weights_read_its_own_test_pictures(capsys, tmp_path):
    data = load_dataset("mnist", SHARED / "mnist")
    files = []
    for index in range(40):
        pixels = (data.validation_x[index].reshape(28, 28) * 255).round().astype(np.uint8)
        canvas = np.pad(np.kron(pixels, np.ones((9, 9), np.uint8)), ((40, 100), (10, 77)))
        files.append(tmp_path / f"{index}.png")
        Image.fromarray(255 - canvas).save(files[-1])
    report = json.loads(call(capsys, "predict", SEED_WEIGHTS, *files, "--json").out)
    right = [entry["predicted"] == data.validation_y[n] for n, entry in enumerate(report)]
    assert sum(right) >= 33  # 87.87 % of 40 are 35


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a picture (expected a PNG, a JPEG, …, found an empty file)"),
        (b"hello, this is text", "is not a picture"),
        (b"\x89PNG\r\n\x1a\n broken", "is not a picture"),
        ("truncated", "the picture is damaged"),
        ("blank", "nothing is drawn on it"),
        ("transparent", "nothing is drawn on it"),
        ("enormous", "the picture is too large"),
    ],
)
def test_what_is_no_picture(capsys, tmp_path, trained, content, message):
    path, trainer = trained
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    Image.fromarray(sample(trainer, 0)).save(good)
    if content == "truncated":
        noise = np.random.default_rng(0).integers(0, 255, (50, 50)).astype(np.uint8)
        Image.fromarray(noise).save(bad)
        content = bad.read_bytes()[:900]
    elif content == "blank":
        Image.new("L", (40, 30), 255).save(bad)
    elif content == "transparent":
        Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(bad)
    elif content == "enormous":
        Image.new("1", (20_000, 20_000)).save(bad)
    if isinstance(content, bytes):
        bad.write_bytes(content)
    result = call(capsys, "predict", path, good, bad)
    assert result.error.startswith(f"{bad}: ") and message in result.error
    assert result.out == ""  # nothing half-said


def test_files_that_are_not_there(capsys, tmp_path, trained):
    error = call(capsys, "predict", trained[0], tmp_path / "no.png").error
    assert error == f"{tmp_path / 'no.png'}: there is no such file (expected a picture)"
    assert "found a folder" in call(capsys, "predict", trained[0], tmp_path).error
    assert "no.npz" in call(capsys, "predict", tmp_path / "no.npz", tmp_path / "no.png").error


def test_a_network_that_takes_no_pictures(capsys, tmp_path):
    path = tmp_path / "w.npz"
    save_weights(path, Weights((np.ones((3, 7)),), (np.ones(3),)))
    assert "expected a square number of inputs" in call(capsys, "predict", path, "x.png").error


def test_a_picture_on_its_side_is_put_upright(tmp_path):
    file = tmp_path / "phone.jpg"
    picture = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) * 4)
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera turned: to be shown a quarter turn clockwise
    picture.save(file, quality=100, exif=exif)
    upright = np.rot90(np.asarray(picture, float) / 255, -1)
    np.testing.assert_allclose(read_grey(file), upright, atol=0.03)


def test_pictures_come_as_shares_of_white(tmp_path):
    file = tmp_path / "grey.png"
    Image.fromarray(np.array([[0, 51], [102, 255]], np.uint8)).save(file)
    np.testing.assert_allclose(read_grey(file), [[0, 0.2], [0.4, 1]])
    with pytest.raises(UserError, match="expected a picture"):
        read_grey(tmp_path / "none.png")
