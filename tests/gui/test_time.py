"""The time machine through the window: back, replay, fork, branches, pin, files, autosave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QPointF, Qt

from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import load_run
from nnfs_core.history.replay import Replayer
from visualizer.style.theme import DARK
from visualizer.view.export import FrameExporter, Picture

ROOT = Path(__file__).resolve().parents[2]
BATCHES = Experiment(optimizer="adam", learning_rate=0.01, batch_size=200, epochs=1000)


def numbers(frame):
    """Everything a frame shows, to be compared bit for bit."""
    return (
        frame.epoch,
        frame.parameters.flat.tobytes(),
        frame.gradients.flat.tobytes(),
        frame.metrics,
    )


def train(viewer, qtbot, until: int):
    """Train to an epoch and wait for its frame; the frames shown on the way, by epoch."""
    seen = {viewer.frame.epoch: viewer.frame}

    def note(frame, _):
        seen[frame.epoch] = frame

    viewer.shown.connect(note)
    viewer.step(until - viewer.newest)
    qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == until)
    viewer.shown.disconnect(note)
    return seen


def look_at(viewer, qtbot, epoch: int):
    viewer.seek(epoch)
    qtbot.waitUntil(lambda: viewer.frame.epoch == epoch)
    return viewer.frame


@pytest.fixture(params=["full batch", "batches"])
def trained(request, make_viewer, qtbot):
    """A viewer after forty epochs, and every frame it has shown."""
    viewer = make_viewer(Experiment() if request.param == "full batch" else BATCHES)
    # No eye has to follow these forty pictures.
    viewer.control.pace.least = 0.0
    return viewer, train(viewer, qtbot, 40)


class TestGoingBack:
    def test_every_epoch_is_bit_for_bit_what_was_first_shown(self, trained, qtbot):
        viewer, seen = trained
        order = np.random.default_rng(5).permutation(40)
        for epoch in order.tolist():
            assert numbers(look_at(viewer, qtbot, epoch)) == numbers(seen[epoch])
            assert not viewer.live

    def test_the_export_of_a_past_epoch_is_the_one_made_live(self, make_viewer, qtbot):
        viewer = make_viewer()
        seen, pictures = train(viewer, qtbot, 20), {}
        exporter = FrameExporter(Picture((900, 600), 1.0, DARK, "weights"))
        for epoch in (3, 11, 19):
            pictures[epoch] = exporter.image(seen[epoch], viewer.context)
        for epoch in (19, 3, 11):
            past = look_at(viewer, qtbot, epoch)
            assert exporter.image(past, viewer.context) == pictures[epoch]
        assert pictures[3] != pictures[11]
        exporter.close()

    def test_the_newest_request_wins(self, trained, qtbot):
        viewer, seen = trained
        shown = []
        viewer.shown.connect(lambda frame, _: shown.append(frame.epoch))
        for epoch in (5, 17, 33, 21):
            viewer.seek(epoch)
        qtbot.waitUntil(lambda: viewer.frame.epoch == 21)
        assert shown[-1] == 21
        assert numbers(viewer.frame) == numbers(seen[21])

    def test_training_goes_on_meanwhile(self, make_viewer, qtbot):
        viewer = make_viewer(Experiment(epochs=1_000_000))
        viewer.train()
        qtbot.waitUntil(lambda: viewer.newest > 30)
        look_at(viewer, qtbot, 10)
        there = viewer.newest
        with qtbot.waitSignal(viewer.progressed):
            pass
        qtbot.waitUntil(lambda: viewer.newest > there + 10)
        assert viewer.frame.epoch == 10
        assert viewer.training
        viewer.go_live()
        assert viewer.live
        # The newest picture may be from just before the look back; the next one is not.
        qtbot.waitUntil(lambda: viewer.frame.epoch > there)
        viewer.pause()
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == viewer.newest)

    def test_keys_walk_through_the_past(self, make_window, qtbot):
        window = make_window()
        viewer = window.viewer
        train(viewer, qtbot, 25)

        def press(key, modifier=Qt.KeyboardModifier.NoModifier, epoch=0):
            qtbot.keyClick(window, key, modifier)
            qtbot.waitUntil(lambda: viewer.frame.epoch == epoch)

        shift = Qt.KeyboardModifier.ShiftModifier
        press(Qt.Key.Key_Left, epoch=24)
        press(Qt.Key.Key_Left, shift, epoch=14)
        press(Qt.Key.Key_Right, epoch=15)
        press(Qt.Key.Key_Home, epoch=0)
        press(Qt.Key.Key_Right, shift, epoch=10)
        assert window.view.bar.train.text() == "Replay"
        assert window.view.timeline.fork.isVisible()
        press(Qt.Key.Key_End, epoch=25)
        assert viewer.live
        assert not window.view.timeline.fork.isVisible()
        assert len(viewer.branches) == 1

    def test_dragging_the_timeline(self, make_window, qtbot):
        window = make_window(Experiment(epochs=25))
        viewer, track = window.viewer, window.view.timeline.track
        train(viewer, qtbot, 25)
        middle = track.height() // 2
        at = [QPointF(track.x_of(epoch), middle).toPoint() for epoch in (20, 7)]
        width = track.width()
        qtbot.mousePress(track, Qt.MouseButton.LeftButton, pos=at[0])
        qtbot.waitUntil(lambda: viewer.frame.epoch == 20)
        assert track.width() == width, "a line that moved under the mouse would be useless"
        qtbot.mouseMove(track, at[1])
        track.epoch_chosen.emit(track.epoch_at(at[1].x()))
        qtbot.waitUntil(lambda: viewer.frame.epoch == 7)
        qtbot.mouseRelease(track, Qt.MouseButton.LeftButton, pos=at[1])
        assert track.shown == 7

    def test_a_click_on_a_curve_goes_there(self, make_window, qtbot):
        window = make_window(Experiment(epochs=25))
        viewer = window.viewer
        train(viewer, qtbot, 25)
        plot = window.view.panels["loss"].plot
        box = plot.getPlotItem().getViewBox()
        at = plot.mapFromScene(box.mapViewToScene(QPointF(12, 0)))
        qtbot.mouseMove(plot.viewport(), at)
        qtbot.waitUntil(lambda: window.view.panels["loss"]._probed == 12)
        qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
        qtbot.waitUntil(lambda: viewer.frame.epoch == 12)
        for key in ("loss", "accuracy"):
            window.view.arrangement.bring_forward(key)
            line = window.view.panels[key].shown_line
            qtbot.waitUntil(lambda line=line: line.value() == 12)

    def test_replay_goes_to_the_newest_and_is_live_then(self, trained, qtbot):
        viewer, seen = trained
        look_at(viewer, qtbot, 30)
        shown = []
        viewer.shown.connect(lambda frame, _: shown.append(frame))
        viewer.set_rate(1000)
        viewer.toggle()
        assert viewer.playing
        qtbot.waitUntil(lambda: viewer.live)
        assert not viewer.playing
        assert [frame.epoch for frame in shown] == sorted(frame.epoch for frame in shown)
        assert all(numbers(frame) == numbers(seen[frame.epoch]) for frame in shown)
        assert len(viewer.recording) == 41

    def test_an_epoch_that_fails_is_said_and_others_can_be_shown(
        self, trained, qtbot, reported, monkeypatch
    ):
        viewer, seen = trained
        said = []
        viewer.failed.connect(said.append)

        def broken(*asked):
            raise IndexError("beyond the end")

        with monkeypatch.context() as patched:
            patched.setattr(Replayer, "state", broken)
            viewer.seek(7)
            qtbot.waitUntil(lambda: bool(said and reported))
        assert said == reported == ["epoch 7 cannot be shown: IndexError: beyond the end"]
        assert numbers(look_at(viewer, qtbot, 8)) == numbers(seen[8])


class TestBranches:
    def test_training_from_the_past_forks(self, trained, qtbot):
        viewer, seen = trained
        old = viewer.recording
        look_at(viewer, qtbot, 15)
        viewer.total = 20
        viewer.train()
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 20)
        assert [branch.name for branch in viewer.branches] == ["run", "branch"]
        assert viewer.recording.origin == ("run", 15)
        assert len(old) == 41
        # Nothing was changed, so the new branch is the old one over again.
        assert numbers(viewer.frame)[:3] == numbers(seen[20])[:3]

    def test_another_learning_rate_from_the_past(self, trained, qtbot):
        viewer, seen = trained
        look_at(viewer, qtbot, 15)
        viewer.set_learning_rate(0.001)
        seen_here = train(viewer, qtbot, 20)
        assert numbers(seen_here[20])[1] != numbers(seen[20])[1]
        assert viewer.recording[16].learning_rate == 0.001
        assert [mark.kind for mark in viewer.recording.marks] == ["fork", "change"]
        # Both pasts can be seen: the common one, and each branch's own.
        assert numbers(look_at(viewer, qtbot, 9)) == numbers(seen[9])
        assert numbers(look_at(viewer, qtbot, 18)) == numbers(seen_here[18])
        viewer.switch_to(viewer.branches[0])
        assert numbers(viewer.frame) == numbers(seen[40])
        assert numbers(look_at(viewer, qtbot, 18)) == numbers(seen[18])

    def test_the_change_is_replayed_too(self, trained, qtbot):
        viewer, _ = trained
        viewer.set_learning_rate(0.05)
        seen = train(viewer, qtbot, 60)
        look_at(viewer, qtbot, 2)
        for epoch in (59, 41, 40, 50):
            assert numbers(look_at(viewer, qtbot, epoch)) == numbers(seen[epoch])

    def test_same_start_other_rate_is_two_clicks(self, make_window, qtbot):
        window = make_window()
        viewer, form = window.viewer, window.view.form
        train(viewer, qtbot, 10)
        viewer.total = 10
        form.fields["learning_rate"].setText("0.1")
        form.fields["learning_rate"].textEdited.emit("0.1")
        assert form.rows.rate_from_start.isVisible()
        qtbot.mouseClick(form.rows.rate_from_start, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: viewer.newest >= 5)
        viewer.pause()
        qtbot.waitUntil(lambda: not viewer.training)
        first, second = viewer.branches
        assert first[0].train_loss == second[0].train_loss
        assert second[1].learning_rate == 0.1
        ghost, name = window.view.panels["loss"].ghosts.drawn[0]
        np.testing.assert_array_equal(
            ghost.getOriginalDataset()[1], np.log10(first.column("train_loss"))
        )
        assert name.toPlainText() == "run"

    def test_a_newer_run_after_switching_goes_on_where_it_was(self, trained, qtbot):
        viewer, _ = trained
        look_at(viewer, qtbot, 15)
        viewer.fork()
        train(viewer, qtbot, 17)
        viewer.switch_to(viewer.branches[0])
        seen = train(viewer, qtbot, 45)
        viewer.switch_to(viewer.branches[1])
        assert viewer.newest == 17
        again = train(viewer, qtbot, 45)
        assert numbers(again[45])[:3] == numbers(seen[45])[:3]

    def test_rename_hide_delete_and_bring_back(self, make_window, qtbot):
        window = make_window()
        viewer = window.viewer
        train(viewer, qtbot, 10)
        look_at(viewer, qtbot, 5)
        viewer.fork()
        run, branch = viewer.branches
        viewer.rename(run, " first ")
        assert (run.name, branch.origin) == ("first", ("first", 5))
        viewer.rename(branch, "first")
        assert branch.name == "first 2"
        ghost, _ = window.view.panels["loss"].ghosts.drawn[0]
        assert ghost.isVisible()
        viewer.set_visible(run, False)
        assert not ghost.isVisible()
        viewer.delete(branch)
        assert viewer.branches == [run, branch], "the shown one stays"
        viewer.delete(run)
        assert viewer.branches == [branch]
        viewer.undelete()
        assert viewer.branches == [run, branch]
        viewer.switch_to(run)
        assert viewer.newest == 10

    def test_restart_keeps_what_was_there(self, trained, qtbot):
        viewer, seen = trained
        viewer.restart()
        assert viewer.live
        assert viewer.frame.epoch == 0
        assert [len(branch) for branch in viewer.branches] == [41, 1]
        again = train(viewer, qtbot, 12)
        assert numbers(again[12])[:3] == numbers(seen[12])[:3]


class TestPin:
    def test_the_weights_are_shown_as_their_change(self, make_window, qtbot):
        window = make_window()
        viewer, panel = window.viewer, window.view.panels["weights"]
        seen = train(viewer, qtbot, 10)
        look_at(viewer, qtbot, 4)
        left = panel.lenses["left"]
        qtbot.keyClick(window, Qt.Key.Key_K)
        assert left.currentText() == "value"  # nothing has changed since the epoch itself
        look_at(viewer, qtbot, 9)
        assert left.currentText() == "change since pin"
        change = seen[9].parameters.flat - seen[4].parameters.flat
        np.testing.assert_array_equal(panel.canvas.shown["left"].flat, change)
        assert (4, "pin", "pinned") in window.view.timeline.track.marks
        look_at(viewer, qtbot, 4)
        qtbot.keyClick(window, Qt.Key.Key_K)
        assert left.currentText() == "value"
        assert panel.canvas.shown["left"] is viewer.frame.parameters

    def test_a_pinned_epoch_is_never_thinned(self, trained, qtbot):
        viewer, _ = trained
        keyframes = viewer.recording.keyframes
        look_at(viewer, qtbot, 13)
        viewer.toggle_pin()
        assert 13 in keyframes.kept
        keyframes.thin(1024)
        assert keyframes.nearest(13).epoch == 13
        viewer.toggle_pin()
        assert 13 not in keyframes.kept

    def test_a_pin_belongs_to_its_branch(self, make_window, qtbot):
        window = make_window()
        viewer, track = window.viewer, window.view.timeline.track
        train(viewer, qtbot, 10)
        look_at(viewer, qtbot, 6)
        viewer.toggle_pin()
        pinned = viewer.pin
        viewer.fork(0.1)
        train(viewer, qtbot, 8)
        assert viewer.pin is pinned
        assert "pin" not in [kind for _, kind, _ in track.marks]
        look_at(viewer, qtbot, 6)
        viewer.toggle_pin()
        assert viewer.pin is not None, "another branch's sixth epoch is another one"
        assert "pin" in [kind for _, kind, _ in track.marks]


class TestTimeline:
    def test_marks_say_what_happened(self, make_window, qtbot):
        window = make_window()
        viewer, track = window.viewer, window.view.timeline.track
        train(viewer, qtbot, 10)
        viewer.set_learning_rate(0.25)
        train(viewer, qtbot, 12)
        assert (10, "change", "learning rate 0.5 → 0.25") in track.marks
        accuracy = viewer.recording.column("validation_score")
        best = int(np.argmax(accuracy))
        kinds = {kind: (epoch, text) for epoch, kind, text in track.marks}
        assert kinds["best"] == (best, f"best validation accuracy: {100 * accuracy[best]:.1f} %")
        viewer.set_learning_rate(1e30)
        with qtbot.waitSignal(viewer.failed):
            viewer.train()
        qtbot.waitUntil(lambda: not viewer.training)
        assert track.marks and any(kind == "diverged" for _, kind, _ in track.marks)


class TestAnotherRun:
    def test_the_run_before_can_come_back(self, trained, qtbot):
        viewer, seen = trained
        look_at(viewer, qtbot, 15)
        viewer.fork()
        with qtbot.waitSignal(viewer.replaced):
            viewer.start_now(Experiment(seed=3), "another")
        assert viewer.frame.epoch == 0
        viewer.bring_back()
        assert [len(branch) for branch in viewer.branches] == [41, 16]
        viewer.switch_to(viewer.branches[0])
        assert numbers(viewer.frame) == numbers(seen[40])
        assert numbers(look_at(viewer, qtbot, 7)) == numbers(seen[7])

    def test_an_untrained_run_is_not_worth_a_word(self, make_viewer, qtbot):
        viewer = make_viewer()
        with qtbot.assertNotEmitted(viewer.replaced):
            viewer.start_now(Experiment(seed=3), "another")


class TestFiles:
    def test_save_and_open_in_another_viewer(self, trained, make_viewer, qtbot, tmp_path):
        viewer, seen = trained
        look_at(viewer, qtbot, 15)
        viewer.set_learning_rate(0.02)
        here = train(viewer, qtbot, 22)
        with qtbot.waitSignal(viewer.saved):
            viewer.save(tmp_path / "run.nnfs")
        assert ("saved", 22) in [(mark.kind, mark.epoch) for mark in viewer.recording.marks]
        other = make_viewer()
        with qtbot.waitSignal(other.run_started):
            other.open(tmp_path / "run.nnfs")
        assert other.live
        assert numbers(other.frame) == numbers(here[22])
        assert numbers(look_at(other, qtbot, 18)) == numbers(here[18])
        other.switch_to(other.branches[0])
        assert numbers(look_at(other, qtbot, 33)) == numbers(seen[33])
        # Trained further, both are the same run.
        viewer.switch_to(viewer.branches[0])
        other.go_live()
        ahead, behind = train(viewer, qtbot, 50), train(other, qtbot, 50)
        assert numbers(ahead[50])[:3] == numbers(behind[50])[:3]

    def test_saving_while_training_stops_nothing(self, make_viewer, qtbot, tmp_path):
        viewer = make_viewer(Experiment(epochs=1_000_000))
        viewer.train()
        qtbot.waitUntil(lambda: viewer.newest > 20)
        with qtbot.waitSignal(viewer.saved):
            viewer.save(tmp_path / "run.nnfs")
        assert viewer.training
        run = load_run(tmp_path / "run.nnfs")
        saved = len(run.recordings[0]) - 1
        assert 20 < saved <= viewer.newest
        assert run.newest[0].epoch == saved
        viewer.pause()
        qtbot.waitUntil(lambda: not viewer.training)
        look_at(viewer, qtbot, saved) if saved < viewer.newest else viewer.go_live()
        assert run.newest[0].numbers[0].tobytes() == viewer.frame.parameters.flat.tobytes()

    def test_closing_at_once_saves_all_the_same(self, trained, tmp_path):
        viewer, seen = trained
        viewer.save(tmp_path / "run.nnfs")
        viewer.close()
        (newest,) = load_run(tmp_path / "run.nnfs").newest
        assert newest.numbers[0].tobytes() == seen[40].parameters.flat.tobytes()

    @pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 cut short"])
    def test_a_bad_file_leaves_the_run_alone(self, trained, content, qtbot, tmp_path):
        viewer, seen = trained
        (tmp_path / "bad.nnfs").write_bytes(content)
        with qtbot.waitSignal(viewer.failed) as said:
            viewer.open(tmp_path / "bad.nnfs")
        assert "bad.nnfs" in said.args[0] and "\n" not in said.args[0]
        assert numbers(viewer.frame) == numbers(seen[40])

    def test_dropping_a_run_on_the_window(self, make_window, qtbot, tmp_path):
        window = make_window()
        viewer = window.viewer
        train(viewer, qtbot, 7)
        with qtbot.waitSignal(viewer.saved):
            viewer.save(tmp_path / "run.nnfs")
        train(viewer, qtbot, 9)
        with qtbot.waitSignal(viewer.run_started):
            window.files.open_path(tmp_path / "run.nnfs")
        assert viewer.frame.epoch == 7
