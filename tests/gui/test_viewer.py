"""The view-model with its real thread: runs, training, time, and what goes wrong."""

from __future__ import annotations

import threading
from time import perf_counter

import numpy as np
import pytest

from nnfs_core.data import load_dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.progress import Stopped
from nnfs_core.training.trainer import Trainer
from tests.core.plain import make_dataset
from visualizer.state import preparation as preparation_module
from visualizer.state.training_thread import TrainingThread
from visualizer.state.viewer import Viewer

FAST = Experiment(layers=(3,), learning_rate=0.1, epochs=5000)


def facts(frame):
    """Everything of a frame that a repetition must give again: all but the time it took."""
    metrics = frame.metrics
    return (
        frame.epoch,
        frame.parameters.flat.tobytes(),
        frame.gradients.flat.tobytes(),
        metrics.train_loss,
        metrics.train_score,
        metrics.validation_loss,
        metrics.validation_score,
        metrics.learning_rate,
    )


@pytest.fixture
def shown(viewer):
    """Every frame the viewer shows."""
    return listen(viewer)


@pytest.fixture
def endless(make_viewer):
    """A run that does not end by itself while a test looks at it."""
    return make_viewer(Experiment(epochs=1_000_000))


def listen(viewer) -> list:
    frames = []
    viewer.shown.connect(lambda frame, _: frames.append(frame))
    return frames


def standing(viewer, epoch: int):
    return lambda: not viewer.training and viewer.frame.epoch == epoch


