"""What the commands can be told: the options they share, and an experiment made out of them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnfs_core.errors import UserError, quoted

if TYPE_CHECKING:
    from nnfs_core.experiment import Experiment

# Numbers are taken as text: one model, the experiment, says what is allowed, in one wording.
ExperimentOption = Annotated[
    str,
    typer.Option(
        "--experiment",
        metavar="NAME|FILE",
        help="A preset (digits, mnist-original, mnist-adam, …), or a .toml or .json file.",
    ),
]
DatasetOption = Annotated[
    str | None,
    typer.Option(
        "--dataset",
        metavar="NAME|FILE",
        help="digits, mnist, or a .csv, .npz or folder of IDX files, instead of the experiment's.",
    ),
]
ImageOption = Annotated[
    str | None,
    typer.Option(
        "--image",
        metavar="ROWSxCOLUMNS|none",
        help="Whether a row of numbers is a picture, where the data does not say: 28x28, or none.",
    ),
]
PARTS = ("training", "validation", "test", "all")
PartOption = Annotated[
    str | None,
    typer.Option(
        "--part",
        metavar="NAME",
        help="Which samples: training, validation, test or all. By default the validation part, or "
        "of other data everything.",
    ),
]
DataDirOption = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="The folder that holds MNIST's files."),
]
LayersOption = Annotated[
    str | None,
    typer.Option(
        "--layers", metavar="N,N,…", help='Units of each hidden layer: 10,10; "" for none.'
    ),
]
ActivationOption = Annotated[
    str | None,
    typer.Option(
        "--activation", metavar="NAME", help="relu, leaky_relu, tanh, sigmoid or identity."
    ),
]
ActivationOfFileOption = Annotated[
    str | None,
    typer.Option(
        "--activation",
        metavar="NAME",
        help="Of the hidden layers, instead of the file's: relu, leaky_relu, tanh, sigmoid or "
        "identity. A file that names none is taken for relu.",
    ),
]
OptimizerOption = Annotated[
    str | None,
    typer.Option("--optimizer", metavar="NAME", help="sgd, momentum, rmsprop or adam."),
]
LearningRateOption = Annotated[
    str | None, typer.Option("--learning-rate", metavar="η", help="The length of a step.")
]
BatchSizeOption = Annotated[
    str | None, typer.Option("--batch-size", metavar="N|full", help="Samples of one step.")
]
MomentumOption = Annotated[
    str | None, typer.Option("--momentum", metavar="μ", help="How much of the last step goes on.")
]
WeightDecayOption = Annotated[
    str | None,
    typer.Option("--weight-decay", metavar="λ", help="How strongly weights are pulled to 0."),
]
ScheduleOption = Annotated[
    str | None,
    typer.Option(
        "--schedule", metavar="NAME", help="How η goes on: constant, warm-up, step-decay or cosine."
    ),
]
PatienceOption = Annotated[
    str | None,
    typer.Option(
        "--patience",
        metavar="N|none",
        help="Stop when the validation loss has not fallen for N epochs.",
    ),
]
EpochsOption = Annotated[
    str | None, typer.Option("--epochs", metavar="N", help="How often to go through the data.")
]
SeedOption = Annotated[
    str | None,
    typer.Option("--seed", metavar="N", help="Decides everything that is drawn at random."),
]
DtypeOption = Annotated[
    str | None, typer.Option("--dtype", metavar="NAME", help="float32 or float64.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")]
SaveRunOption = Annotated[
    Path | None,
    typer.Option("--save-run", metavar="RUN.nnfs", help="Write the whole run here."),
]
ResumeOption = Annotated[
    Path | None,
    typer.Option(
        "--resume",
        metavar="RUN.nnfs",
        help="Go on with a saved run, up to --epochs in all. Of its experiment that can be changed "
        "which keeps the shapes: learning rate, momentum, weight decay, batch size, patience.",
    ),
]
OpenOption = Annotated[
    Path | None,
    typer.Option(
        "--open",
        metavar="RUN.nnfs|WEIGHTS.npz",
        help="Show a saved run, or start one from weights.",
    ),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="process|thread",
        help="Where to train: in a process of its own, which is quicker, or in the window's.",
    ),
]
RunOption = Annotated[
    Path | None,
    typer.Option("--run", metavar="RUN.nnfs", help="Draw a saved run instead of training one."),
]
WeightsArgument = Annotated[Path, typer.Argument(metavar="WEIGHTS.npz", show_default=False)]


def experiment_of(name_or_file: str, overrides: Mapping[str, str | None]) -> Experiment:
    """Make the experiment that the options describe.

    Parameters
    ----------
    name_or_file : str
        A preset, or the path of a file.
    overrides : mapping
        By field, the text of the option of that name; None where it was not given.

    Raises
    ------
    UserError
        Naming the option, what it allows, and what it was given.
    """
    from nnfs_core.experiment import Experiment, load_experiment, not_usable

    changes: dict[str, object] = {}
    for field, text in overrides.items():
        if text is None:
            continue
        value: object = _split(text) if field == "layers" else text
        try:
            Experiment.of({field: value})
        except UserError:
            raise not_usable(field, text, f"--{field.replace('_', '-')}") from None
        changes[field] = value
    return load_experiment(name_or_file).but(**changes)


def given_on_the_line(context: typer.Context, name: str) -> bool:
    """Say whether an option was given, even if with what is its default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def run_file(path: Path | None) -> Path | None:
    """Return the run file an option names, if it was given and there is one."""
    from nnfs_core.disk.whole import existing_file

    return None if path is None else existing_file(path, "a run file (.nnfs)")


def image(text: str | None) -> str:
    """Read what ``--image`` says."""
    if text is None:
        return "auto"
    return experiment_of("digits", {"image": text}).image


