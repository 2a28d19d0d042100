"""Since when a layer is dead: noticed epoch by epoch, or found out afterwards; and in words."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

import numpy as np

from nnfs_core.errors import one_line
from nnfs_core.experiment import Experiment
from nnfs_core.history.recording import Mark, Recording
from nnfs_core.history.replay import Replayer
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.optimizers import optimizers
from nnfs_core.progress import Look, go_on
from nnfs_core.text.layers import layer_name
from nnfs_core.text.numbers import brief
from nnfs_core.training.dead_layers import DeadLayer, silent_layers
from nnfs_core.training.trainer import Trainer, TrainState

LONGEST = 500
"""Characters of a mark that are said: it may come out of anybody's file."""

MOST_RETURNS = 8
"""How often a layer comes back until that is not marked any more: with a learning rate that is far
too large, layers die and come back in every other epoch."""


class DeadWatch:
    """Notices when hidden layers die, and when they come back. Belongs to the trainer's thread.

    A look after an epoch costs less than a microsecond: it counts the layers whose biases have a
    gradient that is exactly 0. Only when their number has changed are the samples gone through, or
    where weights without a gradient have moved.

    With mini-batches the gradient of an epoch is that of all its batches. A layer that dies
    within one is noticed in the next, and known to be dead since the end of the one before.

    Parameters
    ----------
    trainer : Trainer
        What is dead where it stands counts as known.

    Raises
    ------
    EpochCancelled
        When the trainer was cancelled.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer, self._epoch = trainer, trainer.epoch
        self._batched = trainer.recipe.batch_size is not None
        self._first = trainer.gradient.biases[0]
        self._silent = silent_layers(trainer.gradient)
        self._returns: Counter[int] = Counter()
        look = self._batched or self._silent
        self._dead = frozenset(one.layer for one in trainer.dead_layers()) if look else frozenset()

    def is_up_to(self, trainer: Trainer) -> bool:
        """Say whether it knows all up to where a trainer stands."""
        return trainer is self._trainer and trainer.epoch == self._epoch

    def after_epoch(self) -> tuple[Mark, ...]:
        """Return what has happened in the epoch that was just trained.

        Raises
        ------
        EpochCancelled
            When the trainer was cancelled meanwhile.
        """
        self._epoch = self._trainer.epoch
        if not self._silent and np.count_nonzero(self._first):
            return ()
        before, self._silent = self._silent, silent_layers(self._trainer.gradient)
        if self._silent == before and not self._may_have_changed():
            return ()
        return self._look(self._batched) if self._silent or self._dead else ()

    def _may_have_changed(self) -> bool:
        """Say whether something may have died or come back that no gradient tells of.

        That is what lies below a dead layer, or below errors that are all 0; and only where
        momentum or weight decay have moved it.
        """
        hidden = max(self._dead) if self._dead else self._silent
        return hidden > 0 and self._trainer.has_moved(hidden)

    def at_rest(self) -> tuple[Mark, ...]:
        """Return what only the next epoch would show, as training stops; mini-batches alone do so.

        Raises
        ------
        EpochCancelled
            When the trainer was cancelled meanwhile.
        """
        return self._look(before=False) if self._batched and not self._dead else ()

    def _look(self, before: bool) -> tuple[Mark, ...]:
        trainer, epoch = self._trainer, self._trainer.epoch
        found = {one.layer: one for one in trainer.dead_layers()}
        new, back = found.keys() - self._dead, self._dead - found.keys()
        earlier = {one.layer for one in trainer.dead_layers(before=True)} if before and new else ()
        marks = [
            dead_mark(found[layer], trainer, epoch - (layer in earlier))
            for layer in sorted(new)
            if self._returns[layer] < MOST_RETURNS
        ]
        for layer in sorted(back):
            self._returns[layer] += 1
            if self._returns[layer] < MOST_RETURNS:
                marks.append(revived_mark(layer, trainer))
            elif self._returns[layer] == MOST_RETURNS:
                marks.append(flickering_mark(layer, trainer))
        self._dead = frozenset(found)
        return tuple(marks)


def dead_mark(dead: DeadLayer, trainer: Trainer, epoch: int) -> Mark:
    """Return the mark of a layer that is dead since an epoch."""
    return Mark(epoch, "dead", in_words(dead, trainer), dead.layer)


def revived_mark(layer: int, trainer: Trainer) -> Mark:
    """Return the mark of a layer that has come back in the trainer's epoch."""
    name = layer_name(layer, len(trainer.network.sizes) - 1)
    text = f"{name} is alive again: a gradient comes through"
    return Mark(trainer.epoch, "revived", text, layer)


def flickering_mark(layer: int, trainer: Trainer) -> Mark:
    """Return the mark of a layer that has come back so often that it is said no more."""
    name = layer_name(layer, len(trainer.network.sizes) - 1)
    text = f"{name} dies and comes back again and again; from here on that is not marked"
    return Mark(trainer.epoch, "revived", text, layer)


