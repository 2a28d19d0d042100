"""What slow motion says of a stage: one or two sentences, with the formula and its real numbers."""

from __future__ import annotations

import math
from html import escape

import numpy as np

from nnfs_core.explain.stages import SamplePass, Stage, stages
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.tasks import Regression
from nnfs_core.optimizers import optimizers
from nnfs_core.passes.batches import steps_of_epoch
from nnfs_core.text.numbers import brief, probability, setting
from nnfs_core.training.step import Step
from visualizer.kit.place_names import source_name, unit_name
from visualizer.state.context import ViewContext

ROUNDED = 1e-3
"""How far from itself, as a share of it, rounding may take a number before that is said."""


def order(context: ViewContext) -> tuple[Stage, ...]:
    """Return the stages for the shown sample: without a class they end at the loss."""
    layers = len(context.run.network.sizes) - 1
    return stages(layers, labelled=context.sample.label is not None)


def position(context: ViewContext) -> int:
    """Return which of its stages the context is at; what has no loss stands where it would be."""
    stage, among = context.stage, order(context)
    return among.index(stage) if stage in among else len(among) - 1


def caption(
    context: ViewContext,
    passed: SamplePass | None,
    step: Step | None,
    change: Parameters | None,
    epoch: int,
    batches: int,
) -> str:
    """Return the sentences of the stage that is shown, as rich text.

    Parameters
    ----------
    passed : SamplePass or None
        The shown sample there and back; None for a drawing without a class.
    step, change : Step or None, Parameters or None
        The next step and what it changes; None while they are not known.
    epoch, batches : int
        What is shown, and over how many batches its gradient is the mean; 0 where it is of all
        training samples.
    """
    stage = order(context)[position(context)]
    if stage.kind == "input":
        return _input(context)
    if stage.kind == "forward":
        return _forward(context, stage.layer)
    if passed is None:
        return (
            "This drawing has no class, and the loss compares with one: slow motion ends here. "
            "Say in the Draw panel what it is meant to be, and it goes on."
        )
    if stage.kind == "loss":
        return _loss(context, passed)
    if stage.kind == "backward":
        return f"{_backward(context, passed, stage.layer)} {_pictures(context, epoch, batches)}"
    return _update(context, step, change, epoch + 1)


def _input(context: ViewContext) -> str:
    sample, run = context.sample, context.run
    part = run.part_name(sample.part)
    name = "The drawing" if sample.part == "drawn" else f"Sample {escape(part)} #{sample.index}"
    truth = "" if sample.label is None else f" ({escape(run.label_words(sample.label))})"
    x = sample.x
    return (
        f"{name}{truth} is given to the network: {len(x):,} numbers from {brief(float(x.min()))} "
        f"to {brief(float(x.max()))}, the column x."
    )


def _inputs(layer: int) -> str:
    return f"a<sup>{layer}</sup>" if layer else "x"


def _forward(context: ViewContext, layer: int) -> str:
    run, trace, up = context.run, context.trace, layer + 1
    layers = len(trace.z)
    sums = f"z<sup>{up}</sup> = W<sup>{up}</sup>·{_inputs(layer)} + b<sup>{up}</sup>"
    if layer == layers - 1:
        if not run.classed:
            return f"{sums}. {_value(context)}"
        k = trace.predicted
        name = escape(run.dataset.classes[k])
        if np.isnan(trace.answers).any():
            return f"{sums}. Sums are too large for {trace.x.dtype}: there are no probabilities."
        return (
            f"{sums}, &nbsp;p = softmax(z<sup>{up}</sup>): "
            "p<sub>k</sub> = e<sup>z<sub>k</sub></sup> / Σ<sub>j</sub> e<sup>z<sub>j</sub></sup>. "
            f"Most probable is {name}: z = {brief(float(trace.z[-1][k]))}, "
            f"p = {probability(trace.answers, k)}."
        )
    activation = ACTIVATIONS[run.experiment.activation]
    formula = escape(activation.formula.replace("z", f"z{up}")).replace(
        f"z{up}", f"z<sup>{up}</sup>"
    )
    if activation.name == "sigmoid":
        formula = f"1 / (1 + e<sup>−z</sup>) of z<sup>{up}</sup>"
    k = int(np.abs(trace.a[layer]).argmax())
    units = len(trace.a[layer])
    zero = units - int(np.count_nonzero(trace.a[layer]))
    silent = f" {zero} of {units} units are zero." if zero else ""
    return (
        f"{sums}, &nbsp;a<sup>{up}</sup> = {formula}. Strongest is unit {k}: "
        f"z = {brief(float(trace.z[layer][k]))}, a = {brief(float(trace.a[layer][k]))}.{silent}"
    )


