"""Something worked out about a run's states over time: in the background, a slice at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from nnfs_core.history.course import Known, course
from nnfs_core.history.recording import Recording
from nnfs_core.training.trainer import TrainState
from visualizer.jobs.background import AtOnce
from visualizer.panels.base import Panel

SHORT, LONG = 0.015, 0.08
"""Seconds of a slice of work: while a run trains, which needs the processor, and otherwise."""

PAUSE = 0.5
"""Seconds from one slice to the next while a run trains."""

Examine = Callable[[TrainState, tuple[Hashable, ...]], Iterable[object]]
"""Given a state and some keys, works out what belongs to each key."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is to be known over time.

    Attributes
    ----------
    recording : Recording
    shown : TrainState
        Of the shown epoch, which is looked at too where it has no keyframe.
    keys : tuple
        What is asked about each state.
    examine : callable
        Answers it, in another thread.
    newest : int
        The newest epoch that the picture knows of; states after it are not looked at.
    """

    recording: Recording
    shown: TrainState
    keys: tuple[Hashable, ...]
    examine: Examine
    newest: int


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What is known so far. It holds no states, which would outlive their budget.

    Attributes
    ----------
    question : Question or None
        None before anything was asked.
    every : int
        How many epochs lie between two states, mostly.
    epochs : tuple of int
        Of the states that were chosen, in order.
    values : dict
        For each key what is known of each state; None where it is not known yet.
    left : int
        How many states are still to be examined.
    """

    question: Question | None
    every: int
    epochs: tuple[int, ...]
    values: dict[Hashable, tuple[Any, ...]]
    left: int

    def known(self, key: Hashable) -> tuple[np.ndarray, list[Any]]:
        """Return the epochs at which something is known, and what."""
        found = [
            (epoch, value)
            for epoch, value in zip(self.epochs, self.values.get(key, ()), strict=False)
            if value is not None
        ]
        return np.array([epoch for epoch, _ in found], np.int64), [value for _, value in found]


NOTHING = Answer(None, 1, (), {}, 0)


class Historian(QObject):
    """Answers the newest question of a panel, more of it with every slice.

    Parameters
    ----------
    panel : Panel
        Work goes to its background, and only while it can be seen.
    known : Known
        What has been worked out before; panels of one kind share it.
    """

    grown = pyqtSignal()
    """:attr:`answer` has more, or is of another question."""

    def __init__(self, panel: Panel, known: Known) -> None:
        super().__init__(panel)
        self._panel, self._known = panel, known
        self.answer = NOTHING
        self._question: Question | None = None
        self._working = False
        self._length = 0
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._work)

    def ask(self, question: Question) -> None:
        """Take a question in place of the one before; ``grown`` follows, maybe at once."""
        self._question = question
        self._work()

    def go_on(self, newest: int) -> None:
        """Look for new states of the question's recording up to an epoch, now and then."""
        if self._question is not None:
            self._question = replace(self._question, newest=newest)
        if not (self._working or self._again.isActive()):
            self._again.start(round(1000 * PAUSE))

    def _work(self) -> None:
        question = self._question
        if self._working or question is None:
            return
        self._again.stop()
        seconds = LONG if len(question.recording) == self._length else SHORT
        if isinstance(self._panel.background, AtOnce):
            seconds = math.inf
        self._length = len(question.recording)
        self._working = True

        job = partial(answer, question, self._known, seconds)
        self._panel.background.submit(self, job, self._on_done, self._on_failed)

    def _on_failed(self) -> None:
        self._working = False

    def _on_done(self, result: Answer) -> None:
        self._working = False
        question = self._question
        assert question is not None and result.question is not None, "what was asked is answered"
        if result.question.recording is question.recording:
            self.answer = result
            self.grown.emit()
        if result.question is question and not result.left:
            return
        # Who cannot be seen asks again when that changes.
        if not self._panel.visibleRegion().isEmpty():
            same = result.question.recording is question.recording
            training = same and len(question.recording) != self._length
            self._again.start(round(1000 * PAUSE) if training else 0)


def answer(question: Question, known: Known, seconds: float) -> Answer:
    """Examine as many states as time allows, one at least, and return what is known then."""
    chosen = course(question.recording.keyframes, question.shown).until(question.newest)

    def missing(state: TrainState) -> tuple[Hashable, ...]:
        return tuple(key for key in question.keys if known.get(state, key) is None)

    # What is shown comes first: it is what one looks at.
    order = sorted(chosen.coarse_first(), key=lambda state: state.epoch != question.shown.epoch)
    todo = [(state, keys) for state in order if (keys := missing(state))]
    end, done = perf_counter() + seconds, 0
    for state, keys in todo:
        for key, value in zip(keys, question.examine(state, keys), strict=True):
            known.put(state, key, value)
        done += 1
        if perf_counter() >= end:
            break
    return Answer(
        question,
        chosen.every,
        tuple(state.epoch for state in chosen.states),
        {key: tuple(known.get(state, key) for state in chosen.states) for key in question.keys},
        len(todo) - done,
    )
