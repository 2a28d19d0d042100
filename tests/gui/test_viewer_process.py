"""The view-model whose runs are trained in another process, as the program's are."""

from __future__ import annotations

import gc
import os
import signal
import weakref

import numpy as np
import pytest

from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import load_run
from nnfs_core.training.trainer import Trainer
from visualizer.state.pace import SHARE_HERE
from visualizer.state.viewer import Viewer

ENDLESS = Experiment(epochs=1_000_000, learning_rate=0.01)


@pytest.fixture
def viewer(qapp, process):
    """A run that trains, some epochs from its beginning, with few keyframes."""
    made = Viewer(carrier=process)
    made.start_now(ENDLESS, "digits")
    made.recording.keyframes.budget.stride = 64
    yield made
    made.close()


def trained(viewer: Viewer, qtbot, more: int = 10) -> None:
    """Train until some epochs later, and go on."""
    until = viewer.newest + more
    viewer.train()
    qtbot.waitUntil(lambda: viewer.training and viewer.newest > until, timeout=30_000)


def pause(viewer: Viewer, qtbot) -> None:
    viewer.pause()
    qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == viewer.newest)


def assert_whole(viewer: Viewer) -> None:
    """The trainer stands at the newest epoch; it and the recording are what a repetition gives."""
    again = Trainer(viewer.run.experiment, viewer.run.dataset)
    rates = viewer.recording.column("learning_rate")
    for epoch in range(1, len(rates)):
        again.learning_rate = float(rates[epoch])
        assert again.step_epoch().train_loss == viewer.recording[epoch].train_loss
    assert viewer.frame.epoch == viewer.newest == again.epoch
    np.testing.assert_array_equal(viewer.frame.parameters.flat, again.parameters.flat)


def test_start_again_while_it_trains_and_come_back(viewer, qtbot):
    trained(viewer, qtbot)
    first = viewer.recording
    viewer.restart()
    assert viewer.newest == 0
    trained(viewer, qtbot)
    second = viewer.recording
    viewer.switch_to(first)
    assert viewer.recording is first and viewer.newest > 10
    assert_whole(viewer)
    trained(viewer, qtbot)
    viewer.switch_to(second)
    assert_whole(viewer)


def test_a_fork_while_it_trains_is_from_the_newest_epoch(viewer, qtbot):
    trained(viewer, qtbot)
    first = viewer.recording
    viewer.fork(0.05)
    assert viewer.newest == len(first) - 1 > 10
    assert_whole(viewer)


def test_a_run_that_was_replaced_while_it_trained_goes_on(viewer, qtbot):
    trained(viewer, qtbot)
    first = viewer.recording
    viewer.start_now(ENDLESS.but(seed=7), "another")
    viewer.bring_back()
    assert viewer.recording is first
    assert_whole(viewer)
    trained(viewer, qtbot)
    pause(viewer, qtbot)
    assert_whole(viewer)


def test_saved_while_it_trains_and_closed_at_once_it_is_whole(viewer, qtbot, tmp_path):
    trained(viewer, qtbot, 100)
    viewer.save(tmp_path / "run.nnfs")
    viewer.close()
    loaded, newest = load_run(tmp_path / "run.nnfs"), len(viewer.recording) - 1
    assert len(loaded.recordings[0]) - 1 == loaded.newest[0].epoch
    assert newest - 50 < loaded.newest[0].epoch <= newest


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_the_end_of_the_process_is_no_divergence(viewer, process, qtbot):
    viewer.set_rate(200.0)
    trained(viewer, qtbot)
    with qtbot.waitSignal(viewer.noted) as told:
        os.kill(process.process.pid, signal.SIGKILL)
    assert told.args[0].startswith("the process that trained is gone")
    assert viewer.recording.marks == () and viewer.training
    assert viewer.control.pace.share != SHARE_HERE
    trained(viewer, qtbot)
    # A save is answered by whoever trains now.
    pause(viewer, qtbot)
    assert_whole(viewer)


def test_a_run_that_nobody_can_come_back_to_takes_no_memory(viewer, qtbot):
    """Without the cycle collector: what is there once the window is, it never looks at again."""
    trained(viewer, qtbot)
    gone = [weakref.ref(viewer._arranged), weakref.ref(viewer.recording)]
    viewer.start_now(ENDLESS, "second")
    trained(viewer, qtbot)
    assert all(ref() is not None for ref in gone)  # it can be brought back
    assert not gc.isenabled()
    viewer.start_now(ENDLESS, "third")
    assert [ref() for ref in gone] == [None, None]
