"""Every number that is explained, of every preset, however fast it learns: a value, or why none.

The cases are those of :mod:`tests.core.fast_runs`: every pair of preset, learning rate, optimizer,
activation, loss and type. Of each the last good epoch is looked at, with four samples: of training,
validation, drawn with a class, drawn without one. Explained are the loss, units of small layers,
and seeded ones of all other numbers. Warnings of NumPy's are errors here.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nnfs_core.diagnose.confusion import Examiner
from nnfs_core.diagnose.health import Probe
from nnfs_core.diagnose.histogram import Histogram
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.explain import Check, ExactPass, Explanation, Subject, Update, explain, follow
from nnfs_core.explain.saliency import saliency
from nnfs_core.explain.stages import sample_pass
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.places import Place
from nnfs_core.model.tasks.classification import LOSSES
from nnfs_core.training.step import Step, next_step
from nnfs_core.training.trainer import Trainer

from . import plain
from .fast_runs import CASES, WILD, FastRun, fast_run, name

LONG = np.longdouble
"""Eleven more bits and a far larger range than float64, where the machine has it."""


def subjects(run: FastRun) -> list[Subject]:
    data = run.trainer.dataset
    noise = np.random.default_rng(1).random(data.features).astype(np.float32)
    return [
        Subject(data.train_x[0], int(data.train_y[0]), "train", 0),
        Subject(data.validation_x[3], int(data.validation_y[3]), "validation", 3),
        Subject(np.ones(data.features, np.float32), 2, "drawn", 0),
        Subject(noise, None, "drawn", 0),
    ]


def places(sizes: tuple[int, ...], seed: str) -> list[Place]:
    """Return the loss, up to ten units of each layer, and some of all other numbers."""
    chance = random.Random(seed)
    found = [Place("loss")]
    found += [Place("input", source=chance.randrange(sizes[0])) for _ in range(4)]
    for layer, (into, out) in enumerate(pairwise(sizes)):
        found += [Place("unit", layer, unit) for unit in chance.sample(range(out), min(out, 10))]
        found += [Place("bias", layer, chance.randrange(out)) for _ in range(3)]
        found += [
            Place("weight", layer, chance.randrange(out), chance.randrange(into)) for _ in range(8)
        ]
    return found


def numbers(of: object, where: str = "") -> Iterator[tuple[str, float]]:
    """Go through all numbers of an explanation, but for the whole way of its sample."""
    if isinstance(of, float):
        yield where, of
    elif isinstance(of, tuple):
        for part in of:
            yield from numbers(part, where)
    elif is_dataclass(of) and not isinstance(of, ExactPass):
        for field in fields(of):
            yield from numbers(getattr(of, field.name), f"{where}.{field.name}")


def explained(run: FastRun, subject: Subject, place: Place, step: Step) -> Explanation:
    trainer, frame = run.trainer, run.frames[-1]
    samples = len(trainer.dataset.train_x)
    first = run.frames[0].parameters
    return explain(run.experiment, trainer.network, frame, first, subject, place, step, samples)


def long_pass(run_of: Experiment, parameters: Parameters, x: np.ndarray):
    """Return z of every layer, how much was added up to each, and p, in long doubles."""
    a, z, sizes = x.astype(LONG), [], []
    functions = {
        "relu": lambda v: np.where(v > 0, v, 0),
        "leaky_relu": lambda v: np.where(v > 0, v, v / 100),
        "tanh": lambda v: np.sign(v) * -np.expm1(-2 * abs(v)) / (1 + np.exp(-2 * abs(v))),
        "sigmoid": lambda v: np.where(v > 0, 1, np.exp(-abs(v))) / (1 + np.exp(-abs(v))),
        "identity": lambda v: v,
    }
    for weights, bias in zip(parameters.weights, parameters.biases, strict=True):
        products = weights.astype(LONG) * a
        z.append(products.sum(axis=1) + bias)
        sizes.append(abs(products).sum(axis=1) + abs(bias.astype(LONG)))
        a = functions[run_of.activation](z[-1])
    powers = np.exp(z[-1] - z[-1].max())
    return z, sizes, powers / powers.sum()


def reaching(parameters: Parameters, sizes: list) -> list:
    """Return, for each z, what rounding anywhere on the way to it is in relation to."""
    result = [sizes[0]]
    for weights, size in zip(parameters.weights[1:], sizes[1:], strict=True):
        result.append(size + abs(weights.astype(LONG)) @ result[-1])
    return result


def holds(found: Check) -> None:
    """Say what must be true of any central difference."""
    if found.trouble == "none":
        assert found.relative_error is not None
        size = max(abs(found.analytic), abs(found.numeric))
        if found.kink != "here" and size:
            # Cut off after the third power, and what is stated of rounding is of first order.
            assert found.relative_error <= 1e-3 + 3 * found.rounding / size, found
    else:
        assert found.relative_error is None
        finite = math.isfinite(found.analytic) and math.isfinite(found.numeric)
        assert (found.trouble == "rounding") == finite
    assert found.step > 0


@pytest.mark.parametrize("case", CASES + WILD, ids=name)
def test_every_number_has_a_value_or_there_is_none(case):
    run = fast_run(case)
    frame, trainer = run.frames[-1], run.trainer
    step = next_step(run.experiment, trainer.network, trainer.dataset, frame.state)
    for subject in subjects(run):
        for place in places(trainer.network.sizes, name(case)):
            found = explained(run, subject, place, step)
            assert found.place == place
            for where, value in numbers(found):
                # What the next step leads to may be no number; so may what is said to be none.
                assert math.isfinite(value) or ".update" in where or ".check" in where, where
            if found.check is not None:
                holds(found.check)
            if found.update is not None:
                same_step(found.update, run.experiment)
            elif place.kind in ("weight", "bias"):
                raise AssertionError("no update is explained")


def same_step(found: Update, experiment: Experiment) -> None:
    """Compare the explained decrease with what the run's own numbers do."""
    assert found.decrease is not None
    if not math.isfinite(found.after):
        return
    precision = float(np.finfo(experiment.dtype).eps)
    averages = [abs(average.after) for average in found.averages]
    if averages and min(averages) < np.finfo(experiment.dtype).tiny / precision:
        return  # averages that fade have few digits left
    size = abs(found.before) + abs(found.decrease)
    assert abs(found.before - found.decrease - found.after) <= 40 * precision * size


