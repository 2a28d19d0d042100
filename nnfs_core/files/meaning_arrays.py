"""What inputs and outputs mean, as arrays of a file; docs/weights-file.md describes them."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from nnfs_core.data.scale import Scale
from nnfs_core.disk.arrays import Arrays
from nnfs_core.disk.json_text import read_json
from nnfs_core.errors import UserError, quoted
from nnfs_core.files.meaning import UNKNOWN, Meaning
from nnfs_core.history.run import Fingerprint
from nnfs_core.model.tasks import tasks

MAX_TEXT = 4 * 2**20
"""Bytes of a text, or of an array that is no list of names and no scale."""

MAX_NAMES = 64 * 2**20
"""Bytes of a list of names: each takes as much room as the longest."""

MAX_COMMAS = 50_000
"""In a fingerprint: each wrong value is remembered by the parser, and that takes memory."""

MAX_NAME = 10_000
"""Characters of a name: as many as a label in a table may have."""

VALIDATION_NAMES = ("validation", "test")


def arrays_of(meaning: Meaning) -> dict[str, NDArray[Any]]:
    """Return a meaning as named arrays; what is not known is not among them.

    Names that an array cannot hold, such as tens of thousands of which one is thousands of
    characters long, are left out too.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for entry, names in (("classes", meaning.classes), ("inputs", meaning.inputs)):
        if names and _wrong_names(names) is None and _room(names) <= MAX_NAMES:
            arrays[entry] = np.array(names)
    if meaning.image_shape is not None:
        arrays["image_shape"] = np.array(meaning.image_shape, np.int64)
    if meaning.scale is not None:
        arrays["scale"] = np.array([meaning.scale.low, meaning.scale.high], np.float64)
    if meaning.validation_name:
        arrays["held_out"] = np.array(meaning.validation_name)
    if meaning.task != UNKNOWN.task:
        arrays["task"] = np.array(meaning.task)
        arrays["target"] = np.array(meaning.target)
        if meaning.target_scale is not None:
            ends = meaning.target_scale.low, meaning.target_scale.high
            arrays["target_scale"] = np.array(ends, np.float64)
    if meaning.rules is not None:
        arrays["rules"] = np.array(meaning.rules, np.int64)
    if meaning.data is not None:
        text = _fingerprints().dump_json(meaning.data).decode()
        if 4 * len(text) <= MAX_TEXT and text.count(",") <= MAX_COMMAS:
            arrays["data"] = np.array(text)
    return arrays


def read_meaning(archive: Arrays) -> Meaning:
    """Read what :func:`arrays_of` wrote; every array is checked by itself.

    Raises
    ------
    UserError
        Naming the array that is not as docs/weights-file.md says.
    """
    return Meaning(
        _names(archive, "classes"),
        _names(archive, "inputs"),
        _image_shape(archive),
        _scale(archive),
        _data(archive),
        _validation_name(archive),
        _rules(archive),
        *_task(archive),
    )


def check_meaning(meaning: Meaning, inputs: int, outputs: int, where: object) -> None:
    """Refuse a meaning that is that of another network, or of two.

    Parameters
    ----------
    inputs, outputs : int
        Of the network.
    where : object
        The file, for the message.

    Raises
    ------
    UserError
        Naming the array that does not fit.
    """
    data, scale = meaning.data, meaning.scale
    pixels = inputs if meaning.image_shape is None else math.prod(meaning.image_shape)
    pairs = np.size(scale.low) if scale is not None and scale.by_column else inputs
    for name, what, expected, found in (
        ("classes", "names", outputs, len(meaning.classes) or outputs),
        ("task", "outputs", outputs, 1 if meaning.task != "classification" else outputs),
        ("inputs", "names", inputs, len(meaning.inputs) or inputs),
        ("image_shape", "pixels", inputs, pixels),
        ("scale", "columns, or one pair for all", inputs, pairs),
        ("data", "inputs", inputs, data.features if data else inputs),
        ("data", "classes", outputs, data.outputs if data else outputs),
    ):
        if expected != found:
            raise UserError(
                f"{name} does not fit", where=where, expected=f"{expected} {what}", found=found
            )
    if data is None:
        return
    for name, own, theirs in (
        ("classes", meaning.classes, data.classes),
        ("image_shape", meaning.image_shape, data.image_shape),
    ):
        if own and theirs and own != theirs:
            raise UserError(
                f"{name} and data contradict each other",
                where=where,
                expected=quoted(", ".join(map(str, own))),
                found=quoted(", ".join(map(str, theirs))),
            )


def text_of(archive: Arrays, name: str, expected: str = "text") -> str:
    """Read a text: one string, or the bytes of one in UTF-8.

    Raises
    ------
    UserError
        When it is something else.
    """
    array = archive.read(name, MAX_TEXT)
    try:
        if array.dtype == np.uint8:
            return array.tobytes().decode()
        return str(array.item())
    except ValueError as error:
        raise UserError(
            f"{name} cannot be read: {error}", where=archive.path, expected=expected
        ) from error


