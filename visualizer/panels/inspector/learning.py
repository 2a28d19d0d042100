"""The part of the inspector's page about learning: the batch's gradient, and the update."""

from __future__ import annotations

from collections.abc import Iterator

from nnfs_core.explain import BatchGradient, Update
from nnfs_core.model.places import Place
from nnfs_core.text.numbers import number, setting
from visualizer.panels.inspector.formulas import Typesetter
from visualizer.panels.inspector.sentences import gradient_words, update_words
from visualizer.panels.inspector.writer import Writer

EXACT = 7
"""Digits of a parameter: as many as float32 has, so that a small step shows."""

WHY_NOT = {
    "validation": "This sample is for validation: it has no part in the gradient.",
    "drawn": "A drawing has no part in the gradient.",
    "not in the batch": "This sample is not in the next batch.",
}


def learning(page: Writer, batch: BatchGradient, update: Update) -> Iterator[str]:
    """Write what the next step makes of a weight or a bias."""
    ink, place = page.ink, page.explanation.place
    yield ink.heading("gradient", "of the next step")
    yield from page.part(gradient_words(batch), _gradient(batch, place, ink))
    yield ink.heading("update", f"step {update.number:,}", lit=page.is_shown("update"))
    symbol = "w" if place.kind == "weight" else "b"
    yield from page.part(update_words(update, place), _update(update, symbol, ink))


def _gradient(batch: BatchGradient, place: Place, ink: Typesetter) -> Iterator[str]:
    symbol = "w" if place.kind == "weight" else "b"
    which = "all" if batch.full else "batch of"
    mean = f"mean ∂L/∂{symbol}, {which} {batch.samples:,}"
    result = ink.strong(batch.gradient, signed=True)
    if batch.decay is None:
        rows = [(f"g = {mean}", result)]
    else:
        pull = ("weight decay, λ·w", ink.signed(batch.decay))
        rows = [(mean, ink.signed(batch.data)), pull, ("g, their sum", result)]
    if batch.share is not None:
        rows.append((ink.dim("of it by this sample"), ink.signed(batch.share)))
    if batch.shown_batches:
        shown = f"last epoch, mean over its {batch.shown_batches:,} batches"
        rows.append((ink.dim(shown), ink.signed(batch.shown)))
    elif not batch.full:
        shown = "mean, all training samples"
        rows.append((ink.dim(shown), ink.signed(batch.shown)))
    yield ink.facts(rows)
    if batch.share is None and batch.member in WHY_NOT:
        yield ink.note(WHY_NOT[batch.member])


def _update(update: Update, symbol: str, ink: Typesetter) -> Iterator[str]:
    eta, gradient = setting(update.learning_rate), _factor(update.gradient, ink)
    before, after = ink.signed(update.before, EXACT), ink.strong(update.after, EXACT, signed=True)
    if update.optimizer == "sgd":
        numbers = f"{before} − {eta} · {gradient}"
        yield ink.worked(f"{symbol} ← {symbol} − η·g", after, numbers)
    elif update.optimizer == "momentum":
        (velocity,) = update.averages
        numbers = f"{setting(update.constants['momentum'])} · {_factor(velocity.before, ink)}"
        result = ink.strong(velocity.after, signed=True)
        yield ink.worked("v ← μ·v + g", result, f"{numbers} + {gradient}")
        numbers = f"{before} − {eta} · {_factor(velocity.after, ink)}"
        yield ink.worked(f"{symbol} ← {symbol} − η·v", after, numbers)
    elif update.optimizer == "rmsprop":
        yield from _rmsprop(update, ink)
        numbers = f"{before} − {eta} · {gradient} / {_divisor(update)}"
        yield ink.worked(f"{symbol} ← {symbol} − η·g / (√s + ε)", after, numbers)
    elif update.optimizer == "adam":
        yield from _adam(update, ink)
        m_hat = _factor(update.corrected[0], ink)
        numbers = f"{before} − {eta} · {m_hat} / {_divisor(update)}"
        yield ink.worked(f"{symbol} ← {symbol} − η·m̂ / (√v̂ + ε)", after, numbers)
    else:
        rows = [(a.name, f"{number(a.before)} → {number(a.after)}") for a in update.averages]
        yield ink.facts([*rows, (f"{symbol}, from {before}, becomes", after)])
    rows = []
    if update.decrease is not None:
        rows.append(("changes by", ink.signed(-update.decrease)))
    last = "not known yet" if update.last is None else ink.signed(update.last)
    if update.last is not None or update.number > 1:
        rows.append((ink.dim("changed by the last epoch"), last))
    rows.append((ink.dim("at epoch 0"), ink.signed(update.start, EXACT)))
    yield ink.facts(rows)


def _factor(value: float, ink: Typesetter) -> str:
    """Write a signed number so that it can stand after a sign."""
    return f"({ink.signed(value)})"


def _rmsprop(update: Update, ink: Typesetter) -> Iterator[str]:
    (square,) = update.averages
    rho, epsilon = update.constants["rho"], update.constants["epsilon"]
    numbers = (
        f"{setting(rho)} · {number(square.before)} + "
        f"{setting(1 - rho)} · {_factor(update.gradient, ink)}²"
    )
    yield ink.worked("s ← ρ·s + (1 − ρ)·g²", ink.strong(square.after), numbers)
    yield ink.facts([(f"√s + ε {ink.dim(f'with ε = {setting(epsilon)}')}", _divisor(update))])


def _adam(update: Update, ink: Typesetter) -> Iterator[str]:
    (m, v), c = update.averages, update.constants
    (m_hat, v_hat), (m_left, v_left) = update.corrected, update.corrections
    gradient, t = _factor(update.gradient, ink), f"{update.number:,}"
    beta1, rest1 = setting(c["beta1"]), setting(1 - c["beta1"])
    beta2, rest2 = setting(c["beta2"]), setting(1 - c["beta2"])
    yield ink.worked(
        "m ← β₁·m + (1 − β₁)·g",
        ink.strong(m.after, signed=True),
        f"{beta1} · {_factor(m.before, ink)} + {rest1} · {gradient}",
    )
    yield ink.worked(
        "v ← β₂·v + (1 − β₂)·g²",
        ink.strong(v.after),
        f"{beta2} · {number(v.before)} + {rest2} · {gradient}²",
    )
    yield ink.worked(
        "m̂ = m / (1 − β₁ᵗ)",
        ink.strong(m_hat, signed=True),
        f"{_factor(m.after, ink)} / {number(m_left)} with t = {t}",
    )
    yield ink.worked(
        "v̂ = v / (1 − β₂ᵗ)", ink.strong(v_hat), f"{number(v.after)} / {number(v_left)}"
    )
    epsilon = ink.dim(f"with ε = {setting(c['epsilon'])}")
    yield ink.facts([(f"√v̂ + ε {epsilon}", _divisor(update))])


def _divisor(update: Update) -> str:
    return number(update.divisor or 0.0)
