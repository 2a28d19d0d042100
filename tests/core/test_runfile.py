"""A run comes back from its file as it was, and nothing that is not a run does any harm."""

from __future__ import annotations

import hashlib
import json
import os
import random
import select
import signal
import struct
import subprocess
import sys
import threading
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from nnfs_core.disk.npz import open_npz
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import Fingerprint, check_dataset, load_run, save_run
from nnfs_core.history.bookmarks import Bookmark
from nnfs_core.history.keyframes import OVERHEAD, Budget
from nnfs_core.history.recording import Mark
from nnfs_core.history.run import Run
from nnfs_core.model.places import Place

from . import forgery
from .forgery import document, forge, header, npy, rates_alone, values
from .plain import make_dataset
from .refusals import refusal
from .timeline import DATA, Timeline, content

ROOT = Path(__file__).resolve().parents[2]


def made(experiment: Experiment | None = None) -> Timeline:
    """A run with changes, pins, two branches and marks."""
    chosen = experiment or Experiment(layers=(3,), optimizer="adam", batch_size=5, validate_every=2)
    timeline = Timeline(chosen, Budget(stride=2))
    for _ in range(7):
        timeline.step()
    timeline.change(0.02)
    for _ in range(4):
        timeline.step()
    timeline.pin(5)
    timeline.fork(6, 0.2)
    for _ in range(3):
        timeline.step()
    timeline.recordings[0].mark(Mark(12, "diverged", "epoch 12: …"))
    timeline.recordings[0].visible = False
    lenses = {"left": "value", "right": "gradient"}
    place = Place("weight", 0, 1, 1)
    timeline.recordings[0].bookmarks = (
        Bookmark(0, "before"),
        Bookmark(7, "ü 🙂", "faster from here", "train", 3, place, lenses, "explain"),
    )
    return timeline