def opened(path: Path | None) -> Path | None:
    """Return the file that ``--open`` names, if it was given and there is one."""
    from nnfs_core.disk.whole import existing_file

    return None if path is None else existing_file(path, "a run file (.nnfs) or a weights file")


def are_weights(path: Path) -> bool:
    """Say whether a file that is opened is no run."""
    from nnfs_core.disk.kinds import kind_of

    kind = kind_of(path)
    if kind == "data" and path.suffix.lower() not in (".npz", ".csv", ".gz"):
        kind = "run"  # which may be called anything
    if kind in ("experiment", "data"):
        option = "--experiment" if kind == "experiment" else "--dataset"
        raise UserError(f"is neither a run nor weights; {option} takes it", where=f"--open {path}")
    return kind != "run"


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text.strip() else []


def folder(path: Path | None) -> Path | None:
    """Return the folder an option names, if it was given and there is one."""
    from nnfs_core.disk.whole import is_folder, user_path

    if path is None:
        return None
    if not is_folder(path := user_path(path)):
        raise UserError("there is no such folder", where=f"--data-dir {path}")
    return path


class _Probe(Exception):
    """Ends a write before anything is written."""


def check_writable(path: Path | None, option: str) -> Path | None:
    """Make sure a file could be written, before hours are spent on what goes into it."""
    from nnfs_core.disk.whole import atomic_write, user_path

    if path is None:
        return None
    path = user_path(path)
    # A device or pipe would notice being opened and closed again; it is tried when used.
    if path.is_file() or path.is_dir() or not path.exists():
        try:
            with contextlib.suppress(_Probe), atomic_write(path):
                raise _Probe
        except UserError as error:
            raise UserError(f"{option} {error}") from None
    return path


def made_folder(path: Path) -> Path:
    """Make the folder that pictures go to, and make sure that they can."""
    from nnfs_core.disk.whole import unwritable, user_path

    path = user_path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from None
    check_writable(path / "frame-000000.png", "--out")
    return path


def whole_number(text: str, option: str) -> int:
    """Read a number that counts something, from 1 on."""
    if re.fullmatch(r"\d{1,9}", text.strip(), re.ASCII) and int(text) > 0:
        return int(text)
    raise UserError("not a usable value", where=option, expected="a whole number, at least 1",
                    found=quoted(text))  # fmt: skip


@dataclass(frozen=True, slots=True)
class EpochRange:
    """Which epochs of a saved run are wanted: from ``start`` to ``stop``, or to its end."""

    start: int
    stop: int | None
    step: int

    def of(self, newest: int) -> range:
        """Return the epochs, of a run that has so many.

        Raises
        ------
        UserError
            When the run ends before them.
        """
        last = newest if self.stop is None else self.stop
        if last > newest or self.start > last:
            raise UserError(
                "the run has no such epochs",
                where="--epochs",
                expected=f"within 0 … {newest}",
                found=f"{self.start} … {last}",
            )
        return range(self.start, last + 1, self.step)


def epoch_range(text: str | None, step: int, *, step_given: bool) -> EpochRange:
    """Read ``STOP``, ``START:STOP`` or ``START:STOP:STEP``.

    Parameters
    ----------
    text : str, optional
    step : int
        Where the text holds none.
    step_given : bool
        Whether that was asked for, so that there must not be two.
    """
    match = re.fullmatch(r"\s*(?:(\d{1,9}):)?(\d{1,9})(?::(\d{1,9}))?\s*", text or "0", re.ASCII)
    start = int(match[1] or 0) if match else 0
    if match is None or int(match[3] or 1) < 1 or (text and int(match[2]) < start):
        raise UserError("not a usable value", where="--epochs",
                        expected="STOP, START:STOP or START:STOP:STEP, as in 0:1000:10",
                        found=quoted(str(text)))  # fmt: skip
    if match[3] and step_given:
        raise UserError("--every and a step in --epochs say the same: give one of them")
    return EpochRange(start, int(match[2]) if text else None, int(match[3] or step))


SIDES = (200, 16_384)
RATIOS = (0.5, 8.0)


def picture_size(text: str, option: str = "--size") -> tuple[int, int]:
    """Read ``WIDTHxHEIGHT``."""
    match = re.fullmatch(r"\s*(\d{1,6})\s*[x×]\s*(\d{1,6})\s*", text, re.ASCII | re.IGNORECASE)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(SIDES[0] <= side <= SIDES[1] for side in size):
        raise UserError(
            "not a usable value",
            where=option,
            expected=f"WIDTHxHEIGHT, each from {SIDES[0]} to {SIDES[1]}, as in 1600x1000",
            found=quoted(text),
        )
    return size


def pixel_ratio(text: str, option: str = "--pixel-ratio") -> float:
    """Read how many pixels of the picture one unit of length takes."""
    with contextlib.suppress(ValueError):
        if RATIOS[0] <= (ratio := float(text)) <= RATIOS[1]:
            return ratio
    raise UserError(
        "not a usable value",
        where=option,
        expected=f"a number from {RATIOS[0]:g} to {RATIOS[1]:g}",
        found=quoted(text),
    )


def engine(text: str | None) -> str:
    """Read where training is to be done."""
    # Here, because most commands open no window.
    from nnfs_core.engine.engines import ENGINES, USUAL

    return one_of(text or USUAL, tuple(ENGINES), "--engine")


def one_of(text: str, words: tuple[str, ...], option: str) -> str:
    """Read one of a few words."""
    if text not in words:
        raise UserError(
            "not a usable value",
            where=option,
            expected=f"one of {', '.join(words)}",
            found=quoted(text),
        )
    return text
