"""The part of the inspector's page about the way back from the loss."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from nnfs_core.explain import (
    Check,
    HiddenBackward,
    InputBackward,
    OutputBackward,
    ParameterBackward,
    ValueBackward,
)
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.text.numbers import SPACE, number, plain
from visualizer.panels.inspector.writer import Writer

VALUE_SLOPES = {
    "mean-squared-error": " = 2·(z − t)",
    "mean-absolute-error": " = sign(z − t)",
}
"""Of the losses of a value."""


def backward(page: Writer) -> Iterator[str]:
    """Write the chain rule from the loss to a number."""
    found, ink = page.explanation.backward, page.ink
    if isinstance(found, OutputBackward | ValueBackward | HiddenBackward):
        yield from _delta(page, found)
    elif isinstance(found, ParameterBackward):
        yield from _parameter(page, found)
    elif isinstance(found, InputBackward):
        yield ink.facts([("∂L/∂x = Σ w·δ", ink.strong(found.gradient, signed=True))])
        yield page.terms(found.outputs, "w", "δ")


def _parameter(page: Writer, found: ParameterBackward) -> Iterator[str]:
    ink = page.ink
    result = ink.strong(found.gradient, signed=True)
    unit = page.to(found.unit_place, escape(page.name(found.unit_place)))
    delta = page.valued(found.unit_place, found.unit.gradient, "δ")
    if found.source_place is None:
        rows = [("∂L/∂b = δ", result), (f"δ {ink.dim('of')} {unit}", delta)]
    else:
        symbol = "x" if found.source_place.kind == "input" else "a"
        where = page.to(found.source_place, escape(page.name(found.source_place)))
        source = page.valued(found.source_place, found.source, symbol, signed=False)
        rows = [
            (f"∂L/∂w = δ·{symbol}", result),
            (f"δ {ink.dim('of')} {unit}", delta),
            (f"{symbol} {ink.dim('of')} {where}", source),
        ]
    yield ink.facts(rows)
    yield ink.note("how this δ comes about:")
    yield from _delta(page, found.unit)


def _delta(page: Writer, found: OutputBackward | ValueBackward | HiddenBackward) -> Iterator[str]:
    ink = page.ink
    result, unit = ink.strong(found.gradient, signed=True), page.explanation.place.unit
    if isinstance(found, HiddenBackward):
        slope = ACTIVATIONS[page.context.run.experiment.activation].slope_formula
        yield ink.facts(
            [
                ("∂L/∂a = Σ w·δ", ink.signed(found.outputs.total)),
                (f"f′(z) = {slope}", plain(found.slope)),
                ("δ = ∂L/∂z = ∂L/∂a · f′(z)", result),
            ]
        )
        yield page.terms(found.outputs, "w", "δ")
    elif isinstance(found, ValueBackward):
        formula = VALUE_SLOPES.get(found.loss, "")
        numbers = f"z = {number(found.z, signed=True)}, t = {number(found.t, signed=True)}"
        yield ink.worked(f"δ = ∂L/∂z{formula}", result, numbers)
    elif found.loss == "mean-squared-error":
        yield ink.worked(
            "g = ∂L/∂p = 2·(p − t)/K",
            ink.signed(found.slope),
            f"2 · ({page.p(unit, factor=True)} − {plain(found.t)}) / {found.classes}",
        )
        yield ink.facts(
            [
                (f"Σ g·p{ink.dim(' over the classes')}", ink.signed(found.mean)),
                ("δ = ∂L/∂z = p·(g − Σ g·p)", result),
            ]
        )
    else:
        true = "the true class" if found.t else "not the true class"
        yield ink.worked(
            "δ = ∂L/∂z = p − t",
            result,
            f"{page.p(unit, factor=True)} − {plain(found.t)}, {true}",
        )


def check(page: Writer, found: Check) -> Iterator[str]:
    """Write the derivative as it is found by moving the number itself."""
    ink = page.ink
    symbol = {"input": "x", "weight": "w", "bias": "b", "unit": "z"}[page.explanation.place.kind]
    known = found.trouble == "none" or found.kink == "here"
    yield ink.formula(
        ink.fraction(f"L({symbol} + h) − L({symbol} − h)", "2h"),
        f"{SPACE}= {ink.strong(found.numeric, signed=True)}" if known else f"{SPACE}: none",
    )
    if found.kink == "here":
        yield ink.note(
            "A kink of the activation lies right here, so there is no derivative; "
            "the backward pass takes the slope of the side below it."
        )
    elif found.trouble == "not finite":
        yield ink.note(
            "The loss, or the difference of two of them, is beyond the largest number of float64."
        )
    elif found.trouble == "rounding":
        yield ink.note(
            "The difference is too small beside the numbers it is of: what rounding in float64 "
            f"leaves of it is {number(found.numeric, 2)} ± {number(found.rounding, 2)}."
        )
    elif found.kink == "avoided":
        yield ink.note("A kink of the activation lies close by: h was made smaller for it.")
    step = f"h = {number(found.step, 2)}"
    if found.kink != "here" and found.relative_error is not None:
        exact = found.numeric == found.analytic == 0
        error = "both are 0" if exact else f"relative error {number(found.relative_error, 2)}"
        step = f"{step}, {error}"
    yield ink.note(step)
