"""Which numbers the network diagram shows: those of an epoch, or of one stage of a step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.explain.stages import SamplePass, Stage
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.parameters import Parameters
from nnfs_core.training.step import Step
from nnfs_core.training.trainer import EpochFrame
from visualizer.panels.network.edges import Links
from visualizer.state.context import ViewContext
from visualizer.style.images import fixed_weight_scale, largest, round_up

Array = NDArray[Any]

RECEDED = 0.33
"""Opacity of what takes no part in a stage."""


@dataclass(frozen=True, slots=True)
class LayerContent:
    """What is shown of one layer and of the connections into it.

    Attributes
    ----------
    units : ndarray, shape (units,), or None
        None: not computed yet.
    symbol : str
        What the units' numbers are: ``a`` (an activation), ``δ`` or ``Δb``.
    scale : float
        The number of a unit that has full colour.
    signed : bool
        Whether the units' numbers can be below zero.
    opacity : float
    links : Links or None
        None: nothing to draw.
    link_symbol : str
        What the connections' numbers are: ``w·a``, ``∂L/∂w`` or ``Δw``.
    link_scale : float
        The number that has full width and colour.
    link_opacity : float
    dead : bool
        Whether no gradient comes through it, for any training sample.
    """

    units: Array | None
    symbol: str = "a"
    scale: float = 1.0
    signed: bool = False
    opacity: float = 1.0
    links: Links | None = None
    link_symbol: str = "w·a"
    link_scale: float = 1.0
    link_opacity: float = 1.0
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What the diagram shows.

    Attributes
    ----------
    layers : tuple of LayerContent
        The first is the one after the input.
    input_opacity : float
    answered : bool
        Whether the probabilities are known yet.
    subject : str
        What the connections' numbers are, in words.
    loss : float or None
        Of the shown sample, in the stage that is about it.
    """

    layers: tuple[LayerContent, ...]
    input_opacity: float = 1.0
    answered: bool = True
    subject: str = "weight × activation"
    loss: float | None = None


@cache
def goes_below_zero(activation: str) -> bool:
    """Say whether an activation function gives anything below zero."""
    a = np.empty(1)
    ACTIVATIONS[activation].value(np.array([-1.0]), a)
    return bool(a[0] < 0)


def change_of(step: Step) -> Parameters:
    """Return what a step changes, w after − w before."""
    # A step into divergence: what it makes may not be finite.
    with np.errstate(all="ignore"):
        change = step.after.flat - step.before.flat
    return Parameters.over(change, step.before.layout)


def content_of(
    frame: EpochFrame,
    context: ViewContext,
    passed: SamplePass | None = None,
    change: Parameters | None = None,
) -> Content:
    """Return what the diagram shows of a frame, in the stage of the context.

    Parameters
    ----------
    passed : SamplePass, optional
        Of the shown sample; needed for the loss and the stages after it.
    change : Parameters, optional
        What the next step changes; the last stage shows nothing while it is not known.
    """
    stage, trace = context.stage, context.trace
    inputs = (trace.x, *trace.a[:-1])
    forward = []
    last = len(trace.a) - 1
    below_zero = goes_below_zero(context.run.experiment.activation)
    signed_output = not context.run.classed
    dead = {mark.layer for mark in context.recording.dead_at(frame.epoch)}
    for layer, (weights, active) in enumerate(zip(frame.parameters.weights, inputs, strict=True)):
        # Full width: a weight of full colour on the most active unit of its layer.
        most_active = max(1.0, largest(active))
        forward.append(
            LayerContent(
                trace.a[layer],
                # Sigmoid and tanh end at 1, relu has no end: the shown scale is the largest of
                # the layer, but never less than 1, so that a faint layer looks faint.
                scale=max(1.0, largest(trace.a[layer])),
                signed=below_zero if layer < last else signed_output,
                links=Links.flow(weights, active),
                link_scale=fixed_weight_scale(context.run, layer) * most_active,
                dead=layer in dead,
            )
        )
    if stage is None:
        return Content(tuple(forward))
    if stage.kind in ("input", "forward"):
        return _forward(forward, stage)
    if stage.kind == "loss" or passed is None:
        return _loss(forward, passed)
    if stage.kind == "backward":
        return _backward(forward, stage.layer, passed.gradient)
    return _update(forward, change)


def _dimmed(layer: LayerContent, *, units: bool = True) -> LayerContent:
    opacity = RECEDED if units else 1.0
    return replace(layer, opacity=opacity, link_opacity=RECEDED)


def _unknown() -> LayerContent:
    return LayerContent(None, opacity=RECEDED)


def _forward(forward: list[LayerContent], stage: Stage) -> Content:
    """Show what is computed so far; the layer before takes part with what it gives."""
    now = stage.layer
    layers = [
        layer if k == now else _dimmed(layer, units=k != now - 1) if k < now else _unknown()
        for k, layer in enumerate(forward)
    ]
    return Content(
        tuple(layers),
        input_opacity=1.0 if now <= 0 else RECEDED,
        answered=now == len(forward) - 1,
    )


def _loss(forward: list[LayerContent], passed: SamplePass | None) -> Content:
    last = len(forward) - 1
    layers = tuple(_dimmed(layer, units=k != last) for k, layer in enumerate(forward))
    return Content(layers, RECEDED, loss=passed.loss if passed is not None else None)


def _signed(units: Array, symbol: str, links: Array, link_symbol: str) -> LayerContent:
    def full(values: Array) -> float:
        return round_up(largest(values)) or 1.0

    return LayerContent(
        units,
        symbol,
        full(units),
        signed=True,
        links=Links.whole(links),
        link_symbol=link_symbol,
        link_scale=full(links),
    )


def _backward(forward: list[LayerContent], now: int, gradient: Parameters) -> Content:
    """Show δ and the gradients so far; the layer before takes part with its activations."""
    layers = []
    for k, layer in enumerate(forward):
        if k < now:
            layers.append(_dimmed(layer, units=k != now - 1))
            continue
        back = _signed(gradient.biases[k], "δ", gradient.weights[k], "∂L/∂w")
        layers.append(back if k == now else _dimmed(back))
    return Content(
        tuple(layers),
        input_opacity=1.0 if now == 0 else RECEDED,
        subject="∂L/∂w of this sample",
    )


def _update(forward: list[LayerContent], change: Parameters | None) -> Content:
    if change is None:
        layers = tuple(_unknown() for _ in forward)
    else:
        layers = tuple(
            _signed(biases, "Δb", weights, "Δw")
            for weights, biases in zip(change.weights, change.biases, strict=True)
        )
    return Content(layers, RECEDED, subject="change of the weight")
