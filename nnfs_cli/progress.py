"""How far a command is: bars on a terminal, a few plain lines anywhere else. All on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from nnfs_core.data.facts import facts
from nnfs_core.errors import one_line
from nnfs_core.model.tasks import ACCURACY, Score
from nnfs_core.text.numbers import loss_text, padded

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from nnfs_core.data import Dataset, Reading
    from nnfs_core.training.metrics import EpochMetrics

SHARE = len("100.0 %")
"""Characters of a share beside a bar, at most."""

REFRESH = 0.1
"""Seconds between two updates of a bar; an epoch can take a thousandth of that."""


def is_terminal() -> bool:
    """Say whether somebody watches stderr."""
    return sys.stderr.isatty()


def load_with_bar(spec: str, data_dir: Path | None, reading: Reading) -> Dataset:
    """Load a dataset, with a bar for what takes long, such as a download.

    Raises
    ------
    UserError
        For anything wrong with the data.
    """
    from nnfs_core.data import load_dataset

    return with_bar(lambda progress: load_dataset(spec, data_dir, progress, reading))


Result = TypeVar("Result")


def with_bar(job: Callable[[Callable[[str, int, int], None] | None], Result]) -> Result:
    """Do something that takes a progress, with a bar for what takes long."""
    if not is_terminal():
        return job(None)
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total or None)
            bars.update(tasks[what], completed=done, total=total or None)

        return job(progress)


def say_of_data(dataset: Dataset) -> None:
    """Say how large data is, how it was scaled, and what was guessed, left out or looks odd."""
    print(one_line(facts(dataset)), file=sys.stderr)
    for note in dataset.notes:
        print(one_line(f"note: {note}"), file=sys.stderr)


def summary(metrics: EpochMetrics, validation_name: str, score: Score = ACCURACY) -> str:
    """Write an epoch's numbers in one line; what was not computed is left out."""

    def said(value: float) -> str:
        return score.written(value, 2) if score == ACCURACY else score.named(value, 2)

    parts = [f"train loss {loss_text(metrics.train_loss)} ({said(metrics.train_score)})"]
    if metrics.validation_loss == metrics.validation_loss:  # not NaN
        loss, reached = loss_text(metrics.validation_loss), said(metrics.validation_score)
        parts.append(f"{validation_name} loss {loss} ({reached})")
    return "  ".join(parts)


def _short(metrics: EpochMetrics, score: Score = ACCURACY) -> str:
    """Write an epoch's numbers so that they fit beside a bar; training / validation.

    Each has the same room in every epoch, so that the bar keeps its length.
    """
    loss = f"loss {padded(metrics.train_loss, space=' ')}"
    scores = f"{score.title} {score.written(metrics.train_score, 1):>{SHARE}}"
    if metrics.validation_loss == metrics.validation_loss:
        loss += f" / {padded(metrics.validation_loss, space=' ')}"
        scores += f" / {score.written(metrics.validation_score, 1):>{SHARE}}"
    return f"{loss}  {scores}"


class TrainingProgress:
    """Shows a run as it goes; call it with the metrics of each epoch.

    Parameters
    ----------
    epochs : int
        How many there will be.
    validation_name : str
        What the validation part of the data is called.
    score : Score
        Of the task.
    """

    def __init__(self, epochs: int, validation_name: str, score: Score = ACCURACY) -> None:
        self._epochs, self._validation, self._score = epochs, validation_name, score
        self._shown = 0.0

    def __call__(self, metrics: EpochMetrics) -> None:
        """Show an epoch, unless it is too soon after the last one shown."""
        tenth = max(1, self._epochs // 10)
        if metrics.epoch % tenth == 0 and metrics.epoch < self._epochs:
            numbers = summary(metrics, self._validation, self._score)
            line = f"epoch {metrics.epoch}/{self._epochs}  {numbers}"
            print(line, file=sys.stderr, flush=True)


class TrainingBar(TrainingProgress):
    """The same as a bar that moves; made by :func:`training_progress`."""

    def __init__(self, epochs: int, validation_name: str, score: Score, bars: Progress) -> None:
        super().__init__(epochs, validation_name, score)
        self._bars = bars
        self._task: TaskID = bars.add_task("", total=epochs, numbers="")

    def __call__(self, metrics: EpochMetrics) -> None:
        """Show an epoch, unless it is too soon after the last one shown."""
        now = perf_counter()
        if now - self._shown >= REFRESH or metrics.epoch == self._epochs:
            self._shown = now
            self._bars.update(
                self._task, completed=metrics.epoch, numbers=_short(metrics, self._score)
            )


@contextmanager
def training_progress(
    epochs: int, validation_name: str, score: Score = ACCURACY
) -> Iterator[TrainingProgress]:
    """Show training on stderr while the context lasts.

    Parameters
    ----------
    epochs : int
        How many there will be.
    validation_name : str
        What the validation part of the data is called.
    score : Score
        Of the task.
    """
    if not is_terminal():
        yield TrainingProgress(epochs, validation_name, score)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (
        TextColumn("epoch"),
        MofNCompleteColumn(),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[numbers]}", markup=False),
        TimeLeft(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, expand=True) as bars:
        yield TrainingBar(epochs, validation_name, score, bars)
