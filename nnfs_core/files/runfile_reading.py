"""Reading a run file that may come from anywhere: nothing in it is believed unchecked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from nnfs_core.disk.npz import open_zip
from nnfs_core.errors import UserError, quoted
from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile_archive import Array, StoredArchive
from nnfs_core.files.runfile_branches import check_branches, read_recording
from nnfs_core.files.runfile_format import (
    DOCUMENT,
    EXPECTED,
    FORMAT,
    RATES,
    RECIPE_COLUMNS,
    RECIPES,
    STATES,
    TABLE,
    TABLE_COLUMNS,
    VERSION,
    Document,
    Head,
    borrowed_of,
    check_names,
    expected_step,
    keyframes_name,
    metrics_name,
    parsed,
    rng_state,
    states_shape,
)
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.history.run import Run
from nnfs_core.passes.batches import steps_of_epoch
from nnfs_core.progress import Progress
from nnfs_core.recipe import NAMES, Recipe
from nnfs_core.training.metrics import COLUMNS
from nnfs_core.training.trainer import TrainState


def load_run(path: str | Path, limit: int | None = None, progress: Progress | None = None) -> Run:
    """Read a run file. The data is not needed; :func:`check_dataset` compares it later.

    Parameters
    ----------
    path : str or Path
        The file.
    limit : int, optional
        Bytes that the keyframes may take, instead of the file's; they are thinned to it.
    progress : callable, optional
        Called whenever some of the file has been read.

    Raises
    ------
    UserError
        When anything about the file is not as docs/run-file.md says.
    """
    with open_zip(path, EXPECTED, progress) as archive:
        return _Reading(StoredArchive(Path(str(archive.filename)), archive)).run(limit)


class _Reading:
    def __init__(self, archive: StoredArchive) -> None:
        self._archive, self._path = archive, archive.path
        self._document = self._read_document()
        where = f"{self._path}, {DOCUMENT}"
        self._experiment = Experiment.of(self._document.experiment, where)
        try:
            self._shape = states_shape(self._experiment, self._document.data)
        except UserError as error:
            raise UserError(str(error), where=where) from None

    def run(self, limit: int | None) -> Run:
        document = self._document
        budget = Budget(limit or document.budget.limit, document.budget.stride)
        count = len(document.branches)
        names = [metrics_name(at) for at in range(count)]
        names += [keyframes_name(at) for at in range(count)]
        old = document.version < 4
        for name in (*names, TABLE, RATES if old else RECIPES, STATES):
            self._archive.check(name, document.blake2b.get(name, "missing"))
        check_branches(self._archive, document)
        recordings = [read_recording(self._archive, document, at, budget) for at in range(count)]
        states = self._states(recordings)
        newest = tuple(states[branch.newest] for branch in document.branches)
        for at, recording in enumerate(recordings):
            recording.keyframes.hold(self._held(at, states))
        return Run(
            self._experiment,
            document.name,
            document.total,
            tuple(recordings),
            newest,
            document.active,
            document.data,
            document.program,
            document.rules,
            borrowed_of(document, self._path),
        )

    def _read_document(self) -> Document:
        text = self._archive.document()
        head = parsed(Head, text, self._path)
        if head.format != FORMAT:
            raise self._archive.error("is no run file", f"format {FORMAT}", quoted(head.format))
        if not 1 <= head.version <= VERSION:
            raise self._archive.error(
                f"was written by version {head.program} of the program, "
                f"in {'a newer' if head.version > VERSION else 'an unknown'} format",
                f"at most version {VERSION} of the format",
                f"version {head.version}",
            )
        document = parsed(Document, text, self._path)
        check_names(text, self._path)
        return document

    def _rows(self, at: int, total: int) -> tuple[Array, Array]:
        """Return a branch's keyframes, rows of the states, and how often each is kept."""
        name = keyframes_name(at)
        rows, kept = self._archive.table(name, "<i8", 2)
        if rows.min() < 0 or rows.max() >= total or kept.min() < 0:
            raise self._archive.error(f"{name} does not fit", f"rows 0 … {total - 1}", rows.max())
        return rows, kept

    def _states(self, recordings: list[Recording]) -> list[TrainState]:
        table = self._archive.table(TABLE, "<u8")
        total = len(table)
        if table.shape[1] != len(TABLE_COLUMNS):
            raise self._archive.error(
                f"{TABLE} does not fit", f"{len(TABLE_COLUMNS)} columns", table.shape
            )
        recipes = self._recipes(table)
        owner = self._owners(recordings, table[:, 0])
        kind = np.dtype(self._experiment.dtype).newbyteorder("<").str
        shape = (total, *self._shape)
        states, generator = [], np.random.PCG64(0)
        for row, numbers in enumerate(self._archive.items(STATES, shape, kind)):
            entry, (recipe, batches) = table[row].tolist(), recipes[row]
            self._check_state(row, entry, numbers)
            try:
                drawing = rng_state(entry, generator)
            except (ValueError, TypeError) as error:
                raise self._archive.error(
                    f"the generator of state {row} cannot be", "PCG64", error
                ) from None
            epoch, step = entry[:2]
            metrics = recordings[owner[row]][epoch]
            states.append(TrainState(epoch, step, numbers, drawing, metrics, recipe, batches))
        return states

    def _recipes(self, table: Array) -> list[tuple[Recipe, int]]:
        """Return each state's recipe, and over how many batches its metrics are means."""
        experiment, train = self._experiment, self._document.data.train
        if self._document.version < 4:
            rates = self._archive.table(RATES, "<f8", len(table), ndim=1)
            first = Recipe.of(experiment)
            whole = steps_of_epoch(train, first.batch_size) if first.batch_size else 0
            recipes = [
                (replace(first, learning_rate=rate), whole if epoch else 0)
                for rate, epoch in zip(rates.tolist(), table[:, 0].tolist(), strict=True)
            ]
        else:
            columns = self._archive.table(RECIPES, "<f8")
            if columns.shape != (len(table), len(RECIPE_COLUMNS)):
                raise self._archive.error(
                    f"{RECIPES} does not fit",
                    f"{len(table)} rows of {len(RECIPE_COLUMNS)} columns",
                    columns.shape,
                )
            whole_numbers = columns[:, -2:]
            if not (np.isfinite(columns).all() and (whole_numbers == whole_numbers.round()).all()):
                raise self._archive.error(f"{RECIPES} does not fit", "possible recipes", "others")
            recipes = [
                (Recipe.of_numbers(numbers), int(batches)) for *numbers, batches in columns.tolist()
            ]
        checked: set[tuple[Recipe, int]] = set()
        for row, pair in enumerate(recipes):
            if pair not in checked:
                self._check_recipe(row, *pair)
                checked.add(pair)
        # Where the batch was changed on the way, how many steps were taken depends on when.
        self._steady = all(one.batch_size == experiment.batch_size for one, _ in recipes)
        return recipes

    def _check_recipe(self, row: int, recipe: Recipe, batches: int) -> None:
        try:
            # An experiment can say what may be: the same bounds hold for a recipe.
            self._experiment.but(**{name: getattr(recipe, name) for name in NAMES})
        except UserError as error:
            raise self._archive.error(
                f"the recipe of state {row} cannot be", "possible values", error
            ) from None
        if not 0 <= batches <= self._document.data.train:
            raise self._archive.error(f"the batches of state {row} cannot be", "0 or more", batches)

    def _check_state(self, row: int, entry: list[int], numbers: Array) -> None:
        epoch, step = entry[:2]
        least, most = epoch, epoch * self._document.data.train
        if self._steady:
            least = most = expected_step(self._experiment, self._document.data, epoch)
        due = least if self._steady else f"{least} to {most}"
        for what, holds, expected, found in (
            ("the step", least <= step <= most, due, step),
            ("a weight or gradient", np.isfinite(numbers[:2]).all(), "finite numbers", "others"),
            # A mean of squares can grow beyond all numbers; nothing makes it undefined.
            ("an average", not np.isnan(numbers[2:]).any(), "numbers", "nan"),
        ):
            if not holds:
                raise self._archive.error(f"{what} of state {row} cannot be", expected, found)

    def _owners(self, recordings: list[Recording], epochs: Array) -> Array:
        """Return, for each row of the states, a branch it lies in, having looked at all."""
        owner = np.full(len(epochs), -1)
        metrics = np.empty((len(COLUMNS), len(epochs)))
        for at, recording in enumerate(recordings):
            rows, _ = self._rows(at, len(epochs))
            newest, last = self._document.branches[at].newest, len(recording) - 1
            if newest >= len(epochs) or epochs[newest] != last:
                raise self._archive.error(f"branch {at} ends elsewhere", f"epoch {last}", newest)
            mine = epochs[rows]
            if mine[0] != 0 or mine[-1] > last or (mine[1:] <= mine[:-1]).any():
                raise self._archive.error(
                    f"{keyframes_name(at)} does not fit",
                    f"growing epochs from 0 to at most {last}",
                    mine[:5],
                )
            if mine[-1] == last and rows[-1] != newest:
                raise self._archive.error(f"branch {at} ends in two ways", rows[-1], newest)
            rows = np.union1d(rows, newest)
            numbers = recording.columns[:, epochs[rows].astype(np.int64)]
            shared = owner[rows] >= 0
            if not np.array_equal(metrics[:, rows[shared]], numbers[:, shared], equal_nan=True):
                raise self._archive.error(
                    f"branch {at} shares states with another one", "the same metrics", "others"
                )
            metrics[:, rows], owner[rows] = numbers, at
        if (owner < 0).any():
            raise self._archive.error(f"{TABLE} does not fit", "states of branches", "others")
        return owner

    def _held(self, at: int, states: list[TrainState]) -> list[tuple[TrainState, int]]:
        rows, kept = self._rows(at, len(states))
        return [(states[row], n) for row, n in zip(rows.tolist(), kept.tolist(), strict=True)]
