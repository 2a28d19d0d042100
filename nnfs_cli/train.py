"""``train``: a run without a window, and the files it leaves behind."""

from __future__ import annotations

import math
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from nnfs_cli.notes import print_notes
from nnfs_cli.options import check_writable
from nnfs_cli.progress import load_with_bar, say_of_data, summary, training_progress
from nnfs_core.data import Dataset
from nnfs_core.diagnose.evaluation import measure
from nnfs_core.disk.whole import atomic_write, user_path
from nnfs_core.errors import UserError, one_line
from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import Fingerprint, Run, save_run
from nnfs_core.files.trained import Trained, check_fit, load_trained
from nnfs_core.files.weights import check_layers_are_dense, learned, save_weights
from nnfs_core.history.dead_watch import DeadWatch, mark_dead, said
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Mark, Recording
from nnfs_core.model.tasks import ACCURACY, Score, task_of
from nnfs_core.training.metrics import EpochMetrics
from nnfs_core.training.patience import Patience
from nnfs_core.training.trainer import EpochCancelled, NotFiniteError, Trainer

COLUMNS = (
    "epoch",
    "train_loss",
    "train_score",
    "validation_loss",
    "validation_score",
    "seconds",
)
"""Of the metrics file, in order; a score is called there as the task calls its own."""


@dataclass(frozen=True, slots=True)
class Files:
    """What a run starts from and what it writes; each may be None.

    Attributes
    ----------
    init, out : Path or None
        Weights to start from, and where the trained ones go.
    metrics : Path or None
        Where the numbers of each epoch go.
    run : Path or None
        Where the whole run goes.
    """

    init: Path | None = None
    out: Path | None = None
    metrics: Path | None = None
    run: Path | None = None

    @classmethod
    def checked(
        cls, init: Path | None, out: Path | None, metrics: Path | None, run: Path | None
    ) -> Files:
        """Make sure everything could be written, before hours are spent on it.

        Raises
        ------
        UserError
            Naming the option and what stands in the way.
        """
        written = {"--out": out, "--metrics": metrics, "--save-run": run}
        paths = {option: check_writable(path, option) for option, path in written.items()}
        known: dict[Path, str] = {}
        for option, path in paths.items():
            if path is None:
                continue
            if other := known.get(path.resolve()):
                raise UserError(f"{other} and {option} are the same file", where=path)
            known[path.resolve()] = option
        return cls(init and user_path(init), *paths.values())


def train_and_save(
    experiment: Experiment,
    fixed: frozenset[str],
    data_dir: Path | None,
    files: Files,
    name: str = "run",
) -> int:
    """Train as long as the experiment says, and write what was asked for.

    A run that is interrupted, or whose numbers stop being finite, writes the weights of
    its last good epoch, and the metrics of all epochs up to it. If it did not finish a
    single epoch, there is nothing to keep and no weights are written. The run itself is
    written in any case.

    Parameters
    ----------
    experiment : Experiment
        The run.
    fixed : frozenset of str
        Fields that were asked for, which weights to start from do not change.
    data_dir : Path, optional
        The folder of the data.
    files : Files
        What to read and write.
    name : str
        What the run is called.

    Returns
    -------
    int
        0, or 128 plus the signal's number when one ended the run.

    Raises
    ------
    UserError
        When something given cannot be used, or numbers stop being finite.
    """
    start = None
    if files.init:
        asked = experiment.activation if "activation" in fixed else None
        start = load_trained(files.init, asked, experiment.activation)
        experiment = _fitted(experiment, fixed, start)
    dataset = load_with_bar(experiment.dataset, data_dir, experiment.reading())
    say_of_data(dataset)
    experiment, changed = experiment.fitted(task_of(dataset))
    if changed:
        print_notes([changed], sys.stderr)
    if start and files.init:
        check_fit(files.init, start.sizes, dataset)
        print_notes([*start.notes, *_other_names(start, dataset)], sys.stderr)
    if files.out:
        check_layers_are_dense(experiment.layers, files.out)
    trainer = _trainer(experiment, dataset, start, files)
    recording = Recording(Budget.for_run(trainer))
    recording.append(trainer.metrics)
    run = None
    if files.run:
        recording.keyframes.offer(trainer)
        data, state = Fingerprint.of(dataset), trainer.state()
        run = Run(
            experiment, name, experiment.epochs, (recording,), (state,), 0, data,
            rules=dataset.rules,
        )  # fmt: skip
    return train_on(trainer, recording, run, files)


def train_on(trainer: Trainer, recording: Recording, run: Run | None, files: Files) -> int:
    """Train to the end of the trainer's experiment, and write what was asked for.

    Parameters
    ----------
    trainer : Trainer
    recording : Recording
        Up to where the trainer stands.
    run : Run, optional
        What is written to ``files.run``, with the state that is reached.
    files : Files

    Returns
    -------
    int
        As for :func:`train_and_save`.
    """
    epochs, validation_name = trainer.experiment.epochs, trainer.dataset.validation_name
    score = trainer.network.task.score
    failure: NotFiniteError | None = None
    early = ""
    try:
        with interruptible(trainer) as stopped_by:
            with training_progress(epochs, validation_name, score) as show:
                try:
                    early = _train(trainer, recording, show, keep=run is not None)
                except EpochCancelled:
                    pass
                except NotFiniteError as error:
                    failure = error
                    recording.mark(Mark(error.epoch, "diverged", str(error)))
            # Still guarded: a second Ctrl+C is no reason to lose what was learned.
            try:
                saved = _save(trainer, files)
            finally:
                if run and files.run:
                    newest = list(run.newest)
                    newest[run.active] = trainer.state()
                    save_run(files.run, replace(run, newest=tuple(newest)))
            if files.run:
                saved += f"; the run is in {files.run}"
    finally:
        if files.metrics:
            write_metrics(files.metrics, recording, score)
    if failure:
        raise UserError(f"{failure}{saved}") from failure
    stopped = trainer.epoch < epochs and not early
    if early:
        print(early)
    if stopped:
        print(one_line(f"stopped after epoch {trainer.epoch}{saved}"), file=sys.stderr)
    else:
        print(f"epoch {trainer.epoch}  {summary(_complete(trainer), validation_name, score)}")
    if dead := recording.dead_at(trainer.epoch):
        print(said(dead[-1]), file=sys.stderr if stopped else sys.stdout)
    return 128 + stopped_by[0] if stopped else 0


