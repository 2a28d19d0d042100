"""``train --resume``: a saved run goes on as if it had never stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nnfs_cli.progress import with_bar
from nnfs_cli.train import Files, train_on
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.files.meeting import data_of
from nnfs_core.files.runfile import check_dataset, load_run
from nnfs_core.recipe import NAMES
from nnfs_core.training.trainer import Trainer


def resume_and_save(
    path: Path, wanted: Experiment, fixed: frozenset[str], data_dir: Path | None, files: Files
) -> int:
    """Go on with a saved run, with the very numbers it would have had without a break.

    Parameters
    ----------
    path : Path
        The run; its active branch goes on.
    wanted : Experiment
        Holds the values that were asked for.
    fixed : frozenset of str
        The names of those.
    data_dir, files
        As for :func:`train_and_save`.

    Returns
    -------
    int
        As for :func:`train_and_save`.

    Raises
    ------
    UserError
        When the file or something given cannot be used, or numbers stop being finite.
    """
    run = load_run(path)
    state = run.newest[run.active]
    may_change = {*NAMES, "epochs", "dataset", "patience"}
    for field in sorted(fixed - may_change):
        expected, found = (each.to_dict()[field] for each in (run.experiment, wanted))
        if found != expected:
            option = f"--{field.replace('_', '-')}"
            raise UserError(
                "the run has another one",
                where=option,
                expected=_as_typed(expected),
                found=_as_typed(found),
            )
    total = wanted.epochs if "epochs" in fixed else max(run.total, state.epoch)
    if total < state.epoch:
        raise UserError(
            "the run is beyond that", where="--epochs", expected=state.epoch, found=total
        )
    # The same data may lie somewhere else now.
    spec = wanted.dataset if "dataset" in fixed else run.experiment.dataset
    dataset = with_bar(lambda progress: data_of(run, spec, data_dir, progress))
    check_dataset(run, dataset)
    experiment = run.experiment.but(epochs=total, dataset=spec)
    if "patience" in fixed:
        experiment = experiment.but(patience=wanted.patience)
    if run.experiment.schedule != "constant" and run.experiment.schedule_epochs is None:
        # The epochs that are there would otherwise have had another rate.
        experiment = experiment.but(schedule_epochs=run.experiment.epochs)
    trainer = Trainer(experiment, dataset, state=state)
    recording = run.recordings[run.active]
    before = trainer.recipe
    asked = {name: getattr(wanted, name) for name in NAMES if name in fixed}
    recipe = replace(before, **asked)
    if recipe != before:
        trainer.change(recipe)
        recording.change(trainer.state(), before.change_to(recipe))
    run = replace(run, experiment=experiment, total=total)
    return train_on(trainer, recording, run if files.run else None, files)


def _as_typed(value: object) -> str:
    return ",".join(map(str, value)) or '""' if isinstance(value, list) else str(value)
