"""The chain rule from the loss to a number, factor by factor, for one sample."""

from __future__ import annotations

from dataclasses import dataclass

from nnfs_core.explain.exact_pass import ExactPass
from nnfs_core.explain.forward import source_place
from nnfs_core.explain.sums import WeightedSum, largest, weighted_sum
from nnfs_core.model.places import Place
from nnfs_core.model.tasks.classification import Classification, error


@dataclass(frozen=True, slots=True)
class OutputBackward:
    """∂L/∂z of an output unit.

    Cross-entropy: p − t. Mean squared error: p·(g − m) with g = ∂L/∂p = 2(p − t)/K and
    m = Σ_j g_j p_j.

    Attributes
    ----------
    loss : str
        The loss function's name.
    p, t : float
        Probability, and 1 for the true class, 0 for the others.
    classes : int
        K.
    slope, mean : float
        g and m; of the mean squared error.
    gradient : float
        ∂L/∂z.
    """

    loss: str
    p: float
    t: float
    classes: int
    slope: float
    mean: float
    gradient: float


@dataclass(frozen=True, slots=True)
class ValueBackward:
    """∂L/∂z of an output unit that says a value: 2(z − t) or sign(z − t).

    Attributes
    ----------
    loss : str
        The loss function's name.
    z, t : float
        What the unit says, and what it was to say, both as the network has them.
    gradient : float
        ∂L/∂z.
    """

    loss: str
    z: float
    t: float
    gradient: float


@dataclass(frozen=True, slots=True)
class HiddenBackward:
    """∂L/∂z = (Σ_k w_k·δ_k)·f′(z) of a hidden unit.

    Attributes
    ----------
    outputs : WeightedSum
        Over the units of the next layer; ``value`` is their δ. Its total is ∂L/∂a.
    slope : float
        f′(z).
    gradient : float
        ∂L/∂z.
    """

    outputs: WeightedSum
    slope: float
    gradient: float


@dataclass(frozen=True, slots=True)
class ParameterBackward:
    """∂L/∂w = δ·a, and ∂L/∂b = δ.

    Attributes
    ----------
    unit : OutputBackward, ValueBackward or HiddenBackward
        How the δ of the unit comes about.
    unit_place : Place
    source : float
        What a weight reads; 1 for a bias.
    source_place : Place or None
        Where that stands; None for a bias.
    gradient : float
    """

    unit: UnitBackward
    unit_place: Place
    source: float
    source_place: Place | None
    gradient: float


@dataclass(frozen=True, slots=True)
class InputBackward:
    """∂L/∂x = Σ_k w_k·δ_k over the units of the first layer."""

    outputs: WeightedSum
    gradient: float


@dataclass(frozen=True, slots=True)
class LossBackward:
    """Where the way back starts: ∂L/∂z of the output units.

    Attributes
    ----------
    outputs : tuple of (Place, OutputBackward)
        The largest, the largest first.
    rest_count : int
        How many are not named.
    """

    outputs: tuple[tuple[Place, OutputBackward | ValueBackward], ...]
    rest_count: int


UnitBackward = OutputBackward | ValueBackward | HiddenBackward
Backward = UnitBackward | ParameterBackward | InputBackward


def output_backward(sample: ExactPass, unit: int) -> OutputBackward | ValueBackward:
    """Explain ∂L/∂z of an output unit; the sample has a label."""
    assert sample.label is not None and sample.target is not None, "else there is no loss"
    p, gradient = sample.a[-1], float(sample.delta[-1][unit])
    if not isinstance(sample.network.task, Classification):
        target = float(sample.target[unit])
        return ValueBackward(sample.network.loss.name, float(p[unit]), target, gradient)
    slopes = 2 * error(p, int(sample.label)) / len(p)
    return OutputBackward(
        sample.network.loss.name,
        float(p[unit]),
        float(unit == sample.label),
        len(p),
        float(slopes[unit]),
        float(slopes @ p),
        gradient,
    )


def unit_backward(sample: ExactPass, place: Place, most: int) -> UnitBackward:
    """Explain ∂L/∂z of a unit; the sample has a label."""
    layer, unit = place.layer, place.unit
    if layer == len(sample.z) - 1:
        return output_backward(sample, unit)
    return HiddenBackward(
        _through(sample, layer + 1, unit, most),
        float(sample.slope[layer][unit]),
        float(sample.delta[layer][unit]),
    )


def parameter_backward(sample: ExactPass, place: Place, most: int) -> ParameterBackward:
    """Explain ∂L/∂w of a weight or ∂L/∂b of a bias; the sample has a label."""
    unit_place = Place("unit", place.layer, place.unit)
    unit = unit_backward(sample, unit_place, most)
    if place.kind == "bias":
        return ParameterBackward(unit, unit_place, 1.0, None, unit.gradient)
    source = float(sample.inputs(place.layer)[place.source])
    where = source_place(place.layer, place.source)
    return ParameterBackward(unit, unit_place, source, where, unit.gradient * source)


def input_backward(sample: ExactPass, place: Place, most: int) -> InputBackward:
    """Explain ∂L/∂x of an input; the sample has a label."""
    outputs = _through(sample, 0, place.source, most)
    return InputBackward(outputs, float(sample.activation_gradient[0][place.source]))


def loss_backward(sample: ExactPass, most: int) -> LossBackward:
    """Say what goes back from the loss; the sample has a label."""
    output = len(sample.z) - 1
    chosen = largest(sample.delta[-1], most)
    return LossBackward(
        tuple((Place("unit", output, k), output_backward(sample, k)) for k in chosen),
        len(sample.delta[-1]) - len(chosen),
    )


def _through(sample: ExactPass, layer: int, source: int, most: int) -> WeightedSum:
    """Take Σ_k w_k·δ_k apart, over the units of a layer that read one number."""
    return weighted_sum(
        sample.parameters.weights[layer][:, source],
        sample.delta[layer],
        lambda k: (Place("weight", layer, k, source), Place("unit", layer, k)),
        most,
    )
