"""The states of a recording that a picture over time is made of, and what is known of them."""

from __future__ import annotations

import weakref
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.history.keyframes import Keyframes
from nnfs_core.training.trainer import TrainState

MOST = 256
"""States that a picture over time is made of, at most; a few hundred pixels show no more."""

EARLY = 24
"""Doublings of the distance from the start, each with a state of its own."""


@dataclass(frozen=True, slots=True)
class Course:
    """Some states of a branch, from first to newest: evenly chosen, and a few early ones more.

    Attributes
    ----------
    states : tuple of TrainState
        In the order of their epochs; each epoch once.
    every : int
        How many epochs lie between two of them, mostly.
    """

    states: tuple[TrainState, ...]
    every: int

    def until(self, epoch: int) -> Course:
        """Return the part up to an epoch."""
        return Course(tuple(state for state in self.states if state.epoch <= epoch), self.every)

    def coarse_first(self) -> list[TrainState]:
        """Return the states so that any beginning of the list is spread over the whole course.

        The newest one comes first, then the first one, then the one in the middle, and so on;
        last of all what lies between those evenly chosen.
        """
        numbers = [state.epoch // self.every for state in self.states]

        def rank(at: int) -> tuple[int, int]:
            number = numbers[at]
            if at and number == numbers[at - 1]:
                return (0, at)
            # The largest power of two that divides it: in the middle, in the quarters, …
            return (-(number & -number) if number else -(2**62), at)

        newest = len(self.states) - 1
        order = sorted(range(len(self.states)), key=rank)
        return [self.states[at] for at in sorted(order, key=lambda at: at != newest)]


def course(keyframes: Keyframes, shown: TrainState | None = None, most: int = MOST) -> Course:
    """Choose states of a branch: its keyframes, or evenly some of them, the first and last always.

    Most happens at the beginning, of which the even ones show little in a long run: besides them
    the keyframes 1, 2, 4, 8 … strides from the start are chosen, where they are.

    While a run grows a state stays chosen until there are too many, and then every other one
    stays: so what was worked out about them is not lost.

    Parameters
    ----------
    keyframes : Keyframes
        Another thread may add to them meanwhile.
    shown : TrainState, optional
        One more, where its epoch has no keyframe.
    most : int
        How many keyframes, at most; and the newest, and the early ones.
    """
    every = stride = keyframes.budget.stride
    epochs = np.array(keyframes.epochs(), np.int64)
    chosen = _one_each(epochs, every)
    while len(chosen) > most:
        every *= 2
        chosen = _one_each(epochs, every)
    wanted = epochs[chosen]
    if len(wanted) > 1:
        every = int(np.median(np.diff(wanted)))
    early = np.intersect1d(epochs, stride * 2 ** np.arange(EARLY))
    states = keyframes.states(np.unique([*wanted, *early, *epochs[-1:]]).tolist())
    if shown is not None and all(state.epoch != shown.epoch for state in states):
        states = sorted([*states, shown], key=lambda state: state.epoch)
    return Course(tuple(states), max(1, every))


def _one_each(epochs: NDArray[np.int64], every: int) -> NDArray[np.intp]:
    """Return the place of the first epoch of each span of ``every`` epochs."""
    return np.unique(epochs // every, return_index=True)[1]


class Known:
    """What was worked out about states, for as long as they are there.

    Branches share the states of their common past, and copies of a state with other metrics
    share its numbers: what is known of one is known of all, if the learning rate is the same.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[NDArray[Any]], dict[Hashable, Any]]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def get(self, state: TrainState, key: Hashable) -> Any:
        """Return what is known of a state under a key, or None."""
        entry = self._known.get(id(state.numbers))
        return None if entry is None else entry[1].get((key, state.recipe))

    def put(self, state: TrainState, key: Hashable, value: object) -> None:
        """Remember something about a state."""
        numbers = state.numbers
        entry = self._known.get(id(numbers))
        if entry is None:
            known, at = self._known, id(numbers)
            entry = known[at] = (weakref.ref(numbers, lambda _: known.pop(at, None)), {})
        entry[1][key, state.recipe] = value
