"""Training in a process of its own: the same run bit for bit, and what happens when it goes."""

from __future__ import annotations

import math
import os
import signal
import tempfile

import numpy as np
import pytest

from nnfs_core.data import Dataset, load_dataset
from nnfs_core.engine import handover
from nnfs_core.engine import process as training_process
from nnfs_core.engine.process import ProcessEnded, TrainingProcess
from nnfs_core.experiment import Experiment
from nnfs_core.history.recording import Recording
from nnfs_core.training.trainer import Trainer
from tests.core.plain import make_dataset
from tests.core.timeline import another_rate
from visualizer.state.training_thread import TrainingThread

RUNS = {
    "full batch": Experiment(epochs=60),
    "mini-batches": Experiment(epochs=12, batch_size=32, optimizer="adam", learning_rate=0.01),
    "float64": Experiment(epochs=12, batch_size=64, optimizer="momentum", dtype="float64"),
}


@pytest.fixture
def threads(qapp):
    """Start threads that end with the test."""
    made: list[TrainingThread] = []

    def start(trainer: Trainer, recording: Recording, process) -> TrainingThread:
        made.append(TrainingThread(trainer, recording, process))
        made[-1].epoch_finished.connect(made[-1].take)
        made[-1].start()
        return made[-1]

    yield start
    for thread in made:
        thread.close()


def begun(experiment: Experiment, data) -> tuple[Trainer, Recording]:
    trainer, recording = Trainer(experiment, data), Recording()
    recording.append(trainer.metrics)
    recording.keyframes.add(trainer.state(), keep=True)
    return trainer, recording


def train(qtbot, thread: TrainingThread, epochs: int) -> None:
    def stands(training: bool) -> bool:
        return not training

    with qtbot.waitSignal(thread.training_changed, check_params_cb=stands, timeout=60_000):
        thread.train(epochs)


@pytest.mark.parametrize("experiment", RUNS.values(), ids=RUNS)
def test_the_same_run_bit_for_bit(threads, process, qtbot, experiment):
    data = load_dataset("digits")
    here, apart = begun(experiment, data), begun(experiment, data)
    train(qtbot, threads(*here, None), experiment.epochs)
    train(qtbot, threads(*apart, process), experiment.epochs)
    for one, other in (here, apart), (apart, here):
        assert one[0].epoch == experiment.epochs
        np.testing.assert_array_equal(one[0].state().numbers, other[0].state().numbers)
        assert one[0].state().rng_state == other[0].state().rng_state
        columns = np.delete(one[1].columns, 5, axis=0)  # all but the seconds
        np.testing.assert_array_equal(columns, np.delete(other[1].columns, 5, axis=0))
        assert one[1].keyframes.epochs() == other[1].keyframes.epochs()
        for state, twin in zip(one[1].keyframes, other[1].keyframes, strict=True):
            np.testing.assert_array_equal(state.numbers, twin.numbers)
            assert not state.numbers.flags.writeable


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_table_of_a_few_rows_none_of_them_validation(threads, process, qtbot, dtype):
    x = np.random.default_rng(0).normal(size=(9, 3)) + 1e6
    data = Dataset.from_arrays(x, [0, 1, 2] * 3, dtype=dtype)
    assert len(data.validation_x) == 0
    experiment = Experiment(epochs=12, batch_size=4, dtype="float64")
    here, apart = begun(experiment, data), begun(experiment, data)
    train(qtbot, threads(*here, None), experiment.epochs)
    train(qtbot, threads(*apart, process), experiment.epochs)
    np.testing.assert_array_equal(here[0].state().numbers, apart[0].state().numbers)
    assert apart[1].last.train_loss == here[1].last.train_loss
    assert np.isnan(apart[1].last.validation_loss)


