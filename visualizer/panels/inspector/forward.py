"""The parts of the inspector's page about the way forward, and the loss at its end."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from nnfs_core.explain import (
    InputForward,
    LossForward,
    ParameterForward,
    UnitForward,
    ValueLoss,
    WeightedSum,
)
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.model.places import Place
from nnfs_core.model.tasks import Regression
from nnfs_core.text.numbers import MINUS, SPACE, number, plain
from visualizer.kit.place_names import short_name
from visualizer.panels.inspector.writer import Writer

LOSS = Place("loss")


def forward(page: Writer) -> Iterator[str]:
    """Write how a number comes about."""
    found = page.explanation.forward
    if isinstance(found, UnitForward):
        yield from _unit(page, found)
    elif isinstance(found, ParameterForward):
        yield from _parameter(page, found)
    elif isinstance(found, InputForward):
        yield from _input(page, found)


def _unit(page: Writer, found: UnitForward) -> Iterator[str]:
    ink, layer = page.ink, page.explanation.place.layer
    reads = "x" if layer == 0 else "a"
    bias = page.valued(found.bias_place, found.bias, "b")
    yield ink.worked(
        f"z = Σ w·{reads} + b",
        ink.strong(found.z, signed=True),
        f"{ink.signed(found.inputs.total)} + ({bias})",
    )
    soft, run = found.softmax, page.context.run
    if found.said is not None:
        yield from _said(page, found.said)
    elif soft is None:
        activation = ACTIVATIONS[run.experiment.activation]
        formula = f"a = {escape(activation.formula)}{ink.dim(f' · {activation.name}')}"
        yield ink.facts([(formula, ink.strong(found.a))])
    else:
        less = " − m" if soft.shift else ""
        unit = page.explanation.place.unit
        missing, total = page.missing(unit), number(soft.total)
        if missing is not None:
            # All of the sum but this power, without the digits that their difference would lose.
            total = f"{number(soft.power)} + {number(soft.power * missing / found.a)}"
        yield ink.formula(
            f"p ={SPACE}",
            ink.fraction(f"e<sup>z{less}</sup>", f"Σ e<sup>z{less}</sup>"),
            f"{SPACE}={SPACE}",
            ink.fraction(number(soft.power), total),
            f"{SPACE}= <b>{page.p(unit)}</b>",
        )
        if soft.shift:
            yield ink.note(f"m = {number(soft.shift)}, the largest z; p is the same without")
    yield page.terms(found.inputs, "w", reads)


def _said(page: Writer, said: float) -> Iterator[str]:
    """Write how the output becomes a value in the data's own units."""
    ink, task = page.ink, page.context.run.network.task
    name = escape(page.context.run.dataset.target)
    if isinstance(task, Regression):
        numbers = f"z · {number(task.deviation)} + ({number(task.mean)})"
        if task.mean >= 0:
            numbers = f"z · {number(task.deviation)} + {number(task.mean)}"
        yield ink.worked(f"{name} = z·s + m", ink.strong(said), numbers)
        yield ink.note("m and s: mean and standard deviation of the training part")
    else:
        yield ink.facts([(name, ink.strong(said))])


def value_loss(page: Writer, loss: ValueLoss) -> Iterator[str]:
    """Write the loss of a value with its numbers."""
    ink = page.ink
    z = page.valued(loss.true_place, loss.z, "z")
    yield ink.worked(
        page.context.run.network.loss.formula,
        ink.strong(loss.value),
        f"z = {z}, t = {number(loss.t, signed=True)}",
    )
    name = escape(page.context.run.dataset.target)
    yield ink.facts(
        [
            (f"{name}, predicted", ink.strong(loss.said)),
            (f"{name}, true", number(loss.true)),
            (
                ink.dim("too high by" if loss.said > loss.true else "too low by"),
                number(abs(loss.said - loss.true)),
            ),
        ]
    )


def _parameter(page: Writer, found: ParameterForward) -> Iterator[str]:
    ink = page.ink
    unit = page.to(found.unit_place, escape(page.name(found.unit_place)))
    symbol, rows = "a", []
    if found.source_place is None:
        rows.append(("b", ink.strong(found.value, signed=True)))
    else:
        symbol = "x" if found.source_place.kind == "input" else "a"
        source = page.valued(found.source_place, found.source, symbol, signed=False)
        yield ink.worked(
            f"w·{symbol}",
            ink.strong(found.product, signed=True),
            f"({ink.signed(found.value)}) · {source}",
        )
        where = page.to(found.source_place, escape(page.name(found.source_place)))
        rows.append((ink.dim("reads"), where))
    rows.append((ink.dim("feeds"), unit))
    z = page.valued(found.unit_place, found.z, "z")
    rows.append((ink.dim("z of that unit"), z))
    yield ink.facts(rows)


def _input(page: Writer, found: InputForward) -> Iterator[str]:
    ink = page.ink
    yield ink.facts([("x", ink.strong(found.value))])
    terms = WeightedSum(found.readers, 0.0, 0, 0.0)
    yield page.terms(terms, "w", "x")
    if found.rest_count:
        yield ink.note(f"and by {found.rest_count:,} more")


def loss_formula(page: Writer, loss: LossForward) -> Iterator[str]:
    """Write the loss with its numbers."""
    ink = page.ink
    name = f"p({escape(short_name(loss.true_place, page.context.run))})"
    true = page.to(loss.true_place, name)
    p = page.linked_p(loss.true_place, factor=True)
    if loss.p_true == 0 and not loss.squares:
        # Too small for any number there is, but not 0: its logarithm is known.
        p = page.to(loss.true_place, f"e<sup>{MINUS}{number(loss.value)}</sup>")
    if not loss.squares:
        yield ink.worked(f"L = −ln {true}", ink.strong(loss.value), f"−ln {p}")
        return
    k = loss.classes
    total = loss.value * k
    yield ink.formula(
        f"L ={SPACE}",
        ink.fraction("Σ (p − t)²", "K"),
        f"{SPACE}={SPACE}",
        ink.fraction(number(total), str(k)),
        f"{SPACE}= {ink.strong(loss.value)}",
    )
    yield ink.table(
        ("class", "p", "t", "(p − t)²"),
        (
            (
                page.short(square.place),
                page.linked_p(square.place),
                plain(square.t),
                number(square.square),
            )
            for square in loss.squares
        ),
        page.others(loss.rest_count, 4, number(loss.rest)),
    )


def loss_line(page: Writer, loss: LossForward | ValueLoss) -> str:
    """Write the loss in one line, with links to it and to the true class."""
    if isinstance(loss, ValueLoss):
        true = page.context.run.label_words(loss.true)
        link = page.to(LOSS, escape(page.context.run.network.loss.formula))
        text = f"{link}{page.ink.dim(f', true: {escape(true)}')}"
        return page.ink.facts([(text, page.ink.strong(loss.value))])
    formula = "−ln p" if not loss.squares else "Σ (p − t)² / K"
    classes = page.context.run.dataset.classes
    true = page.to(loss.true_place, f"class {escape(classes[loss.true_place.unit])}")
    formula = f"{page.to(LOSS, f'L = {formula}')}{page.ink.dim(', true: ')}{true}"
    return page.ink.facts([(formula, page.ink.strong(loss.value))])
