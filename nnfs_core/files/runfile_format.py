"""What a run file looks like inside; docs/run-file.md says the same in words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nnfs_core.data.reading import OLD_RULES, RULES
from nnfs_core.data.scale import Scale
from nnfs_core.disk.json_text import read_json
from nnfs_core.errors import UserError, quoted
from nnfs_core.experiment import Experiment
from nnfs_core.history.bookmarks import MOST, Bookmark
from nnfs_core.history.recording import MAX_EPOCHS, Mark
from nnfs_core.history.run import Borrowed, Fingerprint
from nnfs_core.model.tasks import task_of
from nnfs_core.optimizers import optimizers
from nnfs_core.passes.batches import steps_of_epoch
from nnfs_core.recipe import NAMES
from nnfs_core.training.trainer import TrainState

FORMAT = "nnfs-run"
VERSION = 4
"""Of what is written. Versions 3, which knew classes alone, 2, which knew no bookmarks, and 1,
which knew no ``rules`` either, are read too."""

DOCUMENT = "run.json"
EXPECTED = "a run file (.nnfs)"

MAX_DOCUMENT = 4 * 2**20
"""Bytes of ``run.json``: everything large is in arrays."""

MAX_COMMAS = 50_000
"""In ``run.json``: each wrong value is remembered by the parser, and that takes memory."""

MAX_BRANCHES = 1000

MAX_BUDGET = 2**36
"""Bytes that keyframes may be allowed to take, as much as the window lets one choose."""

STATES, TABLE, RECIPES, RATES = "states", "states-table", "states-recipes", "states-rates"
"""The last of files before version 4, which knew the learning rate alone."""

RECIPE_COLUMNS = (*NAMES, "batches")
"""Of ``states-recipes.npy``, all float64; a full batch is 0."""

TABLE_COLUMNS = (
    "epoch",
    "step",
    "state_high",
    "state_low",
    "inc_high",
    "inc_low",
    "has_uint32",
    "uinteger",
)
"""Of ``states-table.npy``, all uint64; PCG64's two 128-bit numbers take two columns each."""

LOW = 2**64 - 1

Epoch = Annotated[int, Field(ge=0, le=2**48)]
Index = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(min_length=1, max_length=1000)]
Program = Annotated[str, Field(pattern="^[0-9A-Za-z.+!_-]{1,40}$")]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Head(BaseModel):
    """What every version of the document has."""

    model_config = ConfigDict(strict=True)

    format: str
    version: Annotated[int, Field(ge=0, le=10**6)]
    program: Program


class Origin(_Part):
    """The branch another one was forked from, and where."""

    branch: str
    epoch: Epoch


class Branch(_Part):
    """One recording, without its arrays; ``newest`` is a row of the states."""

    name: Name
    visible: bool
    origin: Origin | None
    marks: tuple[Mark, ...]
    newest: Index
    bookmarks: Annotated[tuple[Bookmark, ...], Field(max_length=MOST)] = ()


class BudgetEntry(_Part):
    """What the keyframes may take, in bytes, and how far apart they lie."""

    limit: Annotated[int, Field(ge=1, le=MAX_BUDGET)]
    stride: Annotated[int, Field(ge=1, le=2**48)]


class BorrowedEntry(_Part):
    """What weights from elsewhere gave to the data: names and scale of its columns.

    ``low`` and ``high`` have one number, or one for each column.
    """

    inputs: tuple[str, ...]
    low: Annotated[tuple[Finite, ...], Field(min_length=1)]
    high: Annotated[tuple[Finite, ...], Field(min_length=1)]
    by_column: bool


class Document(_Part):
    """``run.json``."""

    format: Literal["nnfs-run"]
    version: Literal[1, 2, 3, 4]
    program: Program
    name: Name
    experiment: dict[str, Any]
    total: Annotated[int, Field(ge=1, le=MAX_EPOCHS)]
    data: Fingerprint
    budget: BudgetEntry
    active: Index
    branches: Annotated[tuple[Branch, ...], Field(min_length=1, max_length=MAX_BRANCHES)]
    blake2b: dict[str, Digest]
    rules: Annotated[int, Field(ge=OLD_RULES, le=RULES)] = OLD_RULES
    borrowed: BorrowedEntry | None = None


def metrics_name(branch: int) -> str:
    """Return the name of a branch's metrics: float64, shape (columns, epochs + 1)."""
    return f"metrics-{branch}"


