"""Epochs one by one where they are asked for, for pictures that are made without a window."""

from __future__ import annotations

from nnfs_core.history.dead_watch import DeadWatch
from nnfs_core.history.recording import Recording
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import EpochFrame, Trainer


class ByHand:
    """Trains a branch on, with nobody to steer it and nothing beside it.

    Parameters
    ----------
    run : Arranged
    recording : Recording
        The branch; the state of its newest epoch is known.

    Attributes
    ----------
    trainer : Trainer
        Stands at the newest epoch.
    """

    def __init__(self, run: Arranged, recording: Recording) -> None:
        self._recording = recording
        state = recording.state
        self.trainer = Trainer(run.experiment, run.dataset, state=state, arranged=run)
        self._watch = DeadWatch(self.trainer)

    def goes_on(self, recording: Recording) -> bool:
        """Say whether it stands at the newest epoch of a recording."""
        return recording is self._recording and self.trainer.epoch == len(recording) - 1

    def advance(self, *, show: bool = True) -> EpochFrame | None:
        """Train and record an epoch; return its frame, where it is to be shown: that takes time.

        Raises
        ------
        NotFiniteError
            When the numbers stop being finite.
        """
        recording, trainer = self._recording, self.trainer
        recording.append(trainer.step_epoch())
        for mark in self._watch.after_epoch():
            recording.mark(mark)
        recording.keyframes.offer(trainer)
        recording.stand(trainer.state())
        return trainer.frame() if show else None
