"""Keyframes: whole states at some epochs, under a byte budget, thinned as the run grows."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator
from threading import RLock

from nnfs_core.training.trainer import Trainer, TrainState

DEFAULT_LIMIT = 256 * 2**20
"""Bytes of keyframes that all branches of a run may hold together."""

QUICK_WORK = 2e7
"""Parameters × samples of a replay that nobody notices; keyframes start this far apart."""

LARGEST_FIRST_STRIDE = 16

FINEST = 256
"""Keyframes that a run is to have at least, if it lasts long enough: what a picture over time
shows of it is no finer than they are."""

OVERHEAD = 2048
"""Bytes a state takes beside its numbers: the objects around them, and the generator's state."""


class Budget:
    """What all keyframes of a run share: how many bytes, and how far apart they lie.

    Parameters
    ----------
    limit : int
        Bytes.
    stride : int
        Keyframes lie at multiples of it. It doubles whenever the limit is passed.

    Attributes
    ----------
    used : int
        Bytes held now.
    """

    def __init__(self, limit: int = DEFAULT_LIMIT, stride: int = 1) -> None:
        self.limit, self.stride = limit, stride
        self.used = 0
        self.lock = RLock()
        self._members: list[Keyframes] = []

    @classmethod
    def for_run(cls, trainer: Trainer, limit: int = DEFAULT_LIMIT) -> Budget:
        """Choose the first stride so that keeping costs little and replaying is quick.

        And so that a short run has enough keyframes to see what happens in it, and when.
        """
        work = trainer.parameters.flat.size * max(1, len(trainer.dataset.train_x))
        longest = min(LARGEST_FIRST_STRIDE, trainer.experiment.epochs // FINEST)
        return cls(limit, int(max(1, min(longest, QUICK_WORK // work))))

    def join(self, keyframes: Keyframes) -> None:
        """Count the keyframes of one more branch."""
        with self.lock:
            self._members.append(keyframes)
            self.recount()

    def leave(self, keyframes: Keyframes) -> None:
        """Count a branch's keyframes no more."""
        with self.lock:
            self._members.remove(keyframes)
            self.recount()

    def spend(self, size: int) -> None:
        """Count bytes more, and thin every branch until the limit is kept where that can be."""
        self.used += size
        while self.used > self.limit:
            if not any(member.can_thin for member in self._members):
                return
            self.stride *= 2
            for member in self._members:
                member.thin(self.stride)
            self.recount()

    def recount(self) -> None:
        """Count anew what is held. Branches share the states of their common past: once each."""
        states = {id(state): state for member in self._members for state in member}
        self.used = sum(map(state_bytes, states.values()))


def state_bytes(state: TrainState) -> int:
    """Return what a state takes in memory, in bytes."""
    return state.numbers.nbytes + OVERHEAD


class Keyframes:
    """The states of one branch, by epoch. One thread adds while others look up.

    Parameters
    ----------
    budget : Budget
        Shared with the run's other branches.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._epochs: list[int] = []
        self._states: dict[int, TrainState] = {}
        # How many reasons there are to keep an epoch: a pin that goes must leave a change.
        self._kept: Counter[int] = Counter()
        budget.join(self)

    def __iter__(self) -> Iterator[TrainState]:
        with self.budget.lock:
            return iter([self._states[epoch] for epoch in self._epochs])

    def __len__(self) -> int:
        return len(self._epochs)

    @property
    def kept(self) -> frozenset[int]:
        """Epochs whose keyframe is never thinned: user changes, pins, forks."""
        with self.budget.lock:
            return frozenset(self._kept)

    def epochs(self) -> list[int]:
        """Return the epochs that have a keyframe now, in order."""
        with self.budget.lock:
            return list(self._epochs)

    def states(self, epochs: Iterable[int]) -> list[TrainState]:
        """Return the states of these epochs, without those that have been thinned meanwhile."""
        with self.budget.lock:
            return [self._states[epoch] for epoch in epochs if epoch in self._states]

    def held(self) -> list[tuple[TrainState, int]]:
        """Return each state with how many reasons there are to keep it, as they are now."""
        with self.budget.lock:
            return [(self._states[epoch], self._kept[epoch]) for epoch in self._epochs]

    def hold(self, states: Iterable[tuple[TrainState, int]]) -> None:
        """Hold what :meth:`held` returned, in place of all there was."""
        with self.budget.lock:
            pairs = list(states)
            self._states = {state.epoch: state for state, _ in pairs}
            self._epochs = sorted(self._states)
            self._kept = Counter({state.epoch: kept for state, kept in pairs if kept})
            # Not added one by one: a state that another branch has too takes nothing more.
            self.budget.recount()
            self.budget.spend(0)

    def offer(self, trainer: Trainer) -> None:
        """Keep the trainer's state if its epoch is one that has a keyframe."""
        if trainer.epoch % self.budget.stride == 0:
            self.add(trainer.state())

    def offer_state(self, state: TrainState) -> None:
        """Keep a state if its epoch is one that has a keyframe."""
        if state.epoch % self.budget.stride == 0:
            self.add(state)

    def add(self, state: TrainState, *, keep: bool = False) -> None:
        """Keep a state; ``keep`` until it is released. A state of the same epoch is replaced."""
        with self.budget.lock:
            epoch = state.epoch
            if keep:
                self._kept[epoch] += 1
            replaced = self._states.get(epoch)
            self._states[epoch] = state
            if replaced is None:
                insort(self._epochs, epoch)
                self.budget.spend(state_bytes(state))
            elif replaced is not state:
                # Another branch may still hold the one that was here.
                self.budget.recount()
                self.budget.spend(0)

    def nearest(self, epoch: int) -> TrainState:
        """Return the last state at or before an epoch.

        Raises
        ------
        LookupError
            When there is none.
        """
        with self.budget.lock:
            at = bisect_right(self._epochs, epoch) - 1
            if at < 0:
                raise LookupError(f"no keyframe at or before epoch {epoch}")
            return self._states[self._epochs[at]]

    def until(self, epoch: int) -> Keyframes:
        """Return the keyframes of a branch that parts at an epoch; the states are shared."""
        with self.budget.lock:
            branch = Keyframes(self.budget)
            branch._epochs = self._epochs[: bisect_right(self._epochs, epoch)]
            branch._states = {at: self._states[at] for at in branch._epochs}
            branch._kept = Counter({at: kept for at, kept in self._kept.items() if at <= epoch})
            return branch

    def release(self, epoch: int) -> None:
        """Take back one ``keep``; without any left, a keyframe is thinned like the others."""
        with self.budget.lock:
            self._kept -= Counter({epoch: 1})

    def thin(self, stride: int) -> None:
        """Drop what lies at no multiple of ``stride``; the first one and kept ones stay."""
        self._epochs = [at for at in self._epochs if self._stays(at, stride)]
        self._states = {at: self._states[at] for at in self._epochs}

    @property
    def can_thin(self) -> bool:
        """Whether there is anything that a larger stride would drop in the end."""
        return any(at not in self._kept for at in self._epochs[1:])

    def _stays(self, epoch: int, stride: int) -> bool:
        return epoch % stride == 0 or epoch in self._kept or epoch == self._epochs[0]