class TestTraining:
    def test_the_first_frame_is_the_untrained_network(self, make_viewer):
        viewer = make_viewer()
        assert viewer.frame.epoch == 0
        assert not viewer.training
        assert viewer.recording.column("epoch").tolist() == [0]
        assert facts(viewer.frame) == facts(Trainer(Experiment(), load_dataset("digits")).frame())

    def test_a_step_is_one_epoch(self, viewer, shown, qtbot):
        viewer.step()
        qtbot.waitUntil(standing(viewer, 1))
        assert [frame.epoch for frame in shown] == [1]
        assert len(viewer.recording) == 2

    def test_ten_steps_are_ten_epochs_and_each_is_shown(self, viewer, shown, qtbot):
        viewer.step(10)
        qtbot.waitUntil(standing(viewer, 10))
        assert [frame.epoch for frame in shown] == list(range(1, 11))
        for frame in shown:
            assert frame.metrics.epoch == frame.epoch
            assert frame.metrics == viewer.recording[frame.epoch]

    def test_a_step_while_training_pauses(self, endless, qtbot, apart):
        with qtbot.waitSignal(endless.training_changed, check_params_cb=bool):
            endless.train()
        endless.step()
        reached = len(endless.recording)
        qtbot.waitUntil(lambda: not endless.training)
        assert apart or len(endless.recording) <= reached + 1

    def test_pause_within_one_epoch_and_the_epoch_it_stands_at_is_shown(
        self, endless, qtbot, apart
    ):
        with qtbot.waitSignal(endless.shown):
            endless.toggle()
        endless.toggle()
        reached = len(endless.recording)
        qtbot.waitUntil(lambda: not endless.training)
        assert apart or len(endless.recording) <= reached + 1
        qtbot.waitUntil(lambda: endless.frame.epoch == len(endless.recording) - 1)

    def test_5000_fast_epochs_all_arrive(self, make_viewer, qtbot):
        viewer = make_viewer(FAST, make_dataset())
        frames = listen(viewer)
        started = perf_counter()
        viewer.train()
        qtbot.waitUntil(standing(viewer, 5000), timeout=30_000)
        elapsed = perf_counter() - started
        assert viewer.recording.column("epoch").tolist() == list(range(5001))
        for column in ("train_loss", "train_score", "validation_loss", "validation_score"):
            assert np.isfinite(viewer.recording.column(column)).all()
        epochs = [frame.epoch for frame in frames]
        assert epochs == sorted(set(epochs))
        # Far fewer pictures than epochs: thirty a second, as an eye can follow. Qt's timers
        # may be one in twenty early.
        assert 2 <= len(frames) <= 1.05 * 30 * elapsed + 3
        for frame in frames:
            assert frame.metrics == viewer.recording[frame.epoch]

    def test_it_goes_on_beyond_the_total(self, make_viewer, qtbot):
        viewer = make_viewer(FAST.but(epochs=20), make_dataset())
        totals = []
        viewer.total_changed.connect(totals.append)
        viewer.train()
        qtbot.waitUntil(standing(viewer, 20))
        assert totals == []
        viewer.train()
        qtbot.waitUntil(standing(viewer, 40))
        assert totals == [40]
        viewer.step(3)
        qtbot.waitUntil(standing(viewer, 43))
        assert viewer.total == 43
        viewer.train()
        qtbot.waitUntil(standing(viewer, 63))
        assert viewer.recording.column("epoch").tolist() == list(range(64))

    def test_steps_within_the_total_leave_it_alone(self, viewer, qtbot):
        viewer.step(4)
        viewer.step(3)
        qtbot.waitUntil(standing(viewer, 7))
        assert viewer.total == 1000

    @pytest.mark.parametrize(
        "experiment",
        [
            Experiment(),
            Experiment(optimizer="adam", learning_rate=0.01, batch_size=200, dtype="float64"),
        ],
        ids=["full batch", "mini-batches"],
    )
    def test_restart_gives_the_same_epochs_bit_for_bit(self, make_viewer, qtbot, experiment):
        viewer = make_viewer(experiment)
        frames = listen(viewer)
        first = viewer.frame
        viewer.step(5)
        qtbot.waitUntil(standing(viewer, 5))
        before = [facts(frame) for frame in (first, *frames)]
        frames.clear()
        viewer.set_learning_rate(0.002)
        viewer.step()
        qtbot.waitUntil(standing(viewer, 6))
        frames.clear()
        viewer.restart()
        assert viewer.recording.column("epoch").tolist() == [0]
        viewer.step(5)
        qtbot.waitUntil(standing(viewer, 5))
        assert [facts(frame) for frame in frames] == before

    def test_restart_while_training(self, endless, qtbot):
        changes = []
        endless.training_changed.connect(changes.append)
        with qtbot.waitSignal(endless.shown):
            endless.train()
        endless.restart()
        assert not endless.training
        assert changes == [True, False]
        assert endless.frame.epoch == 0
        assert len(endless.recording) == 1
        endless.step()
        qtbot.waitUntil(standing(endless, 1))
        assert len(endless.recording) == 2

    def test_restart_brings_back_the_total_and_the_learning_rate(self, make_viewer, qtbot):
        viewer = make_viewer(FAST.but(epochs=5), make_dataset())
        rates = []
        viewer.recipe_changed.connect(lambda recipe: rates.append(recipe.learning_rate))
        viewer.step(9)
        viewer.set_learning_rate(0.3)
        qtbot.waitUntil(standing(viewer, 9))
        assert viewer.total == 9
        viewer.restart()
        assert viewer.total == 5
        assert rates == [0.3, 0.1]

    def test_another_learning_rate_while_training(self, endless, qtbot, apart):
        with qtbot.waitSignal(endless.shown):
            endless.train()
        before = len(endless.recording)
        endless.set_learning_rate(0.05)
        after = len(endless.recording)
        qtbot.waitUntil(lambda: bool(endless.recording.marks))
        (change,) = endless.recording.marks
        qtbot.waitUntil(lambda: endless.newest > change.epoch + 3)
        rates = endless.recording.column("learning_rate")
        assert before - 1 <= change.epoch and (apart or change.epoch <= after)
        assert set(rates[: change.epoch + 1]) == {0.5}
        assert set(rates[change.epoch + 1 :]) == {0.05}

    def test_the_rate_holds_for_the_next_run_too(self, viewer, qtbot):
        viewer.set_rate(0.001)
        viewer.restart()
        viewer.train()
        qtbot.waitUntil(lambda: viewer.frame.epoch == 1)
        assert viewer.training
        assert len(viewer.recording) == 2
        with qtbot.waitSignal(viewer.shown):
            viewer.set_rate(None)

    def test_every_kth_epoch_is_shown_at_full_speed(self, make_viewer, qtbot):
        viewer = make_viewer(FAST.but(epochs=400), make_dataset())
        frames = listen(viewer)
        viewer.keep_every(25)
        viewer.train()
        qtbot.waitUntil(standing(viewer, 400), timeout=20_000)
        kept = [frame.epoch for frame in frames if frame.epoch % 25 == 0]
        assert kept == list(range(25, 401, 25))

    def test_numbers_that_stop_being_finite(self, make_viewer, qtbot):
        viewer = make_viewer(Experiment(learning_rate=1e30))
        first = facts(viewer.frame)
        with qtbot.waitSignal(viewer.failed) as said:
            viewer.train()
        (line,) = said.args
        assert "\n" not in line
        assert line.startswith("epoch 1: ")
        assert "of hidden 1" in line or "of output" in line
        qtbot.waitUntil(lambda: not viewer.training)
        # The last good frame stays, and training can go on from it.
        assert facts(viewer.frame) == first
        viewer.set_learning_rate(0.5)
        viewer.step(2)
        qtbot.waitUntil(standing(viewer, 2))
        good = Trainer(Experiment(), load_dataset("digits"))
        good.step_epoch()
        good.step_epoch()
        assert facts(viewer.frame) == facts(good.frame())

    def test_headless_epochs_are_the_same_epochs(self, make_viewer, qtbot):
        threaded, headless = make_viewer(), make_viewer()
        threaded.step(3)
        qtbot.waitUntil(standing(threaded, 3))
        assert headless.advance_now(show=False) is None
        headless.advance_now()
        assert facts(headless.advance_now()) == facts(threaded.frame)


