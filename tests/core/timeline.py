"""Runs to walk about in: trained on small clouds, with everything seen kept for comparison."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from nnfs_core.experiment import CHOICES, Experiment
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.history.replay import Replayer
from nnfs_core.history.run import Fingerprint, Run
from nnfs_core.model.tasks.classification import LOSSES
from nnfs_core.recipe import Recipe
from nnfs_core.training.trainer import NotFiniteError, Trainer, TrainState

from .plain import make_dataset

DATA = make_dataset(samples=23, features=3, classes=3, validation=7)


def experiments() -> st.SearchStrategy[Experiment]:
    return st.builds(
        Experiment,
        layers=st.lists(st.integers(1, 4), max_size=2).map(tuple),
        activation=st.sampled_from(CHOICES["activation"]),
        loss=st.sampled_from(tuple(LOSSES)),
        optimizer=st.sampled_from(CHOICES["optimizer"]),
        learning_rate=st.sampled_from([0.003, 0.05]),
        batch_size=st.sampled_from([None, 1, 5, 8, 23, 50]),
        weight_decay=st.sampled_from([0.0, 0.01]),
        validate_every=st.integers(1, 4),
        seed=st.integers(0, 2**32 - 1),
        dtype=st.sampled_from(CHOICES["dtype"]),
    )


def content(state: TrainState) -> tuple[object, ...]:
    """Return all of a state that can be compared, to the last bit."""
    drawing = repr(sorted(state.rng_state.items()))
    numbers = state.numbers
    return (
        state.epoch,
        state.step,
        numbers.dtype,
        numbers.shape,
        numbers.tobytes(),
        drawing,
        repr(state.metrics),
        state.learning_rate,
    )


def another_rate(state: TrainState, learning_rate: float) -> Recipe:
    """Return the recipe of a state with another learning rate."""
    return replace(state.recipe, learning_rate=learning_rate)


def standing(trainer: Trainer) -> Recording:
    """Return the recording of a run that stands at its beginning."""
    recording, state = Recording(), trainer.state()
    recording.append(trainer.metrics)
    recording.keyframes.add(state, keep=True)
    recording.stand(state)
    return recording


def with_rate(state: TrainState, learning_rate: float) -> TrainState:
    """Return a state that goes on with another learning rate."""
    return replace(state, recipe=replace(state.recipe, learning_rate=learning_rate))


class Timeline:
    """A run with branches, as a window would lead it, and what every epoch was when first seen."""

    def __init__(self, experiment: Experiment, budget: Budget, data=DATA) -> None:
        self.trainer = Trainer(experiment, data)
        self.replayer = Replayer(self.trainer.arranged)
        self.recordings = [Recording(budget, "run")]
        self.active = 0
        self.seen: list[list[TrainState]] = [[]]
        self.recording.append(self.trainer.metrics)
        self.arrive()

    @property
    def recording(self) -> Recording:
        return self.recordings[self.active]

    def arrive(self) -> None:
        self.recording.keyframes.offer(self.trainer)
        self.seen[self.active].append(self.trainer.state())

    def step(self) -> None:
        try:
            metrics = self.trainer.step_epoch()
        except NotFiniteError:  # the run stands where it was
            return
        self.recording.append(metrics)
        self.arrive()

    def change(self, learning_rate: float) -> None:
        self.trainer.learning_rate = learning_rate
        state = self.trainer.state()
        self.recording.change(state, f"learning rate {learning_rate:g}")
        self.seen[self.active][-1] = state

    def look(self, epoch: int, branch: int | None = None) -> TrainState:
        """Seek, compare with what was there, and return it."""
        branch = self.active if branch is None else branch
        state = self.replayer.state(self.recordings[branch], epoch)
        assert state is not None
        assert content(state) == content(self.seen[branch][epoch])
        return state

    def pin(self, epoch: int) -> None:
        self.recording.keyframes.add(self.look(epoch), keep=True)

    def release(self, epoch: int) -> None:
        self.recording.keyframes.release(epoch)

    def fork(self, epoch: int, learning_rate: float | None = None) -> None:
        state = self.look(epoch)
        if learning_rate is not None:
            state = with_rate(state, learning_rate)
        branch = self.recording.fork(state, f"branch {len(self.recordings)}")
        self.seen.append([*self.seen[self.active][:epoch], state])
        self.recordings.append(branch)
        self.active = len(self.recordings) - 1
        self.trainer.restore(state)

    def switch(self, branch: int) -> None:
        self.active = branch
        self.trainer.restore(self.seen[branch][-1])

    def run(self) -> Run:
        newest = tuple(states[-1] for states in self.seen)
        data = Fingerprint.of(self.trainer.dataset)
        total = max(1, *(state.epoch for state in newest))
        return Run(
            self.trainer.experiment, "walk", total, tuple(self.recordings), newest, self.active,
            data,
        )  # fmt: skip

    def adopt(self, run: Run) -> None:
        """Go on with a run that was read from a file; everything is made anew."""
        self.active = run.active
        self.recordings = list(run.recordings)
        data = self.trainer.dataset
        self.trainer = Trainer(run.experiment, data, state=run.newest[run.active])
        self.replayer = Replayer(self.trainer.arranged)
