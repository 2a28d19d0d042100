"""Whatever one does to a run, every epoch of it stays what it was, to the last bit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import check_dataset, load_run, save_run
from nnfs_core.history.keyframes import OVERHEAD, Budget
from nnfs_core.history.recording import Recording
from nnfs_core.history.replay import Replayer
from nnfs_core.training.trainer import Trainer

from .timeline import DATA, Timeline, content, experiments

ROOT = Path(__file__).resolve().parents[2]

MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            ["step", "step", "step", "step", "look", "look", "change", "pin", "release", "fork",
             "switch", "save"]
        ),
        st.integers(0, 10**6),
        st.booleans(),
    ),
    min_size=5,
    max_size=40,
)  # fmt: skip


def walk(timeline: Timeline, moves: list[tuple[str, int, bool]], file: Path) -> None:
    pins: list[tuple[int, int]] = []
    for move, number, flag in moves:
        epoch = number % len(timeline.recording)
        if move == "step":
            for _ in range(1 + number % 7):
                timeline.step()
        elif move == "look":
            timeline.look(epoch, None)
            other = number % len(timeline.recordings)
            timeline.look(number % len(timeline.recordings[other]), other)
        elif move == "change":
            timeline.change((0.001, 0.02, 0.1)[number % 3])
        elif move == "pin":
            timeline.pin(epoch)
            pins.append((timeline.active, epoch))
        elif move == "release" and pins:
            branch, epoch = pins.pop(number % len(pins))
            timeline.recordings[branch].keyframes.release(epoch)
        elif move == "fork" and len(timeline.recordings) < 5:
            timeline.fork(epoch, 0.03 if flag else None)
        elif move == "switch":
            timeline.switch(number % len(timeline.recordings))
        elif move == "save":
            save_run(file, timeline.run(), thin=flag)
            timeline.adopt(load_run(file))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(experiment=experiments(), moves=MOVES, room=st.integers(2, 12), stride=st.integers(1, 4))
def test_every_epoch_stays_what_it_was(tmp_path_factory, experiment, moves, room, stride):
    file = tmp_path_factory.getbasetemp() / "walk.nnfs"
    one = Trainer(experiment, DATA).state().numbers.nbytes + OVERHEAD
    timeline = Timeline(experiment, Budget(room * one, stride))
    walk(timeline, moves, file)
    for branch, states in enumerate(timeline.seen):
        # Backwards, so that the second trainer cannot just go on; then one that can.
        for epoch in reversed(range(len(states))):
            timeline.look(epoch, branch)
        for epoch in range(len(states)):
            timeline.look(epoch, branch)


def test_a_pin_that_goes_leaves_a_change():
    timeline = Timeline(Experiment(layers=(2,)), Budget())
    for _ in range(5):
        timeline.step()
    timeline.change(0.01)
    timeline.pin(5)
    timeline.release(5)
    for _ in range(5):
        timeline.step()
    assert timeline.recording.keyframes.kept == {5}
    timeline.recording.keyframes.thin(2**20)
    for epoch in range(11):
        timeline.look(epoch)


def test_giving_up_and_going_on():
    timeline = Timeline(Experiment(layers=(2,), batch_size=4), Budget(stride=1000))
    for _ in range(20):
        timeline.step()
    asked = []

    def unwanted(done: int, total: int) -> bool:
        asked.append((done, total))
        return done == 6

    replayer, recording = timeline.replayer, timeline.recording
    assert replayer.state(recording, 15, unwanted) is None
    assert list(dict.fromkeys(asked)) == [(done, 15) for done in range(7)]
    # What was done is not lost: the rest is shorter, and still exact.
    assert replayer.distance(recording, 15) == 9
    timeline.look(15)
    assert replayer.distance(recording, 15) == 0
    assert replayer.distance(recording, 3) == 3


def test_a_branch_is_not_mistaken_for_another():
    timeline = Timeline(Experiment(layers=(2,)), Budget(stride=1000))
    for _ in range(9):
        timeline.step()
    timeline.fork(4, 0.2)
    for _ in range(9):
        timeline.step()
    for epoch in (8, 9, 3, 7):
        timeline.look(epoch, 0)
        timeline.look(epoch, 1)


def test_what_is_not_there():
    timeline = Timeline(Experiment(layers=(2,)), Budget())
    with pytest.raises(LookupError, match="epoch 1 is not in the recording"):
        timeline.replayer.state(timeline.recording, 1)
    bare = Recording()
    bare.append(timeline.trainer.metrics)
    with pytest.raises(LookupError, match="no keyframe at or before epoch 0"):
        Replayer(timeline.trainer.arranged).state(bare, 0)


FRESH = """
import hashlib, json, sys
from nnfs_core.data import load_dataset
from nnfs_core.history.replay import Replayer
from nnfs_core.files.runfile import load_run
from nnfs_core.training.trainer import Trainer
run = load_run(sys.argv[1])
trainer = Trainer(run.experiment, load_dataset("digits"), state=run.newest[run.active])
replayer, found = Replayer(trainer.arranged), []
for recording in run.recordings:
    for epoch in reversed(range(len(recording))):
        state = replayer.state(recording, epoch)
        found.append([hashlib.sha256(state.numbers.tobytes()).hexdigest(), repr(state.rng_state),
                      repr(state.metrics), state.learning_rate, state.step])
print(json.dumps(found))
"""


@pytest.mark.parametrize("batch_size", [None, 300])
def test_in_a_fresh_process(tmp_path, batch_size):
    import hashlib

    from nnfs_core.data import load_dataset

    digits = load_dataset("digits")
    experiment = Experiment(optimizer="adam", learning_rate=0.01, batch_size=batch_size)
    timeline = Timeline(experiment, Budget(stride=4), digits)
    for _ in range(13):
        timeline.step()
    timeline.change(0.003)
    for _ in range(6):
        timeline.step()
    timeline.fork(10, 0.02)
    for _ in range(5):
        timeline.step()
    file = tmp_path / "run.nnfs"
    save_run(file, timeline.run())
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FRESH, str(file)],
        cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=True,
    )  # fmt: skip
    expected = [
        [hashlib.sha256(state.numbers.tobytes()).hexdigest(), repr(state.rng_state),
         repr(state.metrics), state.learning_rate, state.step]
        for states in timeline.seen
        for state in reversed(states)
    ]  # fmt: skip
    assert json.loads(done.stdout) == expected


def test_a_run_goes_on_from_its_file_as_if_nothing_had_happened(tmp_path):
    experiment = Experiment(layers=(3,), optimizer="adam", learning_rate=0.01, batch_size=5)
    timeline = Timeline(experiment, Budget())
    for _ in range(10):
        timeline.step()
    save_run(tmp_path / "run.nnfs", timeline.run(), thin=True)
    for _ in range(10):
        timeline.step()
    run = load_run(tmp_path / "run.nnfs")
    check_dataset(run, DATA)
    trainer = Trainer(run.experiment, DATA, state=run.newest[0])
    for epoch in range(11, 21):
        metrics = trainer.step_epoch()
        truth = timeline.seen[0][epoch]
        np.testing.assert_array_equal(trainer.state().numbers, truth.numbers)
        assert trainer.state().rng_state == truth.rng_state
        assert metrics.train_loss == truth.metrics.train_loss
    assert content(timeline.seen[0][10]) == content(run.newest[0])
