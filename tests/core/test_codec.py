"""Commands and events as bytes and back; what is no message is refused, whatever it is."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnfs_core.data import load_dataset
from nnfs_core.data.scale import Scale
from nnfs_core.engine import commands, events
from nnfs_core.engine.codec import LENGTH, LINE, CodecError, decode, encode
from nnfs_core.experiment import Experiment
from nnfs_core.history.recording import Mark
from nnfs_core.training.trainer import EpochFrame, Trainer
from tests.core import plain

TRAINER = Trainer(Experiment(layers=(5,), optimizer="adam", batch_size=8), plain.make_dataset())
TRAINER.step_epoch()
STATE, FRAME = TRAINER.state(), TRAINER.frame()
COLUMNS = 7

MESSAGES: tuple[Any, ...] = (
    commands.Train(2**31 - 1),
    commands.Step(3),
    commands.Pause(),
    commands.SetRate(None),
    commands.SetRate(0.1),
    commands.SetRecipe(replace(STATE.recipe, learning_rate=0.1 + 0.2)),
    commands.KeepEvery(10),
    commands.SetStride(4),
    commands.RequestState(),
    commands.Take(),
    commands.Close(),
    commands.Ping(),
    commands.UseData(TRAINER.dataset),
    commands.UseData(
        replace(load_dataset("digits"), scale=Scale(np.arange(64.0), np.arange(64.0) + 1))
    ),
    commands.FetchData(),
    commands.Start(TRAINER.experiment, STATE, 5, 2, (math.inf, 0)),
    events.Stands(STATE, 2),
    events.Epochs(np.array([[1.0, math.nan, math.inf, *range(COLUMNS - 3)]])),
    events.Epochs(np.zeros((0, COLUMNS))),
    events.Keyframe(STATE),
    events.Frame(FRAME),
    events.Frame(replace(FRAME, update=None)),
    events.Training(True),
    events.Training(False, STATE),
    events.State(STATE),
    events.RecipeUsed(STATE, "learning rate 0.1 → 0.01"),
    events.Marked((Mark(3, "dead", "hidden 1 is dead", 0), Mark(4, "saved", "“x”"))),
    events.Diverged("one line"),
    events.StoppedEarly("one line"),
    events.Failed("one line"),
    events.Refused("one line"),
    events.Closing(),
    events.Closed(None),
    events.Closed(STATE),
    events.Pong(),
    events.StoodStill(True),
    events.Moved(True, "elsewhere"),
)


def same(one: Any, other: Any) -> bool:
    """Compare in depth, to the last bit; what is not a number is equal to itself."""
    if isinstance(one, np.ndarray):
        return (
            one.dtype == other.dtype
            and one.shape == other.shape
            and np.ascontiguousarray(one).tobytes() == other.tobytes()
        )
    if type(one) is not type(other):
        return False
    if is_dataclass(one):
        return all(
            same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)
        )
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


def test_there_is_an_example_of_every_message() -> None:
    every = {*get_args(commands.Command), *get_args(events.Event)}
    assert {type(message) for message in MESSAGES} == every


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_comes_back_to_the_last_bit(message: Any) -> None:
    (back,) = decode(encode([message]))
    assert same(message, back)


def test_messages_come_back_in_their_order() -> None:
    back = decode(encode(MESSAGES))
    assert len(back) == len(MESSAGES) and all(map(same, MESSAGES, back))


def test_arrays_are_read_only_and_begin_at_a_line() -> None:
    memory = encode(MESSAGES)
    start = np.frombuffer(memory, np.uint8).__array_interface__["data"][0]
    found = [
        message.state.numbers
        for message in decode(memory)
        if hasattr(message, "state") and message.state is not None
    ]
    assert len(found) > 5
    for array in found:
        assert not array.flags.writeable and array.flags.aligned
        assert (array.__array_interface__["data"][0] - start) % LINE == 0


def test_the_layers_of_a_frame_are_views_of_its_state() -> None:
    """One copy of the numbers, however many frames there are."""
    (back,) = decode(encode([events.Frame(FRAME)]))
    frame: EpochFrame = back.frame
    for row, parameters in enumerate((frame.parameters, frame.gradients, *frame.slots)):
        for array in (*parameters.weights, *parameters.biases):
            assert np.shares_memory(array, frame.state.numbers[row])


@given(st.binary(max_size=200))
def test_bytes_that_are_no_messages_are_refused(memory: bytes) -> None:
    with pytest.raises(CodecError):
        decode(memory)


@given(st.data())
def test_what_is_cut_off_or_changed_is_refused_or_still_a_message(data: st.DataObject) -> None:
    whole = bytearray(encode([events.Keyframe(STATE), MESSAGES[5], MESSAGES[26]]))
    end = data.draw(st.integers(0, len(whole)))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(whole[:end]))
    except CodecError as error:
        assert str(error)


def words(messages: Any, arrays: Any = ()) -> bytes:
    text = json.dumps({"messages": messages, "arrays": arrays}).encode()
    return LENGTH.pack(len(text)) + text


@pytest.mark.parametrize(
    "memory",
    [
        words([{"Popen": {"args": "true"}}]),
        words([{"Train": {}}]),
        words([{"Train": {"until": 1, "or": 2}}]),
        words([{"Train": {"until": 1}, "Pause": {}}]),
        words([{"Epochs": {"table": {"array": 3}}}]),
        words([{"Epochs": {"table": {"array": 0}}}], [["O", [1]]]),
        words([{"Epochs": {"table": {"array": 0}}}], [["<f8", [10**9]]]),
        words([{"Epochs": {"table": {"array": 0}}}], [["<f8", [-1]]]),
        words([{}]),
        words(5),
        words([{"UseData": {"dataset": {"Dataset": {"name": "x"}}}}]),
        words([{"Start": {"experiment": {"Experiment": {"json": '{"layers": [0]}'}}}}]),
    ],
)
def test_made_up_words_are_refused(memory: bytes) -> None:
    with pytest.raises(CodecError, match=r"no messages|not passed on"):
        decode(memory)
