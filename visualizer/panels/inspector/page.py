"""The page of the inspector: an explanation, written out with its numbers and links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from nnfs_core.explain import Check, LossBackward, LossForward, ValueBackward, ValueLoss
from nnfs_core.model.places import Place
from nnfs_core.text.numbers import number, plain
from visualizer.panels.inspector.backward import backward, check
from visualizer.panels.inspector.forward import forward, loss_formula, loss_line, value_loss
from visualizer.panels.inspector.learning import learning
from visualizer.panels.inspector.sentences import (
    backward_words,
    check_words,
    forward_words,
    loss_words,
)
from visualizer.panels.inspector.writer import Writer

INVITATION = (
    "Click a neuron, a weight, a pixel or an output, here or in any picture, "
    "to read why it has its value."
)
CLASSLESS = "Choose the class of the drawing in <b>Draw</b> to see its loss and its gradients."
MOST_CLASSES = 6
"""Classes of a drawing that are named."""


def page_html(page: Writer, *, room: int = 0, columns: int = 1) -> str:
    """Return the page as rich text.

    Parameters
    ----------
    page : Writer
    room : int
        Width of the page in logical pixels; 0 where no line of it can get too long.
    columns : int
        How many parts stand side by side at most; what comes after the last stands below it.
    """
    top = page.ink.note(_moment(page))
    if page.context.selection is None:
        top = page.ink.note(INVITATION) + top
    whole = list(_loss_page(page) if page.explanation.place.kind == "loss" else _parts(page))
    columns = min(columns, len(whole))
    page.ink.fit(room, columns)
    parts = ["".join(part) for part in whole]
    if columns == 2 and len(parts) == 3:
        # What is learned stands below the way forward, which is the shortest.
        parts = [parts[0] + parts[2], parts[1]]
    parts[columns - 1 :] = ["".join(parts[columns - 1 :])]
    text = top + (page.ink.columns(parts) if columns > 1 else parts[0])
    return text.replace(" %", "&nbsp;%")  # a number and its unit are not parted


def _parts(page: Writer) -> Iterator[Iterable[str]]:
    """Go through forward, backward and learning, each as far as there is something."""
    yield _ahead(page)
    if page.explanation.check is not None:
        yield _back(page, page.explanation.check)
    batch, update = page.explanation.batch, page.explanation.update
    if batch is not None and update is not None:
        yield learning(page, batch, update)


def _ahead(page: Writer) -> Iterator[str]:
    ink, loss = page.ink, page.explanation.loss
    yield ink.heading("forward", lit=page.is_shown("forward"))
    yield from page.part(forward_words(page), forward(page))
    if loss is None:
        yield ink.note(CLASSLESS)
    else:
        yield ink.heading("loss", "of this sample", lit=page.is_shown("loss"))
        yield from page.part(loss_words(page, loss), [loss_line(page, loss)])


def _back(page: Writer, found: Check) -> Iterator[str]:
    yield page.ink.heading("backward", "of this sample", lit=page.is_shown("backward"))
    yield from page.part(backward_words(page), backward(page))
    yield page.ink.heading("central difference", "now, in float64")
    yield from page.part(check_words(found), check(page, found))


def _moment(page: Writer) -> str:
    """Say which epoch and which sample the numbers are of."""
    run, sample = page.context.run, page.context.sample
    words = [f"epoch {page.frame.epoch:,}", run.part_name(sample.part)]
    if sample.part != "drawn":
        words[-1] += f" #{sample.index:,}"
    if sample.label is not None:
        words.append(escape(run.label_words(sample.label)))
    return " · ".join(words)


def _loss_page(page: Writer) -> Iterator[Iterable[str]]:
    loss, back = page.explanation.loss, page.explanation.backward
    if loss is None or not isinstance(back, LossBackward):
        yield _probabilities(page)
    else:
        yield _loss(page, loss)
        yield _start(page, back)
    yield _run(page)


def _loss(page: Writer, loss: LossForward | ValueLoss) -> Iterator[str]:
    yield page.ink.heading("loss", "of this sample", lit=page.is_shown("loss"))
    formula = value_loss(page, loss) if isinstance(loss, ValueLoss) else loss_formula(page, loss)
    yield from page.part(loss_words(page, loss), formula)


def _probabilities(page: Writer) -> Iterator[str]:
    p, run = page.explanation.sample.a[-1], page.context.run
    output = len(run.network.sizes) - 2
    yield page.ink.note(CLASSLESS)
    yield page.ink.heading("probabilities")
    places = [
        Place("unit", output, k)
        for k in sorted(range(len(p)), key=lambda k: -float(p[k]))[:MOST_CLASSES]
    ]
    yield page.ink.facts((page.short(place), page.linked_p(place)) for place in places)


def _start(page: Writer, back: LossBackward) -> Iterator[str]:
    ink = page.ink
    yield ink.heading("backward", "where it starts", lit=page.is_shown("backward"))
    yield from page.part(backward_words(page), _start_formulas(page, back))


def _start_formulas(page: Writer, back: LossBackward) -> Iterator[str]:
    values = [one for _, one in back.outputs if isinstance(one, ValueBackward)]
    if values:
        yield page.ink.facts([("δ = ∂L/∂z", page.ink.signed(values[0].gradient))])
        return
    ink, cross = page.ink, page.context.run.experiment.loss == "cross-entropy"
    formula = "p − t" if cross else "p·(g − Σ g·p)"
    yield ink.line(f"δ = ∂L/∂z = {formula}{ink.dim(' of each class')}")
    yield ink.table(
        ("class", "p", "t", "δ"),
        (
            (
                page.short(place),
                page.linked_p(place),
                plain(factor.t),
                ink.signed(factor.gradient),
            )
            for place, factor in back.outputs
        ),
        page.others(back.rest_count, 4),
    )


def _run(page: Writer) -> Iterator[str]:
    running = page.frame.state.batches > 0
    mean = "running mean of the epoch" if running else "mean loss, training part"
    rows = [(mean, number(page.frame.metrics.train_loss))]
    if page.explanation.penalty is not None:
        rows.append(("weight decay (λ/2)·Σ w²", number(page.explanation.penalty)))
    yield page.ink.heading("whole run")
    yield page.ink.facts(rows)
