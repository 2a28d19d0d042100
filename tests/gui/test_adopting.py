"""A run is shown whole or not at all, whichever step of showing it fails."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.training.trainer import Trainer
from tests.core.plain import make_dataset
from visualizer.jobs.failures import failures
from visualizer.kit.cover import Cover
from visualizer.state import staged_run
from visualizer.state.context import ViewContext
from visualizer.state.preparation import Prepared
from visualizer.state.viewer import Viewer

ROOT = Path(__file__).resolve().parents[2]
OURS = (str(ROOT / "visualizer"), str(ROOT / "nnfs_core"))

OLD = Experiment(layers=(3,), learning_rate=0.1, epochs=50)
NEW = Experiment(layers=(4, 2), learning_rate=0.2, epochs=70, optimizer="adam")

Step = tuple[str, str, int]
"""A function that is called, and from where: file and line."""


class Broken(Exception):
    """What the step fails with that a test lets fail."""


class Steps:
    """Every call that is made by code of the program, and one of them that fails.

    Parameters
    ----------
    failing : Step or None
        Raises instead of being called, once.
    """

    def __init__(self, failing: Step | None = None) -> None:
        self.seen: dict[Step, None] = {}
        self.failed = False
        self._failing = failing

    @contextmanager
    def watched(self) -> Iterator[None]:
        before = sys.getprofile()
        sys.setprofile(self._look)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _look(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            caller, name = frame, getattr(argument, "__qualname__", repr(argument))
        elif event == "call" and frame.f_back is not None:
            caller, name = frame.f_back, frame.f_code.co_qualname
            # Starting a thread goes through what looks for threads that are left behind.
            if not frame.f_code.co_filename.startswith(OURS) and frame.f_code.co_name != "start":
                return
        else:
            return
        if not caller.f_code.co_filename.startswith(OURS):
            return
        file = str(Path(caller.f_code.co_filename).relative_to(ROOT))
        if name.startswith("Views.") or name.endswith("__exit__"):
            return  # a lock that is not let go is no error that can be
        step = (name, file, caller.f_lineno)
        self.seen[step] = None
        if step == self._failing and not self.failed:
            self.failed = True
            raise Broken(f"{name} in {file}")


def portrait(viewer: Viewer) -> dict[str, object]:
    """Return all that a viewer shows of its run, as it can be compared."""
    frame, context = viewer.frame, viewer.context
    return {
        "arranged": viewer._arranged,
        "where it stands": viewer.recording.state,
        "run": viewer.run,
        "experiment": viewer.run.experiment,
        "recording": viewer.recording,
        "branches": list(viewer.branches),
        "parameters": frame.parameters.flat.tobytes(),
        "frame": frame.epoch,
        "live": viewer.live,
        "total": viewer.total,
        "opened": viewer.opened,
        "pin": viewer.pin,
        "sample": (context.sample.part, context.sample.index),
        "followed": [(one.part, one.index) for one in context.followed],
        "selection": context.selection,
        "can undelete": viewer.can_undelete,
        "data": viewer._dataset_key,
    }


class Views:
    """What somebody who listens to a viewer knows of its run."""

    def __init__(self, viewer: Viewer) -> None:
        self.run: object = None
        self.shown: ViewContext | None = None
        self.epoch = -1
        self.total = 0
        self.training = False
        self.errors: list[str] = []
        viewer.run_started.connect(self._on_run)
        viewer.shown.connect(self._on_shown)
        viewer.total_changed.connect(self._on_total)
        viewer.training_changed.connect(self._on_training)
        viewer.failed.connect(self.errors.append)

    def _on_run(self, run: object) -> None:
        self.run = run

    def _on_shown(self, frame: Any, context: ViewContext) -> None:
        self.shown, self.epoch = context, frame.epoch

    def _on_total(self, total: int) -> None:
        self.total = total

    def _on_training(self, training: bool) -> None:
        self.training = training


def prepared() -> Prepared:
    """A run of other data with another network."""
    trainer = Trainer(NEW, make_dataset(samples=8, features=2, classes=3, validation=2))
    return Prepared.new(trainer, "the new one")


@pytest.fixture
def standing(make_viewer, qtbot) -> Callable[[], tuple[Viewer, Views]]:
    """Make viewers of a run with a past, branches, a pin, and samples that are followed."""

    def make() -> tuple[Viewer, Views]:
        views: list[Views] = []
        viewer = make_viewer(
            OLD,
            make_dataset(samples=23, features=3, classes=3, validation=7),
            "the old one",
            lambda viewer: views.append(Views(viewer)),
        )
        viewer.step(3)
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 3)
        viewer.toggle_pin()
        viewer.fork()
        viewer.select_sample("train", 11)
        viewer.toggle_followed("validation", 6)
        return viewer, views[0]

    return make


def check_whole(viewer: Viewer, views: Views, old: dict[str, object], incoming: Prepared) -> bool:
    """Check that all of one run is shown, the old one or the new one; say whether the new one."""
    now = portrait(viewer)
    new = viewer._arranged is incoming.arranged
    if new:
        assert viewer.recording is incoming.active and viewer.branches == [incoming.active]
        assert viewer.run.name == "the new one" and viewer.run.experiment == NEW
        assert viewer.total == NEW.epochs and viewer.frame.epoch == 0 and viewer.live
        assert viewer.pin is None and now["followed"] == []
        assert viewer.context.sample.x.size == viewer.run.dataset.features
    else:
        assert now == old
    assert viewer.control.thread is not None
    assert viewer.control.thread.isRunning() and viewer.cursor.seeker.isRunning()
    supervisor = viewer.control.thread._supervisor
    assert supervisor._run is viewer._arranged and supervisor._recording is viewer.recording
    assert not viewer.training and not views.training
    return new


def check_views(viewer: Viewer, views: Views) -> None:
    assert views.run is viewer.run is views.shown.run
    assert views.shown.recording is viewer.recording
    assert views.epoch == viewer.frame.epoch
    assert views.total == viewer.total == views.shown.total


def check_goes_on(viewer: Viewer, views: Views, qtbot) -> None:
    newest = viewer.newest
    viewer.go_live()
    viewer.step()
    qtbot.waitUntil(lambda: not viewer.training and views.epoch == newest + 1)
    assert viewer.recording.state.epoch == newest + 1 == viewer.newest


def steps_of_adopting(standing) -> list[Step]:
    viewer, views = standing()
    steps, incoming = Steps(), prepared()
    old = portrait(viewer)
    with steps.watched():
        viewer.loader.ready.emit(incoming)
    assert check_whole(viewer, views, old, incoming)
    check_views(viewer, views)
    viewer.close()
    return list(steps.seen)


class TestEachStep:
    @pytest.mark.slow
    def test_fails_in_turn(self, standing, qtbot, reported):
        steps = steps_of_adopting(standing)
        names = {name for name, _, _ in steps}
        assert {"TrainState.frame", "TrainingThread.__init__", "SeekThread.__init__"} <= names
        assert {"StagedRun._end_threads", "TrainingThread.close", "Network.trace"} <= names
        assert any(name.endswith("start") for name in names)
        kept = 0
        for step in steps:
            viewer, views = standing()
            old, failing, incoming = portrait(viewer), Steps(step), prepared()
            views.errors.clear()
            reported.clear()
            failures().forget()
            with qtbot.capture_exceptions() as elsewhere, failing.watched():
                viewer.loader.ready.emit(incoming)
            if not failing.failed:
                # The interpreter looks differently at what it has optimised meanwhile.
                viewer.close()
                continue
            try:
                new = check_whole(viewer, views, old, incoming)
                # What the program itself does is taken back; who listens and fails, fails alone.
                said = (
                    [] if new else [f"the new one cannot be shown: Broken: {step[0]} in {step[1]}"]
                )
                assert views.errors == said
                assert len(elsewhere) == (1 if new else 0)
                check_views(viewer, views)
                check_goes_on(viewer, views, qtbot)
            except AssertionError as error:
                raise AssertionError(f"{step}: {error}") from error
            kept += not new
            viewer.close()
        assert kept > 50


def failing_with(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MemoryError(), "the new one cannot be shown: there is not enough memory"),
        (UserError("no", where="run.nnfs"), "the new one cannot be shown: run.nnfs: no"),
    ],
)
def test_a_run_that_cannot_be_made_leaves_the_other_one_training(
    make_viewer, monkeypatch, qtbot, error, line
):
    viewer = make_viewer(OLD.but(epochs=10_000_000), make_dataset())
    with qtbot.waitSignal(viewer.training_changed, check_params_cb=bool):
        viewer.train()
    incoming = prepared()
    with (
        monkeypatch.context() as patch,
        qtbot.waitSignal(viewer.failed) as failed,
        qtbot.assertNotEmitted(viewer.run_started),
    ):
        patch.setattr(staged_run, "RunInfo", failing_with(error))
        viewer.loader.ready.emit(incoming)
    assert failed.args == [line]
    reached = viewer.newest
    with qtbot.waitSignal(viewer.shown):
        assert viewer.training
    qtbot.waitUntil(lambda: viewer.newest > reached)


def test_a_run_that_cannot_be_brought_back_can_be_later(standing, monkeypatch, qtbot):
    viewer, views = standing()
    old = viewer._arranged
    viewer.loader.ready.emit(prepared())
    assert viewer.run.name == "the new one"
    with monkeypatch.context() as patch:
        patch.setattr(staged_run, "RunInfo", failing_with(MemoryError()))
        viewer.bring_back()
    assert views.errors == ["the old one cannot be shown: there is not enough memory"]
    assert viewer.run.name == "the new one"
    viewer.bring_back()
    assert viewer._arranged is old and views.run is viewer.run
    check_goes_on(viewer, views, qtbot)


def test_a_form_that_could_not_take_the_run_does_with_the_next_frame(
    make_window, monkeypatch, reported, qtbot
):
    window = make_window(OLD, make_dataset())
    viewer, form = window.viewer, window.view.form
    others: list[int] = []
    loss = window.view.panels["loss"]
    plain = loss.show_frame
    monkeypatch.setattr(loss, "show_frame", lambda *what: (others.append(1), plain(*what)))
    with monkeypatch.context() as patch:
        patch.setattr(form, "show_experiment", failing_with(Broken("half of it")))
        viewer.loader.ready.emit(prepared())
        assert viewer.run.experiment == NEW and others
        assert window.windowTitle().startswith("epoch 0 · the new one")
        # Nobody sees a form that says what another run is made of.
        assert any(not cover.isHidden() for cover in form.findChildren(Cover))
        assert reported == ["Experiment cannot show epoch 0: Broken: half of it"]
    viewer.step()
    qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 1)
    viewer.select_sample("train", 1)
    assert form.experiment() == NEW
    assert all(cover.isHidden() for cover in form.findChildren(Cover))
