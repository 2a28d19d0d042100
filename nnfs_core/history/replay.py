"""Any epoch of a recording, exactly as it was: replayed from the nearest keyframe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nnfs_core.history.recording import Recording
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import EpochCancelled, Trainer, TrainState


class Replayer:
    """Rebuilds states of a run with a second trainer. Belongs to one thread at a time.

    Parameters
    ----------
    arranged : Arranged
        The run's data.
    """

    def __init__(self, arranged: Arranged) -> None:
        self._arranged = arranged
        self._twin: Trainer | None = None
        self._stands_in: Recording | None = None

    def distance(self, recording: Recording, epoch: int) -> int:
        """Return how many epochs have to be replayed to reach one."""
        return epoch - self._from(recording, epoch)[1]

    def cancel(self) -> None:
        """Give up the epoch that is being replayed; from any thread."""
        if self._twin is not None:
            self._twin.cancel()

    def state(
        self,
        recording: Recording,
        epoch: int,
        unwanted: Callable[[int, int], bool] = lambda done, total: False,
    ) -> TrainState | None:
        """Return the state of an epoch, bit for bit the one that was there.

        Parameters
        ----------
        recording : Recording
        epoch : int
            0 … the newest of the recording.
        unwanted : callable
            Called before every replayed epoch, and now and then before the first, with how many
            are done and of how many; True gives up.

        Returns
        -------
        TrainState or None
            With the metrics that were recorded then; None when given up.

        Raises
        ------
        LookupError
            When the recording has no keyframe to start from, or not that epoch.
        """
        metrics = recording[epoch]
        if self._twin is not None:
            self._twin.cancel(False)
        keyframe, start = self._from(recording, epoch)

        def look() -> None:
            if unwanted(0, epoch - start):
                raise EpochCancelled

        if keyframe is not None:
            if keyframe.epoch == epoch:
                return replace(keyframe, metrics=metrics)
            if self._twin is None:
                try:
                    self._twin = Trainer.replaying(self._arranged, keyframe, look)
                except EpochCancelled:
                    return None
            else:
                self._twin.restore(keyframe)
            self._stands_in = recording
        assert self._twin is not None
        for done in range(epoch - start):
            if unwanted(done, epoch - start):
                return None
            try:
                self._twin.step_epoch()
            except EpochCancelled:
                return None
        return replace(self._twin.state(), metrics=metrics)

    def _from(self, recording: Recording, epoch: int) -> tuple[TrainState | None, int]:
        """Return the keyframe to start from and its epoch; None where the twin is nearer."""
        keyframe = recording.keyframes.nearest(epoch)
        twin = self._twin
        # A change of the user's always has a keyframe, so the twin may go on only if none lies
        # between: from a later epoch than the keyframe, and in the same branch.
        if (
            twin is not None
            and self._stands_in is recording
            and keyframe.epoch < twin.epoch <= epoch
        ):
            return None, twin.epoch
        return keyframe, keyframe.epoch
