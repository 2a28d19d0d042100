"""The form: fields, presets, whole experiments, learning rates up to divergence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PyQt6.QtCore import Qt

from nnfs_core.experiment import CHOICES, Experiment, presets
from tests.monkey.chance import pick, weighted, whole
from tests.monkey.kind import Arguments, kind
from tests.monkey.kinds.keyboard import TEXTS, press_key, type_text
from tests.monkey.world import World
from visualizer.panels.experiment.fields import Choice

RATES = [1e-30, 1e-3, 0.1, 0.5, 1.0, 3.0, 10.0, 100.0, 1e3, 1e4, 1e6, 1e12, 1e30, 3e38, 1e300]
LAYERS = [[], [1], [2], [10], [16, 16], [3, 3, 3, 3, 3], [64], [1, 1], [200], [7] * 20]
BATCHES: list[int | str] = ["full", "full", 1, 7, 32, 1437, 100_000]


def _an_experiment(world: World, rng: np.random.Generator) -> Arguments:
    dataset = "digits"
    if rng.random() < 0.15:
        dataset = str(world.zoo / pick(rng, world.files))
    values = {
        "dataset": dataset,
        "layers": pick(rng, LAYERS),
        "learning_rate": pick(rng, RATES),
        "batch_size": pick(rng, BATCHES),
        "weight_decay": pick(rng, [0.0, 0.0, 1e-4, 0.1, 10.0, 1e10]),
        "epochs": pick(rng, [1, 3, 50, 1000, 10_000_000]),
        "validate_every": pick(rng, [1, 1, 7, 1000]),
        "seed": pick(rng, [0, 1, 2**32 - 1]),
        "momentum": pick(rng, [0.0, 0.9, 0.999]),
    }
    return {"values": values | {name: pick(rng, words) for name, words in CHOICES.items()}}


@kind("experiment", 3, _an_experiment)
def experiment(world: World, values: dict) -> None:
    """Fill the whole form and start."""
    form = world.window.view.form
    form.show_experiment(Experiment.of(values), "monkey")
    form.submit()


@kind("preset", 1, lambda world, rng: {"name": pick(rng, list(presets()))})
def preset(world: World, name: str) -> None:
    form = world.window.view.form
    form.preset.setCurrentIndex(form.preset.findText(name))
    form.preset.activated.emit(form.preset.currentIndex())
    form.submit()


def _a_field(world: World, rng: np.random.Generator) -> Arguments:
    fields = world.window.view.form.fields
    name = pick(rng, list(fields))
    if isinstance(fields[name], Choice):
        return {"field": name, "to": whole(rng, -6, 6)}
    return {"field": name, "to": pick(rng, TEXTS)}


@kind("field", 4, _a_field)
def field(world: World, field: str, to: int | str) -> None:
    """Type into a field, or choose another word with the arrows."""
    edit = world.window.view.form.fields[field]
    if not edit.isVisible():
        return
    edit.setFocus(Qt.FocusReason.TabFocusReason)
    if isinstance(to, int):
        for _ in range(abs(to)):
            press_key(edit, Qt.Key.Key_Down if to > 0 else Qt.Key.Key_Up)
    else:
        edit.selectAll()
        type_text(edit, to)


def _a_rate(world: World, rng: np.random.Generator) -> Arguments:
    how = weighted(rng, {"from here": 3, "from start": 1, "enter": 2})
    return {"rate": pick(rng, RATES), "how": how}


@kind("rate", 3, _a_rate)
def rate(world: World, rate: float, how: str) -> Iterator[None]:
    """Go on with another learning rate."""
    form = world.window.view.form
    edit = form.fields["learning_rate"]
    edit.setFocus(Qt.FocusReason.TabFocusReason)
    edit.selectAll()
    type_text(edit, repr(rate))
    yield
    if how == "enter":
        press_key(edit, Qt.Key.Key_Return)
    else:
        (form.rows.apply_rate if how == "from here" else form.rows.rate_from_start).click()
