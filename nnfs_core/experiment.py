"""One frozen, validated description of a run, and the presets that ship with the program.

The form, the command line, the files and the presets are all made from this one model.
"""

from __future__ import annotations

import difflib
import itertools
import sys
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self

import tomli_w
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from nnfs_core.data.reading import AUTO, NONE, RULES, Reading, image_shape
from nnfs_core.disk.json_text import read_json
from nnfs_core.disk.whole import existing_file, unreadable
from nnfs_core.errors import VALUE, UserError, quoted, readable, shortened
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.initializers import INITIALIZERS
from nnfs_core.model.layers import Dense, layers
from nnfs_core.model.network import Network, drawn_parameters
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.tasks import Task, loss_names
from nnfs_core.optimizers import optimizers
from nnfs_core.recipe import NAMES, Recipe
from nnfs_core.schedules import SCHEDULES


def optimizer_names() -> tuple[str, ...]:
    """Return the names of optimizers, the plainest first."""
    return tuple(sorted(optimizers(), key=lambda name: ("sgd", name) != (name, name)))


CHOICES: dict[str, tuple[str, ...]] = {
    "activation": tuple(ACTIVATIONS),
    "initializer": tuple(INITIALIZERS),
    "loss": loss_names(),
    "optimizer": optimizer_names(),
    "dtype": ("float32", "float64"),
    "schedule": tuple(SCHEDULES),
}
"""The words a field can take."""

MAX_UNITS = 100_000
MAX_LAYERS = 64
MAX_FILE = 2**20
"""Bytes of an experiment's file."""

Units = Annotated[int, Field(ge=1, le=MAX_UNITS)]


_UNITS = TypeAdapter(Units)


def _hidden_layer(value: Any) -> int | str:
    """Read a hidden layer: units of a dense one, or the name of another and what goes with it."""
    words = value.split() if isinstance(value, str) else []
    if words and words[0] in layers():
        if words[0] != Dense.name or len(words) != 2:
            return " ".join(words)
        value = words[1]
    return _UNITS.validate_python(value)


HiddenLayer = Annotated[int | str, PlainValidator(_hidden_layer)]
Share = Annotated[float, Field(ge=0, lt=1)]


