"""Training in a process of its own: the same run bit for bit, and what happens when it goes."""

from __future__ import annotations

import math
import os
import signal
import tempfile
import threading

import numpy as np
import pytest

from nnfs_core.data import Dataset, load_dataset
from nnfs_core.engine import handover, pipe, supervisor
from nnfs_core.engine.carrier import CarrierLost
from nnfs_core.engine.codec import CodecError
from nnfs_core.engine.commands import Start, Train
from nnfs_core.engine.events import Stands, Training
from nnfs_core.engine.pipe import Pipe
from nnfs_core.experiment import Experiment
from nnfs_core.history.recording import Recording
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import Trainer, changed_state
from tests.core.plain import make_dataset
from tests.core.timeline import another_rate, standing
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

    def start(run: Arranged, recording: Recording, process) -> TrainingThread:
        made.append(TrainingThread(run, recording, process))
        made[-1].epoch_finished.connect(made[-1].take)
        made[-1].start()
        return made[-1]

    yield start
    for thread in made:
        thread.close()


def begun(experiment: Experiment, data) -> tuple[Arranged, Recording]:
    trainer = Trainer(experiment, data)
    return trainer.arranged, standing(trainer)


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
        assert one[1].state.epoch == experiment.epochs
        np.testing.assert_array_equal(one[1].state.numbers, other[1].state.numbers)
        assert one[1].state.rng_state == other[1].state.rng_state
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
    np.testing.assert_array_equal(here[1].state.numbers, apart[1].state.numbers)
    assert apart[1].last.train_loss == here[1].last.train_loss
    assert np.isnan(apart[1].last.validation_loss)