def test_frames_are_those_of_the_epochs(threads, process, qtbot):
    trainer, recording = begun(RUNS["mini-batches"], load_dataset("digits"))
    thread, frames = threads(trainer, recording, process), []
    thread.epoch_finished.connect(frames.append)
    with qtbot.waitSignals([thread.epoch_finished] * 4):
        thread.step(4)
    again = Trainer(trainer.experiment, trainer.dataset)
    for epoch, frame in enumerate(frames, start=1):
        again.step_epoch()
        expected = again.frame()
        assert frame.epoch == epoch
        for name in ("parameters", "gradients", "update"):
            found = getattr(frame, name)
            np.testing.assert_array_equal(found.flat, getattr(expected, name).flat)
            assert found.sizes == expected.parameters.sizes
        assert frame.metrics.train_loss == expected.metrics.train_loss


def test_a_run_goes_on_from_where_the_trainer_was_set(threads, process, qtbot):
    """One process for run after run, branch after branch."""
    data = load_dataset("digits")
    trainer, recording = begun(RUNS["full batch"], data)
    thread = threads(trainer, recording, process)
    train(qtbot, thread, 20)
    thread.close()
    state = recording.keyframes.nearest(7)
    branch = recording.fork(state, "branch")
    trainer.restore(state)
    trainer.learning_rate = 0.125
    thread = threads(trainer, branch, process)
    train(qtbot, thread, 15)
    thread.close()
    assert branch.column("learning_rate")[8:].tolist() == [0.125] * 8

    other = Trainer(trainer.experiment, data)
    for _ in range(7):
        other.step_epoch()
    other.learning_rate = 0.125
    for _ in range(8):
        other.step_epoch()
    np.testing.assert_array_equal(trainer.parameters.flat, other.parameters.flat)

    small = begun(Experiment(layers=(3,), epochs=5), make_dataset())
    train(qtbot, threads(*small, process), 5)
    assert small[0].epoch == 5


def replayed(recording: Recording, experiment: Experiment, data) -> Trainer:
    """Train the recorded epochs again, and compare."""
    again = Trainer(experiment, data)
    for epoch in range(1, len(recording)):
        assert again.step_epoch().train_loss == recording[epoch].train_loss
    return again


@pytest.mark.parametrize("experiment", RUNS.values(), ids=RUNS)
def test_closed_while_it_trains_it_stands_at_the_newest_epoch(threads, process, qtbot, experiment):
    """There one can fork, save, and go on."""
    data = load_dataset("digits")
    trainer, recording = begun(experiment, data)
    recording.keyframes.budget.stride = 32
    for more in 3, 5:
        thread = threads(trainer, recording, process)
        thread.train(10**6)
        start = len(recording)
        qtbot.waitUntil(lambda until=start + more: len(recording) > until, timeout=30_000)
        thread.close()
        assert trainer.epoch == len(recording) - 1 > start
    again = replayed(recording, experiment, data)
    np.testing.assert_array_equal(trainer.state().numbers, again.state().numbers)
    assert trainer.state().rng_state == again.state().rng_state


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("training", [True, False], ids=["training", "paused"])
def test_what_was_asked_for_outlives_the_process(threads, process, qtbot, training):
    trainer, recording = begun(Experiment(epochs=10**6, learning_rate=0.01), load_dataset("digits"))
    thread, frames = threads(trainer, recording, process), []
    thread.set_rate(1.0)
    thread.keep_every(5)
    if training:
        thread.train(10**6)
        qtbot.waitUntil(lambda: len(recording) > 1)
    else:
        train(qtbot, thread, 1)
    # It is not there to answer; whoever goes on does.
    os.kill(process._process.pid, signal.SIGSTOP)
    thread.request_state()
    thread.set_recipe(another_rate(trainer, 0.5))
    with qtbot.waitSignals([thread.took_over, thread.failed, thread.state_taken]):
        os.kill(process._process.pid, signal.SIGKILL)
    assert thread._loop._rate == 1.0
    thread.set_rate(None)
    newest = trainer.epoch
    assert newest == len(recording) - 1
    thread.epoch_finished.connect(lambda frame: frames.append(frame.epoch))
    train(qtbot, thread, newest + 20)
    qtbot.waitUntil(lambda: frames and frames[-1] == newest + 20)
    assert {at for at in range(newest + 1, newest + 21) if at % 5 == 0} <= set(frames)
    assert recording.column("learning_rate")[newest + 1 :].tolist() == [0.5] * 20
    assert [mark.text for mark in recording.marks] == ["learning rate 0.01 → 0.5"]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_closed_while_it_catches_up_the_recording_ends_where_it_stands(
    threads, process, qtbot, monkeypatch
):
    trainer, recording = begun(Experiment(epochs=10**6, learning_rate=0.01), load_dataset("digits"))
    recording.keyframes.budget.stride = 16
    thread = threads(trainer, recording, process)
    thread.train(10**6)
    qtbot.waitUntil(lambda: len(recording) > 40)
    # From here on, an epoch trained here is one that is given up.
    monkeypatch.setattr(trainer, "cancel", lambda wanted=True: None)
    trainer._cancelled = True
    monkeypatch.setattr(recording.keyframes, "nearest", lambda epoch: first)
    first = trainer.state()
    with qtbot.captureExceptions() as caught:
        os.kill(process._process.pid, signal.SIGKILL)
        assert thread.wait(10_000)
    assert caught == []
    assert trainer.epoch == len(recording) - 1 == 0


