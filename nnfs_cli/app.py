"""The commands and how they end: a status, and one line for whatever a person got wrong.

Nothing heavy is imported here: each command imports what it needs when it runs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from nnfs_cli import options
from nnfs_cli.interrupt import INTERRUPTED
from nnfs_cli.outcome import outcome_of, wrong
from nnfs_core import __version__
from nnfs_core.errors import UserError

# Typer brings its own copy of click or uses the installed one, depending on its version;
# either way this is the base of what is raised for a wrong command line.
UsageError: type[Exception] = typer.BadParameter.__mro__[2]

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nnfs-visualizer {__version__}")
        raise typer.Exit


@app.callback()
def window(
    context: typer.Context,
    experiment: options.ExperimentOption = "digits",
    dataset: options.DatasetOption = None,
    image: options.ImageOption = None,
    data_dir: options.DataDirOption = None,
    open_run: options.OpenOption = None,
    activation: options.ActivationOption = None,
    play: Annotated[bool, typer.Option("--play", help="Start training at once.")] = False,
    engine: options.EngineOption = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it."),
    ] = False,
) -> int:
    """Watch a neural network learn. Without a command, this opens the window."""
    if context.invoked_subcommand:
        given = (play, dataset, image, data_dir, open_run, activation, engine)
        if any(given) or experiment != "digits":
            raise UserError(
                f"options belong after the command: {context.invoked_subcommand} --experiment …"
            )
        return 0
    weights = open_run if open_run is not None and options.are_weights(open_run) else None
    if open_run and options.given_on_the_line(context, "experiment"):
        raise UserError("--open goes without --experiment: what is opened has its own")
    if open_run and not weights and (dataset or image or activation):
        raise UserError(
            "--open goes without --dataset, --image and --activation: the run has its own"
        )
    changes = {"dataset": dataset, "image": image, "activation": activation}
    chosen = options.experiment_of("digits" if weights else experiment, {} if weights else changes)
    folder, opened = options.folder(data_dir), options.opened(open_run)
    where = options.engine(engine)
    from nnfs_cli.window import open_window

    name = Path(experiment).stem if dataset is None else Path(dataset).name
    if weights and opened:
        named = (opened, dataset, activation)
        return open_window(chosen, "digits", folder, play=play, weights=named, engine=where)
    return open_window(chosen, name, folder, play=play, run_file=opened, engine=where)


@app.command()
def train(
    context: typer.Context,
    experiment: options.ExperimentOption = "digits",
    dataset: options.DatasetOption = None,
    image: options.ImageOption = None,
    data_dir: options.DataDirOption = None,
    layers: options.LayersOption = None,
    activation: options.ActivationOption = None,
    optimizer: options.OptimizerOption = None,
    learning_rate: options.LearningRateOption = None,
    batch_size: options.BatchSizeOption = None,
    momentum: options.MomentumOption = None,
    weight_decay: options.WeightDecayOption = None,
    schedule: options.ScheduleOption = None,
    patience: options.PatienceOption = None,
    epochs: options.EpochsOption = None,
    seed: options.SeedOption = None,
    dtype: options.DtypeOption = None,
    init: Annotated[
        Path | None,
        typer.Option(
            "--init",
            metavar="WEIGHTS.npz",
            help="Start from these weights. Hidden layers and activation are then the file's, "
            "unless given here.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="WEIGHTS.npz", help="Write the trained weights here."),
    ] = None,
    metrics: Annotated[
        Path | None,
        typer.Option("--metrics", metavar="METRICS.csv", help="Write one row per epoch here."),
    ] = None,
    save_run: options.SaveRunOption = None,
    resume: options.ResumeOption = None,
) -> int:
    """Train without a window. Ctrl+C stops early and keeps what was reached."""
    given = {
        "dataset": dataset,
        "image": image,
        "layers": layers,
        "activation": activation,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "batch_size": batch_size,
        "momentum": momentum,
        "weight_decay": weight_decay,
        "schedule": schedule,
        "patience": patience,
        "epochs": epochs,
        "seed": seed,
        "dtype": dtype,
    }
    if resume and (init or options.given_on_the_line(context, "experiment")):
        raise UserError("--resume goes without --experiment and --init: the run has its own")
    chosen = options.experiment_of(experiment, given)
    folder = options.folder(data_dir)
    from nnfs_cli.train import Files, train_and_save

    fixed = frozenset(name for name, text in given.items() if text is not None)
    files = Files.checked(init, out, metrics, save_run)
    if resume:
        from nnfs_cli.resume import resume_and_save

        return resume_and_save(resume, chosen, fixed, folder, files)
    return train_and_save(chosen, fixed, folder, files, experiment)


@app.command()
def evaluate(
    weights: options.WeightsArgument,
    dataset: options.DatasetOption = None,
    part: options.PartOption = None,
    image: options.ImageOption = None,
    data_dir: options.DataDirOption = None,
    activation: options.ActivationOfFileOption = None,
    json: options.JsonOption = False,
) -> int:
    """Measure trained weights: on their own validation part, or on all of other data."""
    folder, kind = options.folder(data_dir), options.image(image)
    if part is not None:
        options.one_of(part, options.PARTS, "--part")
    from nnfs_cli.evaluate import Question, print_evaluation

    question = Question(dataset, folder, part, kind, activation)
    return print_evaluation(weights, question, as_json=json)


@app.command()
def predict(
    weights: options.WeightsArgument,
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE.png…", show_default=False)],
    activation: options.ActivationOfFileOption = None,
    json: options.JsonOption = False,
) -> int:
    """Say what trained weights see in pictures of single characters."""
    from nnfs_cli.predict import print_predictions

    return print_predictions(weights, images, json, activation)


@app.command()
def render(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the pictures go.")],
    experiment: options.ExperimentOption = "digits",
    dataset: options.DatasetOption = None,
    image: options.ImageOption = None,
    data_dir: options.DataDirOption = None,
    run_file: options.RunOption = None,
    epochs: Annotated[
        str | None,
        typer.Option(
            "--epochs",
            metavar="N|START:STOP:STEP",
            help="How often to go through the data, or which epochs of a saved run.",
        ),
    ] = None,
    every: Annotated[
        str, typer.Option("--every", metavar="K", help="Draw every K-th epoch.")
    ] = "10",
    size: Annotated[
        str, typer.Option("--size", metavar="WxH", help="Of the window, in points.")
    ] = "1600x1000",
    pixel_ratio: Annotated[
        str, typer.Option("--pixel-ratio", metavar="R", help="Pixels per point.")
    ] = "1",
    theme: Annotated[str, typer.Option("--theme", metavar="NAME", help="dark or light.")] = "dark",
) -> int:
    """Draw a run to PNG files; needs no display."""
    wanted, each = None, options.whole_number(every, "--every")
    if run_file:
        if options.given_on_the_line(context, "experiment"):
            raise UserError("--run goes without --experiment: the run has its own")
        step_given = options.given_on_the_line(context, "every")
        wanted, epochs = options.epoch_range(epochs, each, step_given=step_given), None
    chosen = options.experiment_of(
        experiment, {"dataset": dataset, "image": image, "epochs": epochs}
    )
    points, ratio = options.picture_size(size), options.pixel_ratio(pixel_ratio)
    options.one_of(theme, ("dark", "light"), "--theme")
    folder, file = options.folder(data_dir), options.run_file(run_file)
    target = options.made_folder(out)
    from nnfs_cli.render import render as draw
    from nnfs_core.training.trainer import NotFiniteError

    try:
        if file and wanted:
            from nnfs_cli.render import render_run

            return render_run(file, dataset, folder, wanted, points, ratio, theme, target)
        return draw(chosen, experiment, folder, chosen.epochs, each, points, ratio, theme, target)
    except NotFiniteError as error:  # the pictures up to it are there
        raise UserError(str(error)) from error


@app.command()
def web(
    weights: Annotated[
        Path | None,
        typer.Option("--weights", metavar="WEIGHTS.npz", help="Begin with these weights."),
    ] = None,
    activation: options.ActivationOfFileOption = None,
    dataset: options.DatasetOption = None,
    data_dir: options.DataDirOption = None,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            envvar="GRADIO_SERVER_NAME",
            help="Where to listen; 127.0.0.1 is this computer alone.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        str,
        typer.Option(
            "--port", metavar="N", envvar="GRADIO_SERVER_PORT", help="0 for any that is free."
        ),
    ] = "7860",
    no_token: Annotated[
        bool,
        typer.Option(
            "--no-token", help="Let in everybody who can reach an address beyond this computer."
        ),
    ] = False,
) -> int:
    """Read drawn digits on a page in the browser."""
    if activation is not None and weights is None:
        raise UserError("--activation goes with --weights: it is that of their hidden layers")
    folder = options.folder(data_dir)
    from nnfs_cli.web import serve_page

    return serve_page(weights, dataset, folder, host, port, activation, ask=not no_token)


@app.command()
def doctor(data_dir: options.DataDirOption = None) -> int:
    """Say what is installed, what is missing, and what to do about it."""
    from nnfs_cli.doctor import doctor as examine

    return examine(data_dir)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status.

    Parameters
    ----------
    arguments : sequence of str
        What follows the program's name.

    Returns
    -------
    int
        0; 2 with one ``error:`` line on stderr for anything wrong with what was given;
        130 after Ctrl+C. A defect of the program itself raises, traceback and all.
    """
    program = "python main.py" if Path(sys.argv[0]).name == "main.py" else "nnfs"

    def command() -> object:
        try:
            return get_command(app).main(list(arguments), program, standalone_mode=False)
        except UsageError as error:
            return wrong(_usage_message(error))
        except typer.Abort:
            return INTERRUPTED

    return outcome_of(command)


def _usage_message(error: Exception) -> str:
    message = str(getattr(error, "format_message", error.__str__)()).rstrip(".")
    return f"{message[:1].lower()}{message[1:]} (--help shows what there is)"
