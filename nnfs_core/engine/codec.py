"""Commands and events as bytes, and back: words as JSON, arrays as they are.

Some messages together are

    length of the words (unsigned, 32 bits, little endian) │ words │ arrays

where the words are a JSON object: the messages, and type and shape of each array. Arrays begin at
multiples of 64 bytes from the start. In the words, an array is ``{"array": its number}``, a
dictionary ``{"dict": …}``, and anything frozen ``{its name: its fields}``; a sequence comes back as
a tuple. Nothing in it can be run.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from mmap import mmap
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data.base import Dataset
from nnfs_core.data.scale import Scale
from nnfs_core.engine.commands import Command
from nnfs_core.engine.events import Event
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.history.recording import Mark
from nnfs_core.model.parameters import Layout, Parameters
from nnfs_core.recipe import Recipe
from nnfs_core.training.metrics import EpochMetrics
from nnfs_core.training.trainer import EpochFrame, TrainState

Array = NDArray[Any]

LENGTH = struct.Struct("<I")

LINE = 64
"""Bytes at multiples of which arrays begin, so that each is aligned for its type."""

NUMBERS = "biuf"
"""Kinds of arrays that are passed on."""


class CodecError(ValueError):
    """Bytes that are no messages."""


def encode(messages: Sequence[Command | Event]) -> bytes:
    """Return messages as bytes."""
    return b"".join(encode_parts(messages))


def encode_parts(messages: Sequence[Command | Event]) -> list[bytes | memoryview]:
    """Return messages as bytes in parts, one after the other; arrays are not copied."""
    arrays: list[Array] = []
    words = [_written(message, arrays) for message in messages]
    layout = [(array.dtype.str, array.shape) for array in arrays]
    text = json.dumps({"messages": words, "arrays": layout}).encode()
    # Blanks behind JSON mean nothing.
    text += b" " * (-(LENGTH.size + len(text)) % LINE)
    parts: list[bytes | memoryview] = [LENGTH.pack(len(text)), text]
    for array in arrays:
        flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        parts += [flat.data, bytes(-len(flat) % LINE)]
    return parts


def decode(memory: bytes | mmap) -> tuple[Any, ...]:
    """Return the messages that :func:`encode` has written; arrays are read-only views of them.

    Raises
    ------
    CodecError
        When that is not what the bytes are.
    """
    try:
        (length,) = LENGTH.unpack_from(memory)
        at = LENGTH.size + length
        words = json.loads(memory[LENGTH.size : at])
        arrays = []
        for kind, shape in words["arrays"]:
            dtype, count = np.dtype(kind), math.prod(shape)
            if dtype.kind not in NUMBERS or min(shape, default=0) < 0:
                raise CodecError(f"an array of {dtype}, {shape} is not passed on")
            arrays.append(np.frombuffer(memory, dtype, count, at).reshape(shape))
            at += -(-count * dtype.itemsize // LINE) * LINE
        return tuple(_read(message, arrays) for message in words["messages"])
    except CodecError:
        raise
    except (
        struct.error,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        OverflowError,
        RecursionError,
        MemoryError,
        UserError,
    ) as error:
        raise CodecError(f"no messages: {error}") from error


def _written(value: Any, arrays: list[Array]) -> Any:
    """Return a value as JSON has it; arrays are put into the list."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, tuple | list):
        return [_written(one, arrays) for one in value]
    if isinstance(value, dict):
        return {"dict": {name: _written(one, arrays) for name, one in value.items()}}
    kind = type(value)
    if kind in SPECIAL:
        whole = SPECIAL[kind][0](value)
    else:
        whole = {name: getattr(value, name) for name in FIELDS[kind]}
    return {kind.__name__: {name: _written(one, arrays) for name, one in whole.items()}}


def _read(value: Any, arrays: list[Array]) -> Any:
    """Return the value that :func:`_written` has written."""
    if isinstance(value, list):
        return tuple(_read(one, arrays) for one in value)
    if not isinstance(value, dict):
        return value
    ((name, content),) = value.items()
    if name == "array":
        return arrays[content]
    whole = {name: _read(one, arrays) for name, one in content.items()}
    if name == "dict":
        return whole
    kind = KINDS[name]
    return SPECIAL[kind][1](whole) if kind in SPECIAL else kind(**whole)


def _frame_fields(frame: EpochFrame) -> dict[str, Any]:
    update = None if frame.update is None else frame.update.flat
    return {"state": frame.state, "layout": frame.parameters.layout, "update": update}


def _frame(whole: dict[str, Any]) -> EpochFrame:
    """Return a frame as it is made of a state: its parameters are views of the state's numbers."""
    frame: EpochFrame = whole["state"].frame(whole["layout"])
    if whole["update"] is None:
        return frame
    return replace(frame, update=Parameters.over(whole["update"], whole["layout"]))


SPECIAL: dict[type, tuple[Callable[[Any], dict[str, Any]], Callable[[dict[str, Any]], Any]]] = {
    EpochFrame: (_frame_fields, _frame),
    Experiment: (
        lambda experiment: {"json": experiment.model_dump_json()},
        lambda whole: Experiment.model_validate_json(whole["json"]),
    ),
}
"""What is not written field by field: how its fields are found, and how it is made of them."""

KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        *get_args(Command),
        *get_args(Event),
        Dataset,
        EpochFrame,
        EpochMetrics,
        Experiment,
        Layout,
        Mark,
        Recipe,
        Scale,
        TrainState,
    )
}
"""Everything that is passed on, by name."""

FIELDS = {
    kind: tuple(field.name for field in fields(kind))
    for kind in KINDS.values()
    if kind not in SPECIAL
}
