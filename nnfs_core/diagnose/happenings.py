"""What is happening in a run, in a sentence: worked out from its recording, up to an epoch.

The same recording up to the same epoch says the same, whenever it is asked. On a healthy run there
is little to say: that it learns, and how far, each time the loss has halved once more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nnfs_core.errors import one_line
from nnfs_core.history.dead_watch import said
from nnfs_core.history.recording import Mark, Recording
from nnfs_core.model.tasks import ACCURACY, Score
from nnfs_core.text.numbers import loss_text, setting

LONGEST, BRIEF = 240, 90
"""Characters of what is said, in full and in brief; parts may come out of anybody's file."""

RECENT = 0.05
"""Share of the epochs so far in which a change counts as new, and over which a mean is taken."""

LEAST = 10
"""Epochs that this is at least; also how many a run has trained before anything is judged."""

WAIT, SOME = 1 / 3, 50
"""Share of the epochs so far without a better one after which validation no longer improves, and
how many epochs that is at least."""

RISES = (10, 25, 50, 100, 200, 500, 1000)
"""Per cent that the validation loss is above its lowest where overfitting is said to have begun,
and where it is said anew."""

Does = Literal["train", "show", "go on", "restart"]


@dataclass(frozen=True, slots=True)
class Link:
    """Something to do about it.

    Attributes
    ----------
    text : str
        On the button: ``"Show epoch 210"``.
    does : str
        ``train``; ``show`` an epoch; ``go on`` from one, in a new branch; or ``restart`` from the
        same initial weights with another learning rate.
    epoch : int
    rate : float
        The learning rate of a restart.
    """

    text: str
    does: Does
    epoch: int = 0
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Happening:
    """A sentence, what can be done about it, and by which rule it is said.

    Attributes
    ----------
    kind : str
        ``untrained``, ``diverged``, ``dead``, ``changed``, ``overfitting``, ``level``, ``stuck``,
        ``learns`` or ``begins``.
    text : str
        One or two sentences that name the epochs they are about.
    brief : str
        The same for where there is room for a few words.
    rule : str
        When it is said: for whoever wants to know.
    links : tuple of Link
    """

    kind: str
    text: str
    brief: str
    rule: str
    links: tuple[Link, ...] = ()


def happening(
    recording: Recording, epoch: int, part: str, score: Score = ACCURACY
) -> Happening | None:
    """Return what is happening at an epoch, the most important first; None: nothing to say.

    Parameters
    ----------
    recording : Recording
        Of the shown branch; what comes after the epoch is not looked at.
    epoch : int
    part : str
        What the data's other part is called: ``"validation"`` or ``"test"``.
    score : Score
        Of the task.
    """
    return next(_all(recording, epoch, part, score), None)


def _all(recording: Recording, epoch: int, part: str, score: Score) -> Iterator[Happening]:
    marks = [mark for mark in recording.marks if mark.epoch <= epoch]
    if epoch == 0 and not any(mark.kind == "diverged" for mark in marks):
        yield Happening(
            "untrained",
            "The network has not been trained yet: its weights are random numbers, so its answers "
            "are guesses. Training moves every weight a little, again and again.",
            "Not trained yet: its weights are random numbers, its answers are guesses.",
            "said at epoch 0",
            (Link("Train", "train"),),
        )
        return
    yield from _diverged(recording, marks)
    yield from _dead(recording, epoch)
    yield from _changed(marks, epoch)
    losses = recording.column("train_loss")[: epoch + 1]
    held = recording.column("validation_loss")[: epoch + 1]
    yield from _stuck(losses)
    yield from _overfitting(losses, held, part)
    yield from _level(recording, epoch, part, score)
    yield from _learns(losses)
    yield from _begins(losses)


def _recent(epoch: int) -> int:
    return max(LEAST, round(RECENT * epoch))


def _slower(recording: Recording, epoch: int) -> Link:
    """Offer to begin again with a tenth of the rate: with the same one all would be the same."""
    rates = recording.column("learning_rate")
    rate = float(rates[min(epoch, len(rates) - 1)]) / 10
    return Link(f"Restart with learning rate {setting(rate)}", "restart", 0, rate)


def _diverged(recording: Recording, marks: list[Mark]) -> Iterator[Happening]:
    for mark in marks[::-1]:
        if mark.kind == "diverged":
            yield Happening(
                "diverged",
                one_line(
                    f"After epoch {mark.epoch:,} numbers became too large to compute with, and "
                    f"training stopped: the steps were too wide. A smaller learning rate takes "
                    f"smaller steps.",
                    LONGEST,
                ),
                f"After epoch {mark.epoch:,} numbers became too large: the steps were too wide.",
                "said when a number is no longer finite",
                (
                    Link(f"Show epoch {mark.epoch:,}", "show", mark.epoch),
                    _slower(recording, mark.epoch),
                ),
            )
            return


