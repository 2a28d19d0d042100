"""Files of weights that are not opened, and the line of Python that makes of each one that is.

What is pickled can run code when it is opened, and HDF5 takes a library that few people have.
Whoever made such a file has the library that reads it, and it takes them one line.
"""

from __future__ import annotations

from pathlib import Path

from nnfs_core.disk.npz import open_zip
from nnfs_core.disk.whole import unreadable
from nnfs_core.errors import UserError

HEAD = 4096
"""Bytes by which a file is recognised."""

HDF5 = b"\x89HDF\r\n\x1a\n"
PICKLES = (".pkl", ".pickle", ".joblib", ".sav")
TORCH = (".pt", ".pth", ".ckpt")
KERAS = (".h5", ".hdf5", ".keras")

_OLD_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""What PyTorch began its files with before they were zips: a number, pickled."""

SKLEARN = (
    'np.savez("w.npz", **{f"coefs_{i}": c for i, c in enumerate(m.coefs_)}, '
    '**{f"intercepts_{i}": b for i, b in enumerate(m.intercepts_)})'
)
"""Saves the layers of scikit-learn's ``m``."""

LONGEST_NAME = 60
"""Characters of a file's name that is put into the line."""


def check_readable(path: Path, start: bytes) -> None:
    """Refuse files of weights that have to be converted first.

    Parameters
    ----------
    path : Path
        A file; it is recognised by what is in it, and by its name only where that says nothing.
    start : bytes
        Its first :data:`HEAD` bytes.

    Raises
    ------
    UserError
        Naming the line of Python that converts it.
    """
    members = _members(path) if start[:2] == b"PK" else ()
    suffix = path.suffix.lower()
    if start.startswith(HDF5) or "model.weights.h5" in members:
        raise _keras(path)
    if any(name.endswith("/data.pkl") or name == "data.pkl" for name in members):
        raise _torch(path, scripted=any("/code/" in name for name in members))
    if members:
        return
    pickled = start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
    if start.startswith(_OLD_TORCH) or (suffix in TORCH and not start.startswith(b"PK")):
        raise _torch(path)
    if pickled or suffix in PICKLES:
        if b"torch" in start:
            raise _torch(path)
        raise _pickle(path, b"sklearn" in start or suffix == ".joblib")
    if suffix in KERAS and start[:2] != b"PK":
        raise _keras(path)


def first_bytes(path: Path) -> bytes:
    """Return what a file begins with.

    Raises
    ------
    UserError
        When it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError as error:
        raise unreadable(path, error) from error


def _members(path: Path) -> tuple[str, ...]:
    """Return the names in a zip; of a damaged one none, for its reader says what is wrong."""
    try:
        with open_zip(path, "") as archive:
            return tuple(archive.namelist())
    except UserError:
        return ()


def _torch(path: Path, scripted: bool = False) -> UserError:
    loaded = f'torch.load({_name(path)}, map_location="cpu", weights_only=True)'
    if scripted:
        loaded = f'torch.jit.load({_name(path)}, map_location="cpu").state_dict()'
    line = f'np.savez("w.npz", **{{k: v.numpy() for k, v in {loaded}.items()}})'
    return _refusal(path, "is pickled by PyTorch", f"import numpy as np, torch; {line}")


def _pickle(path: Path, sklearn: bool) -> UserError:
    line = (
        f"import joblib, numpy as np; m = joblib.load({_name(path)}); {SKLEARN}"
        if sklearn
        else "import numpy as np, pickle; "
        f'np.savez("w.npz", **pickle.load(open({_name(path)}, "rb")))'
    )
    return _refusal(path, "is a pickle, which can run code when it is opened", line)


def _keras(path: Path) -> UserError:
    line = f'import keras, numpy as np; np.savez("w.npz", *keras.models.load_model({_name(path)})'
    if path.name.lower().endswith(".weights.h5"):  # it has no model in it
        line = f'import numpy as np; model.load_weights({_name(path)}); np.savez("w.npz", *model'
    return _refusal(path, "is a file of Keras or HDF5", f"{line}.get_weights())")


def _refusal(path: Path, what: str, line: str) -> UserError:
    return UserError(
        f"{what}; where you trust it, this makes w.npz of it, which opens: {line}", where=path
    )


def _name(path: Path) -> str:
    """Return the file's name as Python writes it."""
    name = path.name
    plain = len(name) <= LONGEST_NAME and name.isprintable() and not set(name) & set('"\\')
    return f'"{name}"' if plain else '"…"'
