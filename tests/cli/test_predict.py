"""``predict``: pictures as people have them, and what is no picture."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nnfs_core.data import load_dataset
from nnfs_core.data.scale import Scale
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.files.meaning import UNKNOWN, Meaning
from nnfs_core.files.weights import Weights, save_weights
from nnfs_core.history.run import Fingerprint
from nnfs_core.pictures.file import read_grey
from nnfs_core.shipped import shipped_file
from nnfs_core.training.trainer import Trainer
from tests.core.photographed import seen, slope, strokes
from tests.original import MNIST, SEED_WEIGHTS, needs_original

from .command import call


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
        assert line.split()[:2] == [str(k), "<0.01" if p[k] < 5e-5 else f"{100 * p[k]:.2f}"]
    assert sum(p) == pytest.approx(1)


def test_nothing_is_certain(capsys, tmp_path):
    """Beside e^20.7 the other classes have 10⁻⁹ each, which float32 loses beside 1."""
    path, file = tmp_path / "w.npz", tmp_path / "x.png"
    biases = np.array([0, 0, 20.7, 0], np.float32)
    save_weights(path, Weights((np.zeros((4, 64), np.float32),), (biases,)))
    Image.fromarray(np.eye(8, dtype=np.uint8) * 255).save(file)
    lines = call(capsys, "predict", path, file).out.splitlines()
    assert lines[0] == f"{file}  →  class 2 of 4 (the file names none)  (>99.9 %)"
    shares = [line.split()[1] for line in lines if line.lstrip()[:1].isdigit()]
    assert shares == ["<0.01", "<0.01", ">99.99", "<0.01"]
    probabilities = json.loads(call(capsys, "predict", path, file, "--json").out)[0]
    assert probabilities["probabilities"][2] == pytest.approx(1)


def test_what_is_doubtful_is_said_beside_the_answer(capsys, tmp_path, trained):
    path, trainer = trained
    clean, several = tmp_path / "clean.png", tmp_path / "several.png"
    Image.fromarray(255 - big(sample(trainer, 0))).save(clean)
    two = [big(sample(trainer, index)) for index in (1, 2)]
    Image.fromarray(255 - np.hstack(two)).save(several)
    report = json.loads(call(capsys, "predict", path, clean, several, "--json").out)
    doubt = "2 shapes stand side by side, and all are read as one character"
    assert [entry["doubts"] for entry in report] == [[], [doubt]]
    said = call(capsys, "predict", path, clean, several).out
    assert said.count("doubtful:") == 1
    assert f"  doubtful: {doubt}\n" in said.partition(f"{several}  →")[2]


def test_a_shadow_on_a_photo_is_evened_out(capsys, tmp_path):
    ink = strokes(7)
    file = tmp_path / "photo.jpg"
    Image.fromarray((255 * seen(ink, slope(45, 0.35))).astype(np.uint8)).save(file, quality=85)
    (report,) = json.loads(call(capsys, "predict", shipped_file("digits"), file, "--json").out)
    assert report["predicted"] == 7 and report["probabilities"][7] > 0.9
    assert "uneven light evened out" in report["preparation"]
    assert report["doubts"] == []


def test_many_classes_show_the_likeliest(capsys, tmp_path):
    path, file = tmp_path / "w.npz", tmp_path / "x.png"
    biases = np.arange(26.0)
    save_weights(path, Weights((np.zeros((26, 64)),), (biases,)))
    Image.fromarray(np.eye(8, dtype=np.uint8) * 255).save(file)
    lines = call(capsys, "predict", path, file).out.splitlines()
    assert [line.split()[0] for line in lines[2:-1]] == [str(25 - k) for k in range(12)]


@needs_original
def test_the_originals_weights_read_its_own_test_pictures(capsys, tmp_path):
    data = load_dataset("mnist", MNIST)
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


def saved(tmp_path, meaning=UNKNOWN, sizes=(64, 10), **more) -> Path:
    """Weights by a formula that the tests write out again."""
    path = tmp_path / "w.npz"
    layers = list(itertools.pairwise(sizes))
    save_weights(
        path,
        Weights(
            tuple(-np.eye(after, before) for before, after in layers),
            tuple(np.linspace(0, 1, after) for _, after in layers),
            meaning=meaning,
            **more,
        ),
    )
    return path


def picture(tmp_path, rows=8, columns=8) -> Path:
    file = tmp_path / "x.png"
    pixels = np.zeros((rows, columns), np.uint8)
    pixels[1:-1, 1] = 255
    Image.fromarray(pixels).save(file)
    return file


ONE_BASED = tuple(str(number) for number in range(1, 11))


def test_an_answer_is_given_in_the_classes_names(capsys, tmp_path):
    """A network of labels 1…10 calls its seventh output 7, and not 6."""
    path, file = tmp_path / "w.npz", picture(tmp_path)
    bias = np.where(np.arange(10) == 6, 9.0, 0)
    network = (np.zeros((10, 64)),), (bias,)
    save_weights(path, Weights(*network, meaning=Meaning(ONE_BASED, (), (8, 8), Scale(0, 16))))
    (entry,) = json.loads(call(capsys, "predict", path, file, "--json").out)
    assert (entry["class"], entry["position"], entry["predicted"]) == ("7", 6, 6)
    assert entry["classes"] == list(ONE_BASED) and entry["notes"] == []
    first, *rest = call(capsys, "predict", path, file).out.splitlines()
    assert first.startswith(f"{file}  →  7  (99.")
    assert [line.split()[0] for line in rest] == list(ONE_BASED)
    names = ("a rose", "b\x1b[31m", *(f"{'W' * 300}{k}" for k in range(8)))
    save_weights(path, Weights(*network, meaning=Meaning(names, (), (8, 8), Scale(0, 16))))
    first, *rest = call(capsys, "predict", path, file).out.splitlines()
    assert f"→  {'W' * 99}" in first and len(first) < 300
    assert rest[0].startswith("  a rose ") and "\x1b" not in "".join(rest)
    assert len({line.index(" %") for line in rest}) == 1


def test_a_class_without_a_name_is_a_position(capsys, tmp_path):
    path, file = saved(tmp_path), picture(tmp_path)
    first, second, *rest = call(capsys, "predict", path, file).out.splitlines()
    (entry,) = json.loads(call(capsys, "predict", path, file, "--json").out)
    assert (entry["class"], entry["position"], entry["classes"]) == (None, 8, None)
    assert f"→  class 8 of 10 (the file names none)  ({100 * entry['probabilities'][8]:.1f} %)" in (
        first
    )
    assert second == "  classes are counted from 0, in the order of the network's outputs"
    assert [line.split()[0] for line in rest[:10]] == [str(k) for k in range(10)]
    (note,) = rest[10:]
    assert note == (
        "note: pictures of 8×8 with values from 0 to 1, light on dark, are assumed: the file does "
        "not say what its 64 inputs are"
    )
    assert entry["notes"] == [note.removeprefix("note: ")]


def test_a_picture_has_the_shape_that_the_file_says(capsys, tmp_path):
    file = picture(tmp_path, 4, 16)
    path = saved(tmp_path, Meaning(ONE_BASED, (), (4, 16), Scale(0, 16)))
    entry = json.loads(call(capsys, "predict", path, file, "--json").out)[0]
    assert entry["preparation"] == [] and entry["notes"] == []
    x = (np.asarray(Image.open(file), float) / 255).ravel()
    z = -np.eye(10, 64) @ x + np.linspace(0, 1, 10)
    np.testing.assert_allclose(entry["probabilities"], np.exp(z) / np.exp(z).sum(), rtol=1e-6)
    other = json.loads(call(capsys, "predict", path, picture(tmp_path), "--json").out)[0]
    assert "scaled to 16×4" in " ".join(other["preparation"])
    path = saved(tmp_path, Meaning(ONE_BASED, (), (4, 16)))
    out = call(capsys, "predict", path, file).out
    assert out.endswith(
        "note: values from 0 to 1, light on dark, are assumed: the file names no scale\n"
    )


def test_each_pixel_has_its_own_scale_where_the_file_says_so(capsys, tmp_path):
    """A picture written from 0 to 20, whose columns were scaled one by one."""
    low, high = np.arange(64.0) % 3, 10 + np.arange(64.0) % 11
    path = saved(tmp_path, Meaning(ONE_BASED, (), (8, 8), Scale(low, high)))
    file = picture(tmp_path)
    entry = json.loads(call(capsys, "predict", path, file, "--json").out)[0]
    written = 20 * np.asarray(Image.open(file), float).ravel() / 255
    z = -np.eye(10, 64) @ ((written - low) / (high - low)) + np.linspace(0, 1, 10)
    np.testing.assert_allclose(entry["probabilities"], np.exp(z) / np.exp(z).sum(), rtol=1e-6)


@pytest.mark.parametrize(
    ("meaning", "found"),
    [
        (Meaning(inputs=tuple(f"width {k}" for k in range(64))), "found inputs width 0, width 1"),
        (Meaning(scale=Scale(np.zeros(64), np.ones(64))), "found a scale for each input"),
        (
            Meaning(data=Fingerprint("t.csv", 64, 8, 2, ONE_BASED, None, "0" * 64)),
            "found samples of 64 numbers",
        ),
    ],
)
def test_a_network_of_a_table_is_shown_no_picture(capsys, tmp_path, meaning, found):
    path = saved(tmp_path, meaning)
    error = call(capsys, "predict", path, picture(tmp_path)).error
    assert error.startswith(f"{path}: the network was trained on a table (expected one that was")
    assert found in error


def test_what_is_assumed_of_the_activation_is_said_and_can_be_said_otherwise(capsys, tmp_path):
    path = saved(tmp_path, Meaning(ONE_BASED, (), (8, 8), Scale(0, 16)), (64, 4, 10))
    file = picture(tmp_path)
    x = (np.asarray(Image.open(file), float) / 255).ravel()
    first = -np.eye(4, 64) @ x + np.linspace(0, 1, 4)
    for option, function, notes in (
        ((), lambda z: np.maximum(z, 0), ["relu is assumed: the file names no activation"]),
        (("--activation", "tanh"), np.tanh, []),
        (("--activation", "relu"), lambda z: np.maximum(z, 0), []),
    ):
        entry = json.loads(call(capsys, "predict", path, file, "--json", *option).out)[0]
        z = -np.eye(10, 4) @ function(first) + np.linspace(0, 1, 10)
        np.testing.assert_allclose(entry["probabilities"], np.exp(z) / np.exp(z).sum(), rtol=1e-6)
        assert [note.partition(" (")[0] for note in entry["notes"]] == notes
    error = call(capsys, "predict", path, file, "--activation", "swish").error
    assert error.startswith("--activation: not a usable value (expected one of relu,")


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