class TestRuns:
    def test_a_run_is_prepared_in_the_background(self, viewer, qtbot):
        before = viewer.run
        with qtbot.waitSignal(viewer.run_started) as started:
            viewer.start(Experiment(layers=(7, 5)), "two layers")
            assert viewer.run is before, "the old run stays until the new one is there"
        assert started.args == [viewer.run]
        assert viewer.run.network.sizes == (64, 7, 5, 10)
        assert viewer.run.name == "two layers"
        assert viewer.frame.epoch == 0
        assert viewer.run.dataset is before.dataset, "the same data is not loaded twice"

    def test_a_run_can_train_as_soon_as_it_is_ready(self, viewer, qtbot):
        viewer.start(Experiment(epochs=3), "short", train=True)
        qtbot.waitUntil(standing(viewer, 3))
        viewer.restart()
        assert not viewer.training, "that was meant once"

    def test_another_run_while_training(self, endless, qtbot):
        old = endless.recording
        with qtbot.waitSignal(endless.shown):
            endless.train()
        with qtbot.waitSignal(endless.run_started):
            endless.start(Experiment(layers=(4,), seed=3), "other")
        assert not endless.training
        reached = len(old)
        frames = listen(endless)
        endless.step(3)
        qtbot.waitUntil(standing(endless, 3))
        assert len(old) == reached, "the old run has ended"
        assert [frame.epoch for frame in frames] == [1, 2, 3]
        assert {frame.parameters.sizes for frame in frames} == {(64, 4, 10)}

    @pytest.mark.parametrize(
        ("dataset", "said"), [("nowhere.csv", "nowhere.csv"), ("digit", "did you mean digits?")]
    )
    def test_data_that_is_not_there_leaves_the_old_run(self, endless, qtbot, dataset, said):
        run = endless.run
        with qtbot.waitSignal(endless.shown):
            endless.train()
        with qtbot.waitSignal(endless.failed) as failed:
            endless.start(Experiment(dataset=dataset), "bad")
        (line,) = failed.args
        assert said in line
        assert "\n" not in line
        assert endless.run is run
        assert endless.training
        with qtbot.waitSignal(endless.shown):
            pass

    def test_data_that_is_not_there_at_once(self, viewer):
        run = viewer.run
        with pytest.raises(UserError):
            viewer.start_now(Experiment(dataset="nowhere.csv"), "bad")
        assert viewer.run is run

    def test_too_large_a_network_is_refused(self, viewer, qtbot):
        with qtbot.waitSignal(viewer.failed) as failed:
            viewer.start(Experiment(layers=(100_000, 100_000)), "huge")
        assert "too large" in failed.args[0]

    def test_too_little_memory_is_said(self, viewer, qtbot, monkeypatch):
        def full(*_, **__):
            raise MemoryError

        monkeypatch.setattr(preparation_module, "Trainer", full)
        with qtbot.waitSignal(viewer.failed) as failed:
            viewer.start(Experiment(), "digits")
        assert failed.args == ["digits: not enough memory for this run"]


