"""The network's health, and its course over time, against their definitions written out."""

from __future__ import annotations

import gc
import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nnfs_core.diagnose.health import PROBED, Probe
from nnfs_core.diagnose.histogram import BINS, Histogram, edges
from nnfs_core.experiment import Experiment
from nnfs_core.history.course import Known, course
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.parameters import Parameters
from nnfs_core.training.trainer import Trainer, TrainState

from .plain import FUNCTIONS, make_dataset, pre_activations, probabilities
from .timeline import with_rate

MANY = make_dataset(samples=PROBED + 88, features=6)


def trained(experiment: Experiment, epochs: int = 3, data=MANY) -> Trainer:
    trainer = Trainer(experiment, data)
    for _ in range(epochs):
        trainer.step_epoch()
    return trainer


def examined(trainer: Trainer, state: TrainState | None = None):
    probe = Probe(trainer.experiment, trainer.network, trainer.dataset)
    return probe.examine(state or trainer.state())


def plain_shares(experiment: Experiment, parameters: Parameters, data) -> list[float]:
    """Dead or saturated share of every layer, unit by unit and sample by sample."""
    *hidden, _ = pre_activations(experiment, parameters, data.train_x[:512])
    shares = []
    for z in hidden:
        samples, units = z.shape
        if experiment.activation in ("relu", "leaky_relu"):
            dead = [all(z[s, u] <= 0 for s in range(samples)) for u in range(units)]
            shares.append(sum(dead) / units)
        elif experiment.activation == "tanh":
            shares.append(sum(abs(np.tanh(one)) > 0.97 for one in z.flat) / z.size)
        elif experiment.activation == "sigmoid":
            a = 1 / (1 + np.exp(-z))
            shares.append(sum(one < 0.015 or one > 0.985 for one in a.flat) / z.size)
        else:
            shares.append(np.nan)
    return [*shares, np.nan]


@pytest.mark.parametrize(
    ("activation", "weights"),
    [("relu", 1), ("leaky_relu", 1), ("tanh", 3), ("sigmoid", 8), ("identity", 1)],
)
def test_the_share_of_ill_units(activation, weights):
    experiment = Experiment(layers=(9, 7), activation=activation, dtype="float64")
    parameters = experiment.initial((6, 9, 7, 4))
    parameters.flat[:] *= weights
    parameters.biases[0][:2] = -9  # two units that nothing wakes up
    trainer = Trainer(experiment, MANY, parameters)
    shares = examined(trainer).unresponsive
    expected = plain_shares(experiment, parameters, MANY)
    np.testing.assert_allclose(shares, expected, rtol=0, atol=1e-12)
    if activation in ("relu", "leaky_relu"):
        assert 2 / 9 <= shares[0] < 0.9
    elif ACTIVATIONS[activation].unresponsive is not None:
        assert 0.05 < shares[0] < 0.95, "some are and some are not"
    else:
        assert np.isnan(shares).all()


def test_only_the_first_samples_are_probed():
    """A unit that only wakes up for the sample after them is dead all the same."""
    experiment = Experiment(layers=(1,), dtype="float64")
    parameters = experiment.initial((6, 1, 4))
    parameters.weights[0][:] = [1, 0, 0, 0, 0, 0]
    parameters.biases[0][:] = -5

    def share(bright: int) -> float:
        x = MANY.train_x.copy()
        x[bright, 0] = 10
        trainer = Trainer(experiment, replace(MANY, train_x=x), parameters)
        return examined(trainer).unresponsive[0]

    assert share(PROBED - 1) == 0
    assert share(PROBED) == 1


RUNS = {
    "full": Experiment(layers=(9, 7), dtype="float64", weight_decay=0.01),
    "batches": Experiment(layers=(9,), dtype="float64", batch_size=64, weight_decay=0.01),
    "momentum": Experiment(layers=(9,), dtype="float64", optimizer="momentum", batch_size=7),
    "adam": Experiment(layers=(9,), activation="tanh", dtype="float64", optimizer="adam"),
}