class Experiment(BaseModel):
    """Everything that decides a run. Frozen: a changed experiment is another experiment.

    ``layers`` are the hidden layers; the sizes of input and output follow the data.
    ``batch_size`` of None means full batch, written ``"full"`` in files and on screen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: str = Field("digits", min_length=1, description="A name, or the path of a file")
    image: str = Field(
        AUTO,
        title="pictures",
        description="Whether a sample is a picture: auto, none, or ROWSxCOLUMNS such as 28x28",
    )
    layers: tuple[HiddenLayer, ...] = Field(
        (10,),
        max_length=MAX_LAYERS,
        title="hidden layers",
        description="Units of each hidden layer; of another than a dense one, its name and more",
    )
    activation: str = Field("relu", description="Activation function of the hidden layers")
    initializer: str = Field("he", description="How the first weights are drawn")
    loss: str = Field("cross-entropy", description="What is minimised")
    optimizer: str = Field("sgd", description="How a gradient becomes an update")
    learning_rate: float = Field(
        0.5, gt=0, title="learning rate", description="η, the length of a step"
    )
    schedule: str = Field(
        "constant", description="How the learning rate goes on while training does"
    )
    warmup: int = Field(
        5, ge=1, le=10_000_000, title="warm-up", description="Epochs in which it rises to the full"
    )
    drop_every: int = Field(
        100, ge=1, le=10_000_000, title="drop every", description="Epochs from one drop to the next"
    )
    drop_to: float = Field(
        0.5, gt=0, lt=1, title="drop to", description="What a drop leaves of the learning rate"
    )
    momentum: Share = Field(0.9, description="μ of momentum")
    rho: Share = Field(0.9, title="decay ρ", description="ρ of rmsprop")
    beta1: Share = Field(0.9, title="decay β₁", description="β₁ of adam")
    beta2: Share = Field(0.999, title="decay β₂", description="β₂ of adam")
    epsilon: float = Field(1e-8, gt=0, title="epsilon ε", description="ε of rmsprop and adam")
    batch_size: Annotated[int, Field(ge=1)] | None = Field(
        None, title="batch", description="Samples of one step; full is all of them"
    )
    weight_decay: float = Field(
        0.0, ge=0, title="weight decay", description="λ of the L2 penalty (λ/2)·Σ w²"
    )
    epochs: int = Field(1000, ge=1, le=10_000_000, description="Epochs a run is meant to last")
    validate_every: int = Field(
        1, ge=1, title="validate every", description="Epochs from one validation to the next"
    )
    patience: Annotated[int, Field(ge=1, le=10_000_000)] | None = Field(
        None, description="Stop when the validation loss has not fallen for so many epochs"
    )
    schedule_epochs: Annotated[int, Field(ge=1, le=10_000_000)] | None = Field(
        None, description="Epochs that a cosine takes, where they are not those of the run"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="Decides everything that is drawn at random")
    dtype: str = Field("float32", title="number type", description="Precision of all arithmetic")

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_value(cls, value: object) -> object:
        # Python takes True for 1; nobody who writes `epochs = true` means that.
        parts = value if isinstance(value, list | tuple) else (value,)
        if any(isinstance(part, bool) for part in parts):
            raise ValueError("not a number")
        return value

    @field_validator("batch_size", mode="before")
    @classmethod
    def _full_is_none(cls, value: object) -> object:
        return None if value == "full" else value

    @field_validator("patience", "schedule_epochs", mode="before")
    @classmethod
    def _none_is_none(cls, value: object) -> object:
        return None if value == "none" else value

    @field_validator("image")
    @classmethod
    def _image(cls, value: str) -> str:
        if value in (AUTO, NONE):
            return value
        rows, columns = image_shape(value)
        return f"{rows}x{columns}"

    @field_validator(*CHOICES)
    @classmethod
    def _known(cls, value: str, info: Any) -> str:
        allowed = CHOICES[info.field_name]
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return value

    @classmethod
    def of(cls, values: Mapping[str, object], where: object = None) -> Self:
        """Make an experiment of named values.

        Raises
        ------
        UserError
            Naming the first wrong field, what is allowed there, and what was found.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise _in_one_line(error, values, where) from None

    def but(self, **changes: object) -> Self:
        """Return this experiment with some fields changed, validated again."""
        return type(self).of({**self.model_dump(), **changes})

    def rate_at(self, epoch: int, learning_rate: float) -> float:
        """Return η of an epoch, from 1 on: the learning rate as the schedule makes it.

        Parameters
        ----------
        epoch : int
        learning_rate : float
            What the recipe says.
        """
        if self.schedule == "constant":
            return learning_rate
        return learning_rate * SCHEDULES[self.schedule].share(self, epoch)

    def by(self, recipe: Recipe) -> Self:
        """Return this as it is while a run goes on by a recipe."""
        return self.model_copy(update={name: getattr(recipe, name) for name in NAMES})

    def reading(self, rules: int = RULES) -> Reading:
        """Return how the data is to be read, by numbered rules."""
        return Reading(self.image, self.dtype, rules)

    def fitted(self, task: Task) -> tuple[Self, str]:
        """Return this with a loss that fits a task, and what was changed for it, in a line.

        The text is empty where nothing was.
        """
        if self.loss in task.losses:
            return self, ""
        loss = next(iter(task.losses))
        note = f"the loss is {loss}: {self.loss} is not for {task.name}"
        return self.but(loss=loss), note

    def network(self, features: int, task: Task) -> Network:
        """Make the network that this describes, for so many inputs and what is to come out.

        Raises
        ------
        UserError
            When the loss does not fit the task, or it would have more than
            :data:`~nnfs_core.model.network.MAX_PARAMETERS` parameters.
        """
        outputs = len(task.outputs)
        return Network.of(features, self.layers, outputs, self.activation, self.loss, task)

    def initial(self, sizes: tuple[int, ...]) -> Parameters:
        """Draw the parameters that a run of this starts from, with dense layers of these sizes."""
        layers = tuple(Dense(into, out) for into, out in pairwise(sizes))
        return drawn_parameters(layers, self.initializer, self.seed, self.dtype)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON and TOML can hold them."""
        values = self.model_dump(mode="json")
        for name, word in (
            ("batch_size", "full"),
            ("patience", "none"),
            ("schedule_epochs", "none"),
        ):
            values[name] = word if values[name] is None else values[name]
        return values

    def to_toml(self) -> str:
        """Write the experiment as a TOML file that :func:`load_experiment` reads back."""
        return tomli_w.dumps(self.to_dict())


def _in_one_line(error: ValidationError, values: Mapping[str, object], where: object) -> UserError:
    first = error.errors()[0]
    if not first["loc"]:  # a name that is no text at all: half of a character
        return UserError(f"unknown setting {quoted(str(first['input']))}", where=where)
    field = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        close = difflib.get_close_matches(field, Experiment.model_fields, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return UserError(f"unknown setting {quoted(field)}{hint}", where=where)
    # The whole value, also when only one of its parts is wrong: that is what was written.
    place = field if where is None else f"{where}: {field}"
    return not_usable(field, values[field], place)


def not_usable(field: str, value: object, where: object) -> UserError:
    """Return the error for a value that a field of an experiment cannot take.

    Parameters
    ----------
    field : str
        The field's name.
    value : object
        What was found, as it was written.
    where : object
        The field as the reader knows it: ``"--batch-size"``, ``"run.toml: batch_size"``.
    """
    if isinstance(value, str) and readable(value) != value:
        # Such a text can be the name of a file, but it cannot be kept in a run.
        return UserError(
            f"{quoted(value)} is not text in this system's encoding, "
            f"{sys.getfilesystemencoding()}; give it another name, or use a locale that has "
            "these characters (PYTHONUTF8=1)",
            where=where,
        )
    try:
        found = quoted(value) if isinstance(value, str) else shortened(repr(value), VALUE)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        found = "a number of thousands of digits"
    return UserError(
        "not a usable value",
        where=where,
        expected=_allowed(field),
        found=found,
    )


_BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "less than"}


def _allowed(name: str) -> str:
    """Say in words what a field can take; read off the model, so that it cannot be outdated."""
    if name in CHOICES:
        return f"one of {', '.join(CHOICES[name])}"
    schema = Experiment.model_fields[name]
    if name == "layers":
        others = [layer for layer in layers() if layer != Dense.name]
        return f"at most {MAX_LAYERS} whole numbers from 1 to {MAX_UNITS}" + (
            f", or layers of one of {', '.join(others)}" if others else ""
        )
    if name == "image":
        return "auto, none, or ROWSxCOLUMNS such as 28x28"
    if name == "batch_size":
        return "a whole number, at least 1, or full"
    if name in ("patience", "schedule_epochs"):
        return "a whole number, at least 1, or none"
    if schema.annotation is str:
        return "a text that is not empty"
    kind = "a whole number" if schema.annotation is int else "a finite number"
    bounds = [
        f"{words} {getattr(rule, bound)}"
        for rule in schema.metadata
        for bound, words in _BOUNDS.items()
        if hasattr(rule, bound)
    ]
    return ", ".join([kind, " and ".join(bounds)] if bounds else [kind])


@cache
def presets() -> dict[str, Experiment]:
    """Every experiment that ships with the program, by name; ``digits`` first."""
    files = sorted(
        Path(__file__).with_name("presets").glob("*.toml"),
        key=lambda file: (file.stem != "digits", file.name),
    )
    return {file.stem: _parse(file.read_text("utf-8"), file.name) for file in files}


@cache
def preset_about(name: str) -> str:
    """Return in a sentence or two what there is to see in a preset: how its file begins."""
    text = Path(__file__).with_name("presets").joinpath(f"{name}.toml").read_text("utf-8")
    lines = itertools.takewhile(lambda line: line.startswith("#"), text.splitlines())
    return " ".join(line.lstrip("# ") for line in lines)


def load_experiment(name_or_file: str) -> Experiment:
    """Load a preset by its name, or an experiment from a ``.toml`` or ``.json`` file.

    Raises
    ------
    UserError
        When there is no such preset or file, or when something in the file is wrong.
    """
    if name_or_file in presets():
        return presets()[name_or_file]
    if Path(name_or_file).suffix not in (".toml", ".json"):
        raise _unknown(name_or_file, presets())
    path = existing_file(name_or_file, "an experiment file")
    try:
        if path.stat().st_size > MAX_FILE:
            raise UserError(
                "is too large for an experiment",
                where=path,
                expected=f"at most {MAX_FILE} bytes",
                found=f"{path.stat().st_size} bytes",
            )
        # Windows begins a text with a mark of its own. Read in one piece: of a mark that is cut
        # short, reading as text would make an empty text.
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise unreadable(path, error) from None
    except UnicodeDecodeError:
        raise UserError("is not a text file", where=path, expected="TOML or JSON") from None
    return _parse(text, path)


def _parse(text: str, where: object) -> Experiment:
    kind = "JSON" if str(where).endswith(".json") else "TOML"
    try:
        values = read_json(text) if kind == "JSON" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"is not valid {kind}", where=where, found=error) from None
    if not isinstance(values, dict):
        raise UserError("is not an experiment", where=where, expected="a JSON object")
    return Experiment.of(values, where)


def _unknown(name: str, known: Iterable[str]) -> UserError:
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    what = f"no experiment of this name{f'; did you mean {close[0]}?' if close else ''}"
    return UserError(
        what, where=name, expected=f"{', '.join(names)}, or a .toml or .json file", found=name
    )