def whole(run: Run) -> list[object]:
    """Return all there is in a run, in a form that can be compared."""
    budget = run.budget
    return [
        run.experiment, run.name, run.total, run.active, run.data, budget.limit, budget.stride,
        budget.used, [content(state) for state in run.newest],
        *([
            recording.name, recording.visible, recording.origin, recording.marks,
            recording.bookmarks,
            recording.columns.tobytes(), recording.keyframes.kept,
            [(content(state), kept) for state, kept in recording.keyframes.held()],
        ] for recording in run.recordings),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    return made()


@pytest.fixture
def path(tmp_path, timeline) -> Path:
    path = tmp_path / "run.nnfs"
    save_run(path, timeline.run())
    return path


def test_everything_comes_back(path, timeline):
    before, after = timeline.run(), load_run(path)
    assert whole(after) == whole(before)
    assert all(recording.keyframes.budget is after.budget for recording in after.recordings)
    for state in after.newest:
        assert not state.numbers.flags.writeable
    # What branches share is shared again, in memory and in the file.
    first, second = (list(recording.keyframes) for recording in after.recordings)
    assert all(ours is theirs for ours, theirs in zip(first[:3], second[:3], strict=True))
    held = {id(state) for recording in before.recordings for state in recording.keyframes}
    assert len(forgery.array(forgery.members(path)["states.npy"])) == len(
        held | {id(state) for state in before.newest}
    )


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "rmsprop", "adam"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_kind_of_run(tmp_path, optimizer, dtype):
    path = tmp_path / "run.nnfs"
    timeline = made(Experiment(layers=(), optimizer=optimizer, learning_rate=0.1, dtype=dtype))
    save_run(path, timeline.run())
    assert whole(load_run(path)) == whole(timeline.run())


def test_the_same_run_gives_the_same_bytes(path, timeline):
    before = path.read_bytes()
    save_run(path, timeline.run())
    assert path.read_bytes() == before
    save_run(path, load_run(path))
    assert path.read_bytes() == before


def test_odd_names_and_numbers(tmp_path):
    path = tmp_path / "ein Lauf.nnfs"
    timeline = made(
        Experiment(layers=(2,), learning_rate=0.1 + 0.2, epsilon=5e-324, seed=2**32 - 1)
    )
    timeline.recordings[0].name = 'ä "Zweig"\n\\☃'
    timeline.recordings[1].origin = (timeline.recordings[0].name, 6)
    run = replace(timeline.run(), name="π" * 1000)
    save_run(path, run)
    assert whole(load_run(path)) == whole(run)


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_of_an_older_version_opens_as_before(path, timeline, version):
    """Version 2 had no bookmarks, and version 1 no rules either."""

    def older(run) -> None:
        run["version"] = version
        for one in run["branches"]:
            del one["bookmarks"]
        if version == 1:
            del run["rules"], run["borrowed"]

    forge(path, rates_alone)
    forge(path, document(older))
    after = load_run(path)
    assert [one.bookmarks for one in after.recordings] == [(), ()]
    before = timeline.run()
    for recording, old in zip(after.recordings, before.recordings, strict=True):
        assert recording.columns.tobytes() == old.columns.tobytes()
        assert recording.marks == old.marks


def test_a_fork_begins_without_bookmarks_and_a_cut_loses_the_later_ones(timeline):
    first, second = made().recordings
    assert len(first.bookmarks) == 2 and second.bookmarks == ()
    first.cut(3)
    assert [one.epoch for one in first.bookmarks] == [0]


def test_a_branch_that_was_deleted_takes_its_origin_along(tmp_path, timeline):
    path, run = tmp_path / "run.nnfs", timeline.run()
    save_run(path, replace(run, recordings=run.recordings[1:], newest=run.newest[1:], active=0))
    loaded = load_run(path)
    assert loaded.recordings[0].origin is None
    assert [mark.kind for mark in loaded.recordings[0].marks] == ["fork"]


def test_a_thin_file_keeps_what_must_be_kept(tmp_path):
    path = tmp_path / "run.nnfs"
    timeline = Timeline(Experiment(layers=(2,)), Budget())
    for epoch in range(200):
        timeline.step()
        if epoch == 120:
            timeline.change(0.02)
    save_run(path, timeline.run())
    size = path.stat().st_size
    save_run(path, timeline.run(), thin=True)
    assert path.stat().st_size < size / 1.5
    run = load_run(path)
    assert 3 <= len(run.recordings[0].keyframes) <= 20
    assert run.recordings[0].keyframes.kept == {121}
    timeline.adopt(run)
    for epoch in (0, 1, 100, 120, 121, 122, 199, 200):
        timeline.look(epoch)


def test_a_smaller_budget_on_the_way_in(tmp_path):
    path, timeline = tmp_path / "run.nnfs", made()
    save_run(path, timeline.run())
    one = timeline.seen[0][0].numbers.nbytes + OVERHEAD
    run = load_run(path, 5 * one)
    assert run.budget.used <= 5 * one < timeline.run().budget.used
    timeline.adopt(run)
    for branch, states in enumerate(timeline.seen):
        for epoch in range(len(states)):
            timeline.look(epoch, branch)


def test_progress_counts_bytes(tmp_path, timeline):
    calls: list[tuple[int, int]] = []
    save_run(tmp_path / "run.nnfs", timeline.run(), progress=lambda *at: calls.append(at))
    done = [at for at, _ in calls]
    assert done == sorted(done)
    assert {total for _, total in calls} == {done[-1]}


def test_giving_up_leaves_the_old_file(path, timeline):
    before = path.read_bytes()

    def give_up(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_run(path, timeline.run(), progress=give_up)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_run_that_goes_on_while_it_is_saved(tmp_path):
    """The file ends where the given state does, whatever came after it."""
    path = tmp_path / "run.nnfs"
    timeline = Timeline(Experiment(layers=(3,), batch_size=10), Budget(60 * 2500))
    for _ in range(50):
        timeline.step()
    done, saved = threading.Event(), []
    # Where saving is slow, an unbounded run would grow quicker than it is written.
    ahead = threading.Semaphore(500)

    def save() -> None:
        try:
            for _ in range(15):
                at = len(timeline.seen[0]) - 1
                run = Run(
                    timeline.trainer.experiment, "run", 100, tuple(timeline.recordings),
                    (timeline.seen[0][at],), 0, Fingerprint.of(DATA),
                )  # fmt: skip
                save_run(path, run)
                saved.append((at, load_run(path)))
                ahead.release(200)
        finally:
            done.set()
            ahead.release()

    thread = threading.Thread(target=save)
    thread.start()
    while not done.is_set():
        ahead.acquire()
        timeline.step()
        if timeline.trainer.epoch % 50 == 0:
            timeline.change(0.5 / timeline.trainer.epoch)
    thread.join()
    assert len(saved) == 15 and saved[-1][0] > 50
    truth = timeline.seen
    for at, run in saved[::5]:
        assert run.recordings[0].last.epoch == run.newest[0].epoch == at
        timeline.adopt(run)
        timeline.seen = [truth[0][: at + 1]]
        for epoch in (0, at // 2, at - 1):
            timeline.look(epoch)


def test_a_change_at_the_very_last_epoch(tmp_path):
    """A state taken just before a change must not end the branch in two ways."""
    path, timeline = tmp_path / "run.nnfs", Timeline(Experiment(layers=(2,)), Budget())
    timeline.step()
    old = timeline.seen[0][-1]
    timeline.change(0.01)
    save_run(path, replace(timeline.run(), newest=(old,)))
    assert load_run(path).newest[0].learning_rate == 0.01


def test_where_it_cannot_be_written(tmp_path, timeline):
    for target, part in ((tmp_path, "found a folder"), (tmp_path / "no/run.nnfs", "no folder")):
        refusal(lambda target=target: save_run(target, timeline.run()), part, both_sides=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk(timeline):
    def save() -> None:
        save_run("/dev/full", timeline.run())

    assert "No space left on device" in refusal(save, "/dev/full", both_sides=False)


def test_what_could_not_be_read_again_is_not_written(path, timeline):
    before, run = path.read_bytes(), timeline.run()
    for wrong in ("", "x" * 1001, "\ud800"):
        refusal(lambda wrong=wrong: save_run(path, replace(run, name=wrong)), both_sides=False)
    crowded = made()
    crowded.recording.marks += (Mark(1, "saved", "a, b, c"),) * 20_000
    refusal(lambda: save_run(path, crowded.run()), "too many marks", both_sides=False)
    assert path.read_bytes() == before


# The data


def test_the_fingerprint_is_what_the_description_says():
    data = make_dataset(samples=11, features=2, classes=3, validation=0)
    digest = hashlib.blake2b(digest_size=32)
    for array in (data.train_x, data.train_y, data.validation_x, data.validation_y):
        digest.update(str(array.shape).encode() + array.tobytes())
    print_ = Fingerprint.of(data)
    assert print_ == Fingerprint(
        "clouds", 2, 11, 0, ("class 0", "class 1", "class 2"), None, digest.hexdigest()
    )


def test_large_data_is_hashed_in_pieces(monkeypatch):
    expected = Fingerprint.of(DATA)
    monkeypatch.setattr("nnfs_core.progress.PIECE", 40)
    assert Fingerprint.of(DATA) == expected


def test_the_data_of_a_run(path):
    run = load_run(path)
    check_dataset(run, DATA)
    check_dataset(run, replace(DATA, name="moved.csv"))
    changed = DATA.train_x.copy()
    changed[3, 1] += 1e-3
    for change, what in (
        (
            {"train_x": DATA.train_x[:, :2], "validation_x": DATA.validation_x[:, :2]},
            "the number of inputs differs (expected 3, found 2)",
        ),
        (
            {"train_x": DATA.train_x[1:], "train_y": DATA.train_y[1:]},
            "number of training samples differs (expected 23, found 22)",
        ),
        (
            {"validation_x": DATA.train_x, "validation_y": DATA.train_y},
            "number of validation samples differs (expected 7, found 23)",
        ),
        (
            {"classes": ("a", "b", "c")},
            "list of classes differs (expected class 0, class 1, class 2, fo",
        ),
        ({"image_shape": (1, 3)}, "shape of pictures differs (expected none, found (1, 3))"),
        ({"train_x": changed}, "same shape but other numbers (expected BLAKE2b "),
        ({"train_y": DATA.train_y[::-1]}, "same shape but other numbers (expected BLAKE2b "),
    ):
        other = replace(DATA, **change)
        message = refusal(lambda other=other: check_dataset(run, other), what)
        assert message.startswith("clouds: is not the data of the run")


# The description


def test_the_description_reads_a_run(path, timeline, monkeypatch, capsys):
    text = (ROOT / "docs" / "run-file.md").read_text("utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(path.parent)
    names: dict[str, object] = {}
    exec(compile(code, "docs/run-file.md", "exec"), names)
    frame = timeline.run().newest[1].frame((3, 3, 3))
    for ours, theirs in zip(names["weights"], frame.parameters.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    loss = timeline.recordings[1].last.train_loss
    assert capsys.readouterr().out == f"walk: loss {loss:.4f} after 9 epochs, W1 (3, 3)\n"


def test_the_description_names_every_member_and_field(path):
    text = (ROOT / "docs" / "run-file.md").read_text("utf-8")
    parts = forgery.members(path)
    run = json.loads(parts["run.json"])
    known = [*parts, *run, *run["data"], *run["budget"], *run["branches"][1]]
    for name in known:
        assert f"`{name.replace('-1.', '-0.')}`" in text, name


# What is wrong with a file


def drop(name):
    return lambda parts: parts.pop(name)


def rename(old, new):
    return lambda parts: parts.update({new: parts.pop(old)})


def swap(one, other):
    return lambda parts: parts.update({one: parts[other], other: parts[one]})


def put(name, data):
    return lambda parts: parts.update({name: data})


def branch(at, **changes):
    return document(lambda run: run["branches"][at].update(changes))


def data(**changes):
    return document(lambda run: run["data"].update(changes))


def top(**changes):
    return document(lambda run: run.update(changes))


def cell(name, at, value):
    def change(array):
        array[at] = value

    return values(name, change)


MARK = {"epoch": 1, "kind": "saved", "text": ""}
BOOKMARK = {"epoch": 1, "name": "here"}
NOWHERE = {"kind": "unit", "layer": 5, "unit": 0, "source": 0}
FORGED = {
    "no document": (drop("run.json"), "run.json is missing"),
    "another format": (top(format="tar"), "is no run file (expected format nnfs-run, found 'tar')"),
    "newer": (top(version=5, program="3.1.4"), "written by version 3.1.4 of the program, in a new"),
    "older": (top(version=0), "in an unknown format (expected at most version 4"),
    "version text": (top(version="1"), "version: Input should be a valid integer"),
    "odd program": (top(program="a\nb"), "program: "),
    "no name": (top(name=""), "name: "),
    "long name": (top(name="n" * 1001), "name: "),
    "unknown field": (top(colour="red"), "colour: Extra inputs"),
    "missing field": (document(lambda run: run.pop("total")), "total: Field required"),
    "total": (top(total=0), "total: "),
    "total text": (top(total="9"), "total: "),
    "total true": (top(total=True), "total: "),
    "total float": (top(total=9.5), "total: "),
    "total huge": (top(total=10**30), "total: "),
    "total beyond": (top(total=2**31), "total: "),
    "budget": (top(budget={"limit": 2**36 + 1, "stride": 1}), "budget.limit: "),
    "experiment list": (top(experiment=[]), "experiment: "),
    "experiment": (top(experiment={"epochs": -1}), "epochs: not a usable value"),
    "experiment field": (top(experiment={"epoch": 1}), "unknown setting 'epoch'"),
    "experiment dtype": (top(experiment={"dtype": "float16"}), "dtype: not a usable value"),
    "network too large": (top(experiment={"layers": [100_000] * 3}), "is too large"),
    "other layers": (document(lambda run: run["experiment"].update(layers=[4])),
                     "states does not fit the experiment"),
    "other optimizer": (document(lambda run: run["experiment"].update(optimizer="sgd")),
                        "states does not fit the experiment"),
    "other dtype": (document(lambda run: run["experiment"].update(dtype="float64")),
                    "states does not fit the experiment"),
    "features": (data(features=4), "states does not fit the experiment"),
    "no features": (data(features=0), "data.features: "),
    "features absurd": (data(features=2**47), "is too large"),
    "no classes": (data(classes=[]), "classes: there must be one at least"),
    "classes": (data(classes=["a"]), "states does not fit the experiment"),
    "samples": (data(train=24_000), "the step of state"),
    "data hash": (data(blake2b="nothing"), "data.blake2b: "),
    "picture": (data(image_shape=[3]), "data.image_shape"),
    "no limit": (document(lambda run: run["budget"].update(limit=0)), "budget.limit: "),
    "stride": (document(lambda run: run["budget"].update(stride=-2)), "budget.stride: "),
    "active": (top(active=2), "the branch to show is not there (expected below 2, found 2)"),
    "no branches": (top(branches=[]), "branches: "),
    "too many branches": (document(lambda run: run.update(branches=run["branches"][1:] * 1001)),
                          "branches: "),
    "bookmark late": (branch(1, bookmarks=[BOOKMARK | {"epoch": 10}]), "is outside"),
    "bookmark unnamed": (branch(1, bookmarks=[BOOKMARK | {"name": ""}]), "no usable name"),
    "bookmark long": (branch(1, bookmarks=[BOOKMARK | {"note": "n" * 501}]), "no usable name"),
    "bookmark lines": (branch(1, bookmarks=[BOOKMARK | {"note": "a\nb"}]), "no usable name"),
    "bookmark part": (branch(1, bookmarks=[BOOKMARK | {"part": "drawn"}]), "bookmarks.0.part: "),
    "bookmark sample": (branch(1, bookmarks=[BOOKMARK | {"index": 10**6}]), "is not there"),
    "bookmark place": (branch(1, bookmarks=[BOOKMARK | {"selection": NOWHERE}]), "is not there"),
    "bookmark kind": (branch(1, bookmarks=[BOOKMARK | {"selection": {"kind": "x"}}]),
                      "bookmarks.0.selection.kind: "),
    "bookmark text": (branch(1, bookmarks=["here"]), "bookmarks.0: "),
    "many bookmarks": (branch(1, bookmarks=[BOOKMARK] * 201), "branches.1.bookmarks: "),
    "same name": (branch(1, name="run"), "two branches have the same name"),
    "origin unknown": (branch(1, origin={"branch": "nix", "epoch": 6}), "no possible origin"),
    "origin itself": (branch(1, origin={"branch": "branch 1", "epoch": 6}), "no possible origin"),
    "origin circle": (branch(0, origin={"branch": "branch 1", "epoch": 6}), "no possible origin"),
    "origin late": (branch(1, origin={"branch": "run", "epoch": 10}), "starts after its end"),
    "origin negative": (branch(1, origin={"branch": "run", "epoch": -1}), "origin.epoch: "),
    "newest": (branch(0, newest=99), "branch 0 ends elsewhere"),
    "newest other": (branch(0, newest=0), "branch 0 ends elsewhere"),
    "newest negative": (branch(0, newest=-1), "newest: "),
    "mark late": (branch(0, marks=[MARK | {"epoch": 13}]), "a mark of branch 'run' is outside"),
    "mark early": (branch(0, marks=[MARK | {"epoch": -1}]), "a mark of branch 'run' is outside"),
    "mark kind": (branch(0, marks=[MARK | {"kind": "party"}]), "marks.0.kind: "),
    "mark text": (branch(0, marks=[MARK | {"text": 3}]), "marks.0.text: "),
    "no hash": (document(lambda run: run.update(blake2b={})), "is damaged (expected BLAKE2b"),
    "metrics missing": (drop("metrics-1.npy"), "metrics-1 is missing"),
    "keyframes missing": (drop("keyframes-0.npy"), "keyframes-0 is missing"),
    "states missing": (drop("states.npy"), "states is missing"),
    "table missing": (drop("states-table.npy"), "states-table is missing"),
    "recipes missing": (drop("states-recipes.npy"), "states-recipes is missing"),
    "renamed": (rename("states.npy", "state.npy"), "states is missing"),
    "metrics swapped": (swap("metrics-0.npy", "metrics-1.npy"), "of branch 'run' is outside"),
    "keyframes swapped": (swap("keyframes-0.npy", "keyframes-1.npy"), "keyframes-1 does not fit"),
    "states for metrics": (swap("metrics-0.npy", "states.npy"), "metrics-0 does not fit"),
    "metrics gap": (values("metrics-0", lambda a: np.delete(a, 3, axis=1)), "metrics-0 has gaps"),
    "metrics too few": (values("metrics-0", lambda a: a[:, :-1]), "of branch 'run' is outside"),
    "metrics type": (values("metrics-0", lambda a: a.astype("f4")), "metrics-0 does not fit"),
    "metrics big-endian": (values("metrics-0", lambda a: a.astype(">f8")), "metrics-0 does not"),
    "metrics rows": (values("metrics-0", lambda a: a[:6]), "metrics-0 does not fit"),
    "metrics flat": (values("metrics-0", lambda a: a.ravel()), "metrics-0 does not fit"),
    "metrics epoch": (cell("metrics-0", (0, 4), 4.5), "metrics-0 has gaps"),
    "loss nan": (cell("metrics-0", (1, 4), np.nan), "train_loss of row 4 cannot be"),
    "loss negative": (cell("metrics-0", (1, 4), -1), "train_loss of row 4 cannot be"),
    "accuracy": (cell("metrics-0", (2, 4), 1.5), "train_score of row 4 cannot be"),
    "validation inf": (cell("metrics-0", (3, 4), np.inf), "validation_loss of row 4 cannot be"),
    "validation share": (cell("metrics-0", (4, 4), 2), "validation_score of row 4 cannot be"),
    "seconds": (cell("metrics-0", (5, 4), np.nan), "seconds of row 4 cannot be"),
    "seconds negative": (cell("metrics-0", (5, 4), -1e-9), "seconds of row 4 cannot be"),
    "seconds huge": (cell("metrics-0", (5, 4), 1.1e9), "seconds of row 4 cannot be"),
    "rate of metrics": (cell("metrics-0", (6, 4), 0), "learning_rate of row 4 cannot be"),
    "shared metrics": (cell("metrics-1", (1, 4), 3), "branch 1 shares states with another one"),
    "keyframe outside": (cell("keyframes-0", (0, -1), 99), "keyframes-0 does not fit"),
    "keyframe negative": (cell("keyframes-0", (0, 0), -1), "keyframes-0 does not fit"),
    "kept negative": (cell("keyframes-0", (1, 0), -1), "keyframes-0 does not fit"),
    "keyframes order": (values("keyframes-0", lambda a: a[:, ::-1]), "keyframes-0 does not fit"),
    "keyframes twice": (values("keyframes-0", lambda a: a[:, [0, 0, 1]]), "keyframes-0 does not"),
    "no first": (values("keyframes-0", lambda a: a[:, 1:]), "keyframes-0 does not fit"),
    "keyframes of another": (values("keyframes-1", lambda a: np.c_[a, [[5], [0]]]),
                             "keyframes-1 does not fit"),
    "keyframes type": (values("keyframes-0", lambda a: a.astype("i4")), "keyframes-0 does not fi"),
    "keyframes empty": (put("keyframes-0.npy", npy(np.empty((2, 0), np.int64))), "is empty"),
    "states without branch": (values("keyframes-0", lambda a: a[:, :1]), "states of branches"),
    "state nan": (cell("states", (2, 0, 1), np.nan), "a weight or gradient of state 2 cannot be"),
    "gradient inf": (cell("states", (2, 1, 1), np.inf), "a weight or gradient of state 2"),
    "average nan": (cell("states", (2, 2, 1), np.nan), "an average of state 2 cannot be"),
    "states flat": (values("states", lambda a: a.ravel()), "states does not fit"),
    "states fortran": (values("states", np.asfortranarray), "states does not fit"),
    "states fewer": (values("states", lambda a: a[:-1]), "states does not fit"),
    "states text": (values("states", lambda a: a.astype("U9")), "states does not fit"),
    "table rows": (values("states-table", lambda a: a[:-1]), "states-recipes does not fit"),
    "table columns": (values("states-table", lambda a: a[:, :-1]), "states-table does not fit"),
    "table type": (values("states-table", lambda a: a.astype("i8")), "states-table does not fit"),
    "epoch": (cell("states-table", (1, 0), 2**63), "keyframes-0 does not fit"),
    "step": (cell("states-table", (1, 1), 7), "the step of state 1 cannot be"),
    "inc": (cell("states-table", (1, 5), 2), "the generator of state 1 cannot be"),
    "has_uint32": (cell("states-table", (1, 6), 2), "the generator of state 1 cannot be"),
    "uinteger": (cell("states-table", (1, 7), 2**32), "the generator of state 1 cannot be"),
    "rate nan": (cell("states-recipes", (1, 0), np.nan), "states-recipes does not fit"),
    "rate zero": (cell("states-recipes", (1, 0), 0), "the recipe of state 1 cannot be"),
    "rate inf": (cell("states-recipes", (1, 0), np.inf), "states-recipes does not fit"),
    "recipes fewer": (values("states-recipes", lambda a: a[:-1]), "states-recipes does not fit"),
    "header": (put("states.npy", header((10**9, 4, 24), "<f4", b"x")), "header does not fit"),
    "header negative": (put("states.npy", header((-1, 4, 24), "<f4", b"")), "header does not fit"),
    "header of metrics": (put("metrics-0.npy", header((7, 10**15), "<f8", b"")), "header does not"),
    "header of objects": (put("metrics-0.npy", header((7, 1), "|O", b"x" * 56)), "pickled"),
    "header of 70": (put("metrics-0.npy", header((1,) * 70, "<f8", b"x" * 8)), "too many dimens"),
    "states of 70": (put("states.npy", header((1,) * 70, "<f4", b"xxxx")), "too many dimensions"),
    "header odd": (put("states.npy", b"\x93NUMPY\x01\x00\x3b\x00{'descr': (), 'fortran_order': "
                       b"False, 'shape': (1,)}      \n"), "is not an array"),
    "no array": (put("metrics-0.npy", b"no array at all"), "is not an array"),
    "text": (put("run.json", b"not json"), "Invalid JSON"),
    "empty": (put("run.json", b""), "Invalid JSON"),
    "twice": (lambda parts: parts.update({"run.json": parts["run.json"].replace(
        b'"total"', b'"total": 7, "total"')}), "'total' is there twice"),
    "list": (put("run.json", b"[]"), "Input should be an object"),
    "not unicode": (put("run.json", b'{"format": "\xff"}'), "Invalid JSON"),
    "deep": (put("run.json", b"[" * 100_000), "Invalid JSON"),
    "deep inside": (put("run.json", b'{"experiment":' + b'{"a":' * 50_000), "Invalid JSON"),
    "huge number": (put("run.json", b'{"version": ' + b"9" * 5000 + b"}"), "run.json: "),
    "too large": (put("run.json", b" " * (4 * 2**20 + 1)), "run.json is too large"),
    "many mistakes": (put("run.json", b'{"branches": [' + b"0," * 500_000 + b"0]}"), "too many"),
}  # fmt: skip
NOT_REHASHED = {"twice", "no hash", "text", "empty", "list", "not unicode", "deep", "deep inside",
                "huge number", "too large", "many mistakes"}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_forged_files(path, name):
    change, part = FORGED[name]
    forge(path, change, rehash=name not in NOT_REHASHED)
    before, size = path.read_bytes(), path.stat().st_size
    tracemalloc.start()
    try:
        message = refusal(lambda: load_run(path), part, both_sides=False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert message.startswith(str(path)) and len(message) < 400 + len(str(path))
    assert peak < 4 * size + 3 * 2**19
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("one", "other"),
    [("metrics-0", "metrics-1"), ("states", "metrics-0"), ("keyframes-0", "keyframes-1")],
)
def test_swapped_members_do_not_have_their_hash(path, one, other):
    forge(path, swap(f"{one}.npy", f"{other}.npy"), rehash=False)
    refusal(lambda: load_run(path), "is damaged (expected BLAKE2b ")


def test_compressed_members(path):
    forge(path, lambda parts: None, method=zipfile.ZIP_DEFLATED)
    refusal(lambda: load_run(path), "is compressed", both_sides=False)


def test_members_that_overlap(path):
    """The directory may say a hundred times that a member is the whole file."""
    with zipfile.ZipFile(path, "a") as archive:
        info = archive.getinfo("states.npy")
        for at in range(100):
            copy = zipfile.ZipInfo(f"copy-{at}.npy")
            copy.header_offset, copy.CRC = info.header_offset, info.CRC
            copy.file_size = copy.compress_size = info.file_size
            archive.filelist.append(copy)
        archive._didModify = True
    refusal(lambda: load_run(path), "its members claim more than it holds")


@pytest.mark.parametrize("field", [20, 24], ids=["packed", "unpacked"])
def test_a_member_that_claims_a_gigabyte(path, field):
    """Of one byte more than there is, too: reading would make room for it first."""
    good = path.read_bytes()
    at = good.rindex(b"PK\x01\x02")
    for claim in (2**30, len(good) + 1):
        damaged = bytearray(good)
        damaged[at + field : at + field + 4] = struct.pack("<I", claim)
        path.write_bytes(damaged)
        tracemalloc.start()
        try:
            for load in (load_run, lambda path: open_npz(path).__enter__().read("states")):
                refusal(lambda load=load: load(path), "run.json claims an impossible size")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 2**20


def test_other_files(tmp_path):
    for content_, part in (
        (b"", "found an empty file"),
        (b"PK\x03\x04 and then nothing", "is cut short or damaged"),
        (b"x" * 1000, "found something else"),
        (npy([1]), "found a single .npy array"),
    ):
        path = tmp_path / "run.nnfs"
        path.write_bytes(content_)
        refusal(lambda path=path: load_run(path), part, both_sides=False)
    refusal(lambda: load_run(tmp_path / "none"), "no such file", both_sides=False)
    refusal(lambda: load_run(tmp_path), "found a folder")


def try_damaged(path: Path, damaged: bytes, truth: list[object]) -> bool:
    """Load a damaged file; say whether it was refused. If not, it must be the very run."""
    path.write_bytes(damaged)
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    try:
        run = load_run(path)
    except UserError as error:
        assert "\n" not in str(error)
        return True
    finally:
        _, peak = tracemalloc.get_traced_memory()
        assert peak - before < 4 * len(damaged) + 2**20
    # Dates and the like, which nobody reads.
    assert whole(run) == truth
    return False


@pytest.fixture
def traced():
    tracemalloc.start()
    yield
    tracemalloc.stop()


def test_truncated_anywhere(path, traced):
    good, truth = path.read_bytes(), whole(load_run(path))
    generator = random.Random(0)
    ends = {0, 1, 2, 3, 4, 30, len(good) - 1, len(good) - 22}
    ends |= {generator.randrange(len(good)) for _ in range(200)}
    for end in ends:
        assert try_damaged(path, good[:end], truth)


def test_flipped_anywhere(path, traced):
    good, truth = path.read_bytes(), whole(load_run(path))
    generator = random.Random(1)
    directory = struct.unpack("<I", good[-6:-2])[0]
    # Everywhere, and above all where the archive says what is where.
    places = [generator.randrange(len(good)) for _ in range(150)]
    places += [generator.randrange(directory, len(good)) for _ in range(200)]
    refused = 0
    for at in places:
        damaged = bytearray(good)
        damaged[at] ^= 1 << generator.randrange(8)
        refused += try_damaged(path, bytes(damaged), truth)
    assert refused > len(places) / 2


def test_scrambled(path, traced):
    """Whole stretches overwritten, moved, left out, or doubled."""
    good, truth = path.read_bytes(), whole(load_run(path))
    generator = random.Random(2)
    for _ in range(100):
        start, end = sorted(generator.randrange(len(good)) for _ in range(2))
        piece, to = good[start:end], generator.randrange(len(good))
        for damaged in (
            good[:start] + generator.randbytes(end - start) + good[end:],
            good[:start] + good[end:],
            good[:to] + piece + good[to:],
        ):
            try_damaged(path, damaged, truth)


# Being killed

SAVING = """
import os, sys
from dataclasses import replace
from nnfs_core.files.runfile import load_run, save_run
for line in sys.stdin:
    path = line.strip()
    run = load_run(path)
    runs = [replace(run, name="one", total=150), replace(run, name="other", total=77)]
    child = os.fork()  # much quicker than one more process that imports everything
    while not child:
        for each in runs:
            save_run(path, each)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork and no SIGKILL on this system")
def test_killed_while_saving(tmp_path):
    timeline = Timeline(Experiment(layers=(500,)), Budget(stride=1))
    for _ in range(150):
        timeline.step()
    path, generator, found = tmp_path / "run.nnfs", random.Random(3), set()
    began = perf_counter()
    save_run(path, timeline.run())
    some_saves = 4 * (perf_counter() - began)  # a busy machine takes longer for each
    line = [sys.executable, "-c", SAVING]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(line, cwd=ROOT, **pipes) as mother:
        for _ in range(25):
            mother.stdin.write(f"{path}\n")
            mother.stdin.flush()
            child = int(mother.stdout.readline())
            # Nothing comes before the kill; it is the waiting that makes the moment random.
            assert not select.select([mother.stdout], [], [], generator.uniform(0, some_saves))[0]
            os.kill(child, signal.SIGKILL)
            assert mother.stdout.readline() == "dead\n"
            run = load_run(path)
            found.add((run.name, run.total))
            assert content(run.newest[0]) == content(timeline.seen[0][-1])
            assert len(run.recordings[0].keyframes) == 151
            # At most what was being written is left over.
            left = [entry for entry in tmp_path.iterdir() if entry != path]
            assert len(left) <= 1 and all(entry.suffix == ".tmp" for entry in left)
            for entry in left:
                entry.unlink()
        mother.stdin.close()
    # Both were seen, so the kills fell between and into saves.
    assert found >= {("one", 150), ("other", 77)} >= found - {("walk", 150)}