def test_frames_are_those_of_the_epochs(threads, process, qtbot):
    run, recording = begun(RUNS["mini-batches"], load_dataset("digits"))
    thread, frames = threads(run, recording, process), []
    thread.epoch_finished.connect(frames.append)
    with qtbot.waitSignals([thread.epoch_finished] * 4):
        thread.step(4)
    again = Trainer(run.experiment, run.dataset)
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
    run, recording = begun(RUNS["full batch"], data)
    thread = threads(run, recording, process)
    train(qtbot, thread, 20)
    thread.close()
    state = recording.keyframes.nearest(7)
    branch = recording.fork(state, "branch")
    branch.change(changed_state(run, state, another_rate(state, 0.125)), "learning rate")
    thread = threads(run, branch, process)
    train(qtbot, thread, 15)
    thread.close()
    assert branch.column("learning_rate")[8:].tolist() == [0.125] * 8

    other = Trainer(run.experiment, data)
    for _ in range(7):
        other.step_epoch()
    other.learning_rate = 0.125
    for _ in range(8):
        other.step_epoch()
    np.testing.assert_array_equal(branch.state.numbers, other.state().numbers)

    small = begun(Experiment(layers=(3,), epochs=5), make_dataset())
    train(qtbot, threads(*small, process), 5)
    assert small[1].state.epoch == 5


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
    run, recording = begun(experiment, data)
    recording.keyframes.budget.stride = 32
    for more in 3, 5:
        thread = threads(run, recording, process)
        thread.train(10**6)
        start = len(recording)
        qtbot.waitUntil(lambda until=start + more: len(recording) > until, timeout=30_000)
        thread.close()
        assert recording.state.epoch == len(recording) - 1 > start
    again = replayed(recording, experiment, data)
    np.testing.assert_array_equal(recording.state.numbers, again.state().numbers)
    assert recording.state.rng_state == again.state().rng_state


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("training", [True, False], ids=["training", "paused"])
def test_what_was_asked_for_outlives_the_process(threads, process, qtbot, training):
    run, recording = begun(Experiment(epochs=10**6, learning_rate=0.01), load_dataset("digits"))
    thread, frames = threads(run, recording, process), []
    thread.set_rate(1.0)
    thread.keep_every(5)
    if training:
        thread.train(10**6)
        qtbot.waitUntil(lambda: len(recording) > 1)
    else:
        train(qtbot, thread, 1)
    # It is not there to answer; whoever goes on does.
    killed = process.process
    os.kill(killed.pid, signal.SIGSTOP)
    thread.request_state()
    thread.set_recipe(another_rate(recording.keyframes.nearest(0), 0.5))
    wanted = [thread.moved, thread.stands, thread.state_taken, thread.changed_recipe]
    with qtbot.waitSignals(wanted):
        os.kill(killed.pid, signal.SIGKILL)
    assert process.process is not killed and process.running
    thread.pause()
    thread.set_rate(None)
    (mark,) = recording.marks
    assert mark.text == "learning rate 0.01 → 0.5"
    thread.epoch_finished.connect(lambda frame: frames.append(frame.epoch))
    end = len(recording) + 25
    train(qtbot, thread, end)
    qtbot.waitUntil(lambda: bool(frames) and frames[-1] == end)
    assert {at for at in range(frames[0], end) if at % 5 == 0} <= set(frames)
    rates = recording.column("learning_rate")
    assert set(rates[1 : mark.epoch + 1].tolist()) <= {0.01}
    assert set(rates[mark.epoch + 1 :].tolist()) == {0.5}


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_when_the_process_is_killed_another_one_goes_on_with_the_same_bits(threads, process, qtbot):
    run, recording = begun(Experiment(epochs=10**6, learning_rate=0.01), load_dataset("digits"))
    recording.keyframes.budget.stride = 16
    thread = threads(run, recording, process)
    moved, training, failures = [], [], []
    thread.moved.connect(lambda apart, text: moved.append((apart, text)))
    thread.training_changed.connect(training.append)
    thread.failed.connect(failures.append)
    thread.train(10**6)
    for killed in range(3):
        newest = len(recording)
        qtbot.waitUntil(lambda newest=newest: len(recording) > newest + 40)
        with qtbot.waitSignal(thread.stands):
            os.kill(process.process.pid, signal.SIGKILL)
        assert len(moved) == killed + 1
        apart, text = moved[-1]
        assert apart and text.startswith(
            "the process that trained is gone (it ended with status -9)"
        )
        assert "another one goes on from epoch" in text
    newest = len(recording)
    qtbot.waitUntil(lambda: len(recording) > newest + 40)
    thread.pause()
    qtbot.waitUntil(lambda: training[-1] is False)
    again = replayed(recording, run.experiment, run.dataset)
    np.testing.assert_array_equal(recording.state.numbers, again.state().numbers)
    assert failures == []


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_one_that_is_killed_again_before_an_epoch_is_not_tried_for_ever(
    threads, process, qtbot, monkeypatch
):
    run, recording = begun(Experiment(epochs=10**6, learning_rate=0.01), load_dataset("digits"))
    recording.keyframes.budget.stride = 16
    thread = threads(run, recording, process)
    moved, failures, training = [], [], []
    thread.moved.connect(lambda apart, text: moved.append(apart))
    thread.failed.connect(failures.append)
    thread.training_changed.connect(training.append)
    thread.train(10**6)
    qtbot.waitUntil(lambda: len(recording) > 40)
    monkeypatch.setattr(pipe.sys, "executable", "/nowhere/python")
    with qtbot.waitSignal(thread.failed):
        os.kill(process.process.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: training == [True, False])
    assert moved == [True, False]
    (line,) = failures
    assert line.startswith("the process that trained is gone again") and "press play" in line
    newest = len(recording) - 1
    train(qtbot, thread, newest + 3)
    again = replayed(recording, run.experiment, run.dataset)
    np.testing.assert_array_equal(recording.state.numbers, again.state().numbers)


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_closed_while_another_one_catches_up_the_recording_ends_where_it_is_known(
    threads, process, qtbot, monkeypatch
):
    run, recording = begun(Experiment(epochs=10**6, learning_rate=0.01), load_dataset("digits"))
    recording.keyframes.budget.stride = 16
    thread = threads(run, recording, process)
    thread.train(10**6)
    qtbot.waitUntil(lambda: len(recording) > 40)
    begun_again, closed = threading.Event(), threading.Event()

    def begin(run, start):
        begun_again.set()
        assert closed.wait(30)
        raise CarrierLost("nobody is to be there")

    monkeypatch.setattr(process, "begin", begin)
    os.kill(process.process.pid, signal.SIGKILL)
    assert begun_again.wait(30)
    plain_close = supervisor.Supervisor.close
    monkeypatch.setattr(
        supervisor.Supervisor, "close", lambda one: (plain_close(one), closed.set())
    )
    thread.close()
    assert recording.state.epoch == len(recording) - 1
    assert recording.state.epoch % 16 == 0
    again = replayed(recording, run.experiment, run.dataset)
    np.testing.assert_array_equal(recording.state.numbers, again.state().numbers)


def test_what_it_tells_after_an_error_is_not_for_the_next_run(threads, process, qtbot, monkeypatch):
    data = load_dataset("digits")
    run, recording = begun(RUNS["full batch"], data)
    thread = threads(run, recording, process)

    def broken(rows):
        raise RuntimeError("nowhere to write")

    monkeypatch.setattr(recording, "extend", broken)
    with qtbot.captureExceptions() as caught:
        thread.train(10)
        qtbot.waitUntil(thread.isFinished)
    assert [str(value) for _, value, _ in caught] == ["nowhere to write"]
    monkeypatch.undo()
    thread.close()
    train(qtbot, threads(run, recording, process), 10)
    replayed(recording, run.experiment, data)