class TestPreparation:
    @pytest.fixture
    def slow(self, monkeypatch):
        """Data that is only there when the test says so."""
        go, given_up = threading.Event(), []

        def load(spec, data_dir, progress, reading):
            progress(spec, 1_000_000, 4_000_000)
            assert go.wait(20)
            try:
                progress(spec, 2_000_000, 4_000_000)
            except Stopped:
                given_up.append(spec)
                raise
            return load_dataset("digits")

        monkeypatch.setattr(preparation_module, "load_dataset", load)
        self.go, self.given_up = go, given_up
        yield go
        go.set()

    def test_progress_is_told(self, viewer, slow, qtbot):
        told = []
        viewer.preparing.connect(lambda *what: told.append(what))
        viewer.start(Experiment(dataset="elsewhere"), "new")
        qtbot.waitUntil(lambda: len(told) == 2)
        slow.set()
        with qtbot.waitSignal(viewer.run_started):
            pass
        assert told[0] == ("loading elsewhere", 0, 0)
        assert told[1] == ("elsewhere", 1_000_000, 4_000_000)
        assert told[-1] == ("", 0, 0)

    def test_it_can_be_cancelled(self, viewer, slow, qtbot):
        run, said, told = viewer.run, [], []
        viewer.run_started.connect(said.append)
        viewer.failed.connect(said.append)
        viewer.preparing.connect(lambda *what: told.append(what))
        viewer.start(Experiment(dataset="elsewhere"), "new")
        qtbot.waitUntil(lambda: len(told) == 2)
        viewer.cancel_preparation()
        assert told[-1] == ("", 0, 0)
        slow.set()
        qtbot.waitUntil(lambda: not viewer.loader.preparations)
        assert self.given_up == ["elsewhere"]
        assert viewer.run is run
        assert said == []
        viewer.step()
        qtbot.waitUntil(standing(viewer, 1))

    def test_only_the_last_run_asked_for_comes(self, viewer, slow, qtbot):
        started = []
        viewer.run_started.connect(lambda run: started.append(run.name))
        viewer.start(Experiment(dataset="elsewhere"), "first")
        viewer.start(Experiment(dataset="elsewhere"), "second")
        viewer.start(Experiment(), "third")
        qtbot.waitUntil(lambda: started == ["third"])
        slow.set()
        qtbot.waitUntil(lambda: not viewer.loader.preparations)
        assert started == ["third"]

    def test_closing_waits_for_it(self, make_viewer, slow, qtbot):
        viewer = make_viewer()
        told = []
        viewer.preparing.connect(lambda *what: told.append(what))
        viewer.start(Experiment(dataset="elsewhere"), "new")
        qtbot.waitUntil(lambda: len(told) == 2)
        assert len(viewer.loader.preparations) == 1
        slow.set()
        viewer.close()
        assert not viewer.loader.preparations


class TestClose:
    def test_a_viewer_without_a_run(self, qapp):
        viewer = Viewer()
        for command in (viewer.train, viewer.pause, viewer.toggle, viewer.step, viewer.restart):
            command()
        viewer.select_sample("train", 3)
        viewer.set_learning_rate(0.1)
        viewer.set_rate(3)
        viewer.keep_every(2)
        viewer.close()

    @pytest.mark.parametrize("epochs", [0, 1])
    def test_while_training(self, make_viewer, qtbot, epochs):
        viewer = make_viewer(FAST, make_dataset())
        viewer.train()
        if epochs:
            with qtbot.waitSignal(viewer.shown):
                pass
        thread = viewer.control.thread
        viewer.close()
        assert thread.isFinished()
        viewer.close()

    def test_in_the_middle_of_a_long_epoch(self, make_viewer, qtbot):
        viewer = make_viewer(FAST.but(batch_size=1), make_dataset(samples=100_000))
        with qtbot.waitSignal(viewer.training_changed):
            viewer.train()
        thread = viewer.control.thread
        viewer.close()
        assert thread.isFinished()
        assert len(viewer.recording) == 1, "the epoch was given up, not waited for"

    def test_restart_in_the_middle_of_a_long_epoch(self, make_viewer, qtbot):
        viewer = make_viewer(FAST.but(batch_size=1), make_dataset(samples=100_000))
        first = facts(viewer.frame)
        with qtbot.waitSignal(viewer.training_changed):
            viewer.train()
        viewer.restart()
        assert facts(viewer.frame) == first
        assert len(viewer.recording) == 1


