"""An answer as HTML: the verdict, the picture, bars, and strips of activations.

Every colour is a variable of the style sheet; every number is the network's own.
"""

from __future__ import annotations

import math
from html import escape

import numpy as np

from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.text.numbers import brief, chance
from nnfs_web.answer import Answer, Array
from nnfs_web.pictures import data_url

MANY = 12
"""From this many classes on, only the likeliest are shown, and the true one."""

UNITS = 256
"""More units of a layer than this are not drawn, only counted."""

COLUMNS = 32
"""Cells in a row of a strip, at most."""


def result(answer: Answer) -> str:
    """Return everything about an answer, for the right-hand side of the page."""
    return (
        f'<div class="nnfs-result">{verdict(answer)}'
        f'<div class="nnfs-pair">{picture(answer)}{probabilities(answer)}</div>'
        f"{activations(answer)}</div>"
    )


def verdict(answer: Answer) -> str:
    """Say what the network reads, and whether that is right, in words."""
    found = answer.trace.predicted
    p = escape(chance(answer.trace.answers, found))
    name = escape(answer.classes[found])
    read = f"<b>{name}</b>" if answer.named else f"<b>{name}</b> of {len(answer.classes)}"
    unnamed = "" if answer.named else ", the file names none"
    said = f"The network reads {read} ({p}{unnamed})."
    if answer.truth is None:
        return f'<p class="nnfs-verdict" role="status">{said}</p>{doubts(answer)}'
    name = escape(answer.classes[answer.truth])
    if found == answer.truth:
        mark, word, kind = "✓", f"Right: it is {name}.", "good"
    else:
        mark, word, kind = "✗", f"Wrong: it is {name}.", "bad"
    return (
        f'<p class="nnfs-verdict" role="status">{said} '
        f'<span class="nnfs-{kind}"><span aria-hidden="true">{mark}</span> {word}</span></p>'
    )


def doubts(answer: Answer) -> str:
    """Say why the answer may be wrong, a line for each reason."""
    return "".join(
        f'<p class="nnfs-doubt" role="status"><span aria-hidden="true">?</span> '
        f"Doubtful: {escape(doubt)}.</p>"
        for doubt in answer.doubts
    )


def picture(answer: Answer) -> str:
    """Show the picture as the network sees it, with what was done to it."""
    rows, columns = answer.pixels.shape
    steps = answer.steps or ("as it is in the data",)
    items = "".join(f"<li>{escape(step)}</li>" for step in steps)
    return (
        '<section class="nnfs-seen"><h3>As the network sees it</h3>'
        f'<img src="{data_url(answer.pixels)}" alt="The prepared picture, {columns}×{rows} '
        f'pixels" width="{columns}" height="{rows}">'
        f'<p class="nnfs-dim">{columns}×{rows}, 0 black … 1 white</p>'
        f'<ul class="nnfs-steps">{items}</ul></section>'
    )


def probabilities(answer: Answer) -> str:
    """Draw a bar for each class, or the likeliest of many."""
    p = answer.trace.answers
    shown = list(range(len(p)))
    if len(p) > MANY:
        shown = sorted(shown, key=lambda k: -p[k])[:MANY]
        if answer.truth is not None and answer.truth not in shown:
            shown[-1] = answer.truth
    rows = "".join(_bar(answer, k) for k in shown)
    rest = len(p) - len(shown)
    more = f'<p class="nnfs-dim">and {rest} classes less likely</p>' if rest else ""
    return (
        '<section class="nnfs-bars"><h3>Probability of each class</h3>'
        f"<table><tbody>{rows}</tbody></table>{more}</section>"
    )


def _bar(answer: Answer, k: int) -> str:
    share = float(answer.trace.answers[k])
    kinds = ["nnfs-read"] if k == answer.trace.predicted else []
    note = ""
    if answer.truth is not None:
        true = k == answer.truth
        kinds += ["nnfs-true"] if true else []
        note = f'<td class="nnfs-note">{"true class" if true else ""}</td>'
    return (
        f'<tr class="{" ".join(kinds)}" data-share="{share!r}">'
        f'<th scope="row">{escape(answer.classes[k])}</th>'
        f'<td class="nnfs-track"><div style="width:{100 * share:.3f}%"></div></td>'
        f'<td class="nnfs-number">{escape(chance(answer.trace.answers, k))}</td>{note}</tr>'
    )


def activations(answer: Answer) -> str:
    """Draw the hidden activations, a strip of cells for each layer with its scale beneath."""
    hidden = answer.trace.a[:-1]
    if not hidden:
        return (
            '<section class="nnfs-layers"><h3>Hidden activations</h3><p class="nnfs-dim">'
            "This network has no hidden layers: its inputs decide directly.</p></section>"
        )
    strips = "".join(
        _strip(index, layer, answer.activation) for index, layer in enumerate(hidden, 1)
    )
    return f'<section class="nnfs-layers"><h3>Hidden activations</h3>{strips}</section>'


def scale(layer: Array, activation: str) -> float:
    """Return the activation that has the full colour: the function's bound, or the largest."""
    known = ACTIVATIONS[activation]
    return known.high if known.bounded else float(np.abs(layer).max()) or 1.0


def _strip(index: int, layer: Array, activation: str) -> str:
    full, signed = scale(layer, activation), ACTIVATIONS[activation].signed
    shown = layer[:UNITS]
    columns = min(len(shown), COLUMNS)
    cells = "".join(
        f'<rect x="{unit % columns}" y="{unit // columns}" width="1" height="1" '
        f'style="fill:{_colour(float(a) / full)}"><title>unit {unit + 1}: '
        f"{brief(float(a))}</title></rect>"
        for unit, a in enumerate(shown)
    )
    rows = math.ceil(len(shown) / columns)
    strongest = int(np.abs(layer).argmax())
    units = f"{len(layer)} unit{'s' if len(layer) > 1 else ''}"
    more = f", the first {UNITS} shown" if len(layer) > UNITS else ""
    label = (
        f"Layer {index}, {units}{more}; strongest is unit {strongest + 1} "
        f"with {brief(float(layer[strongest]))}"
    )
    low, kind = (brief(-full, 3), "signed") if signed else ("0", "plain")
    high = brief(full, 3)
    middle = "<span>0</span>" if signed else ""
    return (
        f'<figure><figcaption>{label}</figcaption><svg class="nnfs-strip" role="img" '
        f'aria-label="{label}" viewBox="0 0 {columns} {rows}" preserveAspectRatio="none" '
        f'style="aspect-ratio:{columns}/{rows};max-width:{columns * 24}px">{cells}</svg>'
        f'<div class="nnfs-scale"><div class="nnfs-ramp nnfs-{kind}"></div>'
        f'<div class="nnfs-ends"><span>{low}</span>{middle}<span>{high}</span></div></div>'
        "</figure>"
    )


def _colour(share: float) -> str:
    """Return how active a unit is, as a colour: the sign is in the number under the mouse."""
    amount = 100 * min(abs(share), 1)
    return f"color-mix(in srgb, var(--nnfs-active) {amount:.1f}%, var(--nnfs-field))"