@pytest.mark.parametrize("case", CASES + WILD, ids=name)
def test_the_way_of_a_sample_is_that_of_longer_numbers(case):
    run = fast_run(case)
    parameters, network = run.frames[-1].parameters, run.trainer.network
    for subject in subjects(run):
        found = follow(network, parameters, subject.x, subject.label)
        z, sizes, p = long_pass(run.experiment, parameters, subject.x)
        for own, expected, size in zip(found.z, z, reaching(parameters, sizes), strict=True):
            assert (abs(own - expected) <= 1e-14 * size).all()
        off = float(1e-14 * size.max())
        if off < 1e-3:
            np.testing.assert_allclose(
                found.a[-1], p.astype(float), rtol=4 * off + 1e-14, atol=1e-300
            )
        elif (margin := np.sort(z[-1])[-1] - np.sort(z[-1])[-2]) > 2 * off + 800:
            np.testing.assert_array_equal(found.a[-1], np.arange(len(p)) == z[-1].argmax(), margin)
        if subject.label is not None:
            assert found.loss == pytest.approx(
                long_loss(run.experiment, z[-1], subject), rel=1e-9, abs=2 * off
            )


def long_loss(experiment: Experiment, logits: np.ndarray, subject: Subject) -> float:
    shifted = logits - logits.max()
    if experiment.loss == "cross-entropy":
        return float(np.log(np.exp(shifted).sum()) - shifted[subject.label])
    p = np.exp(shifted) / np.exp(shifted).sum()
    return float(((p - np.eye(len(p))[subject.label]) ** 2).mean())


@pytest.mark.parametrize("case", CASES + WILD, ids=name)
def test_stages_saliency_health_and_confusion_of_the_last_good_epoch(case):
    run = fast_run(case)
    frame, trainer = run.frames[-1], run.trainer
    data, network = trainer.dataset, trainer.network
    for subject in subjects(run):
        trace = network.trace(frame.parameters, subject.x)
        rise = saliency(network, frame.parameters, trace, trace.predicted)
        assert rise.shape == (data.features,)
        if subject.label is not None:
            passed = sample_pass(network, frame.parameters, subject.x, subject.label)
            exact = follow(network, frame.parameters, subject.x, subject.label)
            _, sizes, _ = long_pass(run.experiment, frame.parameters, subject.x)
            off = float(
                np.finfo(run.experiment.dtype).eps * reaching(frame.parameters, sizes)[-1].max()
            )
            assert passed.loss == pytest.approx(exact.loss, rel=1e-5, abs=40 * off)

    health = Probe(run.experiment, network, data).examine(frame.state)
    for shares in (health.unresponsive, health.gradients, health.updates):
        assert (np.isnan(shares) | (np.isfinite(shares) & (shares >= 0))).all()
    for weights, histogram in zip(frame.parameters.weights, health.weights, strict=True):
        assert histogram.counts.sum() == weights.size
        assert histogram.shares(histogram.reach).sum() == pytest.approx(1)

    confusion = Examiner(
        network, data.validation_x, data.validation_y, run.experiment.dtype
    ).confusion(frame.parameters)
    assert confusion.accuracy == frame.metrics.validation_score
    assert confusion.counts.sum() == len(data.validation_y)