def keyframes_name(branch: int) -> str:
    """Return the name of a branch's keyframes: int64, shape (2, keyframes).

    Row 0 holds rows of the states, row 1 how many reasons there are never to thin it.
    """
    return f"keyframes-{branch}"


def states_shape(experiment: Experiment, data: Fingerprint) -> tuple[int, int]:
    """Return the shape of one state's numbers: (2 + slots, parameters).

    Raises
    ------
    UserError
        When the network would be too large, or the loss is not for its task.
    """
    network = experiment.network(data.features, task_of(data))
    return 2 + len(optimizers()[experiment.optimizer].slots), network.layout.count()


def table_row(state: TrainState) -> tuple[int, ...]:
    """Return a state's row of the table."""
    generator = state.rng_state
    numbers = generator["state"]
    return (
        state.epoch,
        state.step,
        *divmod(numbers["state"], LOW + 1),
        *divmod(numbers["inc"], LOW + 1),
        generator["has_uint32"],
        generator["uinteger"],
    )


def rng_state(row: list[int], generator: np.random.PCG64) -> dict[str, Any]:
    """Return the generator's state that a row of the table holds.

    Parameters
    ----------
    row : list of int
    generator : PCG64
        To try it on.

    Raises
    ------
    ValueError
        When PCG64 cannot be in it.
    """
    _, _, state_high, state_low, inc_high, inc_low, has_uint32, uinteger = row
    state: Any = {
        "bit_generator": "PCG64",
        "state": {"state": state_high << 64 | state_low, "inc": inc_high << 64 | inc_low},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
    # NumPy takes these without a word, though no seed leads there.
    if not inc_low & 1 or has_uint32 > 1 or uinteger >= 2**32:
        raise ValueError("no state of PCG64")
    generator.state = state
    return dict(generator.state)


def expected_step(experiment: Experiment, data: Fingerprint, epoch: int) -> int:
    """Return how many updates a run has taken after an epoch."""
    return epoch * steps_of_epoch(data.train, experiment.batch_size)


def little_endian(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as files hold it; a copy only on the rare big-endian machine."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<"))


Model = TypeVar("Model", bound=BaseModel)


def check_names(text: bytes, path: Path) -> None:
    """Refuse a ``run.json`` that names something twice.

    Raises
    ------
    UserError
        Saying what.
    """
    try:
        read_json(text)
    except ValueError as error:
        raise UserError(str(error), where=f"{path}, {DOCUMENT}") from None


def parsed(model: type[Model], text: bytes, path: Path) -> Model:
    """Parse ``run.json``, or its head.

    Raises
    ------
    UserError
        Naming the first thing wrong with it.
    """
    where = f"{path}, {DOCUMENT}"
    if len(text) > MAX_DOCUMENT or text.count(b",") > MAX_COMMAS:
        raise UserError("holds too many marks, branches or classes", where=where)
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place, found = ".".join(map(str, first["loc"]))[:80], first["input"]
        found = quoted(found) if isinstance(found, str) else found
        raise UserError(
            f"{place}: {first['msg']}" if place else first["msg"],
            where=where,
            found=found if place and isinstance(found, str | float | bool) else None,
        ) from None


def borrowed_entry(borrowed: Borrowed | None) -> dict[str, Any] | None:
    """Return what the document says of it."""
    if borrowed is None:
        return None
    scale = borrowed.scale
    return {
        "inputs": list(borrowed.inputs),
        "low": np.atleast_1d(scale.low).tolist(),
        "high": np.atleast_1d(scale.high).tolist(),
        "by_column": scale.by_column,
    }


def borrowed_of(document: Document, path: Path) -> Borrowed | None:
    """Return what the document says.

    Raises
    ------
    UserError
        When it does not fit the data.
    """
    entry = document.borrowed
    if entry is None:
        return None
    low, high = np.array(entry.low, np.float64), np.array(entry.high, np.float64)
    columns = document.data.features if entry.by_column else 1
    for what, expected, found in (
        ("low", columns, len(low)),
        ("high", columns, len(high)),
        ("inputs", document.data.features, len(entry.inputs) or document.data.features),
    ):
        if expected != found:
            raise UserError(
                f"borrowed.{what} does not fit",
                where=f"{path}, {DOCUMENT}",
                expected=expected,
                found=found,
            )
    if (low > high).any() or not (entry.by_column or low[0] < high[0]):
        raise UserError("borrowed.low is not below borrowed.high", where=f"{path}, {DOCUMENT}")
    if entry.by_column:
        return Borrowed(entry.inputs, Scale(low, high))
    return Borrowed(entry.inputs, Scale(float(low[0]), float(high[0])))
