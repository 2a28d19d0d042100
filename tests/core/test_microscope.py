"""Every number the microscope gives, against the same number worked out independently."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nnfs_core.experiment import Experiment
from nnfs_core.explain import Explanation, Subject, explain, follow
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.places import Place
from nnfs_core.model.tasks.classification import LOSSES, Classification, error
from nnfs_core.optimizers import optimizers
from nnfs_core.training.step import Step, next_step
from nnfs_core.training.trainer import EpochFrame, NotFiniteError, Trainer

from . import plain
from .test_optimizers import by_formula

DATA = plain.make_dataset(60, 6, 4)


@dataclass
class Scene:
    """A run somewhere on its way, and a sample."""

    trainer: Trainer
    first: EpochFrame
    frame: EpochFrame
    step: Step
    subject: Subject

    @property
    def experiment(self) -> Experiment:
        return self.trainer.experiment

    def explain(self, place: Place, most: int = 3, **changes) -> Explanation:
        return explain(
            self.experiment,
            self.trainer.network,
            self.frame,
            self.first.parameters,
            replace(self.subject, **changes),
            place,
            self.step,
            most,
        )

    @property
    def double(self) -> Parameters:
        flat = self.frame.parameters.flat.astype(np.float64)
        return Parameters.over(flat, self.frame.parameters.sizes)

    @property
    def x(self) -> np.ndarray:
        return self.subject.x.astype(np.float64)

    def loss(self, parameters: Parameters, x: np.ndarray | None = None) -> float:
        x = self.x if x is None else x
        return plain.loss(self.experiment, parameters, x[None], np.array([self.subject.label]))

    def own_gradient(self) -> Parameters:
        """The chain rule of plain.py for this sample alone, without weight decay."""
        flat = plain.gradient(
            self.experiment.but(weight_decay=0.0),
            self.double,
            self.subject.x[None],
            np.array([self.subject.label]),
        )
        return Parameters.over(flat, self.frame.parameters.sizes)


def scene(experiment: Experiment, epochs: int, part: str = "train", row: int = 0) -> Scene:
    trainer = Trainer(experiment, DATA)
    first = trainer.frame()
    with suppress(NotFiniteError):  # the trainer then stands at the last good epoch
        for _ in range(epochs):
            trainer.step_epoch()
    frame = trainer.frame()
    step = next_step(experiment, trainer.network, DATA, frame.state)
    x, y = (
        (DATA.train_x, DATA.train_y) if part == "train" else (DATA.validation_x, DATA.validation_y)
    )
    return Scene(trainer, first, frame, step, Subject(x[row], int(y[row]), part, row))


scenes = st.builds(
    lambda epochs, part, row, **fields: scene(
        Experiment(learning_rate=0.004, **fields), epochs, part, row
    ),
    epochs=st.integers(0, 3),
    part=st.sampled_from(["train", "validation"]),
    row=st.integers(0, 19),
    layers=st.lists(st.integers(1, 7), max_size=3).map(tuple),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    loss=st.sampled_from(sorted(LOSSES)),
    optimizer=st.sampled_from(sorted(optimizers())),
    batch_size=st.sampled_from([None, 1, 16, 60]),
    weight_decay=st.sampled_from([0.0, 0.05]),
    dtype=st.sampled_from(["float32", "float64"]),
    seed=st.integers(0, 5),
)


def some_place(data, kind: str, sizes: tuple[int, ...]) -> Place:
    """Draw a place of a kind."""
    if kind == "input":
        return Place("input", source=data.draw(st.integers(0, sizes[0] - 1)))
    layer = data.draw(st.integers(0, len(sizes) - 2))
    unit = data.draw(st.integers(0, sizes[layer + 1] - 1))
    source = data.draw(st.integers(0, sizes[layer] - 1)) if kind == "weight" else 0
    return Place(kind, layer, unit, source)


def near(found: float, expected: float, rel: float = 1e-9, absolute: float = 1e-12) -> None:
    assert found == pytest.approx(expected, rel=rel, abs=absolute)


def inputs_of(here: Scene, layer: int) -> np.ndarray:
    z = plain.pre_activations(here.experiment, here.double, here.x[None])
    if layer == 0:
        return here.x
    return plain.FUNCTIONS[here.experiment.activation](z[layer - 1][0])


# Forward


@given(here=scenes, data=st.data())
@settings(max_examples=35, deadline=None)
def test_a_unit_is_the_sum_of_its_terms_and_its_bias(here, data):
    sizes = here.trainer.network.sizes
    place = some_place(data, "unit", sizes)
    layer, unit = place.layer, place.unit
    most = data.draw(st.integers(1, 8))
    found = here.explain(place, most).forward
    weights, inputs = here.double.weights[layer][unit], inputs_of(here, layer)
    products = weights * inputs
    near(found.z, products.sum() + here.double.biases[layer][unit])
    near(found.inputs.total, products.sum())
    assert found.bias == here.double.biases[layer][unit]
    assert found.bias_place == Place("bias", layer, unit)

    named = found.inputs.terms
    sizes_named = [abs(term.product) for term in named]
    assert sizes_named == sorted(sizes_named, reverse=True)
    assert len(named) <= most
    seen = set()
    for term in named:
        source = term.weight_place.source
        assert term.weight_place == Place("weight", layer, unit, source)
        expected = Place("unit", layer - 1, source) if layer else Place("input", source=source)
        assert term.value_place == expected
        assert term.weight == weights[source]
        near(term.value, inputs[source])
        near(term.product, products[source])
        seen.add(source)
    left = np.delete(np.arange(len(products)), sorted(seen))
    assert found.inputs.rest_count == len(left)
    near(found.inputs.rest, products[left].sum())
    if len(left) and len(named) == most:
        assert np.abs(products[left]).max() <= min(sizes_named) + 1e-12
    elif len(left):
        assert not products[left].any()


@given(here=scenes, data=st.data())
@settings(max_examples=35, deadline=None)
def test_activations_and_probabilities(here, data):
    place = some_place(data, "unit", here.trainer.network.sizes)
    found = here.explain(place).forward
    logits = plain.pre_activations(here.experiment, here.double, here.x[None])[-1]
    if place.layer < len(here.trainer.network.sizes) - 2:
        assert found.softmax is None
        near(found.a, float(plain.FUNCTIONS[here.experiment.activation](np.array(found.z))))
        return
    near(found.a, plain.probabilities(logits)[0][place.unit])
    shifted = np.exp(logits[0] - found.softmax.shift)
    near(found.softmax.power, shifted[place.unit])
    near(found.softmax.total, shifted.sum())
    near(found.softmax.power / found.softmax.total, found.a)
    assert found.softmax.shift == 0


def test_exponentials_that_would_get_out_of_hand_are_shifted():
    here = scene(Experiment(layers=(), dtype="float64"), 0)
    flat = here.frame.parameters.flat * 1000
    frame = replace(here.frame, parameters=Parameters.over(flat, here.frame.parameters.sizes))
    found = replace(here, frame=frame).explain(Place("unit", 0, 1)).forward
    logits = plain.pre_activations(here.experiment, frame.parameters, here.x[None])[-1]
    assert found.softmax.shift == pytest.approx(logits.max())
    near(found.softmax.power, np.exp(logits[0, 1] - logits.max()))
    near(found.a, plain.probabilities(logits)[0, 1])


@given(here=scenes, data=st.data())
@settings(max_examples=25, deadline=None)
def test_what_a_parameter_and_an_input_do(here, data):
    sizes = here.trainer.network.sizes
    for kind in ("weight", "bias"):
        place = some_place(data, kind, sizes)
        found = here.explain(place).forward
        z = plain.pre_activations(here.experiment, here.double, here.x[None])
        near(found.z, z[place.layer][0, place.unit])
        assert found.unit_place == Place("unit", place.layer, place.unit)
        if kind == "bias":
            assert found.value == found.product == here.double.biases[place.layer][place.unit]
            assert (found.source, found.source_place) == (1, None)
        else:
            assert found.value == here.double.weights[place.layer][place.unit, place.source]
            near(found.source, inputs_of(here, place.layer)[place.source])
            near(found.product, found.value * inputs_of(here, place.layer)[place.source])
    place = some_place(data, "input", sizes)
    found = here.explain(place).forward
    column = here.double.weights[0][:, place.source]
    assert found.value == here.x[place.source]
    assert [term.weight for term in found.readers] == sorted(
        column[np.argsort(-np.abs(column))[:3]].tolist(), key=abs, reverse=True
    )
    for term in found.readers:
        unit = term.value_place.unit
        assert term.value_place == Place("unit", 0, unit)
        assert term.weight_place == Place("weight", 0, unit, place.source)
        near(term.product, column[unit] * here.x[place.source])
    assert found.rest_count == len(column) - len(found.readers)


@given(here=scenes)
@settings(max_examples=35, deadline=None)
def test_the_loss(here):
    found = here.explain(Place("loss"), 2)
    near(found.loss.value, here.loss(here.double))
    logits = plain.pre_activations(here.experiment, here.double, here.x[None])[-1]
    p, label = plain.probabilities(logits)[0], here.subject.label
    near(found.loss.p_true, p[label])
    assert found.loss.true_place == Place("unit", len(here.experiment.layers), label)
    assert found.loss.classes == len(p)
    squares = (p - np.eye(len(p))[label]) ** 2
    if here.experiment.loss == "mean-squared-error":
        named = [square.place.unit for square in found.loss.squares]
        assert len(named) == 2
        for square in found.loss.squares:
            near(square.p, p[square.place.unit])
            assert square.t == (square.place.unit == label)
            near(square.square, squares[square.place.unit])
        near(found.loss.rest, np.delete(squares, named).sum())
        assert found.loss.rest_count == len(p) - 2
        total = sum(square.square for square in found.loss.squares) + found.loss.rest
        near(total / found.loss.classes, found.loss.value)
    else:
        assert found.loss.squares == ()
    decay = here.experiment.weight_decay
    if decay:
        objective = plain.objective(here.experiment, here.double, here.x[None], np.array([label]))
        near(found.loss.value + found.penalty, objective)
    else:
        assert found.penalty is None


# Backward


@given(here=scenes, data=st.data(), kind=st.sampled_from(["weight", "bias", "unit"]))
@settings(max_examples=35, deadline=None)
def test_derivatives_are_those_of_the_plain_chain_rule(here, data, kind):
    place = some_place(data, kind, here.trainer.network.sizes)
    own = here.own_gradient()
    # Adding to z is adding to the bias, so ∂L/∂z of a unit is ∂L/∂b.
    expected = (
        own.weights[place.layer][place.unit, place.source]
        if kind == "weight"
        else own.biases[place.layer][place.unit]
    )
    found = here.explain(place)
    near(found.backward.gradient, expected)
    near(found.check.analytic, expected)


@given(here=scenes, data=st.data(), kind=st.sampled_from(["weight", "bias", "unit", "input"]))
@settings(max_examples=35, deadline=None)
def test_central_differences_agree_with_the_chain_rule_and_with_others(here, data, kind):
    place = some_place(data, kind, here.trainer.network.sizes)
    found = here.explain(place).check
    assume(found.kink != "here")
    near(found.numeric, found.analytic, rel=1e-6, absolute=1e-10)
    assert found.relative_error < 1e-6 or abs(found.analytic) < 1e-4
    size = max(abs(found.analytic), abs(found.numeric))
    if size:
        near(found.relative_error * size, abs(found.analytic - found.numeric))

    # Once more, with the step it says it took, by the loss of plain.py.
    def loss_with(offset: float) -> float:
        parameters = Parameters.over(here.double.flat.copy(), here.double.sizes)
        x = here.x.copy()
        if kind == "input":
            x[place.source] += offset
        elif kind == "weight":
            parameters.weights[place.layer][place.unit, place.source] += offset
        else:
            parameters.biases[place.layer][place.unit] += offset
        return here.loss(parameters, x)

    h = found.step
    plainly = (loss_with(h) - loss_with(-h)) / (2 * h)
    near(found.numeric, plainly, rel=1e-4, absolute=1e-14 / h)


@given(here=scenes, data=st.data())
@settings(max_examples=35, deadline=None)
def test_the_factors_multiply_to_the_derivative(here, data):
    sizes, own = here.trainer.network.sizes, here.own_gradient()
    place = some_place(data, "unit", sizes)
    layer, unit = place.layer, place.unit
    found = here.explain(place, 2).backward
    last = layer == len(sizes) - 2
    logits = plain.pre_activations(here.experiment, here.double, here.x[None])[-1]
    p, label = plain.probabilities(logits)[0], here.subject.label
    if last:
        near(found.p, p[unit])
        assert found.t == (unit == label)
        if here.experiment.loss == "cross-entropy":
            near(found.gradient, found.p - found.t)
        else:
            slopes = 2 * (p - np.eye(len(p))[label]) / len(p)
            near(found.slope, slopes[unit])
            near(found.mean, slopes @ p)
            near(found.gradient, found.p * (found.slope - found.mean))
    else:
        z = plain.pre_activations(here.experiment, here.double, here.x[None])[layer][0, unit]
        near(found.slope, float(plain.SLOPES[here.experiment.activation](np.array(z))))
        self_check(here, found.outputs, layer + 1, unit, own)
        near(found.outputs.total * found.slope, found.gradient)
        near(found.gradient, own.biases[layer][unit])

    place = some_place(data, "weight", sizes)
    found = here.explain(place, 2).backward
    near(found.unit.gradient, own.biases[place.layer][place.unit])
    near(found.source, inputs_of(here, place.layer)[place.source])
    near(found.unit.gradient * found.source, found.gradient)
    assert found.unit_place == Place("unit", place.layer, place.unit)

    place = some_place(data, "input", sizes)
    found = here.explain(place, 2).backward
    self_check(here, found.outputs, 0, place.source, own)
    near(found.gradient, found.outputs.total)


def self_check(here, outputs, layer, source, own):
    """The sum over the units that read a number, named and not."""
    weights, delta = here.double.weights[layer][:, source], own.biases[layer]
    near(outputs.total, weights @ delta)
    named = []
    for term in outputs.terms:
        k = term.value_place.unit
        assert term.value_place == Place("unit", layer, k)
        assert term.weight_place == Place("weight", layer, k, source)
        assert term.weight == weights[k]
        near(term.value, delta[k])
        near(term.product, weights[k] * delta[k])
        named.append(k)
    near(outputs.rest, np.delete(weights * delta, named).sum())
    assert outputs.rest_count == len(weights) - len(named)


@given(here=scenes)
@settings(max_examples=25, deadline=None)
def test_the_way_back_starts_at_the_output(here):
    own = here.own_gradient()
    found = here.explain(Place("loss"), 3).backward
    delta = own.biases[-1]
    assert len(found.outputs) == 3
    assert found.rest_count == len(delta) - 3
    for place, factor in found.outputs:
        near(factor.gradient, delta[place.unit])
    named = [abs(factor.gradient) for _, factor in found.outputs]
    assert named == sorted(named, reverse=True)
    near(named[0], np.abs(delta).max())


def test_the_whole_way_can_be_walked():
    """From the loss to a weight of the first layer, by the places each factor names."""
    here = scene(Experiment(layers=(5, 4), activation="tanh", dtype="float64"), 2)
    at = here.explain(Place("loss")).backward.outputs[0][0]
    kinds = []
    while at.kind != "input":
        kinds.append((at.kind, at.layer))
        term = here.explain(at).forward.inputs.terms[0]
        weight = here.explain(term.weight_place)
        kinds.append((weight.place.kind, weight.place.layer))
        assert weight.backward.source_place == term.value_place
        assert weight.backward.unit_place == at
        at = term.value_place
    assert kinds == [(kind, layer) for layer in (2, 1, 0) for kind in ("unit", "weight")]
    back = here.explain(at).backward.outputs.terms[0].value_place
    assert back.kind == "unit"
    assert back.layer == 0


# Kinks


def relu_scene(bias: float) -> Scene:
    """One hidden unit whose z is ``bias`` and no more, since its weights are zero."""
    here = scene(Experiment(layers=(1,), dtype="float64"), 0)
    parameters = Parameters.over(here.frame.parameters.flat.copy(), here.frame.parameters.sizes)
    parameters.weights[0][:] = 0
    parameters.biases[0][:] = bias
    return replace(here, frame=replace(here.frame, parameters=parameters))


def test_a_kink_nearby_is_avoided_by_a_smaller_step():
    here = relu_scene(3e-7)
    found = here.explain(Place("bias", 0, 0)).check
    assert found.kink == "avoided"
    assert found.step < 3e-7
    assert found.relative_error < 1e-5
    assert found.analytic != 0


def test_a_kink_at_the_very_place_is_said():
    here = relu_scene(0.0)
    for place in (Place("bias", 0, 0), Place("unit", 0, 0), Place("weight", 0, 0, 2)):
        found = here.explain(place).check
        assert found.kink == "here"
        assert found.analytic == 0  # the program takes the slope from the left
    assert here.explain(Place("bias", 0, 0)).check.numeric != 0


def test_without_a_kink_none_is_said():
    assert relu_scene(0.5).explain(Place("bias", 0, 0)).check.kink == "none"
    assert relu_scene(-0.5).explain(Place("bias", 0, 0)).check.numeric == 0


# Losses so small that only their own last digits tell them apart


logits = st.lists(st.floats(-40, 40), min_size=2, max_size=6).map(np.array)


def exactly(z: np.ndarray, label: int) -> tuple[list[Decimal], list[Decimal]]:
    """Probabilities and p − t with fifty digits."""
    with localcontext() as context:
        context.prec = 50
        powers = [Decimal(float(value)).exp() for value in z]
        p = [power / sum(powers) for power in powers]
        return p, [value - (k == label) for k, value in enumerate(p)]


def loss_value(loss, z: np.ndarray, label: int) -> float:
    task = Classification.into(len(z))
    return task.exact_loss(loss, z, task.targets([label], np.float64)[:, 0])


def loss_gradient(loss, z: np.ndarray, label: int) -> np.ndarray:
    task = Classification.into(len(z))
    return task.exact_gradient(loss, z, task.targets([label], np.float64)[:, 0])


@given(z=logits, data=st.data())
@settings(max_examples=35, deadline=None)
def test_losses_are_exact_to_their_own_last_digits(z, data):
    label = data.draw(st.integers(0, len(z) - 1))
    p, difference = exactly(z, label)
    with localcontext() as context:
        context.prec = 50
        entropy = -p[label].ln()
        squares = sum(d * d for d in difference) / len(z)
        slopes = [2 * d / len(z) for d in difference]
        mean = sum(g * q for g, q in zip(slopes, p, strict=True))
        mse_gradient = [float(q * (g - mean)) for g, q in zip(slopes, p, strict=True)]
    tight = {"rel": 1e-12, "abs": 1e-300}
    cross, squared = LOSSES["cross-entropy"], LOSSES["mean-squared-error"]
    assert loss_value(cross, z, label) == pytest.approx(float(entropy), **tight)
    assert loss_value(squared, z, label) == pytest.approx(float(squares), **tight)
    found = error(np.array([float(q) for q in p]), label)
    np.testing.assert_allclose(found, [float(d) for d in difference], rtol=1e-12)
    np.testing.assert_allclose(
        loss_gradient(cross, z, label), [float(d) for d in difference], rtol=1e-12
    )
    # g − m may cancel where classes tie: exact to the last digits of the larger of the two.
    largest = max(abs(float(g)) for g in slopes)
    for k, value in enumerate(loss_gradient(squared, z, label)):
        near(value, mse_gradient[k], 1e-9, 1e-13 * float(p[k]) * largest)


def test_a_loss_of_another_kind_is_taken_from_its_own_formulas():
    class Doubled:
        name, title, formula = "doubled", "doubled", "2·L"
        value = staticmethod(lambda output, t: 2 * LOSSES["cross-entropy"].value(output, t))

        @staticmethod
        def gradient(output, targets, out):
            np.multiply(output.answers - targets, 2, out=out)

    z = np.array([0.3, -1.0, 2.0])
    p = np.exp(z) / np.exp(z).sum()
    near(loss_value(Doubled(), z, 1), -2 * np.log(p[1]))
    np.testing.assert_allclose(loss_gradient(Doubled(), z, 1), 2 * (p - [0, 1, 0]))


# Learning


@given(here=scenes, data=st.data(), kind=st.sampled_from(["weight", "bias"]))
@settings(max_examples=35, deadline=None)
def test_the_gradient_of_the_batch(here, data, kind):
    place = some_place(data, kind, here.trainer.network.sizes)
    experiment, row = here.experiment, here.subject.row

    def at(flat: np.ndarray) -> float:
        parameters = Parameters.over(flat, here.frame.parameters.sizes)
        if kind == "weight":
            return float(parameters.weights[place.layer][place.unit, place.source])
        return float(parameters.biases[place.layer][place.unit])

    found = here.explain(place).batch
    rows = np.arange(60) if here.step.rows is None else here.step.rows
    batch = DATA.train_x[rows], DATA.train_y[rows]
    rounding = 1e-9 if experiment.dtype == "float64" else 2e-4
    bare = experiment.but(weight_decay=0.0)
    near(found.gradient, at(plain.gradient(experiment, here.double, *batch)), rounding, rounding)
    near(found.data, at(plain.gradient(bare, here.double, *batch)), rounding, rounding)
    assert found.samples == len(rows)
    assert found.full == (experiment.batch_size is None)
    if experiment.weight_decay and kind == "weight":
        near(found.decay, experiment.weight_decay * at(here.double.flat))
        near(found.data + found.decay, found.gradient)
    else:
        assert found.decay is None
        assert found.data == found.gradient
    if here.subject.part != "train":
        assert found.member == "validation"
        assert found.share is None
    elif row in rows:
        assert found.member == "in the batch"
        near(found.share, at(here.own_gradient().flat) / len(rows))
    else:
        assert found.member == "not in the batch"
        assert found.share is None
    assert found.shown == at(here.frame.gradients.flat)
    whole = experiment.batch_size is None or here.frame.epoch == 0
    assert found.shown_batches == (0 if whole else -(-60 // experiment.batch_size))


def test_the_shares_of_all_samples_add_up_to_the_gradient():
    here = scene(Experiment(layers=(4,), batch_size=16, dtype="float64", weight_decay=0.1), 1)
    place = Place("weight", 0, 2, 3)
    shares = [
        here.explain(place, x=DATA.train_x[row], label=int(DATA.train_y[row]), row=row).batch.share
        for row in range(60)
    ]
    counted = [share for share in shares if share is not None]
    assert len(counted) == 16
    near(sum(counted), here.explain(place).batch.data)


@given(here=scenes, data=st.data(), kind=st.sampled_from(["weight", "bias"]))
@settings(max_examples=35, deadline=None)
def test_the_update(here, data, kind):
    place = some_place(data, kind, here.trainer.network.sizes)
    experiment = here.experiment
    found = here.explain(place).update

    def at(parameters: Parameters) -> float:
        if kind == "weight":
            return float(parameters.weights[place.layer][place.unit, place.source])
        return float(parameters.biases[place.layer][place.unit])

    assert found.before == at(here.frame.parameters)
    assert found.after == at(here.step.after)
    assert found.gradient == at(here.step.gradient)
    assert found.start == at(here.first.parameters)
    assert found.number == here.frame.state.step + 1
    assert found.learning_rate == experiment.learning_rate
    if here.frame.update is None:
        assert here.frame.epoch == 0 or here.frame.epoch < 3
        assert found.last is None
    else:
        assert found.last == at(here.frame.update)
    # The formula once more, number by number, from the averages before.
    g, eta, t, c = found.gradient, found.learning_rate, found.number, experiment
    before = [average.before for average in found.averages]
    after = [average.after for average in found.averages]
    assert before == [at(slot) for slot in here.frame.slots]
    assert after == [at(slot) for slot in here.step.slots_after]
    rounding = 1e-9 if experiment.dtype == "float64" else 1e-4
    if experiment.optimizer == "sgd":
        decrease, averages = eta * g, []
    elif experiment.optimizer == "momentum":
        averages = [c.momentum * before[0] + g]
        decrease = eta * averages[0]
    elif experiment.optimizer == "rmsprop":
        averages = [c.rho * before[0] + (1 - c.rho) * g * g]
        divisor = averages[0] ** 0.5 + c.epsilon
        decrease = eta * g / divisor
        near(found.divisor, divisor, rounding)
    else:
        averages = [
            c.beta1 * before[0] + (1 - c.beta1) * g,
            c.beta2 * before[1] + (1 - c.beta2) * g * g,
        ]
        m_hat, v_hat = averages[0] / (1 - c.beta1**t), averages[1] / (1 - c.beta2**t)
        divisor = v_hat**0.5 + c.epsilon
        decrease = eta * m_hat / divisor
        near(found.corrections[0], 1 - c.beta1**t)
        near(found.corrections[1], 1 - c.beta2**t)
        near(found.corrected[0], m_hat, rounding)
        near(found.corrected[1], v_hat, rounding)
        near(found.divisor, divisor, rounding)
    for one, other in zip(after, averages, strict=True):
        near(one, other, rounding, 1e-30)
    near(found.decrease, decrease, rounding)
    near(found.before - found.decrease, found.after, 1e-6 if rounding > 1e-9 else 1e-12, 1e-7)
    for field, value in found.constants.items():
        assert value == getattr(experiment, field)


@pytest.mark.parametrize("optimizer", sorted(optimizers()))
def test_updates_in_a_row_follow_the_formula(optimizer):
    """Step by step over several epochs: what is shown is what the next epoch has."""
    experiment = Experiment(layers=(4,), optimizer=optimizer, dtype="float64", learning_rate=0.05)
    trainer = Trainer(experiment, DATA)
    first, place = trainer.frame(), Place("weight", 0, 1, 2)
    gradients, shown = [], []
    for _ in range(5):
        frame = trainer.frame()
        step = next_step(experiment, trainer.network, DATA, frame.state)
        subject = Subject(DATA.train_x[0], int(DATA.train_y[0]), "train", 0)
        found = explain(
            experiment, trainer.network, frame, first.parameters, subject, place, step, 60
        ).update
        gradients.append(found.gradient)
        trainer.step_epoch()
        assert found.after == trainer.parameters.weights[0][1, 2]
        shown.append(found.after)
    constants = {field: getattr(experiment, field) for field in found.constants}
    start = float(first.parameters.weights[0][1, 2])
    np.testing.assert_allclose(by_formula(optimizer, gradients, start, 0.05, constants), shown)


# Samples nobody has given a class


@pytest.mark.parametrize("kind", ["loss", "unit", "weight", "bias", "input"])
def test_a_drawing_without_a_class_has_a_way_forward_only(kind):
    here = scene(Experiment(layers=(4,), batch_size=16), 1)
    found = here.explain(Place(kind), label=None, part="drawn")
    assert found.loss is None
    assert found.backward is None
    assert found.check is None
    assert (found.forward is None) == (kind == "loss")
    if kind in ("weight", "bias"):
        assert found.batch.member == "drawn"
        assert found.batch.share is None
        assert found.update.after == here.explain(Place(kind)).update.after


def test_a_drawing_with_a_class_has_a_way_back_but_no_share():
    here = scene(Experiment(layers=(4,)), 1)
    found = here.explain(Place("weight"), part="drawn", label=1)
    assert found.backward is not None
    assert found.batch.member == "drawn"
    assert found.batch.share is None


def test_a_pass_is_that_of_the_network():
    here = scene(Experiment(layers=(5, 3), activation="sigmoid"), 2)
    sample = follow(here.trainer.network, here.frame.parameters, here.subject.x, 1)
    trace = here.trainer.network.trace(here.frame.parameters, here.subject.x)
    for found, expected in zip((*sample.z, *sample.a), (*trace.z, *trace.a), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