def test_what_it_tells_after_an_error_is_not_for_the_next_run(threads, process, qtbot, monkeypatch):
    data = load_dataset("digits")
    trainer, recording = begun(RUNS["full batch"], data)
    thread = threads(trainer, recording, process)

    def broken(rows):
        raise RuntimeError("nowhere to write")

    monkeypatch.setattr(recording, "extend", broken)
    with qtbot.captureExceptions() as caught:
        thread.train(10)
        qtbot.waitUntil(thread.isFinished)
    assert [str(value) for _, value, _ in caught] == ["nowhere to write"]
    monkeypatch.undo()
    thread.close()
    train(qtbot, threads(trainer, recording, process), 10)
    replayed(recording, trainer.experiment, data)


def test_it_imports_nothing_from_the_folder_one_stands_in(
    threads, process, qtbot, monkeypatch, tmp_path
):
    (tmp_path / "struct.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    thread = threads(*begun(RUNS["full batch"], load_dataset("digits")), process)
    train(qtbot, thread, 5)
    assert process.running


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_when_the_process_is_killed_nothing_is_lost(threads, process, qtbot):
    trainer, recording = begun(Experiment(epochs=10**6, learning_rate=0.01), load_dataset("digits"))
    recording.keyframes.budget.stride = 16
    thread = threads(trainer, recording, process)
    failures, training = [], []
    thread.failed.connect(failures.append)
    thread.training_changed.connect(training.append)
    thread.train(10**6)
    qtbot.waitUntil(lambda: len(recording) > 40)
    with qtbot.waitSignal(thread.failed):
        os.kill(process._process.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: training == [True, False])
    assert len(failures) == 1 and failures[0].startswith("the process that trained is gone")
    assert trainer.epoch == len(recording) - 1
    newest = trainer.epoch
    train(qtbot, thread, newest + 3)

    again = Trainer(trainer.experiment, trainer.dataset)
    for epoch in range(1, newest + 4):
        assert again.step_epoch().train_loss == recording[epoch].train_loss
    np.testing.assert_array_equal(trainer.parameters.flat, again.parameters.flat)


def test_without_a_process_it_trains_here(threads, process, qtbot, monkeypatch):
    monkeypatch.setattr(training_process.sys, "executable", "/nowhere/python")
    trainer, recording = begun(RUNS["full batch"], load_dataset("digits"))
    thread = threads(trainer, recording, process)
    failures = []
    thread.failed.connect(failures.append)
    train(qtbot, thread, 10)
    assert trainer.epoch == 10 and not failures


def test_a_process_that_does_not_let_go_is_ended(threads, process, qtbot, monkeypatch):
    monkeypatch.setattr("visualizer.state.training_thread.LET_GO", 200)
    trainer, recording = begun(RUNS["full batch"], load_dataset("digits"))
    thread = threads(trainer, recording, process)
    with qtbot.waitSignal(thread.epoch_finished):
        thread.step()
    monkeypatch.setattr(process, "end_loop", lambda: None)  # it never hears of it
    thread.close()
    assert thread.isFinished() and not process.running
    monkeypatch.undo()
    train(qtbot, threads(*begun(RUNS["full batch"], load_dataset("digits")), process), 5)


def test_nothing_is_left_behind(threads, process, qtbot, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    trainer, recording = begun(RUNS["full batch"], load_dataset("digits"))
    thread = threads(trainer, recording, process)
    with qtbot.waitSignal(thread.epoch_finished):
        thread.step()
    thread.close()
    pid = process._process
    process.kill()
    assert list(tmp_path.iterdir()) == []
    assert pid.poll() is not None and not process.running
    with pytest.raises(ProcessEnded):
        process.read()
    process.call("train", 5)  # nobody hears it, and nothing happens


@pytest.mark.parametrize("way", ["a file on the disk", "the pipe"])
def test_data_reaches_it_where_there_are_no_files_in_memory(
    threads, process, qtbot, monkeypatch, way
):
    if way == "the pipe":
        monkeypatch.setattr(training_process, "file_passage", lambda: None)
    else:
        monkeypatch.setattr(handover, "_memory", lambda: 0)
    trainer, recording = begun(RUNS["full batch"], load_dataset("digits"))
    train(qtbot, threads(trainer, recording, process), 10)
    assert process.running
    replayed(recording, trainer.experiment, trainer.dataset)


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_a_stopped_process_is_noticed_and_holds_nothing_up(threads, process, qtbot, monkeypatch):
    # Had it answered, this would be waited for.
    monkeypatch.setattr("visualizer.state.training_thread.LET_GO", 250_000)
    trainer, recording = begun(Experiment(epochs=10**6, learning_rate=0.01), load_dataset("digits"))
    thread, still = threads(trainer, recording, process), []
    thread.stood_still.connect(still.append)
    thread.train(10**6)
    qtbot.waitUntil(lambda: len(recording) > 20, timeout=30_000)
    child = process._process
    with qtbot.waitSignal(thread.stood_still, timeout=30_000):
        os.kill(child.pid, signal.SIGSTOP)
    with qtbot.waitSignal(thread.stood_still, timeout=30_000):
        os.kill(child.pid, signal.SIGCONT)
    assert still == [True, False]
    os.kill(child.pid, signal.SIGSTOP)
    # Not even where nobody has read a command for long.
    for _ in range(10_000):
        thread.set_rate(None)
    thread.close()
    assert thread.isFinished() and child.poll() is not None
    assert trainer.epoch == len(recording) - 1
    replayed(recording, trainer.experiment, trainer.dataset)


def test_a_state_that_fills_the_pipe_while_the_process_starts_is_waited_for(
    threads, process, qtbot
):
    """What is left of it in the pipe leaves no room for the command behind it."""
    for units in (100, 102, 104, 106):  # somewhere here all of it just about fits
        experiment = Experiment(layers=(units,), epochs=2)
        thread = threads(*begun(experiment, load_dataset("digits")), process)
        train(qtbot, thread, 2)
        thread.close()
        assert process.running
        process.kill()


def test_a_process_that_answers_may_take_its_time(threads, process, qtbot, monkeypatch):
    """An epoch is given up between two blocks, and the largest of those take a while."""
    monkeypatch.setattr("visualizer.state.training_thread.ANSWER", 30_000)
    trainer, recording = begun(RUNS["full batch"], load_dataset("digits"))
    thread = threads(trainer, recording, process)
    train(qtbot, thread, 5)
    thread.close()
    assert process.running and trainer.epoch == 5


def test_it_ends_with_the_one_that_started_it():
    """Also when that one is killed: its commands end, and so does it."""
    process = TrainingProcess()
    trainer, _ = begun(RUNS["full batch"], load_dataset("digits"))
    process.begin(trainer, 1, (math.inf, 0))
    process.call("train", 10**9)
    assert {process.read()[0]["told"] for _ in range(2)} == {"begun", "training"}
    child = process._process
    child.stdin.close()
    while child.stdout.read(2**16):
        pass
    assert child.wait(20) == 0
    process.kill()