def test_one_that_nobody_understands_is_ended_and_another_one_goes_on(
    threads, process, qtbot, monkeypatch
):
    run, recording = begun(RUNS["full batch"], load_dataset("digits"))
    thread = threads(run, recording, process)
    with qtbot.waitSignal(thread.epoch_finished):
        thread.step()
    first, plain = process.process, pipe.decode

    def garbled(memory):
        monkeypatch.setattr(pipe, "decode", plain)
        raise CodecError("no messages")

    monkeypatch.setattr(pipe, "decode", garbled)
    with qtbot.waitSignal(thread.moved):
        thread.train(30)
    assert first.poll() is not None
    qtbot.waitUntil(lambda: recording.state is not None and recording.state.epoch == 30)
    assert process.process is not first and process.running
    replayed(recording, run.experiment, run.dataset)


def test_it_imports_nothing_from_the_folder_one_stands_in(
    threads, process, qtbot, monkeypatch, tmp_path
):
    (tmp_path / "struct.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    thread = threads(*begun(RUNS["full batch"], load_dataset("digits")), process)
    train(qtbot, thread, 5)
    assert process.running


def test_without_a_process_it_trains_here(threads, process, qtbot, monkeypatch):
    monkeypatch.setattr(pipe.sys, "executable", "/nowhere/python")
    run, recording = begun(RUNS["full batch"], load_dataset("digits"))
    thread = threads(run, recording, process)
    failures = []
    thread.failed.connect(failures.append)
    train(qtbot, thread, 10)
    assert recording.state.epoch == 10 and not failures


def test_a_process_that_does_not_let_go_is_ended(threads, process, qtbot, monkeypatch):
    monkeypatch.setattr("visualizer.state.training_thread.LET_GO", 200)
    monkeypatch.setattr("visualizer.state.training_thread.ANSWER", 0.2)
    run, recording = begun(RUNS["full batch"], load_dataset("digits"))
    thread = threads(run, recording, process)
    with qtbot.waitSignal(thread.epoch_finished):
        thread.step()
    monkeypatch.setattr(process, "send", lambda command: None)  # it never hears of it
    thread.close()
    assert thread.isFinished() and not process.running
    monkeypatch.undo()
    train(qtbot, threads(*begun(RUNS["full batch"], load_dataset("digits")), process), 5)


def test_nothing_is_left_behind(threads, process, qtbot, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run, recording = begun(RUNS["full batch"], load_dataset("digits"))
    thread = threads(run, recording, process)
    with qtbot.waitSignal(thread.epoch_finished):
        thread.step()
    thread.close()
    child = process.process
    process.kill()
    assert list(tmp_path.iterdir()) == []
    assert child.poll() is not None and not process.running
    with pytest.raises(CarrierLost):
        process.listen(lambda event: None)
    process.send(Train(5))  # nobody hears it, and nothing happens


@pytest.mark.parametrize("way", ["a file on the disk", "a message"])
def test_data_reaches_it_where_there_are_no_files_in_memory(
    threads, process, qtbot, monkeypatch, way
):
    if way == "a message":
        monkeypatch.setattr(pipe, "passes_files", lambda: False)
    else:
        monkeypatch.setattr(handover, "_memory", lambda: 0)
    run, recording = begun(RUNS["full batch"], load_dataset("digits"))
    train(qtbot, threads(run, recording, process), 10)
    assert process.running
    replayed(recording, run.experiment, run.dataset)


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_a_stopped_process_is_noticed_and_holds_nothing_up(threads, process, qtbot, monkeypatch):
    # Had it answered, this would be waited for.
    monkeypatch.setattr("visualizer.state.training_thread.LET_GO", 250_000)
    run, recording = begun(Experiment(epochs=10**6, learning_rate=0.01), load_dataset("digits"))
    thread, still = threads(run, recording, process), []
    thread.stood_still.connect(still.append)
    thread.train(10**6)
    qtbot.waitUntil(lambda: len(recording) > 20, timeout=30_000)
    child = process.process
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
    assert recording.state.epoch == len(recording) - 1
    replayed(recording, run.experiment, run.dataset)


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
    monkeypatch.setattr("visualizer.state.training_thread.ANSWER", 30)
    run, recording = begun(RUNS["full batch"], load_dataset("digits"))
    thread = threads(run, recording, process)
    train(qtbot, thread, 5)
    thread.close()
    assert process.running and recording.state.epoch == 5


def test_it_ends_with_the_one_that_started_it():
    """Also when that one is killed: its input ends, and so does it."""
    process, events = Pipe(), []
    run, recording = begun(RUNS["full batch"], load_dataset("digits"))
    process.begin(run, Start(run.experiment, recording.state, 0, 1, (math.inf, 0)))
    process.send(Train(10**9))

    def hear(event) -> None:
        events.append(type(event))
        if len(events) == 3:
            process.process.stdin.close()

    with pytest.raises(CarrierLost, match="it ended with status 0"):
        process.listen(hear)
    assert events[:2] == [Stands, Training]
    process.kill()
