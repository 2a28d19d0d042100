"""A run in one file: a zip of ``.npy`` arrays and JSON; docs/run-file.md describes it.

Nothing in it is compressed: trained numbers hardly shrink, and deflate at its quickest
takes many times as long as the disk.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from nnfs_core import __version__
from nnfs_core.disk.npz import MAX_BYTES
from nnfs_core.disk.whole import atomic_write
from nnfs_core.errors import UserError
from nnfs_core.files.runfile_archive import Array, Writing
from nnfs_core.files.runfile_format import (
    DOCUMENT,
    FORMAT,
    RECIPES,
    STATES,
    TABLE,
    VERSION,
    Document,
    borrowed_entry,
    keyframes_name,
    metrics_name,
    parsed,
    table_row,
)
from nnfs_core.files.runfile_reading import load_run
from nnfs_core.history.run import Fingerprint, Run, check_dataset
from nnfs_core.training.trainer import TrainState

__all__ = ["Fingerprint", "Run", "check_dataset", "load_run", "save_run"]

THIN_COUNT = 16
"""Keyframes of a branch in a thin file, beside the kept ones and the newest."""


def save_run(
    path: str | Path,
    run: Run,
    *,
    thin: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write a run to exactly the name given, whole or not at all.

    It may be trained meanwhile: of each branch the file holds what led to the state in
    ``run.newest``, and nothing newer.

    Parameters
    ----------
    path : str or Path
        The file; no suffix is added.
    run : Run
    thin : bool
        Leave out most keyframes that could be thinned. The file is written sooner; every
        epoch can still be shown, after a longer replay.
    progress : callable, optional
        Called with the bytes that are written and how many there will be. What it raises
        ends the writing, and the file is as it was.

    Raises
    ------
    UserError
        When the file cannot be written, or could not be loaded again.
    """
    branches = [_Snapshot(run, index, thin) for index in range(len(run.recordings))]
    rows: dict[int, int] = {}
    states: list[TrainState] = []
    for branch in branches:
        for state in branch.states:
            if id(state) not in rows:  # what branches share is written once
                rows[id(state)] = len(states)
                states.append(state)
    shape = (len(states), *states[0].numbers.shape)
    total = sum(state.numbers.nbytes for state in states)
    claimed = total + sum(branch.columns.nbytes for branch in branches)
    if claimed > MAX_BYTES:
        raise UserError(
            "the run is too large for a file",
            where=path,
            expected=f"at most {MAX_BYTES / 2**30:.0f} GiB",
            found=f"{claimed / 2**30:.1f} GiB",
        )
    # Once before anything is written: names that no file can hold are refused here.
    _document(path, run, branches, rows, {})
    with atomic_write(path) as file, zipfile.ZipFile(file, "w") as archive:
        writing, done = Writing(archive), 0
        for index, branch in enumerate(branches):
            writing.array(metrics_name(index), branch.columns)
            table = [[rows[id(state)] for state, _ in branch.held], [n for _, n in branch.held]]
            writing.array(keyframes_name(index), np.array(table, np.int64))
        writing.array(TABLE, np.array([table_row(state) for state in states], np.uint64))
        recipes = [(*state.recipe.numbers, state.batches) for state in states]
        writing.array(RECIPES, np.array(recipes, np.float64))
        numbers = (state.numbers for state in states)
        for size in writing.items(STATES, shape, states[0].numbers.dtype, numbers):
            done += size
            if progress is not None:
                progress(done, total)
        writing.text(DOCUMENT, _document(path, run, branches, rows, writing.digests))


class _Snapshot:
    """What of one branch goes into the file, although the branch may go on growing."""

    def __init__(self, run: Run, index: int, thin: bool) -> None:
        recording, newest = run.recordings[index], run.newest[index]
        held = [pair for pair in recording.keyframes.held() if pair[0].epoch <= newest.epoch]
        if not held or held[0][0].epoch != 0:
            raise ValueError(f"{recording.name}: a run has a keyframe at epoch 0")
        if held[-1][0].epoch == newest.epoch:
            newest = held[-1][0]  # a change at this very epoch made it another state
        self.name, self.visible, self.origin = recording.name, recording.visible, recording.origin
        # Numbers that stop being finite do so in the epoch after the last.
        self.marks = [mark for mark in recording.marks if mark.epoch <= newest.epoch + 1]
        self.bookmarks = [one for one in recording.bookmarks if one.epoch <= newest.epoch]
        self.columns: Array = recording.columns[:, : newest.epoch + 1]
        self.held = _thinned(held) if thin else held
        self.newest = newest

    @property
    def states(self) -> Iterator[TrainState]:
        yield from (state for state, _ in self.held)
        yield self.newest


def _thinned(held: list[tuple[TrainState, int]]) -> list[tuple[TrainState, int]]:
    loose = [state.epoch for state, kept in held if not kept]
    stay = {0, *loose[:: -(-len(loose) // THIN_COUNT) or 1]}
    return [(state, kept) for state, kept in held if kept or state.epoch in stay]


def _document(
    path: str | Path,
    run: Run,
    branches: Iterable[_Snapshot],
    rows: dict[int, int],
    digests: dict[str, str],
) -> str:
    names = {recording.name for recording in run.recordings}
    if len(names) != len(run.recordings):
        raise ValueError("two branches have the same name")
    budget, data = run.budget, run.data
    document = {
        "format": FORMAT,
        "version": VERSION,
        "program": __version__,
        "name": run.name,
        "experiment": run.experiment.to_dict(),
        "total": run.total,
        "data": {name: getattr(data, name) for name in data.__slots__},
        "rules": run.rules,
        "borrowed": borrowed_entry(run.borrowed),
        "budget": {"limit": budget.limit, "stride": budget.stride},
        "active": run.active,
        "branches": [
            {
                "name": branch.name,
                "visible": branch.visible,
                # The branch it came from may have been deleted since.
                "origin": {"branch": branch.origin[0], "epoch": branch.origin[1]}
                if branch.origin and branch.origin[0] in names
                else None,
                "marks": [
                    {"epoch": mark.epoch, "kind": mark.kind, "text": mark.text}
                    | ({} if mark.layer is None else {"layer": mark.layer})
                    for mark in branch.marks
                ],
                "newest": rows[id(branch.newest)],
                "bookmarks": [asdict(bookmark) for bookmark in branch.bookmarks],
            }
            for branch in branches
        ],
        "blake2b": digests,
    }
    text = json.dumps(document, indent=1)
    parsed(Document, text.encode(), Path(path))  # what we could not read is not written
    return text
