"""What is said of a place in the network diagram: its name, and the numbers that stand there."""

from __future__ import annotations

from nnfs_core.explain.stages import sample_pass
from nnfs_core.model.places import Place
from nnfs_core.text.numbers import brief, probability
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.place_names import input_name, source_name, unit_name
from visualizer.panels.network.content import Content
from visualizer.state.context import ViewContext


def describe(place: Place, frame: EpochFrame, context: ViewContext, content: Content) -> str:
    """Say what stands at a place, with its numbers in the stage that is shown."""
    run, trace = context.run, context.trace
    if place.kind == "loss":
        return _loss(frame, context, content)
    if place.kind == "input":
        return f"{input_name(run, place.source)}: {brief(trace.x[place.source])}"
    layer, unit = place.layer, place.unit
    shown, name = content.layers[layer], unit_name(run, layer, unit)
    if place.kind == "weight":
        return f"{name} ← {source_name(run, layer, place.source)}: " + ", ".join(
            _weight_numbers(place, frame, context, content)
        )
    if shown.units is None:
        return f"{name}: not computed yet"
    last = layer == len(content.layers) - 1
    gives = f"{run.experiment.activation}(z) = {brief(trace.a[layer][unit])}"
    if last:
        value = f"answer = {brief(float(run.network.task.values(trace.answers)[unit]))}"
        gives = f"p = {probability(trace.answers, unit)}" if run.classed else value
    words = f"{name}: z = {brief(trace.z[layer][unit])}, {gives}"
    if place.kind == "bias":
        words = f"{name}: b = {brief(frame.parameters.biases[layer][unit])}"
    if shown.symbol != "a":
        words += f", {shown.symbol} = {brief(shown.units[unit])}"
    if shown.dead:
        words += "; the layer is dead: no gradient comes through"
    return words


def _weight_numbers(
    place: Place, frame: EpochFrame, context: ViewContext, content: Content
) -> list[str]:
    layer, unit, source = place.layer, place.unit, place.source
    weight = frame.parameters.weights[layer][unit, source]
    shown, trace = content.layers[layer], context.trace
    numbers = [f"w = {brief(weight)}"]
    if shown.units is not None:
        active = trace.a[layer - 1][source] if layer else trace.x[source]
        # As Python's own numbers: the product may be too large for the network's type.
        numbers.append(f"w·{'a' if layer else 'x'} = {brief(float(weight) * float(active))}")
    if shown.links is not None and shown.link_symbol != "w·a":
        numbers.append(f"{shown.link_symbol} = {brief(shown.links.number(unit, source))}")
    return numbers


def _loss(frame: EpochFrame, context: ViewContext, content: Content) -> str:
    label, run = context.sample.label, context.run
    if label is None or content.layers[-1].units is None:
        return "loss: not computed yet"
    loss = content.loss
    if loss is None:
        loss = sample_pass(run.network, frame.parameters, context.sample.x, label).loss
    if not run.classed:
        return f"true {run.label_words(label)}: loss = {brief(loss)}"
    p = probability(context.trace.answers, int(label))
    return f"true class {run.dataset.classes[int(label)]}: p = {p}, loss = {brief(loss)}"