def write_metrics(path: Path, recording: Recording, score: Score = ACCURACY) -> None:
    """Write one row per epoch, row 0 for the untrained network.

    Numbers are written so that reading them gives the very same ones; what was not
    computed is an empty field.
    """
    columns = [recording.column(name).tolist() for name in COLUMNS]
    with atomic_write(path, "w") as file:
        file.write(",".join(name.replace("score", score.key) for name in COLUMNS) + "\n")
        for epoch, *numbers in zip(*columns, strict=True):
            fields = ("" if math.isnan(number) else repr(number) for number in numbers)
            file.write(f"{int(epoch)},{','.join(fields)}\n")


@contextmanager
def interruptible(trainer: Trainer) -> Iterator[list[int]]:
    """Let Ctrl+C and a polite request to end cancel the epoch instead of tearing it apart.

    Parameters
    ----------
    trainer : Trainer
        Left at its last whole epoch.

    Yields
    ------
    list of int
        The signals that came.
    """
    came: list[int] = []

    def cancel(number: int, _: object) -> None:
        came.append(number)
        trainer.cancel()

    # Python only lets the main thread do this; in another one nothing is delivered anyway.
    main = threading.current_thread() is threading.main_thread()
    signals = (signal.SIGINT, signal.SIGTERM) if main else ()
    before = {number: signal.signal(number, cancel) for number in signals}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _train(
    trainer: Trainer, recording: Recording, show: Callable[[EpochMetrics], None], *, keep: bool
) -> str:
    """Train to the end; return why it came early, where the experiment has patience."""
    mark_dead(recording, trainer, trainer.state())
    watch = DeadWatch(trainer)
    patience = Patience(trainer.experiment.patience)
    patience.recall(recording.column("validation_loss").tolist())
    patience.begin(trainer.epoch)

    def note(marks: tuple[Mark, ...]) -> None:
        for mark in marks:
            recording.mark(mark)

    while trainer.epoch < trainer.experiment.epochs:
        metrics = trainer.step_epoch()
        recording.append(metrics)
        if keep:
            recording.keyframes.offer(trainer)
        show(metrics)
        note(watch.after_epoch())
        if why := patience.after(metrics):
            note(watch.at_rest())
            return why
    note(watch.at_rest())
    return ""


def _fitted(experiment: Experiment, fixed: frozenset[str], start: Trained) -> Experiment:
    """Take from the weights what only makes sense as it was, unless asked otherwise."""
    changes: dict[str, object] = {}
    if "layers" not in fixed:
        changes["layers"] = start.sizes[1:-1]
    changes["activation"] = start.network.activation.name
    return experiment.but(**changes)


def _other_names(start: Trained, dataset: Dataset) -> list[str]:
    """Say where inputs or outputs of the weights are given to columns or classes of other names."""
    said = []
    for what, before, now in (
        ("inputs of the weights are trained for columns", start.meaning.inputs, dataset.inputs),
        ("outputs of the weights are trained for classes", start.meaning.classes, dataset.classes),
    ):
        changed = [pair for pair in zip(before, now, strict=False) if pair[0] != pair[1]]
        if changed:
            pairs = ", ".join(f"{old} → {new}" for old, new in changed[:8])
            more = f" and {len(changed) - 8} more" if len(changed) > 8 else ""
            said.append(f"{what} of other names: {pairs}{more}")
    return said


def _trainer(
    experiment: Experiment, dataset: Dataset, start: Trained | None, files: Files
) -> Trainer:
    try:
        return Trainer(experiment, dataset, start.parameters if start else None)
    except UserError as error:
        raise UserError(str(error), where=files.init) from None


def _complete(trainer: Trainer) -> EpochMetrics:
    """Return the last epoch's metrics, validated even where that was not due."""
    metrics, data = trainer.metrics, trainer.dataset
    if not math.isnan(metrics.validation_loss) or not len(data.validation_y):
        return metrics
    result = measure(trainer.network, trainer.parameters, data.validation_x, data.validation_y)
    return replace(metrics, validation_loss=result.loss, validation_score=result.score)


def _save(trainer: Trainer, files: Files) -> str:
    """Write the weights, if they were asked for and there are any; say so in a half-sentence."""
    if not files.out:
        return ""
    if not trainer.epoch:
        return "; nothing was learned yet, so no weights are written"
    score = _complete(trainer).validation_score
    # The number of epochs is the one reached: what the file says of itself is true.
    experiment = trainer.experiment.but(epochs=trainer.epoch)
    save_weights(files.out, learned(trainer.parameters, experiment, trainer.dataset, score))
    return f"; its weights are in {files.out}"