def _value(context: ViewContext) -> str:
    """Say how the output becomes a value in the data's own units."""
    run, trace = context.run, context.trace
    if not np.isfinite(trace.answers).all():
        return f"Sums are too large for {trace.x.dtype}: there is no answer."
    task, z = run.network.task, float(trace.answers[0])
    said = brief(float(task.values(trace.answers)[0]))
    name = escape(run.dataset.target)
    if isinstance(task, Regression):
        return (
            f"The output is z as it is, in standard deviations from the mean of {name}: "
            f"z = {brief(z)}, so {name} = z·{brief(task.deviation)} + {brief(task.mean)} = "
            f"<b>{said}</b>."
        )
    return f"z = {brief(z)}, which says {name} = <b>{said}</b>."


def _loss(context: ViewContext, passed: SamplePass) -> str:
    run, label = context.run, context.sample.label
    assert label is not None, "what was passed back has a label"
    if not run.classed:
        of, true = run.network.loss, run.network.task.targets(np.array([label]), np.float64)
        return (
            f"The true {escape(run.label_words(label))} is t = {brief(float(true[0, 0]))} for the "
            f"network. {of.title.capitalize()}: {escape(of.formula)} = "
            f"<b>{brief(passed.loss)}</b>."
        )
    label = int(label)
    name, loss = escape(run.dataset.classes[label]), brief(passed.loss)
    p = context.trace.answers
    if run.experiment.loss == "cross-entropy":
        value = f"e<sup>−{loss}</sup>" if p[label] == 0 else probability(p, label, factor=True)
        return (
            f"The true class is {name}. Its probability makes the loss, cross-entropy: "
            f"L = −ln p<sub>{name}</sub> = −ln {value} = <b>{loss}</b>."
        )
    return (
        f"The true class is {name}: t<sub>{name}</sub> = 1, the others 0. Mean squared error over "
        f"the K = {len(p)} classes: L = (1/K)·Σ<sub>k</sub> (p<sub>k</sub> − t<sub>k</sub>)² "
        f"= <b>{loss}</b>."
    )


def _backward(context: ViewContext, passed: SamplePass, layer: int) -> str:
    run, up, delta = context.run, layer + 1, passed.delta[layer]
    inputs = f"({_inputs(layer)})" if layer else "x"
    gradient = (
        f"∂L/∂W<sup>{up}</sup> = δ<sup>{up}</sup>·{inputs}<sup>T</sup>, "
        f"∂L/∂b<sup>{up}</sup> = δ<sup>{up}</sup>."
    )
    if layer == len(passed.delta) - 1:
        label = context.sample.label
        assert label is not None, "what was passed back has a label"
        if not run.classed:
            d = _true_delta(context, passed, 0)
            return f"δ<sup>{up}</sup> = ∂L/∂z<sup>{up}</sup> = {d}. &nbsp;{gradient}"
        label = int(label)
        name = escape(run.dataset.classes[label])
        p, d = context.trace.answers, _true_delta(context, passed, label)
        if run.experiment.loss == "cross-entropy":
            how = (
                f"p − t. At the true class, {name}: {probability(p, label, factor=True)} − 1 = {d}"
            )
        else:
            how = (
                "p ⊙ (g − Σ<sub>k</sub> g<sub>k</sub>p<sub>k</sub>) with g = 2(p − t)/K. "
                f"At the true class, {name}: {d}"
            )
        return f"δ<sup>{up}</sup> = ∂L/∂z<sup>{up}</sup> = {how}. &nbsp;{gradient}"
    k = int(np.abs(delta).argmax())
    above = up + 1
    slope = escape(ACTIVATIONS[run.experiment.activation].slope_formula)
    return (
        f"δ<sup>{up}</sup> = (W<sup>{above}</sup>)<sup>T</sup>·δ<sup>{above}</sup> ⊙ "
        f"f′(z<sup>{up}</sup>), f′ = {slope}. Largest at unit {k}: "
        f"<b>{brief(float(delta[k]))}</b>. &nbsp;{gradient}"
    )


