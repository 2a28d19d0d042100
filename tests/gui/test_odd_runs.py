"""What a run file may hold does no harm, however odd it is: it is shown, and can be trained on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import save_run
from nnfs_core.history.keyframes import Budget
from tests.core.forgery import Members, document, forge, values
from tests.core.timeline import Timeline
from visualizer.state.viewer import Viewer

LONG = "W" * 1000
CONTROL = "a\x00b\x1b[31m\x07\u202e\u2028\n<b>bold</b> <img src='file:///x.png'> &amp; %s {0}"


def branch(at: int, **changes: object) -> Callable[[Members], None]:
    return document(lambda run: run["branches"][at].update(changes))


def rows(name: str, row: object, value: float) -> Callable[[Members], None]:
    def change(array: np.ndarray) -> None:
        array[row] = value

    return values(name, change)


def both(*changes: Callable[[Members], None]) -> Callable[[Members], None]:
    def apply(parts: Members) -> None:
        for change in changes:
            change(parts)

    return apply


def metric(row: int, value: float) -> Callable[[Members], None]:
    """Of both branches: what they share has the same metrics."""
    return both(rows("metrics-0", row, value), rows("metrics-1", row, value))


def mark(epoch: int, text: str) -> dict[str, object]:
    return {"epoch": epoch, "kind": "change", "text": text}


ODD = {
    "nothing": lambda parts: None,
    "no time": metric(5, 0.0),
    "hardly any time": metric(5, 5e-324),
    "thirty years": metric(5, 1e9),
    "long name": document(lambda run: run.update(name=LONG)),
    "odd name": document(lambda run: run.update(name=CONTROL)),
    "long branch": branch(1, name=LONG),
    "odd branch": branch(1, name=CONTROL),
    "long mark": branch(1, marks=[mark(3, LONG * 100)]),
    "odd mark": branch(1, marks=[mark(3, CONTROL)]),
    "many marks": branch(1, marks=[mark(at % 9, str(at)) for at in range(4000)]),
    "no mark": branch(1, marks=[]),
    "marks out of order": branch(1, marks=[mark(4, "later"), mark(2, "sooner")]),
    "endless": document(lambda run: run.update(total=2**31 - 1)),
    "short": document(lambda run: run.update(total=1)),
    "no memory": document(lambda run: run.update(budget={"limit": 1, "stride": 2**48})),
    "huge loss": both(metric(1, 1e308), metric(3, 1e308)),
    "no loss": both(metric(1, 0.0), metric(3, 0.0)),
    "tiny loss": both(metric(1, 5e-324), metric(3, 5e-324)),
    "no validation numbers": both(metric(3, np.nan), metric(4, np.nan)),
    "huge rate": both(metric(6, 1e308), rows("states-recipes", (slice(None), 0), 1e308)),
    "tiny rate": both(metric(6, 5e-324), rows("states-recipes", (slice(None), 0), 5e-324)),
    "huge averages": rows("states", (slice(None), slice(2, None)), 3e38),
    "endless averages": rows("states", (slice(None), slice(2, None)), np.inf),
    "negative averages": rows("states", (slice(None), slice(2, None)), -1.0),
    "huge weights": rows("states", (slice(None), 0), 3e38),
    "huge gradients": rows("states", (slice(None), 1), 3e38),
    "kept for ever": both(
        rows("keyframes-0", (1, slice(None)), 2**62), rows("keyframes-1", (1, slice(None)), 2**62)
    ),
    "hidden": both(branch(0, visible=False), branch(1, visible=False)),
    "no origin": branch(1, origin=None),
    "odd class": document(lambda run: run["data"].update(name=CONTROL)),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A run of digits with two branches and a change."""
    from nnfs_core.data import load_dataset

    timeline = Timeline(
        Experiment(layers=(4,), optimizer="adam", batch_size=700, learning_rate=0.01),
        Budget(stride=2),
        load_dataset("digits"),
    )
    for _ in range(6):
        timeline.step()
    timeline.fork(4)
    timeline.step()
    timeline.change(0.02)
    for _ in range(3):
        timeline.step()
    path = tmp_path_factory.mktemp("runs") / "run.nnfs"
    save_run(path, timeline.run())
    return path


@pytest.mark.parametrize("name", ODD)
def test_it_is_shown_and_goes_on(make_window, good, name, tmp_path, qtbot):
    path = tmp_path / "odd.nnfs"
    path.write_bytes(good.read_bytes())
    forge(path, ODD[name])
    window = make_window()
    viewer: Viewer = window.viewer
    with qtbot.waitSignal(viewer.run_started):
        window.files.open_path(path)
    assert viewer.newest == 8 and viewer.live and viewer.frame.epoch == 8
    for key in window.view.docks:
        window.view.arrangement.bring_forward(key)
        window.grab()
    assert window.width() == 1440
    told: list[str] = []
    viewer.failed.connect(told.append)
    for epoch in (0, 3, 7):
        viewer.seek(epoch)
        # States that do not lead where the file says they led are said not to.
        qtbot.waitUntil(lambda epoch=epoch: bool(told) or viewer.frame.epoch == epoch)
        assert [line for line in told if not line.startswith(f"epoch {epoch} cannot be ")] == []
        told.clear()
    viewer.go_live()
    viewer.step()
    qtbot.waitUntil(lambda: bool(told) or viewer.newest == 9)
    qtbot.waitUntil(lambda: not viewer.training)
    # Numbers so large may be too large for one step more; then that is said.
    assert bool(told) == (viewer.newest == 8)
    viewer.switch_to(viewer.branches[0])
    window.view.timeline.branches.menu().aboutToShow.emit()
    window.grab()
    with qtbot.waitSignal(viewer.saved):
        viewer.save(tmp_path / "again.nnfs")


def test_a_table_of_four_rows_none_of_them_validation(make_window, tmp_path, qtbot):
    path, saved = tmp_path / "xor.csv", tmp_path / "xor.nnfs"
    path.write_text("a,b,label\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    window = make_window()
    viewer: Viewer = window.viewer
    with qtbot.waitSignal(viewer.run_started):
        viewer.start(Experiment(dataset=str(path), layers=(4,)), "xor")
    viewer.step()
    qtbot.waitUntil(lambda: viewer.newest == 1 and not viewer.training)
    for key in window.view.docks:
        window.view.arrangement.bring_forward(key)
        window.grab()
    with qtbot.waitSignal(viewer.saved):
        viewer.save(saved)
    losses = viewer.recording.columns[0].tolist()
    with qtbot.waitSignal(viewer.run_started):
        window.files.open_path(saved)
    assert viewer.recording.columns[0].tolist() == losses
    assert len(viewer.run.dataset.train_x) == 4
