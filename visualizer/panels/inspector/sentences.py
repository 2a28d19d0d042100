"""Each part of the inspector's page in a sentence, for whoever does not read formulas yet.

These are plain texts; whoever puts them on a page of rich text escapes them.
"""

from __future__ import annotations

import math

from nnfs_core.explain import (
    BatchGradient,
    Check,
    HiddenBackward,
    InputBackward,
    InputForward,
    LossBackward,
    LossForward,
    OutputBackward,
    ParameterBackward,
    ParameterForward,
    UnitForward,
    Update,
    ValueBackward,
    ValueLoss,
)
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.places import Place
from nnfs_core.text.numbers import chance_figures, number
from visualizer.panels.inspector.writer import Writer


def forward_words(page: Writer) -> str:
    """Say how the number comes about."""
    found, run = page.explanation.forward, page.context.run
    if isinstance(found, UnitForward):
        z = number(found.z, signed=True)
        adds = f"adds up what comes in, each times its weight, and its bias: {z}"
        if found.said is not None:
            name = run.dataset.target
            return f"This output {adds}. That says {name} {number(found.said)}."
        if found.softmax is None:
            does = ACTIVATIONS[run.experiment.activation].words
            return f"This unit {adds}. It {does}: {number(found.a)}."
        unit = page.explanation.place.unit
        share = chance_figures(page.explanation.sample.a[-1], unit)
        name = run.dataset.classes[unit]
        return (
            f"This output {adds}. Softmax turns the sums of all outputs into shares of 100 %: "
            f"{share} % for class {name}."
        )
    if isinstance(found, ParameterForward):
        if found.source_place is None:
            value = number(found.value, signed=True)
            return f"The bias is added to the sum of its unit whatever comes in: {value}."
        return (
            f"What comes in, {number(found.source)}, times this weight adds "
            f"{number(found.product, signed=True)} to the sum of the unit it leads to."
        )
    if isinstance(found, InputForward):
        count = len(found.readers) + found.rest_count
        what = "pixel" if run.dataset.image_shape is not None else "input"
        units = "one unit reads it" if count == 1 else f"{count:,} units read it"
        return f"This {what} is {number(found.value)}; {units}, each times a weight of its own."
    return ""


def loss_words(page: Writer, loss: LossForward | ValueLoss) -> str:
    """Say what the loss of the sample is."""
    if isinstance(loss, ValueLoss):
        target = page.context.run.dataset.target
        return (
            f"The network says {target} {number(loss.said)}; true is {number(loss.true)}. The loss "
            f"says how wrong that is: {number(loss.value)}; met exactly it would be 0."
        )
    sample, name = page.explanation.sample, page.context.run.dataset.classes
    k = loss.true_place.unit
    share = chance_figures(sample.a[-1], k)
    return (
        f"The network gives the true class, {name[k]}, a chance of {share} %. The loss says how "
        f"wrong that is: {number(loss.value)}; at 100 % it would be 0."
    )


def _slope(gradient: float, what: str) -> str:
    if gradient == 0:
        return f"If {what} were a little larger, the loss would stay as it is."
    if math.isnan(gradient):
        return f"What the loss would do if {what} were larger cannot be computed."
    way = "larger" if gradient > 0 else "smaller"
    return (
        f"If {what} were a little larger, the loss would become {way}: by about "
        f"{number(abs(gradient))} times as much."
    )


def backward_words(page: Writer) -> str:
    """Say what the loss does when the number moves."""
    found = page.explanation.backward
    if isinstance(found, OutputBackward | ValueBackward | HiddenBackward):
        return _slope(found.gradient, "the sum z of this unit")
    if isinstance(found, ParameterBackward):
        what = "this bias" if found.source_place is None else "this weight"
        return _slope(found.gradient, what)
    if isinstance(found, InputBackward):
        pixels = page.context.run.dataset.image_shape is not None
        return _slope(found.gradient, "this pixel" if pixels else "this input")
    if isinstance(found, LossBackward):
        return (
            "The way back starts at the outputs: below 0 the sum should be larger, above 0 "
            "smaller, and the further from 0 the more."
        )
    return ""


def check_words(found: Check) -> str:
    """Say what a central difference is."""
    moved = "To be sure: the number is moved a little, and the loss computed anew"
    if found.trouble != "none" or found.kink == "here":
        return f"{moved}."
    return f"{moved}. That gives {number(found.numeric, signed=True)}."


def gradient_words(batch: BatchGradient) -> str:
    """Say over what the gradient of a step is taken."""
    which = "all" if batch.full else "the next batch of"
    return (
        f"Over {which} {batch.samples:,} training samples the slopes are averaged: "
        f"{number(batch.gradient, signed=True)}."
    )


def update_words(update: Update, place: Place) -> str:
    """Say what the step makes of a weight or a bias."""
    what = "weight" if place.kind == "weight" else "bias"
    change = update.after - update.before
    if change == 0:
        return f"The next step leaves the {what} as it is: {number(update.after, signed=True)}."
    way = "up" if change > 0 else "down"
    why = "against its gradient, towards a smaller loss"
    if not change * update.gradient < 0:
        why = "although its gradient does not say so: the steps before still count"
    return (
        f"The next step moves the {what} {way} by {number(abs(change))}, to "
        f"{number(update.after, signed=True)}: {why}."
    )