def _true_delta(context: ViewContext, passed: SamplePass, label: int) -> str:
    """Write δ at the true class, and what training makes of it where rounding takes that away."""
    used, exact = float(passed.delta[-1][label]), passed.true_delta
    if not math.isfinite(used - exact) or abs(used - exact) <= ROUNDED * abs(exact):
        return f"<b>{brief(used)}</b>"
    return f"<b>{brief(exact)}</b>, which {context.trace.x.dtype} rounds to {brief(used)}"


def _pictures(context: ViewContext, epoch: int, batches: int) -> str:
    """Say whose gradient the pictures of the weights show: not that of this sample."""
    run = context.run
    if not batches:
        whose = f"all {len(run.dataset.train_x):,} training samples"
    else:
        whose = f"the batches of epoch {epoch:,}"
    return f"The weight pictures: the mean over {whose}."


def _update(context: ViewContext, step: Step | None, change: Parameters | None, epoch: int) -> str:
    if step is None or change is None:
        return "The update is being worked out…"
    run, sample = context.run, context.sample
    experiment = run.experiment
    formula = escape(optimizers()[experiment.optimizer].formula)
    mine = "the drawing is not one of them"
    if sample.part != "drawn":
        mine = "this one is among them" if _takes_part(context, step) else "this one is not"
    recipe = step.recipe
    steps = steps_of_epoch(len(run.dataset.train_x), recipe.batch_size)
    which = "the only step" if steps == 1 else f"the first of {steps:,} steps"
    samples = f"a batch of {step.samples:,} samples"
    if recipe.batch_size is None:
        samples = f"all {step.samples:,} training samples"
    decay = (
        f", and the pull λ·w of weight decay, λ = {setting(recipe.weight_decay)}"
        if recipe.weight_decay
        else ""
    )
    return (
        f"{formula} with η = {setting(step.learning_rate)} ({experiment.optimizer}). g is the mean "
        f"gradient of {samples}{decay}; {mine}. Step {step.number:,} of the run, {which} of "
        f"epoch {epoch:,}. {_largest(context, change)}"
    )


def _takes_part(context: ViewContext, step: Step) -> bool:
    """Say whether the shown sample is one of those the step learns from."""
    return context.sample.part == "train" and step.has(context.sample.index)


def _largest(context: ViewContext, change: Parameters) -> str:
    """Say which weight changes most, or that the step leads to what are no numbers any more."""
    lost = change.flat.size - int(np.count_nonzero(np.isfinite(change.flat)))
    if lost:
        return (
            f"{lost:,} of {change.flat.size:,} numbers become too large for {change.flat.dtype}: "
            "training ends before this step."
        )
    sizes = [float(np.abs(weights).max(initial=0.0)) for weights in change.weights]
    layer = int(np.argmax(sizes))
    weights = change.weights[layer]
    unit, source = np.unravel_index(int(np.abs(weights).argmax()), weights.shape)
    run = context.run
    return (
        f"Largest: Δw = <b>{brief(float(weights[unit, source]))}</b>, "
        f"{escape(unit_name(run, layer, int(unit)))} ← "
        f"{escape(source_name(run, layer, int(source)))}."
    )
