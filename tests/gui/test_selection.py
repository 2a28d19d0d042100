"""What is chosen, and what panels are given of it: plain values, without a window."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from nnfs_core.explain.stages import Stage
from nnfs_core.history.recording import Recording
from nnfs_core.model.places import Place
from nnfs_core.training.trainer import Trainer
from tests.core import plain
from visualizer.state.context import RunInfo, Sample
from visualizer.state.selection import Selection, first_row, resolve


def begun(experiment: Experiment, dataset) -> tuple[RunInfo, Trainer]:
    trainer = Trainer(experiment, dataset)
    frame = trainer.frame()
    return RunInfo(experiment, "a run", dataset, trainer.network, frame), trainer


@pytest.fixture(scope="module")
def digits():
    return begun(Experiment(layers=(7,), dtype="float64"), load_dataset("digits"))


PAD = Sample("drawn", 0, np.linspace(0, 1, 64, dtype=np.float32), 3)


def test_choosing_makes_another_selection():
    nothing = Selection()
    chosen = nothing.of_data("train", 4).at(Place("unit", 0, 2)).in_stage(Stage("input"))
    assert (chosen.row, chosen.place, chosen.stage) == (
        ("train", 4), Place("unit", 0, 2), Stage("input")
    )  # fmt: skip
    assert nothing == Selection()
    with pytest.raises(FrozenInstanceError):
        chosen.row = ("train", 5)
    drawn = chosen.drawn(PAD)
    assert drawn.shows_pad and drawn.pad is PAD
    back = drawn.of_data("train", 5)
    assert not back.shows_pad and back.pad is PAD, "what is on the pad stays there"
    assert drawn.drawn(None).pad is None
    followed = chosen.following("train", 1).following("validation", 2).following("train", 1)
    assert followed.followed == (("validation", 2),)


@pytest.mark.parametrize("shows_pad", [False, True])
def test_a_context_is_of_what_was_chosen(digits, shows_pad):
    run, trainer = digits
    frame, recording = trainer.frame(), Recording()
    selection = Selection(("validation", 3), followed=(("train", 1),)).drawn(PAD)
    selection = replace(selection, shows_pad=shows_pad, place=Place("loss"))
    context = resolve(run, recording, frame, selection, total=50, live=False, rate=5.0, until=9)
    expected = PAD.x if shows_pad else run.dataset.validation_x[3]
    np.testing.assert_array_equal(context.sample.x, expected)
    zs = plain.pre_activations(run.experiment, frame.parameters, expected[None])
    np.testing.assert_allclose(context.trace.answers, plain.probabilities(zs[-1])[0])
    assert context.chosen.index == 3 and context.drawing is PAD
    assert context.selection == Place("loss") and context.followed[0].index == 1
    assert (context.total, context.live, context.rate, context.until) == (50, False, 5.0, 9)


def test_another_run_keeps_what_it_has_too(digits):
    run, _ = digits
    clouds, _ = begun(Experiment(layers=(5,)), plain.make_dataset(samples=30, validation=0))
    selection = (
        Selection(("validation", 300))
        .drawn(PAD)
        .at(Place("unit", 0, 6))
        .following("train", 2)
        .in_stage(Stage("input"))
    )
    again = selection.fitted(run, run)
    assert (again.row, again.pad, again.shows_pad) == (("validation", 300), PAD, True)
    assert again.followed == (("train", 2),)
    assert again.place is None and again.stage is None
    other = selection.fitted(clouds, run)
    assert other.row == first_row(clouds) == ("train", 0)
    assert other.pad is None and not other.shows_pad, "it has no pictures"
    assert other.followed == (("train", 2),), "of data that goes by the same name"
    another = begun(Experiment(dataset="other.csv", layers=(5,)), clouds.dataset)[0]
    assert selection.fitted(another, run).followed == ()