@pytest.mark.parametrize("run", RUNS)
def test_gradient_norm_and_update_ratio_are_those_of_the_step_that_training_takes(run):
    """What training does to the weights is watched from outside, over one batch."""
    trainer = trained(RUNS[run])
    state = trainer.state()
    health = examined(trainer)
    updates = []

    class Watched:
        """The optimizer, looked over the shoulder."""

        def __init__(self, optimizer):
            self._optimizer = optimizer

        def update(self, parameters, gradient, *rest):
            before, used = parameters.copy(), gradient.copy()
            self._optimizer.update(parameters, gradient, *rest)
            updates.append((before, used, parameters - before))

    trainer._optimizer = Watched(trainer._optimizer)
    trainer.step_epoch()
    before, gradient, change = (Parameters.over(one, trainer.network.sizes) for one in updates[0])
    np.testing.assert_array_equal(before.flat, state.numbers[0])
    for layer in range(len(before.weights)):
        assert health.gradients[layer] == pytest.approx(
            length(gradient.weights[layer], gradient.biases[layer]), rel=1e-9
        )
        ratio = length(change.weights[layer]) / length(before.weights[layer])
        assert health.updates[layer] == pytest.approx(ratio, rel=1e-9)


def length(*parts: np.ndarray) -> float:
    return sum(float(number) ** 2 for part in parts for number in part.ravel()) ** 0.5


def test_a_changed_learning_rate_changes_the_update_not_the_gradient():
    trainer = trained(RUNS["full"])
    health = examined(trainer)
    slower = examined(trainer, with_rate(trainer.state(), trainer.learning_rate / 4))
    np.testing.assert_array_equal(slower.gradients, health.gradients)
    np.testing.assert_allclose(slower.updates, health.updates / 4)


