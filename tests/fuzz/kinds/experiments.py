"""Experiments in TOML and JSON."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from random import Random
from typing import Any

import tomli_w

from nnfs_core.experiment import load_experiment
from tests.fuzz.content import Content, of_number
from tests.fuzz.damage_bytes import damage as damage_bytes
from tests.fuzz.damage_values import damage_text, damage_tree

DEFAULTS: dict[str, Any] = {
    "dataset": "digits",
    "image": "auto",
    "layers": [10],
    "activation": "relu",
    "initializer": "he",
    "loss": "cross-entropy",
    "optimizer": "sgd",
    "learning_rate": 0.5,
    "schedule": "constant",
    "warmup": 5,
    "drop_every": 100,
    "drop_to": 0.5,
    "momentum": 0.9,
    "rho": 0.9,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
    "batch_size": "full",
    "weight_decay": 0.0,
    "epochs": 1000,
    "validate_every": 1,
    "patience": "none",
    "schedule_epochs": "none",
    "seed": 0,
    "dtype": "float32",
}
"""What a file need not say, written down here once more."""


def _some(chance: Random) -> dict[str, Any]:
    values = {
        "dataset": chance.choice(("digits", "mnist", "~/ä ☃.csv", "a\\b\"c'd\n")),
        "image": chance.choice(("auto", "none", "28x28", "1x300")),
        "layers": [chance.randrange(1, 100_001) for _ in range(chance.randrange(6))],
        "activation": chance.choice(("relu", "tanh", "sigmoid")),
        "optimizer": chance.choice(("sgd", "adam", "momentum", "rmsprop")),
        "learning_rate": chance.choice((0.1 + 0.2, 5e-324, 1e308, 1, chance.random() + 1e-9)),
        "schedule": chance.choice(("constant", "warm-up", "step-decay", "cosine")),
        "warmup": chance.randrange(1, 1000),
        "patience": chance.choice(("none", 1, 20)),
        "momentum": chance.random(),
        "batch_size": chance.choice(("full", 1, 32, 10**12)),
        "weight_decay": chance.choice((0, 0.0, 1e-4)),
        "epochs": chance.randrange(1, 10_000_001),
        "seed": chance.randrange(2**32),
        "dtype": chance.choice(("float32", "float64")),
    }
    return {name: value for name, value in values.items() if chance.random() < 0.7}


def _number(value: Any, whole: bool) -> Any:
    """Return a number for a number, also for one that is written as a text."""
    if isinstance(value, str):
        value = value.strip().replace("_", "")
        value = int(value) if whole and "." not in value else float(value)
    return str(int(value)) if whole else of_number(value)


WHOLE = (
    *("layers", "batch_size", "epochs", "validate_every", "seed", "warmup", "drop_every"),
    *("patience", "schedule_epochs"),
)
TEXTS = ("dataset", "image", "activation", "initializer", "loss", "optimizer", "dtype", "schedule")


def content(values: dict[str, Any]) -> Content:
    whole = DEFAULTS | values
    words = {"batch_size": "full", "patience": "none", "schedule_epochs": "none"}
    whole |= {name: word for name, word in words.items() if whole[name] is None}
    return {
        name: value
        if name in TEXTS or value in ("full", "none")
        else [_number(part, True) for part in value]
        if name == "layers"
        else _number(value, name in WHOLE)
        for name, value in whole.items()
    }


def write(chance: Random, folder: Path) -> tuple[Path, Content]:
    values = _some(chance)
    if chance.random() < 0.5:
        path, text = folder / "experiment.toml", tomli_w.dumps(values)
    else:
        path, text = folder / "experiment.json", json.dumps(values, indent=chance.choice((None, 1)))
    path.write_text(text, chance.choice(("utf-8", "utf-8-sig")))
    return path, content(values)


def damage(chance: Random, path: Path) -> None:
    data = path.read_bytes()
    what = chance.random()
    try:
        text = data.decode("utf-8-sig")
        values = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
        if what < 0.2 or not isinstance(values, dict):
            path.write_bytes(damage_bytes(chance, data))
        elif what < 0.4:
            path.write_bytes(damage_text(chance, text))
        else:
            values = damage_tree(chance, values)
            written = tomli_w.dumps(values) if path.suffix == ".toml" else json.dumps(values)
            path.write_text(written, "utf-8")
    except (ValueError, TypeError, RecursionError, AttributeError):  # what cannot be written
        path.write_bytes(damage_bytes(chance, data))


def read(path: Path) -> Content:
    return content(load_experiment(str(path)).to_dict())


def meaning(path: Path) -> Content:
    text = path.read_bytes().decode("utf-8-sig")
    values = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    return content(values)