@cache
def _fingerprints() -> TypeAdapter[Fingerprint]:
    return TypeAdapter(Fingerprint)


def _room(names: tuple[str, ...]) -> int:
    return 4 * len(names) * max(map(len, names))


def _wrong_names(names: tuple[str, ...]) -> str | None:
    """Return what is wrong with names, of which an answer must be able to name any one."""
    for name in names:
        if not name or name.endswith("\0") or len(name) > MAX_NAME:
            return f"names of 1 to {MAX_NAME:,} characters"
        if any("\ud800" <= char <= "\udfff" for char in name):
            return "text"
    return "each name once" if len(set(names)) < len(names) else None


def _names(archive: Arrays, name: str) -> tuple[str, ...]:
    if name not in archive.names:
        return ()
    array = archive.read(name, MAX_NAMES)
    if array.dtype.kind != "U" or array.ndim != 1:
        raise _wrong(archive, name, "a list of names", _kind(array))
    names = tuple(array.tolist())
    if wrong := _wrong_names(names):
        raise _wrong(archive, name, wrong, quoted(", ".join(names[:20])))
    return names


def _image_shape(archive: Arrays) -> tuple[int, int] | None:
    if "image_shape" not in archive.names:
        return None
    array = archive.read("image_shape", MAX_TEXT)
    if array.dtype.kind not in "iu" or array.shape != (2,) or int(array.min()) < 1:
        raise _wrong(archive, "image_shape", "rows and columns", _kind(array))
    rows, columns = array.tolist()
    return rows, columns


def _scale(archive: Arrays) -> Scale | None:
    if "scale" not in archive.names:
        return None
    array = archive.read("scale", MAX_NAMES)
    if array.dtype.kind not in "fiu" or array.ndim not in (1, 2) or len(array) != 2:
        raise _wrong(archive, "scale", "lowest and highest values", _kind(array))
    numbers = array.astype(np.float64)
    low, high = numbers
    fits = (low <= high) if array.ndim == 2 else (low < high)
    if not (np.isfinite(numbers).all() and np.all(fits)):
        raise _wrong(archive, "scale", "finite values, the lowest first", "others")
    if array.ndim == 1:
        return Scale(float(low), float(high))
    numbers.flags.writeable = False
    return Scale(*numbers)


def _task(archive: Arrays) -> tuple[str, str, Scale | None]:
    """Read what the output says: task, target and its scale."""
    if "task" not in archive.names:
        return UNKNOWN.task, UNKNOWN.target, UNKNOWN.target_scale
    word = text_of(archive, "task")
    if word not in tasks():
        raise _wrong(archive, "task", " or ".join(tasks()), quoted(word))
    target = text_of(archive, "target") if "target" in archive.names else ""
    if len(target) > MAX_NAME:
        raise _wrong(archive, "target", f"at most {MAX_NAME} characters", len(target))
    if "target_scale" not in archive.names:
        return word, target, None
    array = archive.read("target_scale", MAX_TEXT)
    if array.dtype.kind not in "fiu" or array.shape != (2,):
        raise _wrong(archive, "target_scale", "two numbers", _kind(array))
    low, high = map(float, array.tolist())
    if not (low < high and np.isfinite([low, high, high - low]).all()):
        raise _wrong(archive, "target_scale", "finite values, the lowest first", "others")
    return word, target, Scale(low, high)


def _validation_name(archive: Arrays) -> str:
    if "held_out" not in archive.names:
        return ""
    word = text_of(archive, "held_out")
    if word not in VALIDATION_NAMES:
        raise _wrong(archive, "held_out", " or ".join(VALIDATION_NAMES), quoted(word))
    return word


def _rules(archive: Arrays) -> int | None:
    if "rules" not in archive.names:
        return None
    return whole_number(archive, "rules", 0)


def whole_number(archive: Arrays, name: str, least: int) -> int:
    """Read a number that counts something, from ``least`` on.

    Raises
    ------
    UserError
        When it is something else.
    """
    array = archive.read(name, MAX_TEXT)
    if array.dtype.kind not in "iu" or array.size != 1 or not least <= array.item() <= 10**6:
        found = array.item() if array.size == 1 and array.dtype.kind in "iu" else _kind(array)
        raise _wrong(archive, name, f"a whole number from {least} on", found)
    return int(array.item())


def _data(archive: Arrays) -> Fingerprint | None:
    if "data" not in archive.names:
        return None
    text = text_of(archive, "data")
    try:
        if text.count(",") > MAX_COMMAS:
            raise ValueError("it is too long")
        read_json(text)  # names nothing twice
        return _fingerprints().validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        said = f"{place}: {first['msg']}" if place else first["msg"]
    except (ValueError, UnicodeError) as error:
        said = str(error)
    raise _wrong(archive, "data", "a fingerprint as JSON text", said)


def _wrong(archive: Arrays, name: str, expected: str, found: object) -> UserError:
    return UserError(f"{name} cannot be used", where=archive.path, expected=expected, found=found)


def _kind(array: NDArray[Any]) -> str:
    return f"{array.dtype} of shape {array.shape}"
