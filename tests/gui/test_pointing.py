"""What is pointed at, drawn, followed and slowed down: the viewer's part, without pictures."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.experiment import Experiment
from nnfs_core.explain.stages import stages
from nnfs_core.model.places import Place
from nnfs_core.training.trainer import Trainer
from tests.core.plain import make_dataset
from tests.gui.test_time import look_at, train


class TestPlaces:
    @pytest.mark.parametrize(
        ("place", "there"),
        [
            (Place("unit", 0, 9), True),
            (Place("unit", 0, 10), False),
            (Place("unit", 1, 9), True),
            (Place("unit", 2, 0), False),
            (Place("unit", -1, 0), False),
            (Place("weight", 0, 9, 63), True),
            (Place("weight", 0, 9, 64), False),
            (Place("weight", 1, 9, 10), False),
            (Place("bias", 1, 9), True),
            (Place("input", source=63), True),
            (Place("input", source=64), False),
            (Place("input", source=-1), False),
            (Place("loss"), True),
        ],
    )
    def test_only_what_is_there_can_be_pointed_at(self, viewer, place, there):
        viewer.select_place(place)
        assert viewer.context.selection == (place if there else None)

    def test_a_new_run_is_pointed_at_nowhere(self, viewer):
        viewer.select_place(Place("weight", 0, 9, 63))
        viewer.toggle_followed("train", 3)
        viewer.show_stage(stages(2)[1])
        viewer.start_now(Experiment(layers=(3,)), "small")
        context = viewer.context
        assert (context.selection, context.stage) == (None, None)

    def test_a_new_run_on_the_same_data_follows_the_same_samples(self, viewer, make_viewer):
        viewer.toggle_followed("train", 3)
        viewer.start_now(Experiment(layers=(3,)), "small")
        assert [(one.part, one.index) for one in viewer.context.followed] == [("train", 3)]
        clouds = Experiment(dataset="clouds", layers=(4,))
        viewer.adopt(Trainer(clouds, make_dataset()), "clouds")
        assert viewer.context.followed == ()


class TestDrawings:
    def test_a_drawing_is_shown_to_the_network(self, viewer):
        chosen = viewer.context.sample
        x = np.linspace(0, 1, 64, dtype=np.float32)
        viewer.show_drawing(x, 7)
        context = viewer.context
        assert context.sample.part == "drawn" and context.sample.label == 7
        np.testing.assert_array_equal(context.trace.x, x)
        assert context.chosen.index == chosen.index
        viewer.show_drawing(None)
        assert viewer.context.sample.part == chosen.part

    def test_choosing_a_sample_puts_the_drawing_away(self, viewer):
        viewer.show_drawing(np.zeros(64, np.float32))
        assert viewer.context.sample.label is None
        viewer.select_sample("train", 5)
        assert (viewer.context.sample.part, viewer.context.sample.index) == ("train", 5)

    def test_a_drawing_of_another_size_is_not_shown(self, viewer):
        viewer.show_drawing(np.zeros(784, np.float32))
        assert viewer.context.sample.part != "drawn"

    def test_a_drawing_outlives_a_new_run_that_can_read_it(self, viewer):
        viewer.show_drawing(np.zeros(64, np.float32))
        viewer.start_now(Experiment(layers=(4,)), "next")
        assert viewer.context.sample.part == "drawn"

    def test_a_drawing_does_not_outlive_its_kind_of_data(self, make_viewer, viewer):
        viewer.show_drawing(np.zeros(64, np.float32))
        viewer.adopt(Trainer(Experiment(layers=(4,)), make_dataset()), "clouds")
        assert viewer.context.sample.part != "drawn"


def test_samples_are_followed_and_let_go(viewer):
    viewer.toggle_followed("train", 3)
    viewer.toggle_followed("validation", 1)
    viewer.toggle_followed("train", 10**6)
    found = viewer.context.followed
    assert [(sample.part, sample.index) for sample in found] == [("train", 3), ("validation", 1)]
    np.testing.assert_array_equal(found[0].x, viewer.run.dataset.train_x[3])
    viewer.toggle_followed("train", 3)
    assert [sample.part for sample in viewer.context.followed] == ["validation"]


class TestWhatAnEpochChanged:
    @pytest.mark.parametrize("batch_size", [None, 300])
    def test_it_is_known_of_every_epoch(self, make_viewer, qtbot, batch_size):
        viewer = make_viewer(Experiment(batch_size=batch_size, epochs=60))
        viewer.control.pace.least = 0.0
        seen = train(viewer, qtbot, 40)
        for epoch in (16, 17, 3, 32, 1, 39):
            look_at(viewer, qtbot, epoch)
            qtbot.waitUntil(lambda: viewer.frame.update is not None)
            wanted = seen[epoch].parameters.flat - seen[epoch - 1].parameters.flat
            assert viewer.frame.epoch == epoch
            np.testing.assert_array_equal(viewer.frame.update.flat, wanted)
        assert look_at(viewer, qtbot, 0).update is None

    def test_a_slow_epoch_is_shown_before_it_is_known(self, make_viewer, qtbot, monkeypatch):
        monkeypatch.setattr("visualizer.state.seek_thread.UNNOTICED", 0.0)
        viewer = make_viewer()
        viewer.control.pace.least = 0.0
        seen, shown = train(viewer, qtbot, 40), []
        viewer.shown.connect(lambda frame, _: shown.append(frame))
        epoch = 5 * viewer.recording.keyframes.budget.stride
        viewer.seek(epoch)
        qtbot.waitUntil(lambda: len(shown) == 2)
        assert [frame.epoch for frame in shown] == [epoch, epoch]
        assert shown[0].update is None
        wanted = seen[epoch].parameters.flat - seen[epoch - 1].parameters.flat
        np.testing.assert_array_equal(shown[1].update.flat, wanted)

    def test_it_is_found_out_after_a_fork(self, make_viewer, qtbot):
        viewer = make_viewer()
        viewer.control.pace.least = 0.0
        seen = train(viewer, qtbot, 30)
        look_at(viewer, qtbot, 20)
        viewer.fork()
        qtbot.waitUntil(lambda: viewer.live and viewer.frame.update is not None)
        wanted = seen[20].parameters.flat - seen[19].parameters.flat
        np.testing.assert_array_equal(viewer.frame.update.flat, wanted)


class TestSlowMotion:
    def test_it_stops_training(self, viewer, qtbot):
        viewer.train()
        qtbot.waitUntil(lambda: viewer.training)
        viewer.show_stage(stages(2)[0])
        qtbot.waitUntil(lambda: not viewer.training)
        assert viewer.context.stage == stages(2)[0]

    def test_training_ends_it(self, viewer, qtbot):
        viewer.show_stage(stages(2)[3])
        viewer.train()
        qtbot.waitUntil(lambda: viewer.training and viewer.frame.epoch > 0)
        assert viewer.context.stage is None
        viewer.pause()
        qtbot.waitUntil(lambda: not viewer.training)

    def test_the_stages_go_forth_and_back(self):
        found = [(stage.kind, stage.layer) for stage in stages(3)]
        assert found == [
            ("input", -1),
            ("forward", 0),
            ("forward", 1),
            ("forward", 2),
            ("loss", -1),
            ("backward", 2),
            ("backward", 1),
            ("backward", 0),
            ("update", -1),
        ]


def test_a_pin_made_while_training_is_kept(viewer, qtbot):
    viewer.recording.keyframes.budget.limit = 60_000
    viewer.train()
    qtbot.waitUntil(lambda: viewer.frame.epoch > 5)
    viewer.toggle_pin()
    pinned = viewer.pin
    qtbot.waitUntil(lambda: viewer.newest > pinned.epoch + 200)
    viewer.pause()
    qtbot.waitUntil(lambda: not viewer.training)
    kept = viewer.recording.keyframes.nearest(pinned.epoch)
    assert kept.epoch == pinned.epoch
    np.testing.assert_array_equal(kept.numbers[0], pinned.parameters.flat)