def test_some_of_the_runs_end_in_infinities_and_some_do_not():
    ended = [case for case in CASES + WILD if fast_run(case).ended]
    assert 5 <= len(ended) < len(CASES)


# Any finite weights: a file may hold them, and a run come by them.


@st.composite
def extremes(draw) -> tuple[Trainer, Subject]:
    """Make a run that starts from weights of any size, each layer's own, some of them zero."""
    dtype = draw(st.sampled_from(["float32", "float64"]))
    experiment = Experiment(
        layers=draw(st.lists(st.integers(1, 4), max_size=3).map(tuple)),
        activation=draw(st.sampled_from(sorted(ACTIVATIONS))),
        loss=draw(st.sampled_from(sorted(LOSSES))),
        optimizer=draw(st.sampled_from(["sgd", "momentum", "rmsprop", "adam"])),
        weight_decay=draw(st.sampled_from([0.0, 0.1])),
        learning_rate=10.0 ** draw(st.integers(-2, 4)),
        dtype=dtype,
    )
    data = plain.make_dataset(20, 3, 3, 5)
    sizes = (3, *experiment.layers, 3)
    most = 37 if dtype == "float32" else 307
    parameters = experiment.but(dtype="float64").initial(sizes)
    generator = np.random.default_rng(draw(st.integers(0, 9)))
    for part in (*parameters.weights, *parameters.biases):
        part[:] = generator.normal(size=part.shape) * 10.0 ** draw(st.integers(-most - 8, most))
        part[generator.random(part.shape) < draw(st.sampled_from([0, 0.3]))] = 0
    try:
        trainer = Trainer(experiment, data, parameters)
    except UserError:
        assume(False)
    x = np.asarray(draw(st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3)), np.float32)
    return trainer, Subject(x, draw(st.integers(0, 2)), "drawn", 0)


@given(extremes())
@settings(max_examples=60, deadline=None)
def test_weights_of_any_size_are_explained(made):
    trainer, subject = made
    run = FastRun(trainer, [trainer.frame()], False)
    step = next_step(run.experiment, trainer.network, trainer.dataset, trainer.state())
    for place in places(trainer.network.sizes, "any"):
        found = explained(run, subject, place, step)
        if found.check is not None:
            check = found.check
            assert (check.relative_error is None) == (check.trouble != "none")
            assert check.step > 0
    trace = trainer.network.trace(trainer.parameters, subject.x)
    saliency(trainer.network, trainer.parameters, trace, trace.predicted)
    sample_pass(trainer.network, trainer.parameters, subject.x, 0)
    health = Probe(run.experiment, trainer.network, trainer.dataset).examine(trainer.state())
    for weights, histogram in zip(trainer.parameters.weights, health.weights, strict=True):
        assert histogram.counts.sum() == weights.size
    for layer, weights in enumerate(trainer.parameters.weights):
        before, after = weights.astype(LONG), step.after.weights[layer].astype(LONG)
        if not np.isfinite(after).all():
            assert math.isnan(health.updates[layer])
        elif weights.any() and abs(after - before).max() < np.finfo(run.experiment.dtype).max:
            size = max(abs(before).max(), abs(after - before).max())
            ratio = length((after - before) / size) / length(before / size)
            # Squares of what is far below the largest are lost, in the ratio as in the numbers.
            if min(abs(before).max(), abs(after - before).max()) > 1e-150 and ratio < 1e300:
                assert health.updates[layer] == pytest.approx(float(ratio), rel=1e-5)


def length(numbers: np.ndarray) -> np.longdouble:
    return np.sqrt((numbers**2).sum())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_histogram_of_the_largest_numbers(dtype):
    most = np.finfo(dtype).max
    found = Histogram.of(np.array([-most, 0, most / 2, most], dtype), signed=True)
    assert math.isfinite(found.reach)
    assert found.counts.sum() == 4
    assert found.counts[0] == 1 and found.counts[-1] >= 1 and found.largest == most