class TestSample:
    def test_it_is_shown_with_the_frame(self, viewer):
        seen = []
        viewer.shown.connect(lambda _, context: seen.append(context))
        viewer.select_sample("train", 12)
        (context,) = seen
        data = viewer.run.dataset
        assert (context.sample.part, context.sample.index) == ("train", 12)
        assert context.sample.label == data.train_y[12]
        np.testing.assert_array_equal(context.sample.x, data.train_x[12])

    def test_rows_go_round(self, viewer):
        count = len(viewer.run.dataset.validation_x)
        viewer.select_sample("validation", -1)
        assert viewer.context.sample.index == count - 1
        viewer.select_sample("validation", count + 4)
        assert viewer.context.sample.index == 4

    def test_it_stays_from_run_to_run_where_there_is_one(self, viewer):
        viewer.select_sample("train", 900)
        viewer.adopt(Trainer(Experiment(seed=1), viewer.run.dataset), "again")
        assert viewer.context.sample.index == 900
        viewer.adopt(Trainer(FAST, make_dataset()), "small")
        assert (viewer.context.sample.part, viewer.context.sample.index) == ("validation", 0)
        viewer.adopt(Trainer(FAST, make_dataset(validation=0)), "no validation")
        assert (viewer.context.sample.part, viewer.context.sample.index) == ("train", 0)

    def test_a_part_that_is_empty_is_not_shown(self, make_viewer):
        viewer = make_viewer(FAST, make_dataset(validation=0))
        viewer.select_sample("validation", 3)
        assert viewer.context.sample.part == "train"


def test_training_that_waits_to_be_looked_at_is_not_held_up(viewer, shown, qtbot):
    """Recording and stepping wait for each picture: the pace would only make them wait longer."""
    viewer.control.pace.least = 60.0
    viewer.step(4)
    qtbot.waitUntil(standing(viewer, 4))
    viewer.keep_every(3)
    viewer.set_rate(None)
    viewer.train()
    qtbot.waitUntil(lambda: viewer.frame.epoch >= 15)
    viewer.pause()
    epochs = [frame.epoch for frame in shown]
    assert {1, 2, 3, 4, 6, 9, 12, 15} <= set(epochs)


def test_what_is_opened_when_the_viewer_is_closed_is_not_begun(viewer):
    """A system that shuts down closes the window while somebody answers its dialog."""
    viewer.close()
    viewer.start(Experiment(dataset="nowhere.csv"), "nowhere")
    assert not viewer.loader.preparations


def test_a_new_thread_is_not_told_that_a_frame_of_the_one_before_was_taken(
    viewer, shown, qtbot, monkeypatch
):
    """It would send one frame before there is anybody to take it, which a recording then lacks."""
    viewer.step()
    qtbot.waitUntil(standing(viewer, 1))
    taken = []
    monkeypatch.setattr(TrainingThread, "take", lambda thread: taken.append(thread))
    viewer.control.thread.epoch_finished.emit(
        viewer.frame
    )  # it is shown, and its turn is still to come
    assert viewer.control.turn.isActive()
    before = viewer.control.thread
    viewer.restart()
    qtbot.waitUntil(standing(viewer, 0))
    qtbot.waitUntil(lambda: not viewer.control.turn.isActive())
    assert viewer.control.thread is not before
    assert taken in ([], [before])


def test_a_pause_is_acknowledged_at_once(make_window, qtbot):
    """The button says so before the epoch under way has ended."""
    window = make_window()
    viewer, bar = window.viewer, window.view.bar
    said = []
    viewer.pausing.connect(lambda: said.append((bar.train.text(), viewer.training)))
    viewer.train()
    qtbot.waitUntil(lambda: viewer.frame.epoch > 2)
    viewer.pause()
    assert said == [("Pausing…", True)]
    qtbot.waitUntil(lambda: not viewer.training)
    assert bar.train.text() == "Train"
