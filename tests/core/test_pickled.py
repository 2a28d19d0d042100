"""Files that are not opened name the line of Python that makes one that is."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from nnfs_core.disk.pickled import HDF5, SKLEARN
from nnfs_core.errors import UserError
from nnfs_core.files.weights import load_weights
from tests.core.refusals import refusal

TORCH = 'torch.load("{}", map_location="cpu", weights_only=True)'
PICKLE = b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00"
OLD_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."


def zipped(path: Path, *names: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")


def line(path: Path) -> str:
    """Return the line of Python that the refusal names, having seen that it is Python."""
    message = refusal(lambda: load_weights(path), path, both_sides=False)
    found = message.partition("makes w.npz of it, which opens: ")[2]
    compile(found, "line", "exec")
    return found


@pytest.mark.parametrize("name", ["w.pt", "w.pth", "w.npz", "w"])
def test_what_pytorch_saved(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    zipped(path, "archive/data.pkl", "archive/data/0", "archive/version")
    assert TORCH.format(name) in line(path)
    path.write_bytes(OLD_TORCH)
    assert TORCH.format(name) in line(path)
    zipped(path, "m/data.pkl", "m/code/__torch__.py", "m/constants.pkl")
    assert f'torch.jit.load("{name}", map_location="cpu").state_dict()' in line(path)


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("m.pkl", PICKLE + b"sklearn.neural_network", f'joblib.load("m.pkl"); {SKLEARN}'),
        ("m.joblib", b"x\x9c packed", f'joblib.load("m.joblib"); {SKLEARN}'),
        ("m.bin", PICKLE + b"sklearn.neural_network", 'joblib.load("m.bin")'),
        ("m.pkl", PICKLE + b"torch._utils", TORCH.format("m.pkl")),
        ("m.pkl", PICKLE + b"W1", '**pickle.load(open("m.pkl", "rb"))'),
        ("m.pickle", b"(dp0\nS'W1'", '**pickle.load(open("m.pickle", "rb"))'),
        ("m.pt", b"old and unknown", TORCH.format("m.pt")),
        ("m.h5", HDF5 + bytes(8), '*keras.models.load_model("m.h5").get_weights()'),
        ("m.dat", HDF5 + bytes(8), '*keras.models.load_model("m.dat").get_weights()'),
        ("m.weights.h5", HDF5, 'model.load_weights("m.weights.h5"); np.savez("w.npz", *model.get'),
        ('say "x".pkl', PICKLE, '**pickle.load(open("…", "rb"))'),
        (f"{'m' * 100}.pkl", PICKLE, '**pickle.load(open("…", "rb"))'),
    ],
)
def test_what_others_pickled(tmp_path: Path, name: str, content: bytes, part: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert part in line(path)


def test_what_keras_saved(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    zipped(path, "metadata.json", "config.json", "model.weights.h5")
    assert '*keras.models.load_model("m.keras").get_weights()' in line(path)


def test_an_archive_of_arrays_is_opened_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    with path.open("wb") as file:
        np.savez(file, W1=np.ones((3, 4)), B1=np.ones(3))
    assert load_weights(path).sizes == (4, 3)
    # A damaged archive is said to be one.
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(UserError, match="cut short or damaged"):
        load_weights(path)
