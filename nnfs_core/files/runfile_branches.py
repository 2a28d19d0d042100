"""The branches of a run file that is read: their tree, their metrics, their marks."""

from __future__ import annotations

import numpy as np

from nnfs_core.errors import quoted
from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile_archive import StoredArchive
from nnfs_core.files.runfile_format import Document, metrics_name
from nnfs_core.history.bookmarks import Bookmark
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.model.tasks import task_of
from nnfs_core.training.metrics import COLUMNS

SCORES = ("train_score", "validation_score")
MAY_BE_NAN = ("validation_loss", *SCORES)

LONGEST_EPOCH = 1e9
"""Seconds that an epoch may have taken: thirty years."""


def check_branches(archive: StoredArchive, document: Document) -> None:
    """Refuse branches that do not make a tree, before any array is read.

    Raises
    ------
    UserError
        Naming the branch.
    """
    branches = document.branches
    by_name = {branch.name: branch for branch in branches}
    if len(by_name) != len(branches):
        raise archive.error("two branches have the same name", len(branches), len(by_name))
    if document.active >= len(branches):
        raise archive.error(
            "the branch to show is not there", f"below {len(branches)}", document.active
        )
    for branch in branches:
        passed = {branch.name}
        while branch.origin is not None:
            name = branch.origin.branch
            if name not in by_name or name in passed:
                raise archive.error(
                    f"branch {quoted(branch.name)} has no possible origin",
                    "another branch that came before",
                    quoted(name),
                )
            passed.add(name)
            branch = by_name[name]


def read_recording(
    archive: StoredArchive, document: Document, at: int, budget: Budget
) -> Recording:
    """Read one branch, all but its keyframes.

    Raises
    ------
    UserError
        Naming what cannot be.
    """
    branch, name = document.branches[at], metrics_name(at)
    columns = archive.table(name, "<f8", len(COLUMNS))
    for column, values in zip(COLUMNS, columns, strict=True):
        score = task_of(document.data).score
        wrong = ~np.isfinite(values) | (values < (score.lowest if column in SCORES else 0))
        if column in MAY_BE_NAN:
            wrong &= ~np.isnan(values)
        if column in SCORES:
            wrong |= values > 1
        if column == "seconds":
            wrong |= values > LONGEST_EPOCH
        if column == "learning_rate":
            wrong |= values == 0
        if wrong.any():
            epoch = int(wrong.argmax())
            raise archive.error(
                f"{name}: {column} of row {epoch} cannot be", "a possible value", values[epoch]
            )
    try:
        recording = Recording.of_columns(columns, budget, branch.name)
    except ValueError as error:
        raise archive.error(f"{name} has gaps", "epochs 0, 1, 2, …", columns[0, :3]) from error
    last = columns.shape[1] - 1
    for mark in branch.marks:
        if not 0 <= mark.epoch <= last + 1:
            raise archive.error(
                f"a mark of branch {quoted(branch.name)} is outside",
                f"epoch 0 … {last}",
                mark.epoch,
            )
    if branch.origin is not None:
        recording.origin = (branch.origin.branch, branch.origin.epoch)
        if branch.origin.epoch > last:
            raise archive.error(
                f"branch {quoted(branch.name)} starts after its end",
                f"epoch 0 … {last}",
                branch.origin.epoch,
            )
    for bookmark in branch.bookmarks:
        _check_bookmark(archive, document, bookmark, branch.name, last)
    recording.bookmarks = tuple(sorted(branch.bookmarks, key=lambda one: one.epoch))
    recording.marks = tuple(sorted(branch.marks, key=lambda mark: mark.epoch))
    recording.visible = branch.visible
    return recording


def _check_bookmark(
    archive: StoredArchive, document: Document, bookmark: Bookmark, branch: str, last: int
) -> None:
    data, where = document.data, f"a bookmark of branch {quoted(branch)}"
    count = data.train if bookmark.part == "train" else data.validation
    experiment = Experiment.of(document.experiment)
    layout = experiment.network(data.features, task_of(data)).layout
    if not 0 <= bookmark.epoch <= last:
        raise archive.error(f"{where} is outside", f"epoch 0 … {last}", bookmark.epoch)
    if not bookmark.fits:
        raise archive.error(f"{where} has no usable name", "one short line", quoted(bookmark.name))
    if not 0 <= bookmark.index < max(1, count):
        raise archive.error(f"{where} has a sample that is not there", count, bookmark.index)
    if bookmark.selection is not None and not bookmark.selection.fits(layout):
        raise archive.error(
            f"{where} has a place that is not there", layout.sizes, bookmark.selection
        )
