"""A layer that is dead is announced: which, since when, and how to get there."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import Fingerprint, Run, load_run, save_run
from nnfs_core.history.dead_watch import said
from nnfs_core.model.places import Place
from visualizer.panels.network.painter import names_of
from visualizer.panels.network.words import describe
from visualizer.state.context import ViewContext
from visualizer.state.preparation import open_run
from visualizer.state.viewer import Viewer
from visualizer.view.message_bar import MessageBar

KILLED = Experiment(learning_rate=20.0, epochs=30)


def step(viewer: Viewer, qtbot, until: int) -> None:
    viewer.control.pace.least = 0.0
    viewer.step(until - viewer.newest)
    qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == until)


def is_dead(context: ViewContext, parameters) -> bool:
    """Say whether every unit of the hidden layer is 0 for every training sample."""
    z = context.run.dataset.train_x @ parameters.weights[0].T + parameters.biases[0]
    return bool((z <= 0).all())


@pytest.fixture
def dead(make_window, qtbot):
    """A window whose run has just died, and the epoch of that."""
    window = make_window(KILLED)
    viewer = window.viewer
    with qtbot.waitSignal(viewer.died, check_params_cb=lambda mark: mark is not None):
        step(viewer, qtbot, 12)
    (mark,) = viewer.recording.dead_at(12)
    return window, mark


def test_it_is_announced_with_a_way_to_the_epoch_it_began(dead, qtbot):
    window, mark = dead
    viewer, messages = window.viewer, window.view.messages
    assert messages.isVisible() and messages.text.text() == said(mark)
    assert f"since epoch {mark.epoch}: all 10 of its units give 0" in said(mark)
    assert (mark.epoch, "dead", mark.text) in window.view.timeline.track.marks

    (button,) = messages._actions
    assert button.text() == f"Go to epoch {mark.epoch}"
    button.click()
    assert not messages.isVisible()
    qtbot.waitUntil(lambda: viewer.frame.epoch == mark.epoch)
    assert is_dead(viewer.context, viewer.frame.parameters)
    viewer.back()
    qtbot.waitUntil(lambda: viewer.frame.epoch == mark.epoch - 1)
    assert not is_dead(viewer.context, viewer.frame.parameters)


def test_what_the_strip_says_is_said_once(dead, qtbot):
    window, mark = dead
    messages = window.view.messages
    assert messages.isVisible() and said(mark) in messages.text.text()
    window.workspaces.show("watch")
    assert window.view.strip.isVisible() and window.view.strip.said.text == said(mark)
    assert not messages.isVisible()


def test_another_branch_takes_it_back_and_this_one_brings_it_again(dead, qtbot):
    window, mark = dead
    viewer, messages, branch = window.viewer, window.view.messages, window.viewer.recording
    viewer.seek(mark.epoch - 1)
    qtbot.waitUntil(lambda: viewer.frame.epoch == mark.epoch - 1)
    assert messages.isVisible(), "looking back changes nothing about the run"
    viewer.fork(0.1)
    assert not messages.isVisible() and viewer.recording.dead_at(viewer.newest) == ()
    step(viewer, qtbot, mark.epoch + 5)
    assert not messages.isVisible() and not is_dead(viewer.context, viewer.frame.parameters)
    viewer.switch_to(branch)
    assert messages.isVisible() and messages.text.text() == said(mark)
    # A branch that begins when it is dead already has it from the same epoch on.
    viewer.fork(0.1)
    step(viewer, qtbot, viewer.newest + 3)
    assert viewer.recording.dead_at(viewer.newest) == (mark,)
    assert viewer.recording.dead_at(mark.epoch - 1) == ()


def test_the_diagram_writes_dead_where_it_wrote_nothing_but_zeros(dead, qtbot):
    window, mark = dead
    viewer, canvas = window.viewer, window.view.panels["network"].canvas

    def shown() -> tuple[list[str], str, bool]:
        scene = canvas._scene
        words = describe(Place("unit", 0, 3), viewer.frame, viewer.context, canvas.content)
        return names_of(scene, 0, scene.diagram.layers[0]), words, canvas.content.layers[0].dead

    names, words, flag = shown()
    assert names[0] == "10 hidden units · relu · dead"
    assert words.endswith("no gradient comes through")
    assert flag and not viewer.context.trace.a[0].any()
    viewer.seek(mark.epoch - 1)
    qtbot.waitUntil(lambda: viewer.frame.epoch == mark.epoch - 1)
    names, words, flag = shown()
    assert names[0] == "10 hidden units · relu" and "dead" not in words and not flag


def test_the_process_that_trains_tells_the_same(qapp, process, qtbot, dead):
    window, mark = dead
    viewer = Viewer(carrier=process)
    try:
        viewer.start_now(KILLED, "digits")
        with qtbot.waitSignal(viewer.died, timeout=30_000):
            step(viewer, qtbot, 12)
        assert viewer.recording.marks == window.viewer.recording.marks == (mark,)
    finally:
        viewer.close()


def test_a_run_that_was_saved_by_a_version_that_knew_of_no_dead_layers(dead, tmp_path):
    window, mark = dead
    run, recording = window.viewer.run, window.viewer.recording
    state = window.viewer.frame.state
    recording.marks = ()
    path = tmp_path / "old.nnfs"
    data = Fingerprint.of(run.dataset)
    save_run(path, Run(run.experiment, "old", 30, (recording,), (state,), 0, data), thin=True)
    assert load_run(path).recordings[0].marks == ()
    opened = open_run(path, lambda spec: run.dataset)
    assert opened.active.dead_at(12) == (mark,)
    np.testing.assert_array_equal(opened.active.state.numbers, state.numbers)


def test_a_run_that_is_opened_says_it(dead, make_viewer, qtbot, tmp_path):
    window, mark = dead
    viewer, messages = window.viewer, window.view.messages
    with qtbot.waitSignal(viewer.saved):
        viewer.save(tmp_path / "run.nnfs")
    viewer.start_now(KILLED.but(learning_rate=0.1), "another")
    # The run before is offered, and nothing is dead.
    assert said(mark) not in [offer.message for offer in messages._offers]
    with qtbot.waitSignal(viewer.run_started):
        viewer.open(tmp_path / "run.nnfs")
    qtbot.waitUntil(lambda: messages.text.text() == said(mark))
    assert viewer.recording.dead_at(viewer.newest) == (mark,)


def test_a_network_that_starts_dead_says_so_before_it_is_trained(make_window):
    window = make_window(KILLED.but(initializer="zeros"))
    text = window.view.messages.text.text()
    assert text.startswith("Hidden 1 has been dead from the start: all 10 of its units give 0")


def test_pictures_without_a_window_know_it_too(make_viewer, dead):
    _, mark = dead
    viewer = make_viewer(KILLED)
    for _ in range(12):
        viewer.advance_now(show=False)
    assert viewer.recording.marks == (mark,)


class TestQuestions:
    @pytest.fixture
    def bar(self, qtbot):
        bar = MessageBar()
        qtbot.addWidget(bar)
        return bar

    def test_one_that_was_not_answered_is_asked_again_after_the_next(self, bar):
        answered = []
        bar.show_offer("first", {"Yes": lambda: answered.append("first")})
        bar.show_offer("second", {"Yes": lambda: answered.append("second")})
        assert bar.text.text() == "second"
        bar._actions[0].click()
        assert bar.text.text() == "first" and answered == ["second"]
        bar._actions[0].click()
        assert bar.isHidden() and answered == ["second", "first"]

    def test_one_that_is_not_true_any_more_is_asked_no_more(self, bar):
        bar.show_offer("first", {"Yes": lambda: None})
        bar.show_offer("second", {"Yes": lambda: None})
        bar.withdraw("first")
        assert bar.text.text() == "second" and not bar.isHidden()
        bar.withdraw("second")
        assert bar.isHidden()
        bar.show_offer("third", {"Yes": lambda: None})
        bar.show_note("by the way")
        bar.withdraw("third")
        assert bar.text.text() == "by the way" and not bar.isHidden()
        bar.close_message()
        assert bar.isHidden()

    def test_only_the_newest_passing_one_is_asked(self, bar):
        for name in ("first", "second"):
            bar.show_offer(name, {"Yes": lambda: None}, passing=True)
        bar.close_message()
        assert bar.isHidden()


def test_what_is_no_longer_seen_can_be_taken_back(window):
    """A question that was answered or closed is gone, and its buttons with it."""
    bar = window.view.messages
    for leave in (bar.close_message, bar.hide):
        bar.show_offer("dead", {"Go": lambda: None})
        assert bar._actions
        leave()
        assert not bar._actions and not bar.isVisible()
        bar.withdraw("dead")
        bar.withdraw("dead")
        assert not bar._offers


def test_what_happens_while_it_trains_is_drawn_with_the_frame_of_its_epoch(make_viewer, qtbot):
    """A picture for each would come on top of those, as many as there are epochs."""
    viewer = make_viewer(Experiment(epochs=1_000_000))
    viewer.set_rate(1)
    with qtbot.waitSignal(viewer.shown):
        viewer.train()
    shown = []
    viewer.shown.connect(lambda frame, _: shown.append(frame.epoch))
    for _ in range(50):
        viewer.control.thread.marked.emit()
    assert len(shown) < 50
    with qtbot.waitSignal(viewer.training_changed):
        viewer.pause()
    shown.clear()
    viewer.control.thread.marked.emit()
    assert shown == [viewer.frame.epoch]
