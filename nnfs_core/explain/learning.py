"""What a batch makes of one parameter: its gradient, and the update that follows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from nnfs_core.experiment import Experiment
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.places import Place
from nnfs_core.optimizers import optimizers
from nnfs_core.training.step import Step
from nnfs_core.training.trainer import EpochFrame

Part = Literal["train", "validation", "drawn"]
Member = Literal["in the batch", "not in the batch", "validation", "drawn"]


@dataclass(frozen=True, slots=True)
class BatchGradient:
    """The gradient of the next step, and what the shown sample has to do with it.

    Attributes
    ----------
    gradient : float
        What the optimizer is given: the mean over the batch, with the weight-decay pull.
    samples : int
        Of the batch.
    full : bool
        Whether the batch is the whole training part.
    decay : float or None
        The pull λ·w; None where there is none: on biases, and without weight decay.
    data : float
        The mean over the batch of ∂L/∂w, without the pull.
    member : str
        Whether the shown sample is in the batch, and if not, why.
    share : float or None
        The shown sample's part of the mean, ∂L/∂w / N; None when it has none.
    shown : float
        The gradient of the frame, as other pictures show it.
    shown_batches : int
        How many batches of the epoch that is the mean of; 0 when it is of all training
        samples at the shown weights.
    """

    gradient: float
    samples: int
    full: bool
    decay: float | None
    data: float
    member: Member
    share: float | None
    shown: float
    shown_batches: int


@dataclass(frozen=True, slots=True)
class Average:
    """One of the optimizer's running averages: its name, and before and after the step."""

    name: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Update:
    """The next step of one parameter. What lies between the run's numbers is in float64.

    Attributes
    ----------
    optimizer : str
    number : int
        t, 1 for the first step of the run.
    learning_rate : float
    gradient : float
    before, after : float
        The parameter, as in the run, bit for bit.
    averages : tuple of Average
        As in the run: v of momentum, s of rmsprop, m and v of adam.
    corrections : tuple of float
        1 − β₁ᵗ and 1 − β₂ᵗ of adam.
    corrected : tuple of float
        m̂ and v̂ of adam.
    divisor : float or None
        √s + ε of rmsprop, √v̂ + ε of adam.
    decrease : float or None
        What is taken off the parameter by the formula; None for an optimizer not known here.
    constants : dict
        μ, ρ, β₁, β₂, ε of the experiment, by the names of its fields.
    last : float or None
        What the last epoch changed; None when that is not known.
    start : float
        The parameter at epoch 0.
    """

    optimizer: str
    number: int
    learning_rate: float
    gradient: float
    before: float
    after: float
    averages: tuple[Average, ...]
    corrections: tuple[float, ...]
    corrected: tuple[float, ...]
    divisor: float | None
    decrease: float | None
    constants: dict[str, float]
    last: float | None
    start: float


def number_at(parameters: Parameters, place: Place) -> float:
    """Return the number at a weight's or a bias's place."""
    if place.kind == "weight":
        return float(parameters.weights[place.layer][place.unit, place.source])
    return float(parameters.biases[place.layer][place.unit])


def batch_gradient(
    frame: EpochFrame,
    step: Step,
    place: Place,
    part: Part,
    row: int,
    own: float | None,
) -> BatchGradient:
    """Explain the gradient of a weight or a bias.

    Parameters
    ----------
    step : Step
        The one that follows the frame.
    part, row : str, int
        Of the shown sample.
    own : float or None
        ∂L/∂w of the shown sample; None when its class is not known.
    """
    gradient = number_at(step.gradient, place)
    decay = None
    if place.kind == "weight" and step.recipe.weight_decay:
        decay = step.recipe.weight_decay * number_at(step.before, place)
    member: Member = "in the batch" if part == "train" else part
    if part == "train" and not step.has(row):
        member = "not in the batch"
    inside = member == "in the batch" and own is not None
    return BatchGradient(
        gradient,
        step.samples,
        step.rows is None,
        decay,
        gradient - (decay or 0.0),
        member,
        own / step.samples if inside and own is not None else None,
        number_at(frame.gradients, place),
        frame.state.batches,
    )


def update(
    experiment: Experiment, frame: EpochFrame, step: Step, place: Place, first: Parameters
) -> Update:
    """Explain the next step of a weight or a bias.

    Parameters
    ----------
    first : Parameters
        Of epoch 0.
    """
    name, rate, t = experiment.optimizer, step.learning_rate, step.number
    recipe = step.recipe
    gradient = number_at(step.gradient, place)
    averages = tuple(
        Average(slot, number_at(before, place), number_at(after, place))
        for slot, before, after in zip(
            optimizers()[name].slots, step.slots_before, step.slots_after, strict=True
        )
    )
    corrections: tuple[float, ...] = ()
    corrected: tuple[float, ...] = ()
    divisor: float | None = None
    decrease: float | None = None
    if name == "sgd":
        decrease = rate * gradient
    elif name == "momentum":
        decrease = rate * averages[0].after
    elif name == "rmsprop":
        divisor = math.sqrt(averages[0].after) + recipe.epsilon
        decrease = rate * gradient / divisor
    elif name == "adam":
        corrections = (1 - recipe.beta1**t, 1 - recipe.beta2**t)
        corrected = tuple(
            average.after / correction
            for average, correction in zip(averages, corrections, strict=True)
        )
        divisor = math.sqrt(corrected[1]) + recipe.epsilon
        decrease = rate * corrected[0] / divisor
    constants = ("momentum", "rho", "beta1", "beta2", "epsilon")
    return Update(
        name,
        t,
        rate,
        gradient,
        number_at(step.before, place),
        number_at(step.after, place),
        averages,
        corrections,
        corrected,
        divisor,
        decrease,
        {constant: float(getattr(recipe, constant)) for constant in constants},
        None if frame.update is None else number_at(frame.update, place),
        number_at(first, place),
    )
