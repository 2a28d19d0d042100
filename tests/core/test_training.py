"""Training: consistent frames, exact repetition, exact resumption."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from nnfs_core.model.parameters import Parameters
from nnfs_core.optimizers import optimizers
from nnfs_core.training.trainer import EpochFrame, Trainer

from . import plain

SMALL = Experiment(layers=(5,), activation="tanh", learning_rate=0.1, dtype="float64", seed=2)


def run(trainer: Trainer, epochs: int) -> list[EpochFrame]:
    frames = []
    for _ in range(epochs):
        trainer.step_epoch()
        frames.append(trainer.frame())
    return frames


def numbers(frame: EpochFrame) -> tuple:
    """Everything in a frame but the time it took."""
    metrics = replace(frame.metrics, seconds=0.0)
    return frame.parameters.flat.tobytes(), frame.gradients.flat.tobytes(), repr(metrics)


@pytest.mark.parametrize("weight_decay", [0.0, 0.2])
@pytest.mark.parametrize("loss", ["cross-entropy", "mean-squared-error"])
def test_full_batch_frames_show_their_own_weights(loss, weight_decay):
    """Loss, accuracy, gradient and validation of frame n are those of the weights of frame n."""
    experiment = SMALL.but(loss=loss, weight_decay=weight_decay)
    data = plain.make_dataset()
    trainer = Trainer(experiment, data)
    for n, frame in enumerate([trainer.frame(), *run(trainer, 4)]):
        here, metrics = frame.parameters, frame.metrics
        train, validation = (data.train_x, data.train_y), (data.validation_x, data.validation_y)
        assert frame.epoch == metrics.epoch == n
        assert metrics.train_loss == pytest.approx(plain.loss(experiment, here, *train), rel=1e-12)
        assert metrics.train_score == plain.accuracy(experiment, here, *train)
        expected = plain.loss(experiment, here, *validation)
        assert metrics.validation_loss == pytest.approx(expected, rel=1e-12)
        assert metrics.validation_score == plain.accuracy(experiment, here, *validation)
        np.testing.assert_allclose(
            frame.gradients.flat, plain.gradient(experiment, here, *train), rtol=1e-9, atol=1e-14
        )


def test_mini_batch_frames_show_the_running_means():
    """Replayed batch by batch with the plain chain rule, from the same shuffles."""
    experiment = SMALL.but(batch_size=16, seed=7)
    data = plain.make_dataset()  # 60 samples: batches of 16, 16, 16 and 12
    trainer = Trainer(experiment, data)
    generator, here = np.random.default_rng([7, 1]), trainer.parameters.flat.copy()
    for frame in run(trainer, 3):
        order = np.arange(60)
        generator.shuffle(order)
        losses, hits, gradients = 0.0, 0.0, []
        for chosen in np.split(order, [16, 32, 48]):
            weights = Parameters.over(here, trainer.parameters.sizes)
            x, y = data.train_x[chosen], data.train_y[chosen]
            losses += plain.loss(experiment, weights, x, y) * len(chosen)
            hits += plain.accuracy(experiment, weights, x, y) * len(chosen)
            gradients.append(plain.gradient(experiment, weights, x, y))
            here = here - 0.1 * gradients[-1]
        assert frame.metrics.train_loss == pytest.approx(losses / 60, rel=1e-12)
        assert frame.metrics.train_score == pytest.approx(hits / 60, rel=1e-12)
        np.testing.assert_allclose(
            frame.gradients.flat, np.mean(gradients, axis=0), rtol=1e-9, atol=1e-14
        )
        np.testing.assert_allclose(frame.parameters.flat, here, rtol=1e-12, atol=1e-14)
        validation = plain.loss(experiment, frame.parameters, data.validation_x, data.validation_y)
        assert frame.metrics.validation_loss == pytest.approx(validation, rel=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [None, 16])
def test_one_seed_decides_everything(batch_size, dtype):
    experiment = SMALL.but(batch_size=batch_size, dtype=dtype, optimizer="adam")
    data = plain.make_dataset()
    first, again = (list(map(numbers, run(Trainer(experiment, data), 5))) for _ in range(2))
    other = list(map(numbers, run(Trainer(experiment.but(seed=3), data), 5)))
    assert first == again
    assert first[0][0] != other[0][0]


def test_another_seed_shuffles_otherwise():
    data = plain.make_dataset()
    begin = Trainer(SMALL, data).parameters
    ends = [
        run(Trainer(SMALL.but(batch_size=16, seed=seed), data, begin), 1)[0].parameters.flat
        for seed in (0, 1)
    ]
    assert not np.array_equal(*ends)


def test_the_global_random_state_plays_no_part():
    data = plain.make_dataset()
    for initializer in ("uniform", "he"):
        experiment = SMALL.but(initializer=initializer, batch_size=16)
        before = np.random.get_state()[1].copy()  # noqa: NPY002
        first = numbers(run(Trainer(experiment, data), 2)[-1])
        np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
        np.random.seed(99)  # noqa: NPY002
        assert numbers(run(Trainer(experiment, data), 2)[-1]) == first


@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("optimizer", optimizers())
def test_a_restored_state_goes_on_bit_for_bit(optimizer, batch_size):
    experiment = SMALL.but(optimizer=optimizer, batch_size=batch_size, learning_rate=0.02)
    data = plain.make_dataset()
    trainer = Trainer(experiment, data)
    run(trainer, 3)
    state, here = trainer.state(), numbers(trainer.frame())
    onwards = list(map(numbers, run(trainer, 4)))

    trainer.restore(state)  # back in the same trainer
    assert numbers(trainer.frame()) == here
    assert list(map(numbers, run(trainer, 4))) == onwards

    other = Trainer(experiment, data)  # and in one that has been elsewhere
    run(other, 1)
    other.restore(state)
    assert numbers(other.frame()) == here
    assert list(map(numbers, run(other, 4))) == onwards


def test_a_state_is_read_only_and_keeps_its_numbers():
    trainer = Trainer(SMALL.but(batch_size=16), plain.make_dataset())
    run(trainer, 1)
    state = trainer.state()
    kept, order = state.numbers.copy(), repr(state.rng_state)
    with pytest.raises(ValueError, match="read-only"):
        state.numbers[0, 0] = 1
    run(trainer, 2)
    trainer.restore(state)
    run(trainer, 1)
    np.testing.assert_array_equal(state.numbers, kept)
    assert repr(state.rng_state) == order


def test_frames_are_read_only_and_keep_their_numbers():
    trainer = Trainer(SMALL, plain.make_dataset())
    frame = trainer.frame()
    before = numbers(frame)
    for parameters in (frame.parameters, frame.gradients):
        for array in (parameters.flat, *parameters.weights, *parameters.biases):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
    run(trainer, 3)
    assert numbers(frame) == before
    with pytest.raises(AttributeError):
        frame.epoch = 5


def test_a_learning_rate_can_change_during_a_run():
    data = plain.make_dataset()
    trainer = Trainer(SMALL, data)
    run(trainer, 2)
    before = trainer.frame()
    trainer.learning_rate = 0.03
    after = run(trainer, 1)[0]
    expected = before.parameters.flat - 0.03 * before.gradients.flat
    np.testing.assert_allclose(after.parameters.flat, expected, rtol=1e-14)
    assert (before.metrics.learning_rate, after.metrics.learning_rate) == (0.1, 0.03)

    state = trainer.state()  # the state takes the rate with it
    onwards = numbers(run(trainer, 1)[0])
    other = Trainer(SMALL, data)
    other.restore(state)
    assert other.learning_rate == 0.03
    assert numbers(run(other, 1)[0]) == onwards


def test_validation_only_where_it_is_due():
    trainer = Trainer(SMALL.but(validate_every=3), plain.make_dataset())
    rows = [trainer.metrics, *(frame.metrics for frame in run(trainer, 7))]
    computed = [not math.isnan(row.validation_loss) for row in rows]
    assert computed == [n % 3 == 0 for n in range(8)]
    assert [not math.isnan(row.validation_score) for row in rows] == computed
    # Looking or not looking changes nothing about the training itself.
    always = Trainer(SMALL, plain.make_dataset())
    assert [frame.metrics.train_loss for frame in run(always, 7)] == [
        row.train_loss for row in rows[1:]
    ]


def test_data_without_a_validation_part():
    trainer = Trainer(SMALL, plain.make_dataset(validation=0))
    assert math.isnan(run(trainer, 2)[-1].metrics.validation_score)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_arithmetic_is_in_the_chosen_type(dtype):
    for batch_size in (None, 16):
        experiment = SMALL.but(dtype=dtype, batch_size=batch_size, optimizer="adam")
        trainer = Trainer(experiment, plain.make_dataset())
        frame = run(trainer, 2)[-1]
        arrays = (frame.parameters.flat, frame.gradients.flat, trainer.state().numbers)
        assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_float32_stays_close_to_float64():
    data = plain.make_dataset()
    ends = [
        run(Trainer(SMALL.but(dtype=dtype), data), 20)[-1].metrics.train_loss
        for dtype in ("float32", "float64")
    ]
    assert ends[0] == pytest.approx(ends[1], rel=1e-5)


def test_a_batch_larger_than_the_data_is_all_of_it():
    data = plain.make_dataset()
    whole, larger = (run(Trainer(SMALL.but(batch_size=n), data), 3)[-1] for n in (60, 1000))
    assert numbers(whole) == numbers(larger)
    full = run(Trainer(SMALL, data), 3)[-1]
    np.testing.assert_allclose(larger.parameters.flat, full.parameters.flat, rtol=1e-12)


def test_starting_weights_that_do_not_fit_are_refused():
    parameters = Trainer(SMALL, plain.make_dataset(features=5)).parameters
    with pytest.raises(ValueError, match=r"expected 6 → 5 → 4, found 5 → 5 → 4"):
        Trainer(SMALL, plain.make_dataset(), parameters)


def test_given_weights_are_copied():
    data = plain.make_dataset()
    given = Trainer(SMALL, data).frame().parameters
    trainer = Trainer(SMALL, data, given)
    np.testing.assert_array_equal(trainer.parameters.flat, given.flat)
    run(trainer, 1)
    assert not np.array_equal(trainer.parameters.flat, given.flat)


@pytest.mark.parametrize(
    ("changes", "least"),
    [
        ({}, 0.93),
        ({"optimizer": "adam", "learning_rate": 0.01, "batch_size": 64, "epochs": 20}, 0.94),
        ({"loss": "mean-squared-error", "optimizer": "rmsprop", "learning_rate": 0.01}, 0.93),
    ],
    ids=["default", "adam", "mean squared error"],
)
def test_digits_are_learnt(changes, least):
    experiment = Experiment(epochs=300).but(**changes)
    trainer = Trainer(experiment, load_dataset("digits"))
    first = trainer.metrics
    last = run(trainer, experiment.epochs)[-1].metrics
    assert first.train_score < 0.3
    assert last.validation_score > least
    assert last.train_loss < first.train_loss / 5


def test_any_error_leaves_the_trainer_at_the_epoch_before(monkeypatch):
    trainer = Trainer(
        Experiment(layers=(4,), batch_size=16, optimizer="adam"), plain.make_dataset()
    )
    trainer.step_epoch()
    before, learn, calls = trainer.state(), trainer._crew.learn, []

    def broken(*given, **named):
        calls.append(1)
        if len(calls) == 3:
            raise MemoryError
        return learn(*given, **named)

    monkeypatch.setattr(trainer._crew, "learn", broken)
    with pytest.raises(MemoryError):
        trainer.step_epoch()
    after = trainer.state()
    np.testing.assert_array_equal(after.numbers, before.numbers)
    assert (after.epoch, after.step, after.rng_state) == (1, before.step, before.rng_state)