def _dead(recording: Recording, epoch: int) -> Iterator[Happening]:
    for mark in recording.dead_at(epoch)[-1:]:
        show = Link(f"Show epoch {mark.epoch:,}", "show", mark.epoch)
        yield Happening(
            "dead",
            one_line(said(mark), LONGEST),
            f"{one_line(said(mark).split(': ')[0], BRIEF // 2)}: no gradient gets through it.",
            "said while no unit of a layer passes a gradient on, for any training sample",
            (show, _slower(recording, mark.epoch)),
        )


def _changed(marks: list[Mark], epoch: int) -> Iterator[Happening]:
    for mark in marks[::-1]:
        if mark.kind == "change" and epoch - mark.epoch <= _recent(epoch):
            yield Happening(
                "changed",
                f"Changed at epoch {mark.epoch:,}: {one_line(mark.text, LONGEST // 2)}.",
                f"Epoch {mark.epoch:,}: {one_line(mark.text, BRIEF // 2)}.",
                f"said for {_recent(epoch):,} epochs after a change",
                (Link(f"Show epoch {mark.epoch:,}", "show", mark.epoch),),
            )
            return


def _overfitting(losses: NDArray[Any], held: NDArray[Any], part: str) -> Iterator[Happening]:
    epoch = len(losses) - 1
    if epoch < 2 * LEAST or np.isnan(held).all():
        return
    best, width = int(np.nanargmin(held)), _recent(epoch)
    now, train = float(np.mean(held[-width:])), float(np.mean(losses[-width:]))
    risen = [per_cent for per_cent in RISES if now >= held[best] * (1 + per_cent / 100)]
    if epoch - best < width or not risen or not train < losses[best]:
        return
    yield Happening(
        "overfitting",
        f"Overfitting: since epoch {best:,} the {part} loss has risen from "
        f"{loss_text(float(held[best]))}, by at least {risen[-1]} %, while the training loss "
        "falls. It learns the training samples by heart.",
        f"Overfitting since epoch {best:,}: the {part} loss has risen by at least {risen[-1]} %.",
        f"said when the mean {part} loss of the last {width:,} epochs is at least {RISES[0]} % "
        "above its lowest, and the mean training loss is lower than it was there",
        (
            Link(f"Show epoch {best:,}", "show", best),
            Link(f"Go on from epoch {best:,}", "go on", best),
        ),
    )


def _level(recording: Recording, epoch: int, part: str, score: Score) -> Iterator[Happening]:
    best = recording.best_until(epoch)
    if best is None or epoch - best < max(SOME, WAIT * epoch):
        return
    reached = score.written(recording[best].validation_score, 1)
    yield Happening(
        "level",
        f"Since epoch {best:,} the {part} {score.title} has not risen: {reached} was the best.",
        f"Best {part} {score.title} so far: {reached}, at epoch {best:,}.",
        f"said when it has not for a third of all epochs so far, and at least {SOME}",
        (
            Link(f"Show epoch {best:,}", "show", best),
            Link(f"Go on from epoch {best:,}", "go on", best),
        ),
    )


def _stuck(losses: NDArray[Any]) -> Iterator[Happening]:
    first, epoch = float(losses[0]), len(losses) - 1
    if epoch < LEAST or np.any(losses < 0.99 * first):
        return
    # Said anew at 10, 20, 50, 100 … epochs: a number that changes all the time is not read.
    power = 10 ** int(math.log10(epoch))
    at = max(step * power for step in (1, 2, 5) if step * power <= epoch)
    yield Happening(
        "stuck",
        f"In {at:,} epochs the loss has hardly fallen: it was {loss_text(first)} before training, "
        f"and is {loss_text(float(losses[at]))} at epoch {at:,}. The network has learned nothing "
        "yet.",
        f"Nothing learned in {at:,} epochs: the loss is {loss_text(float(losses[at]))}.",
        f"said from epoch {LEAST} on, while the loss has never been 1 % lower than at first",
        (Link("Show epoch 0", "show", 0),),
    )


def _learns(losses: NDArray[Any]) -> Iterator[Happening]:
    first = float(losses[0])
    finite = losses[np.isfinite(losses)]
    lowest = float(finite.min()) if finite.size else math.nan
    if not (math.isfinite(first) and 0 < lowest < first / 2):
        return
    halved = max(1, math.ceil(math.log2(first / lowest)) - 1)
    at = int(np.argmax(losses < first / 2**halved))
    loss = loss_text(float(losses[at]))
    parts = "half" if halved == 1 else f"1/{2**halved:,}"
    yield Happening(
        "learns",
        f"It learns: by epoch {at:,} the loss has fallen from {loss_text(first)} to {loss}, "
        f"less than {parts} of what it was.",
        f"It learns: the loss fell from {loss_text(first)} to {loss} by epoch {at:,}.",
        "said each time the training loss has halved once more",
    )


def _begins(losses: NDArray[Any]) -> Iterator[Happening]:
    if np.all(np.isfinite(losses)):
        yield Happening(
            "begins",
            "In every epoch it looks at each training sample once, and moves every weight a little "
            "the way that makes the loss smaller.",
            "In every epoch each weight moves a little, the way that makes the loss smaller.",
            "said until the training loss has halved",
        )
