"""A run's data is arranged once, and in the same way whoever arranges it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnfs_core.data import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.recipe import Recipe
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import Trainer, changed_state
from tests.core import plain
from tests.core.timeline import content, standing

MANY_ZEROS = 5_000, 600
"""Samples and inputs: enough for the data to be worth an order of its own."""


@pytest.fixture(scope="module")
def sparse() -> Dataset:
    rng = np.random.default_rng(0)
    x = rng.random(MANY_ZEROS).astype(np.float32)
    x[rng.random(x.shape) < 0.9] = 0
    x[:, 300:][rng.random((len(x), 300)) < 0.9] = 0
    return Dataset.from_arrays(x, rng.integers(0, 3, len(x)), dtype="float32")


@pytest.mark.parametrize("batch_size", [500, None])
def test_a_run_that_is_resumed_with_another_batch_size_keeps_its_bits(sparse, batch_size):
    """Sums are added up in the order of the data: it is the run's, not the recipe's."""
    experiment = Experiment(layers=(8,), batch_size=batch_size, learning_rate=0.1)
    whole = Trainer(experiment, sparse)
    assert (whole.arranged.train.features is not None) == (batch_size is None)
    whole.step_epoch()
    whole.change(replace(whole.recipe, batch_size=None, learning_rate=0.05))
    whole.step_epoch()
    state = whole.state()
    resumed = Trainer(experiment, sparse, state=state)
    replay = Trainer.replaying(whole.arranged, state)
    whole.step_epoch()
    for other in (resumed, replay):
        other.step_epoch()
        np.testing.assert_array_equal(other.state().numbers, whole.state().numbers)


def test_trainers_share_what_does_not_change():
    data = plain.make_dataset()
    one = Trainer(Experiment(layers=(4,)), data)
    other = Trainer(one.experiment, data, state=one.state(), arranged=one.arranged)
    replay = Trainer.replaying(one.arranged, one.state())
    assert other.arranged is one.arranged
    assert replay.arranged.train is one.arranged.train
    assert replay.arranged.train_x is one.arranged.train_x
    for trainer in (other, one, replay):
        trainer.step_epoch()
    assert other.metrics.validation_loss == one.metrics.validation_loss
    assert np.isnan(replay.metrics.validation_loss)
    np.testing.assert_array_equal(other.state().numbers, replay.state().numbers)


RECIPES = {
    "rate": {"learning_rate": 0.01},
    "decay": {"weight_decay": 0.1},
    "batches": {"batch_size": 8},
    "other batches": {"batch_size": 16},
    "full batch": {"batch_size": None},
    "full batch and decay": {"batch_size": None, "weight_decay": 0.1},
}


@pytest.mark.parametrize("batch_size", [None, 8])
@pytest.mark.parametrize("changes", RECIPES.values(), ids=RECIPES)
def test_a_state_by_another_recipe_is_what_a_trainer_comes_to(batch_size, changes):
    data = plain.make_dataset()
    experiment = Experiment(layers=(4,), batch_size=batch_size, optimizer="adam")
    trainer = Trainer(experiment, data)
    trainer.step_epoch()
    state = trainer.state()
    recipe: Recipe = replace(state.recipe, **changes)
    found = changed_state(Arranged.of(experiment, data), state, recipe)
    trainer.change(recipe)
    assert content(found) == content(trainer.state())
    assert found.recipe == recipe
    # What is remembered about a state is remembered by its numbers.
    assert not np.shares_memory(found.numbers, state.numbers)
    assert not found.numbers.flags.writeable


class TestWhereARunStands:
    def test_it_is_known_only_for_the_newest_epoch(self):
        trainer = Trainer(Experiment(layers=(4,)), plain.make_dataset())
        recording = standing(trainer)
        first = recording.state
        assert first is not None and content(first) == content(trainer.state())
        recording.append(trainer.step_epoch())
        assert recording.state is None
        recording.stand(first)
        assert recording.state is None, "it is of another epoch"
        recording.stand(trainer.state())
        assert recording.state is not None and recording.state.epoch == 1
        recording.cut(0)
        assert recording.state is None

    def test_a_fork_stands_where_it_parted(self):
        trainer = Trainer(Experiment(layers=(4,)), plain.make_dataset())
        recording = standing(trainer)
        first = trainer.state()
        recording.append(trainer.step_epoch())
        branch = recording.fork(first, "branch")
        assert branch.state is not None and content(branch.state) == content(first)
        changed = replace(first, recipe=replace(first.recipe, learning_rate=0.5))
        branch.change(changed, "learning rate")
        assert branch.state.learning_rate == 0.5
