"""Bookmarks, one undo for everything, and presenter mode."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QApplication, QLabel

from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import load_run
from nnfs_core.history.bookmarks import Bookmark
from nnfs_core.model.places import Place
from tests.core import plain
from visualizer.window.bookmarks import BookmarkDialog

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
CLOUDS = plain.make_dataset(samples=90, validation=20, seed=3)
SMALL = Experiment(layers=(6,), dtype="float64", learning_rate=0.4)


@pytest.fixture
def window(make_window):
    """A window on a small run."""
    return make_window(SMALL, CLOUDS)


def at_rest(viewer, epoch):
    return lambda: viewer.frame is not None and viewer.frame.epoch == epoch and not viewer.training


def mark(window, name: str, note: str = "") -> None:
    """Press Ctrl+B and fill in what is asked."""

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, BookmarkDialog)
        dialog.name.setText(name)
        dialog.note.setText(note)
        dialog.accept()

    QTimer.singleShot(0, answer)
    window.commands.named["bookmark"].trigger()


def press(window, name: str) -> None:
    window.commands.named[name].trigger()


class TestBookmarks:
    def test_it_holds_what_was_to_be_seen_and_leads_back_to_it(self, window, qtbot):
        viewer, weights = window.viewer, window.view.panels["weights"]
        viewer.step(4)
        qtbot.waitUntil(at_rest(viewer, 4))
        viewer.select_sample("train", 7)
        viewer.select_place(Place("unit", 0, 3))
        weights.choose({"left": "gradient"})
        mark(window, "a  unit\twakes up", "look at unit 3")
        (bookmark,) = viewer.recording.bookmarks
        expected = (4, "a unit wakes up", "look at unit 3", "train", 7, Place("unit", 0, 3))
        got = (bookmark.epoch, bookmark.name, bookmark.note, bookmark.part, bookmark.index)
        assert (*got, bookmark.selection) == expected
        assert bookmark.lenses["left"] == "gradient" and bookmark.workspace == "explain"
        viewer.select_sample("validation", 0)
        viewer.select_place(None)
        weights.choose({"left": "value"})
        window.workspaces.show("watch")
        viewer.step(3)
        qtbot.waitUntil(at_rest(viewer, 7))
        press(window, "next bookmark")
        qtbot.waitUntil(at_rest(viewer, 4))
        context = viewer.context
        assert (context.sample.part, context.sample.index) == ("train", 7)
        assert context.selection == Place("unit", 0, 3)
        assert weights.choices()["left"] == "gradient"
        assert window.workspaces.current.name == "explain"
        assert "look at unit 3" in window.view.messages.text.text()

    def test_the_timeline_shows_it_and_ctrl_b_again_changes_it(self, window, qtbot):
        viewer, track = window.viewer, window.view.timeline.track
        mark(window, "start")
        assert (0, "bookmark", "bookmark start") in track.marks
        mark(window, "the start", "random weights")
        (bookmark,) = viewer.recording.bookmarks
        assert (bookmark.name, bookmark.note) == ("the start", "random weights")
        assert (0, "bookmark", "bookmark the start: random weights") in track.marks

    def test_they_are_gone_through_branch_by_branch_and_round(self, window, qtbot):
        viewer = window.viewer
        viewer.step(5)
        qtbot.waitUntil(at_rest(viewer, 5))
        mark(window, "end")
        viewer.seek(2)
        qtbot.waitUntil(at_rest(viewer, 2))
        mark(window, "middle")
        first = viewer.recording
        viewer.fork()
        viewer.step()
        qtbot.waitUntil(at_rest(viewer, 3))
        mark(window, "other")
        seen = []
        for _ in range(4):
            press(window, "next bookmark")
            qtbot.waitUntil(lambda: viewer.frame.epoch == window.bookmarks._at.epoch)
            seen.append((window.bookmarks._at.name, viewer.recording is first))
        names = [name for name, _ in seen]
        assert names in (
            [*("middle", "end", "other", "middle")],
            [*("end", "other", "middle", "end")],
        )
        assert dict(seen) == {"middle": True, "end": True, "other": False}
        press(window, "last bookmark")
        assert window.bookmarks._at.name == {"middle": "other", "end": "middle"}[names[-1]]

    def test_it_is_in_the_run_file(self, make_window, qtbot, tmp_path):
        window = make_window()
        viewer = window.viewer
        viewer.step(2)
        qtbot.waitUntil(at_rest(viewer, 2))
        mark(window, "kept")
        with qtbot.waitSignal(viewer.saved):
            viewer.save(tmp_path / "a.nnfs")
        (recording,) = load_run(tmp_path / "a.nnfs").recordings
        assert recording.bookmarks == viewer.recording.bookmarks
        viewer.open(tmp_path / "a.nnfs")
        qtbot.waitUntil(lambda: viewer.opened == tmp_path / "a.nnfs")
        assert [one.name for one in viewer.recording.bookmarks] == ["kept"]

    def test_removing_and_undoing(self, window, qtbot):
        viewer = window.viewer
        mark(window, "one")
        press(window, "no bookmark")
        assert viewer.recording.bookmarks == ()
        press(window, "undo")
        assert [one.name for one in viewer.recording.bookmarks] == ["one"]
        press(window, "undo")
        assert viewer.recording.bookmarks == ()
        press(window, "redo")
        press(window, "redo")
        assert viewer.recording.bookmarks == ()
        press(window, "no bookmark")
        assert "no bookmark" in window.view.messages.text.text()

    def test_giving_up_makes_none(self, window):
        QTimer.singleShot(0, lambda: QApplication.activeModalWidget().reject())
        press(window, "bookmark")
        assert window.viewer.recording.bookmarks == ()

    def test_a_run_that_trains_meanwhile_keeps_the_epoch_that_was_asked_about(self, window, qtbot):
        viewer = window.viewer
        viewer.step()
        qtbot.waitUntil(at_rest(viewer, 1))

        def answer() -> None:
            viewer.advance_now()
            QApplication.activeModalWidget().accept()

        QTimer.singleShot(0, answer)
        press(window, "bookmark")
        assert [one.epoch for one in viewer.recording.bookmarks] == [1]


class TestUndo:
    def test_several_deleted_branches_come_back_one_after_the_other(self, window, qtbot):
        viewer = window.viewer
        viewer.step(3)
        qtbot.waitUntil(at_rest(viewer, 3))
        for _ in range(3):
            viewer.fork()
        names = [branch.name for branch in viewer.branches]
        for branch in viewer.branches[:2]:
            viewer.delete(branch)
        assert len(viewer.branches) == 2
        press(window, "undo")
        press(window, "undo")
        assert [branch.name for branch in viewer.branches] == names
        press(window, "redo")
        assert [branch.name for branch in viewer.branches] == names[1:]

    def test_a_branch_that_was_begun(self, window, qtbot):
        viewer = window.viewer
        viewer.step(5)
        qtbot.waitUntil(at_rest(viewer, 5))
        first = viewer.recording
        viewer.seek(2)
        qtbot.waitUntil(at_rest(viewer, 2))
        viewer.fork(0.1)
        second = viewer.recording
        viewer.step()
        qtbot.waitUntil(at_rest(viewer, 3))
        weights = viewer.frame.parameters.flat.copy()
        press(window, "undo")
        qtbot.waitUntil(at_rest(viewer, 2))
        assert viewer.recording is first and viewer.branches == [first]
        press(window, "redo")
        qtbot.waitUntil(at_rest(viewer, 3))
        assert viewer.recording is second and viewer.branches == [first, second]
        np.testing.assert_array_equal(viewer.frame.parameters.flat, weights)

    def test_a_name_a_pin_and_what_is_followed(self, window, qtbot):
        viewer = window.viewer
        viewer.step(4)
        qtbot.waitUntil(at_rest(viewer, 4))
        viewer.rename(viewer.recording, "mine")
        viewer.toggle_pin()
        viewer.seek(1)
        qtbot.waitUntil(at_rest(viewer, 1))
        viewer.toggle_pin()
        viewer.toggle_pin()
        viewer.toggle_followed("validation", 3)

        def now():
            pin = None if viewer.pin is None else viewer.pin.epoch
            return viewer.recording.name, pin, viewer.context.followed

        states = [now()]
        for _ in range(5):
            press(window, "undo")
            states.append(now())
        sample = viewer.run.sample("validation", 3)
        assert [(name, pin, len(followed)) for name, pin, followed in states] == [
            ("mine", None, 1),
            ("mine", None, 0),
            ("mine", 1, 0),
            ("mine", 4, 0),
            ("mine", None, 0),
            ("run", None, 0),
        ]
        assert states[0][2][0].index == sample.index
        for expected in states[-2::-1]:
            press(window, "redo")
            assert now()[:2] == expected[:2] and len(now()[2]) == len(expected[2])

    def test_a_learning_rate(self, window, qtbot):
        viewer, form = window.viewer, window.view.form
        form.fields["learning_rate"].set_value(0.1)
        form._on_changed()
        form._on_rate_entered()
        assert form.rate == 0.1
        press(window, "undo")
        assert form.rate == 0.4
        press(window, "redo")
        viewer.step()
        qtbot.waitUntil(at_rest(viewer, 1))
        assert viewer.recording.column("learning_rate")[1] == 0.1

    def test_a_new_run_and_back_again(self, window, qtbot):
        viewer = window.viewer
        viewer.step(2)
        qtbot.waitUntil(at_rest(viewer, 2))
        with qtbot.waitSignal(viewer.run_started):
            viewer.start(Experiment(), "digits")
        press(window, "undo")
        assert viewer.run.dataset is CLOUDS and viewer.newest == 2
        press(window, "redo")
        assert viewer.newest == 0 and len(viewer.branches) == 1

    def test_what_was_of_another_run_is_not_undone(self, window, qtbot):
        viewer = window.viewer
        mark(window, "of the first run")
        with qtbot.waitSignal(viewer.run_started):
            viewer.start(Experiment(), "digits")
        press(window, "undo")
        assert "nothing to undo" in window.view.messages.text.text()

    def test_a_workspace_that_was_reset(self, window):
        view = window.view
        view.docks["network"].close()
        press(window, "reset workspace")
        assert view.docks["network"].isVisible()
        press(window, "undo")
        assert not view.docks["network"].isVisible()
        press(window, "redo")
        assert view.docks["network"].isVisible()

    def test_a_field_with_the_focus_comes_first(self, window, qtbot):
        mark(window, "one")
        field = window.view.form.fields["seed"]
        window.activateWindow()
        field.setFocus()
        qtbot.waitUntil(field.hasFocus)
        field.selectAll()
        qtbot.keyClicks(field, "7")
        press(window, "undo")
        assert field.text() == "0"
        assert window.viewer.recording.bookmarks != ()
        window.view.setFocus()
        press(window, "undo")
        assert window.viewer.recording.bookmarks == ()


class TestCopy:
    def test_a_picture_of_the_panel_with_the_focus(self, window, qtbot):
        gallery = window.view.panels["samples"].gallery
        window.view.arrangement.bring_forward("samples")
        gallery.setFocus()
        QApplication.clipboard().clear()
        press(window, "copy")
        image = QApplication.clipboard().image()
        dock = window.view.docks["samples"]
        assert (image.width(), image.height()) == (dock.width(), dock.height())
        assert image == dock.grab().toImage().convertToFormat(image.format())

    def test_text_that_is_selected_comes_first(self, window):
        notes = next(
            one for one in window.view.findChildren(QLabel) if one is window.view.form.facts
        )
        notes.setSelection(0, 5)
        press(window, "copy")
        assert QApplication.clipboard().text() == notes.text()[:5]


class TestPresenter:
    def test_panels_alone_and_all_of_it_back(self, window, qtbot):
        view, presenter = window.view, window.presenter
        mark(window, "here", "a note")
        geometry = window.geometry()
        press(window, "presenter")
        qtbot.waitUntil(window.isFullScreen)
        around = (window.menuWidget(), view.bar, view.timeline, view.handles)
        assert not any(part.isVisible() for part in around)
        assert view.docks["network"].isVisible()
        assert presenter.caption.isVisible()
        assert "epoch 0" in presenter.caption.epoch.text()
        press(window, "next bookmark")
        assert presenter.caption.words.text() == "1 of 1: here – a note"
        assert view.messages.text.text() != "here: a note", "the caption says it"
        press(window, "back")
        assert window.isFullScreen(), "the message first"
        press(window, "back")
        qtbot.waitUntil(lambda: not window.isFullScreen())
        assert view.bar.isVisible() and view.timeline.isVisible()
        assert window.menuWidget().isVisible() and not presenter.caption.isVisible()
        qtbot.waitUntil(lambda: window.geometry() == geometry)

    def test_keys_walk_through_bookmarks_and_mean_again_what_they_did(self, window, qtbot):
        viewer = window.viewer
        viewer.recording.bookmarks = (Bookmark(0, "a"), Bookmark(1, "b"))
        viewer.step()
        qtbot.waitUntil(at_rest(viewer, 1))
        named = window.commands.named
        before = {name: one.shortcuts() for name, one in named.items()}
        window.presenter.begin(window.screen())
        qtbot.waitUntil(window.isFullScreen)
        seen = [key.toString() for one in named.values() for key in one.shortcuts()]
        assert len(seen) == len(set(seen)), "no key has two meanings"
        qtbot.keyClick(window, Qt.Key.Key_PageDown)
        qtbot.waitUntil(at_rest(viewer, 0))
        qtbot.keyClick(window, Qt.Key.Key_PageDown)
        qtbot.waitUntil(at_rest(viewer, 1))
        qtbot.keyClick(window, Qt.Key.Key_PageUp)
        qtbot.waitUntil(at_rest(viewer, 0))
        qtbot.keyClick(window, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: viewer.playing or viewer.training or viewer.frame.epoch > 0)
        press(window, "presenter")
        assert {name: one.shortcuts() for name, one in named.items()} == before

    def test_one_panel_with_a_workspace_of_drawers(self, make_window, qtbot):
        window = make_window(SMALL, CLOUDS, workspace="watch")
        window.view.arrangement.toggle_maximised("network")
        window.presenter.begin(window.screen())
        assert window.view.docks["network"].isVisible()
        assert not window.view.handles.isVisible() and not window.view.strip.isVisible()
        window.presenter.leave()
        window.view.arrangement.toggle_maximised("network")
        assert window.view.handles.isVisible() and window.view.strip.isVisible()
