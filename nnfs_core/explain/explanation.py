"""Why a number has its value: everything there is to say of one place, as data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnfs_core.experiment import Experiment
from nnfs_core.explain.backward import (
    Backward,
    LossBackward,
    input_backward,
    loss_backward,
    parameter_backward,
    unit_backward,
)
from nnfs_core.explain.differences import Check, check
from nnfs_core.explain.exact_pass import ExactPass, follow
from nnfs_core.explain.forward import (
    InputForward,
    LossForward,
    ParameterForward,
    UnitForward,
    ValueLoss,
    input_forward,
    loss_forward,
    parameter_forward,
    unit_forward,
)
from nnfs_core.explain.learning import BatchGradient, Part, Update, batch_gradient, update
from nnfs_core.model.network import Network
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.places import Place
from nnfs_core.training.step import Step
from nnfs_core.training.trainer import EpochFrame

Forward = UnitForward | ParameterForward | InputForward


@dataclass(frozen=True, slots=True)
class Subject:
    """The sample that is shown to the network.

    Attributes
    ----------
    x : ndarray, shape (features,)
    label : int or float, or None
        The true class, or the true value in the data's own units; None when nobody has said.
    part : str
        ``"train"``, ``"validation"`` or ``"drawn"``.
    row : int
        Its row in that part.
    """

    x: NDArray[np.floating]
    label: float | None
    part: Part
    row: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything there is to say of one place.

    Attributes
    ----------
    place : Place
    sample : ExactPass
        The sample's whole way, which everything below is taken from.
    forward : UnitForward, ParameterForward, InputForward or None
        None for the loss.
    loss : LossForward, ValueLoss or None
        None when the sample has no label.
    backward : one of the classes of :mod:`nnfs_core.explain.backward`, or None
        For the loss, where the way back starts; None when the sample's class is not known.
    check : Check or None
        ∂L of the place by central difference; None for the loss and without a class.
    batch : BatchGradient or None
        Of weights and biases.
    update : Update or None
        Of weights and biases.
    penalty : float or None
        (λ/2)·Σ w² over all weights; for the loss, where there is weight decay.
    """

    place: Place
    sample: ExactPass
    forward: Forward | None
    loss: LossForward | ValueLoss | None
    backward: Backward | LossBackward | None
    check: Check | None = None
    batch: BatchGradient | None = None
    update: Update | None = None
    penalty: float | None = None


@np.errstate(all="ignore")  # What does not fit into float64 is infinite, as in training.
def explain(
    experiment: Experiment,
    network: Network,
    frame: EpochFrame,
    first: Parameters,
    subject: Subject,
    place: Place,
    step: Step | None,
    most: int = 6,
) -> Explanation:
    """Explain a number.

    Parameters
    ----------
    experiment, network
    frame : EpochFrame
    first : Parameters
        Of epoch 0.
    subject : Subject
        The sample.
    place : Place
        One that fits the network.
    step : Step or None
        The one that follows the frame; for weights and biases, else it is not looked at.
    most : int
        How many terms of a sum are named.
    """
    sample = follow(network, frame.parameters, subject.x, subject.label)
    loss = loss_forward(sample, most)
    known = subject.label is not None
    if place.kind == "loss":
        back = loss_backward(sample, most) if known else None
        penalty = None
        if decay := frame.state.recipe.weight_decay:
            squares = sum(float(np.vdot(w, w)) for w in sample.parameters.weights)
            penalty = decay / 2 * squares
        return Explanation(place, sample, None, loss, back, penalty=penalty)
    ahead = _forward(sample, place, most)
    way = _backward(sample, place, most) if known else None
    found = None if way is None else check(sample, place, way.gradient)
    if place.kind not in ("weight", "bias") or step is None:
        return Explanation(place, sample, ahead, loss, way, found)
    own = None if way is None else way.gradient
    return Explanation(
        place,
        sample,
        ahead,
        loss,
        way,
        found,
        batch_gradient(frame, step, place, subject.part, subject.row, own),
        update(experiment, frame, step, place, first),
    )


def _forward(sample: ExactPass, place: Place, most: int) -> Forward:
    if place.kind == "input":
        return input_forward(sample, place, most)
    if place.kind == "unit":
        return unit_forward(sample, place, most)
    return parameter_forward(sample, place)


def _backward(sample: ExactPass, place: Place, most: int) -> Backward:
    if place.kind == "input":
        return input_backward(sample, place, most)
    if place.kind == "unit":
        return unit_backward(sample, place, most)
    return parameter_backward(sample, place, most)