def test_weights_that_are_all_zero_have_no_ratio():
    trainer = Trainer(Experiment(layers=(5,), activation="sigmoid", initializer="zeros"), MANY)
    health = examined(trainer)
    assert np.isnan(health.updates).all()
    assert health.gradients[0] == 0, "nothing comes through weights that are zero"
    assert health.weights[0].counts[BINS // 2] == 30


@pytest.mark.parametrize("activation", FUNCTIONS)
def test_histograms_are_numpys(activation):
    trainer = trained(Experiment(layers=(9, 7), activation=activation, dtype="float64"))
    health, parameters = examined(trainer), trainer.parameters
    z = pre_activations(trainer.experiment, parameters, MANY.train_x[:512])
    a = [*(FUNCTIONS[activation](hidden) for hidden in z[:-1]), probabilities(z[-1])]
    for found, values in zip(
        (*health.weights, *health.activations), (*parameters.weights, *a), strict=True
    ):
        low = -found.reach if found.signed else 0.0
        counts, at = np.histogram(values, BINS, (low, found.reach))
        np.testing.assert_array_equal(edges(found.reach, signed=found.signed), at)
        np.testing.assert_array_equal(found.counts, counts)
        assert found.largest == pytest.approx(np.abs(values).max(), rel=1e-12)


@given(
    arrays.arrays(
        np.float32,
        st.integers(0, 30),
        elements=st.floats(-1000, 1000, width=32, allow_subnormal=False),
    ),
    st.booleans(),
    st.integers(0, 12),
)
def test_bins_of_a_larger_scale_are_the_ones_numpy_would_count(values, signed, larger):
    values = values if signed else np.abs(values)
    histogram = Histogram.of(values, signed=signed)
    reach = histogram.reach * 2.0**larger
    assert histogram.largest < histogram.reach <= max(2 * histogram.largest, 2.0**-40)
    counts, _ = np.histogram(values.astype(float), BINS, (-reach if signed else 0.0, reach))
    np.testing.assert_allclose(histogram.shares(reach), counts / max(1, len(values)))


def test_what_is_not_finite_is_left_out_of_a_histogram():
    histogram = Histogram.of(np.array([1.0, np.inf, np.nan, -3.0]), signed=True)
    assert (histogram.counts.sum(), histogram.largest, histogram.reach) == (2, 3.0, 4.0)


# Over time


def recorded(epochs: int, stride: int = 1, limit: int = 2**28) -> tuple[Recording, Trainer]:
    trainer = Trainer(Experiment(layers=(3,)), make_dataset(samples=23))
    recording = Recording(Budget(limit, stride))
    recording.append(trainer.metrics)
    recording.keyframes.add(trainer.state(), keep=True)
    for _ in range(epochs):
        recording.append(trainer.step_epoch())
        recording.keyframes.offer(trainer)
    return recording, trainer


def epochs_of(states) -> list[int]:
    return [state.epoch for state in states]


def test_a_short_run_is_shown_whole():
    recording, trainer = recorded(10, stride=4)
    found = course(recording.keyframes, trainer.state())
    assert (epochs_of(found.states), found.every) == ([0, 4, 8, 10], 4)
    assert list(found.states[:3]) == list(recording.keyframes)
    # What has a keyframe is not there twice, and the keyframe is what counts.
    shown = replace(recording.keyframes.nearest(4))
    assert course(recording.keyframes, shown).states[1] is recording.keyframes.nearest(4)


@given(st.integers(1, 200), st.integers(1, 6), st.integers(1, 20))
def test_at_most_so_many_evenly_with_both_ends(newest, stride, most):
    keyframes = Recording(Budget(stride=stride)).keyframes
    source = FAKE
    for epoch in range(0, newest + 1, stride):
        keyframes.add(replace(source, epoch=epoch))
    found = course(keyframes, None, most)
    epochs = epochs_of(found.states)
    assert epochs[0] == 0 and epochs[-1] == newest // stride * stride
    early = {stride * 2**k for k in range(8) if stride * 2**k <= newest}
    assert early <= set(epochs), "the beginning of a long run is not lost"
    even = [epoch for epoch in epochs[:-1] if epoch % found.every == 0 or epoch not in early]
    assert len(epochs) <= most + 1 + len(early)
    gaps = {after - before for before, after in itertools.pairwise(even)}
    assert gaps <= {found.every}
    assert sorted(epochs_of(found.coarse_first())) == epochs


def test_a_state_stays_chosen_while_the_run_grows():
    """Or what was worked out about it would have been in vain."""
    keyframes = Recording(Budget(stride=3)).keyframes
    before: set[int] = set()
    for epoch in range(0, 600, 3):
        keyframes.add(replace(FAKE, epoch=epoch))
        now = set(epochs_of(course(keyframes, None, 10).states))
        now -= {3 * 2**k for k in range(8)}
        assert len(before - now) <= 1 or len(now) < len(before), "only ever thinned by half"
        before = now


def test_a_thinned_recording_and_one_without_much():
    recording, _ = recorded(300, limit=60_000)
    found = course(recording.keyframes)
    assert recording.keyframes.budget.stride > 1
    assert found.states == tuple(recording.keyframes)
    assert found.every == recording.keyframes.budget.stride
    few = Recording(Budget(stride=1)).keyframes
    few.hold([(replace(FAKE, epoch=0), 1), (replace(FAKE, epoch=90), 1)])
    assert course(few).every == 90


def test_early_states_of_a_long_run_come_last_and_are_there():
    keyframes = Recording(Budget(stride=2)).keyframes
    for epoch in range(0, 2001, 2):
        keyframes.add(replace(FAKE, epoch=epoch))
    found = course(keyframes, None, 8)
    assert found.every == 256
    even = [*range(0, 2001, 256)]
    early = [2, 4, 8, 16, 32, 64, 128]
    assert epochs_of(found.states) == sorted({*even, *early, 512, 1024, 2000})
    order = epochs_of(found.coarse_first())
    assert order[:4] == [2000, 0, 1024, 512]
    assert order[-len(early) :] == early


@given(st.integers(1, 120), st.integers(1, 7))
def test_coarse_before_fine(count, stride):
    keyframes = Recording(Budget(stride=stride)).keyframes
    for epoch in range(0, count * stride, stride):
        keyframes.add(replace(FAKE, epoch=epoch))
    order = epochs_of(course(keyframes).coarse_first())
    assert sorted(order) == epochs_of(keyframes)
    assert order[0] == (count - 1) * stride
    assert 0 in order[:2]
    for done in range(2, count):
        # However many are done, no gap between them is much wider than it has to be.
        gaps = np.diff(sorted(order[:done]))
        assert gaps.max() <= 4 * stride * count / (done - 1)


def test_a_fork_shares_what_is_known():
    recording, trainer = recorded(20, stride=4)
    known = Known()
    for state in recording.keyframes:
        known.put(state, "epoch", state.epoch)
    branch = recording.fork(recording.keyframes.nearest(8), "branch")
    assert [known.get(state, "epoch") for state in branch.keyframes] == [0, 4, 8]
    seen = replace(recording.keyframes.nearest(4), metrics=trainer.metrics)
    assert known.get(seen, "epoch") == 4
    assert known.get(trainer.state(), "epoch") is None, "a copy might have been changed"
    assert known.get(seen, "other") is None
    slower = with_rate(seen, seen.learning_rate / 2)
    assert known.get(slower, "epoch") is None, "its next step is another one"


def test_what_is_known_goes_with_the_state():
    recording, trainer = recorded(20, stride=4)
    known = Known()
    for state in (*recording.keyframes, trainer.state()):
        known.put(state, "epoch", state.epoch)
    del state
    gc.collect()
    assert len(known) == len(recording.keyframes) == 6
    recording.keyframes.thin(8)
    gc.collect()
    assert len(known) == 3  # of 0, 8 and 16


FAKE = Trainer(Experiment(layers=(1,)), make_dataset(samples=5, features=2)).state()
