"""The thread behind its gate: what it obeys, what it sends, and that it always ends."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget

from nnfs_core.engine.pipe import Pipe
from nnfs_core.experiment import Experiment
from nnfs_core.training.trainer import Trainer, TrainState
from tests.core.plain import make_dataset
from tests.core.timeline import another_rate, standing
from tests.gui.leftovers import leftovers
from visualizer.state.training_thread import TrainingThread

FAST = Experiment(layers=(3,), learning_rate=0.1, epochs=5000)
"""On a few samples: tens of microseconds an epoch, far faster than anything can be drawn."""

SLOW = FAST.but(batch_size=1)
"""On many samples: an epoch that takes seconds, in thousands of steps."""


class Post:
    """A thread, and everything it has sent: as it is sent, and as it arrives."""

    def __init__(self, experiment: Experiment, dataset, process) -> None:
        trainer = Trainer(experiment, dataset)
        self.recording = standing(trainer)
        self.thread = TrainingThread(trainer.arranged, self.recording, process)
        self.sent, self.frames, self.failures, self.training = [], [], [], []
        self.answering = True
        direct = Qt.ConnectionType.DirectConnection
        self.thread.epoch_finished.connect(lambda frame: self.sent.append(frame.epoch), direct)
        self.thread.epoch_finished.connect(self._on_frame, Qt.ConnectionType.QueuedConnection)
        for stopped in (self.thread.diverged, self.thread.failed):
            stopped.connect(self.failures.append, Qt.ConnectionType.QueuedConnection)
        self.thread.training_changed.connect(
            self.training.append, Qt.ConnectionType.QueuedConnection
        )
        self.thread.start()

    def _on_frame(self, frame) -> None:
        self.frames.append(frame)
        if self.answering:
            self.thread.take()

    @property
    def state(self) -> TrainState:
        """Where it stands."""
        assert self.recording.state is not None
        return self.recording.state

    @property
    def epochs(self) -> list[int]:
        return [frame.epoch for frame in self.frames]


@pytest.fixture(scope="module")
def shared_process():
    process = Pipe()
    yield process
    process.kill()


@pytest.fixture(params=["here", "apart"])
def process(request):
    """Where the training is done."""
    return request.getfixturevalue("shared_process") if request.param == "apart" else None


@pytest.fixture
def post(qapp, process):
    made = []

    def make(experiment: Experiment = FAST, dataset=None) -> Post:
        made.append(Post(experiment, dataset or make_dataset(), process))
        return made[-1]

    yield make
    for one in made:
        one.thread.close()


def test_step_sends_exactly_one_epoch(post, qtbot):
    one = post()
    with qtbot.waitSignals(
        [one.thread.epoch_finished, one.thread.training_changed, one.thread.training_changed],
        order="none",
    ):
        one.thread.step()
    qtbot.waitUntil(lambda: one.training == [True, False])
    assert one.sent == one.epochs == [1]
    assert len(one.recording) == 2


@pytest.mark.parametrize("experiment", [FAST, FAST.but(batch_size=16, optimizer="adam")])
def test_ten_steps_send_ten_consecutive_epochs(post, qtbot, experiment):
    one = post(experiment)
    assert one.thread.step(10) == 10
    qtbot.waitUntil(lambda: one.training == [True, False])
    assert one.sent == one.epochs == list(range(1, 11))
    assert len(one.recording) == 11


def test_steps_asked_for_while_stepping_are_all_made(post, qtbot):
    one = post()
    assert [one.thread.step() for _ in range(5)] == [1, 2, 3, 4, 5]
    qtbot.waitUntil(lambda: one.epochs == [1, 2, 3, 4, 5])
    qtbot.waitUntil(lambda: one.training[-1] is False)
    assert one.state.epoch == 5


def test_a_step_waits_until_the_epoch_before_was_taken(post, qtbot):
    one = post()
    one.answering = False
    one.thread.step(3)
    for epoch in (1, 2, 3):
        qtbot.waitUntil(lambda epoch=epoch: one.epochs == list(range(1, epoch + 1)))
        # The next epoch is computed, but its frame waits for its turn.
        assert one.sent == one.epochs
        one.thread.take()
    qtbot.waitUntil(lambda: one.training == [True, False])
    assert one.sent == [1, 2, 3]


@pytest.mark.parametrize("experiment", [FAST, FAST.but(batch_size=4)])
def test_pause_is_obeyed_within_one_epoch(post, process, qtbot, experiment):
    one = post(experiment)
    one.thread.train(10**6)
    with qtbot.waitSignal(one.thread.epoch_finished):
        pass
    one.thread.pause()
    reached = len(one.recording)
    qtbot.waitUntil(lambda: one.training == [True, False])
    if process is None:  # otherwise the word takes a moment, and epochs are short
        assert len(one.recording) <= reached + 1
    assert one.state.epoch == len(one.recording) - 1
    # What is shown while it stands is the epoch it stands at.
    qtbot.waitUntil(lambda: one.epochs[-1] == one.state.epoch)
    assert one.state.epoch == len(one.recording) - 1


def test_training_ends_at_the_epoch_asked_for(post, qtbot):
    one = post()
    one.thread.train(123)
    qtbot.waitUntil(lambda: one.training == [True, False])
    qtbot.waitUntil(lambda: one.epochs[-1] == 123)
    assert len(one.recording) == 124


def test_frames_wait_in_no_queue(post, qtbot):
    """While nobody takes a frame there is one, however many epochs pass."""
    one = post()
    one.answering = False
    one.thread.train(10**7)
    qtbot.waitUntil(lambda: len(one.recording) > 1000)
    assert one.sent == [1]
    one.thread.take()
    qtbot.waitUntil(lambda: len(one.frames) == 2)
    assert one.epochs[1] > 1000, "the newest one, not the one after the last"
    assert len(one.sent) == 2
    one.thread.pause()
    qtbot.waitUntil(lambda: one.training == [True, False])
    # The one it stands at is sent in any case.
    assert one.sent[2:] in ([], [one.state.epoch])


def test_no_more_frames_are_sent_than_were_taken(post, qtbot):
    one = post()
    untaken = []
    one.thread.epoch_finished.connect(
        lambda _: untaken.append(len(one.sent) - len(one.frames)),
        Qt.ConnectionType.DirectConnection,
    )
    one.thread.train(5000)
    qtbot.waitUntil(lambda: one.training == [True, False])
    qtbot.waitUntil(lambda: one.epochs[-1] == 5000)
    # One in the queue, and the last one, which does not wait for the one before it.
    assert max(untaken[:-1]) <= 1
    assert untaken[-1] <= 2
    assert one.epochs == sorted(set(one.epochs))
    assert one.recording.column("epoch").tolist() == list(range(5001))


def test_frames_are_of_one_piece(post, qtbot):
    """What a frame says was measured at the very weights it holds, also at full speed."""
    one = post(FAST.but(epochs=400))
    one.thread.train(400)
    qtbot.waitUntil(lambda: bool(one.epochs) and one.epochs[-1] == 400)
    again = Trainer(FAST, make_dataset())
    frames = {frame.epoch: frame for frame in one.frames}
    for epoch in range(1, 401):
        metrics = again.step_epoch()
        assert one.recording[epoch].train_loss == metrics.train_loss
        if epoch in frames:
            frame, wanted = frames[epoch], again.frame()
            assert frame.metrics == one.recording[epoch]
            np.testing.assert_array_equal(frame.parameters.flat, wanted.parameters.flat)
            np.testing.assert_array_equal(frame.gradients.flat, wanted.gradients.flat)
            assert not frame.parameters.flat.flags.writeable


@pytest.mark.parametrize("rate", [40, 200])
def test_no_more_epochs_a_second_than_asked_for(post, qtbot, rate):
    one = post()
    one.thread.set_rate(rate)
    started = perf_counter()
    one.thread.train(10**6)
    qtbot.waitUntil(lambda: len(one.recording) > rate // 4)
    done = len(one.recording) - 1
    elapsed = perf_counter() - started
    assert done <= rate * elapsed + 1


def test_a_slow_rate_is_left_at_once(post, qtbot):
    one = post()
    one.thread.set_rate(0.001)
    one.thread.train(50)
    qtbot.waitUntil(lambda: one.epochs == [1])
    assert len(one.recording) == 2, "the next one is due in a quarter of an hour"
    one.thread.set_rate(None)
    qtbot.waitUntil(lambda: one.epochs[-1] == 50)


def test_pause_and_step_do_not_wait_for_a_slow_rate(post, qtbot):
    one = post()
    one.thread.set_rate(0.001)
    one.thread.train(50)
    qtbot.waitUntil(lambda: one.epochs == [1])
    one.thread.pause()
    qtbot.waitUntil(lambda: one.training == [True, False])
    one.thread.step(2)
    qtbot.waitUntil(lambda: one.epochs == [1, 2, 3])


@pytest.mark.parametrize("every", [7, 50])
def test_every_kth_epoch_is_sent_at_full_speed(post, qtbot, every):
    one = post()
    one.thread.keep_every(every)
    one.thread.train(1000)
    qtbot.waitUntil(lambda: bool(one.epochs) and one.epochs[-1] == 1000)
    kept = [epoch for epoch in one.epochs if epoch % every == 0]
    assert kept == list(range(every, 1001, every))


def test_a_kept_epoch_is_waited_for(post, qtbot):
    one = post()
    one.answering = False
    one.thread.keep_every(10)
    one.thread.train(100)
    qtbot.waitUntil(lambda: len(one.frames) == 1)
    while one.epochs[-1] != 10:  # earlier ones may have found the mailbox empty
        sent = len(one.frames)
        one.thread.take()
        qtbot.waitUntil(lambda sent=sent: len(one.frames) > sent)
    assert len(one.recording) == 11
    one.answering = True
    one.thread.take()
    qtbot.waitUntil(lambda: one.epochs[-1] == 100)


def test_another_learning_rate_is_used_from_the_next_epoch(post, process, qtbot):
    one = post()
    one.thread.train(10**6)
    qtbot.waitUntil(lambda: len(one.recording) > 50)
    before = len(one.recording)
    one.thread.set_recipe(another_rate(one.recording.keyframes.nearest(0), 0.025))
    after = len(one.recording)
    qtbot.waitUntil(lambda: len(one.recording) > after + 50)
    one.thread.pause()
    qtbot.waitUntil(lambda: one.training == [True, False])
    rates = one.recording.column("learning_rate")
    assert set(rates[:before].tolist()) == {0.1}
    (changed,) = one.recording.marks
    # The epoch under way goes on with the old one.
    assert set(rates[: changed.epoch + 1].tolist()) == {0.1}
    assert set(rates[changed.epoch + 1 :].tolist()) == {0.025}
    assert process is not None or changed.epoch <= after
    assert changed.epoch in one.recording.keyframes.epochs()
    assert one.state.recipe.learning_rate == 0.025
    changes = np.flatnonzero(np.diff(rates))
    assert len(changes) == 1
    again = Trainer(FAST, make_dataset())
    for epoch in range(1, len(rates)):
        again.learning_rate = float(rates[epoch])
        assert again.step_epoch().train_loss == one.recording[epoch].train_loss


def test_numbers_that_stop_being_finite_pause_the_run(post, qtbot):
    one = post(FAST.but(learning_rate=1e30))
    with qtbot.waitSignal(one.thread.diverged):
        one.thread.train(100)
    qtbot.waitUntil(lambda: one.training == [True, False])
    (line,) = one.failures
    assert "\n" not in line
    assert "of hidden 1" in line or "of output" in line
    assert "1×10³⁰" in line
    assert np.isfinite(one.state.numbers).all()
    assert one.state.epoch == len(one.recording) - 1
    one.thread.set_recipe(another_rate(one.recording.keyframes.nearest(0), 0.01))
    one.thread.step(3)
    qtbot.waitUntil(lambda: len(one.recording) >= 4 and one.recording.state is not None)
    assert len(one.failures) == 1


@pytest.mark.parametrize("process", [None])  # nothing can be broken in the other process
def test_an_error_nobody_foresaw_is_said_and_the_thread_stands(post, qtbot, monkeypatch):
    one = post()

    def broken(trainer):
        raise RuntimeError("the roof is on fire")

    monkeypatch.setattr(Trainer, "step_epoch", broken)
    with qtbot.captureExceptions() as caught:
        with qtbot.waitSignal(one.thread.failed):
            one.thread.train(10)
        assert one.thread.wait(10_000)
    qtbot.waitUntil(lambda: one.training == [True, False])
    assert one.failures == ["training stopped: RuntimeError: the roof is on fire"]
    assert [str(value) for _, value, _ in caught] == ["the roof is on fire"]


class TestClose:
    def test_while_it_stands(self, post):
        one = post()
        one.thread.close()
        assert one.thread.isFinished()

    def test_at_full_speed(self, post, qtbot):
        one = post()
        one.thread.train(10**6)
        with qtbot.waitSignal(one.thread.epoch_finished):
            pass
        one.thread.close()
        assert one.thread.isFinished()
        assert one.recording.column("epoch").tolist() == list(range(len(one.recording)))

    def test_in_the_middle_of_an_epoch(self, post, qtbot):
        one = post(SLOW, make_dataset(samples=100_000))
        with qtbot.waitSignal(one.thread.training_changed):
            one.thread.train(10)
        one.thread.close()
        assert one.thread.isFinished()
        # The epoch under way was given up: it neither ended nor left anything half done.
        assert len(one.recording) == 1
        again = Trainer(SLOW, make_dataset(samples=100_000))
        np.testing.assert_array_equal(again.state().numbers, one.state.numbers)
        assert again.state().rng_state == one.state.rng_state

    def test_while_a_slow_rate_holds_it(self, post, qtbot):
        one = post()
        one.thread.set_rate(0.001)
        with qtbot.waitSignal(one.thread.epoch_finished):
            one.thread.train(10)
        one.thread.close()
        assert one.thread.isFinished()

    def test_while_it_waits_for_an_answer(self, post, qtbot):
        one = post()
        one.answering = False
        one.thread.step(5)
        qtbot.waitUntil(lambda: one.epochs == [1])
        one.thread.close()
        assert one.thread.isFinished()

    def test_another_thread_goes_on_with_the_recording_then(self, post, process, qtbot):
        one = post()
        one.thread.train(3)
        qtbot.waitUntil(lambda: one.training == [True, False])
        one.thread.close()
        run = Trainer(FAST, make_dataset()).arranged
        other = TrainingThread(run, one.recording, process)
        other.start()
        with qtbot.waitSignal(other.training_changed, check_params_cb=lambda trains: not trains):
            other.train(5)
        other.close()
        again = Trainer(FAST, make_dataset())
        for _ in range(5):
            again.step_epoch()
        np.testing.assert_array_equal(again.state().numbers, one.state.numbers)


class TestLeftovers:
    """The fixture that watches over all tests would notice."""

    def test_a_window(self, qtbot):
        widget = QWidget()
        qtbot.addWidget(widget)
        assert leftovers([], []) == []
        widget.show()
        assert leftovers([], []) == [f"a window: {widget!r}"]

    def test_a_thread(self, post):
        one = post()
        assert leftovers([], [one.thread]) == [f"a thread: {one.thread!r}"]
        one.thread.close()
        assert leftovers([], [one.thread]) == []
