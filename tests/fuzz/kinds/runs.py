"""Run files."""

from __future__ import annotations

import hashlib
import json
import zipfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from nnfs_core.experiment import CHOICES, Experiment
from nnfs_core.files.runfile import load_run, save_run
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Mark
from nnfs_core.history.run import Run
from nnfs_core.model.tasks.classification import LOSSES
from nnfs_core.training.trainer import TrainState
from tests.core.timeline import Timeline
from tests.fuzz.content import Content, arrays_of, of_array, of_number
from tests.fuzz.damage_bytes import damage as damage_bytes
from tests.fuzz.damage_values import as_json, damage_text, damage_tree
from tests.fuzz.damage_zip import Members, damage_members, damage_zip, members, put_together

LIMIT = 2**40
"""Nothing is thinned on the way in, so that all that is written can be compared."""


@cache
def _trained(variant: int) -> Timeline:
    """Return one of a few runs: training takes longer than writing."""
    chance = Random(variant)
    timeline = Timeline(
        Experiment(
            layers=tuple(chance.randrange(1, 5) for _ in range(chance.randrange(3))),
            optimizer=chance.choice(CHOICES["optimizer"]),
            loss=chance.choice(tuple(LOSSES)),
            dtype=chance.choice(CHOICES["dtype"]),
            batch_size=chance.choice((None, 5)),
            learning_rate=0.01,
            validate_every=chance.randrange(1, 4),
        ),
        Budget(stride=chance.randrange(1, 4)),
    )
    for _ in range(chance.randrange(1, 9)):
        timeline.step()
    if chance.random() < 0.7:
        timeline.change(0.02)
        timeline.fork(chance.randrange(timeline.trainer.epoch + 1), 0.03)
        for _ in range(chance.randrange(4)):
            timeline.step()
    timeline.recordings[0].visible = chance.random() < 0.5
    timeline.recordings[0].mark(Mark(1, "saved", 'saved as "ä\n☃"'))
    return timeline


def write(chance: Random, folder: Path) -> tuple[Path, Content]:
    path, run = folder / "run.nnfs", _trained(chance.randrange(6)).run()
    save_run(path, run)
    return path, content(run)


def damage(chance: Random, path: Path) -> None:
    data = path.read_bytes()
    what = chance.random()
    if what < 0.25:
        path.write_bytes(damage_zip(chance, data))
        return
    try:
        parts = members(data)
        document = json.loads(dict(parts)["run.json"])
    except Exception:  # it is damaged already
        path.write_bytes(damage_bytes(chance, data))
        return
    if what < 0.6:
        document = damage_tree(chance, document)
    elif what < 0.9:
        damage_members(chance, parts)
    if isinstance(document, dict) and chance.random() < 0.9:
        _hash_again(parts, document)
    text = (
        as_json(document).encode()
        if chance.random() < 0.95
        else damage_text(chance, json.dumps(document, indent=1))
    )
    parts[:] = [(name, text if name == "run.json" else content) for name, content in parts]
    path.write_bytes(put_together(parts))


def _hash_again(parts: Members, document: dict[str, Any]) -> None:
    """So that what was changed is looked at, and not only its hash."""
    document["blake2b"] = {
        name.removesuffix(".npy"): hashlib.blake2b(content, digest_size=32).hexdigest()
        for name, content in parts
        if name.endswith(".npy")
    }


def _state(epoch: int, step: int, numbers: Any, recipe: Any) -> Content:
    return [epoch, step, of_array(numbers), [of_number(float(one)) for one in recipe]]


def _of_state(state: TrainState) -> Content:
    recipe = (*state.recipe.numbers, state.batches)
    return _state(state.epoch, state.step, state.numbers, recipe)


def content(run: Run) -> Content:
    return {
        "experiment": run.experiment.to_dict(),
        "name": run.name,
        "total": run.total,
        "active": run.active,
        "data": [run.data.name, run.data.features, list(run.data.classes), run.data.blake2b],
        "branches": [
            {
                "name": one.name,
                "visible": one.visible,
                "origin": None if one.origin is None else list(one.origin),
                "marks": [[mark.epoch, mark.kind, mark.text] for mark in one.marks],
                "metrics": of_array(one.columns),
                "keyframes": [[_of_state(state), kept] for state, kept in one.keyframes.held()],
                "newest": _of_state(newest),
            }
            for one, newest in zip(run.recordings, run.newest, strict=True)
        ],
    }


def read(path: Path) -> Content:
    return content(load_run(path, LIMIT))


def meaning(path: Path) -> Content:
    """Read a run as docs/run-file.md says it is written."""
    with zipfile.ZipFile(path) as archive:
        run = json.loads(archive.read("run.json"))
    arrays = arrays_of(path)
    names = ("states-table", "states-recipes", "states")
    table, recipes, numbers = (arrays[name] for name in names)
    states = [
        _state(int(row[0]), int(row[1]), state, recipe)
        for row, state, recipe in zip(table, numbers, recipes, strict=True)
    ]
    branches = []
    for at, branch in enumerate(run["branches"]):
        origin = branch["origin"]
        rows, kept = arrays[f"keyframes-{at}"]
        branches.append(
            {
                "name": branch["name"],
                "visible": branch["visible"],
                "origin": None if origin is None else [origin["branch"], origin["epoch"]],
                "marks": sorted(
                    ([mark["epoch"], mark["kind"], mark["text"]] for mark in branch["marks"]),
                    key=lambda mark: mark[0],
                ),
                "metrics": of_array(arrays[f"metrics-{at}"]),
                "keyframes": [
                    [states[row], int(reasons)] for row, reasons in zip(rows, kept, strict=True)
                ],
                "newest": states[branch["newest"]],
            }
        )
    data = run["data"]
    return {
        "experiment": Experiment.of(run["experiment"]).to_dict(),
        "name": run["name"],
        "total": run["total"],
        "active": run["active"],
        "data": [data["name"], data["features"], data["classes"], data["blake2b"]],
        "branches": branches,
    }
