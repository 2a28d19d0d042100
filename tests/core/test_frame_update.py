"""What an epoch changed: the difference of two epochs' weights, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.experiment import Experiment
from nnfs_core.training.trainer import EpochCancelled, NotFiniteError, Trainer

from .plain import make_dataset

RUNS = {
    "full batch": Experiment(layers=(5,), learning_rate=0.1),
    "batches": Experiment(layers=(5,), optimizer="adam", learning_rate=0.01, batch_size=7),
}


@pytest.mark.parametrize("experiment", RUNS.values(), ids=RUNS)
def test_a_frame_says_what_its_epoch_changed(experiment):
    trainer = Trainer(experiment, make_dataset())
    assert trainer.frame().update is None
    before = trainer.frame().parameters.flat
    for _ in range(4):
        trainer.step_epoch()
        frame = trainer.frame()
        np.testing.assert_array_equal(frame.update.flat, frame.parameters.flat - before)
        assert np.any(frame.update.flat != 0)
        assert not frame.update.flat.flags.writeable
        before = frame.parameters.flat


def test_what_led_to_a_restored_state_is_not_made_up():
    trainer = Trainer(RUNS["full batch"], make_dataset())
    states = [trainer.state()]
    for _ in range(3):
        trainer.step_epoch()
        states.append(trainer.state())
    trainer.restore(states[1])
    assert trainer.frame().update is None
    assert Trainer(RUNS["full batch"], make_dataset(), state=states[2]).frame().update is None
    sizes = trainer.network.sizes
    told = states[2].frame(sizes, states[1]).update
    np.testing.assert_array_equal(told.flat, states[2].numbers[0] - states[1].numbers[0])
    assert states[2].frame(sizes).update is None


def test_an_epoch_that_was_given_up_leaves_nothing_behind():
    trainer = Trainer(RUNS["batches"], make_dataset())
    trainer.step_epoch()
    trainer.cancel()
    with pytest.raises(EpochCancelled):
        trainer.step_epoch()
    assert trainer.frame().update is None


def test_an_epoch_that_blew_up_leaves_nothing_behind():
    trainer = Trainer(RUNS["full batch"], make_dataset())
    trainer.step_epoch()
    trainer.learning_rate = 1e38
    with pytest.raises(NotFiniteError):
        for _ in range(50):
            trainer.step_epoch()
    assert trainer.frame().update is None


def test_a_frame_holds_the_state_it_shows():
    trainer = Trainer(RUNS["batches"], make_dataset())
    trainer.step_epoch()
    frame, state = trainer.frame(), trainer.state()
    np.testing.assert_array_equal(frame.state.numbers, state.numbers)
    assert frame.state.step == state.step and frame.state.rng_state == state.rng_state
    assert [slot.flat.tobytes() for slot in frame.slots] == [
        row.tobytes() for row in state.numbers[2:]
    ]
    kept = frame.state.numbers.copy()
    trainer.step_epoch()
    np.testing.assert_array_equal(frame.state.numbers, kept)
