"""Messages between two processes of this program: a line of words, and numbers as they are.

A message is two lengths (unsigned 32 and 64 bits, little endian), a JSON object of the first
length, and bytes of the second. Nothing in it can be run.
"""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.model.network import Parameters
from nnfs_core.recipe import Recipe
from nnfs_core.training.metrics import COLUMNS, EpochMetrics
from nnfs_core.training.trainer import EpochFrame, TrainState

LENGTHS = struct.Struct("<IQ")

Words = dict[str, Any]


def message(words: Words, *numbers: NDArray[Any]) -> bytes:
    """Return a message as bytes."""
    return b"".join(message_parts(words, *numbers))


def message_parts(words: Words, *numbers: NDArray[Any]) -> list[bytes | memoryview]:
    """Return a message in parts, to be sent one after the other; numbers are not copied."""
    text = json.dumps(words).encode()
    parts = [np.ascontiguousarray(one).reshape(-1).view(np.uint8).data for one in numbers]
    return [LENGTHS.pack(len(text), sum(map(len, parts))), text, *parts]


def read_message(stream: IO[bytes]) -> tuple[Words, bytes] | None:
    """Read the next message; None where the stream has ended."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    words, numbers = LENGTHS.unpack(lengths)
    text, payload = stream.read(words), stream.read(numbers)
    if len(text) < words or len(payload) < numbers:
        return None
    return json.loads(text), payload


def rows(metrics: list[EpochMetrics]) -> NDArray[np.float64]:
    """Return metrics as numbers, shape (epochs, columns)."""
    # One after the other rather than by astuple(): that costs more than telling an epoch.
    return np.array(
        [[getattr(one, name) for name in COLUMNS] for one in metrics], np.float64
    ).reshape(-1, len(COLUMNS))


def state_words(state: TrainState) -> Words:
    """Return all of a state but its numbers."""
    return {
        "epoch": state.epoch,
        "step": state.step,
        "rng_state": state.rng_state,
        "metrics": [getattr(state.metrics, name) for name in COLUMNS],
        "recipe": state.recipe.numbers,
        "batches": state.batches,
        "shape": state.numbers.shape,
        "dtype": state.numbers.dtype.str,
    }


def state_from(words: Words, payload: bytes) -> TrainState:
    """Return the state that :func:`state_words` and the numbers behind them describe."""
    shape, dtype = tuple(words["shape"]), np.dtype(words["dtype"])
    numbers = np.frombuffer(payload, dtype, shape[0] * shape[1]).reshape(shape)
    epoch, *metrics = words["metrics"]
    return TrainState(
        words["epoch"],
        words["step"],
        numbers,
        words["rng_state"],
        EpochMetrics(int(epoch), *metrics),
        Recipe.of_numbers(words["recipe"]),
        words["batches"],
    )


def frame_message(frame: EpochFrame) -> bytes:
    """Return a frame as a message."""
    words = {"told": "frame", "state": state_words(frame.state)}
    numbers = [frame.state.numbers]
    if frame.update is not None:
        numbers.append(frame.update.flat)
    return message({**words, "update": frame.update is not None}, *numbers)


def frame_from(words: Words, payload: bytes, sizes: tuple[int, ...]) -> EpochFrame:
    """Return the frame of a message, for a network of these sizes."""
    state = state_from(words["state"], payload)
    frame, update = state.frame(sizes), None
    if words["update"]:
        flat = np.frombuffer(payload, state.numbers.dtype, offset=state.numbers.nbytes)
        update = Parameters.over(flat, sizes)
    return replace(frame, update=update)
