"""How a number comes about on the way from the sample to the loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnfs_core.explain.exact_pass import ExactPass
from nnfs_core.explain.sums import Term, WeightedSum, largest, weighted_sum
from nnfs_core.model.places import Place
from nnfs_core.model.tasks.classification import Classification, error

PLAIN_EXPONENT = 20.0
"""Logits up to which exponentials are legible as they are; beyond, the largest is taken off."""


@dataclass(frozen=True, slots=True)
class Softmax:
    """p = e^(z − shift) / Σ e^(z_j − shift).

    Attributes
    ----------
    power : float
        e^(z − shift).
    total : float
        The sum over all classes.
    shift : float
        0, or the largest logit where exponentials would get out of hand.
    """

    power: float
    total: float
    shift: float


@dataclass(frozen=True, slots=True)
class UnitForward:
    """z = Σ w·a + b, then a = f(z), the softmax, or z as it is.

    Attributes
    ----------
    inputs : WeightedSum
    bias : float
    bias_place : Place
    z, a : float
        Pre-activation, and activation or probability.
    softmax : Softmax or None
        Of an output unit that says a probability.
    said : float or None
        Of an output unit that says a value: that value in the data's own units.
    """

    inputs: WeightedSum
    bias: float
    bias_place: Place
    z: float
    a: float
    softmax: Softmax | None
    said: float | None = None


@dataclass(frozen=True, slots=True)
class ParameterForward:
    """What a weight or a bias adds to the pre-activation of its unit.

    Attributes
    ----------
    value : float
        The parameter.
    source : float
        What it is multiplied with; 1 for a bias.
    source_place : Place or None
        Where that stands; None for a bias.
    product : float
    unit_place : Place
    z : float
        The pre-activation it is a part of.
    """

    value: float
    source: float
    source_place: Place | None
    product: float
    unit_place: Place
    z: float


@dataclass(frozen=True, slots=True)
class InputForward:
    """Which units an input reaches, and with what.

    Attributes
    ----------
    value : float
    readers : tuple of Term
        The largest w·x; ``value_place`` is the unit that reads it.
    rest_count : int
        How many units are not named.
    """

    value: float
    readers: tuple[Term, ...]
    rest_count: int


@dataclass(frozen=True, slots=True)
class Square:
    """(p − t)² of one class: its place, p, t, and the square."""

    place: Place
    p: float
    t: float
    square: float


@dataclass(frozen=True, slots=True)
class LossForward:
    """The loss of the sample.

    Attributes
    ----------
    loss : str
        The loss function's name.
    value : float
    p_true : float
        Probability of the true class.
    true_place : Place
    classes : int
        K.
    squares : tuple of Square
        For the mean squared error the largest of its terms; empty otherwise.
    rest : float
        The sum of the other squares.
    rest_count : int
    """

    loss: str
    value: float
    p_true: float
    true_place: Place
    classes: int
    squares: tuple[Square, ...] = ()
    rest: float = 0.0
    rest_count: int = 0


@dataclass(frozen=True, slots=True)
class ValueLoss:
    """The loss of a sample of which a value is to be said.

    Attributes
    ----------
    loss : str
        The loss function's name.
    value : float
    z, t : float
        What the network says, and what it was to say, as the network has them.
    said, true : float
        The same in the data's own units.
    true_place : Place
        The output unit.
    """

    loss: str
    value: float
    z: float
    t: float
    said: float
    true: float
    true_place: Place


def source_place(layer: int, source: int) -> Place:
    """Return where the number stands that a weight of a layer reads."""
    if layer == 0:
        return Place("input", source=source)
    return Place("unit", layer - 1, source)


def unit_forward(sample: ExactPass, place: Place, most: int) -> UnitForward:
    """Explain the z and the activation of a unit."""
    layer, unit = place.layer, place.unit
    inputs = weighted_sum(
        sample.parameters.weights[layer][unit],
        sample.inputs(layer),
        lambda k: (Place("weight", layer, unit, k), source_place(layer, k)),
        most,
    )
    z = float(sample.z[layer][unit])
    softmax = None
    said, task = None, sample.network.task
    last = layer == len(sample.z) - 1
    if last and not isinstance(task, Classification):
        said = float(task.values(sample.a[-1])[unit])
    elif last:
        logits = sample.z[-1]
        shift = 0.0 if float(np.abs(logits).max()) <= PLAIN_EXPONENT else float(logits.max())
        powers = np.exp(logits - shift)
        softmax = Softmax(float(powers[unit]), float(powers.sum()), shift)
    return UnitForward(
        inputs,
        float(sample.parameters.biases[layer][unit]),
        Place("bias", layer, unit),
        z,
        float(sample.a[layer][unit]),
        softmax,
        said,
    )


def parameter_forward(sample: ExactPass, place: Place) -> ParameterForward:
    """Explain what a weight or a bias does in its unit."""
    layer, unit = place.layer, place.unit
    if place.kind == "weight":
        value = float(sample.parameters.weights[layer][unit, place.source])
        source = float(sample.inputs(layer)[place.source])
        where = source_place(layer, place.source)
    else:
        value, source, where = float(sample.parameters.biases[layer][unit]), 1.0, None
    z = float(sample.z[layer][unit])
    return ParameterForward(value, source, where, value * source, Place("unit", layer, unit), z)


def input_forward(sample: ExactPass, place: Place, most: int) -> InputForward:
    """Say where an input goes."""
    value = float(sample.x[place.source])
    column = sample.parameters.weights[0][:, place.source]
    chosen = largest(column, most)
    readers = tuple(
        Term(
            Place("weight", 0, unit, place.source),
            Place("unit", 0, unit),
            float(column[unit]),
            value,
            float(column[unit]) * value,
        )
        for unit in chosen
    )
    return InputForward(value, readers, len(column) - len(chosen))


def loss_forward(sample: ExactPass, most: int) -> LossForward | ValueLoss | None:
    """Explain the loss of the sample; None when it has no label."""
    if sample.label is None or sample.loss is None or sample.target is None:
        return None
    p, output = sample.a[-1], len(sample.z) - 1
    name, task = sample.network.loss.name, sample.network.task
    if not isinstance(task, Classification):
        said = float(task.values(p)[0])
        z, t = float(p[0]), float(sample.target[0])
        place = Place("unit", output, 0)
        return ValueLoss(name, sample.loss, z, t, said, float(sample.label), place)
    label = int(sample.label)
    true = Place("unit", output, label)
    fields = (name, sample.loss, float(p[label]), true, len(p))
    if name != "mean-squared-error":
        return LossForward(*fields)
    squares = error(p, label) ** 2
    chosen = largest(squares, most)
    return LossForward(
        *fields,
        tuple(
            Square(Place("unit", output, k), float(p[k]), float(k == label), float(squares[k]))
            for k in chosen
        ),
        float(squares.sum() - squares[chosen].sum()),
        len(p) - len(chosen),
    )