def said(mark: Mark) -> str:
    """Return a mark of a dead layer as a sentence that says since when it is so."""
    since = f"since epoch {mark.epoch:,}" if mark.epoch else "from the start"
    text = mark.text.replace(" is dead", f" has been dead {since}", 1)
    return one_line(f"{text[:1].upper()}{text[1:]}", LONGEST) + "."


def in_words(dead: DeadLayer, trainer: Trainer) -> str:
    """Say that a layer is dead, why, and what follows from it."""
    experiment = trainer.experiment
    name = layer_name(dead.layer, len(trainer.network.sizes) - 1)
    every = f"all {dead.units:,} of its units give" if dead.units > 1 else "its only unit gives"
    if dead.silent:
        why = f"{every} 0 for every training sample"
        if not dead.flat:
            why += " and every weight after it is 0"
    elif dead.flat:
        activation = ACTIVATIONS[experiment.activation]
        ends = f"exactly {brief(activation.low)} or {brief(activation.high)}"
        why = f"{every} {ends} for every training sample, where {experiment.activation} is flat"
    else:
        why = "no gradient comes through any of its units, for any training sample"
    moving = " and ".join(what_still_moves(experiment))
    where, it = "its gradient is exactly 0", "it"
    if dead.layer:
        where, it = "the gradient is exactly 0 there and in all layers below", "they"
    then = f"{it} cannot learn any more"
    if moving:
        then = f"only {moving} can still change {'them' if dead.layer else it}"
    return f"{name} is dead: {why}. So {where}, and {then}"


def what_still_moves(experiment: Experiment) -> list[str]:
    """Return what changes weights that have no gradient: momentum that is left, weight decay."""
    optimizer = optimizers()[experiment.optimizer]
    weight = np.ones(1)
    slots = tuple(np.ones(1) for _ in optimizer.slots)
    rate = experiment.learning_rate
    optimizer.update(weight, np.zeros(1), slots, np.zeros(1), experiment, rate, 1)
    moving = ["momentum"] if weight[0] != 1 else []
    return moving + (["weight decay"] if experiment.weight_decay else [])


def mark_dead(
    recording: Recording, trainer: Trainer, newest: TrainState, look: Look = go_on
) -> None:
    """Mark what is dead at the end of a branch where the branch does not say so.

    So it is at epoch 0, and with files of earlier versions, which know of no dead layers. Since
    when it is so is then found among the keyframes, and between two of them by a replay. Where
    momentum or weight decay have woken a layer for a few epochs between two keyframes at which
    it is dead, that is not noticed.

    Parameters
    ----------
    recording : Recording
    trainer : Trainer
        Of the run; it stands where it stood before, afterwards.
    newest : TrainState
        Where the branch ends.
    look : callable
        Called between two pieces of work; what it raises gives this up.
    """
    if not _may_be_dead(trainer, newest):
        return
    stood = trainer.state()
    known = {mark.layer for mark in recording.dead_at(newest.epoch)}
    try:
        for dead in _dead_in(trainer, newest):
            if dead.layer not in known:
                epoch = _since(dead.layer, recording, trainer, newest, look)
                recording.mark(dead_mark(dead, trainer, epoch))
    finally:
        trainer.restore(stood)


def _may_be_dead(trainer: Trainer, state: TrainState) -> bool:
    """Say whether anything can be dead in a state, as far as its gradient tells."""
    layout = trainer.network.layout
    if trainer.recipe.batch_size is None:
        return silent_layers(state.frame(layout).gradients) > 0
    return len(layout.shapes) > 1


def _dead_in(trainer: Trainer, state: TrainState) -> tuple[DeadLayer, ...]:
    """Return what is dead in a state; the trainer may then stand there."""
    if not _may_be_dead(trainer, state):
        return ()
    trainer.restore(state)
    return trainer.dead_layers()


def _since(
    layer: int, recording: Recording, trainer: Trainer, newest: TrainState, look: Look
) -> int:
    def is_dead(state: TrainState) -> bool:
        look()
        return any(one.layer == layer for one in _dead_in(trainer, state))

    states = [state for state in recording.keyframes if state.epoch < newest.epoch] + [newest]
    # Gradients are at hand, so first those at the end among which it may have begun.
    first = len(states) - 1
    while (
        first and silent_layers(states[first - 1].frame(trainer.network.layout).gradients) > layer
    ):
        first -= 1
    first = max(0, first - 1)  # with mini-batches it shows an epoch later
    at = bisect_left(range(first, len(states)), True, key=lambda at: is_dead(states[at])) + first
    if not at:
        return states[0].epoch
    replayer = Replayer(trainer.arranged)
    for epoch in range(states[at - 1].epoch + 1, states[at].epoch):
        state = replayer.state(recording, epoch)
        assert state is not None, "nobody gives it up"
        if is_dead(state):
            return epoch
    return states[at].epoch
